//! Export: the run report and the texts that the worker offers, to save and to copy.

use super::document_button::{DownloadDocument, save};
use crate::app::components::{CodeBlock, Empty, Panel};
use crate::app::store::use_store;
use crate::protocol::Command;
use leptos::prelude::*;

#[component]
pub fn Export() -> impl IntoView {
    view! {
        <div class="grid"><Documents/><Report/></div>
    }
}

#[component]
fn Report() -> impl IntoView {
    let store = use_store();
    let json = store.report_text();
    let content = move || match json.get() {
        Some(text) => {
            let saved = text.clone();
            view! {
                <p class="prose">"What the run was asked, what it made and how long each stage took. Nothing in it is an estimate."</p>
                <p>
                    <button type="button" on:click=move |_| save(store, "run-report.json", "application/json", &saved)>
                        "Download run-report.json"
                    </button>
                </p>
                <CodeBlock title="run-report.json" text=text plain=true/>
            }
            .into_any()
        }
        None => view! { <Empty text="The report of the run appears here once it is done. Press “Run pipeline”."/> }
            .into_any(),
    };
    view! { <Panel title="Run report">{content}</Panel> }
}

#[component]
fn Documents() -> impl IntoView {
    let store = use_store();
    let names = store.select(|state| state.documents.clone());
    let open = RwSignal::new(None::<String>);
    let row = move |name: String| view! { <DocumentRow name=name open=open/> };
    let content = move || {
        let names = names.get();
        if names.is_empty() {
            return view! { <Empty text="The SQL of the feature views and the models appear here once the run is done."/> }.into_any();
        }
        view! { <ul class="documents">{names.into_iter().map(row).collect_view()}</ul> }.into_any()
    };
    view! {
        <Panel title="Documents">
            {content}
            {move || open.get().map(|name| view! { <OpenDocument name=name/> })}
        </Panel>
    }
}

#[component]
fn DocumentRow(name: String, open: RwSignal<Option<String>>) -> impl IntoView {
    let store = use_store();
    let text = {
        let name = name.clone();
        store.select(move |state| state.texts.get(&name).cloned())
    };
    let shown = name.clone();
    let show = move |_| {
        if text.get_untracked().is_none() {
            store.send(&Command::Document { name: shown.clone() });
        }
        open.set(Some(shown.clone()));
    };
    view! {
        <li>
            <code>{name.clone()}</code>
            <button type="button" class="quiet" aria-label=format!("Show {name}") on:click=show>"Show"</button>
            <DownloadDocument name=name/>
        </li>
    }
}

#[component]
fn OpenDocument(name: String) -> impl IntoView {
    let store = use_store();
    let text = store.select(move |state| state.texts.get(&name).cloned());
    move || {
        text.get().map(|document| {
            let plain = !document.name.ends_with(".sql");
            view! { <CodeBlock title=document.name.clone() text=document.text.clone() plain=plain/> }
        })
    }
}
