//! One line above every page while runs begin with the visitor's own tables: what that means and what is absent.

use crate::app::store::use_store;
use crate::present::own_data;
use crate::present::route::{Route, Section};
use leptos::prelude::*;

#[component]
pub fn SourceLine() -> impl IntoView {
    let store = use_store();
    let about =
        store.select(|state| state.own.as_ref().map(|own| own_data::about_source(&own.source, own.horizon_days)));
    let line = move |text: String| {
        view! {
            <p class="source-line" data-testid="source">
                {text}" "<a href=Route::to_section(Section::OwnData).href()>"Own data"</a>
            </p>
        }
    };
    move || about.get().map(line)
}
