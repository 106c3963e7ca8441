//! The raw tables: a card each, the columns and the rows of the one selected.

use crate::app::components::glyph::{self, Glyph};
use crate::app::components::{Empty, ObjectName, Panel, ProgressLine, RowsGrid, StatusChip, selected_object};
use crate::app::store::use_store;
use crate::present::route::{Page, Route};
use crate::present::{format, words};
use crate::protocol::{ObjectId, ObjectSummary, TableColumn};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Tables() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Data);
    let card = move |object: ObjectId| view! { <TableCard object=object selected=selected/> };
    view! {
        <nav aria-label="Raw tables"><ul class="cards">{Page::Data.objects().map(card).collect_view()}</ul></nav>
        {move || view! { <TableDetail object=selected.get()/> }}
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
    let columns = move || match summary.get() {
        Some(summary) => view! { <Columns summary=summary/> }.into_any(),
        None => {
            view! { <Empty text="Its columns and their meaning appear here once the pipeline has run."/> }.into_any()
        }
    };
    let meaning = move || summary.get().map(|summary| summary.meaning.clone());
    view! {
        <div class="grid">
            <Panel title=format!("Rows of {}", object.name())>
                <p class="prose">{meaning}</p>
                <RowsGrid object=object/>
            </Panel>
            <Panel title="Columns">{columns}</Panel>
        </div>
    }
}

#[component]
fn Columns(summary: Arc<ObjectSummary>) -> impl IntoView {
    let row = |column: &TableColumn| {
        let nulls = if column.nullable { "may be null" } else { "never null" };
        view! {
            <tr>
                <th scope="row"><code>{column.name.clone()}</code></th>
                <td><code>{column.sql_type.clone()}</code></td>
                <td>{column.unit.clone()}</td>
                <td>{nulls}</td>
                <td class="wrap">{column.meaning.clone()}</td>
            </tr>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Columns">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Unit"</th>
                        <th scope="col">"Nulls"</th>
                        <th scope="col">"Meaning"</th>
                    </tr>
                </thead>
                <tbody>{summary.columns.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
