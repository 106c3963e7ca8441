//! Train: what the run trained, the search for parameters, other versions of its models, boosting in slow motion, and one prediction taken apart.

mod lab;
mod run;
mod search;

use crate::app::components::SectionTabs;
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::{Page, Section};
use leptos::prelude::*;

#[component]
pub fn Train() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    let bench = lab::Bench::new(store, section);
    view! {
        <SectionTabs page=Page::Train first="By the run"/>
        {move || match section.get() {
            None => view! { <run::TrainedByTheRun/> }.into_any(),
            Some(Section::Search) => search::search(store),
            Some(Section::Trainings) => lab::trainings(bench),
            Some(Section::Rounds) => lab::rounds(bench),
            Some(Section::Explain) => lab::explain(bench),
            Some(_) => ().into_any(),
        }}
    }
}
