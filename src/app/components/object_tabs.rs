//! Links to the objects of a page, with their states; the one shown is marked.

use super::glyph::{self, Glyph};
use super::{ObjectName, StatusChip};
use crate::app::memo::Memo;
use crate::app::store::{Store, use_store};
use crate::present::route::{Page, Route};
use crate::present::words;
use crate::protocol::ObjectId;
use leptos::prelude::*;

/// The object of the page that the address names, or the page's first.
pub fn selected_object(store: Store, page: Page) -> Memo<ObjectId> {
    let first = store.select(move |state| state.first_object(page));
    Memo::new(move |_| {
        let route = store.route.get();
        route.object.filter(|_| route.page == page).unwrap_or_else(|| first.get())
    })
}

/// Links to all objects of a page.
#[component]
pub fn ObjectTabs(page: Page, #[prop(into)] selected: Signal<ObjectId>) -> impl IntoView {
    let store = use_store();
    let tab = move |object: ObjectId| {
        let progress = store.progress(object);
        let current = move || (selected.get() == object).then_some("page");
        view! {
            <li>
                <a class="tab" href=Route::to_object(object).href() aria-current=current data-kind=words::kind_word(object.kind())>
                    <Glyph path=glyph::of_kind(object.kind())/>
                    <span class="tab-name"><ObjectName name=object.name()/></span>
                    <StatusChip progress=progress/>
                </a>
            </li>
        }
    };
    view! {
        <nav class="tabs" aria-label=format!("Objects of {}", page.label())>
            <ul>{page.objects().map(tab).collect_view()}</ul>
        </nav>
    }
}
