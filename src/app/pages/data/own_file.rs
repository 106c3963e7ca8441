//! One file of the reader's: what it is taken for, how its text is read, which of its columns is which, and its first rows as
//! they would be read. Every guess can be overruled.

use super::own_data::Trouble;
use crate::app::document_root;
use crate::app::memo::Memo;
use crate::app::own_files::OwnFiles;
use crate::app::store::use_store;
use crate::present::format;
use crate::present::own_data::{FileNews, OwnFile, Select, column_select, format_selects};
use crate::protocol::{Inspection, PreviewCell};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

#[component]
pub fn FilePanel(id: u32) -> impl IntoView {
    let own = use_store().own;
    let file = Memo::new(move |_| own.state.with(|state| state.files.iter().find(|file| file.id == id).cloned()));
    let body = move || file.get().map(|file| view_of(own, &file));
    view! { <section class="panel" data-kind="raw" data-testid="own-file">{body}</section> }
}

fn view_of(own: OwnFiles, file: &OwnFile) -> AnyView {
    let id = file.id;
    let content = match (&file.problem, &file.seen) {
        (Some(problem), _) => view! { <Trouble problem=problem.clone()/> }.into_any(),
        (None, Some(seen)) => seen_view(own, id, seen),
        (None, None) => view! { <p class="empty">"Looking at its beginning, its middle and its end."</p> }.into_any(),
    };
    restore_focus();
    view! {
        <div class="panel-head">
            <h2>{file.name.clone()}" "<span class="panel-note">{format::bytes(file.bytes)}</span></h2>
            <button type="button" class="quiet" aria-label=format!("Remove {}", file.name) on:click=move |_| own.remove(id)>"Remove"</button>
        </div>
        {content}
    }
    .into_any()
}

/// A choice makes the panel anew; whoever chose by keyboard stays where they were.
fn restore_focus() {
    let focused = document_root::document().and_then(|document| document.active_element()).map(|element| element.id());
    let Some(focused) = focused.filter(|id| id.starts_with("own-")) else { return };
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&focused) {
            let _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    });
}

fn seen_view(own: OwnFiles, id: u32, seen: &Arc<Inspection>) -> AnyView {
    let remark = |remark: &String| view! { <li>{remark.clone()}</li> };
    let choice = |select: Select| {
        view! { <label class="field"><span>{select.label.clone()}</span>{select_view(own, id, select, false)}</label> }
    };
    view! {
        <div class="own-format" role="group" aria-label="How the file is read">
            {format_selects(seen).into_iter().map(choice).collect_view()}
        </div>
        <ul class="plain-list remarks">{seen.remarks.iter().map(remark).collect_view()}</ul>
        {mapping_view(own, id, seen)}
        {preview_view(seen)}
    }
    .into_any()
}

fn select_view(own: OwnFiles, id: u32, select: Select, labelled: bool) -> AnyView {
    let Select { about, label, options, chosen } = select;
    let element_id = format!("own-{id}-{about:?}");
    let option = |(key, words): (String, String)| {
        let is_chosen = key == chosen;
        view! { <option value=key selected=is_chosen>{words}</option> }
    };
    let change = move |event| own.tell(FileNews::Decided(id, about, event_target_value(&event)));
    view! {
        <select id=element_id aria-label=labelled.then_some(label) on:change=change>
            {options.into_iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}

/// Our columns, each with the file's column that fills it.
fn mapping_view(own: OwnFiles, id: u32, seen: &Arc<Inspection>) -> AnyView {
    let row = |position: usize| {
        let target = &seen.targets[position];
        let about = seen.plan.mapping.get(position).copied().flatten().and_then(|idx| seen.columns.get(idx as usize));
        let is_missing = about.is_none() && target.otherwise.is_none();
        view! {
            <tr>
                <th scope="row"><code title=target.meaning.clone()>{target.name.clone()}</code><span class="column-type">{target.sql_type.clone()}</span></th>
                <td class:missing=is_missing>{select_view(own, id, column_select(seen, position), true)}</td>
                <td>{about.map(|column| column.holds.clone())}</td>
                <td class="samples">{about.map(|column| column.samples.join(" · "))}</td>
            </tr>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Columns of the file">
            <table>
                <thead><tr>
                    <th scope="col">"The pipeline’s column"</th><th scope="col">"The file’s column"</th>
                    <th scope="col">"It holds"</th><th scope="col">"For example"</th>
                </tr></thead>
                <tbody>{(0..seen.targets.len()).map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The first rows as they will be read.
fn preview_view(seen: &Arc<Inspection>) -> AnyView {
    let is_filled = |idx: &usize| seen.plan.mapping.get(*idx).copied().flatten().is_some();
    let shown: Vec<usize> = (0..seen.targets.len()).filter(is_filled).collect();
    let head = |idx: &usize| view! { <th scope="col">{seen.targets[*idx].name.clone()}</th> };
    let cell = |cell: &PreviewCell| {
        let problem = cell.problem.clone();
        let why = problem.clone().map(|why| view! { <span class="column-type">{why}</span> });
        view! { <td class:refused=problem.is_some()>{cell.text.clone()}{why}</td> }
    };
    let row = |row: &Vec<PreviewCell>| {
        view! { <tr>{shown.iter().filter_map(|idx| row.get(*idx)).map(cell).collect_view()}</tr> }
    };
    view! {
        <details open>
            <summary>"First rows, as they will be read"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="First rows">
                <table class="rows">
                    <thead><tr>{shown.iter().map(head).collect_view()}</tr></thead>
                    <tbody>{seen.preview.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
