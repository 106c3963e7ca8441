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

use crate::present::route::Page;
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
