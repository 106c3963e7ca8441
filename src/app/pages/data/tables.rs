//! The raw tables: a card each, the rows and the columns of the one selected, and all of them at a glance.

use super::columns::Columns;
use super::glance::Glance;
use crate::app::clock::{next_task, nth_task};
use crate::app::components::glyph::{self, Glyph};
use crate::app::components::{Empty, ObjectName, Panel, ProgressLine, RowsGrid, StatusChip, selected_object};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::{Page, Route};
use crate::present::{format, words};
use crate::protocol::{ObjectId, TableProfile};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Tables() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Data);
    // The cards first; the rows and the charts in tasks of their own.
    let (rows, charts) = (next_task(), nth_task(3));
    let card = move |object: ObjectId| view! { <TableCard object=object selected=selected/> };
    view! {
        <nav aria-label="Raw tables"><ul class="cards">{Page::Data.objects().map(card).collect_view()}</ul></nav>
        {move || rows.get().then(|| view! { <TableDetail object=selected.get()/> })}
        {move || charts.get().then(|| view! { <Glance/> })}
    }
}

#[component]
fn TableCard(object: ObjectId, selected: Memo<ObjectId>) -> impl IntoView {
    let store = use_store();
    let summary = store.select(move |state| state.objects.get(&object).cloned());
    let progress = store.progress(object);
    let current = move || (selected.get() == object).then_some("page");
    let figures = move || {
        summary.get().map(|summary| {
            view! {
                <span class="card-figures">
                    <strong>{format::count(summary.rows)}</strong>" rows"
                    <span>{format::bytes(summary.bytes)}</span>
                    <code title=format!("Digest of all values: {}", summary.digest)>{format::digest(&summary.digest).to_owned()}</code>
                </span>
            }
        })
    };
    view! {
        <li>
            <a class="card" href=Route::to_object(object).href() aria-current=current data-kind=words::kind_word(object.kind())>
                <span class="card-head">
                    <Glyph path=glyph::of_kind(object.kind())/>
                    <span class="card-scenario">{words::scenario_label(object.scenario())}</span>
                    <StatusChip progress=progress/>
                </span>
                <span class="card-name"><ObjectName name=object.name()/></span>
                {figures}
                <ProgressLine progress=progress/>
            </a>
        </li>
    }
}

#[component]
fn TableDetail(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let summary = store.select(move |state| state.objects.get(&object).cloned());
    let profile = store.select(move |state| state.profiles.get(&object).cloned());
    let note = move || {
        let words =
            |profile: Arc<TableProfile>| format!("Every row counted, in {}.", format::duration(profile.elapsed_ms));
        profile.get().map(words).unwrap_or_default()
    };
    let columns = move || match summary.get() {
        Some(summary) => view! { <Columns summary=summary profile=profile.get()/> }.into_any(),
        None => {
            view! { <Empty text="Its columns and their meaning appear here once the pipeline has run."/> }.into_any()
        }
    };
    let meaning = move || summary.get().map(|summary| summary.meaning.clone());
    let begun = next_task();
    view! {
        <div class="grid">
            <Panel title=format!("Rows of {}", object.name())>
                <p class="prose">{meaning}</p>
                <RowsGrid object=object/>
            </Panel>
            <Panel title=format!("Columns of {}", object.name())><p class="panel-note">{note}</p>{move || begun.get().then_some(columns)}</Panel>
        </div>
    }
}
