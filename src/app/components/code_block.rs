//! A text to read and copy; SQL is coloured.

use super::glyph::{self, Glyph};
use crate::app::hand_over;
use crate::app::store::use_store;
use crate::present::sql;
use crate::present::state::Severity;
use leptos::prelude::*;

/// Copies a text and says so.
#[component]
fn CopyButton(#[prop(into)] text: Signal<String>, #[prop(default = "Copy")] label: &'static str) -> impl IntoView {
    let store = use_store();
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        hand_over::copy(text.get_untracked(), move |done| {
            if !done {
                let why = "The text was not copied because the browser denied access to the clipboard; select it and copy it by keyboard.";
                return store.notify(Severity::Problem, why);
            }
            let _ = set_copied.try_set(true);
            gloo::timers::callback::Timeout::new(2_000, move || {
                let _ = set_copied.try_set(false);
            })
            .forget();
        });
    };
    view! {
        <button type="button" class="quiet" on:click=copy>
            <Glyph path=glyph::COPY/>
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { label }}</span>
        </button>
    }
}

/// A titled block of SQL or of plain text.
#[component]
pub fn CodeBlock(#[prop(into)] title: String, text: String, #[prop(optional)] plain: bool) -> impl IntoView {
    let content = if plain {
        text.clone().into_any()
    } else {
        let piece = |(kind, piece): (sql::TokenKind, &str)| match kind {
            sql::TokenKind::Plain => piece.to_owned().into_any(),
            kind => view! { <span data-token=kind.word()>{piece.to_owned()}</span> }.into_any(),
        };
        sql::tokens(&text).into_iter().map(piece).collect_view().into_any()
    };
    view! {
        <section class="code">
            <div class="code-head">
                <h3>{title.clone()}</h3>
                <CopyButton text=text/>
            </div>
            <pre tabindex="0" role="region" aria-label=title><code>{content}</code></pre>
        </section>
    }
}
