//! The help dialog. What it says (what this is, the terms of the field, the keys) stands in `index.html`, where text weighs least.

use crate::app::components::glyph::{self, Glyph};
use leptos::html::Dialog;
use leptos::prelude::*;

#[component]
pub fn HelpDialog(open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get().filter(|_| open.get()) {
            // Opening an open dialog is refused, which is what is wanted.
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title" on:close=move |_| open.set(false)>
            <div class="help-head">
                <h2 id="help-title">"What this is"</h2>
                <button type="button" class="icon" aria-label="Close" on:click=close><Glyph path=glyph::CLOSE/></button>
            </div>
            <div inner_html=text_of_page()></div>
        </dialog>
    }
}

/// What the page itself says in its template.
fn text_of_page() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    document
        .and_then(|document| document.get_element_by_id("help-text"))
        .map_or(String::new(), |text| text.inner_html())
}
