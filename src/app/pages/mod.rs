//! The pages, one file each, in the order of the data's flow.

mod data;
mod document_button;
mod evaluate;
mod export;
mod features;
mod overview;
mod pipeline_graph;
mod predictions;
mod train;

use crate::app::store::Store;
use crate::present::route::Page;
use crate::present::state::AppState;
use crate::protocol::Command;
use leptos::prelude::*;

/// The view of a page.
pub fn view_of(page: Page) -> AnyView {
    match page {
        Page::Overview => view! { <overview::Overview/> }.into_any(),
        Page::Data => view! { <data::Data/> }.into_any(),
        Page::Features => view! { <features::Features/> }.into_any(),
        Page::Train => view! { <train::Train/> }.into_any(),
        Page::Evaluate => view! { <evaluate::Evaluate/> }.into_any(),
        Page::Predictions => view! { <predictions::PredictionsPage/> }.into_any(),
        Page::Export => view! { <export::Export/> }.into_any(),
    }
}

/// Asks the worker a question whenever its answer is wanted; the worker hears a repeated question once.
fn ask_when(store: Store, wanted: impl Fn(&AppState) -> bool + Send + Sync + 'static, question: Command) {
    let wanted = store.select(wanted);
    Effect::new(move || {
        if wanted.get() {
            store.send(&question);
        }
    });
}
