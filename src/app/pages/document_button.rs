//! A button that saves one of the worker's text documents, asking for it first.

use crate::app::hand_over;
use crate::app::store::{Store, use_store};
use crate::present::state::Severity;
use crate::protocol::{Command, Document};
use leptos::prelude::*;
use std::sync::Arc;

/// Saves a text as a file named by the last part of `name`.
pub fn save(store: Store, name: &str, media_type: &str, text: &str) {
    let file_name = name.rsplit('/').next().unwrap_or(name);
    if hand_over::save(file_name, media_type, text).is_err() {
        store
            .notify(Severity::Problem, "The file was not saved because the browser refused it; copy the text instead.");
    }
}

#[component]
pub fn DownloadDocument(name: String, #[prop(into, default = "Download".to_owned())] label: String) -> impl IntoView {
    let store = use_store();
    let text = {
        let name = name.clone();
        store.select(move |state| state.texts.get(&name).cloned())
    };
    let awaited = StoredValue::new(false);
    let save_document =
        move |document: Arc<Document>| save(store, &document.name, &document.media_type, &document.text);
    Effect::new(move || {
        if let Some(document) = text.get().filter(|_| awaited.get_value()) {
            awaited.set_value(false);
            save_document(document);
        }
    });
    let asked = name.clone();
    let download = move |_| match text.get_untracked() {
        Some(document) => save_document(document),
        None => {
            awaited.set_value(true);
            store.send(&Command::Document { name: asked.clone() });
        }
    };
    view! { <button type="button" class="quiet" aria-label=format!("{label} {name}") on:click=download>{label.clone()}</button> }
}
