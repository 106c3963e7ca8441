//! The project as a file, and the projects that this browser keeps.

use super::Desk;
use crate::app::components::Panel;
use crate::app::hand_over;
use crate::app::memo::Memo;
use crate::present::registry;
use crate::present::state::Severity;
use crate::protocol::{Command, FileBytes, KeptProject, RegistryRequest};
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

/// Larger ones are refused before they are read.
const MOST_BYTES: f64 = 200e6;

pub fn session(desk: Desk) -> AnyView {
    let store = desk.store;
    hand_over_files(desk);
    let input = NodeRef::<Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let file = input.files().and_then(|files| files.get(0));
        // The same file can be chosen again.
        input.set_value("");
        if let Some(file) = file {
            open(desk, file);
        }
    };
    let ask = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let loaded = Memo::new(move |_| desk.look(|registry, _| registry.loaded.clone()));
    let after = move || {
        loaded.get().map(|loaded| {
            let href = registry::link(&loaded);
            view! {
                <p class="prose" role="status" data-testid="loaded">
                    {registry::after_loading(&loaded)}" "
                    {(!loaded.is_open).then(|| view! { <a href=href>"Open it with its settings"</a> })}
                </p>
            }
        })
    };
    let list = move |_| store.send(&Command::Registry(RegistryRequest::ListProjects));
    view! {
        <Panel title="Session" note="a session file holds the settings, versions, aliases, notes and models: everything needed to go on elsewhere" span="half">
            {desk.form("controls", |registry, choice| choice.session(registry))}
            <div class="controls">
                <button type="button" on:click=ask>"Open a session file"</button>
                <input node_ref=input type="file" accept=".clvlab" class="visually-hidden" tabindex="-1" aria-label="Session file" on:change=chosen/>
                <button type="button" class="quiet" on:click=list>"What this browser keeps"</button>
            </div>
            {after}
            {projects(desk)}
        </Panel>
    }
    .into_any()
}

/// Saves every file that the worker sends.
fn hand_over_files(desk: Desk) {
    let file = Memo::new(move |_| desk.look(|registry, _| registry.file.clone()));
    // What was sent before this part of the page was shown has been saved already.
    let seen = StoredValue::new(file.get_untracked());
    Effect::new(move || {
        let Some(file) =
            file.get().filter(|file| seen.get_value().as_ref().is_none_or(|seen| !std::sync::Arc::ptr_eq(seen, file)))
        else {
            return;
        };
        let FileBytes { name, media_type, bytes } = &*file;
        if hand_over::save_bytes(name, media_type, bytes).is_err() {
            desk.store.notify(Severity::Problem, "The file was not saved because the browser refused it.");
        }
        seen.set_value(Some(file));
    });
}

fn open(desk: Desk, file: File) {
    let store = desk.store;
    let name = file.name();
    let refuse = move |name: &str, why: &str| store.notify(Severity::Problem, &format!("{name} was not opened. {why}"));
    if file.size() > MOST_BYTES {
        return refuse(&name, "It is larger than 200 MB. Choose a file that “Save session” has written.");
    }
    spawn_local(async move {
        match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => {
                let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
                store.send(&desk.choice.with_untracked(|choice| choice.open(name, bytes)));
            }
            Err(_) => refuse(&name, "The browser could not read it. Choose the file again."),
        }
    });
}

fn projects(desk: Desk) -> impl IntoView {
    let projects = Memo::new(move |_| desk.look(|registry, _| registry.projects.clone()));
    let forget = move |project: &KeptProject| {
        let key = project.key.clone();
        let (label, title) = (registry::project(project), project.title.clone());
        let press = move |_| desk.store.send(&Command::Registry(RegistryRequest::ForgetProject { key: key.clone() }));
        view! {
            <li>
                <span>{label}</span>
                <button type="button" class="quiet" disabled=project.is_open aria-label=format!("Forget {title}") on:click=press>"Forget"</button>
            </li>
        }
    };
    move || {
        projects.get().map(|projects| {
            if projects.is_empty() {
                return view! { <p class="quiet-line">"Nothing is kept yet."</p> }.into_any();
            }
            view! {
                <ul class="projects" data-testid="projects">{projects.iter().map(forget).collect_view()}</ul>
            }
            .into_any()
        })
    }
}
