//! Train: what the run trained, other versions of its models, boosting in slow motion, and one prediction taken apart.

mod explain;
mod rounds;
mod run;
mod trainings;
mod which;

use crate::app::components::{PageHead, SectionTabs};
use crate::app::store::use_store;
use crate::present::route::{Page, Section};
use crate::present::words;
use leptos::prelude::*;
use which::Which;

#[component]
pub fn Train() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    let which = Which::new();
    view! {
        <PageHead title="Train" purpose=words::page_purpose(Page::Train)/>
        <SectionTabs page=Page::Train first="By the run"/>
        {move || match section.get() {
            None => view! { <run::TrainedByTheRun/> }.into_any(),
            Some(Section::Trainings) => view! { <trainings::Trainings which=which/> }.into_any(),
            Some(Section::Rounds) => view! { <rounds::Rounds which=which/> }.into_any(),
            Some(Section::Explain) => view! { <explain::Explain which=which/> }.into_any(),
            Some(_) => ().into_any(),
        }}
    }
}
