//! Sentences for the reader, each until dismissed.

use crate::app::components::glyph::{self, Glyph};
use crate::app::store::use_store;
use crate::present::state::{News, Notice, Severity};
use leptos::prelude::*;

#[component]
pub fn Notices() -> impl IntoView {
    let store = use_store();
    let notices = store.select(|state| state.notices.clone());
    let shown = move |notice: Notice| {
        let kind = match notice.severity {
            Severity::Note => "note",
            Severity::Problem => "problem",
        };
        let id = notice.id;
        view! {
            <div class="notice" role="alert" data-testid="notice" data-severity=kind>
                <p>{notice.text}</p>
                <button type="button" class="icon" aria-label="Dismiss" on:click=move |_| store.tell(News::Dismissed(id))>
                    <Glyph path=glyph::CLOSE/>
                </button>
            </div>
        }
    };
    view! {
        <div class="notices">
            <For each=move || notices.get() key=|notice| notice.id children=shown/>
        </div>
    }
}
