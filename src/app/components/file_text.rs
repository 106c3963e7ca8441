//! A text file of the visitor's, chosen or dropped, and read whole. Deliberately no knowledge of what it is for.

use crate::app::store::use_store;
use crate::present::format;
use crate::present::state::Severity;
use leptos::ev::{DragEvent, Event};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlInputElement};

#[component]
pub fn FileText(
    label: &'static str,
    accept: &'static str,
    /// Larger ones are refused before they are read.
    most_bytes: f64,
    /// What to do with one that is too large.
    too_large: &'static str,
    /// Hears the file's name and its text.
    on: Callback<(String, String)>,
) -> impl IntoView {
    let store = use_store();
    let over = RwSignal::new(false);
    let read = move |file: File| {
        let name = file.name();
        let refuse =
            move |name: &str, why: &str| store.notify(Severity::Problem, &format!("{name} was not read. {why}"));
        if file.size() > most_bytes {
            return refuse(&name, &format!("It is larger than {}. {too_large}", format::bytes(most_bytes as u64)));
        }
        spawn_local(async move {
            match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                Some(text) => on.run((name, text)),
                None => refuse(&name, "The browser could not read it. Choose it again."),
            }
        });
    };
    let chosen = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again.
        input.set_value("");
        read(file);
    };
    let dragged_over = move |event: DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let dropped = move |event: DragEvent| {
        // Without this the browser would leave the page for the file.
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            read(file);
        }
    };
    view! {
        <label class="file-text" data-over=move || over.get().to_string()
            on:dragover=dragged_over on:dragleave=move |_| over.set(false) on:drop=dropped>
            {label}
            <input type="file" accept=accept on:change=chosen/>
        </label>
    }
}
