//! The navigation: a rail at the left, icons in narrower windows, a bar at the bottom of phones.

use crate::app::components::glyph::{self, Glyph};
use crate::app::store::use_store;
use crate::present::route::{Page, Route};
use crate::protocol::BUILD_ID;
use leptos::prelude::*;

#[component]
pub fn Rail() -> impl IntoView {
    let store = use_store();
    let link = move |page: Page| {
        let current = move || (store.route.get().page == page).then_some("page");
        view! {
            <li>
                <a href=Route::to(page).href() aria-current=current title=page.label()>
                    <Glyph path=glyph::of_page(page)/>
                    <span>{page.label()}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="rail" aria-label="Pages">
            <p class="brand" aria-hidden="true"><span class="brand-mark"></span><span class="brand-name">"CLV Lab"</span></p>
            <ul>{Page::ALL.into_iter().map(link).collect_view()}</ul>
            <p class="build">{BUILD_ID}</p>
        </nav>
    }
}
