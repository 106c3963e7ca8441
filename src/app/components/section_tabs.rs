//! Links to the parts of a page; the one shown is marked.

use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::{Page, Route, Section};
use leptos::prelude::*;

/// `first` names the part that the page itself shows.
#[component]
pub fn SectionTabs(page: Page, first: &'static str) -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    let tab = move |target: Option<Section>| {
        let href = target.map_or(Route::to(page), Route::to_section).href();
        let current = move || (section.get() == target).then_some("page");
        view! { <li><a class="tab" href=href aria-current=current>{target.map_or(first, Section::label)}</a></li> }
    };
    let sections = Section::ALL.into_iter().filter(|section| section.page() == page).map(Some);
    view! {
        <nav class="tabs sections" aria-label=format!("Parts of {}", page.label())>
            <ul>{[None].into_iter().chain(sections).map(tab).collect_view()}</ul>
        </nav>
    }
}
