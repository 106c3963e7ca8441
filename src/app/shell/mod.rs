//! The frame around every page: skip link, rail, top bar, notices, the page itself, and what tests read.

mod help;
mod notices;
mod rail;
mod settings;
mod source;
mod top_bar;

use crate::app::clock::next_task;
use crate::app::components::PageHead;
use crate::app::document_root;
use crate::app::memo::Memo;
use crate::app::parts::{Fetch, Parts};
use crate::app::store::{Store, use_store};
use crate::present::route::Page;
use crate::present::words;
use help::HelpDialog;
use leptos::html::Main;
use leptos::prelude::*;
use notices::Notices;
use rail::Rail;
use source::SourceLine;
use top_bar::TopBar;
use wasm_bindgen::JsCast;

/// The whole app.
pub fn app(fetch: Fetch) -> impl IntoView {
    let store = Store::open();
    provide_context(store);
    gloo::events::EventListener::new(&window(), "hashchange", move |_| store.follow_fragment()).forget();
    let parts = Parts::new(fetch);
    mirror_state(store, parts);
    let main = NodeRef::<Main>::new();
    let help_open = RwSignal::new(false);
    let page = Memo::new(move |_| store.route.get().page);
    focus_new_page(page);
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    // The frame first, the page in a task of its own: opening stays a row of short tasks.
    let begun = next_task();
    let announcement = store.select(words::run_announcement);
    view! {
        <a class="skip-link" href="#main" on:click=skip>"Skip to the page"</a>
        <Rail/>
        <TopBar help_open=help_open/>
        <p class="visually-hidden" role="status">{move || announcement.get()}</p>
        <main id="main" tabindex="-1" node_ref=main>
            <Notices/>
            <SourceLine/>
            <div class="page">
                {move || begun.get().then(|| {
                    let page = page.get();
                    view! {
                        <PageHead title=page.label() purpose=words::page_purpose(page)/>
                        {parts.view_of(page)}
                    }
                })}
            </div>
        </main>
        <HelpDialog open=help_open/>
        <RunReport/>
    }
}

/// The report for tests and tools, on every page.
#[component]
fn RunReport() -> impl IntoView {
    let store = use_store();
    let json = store.report_text();
    let json = Memo::new(move |_| json.get().unwrap_or_default());
    view! { <pre class="visually-hidden" aria-hidden="true" data-testid="run-report">{move || json.get()}</pre> }
}

/// Attributes of `<html>` that follow the state, and the pages that follow the worker.
fn mirror_state(store: Store, parts: Parts) {
    let run = store.select(|state| state.run.word());
    let ready = store.select(|state| state.worker_ready);
    Effect::new(move || {
        if ready.get() {
            parts.fetch_ahead();
        }
    });
    let report_is_there = store.select(|state| state.report.is_some());
    Effect::new(move || {
        report_is_there.track();
        document_root::set_attribute("data-run", run.get());
    });
    Effect::new(move || {
        if ready.get() && parts.settled.get() {
            document_root::set_attribute("data-ready", "");
        } else {
            document_root::remove_attribute("data-ready");
        }
    });
}

/// On another page the title changes, the view goes to the top, and the heading is focused for those who listen.
fn focus_new_page(page: Memo<Page>) {
    Effect::new(move |before: Option<Page>| {
        let now = page.get();
        document_root::set_title(&format!("{} · CLV Lab", now.label()));
        if before.is_some_and(|before| before != now) {
            request_animation_frame(|| {
                if let Some(heading) = document().get_element_by_id("page-title") {
                    let _ = heading.unchecked_ref::<web_sys::HtmlElement>().focus();
                }
                window().scroll_to_with_x_and_y(0.0, 0.0);
            });
        }
        now
    });
}
