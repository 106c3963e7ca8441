//! One file of the reader's: what it is taken for, how its text is read, which of its columns is which, and its first rows as
//! they would be read. Every guess can be overruled.

use super::own_data::Trouble;
use crate::app::own_files::OwnFiles;
use crate::app::store::use_store;
use crate::present::format;
use crate::present::own_data::{self as page, Choice, FileNews, OwnFile};
use crate::protocol::{FileChoices, Inspection, OwnTable, PreviewCell, TargetColumn};
use leptos::prelude::*;
use std::sync::Arc;

/// One choice of a list: a label, the chosen key, what a new key means.
fn select_of<T: Copy + PartialEq + Send + 'static>(
    label: &'static str,
    options: &'static [Choice<T>],
    chosen: T,
    choose: impl Fn(T) + Send + 'static,
) -> AnyView {
    let change = move |event| {
        if let Some(value) = page::by_key(options, &event_target_value(&event)) {
            choose(value);
        }
    };
    let option =
        |(key, value, words): &Choice<T>| view! { <option value=*key selected=*value == chosen>{*words}</option> };
    view! {
        <label class="field">
            <span>{label}</span>
            <select on:change=change>{options.iter().map(option).collect_view()}</select>
        </label>
    }
    .into_any()
}

#[component]
pub fn FilePanel(id: u32) -> impl IntoView {
    let own = use_store().own;
    let file = Memo::new(move |_| own.state.with(|state| state.files.iter().find(|file| file.id == id).cloned()));
    let head = Memo::new(move |_| file.get().map(|file| (file.name, file.bytes)));
    let body = move || {
        let file = file.get()?;
        let view = match (&file.problem, &file.seen) {
            (Some(problem), _) => view! { <Trouble problem=problem.clone()/> }.into_any(),
            (None, Some(seen)) => view! { <Seen own=own file=file.clone() seen=seen.clone()/> }.into_any(),
            (None, None) => {
                view! { <p class="empty">"Looking at its beginning, its middle and its end."</p> }.into_any()
            }
        };
        Some(view)
    };
    let name = move || head.get().map(|(name, _)| name).unwrap_or_default();
    view! {
        <section class="panel" data-kind="raw" data-testid="own-file">
            <div class="panel-head">
                <h2>{name}" "<span class="panel-note">{move || head.get().map(|(_, bytes)| format::bytes(bytes))}</span></h2>
                <button type="button" class="quiet" aria-label=move || format!("Remove {}", name()) on:click=move |_| own.remove(id)>"Remove"</button>
            </div>
            {body}
        </section>
    }
}

#[component]
fn Seen(own: OwnFiles, file: OwnFile, seen: Arc<Inspection>) -> impl IntoView {
    let (id, choices) = (file.id, file.choices);
    let choose = move |choices: FileChoices| own.tell(FileNews::Chosen(id, choices));
    let remarks = (!seen.remarks.is_empty())
        .then(|| view! { <ul class="plain-list remarks">{seen.remarks.iter().map(|remark| view! { <li>{remark.clone()}</li> }).collect_view()}</ul> });
    view! {
        <Format seen=seen.clone() choices=choices.clone() choose=Callback::new(choose)/>
        {remarks}
        <Mapping seen=seen.clone() choices=choices choose=Callback::new(choose)/>
        <Preview seen=seen/>
    }
}

/// What a new value means for the choices made so far.
fn changed<T: 'static>(
    choices: &FileChoices,
    choose: Callback<FileChoices>,
    change: fn(&mut FileChoices, T),
) -> impl Fn(T) + Send + 'static {
    let choices = choices.clone();
    move |value| {
        let mut choices = choices.clone();
        change(&mut choices, value);
        choose.run(choices);
    }
}

/// Which table it is, and the dialect of a text.
#[component]
fn Format(seen: Arc<Inspection>, choices: FileChoices, choose: Callback<FileChoices>) -> impl IntoView {
    let plan = &seen.plan;
    let option = |table: OwnTable| {
        view! { <option value=table.object().name() selected=table == plan.table>{page::table_label(table)}</option> }
    };
    let kept = choices.clone();
    let change_table = move |event| {
        let name = event_target_value(&event);
        let table = OwnTable::ALL.into_iter().find(|table| table.object().name() == name);
        choose.run(FileChoices { table, mapping: None, ..kept.clone() });
    };
    let text = seen.is_text.then(|| {
        let now = plan.format;
        // Another reading of the text finds other columns; another dialect of numbers does not.
        let encoding = changed(&choices, choose, |c, value| (c.encoding, c.mapping) = (Some(value), None));
        let delimiter = changed(&choices, choose, |c, value| (c.delimiter, c.mapping) = (Some(value), None));
        let header = changed(&choices, choose, |c, value| (c.header, c.mapping) = (Some(value), None));
        let decimal = changed(&choices, choose, |c, value| c.decimal = Some(value));
        let dates = changed(&choices, choose, |c, value| c.dates = Some(value));
        view! {
            {select_of("Encoding", &page::ENCODINGS, now.encoding, encoding)}
            {select_of("Delimiter", &page::DELIMITERS, now.delimiter, delimiter)}
            {select_of("First row", &page::HEADERS, now.header, header)}
            {select_of("Decimal mark", &page::DECIMALS, now.decimal, decimal)}
            {select_of("Dates", &page::DATES, now.dates, dates)}
        }
    });
    view! {
        <div class="own-format" role="group" aria-label="How the file is read">
            <label class="field">
                <span>{seen.kind.clone()}" of"</span>
                <select on:change=change_table>{OwnTable::ALL.map(option).collect_view()}</select>
            </label>
            {text}
        </div>
    }
}

/// Our columns, each with the file's column that fills it.
#[component]
fn Mapping(seen: Arc<Inspection>, choices: FileChoices, choose: Callback<FileChoices>) -> impl IntoView {
    let row = |(position, target): (usize, &TargetColumn)| {
        let chosen = seen.plan.mapping.get(position).copied().flatten();
        let (choices, plan) = (choices.clone(), seen.plan.clone());
        let change = move |event| {
            let mut mapping = plan.mapping.clone();
            if let Some(column) = mapping.get_mut(position) {
                *column = event_target_value(&event).parse().ok();
            }
            choose.run(FileChoices { table: Some(plan.table), mapping: Some(mapping), ..choices.clone() });
        };
        let column = |(idx, column): (usize, &crate::protocol::FileColumn)| {
            view! { <option value=idx.to_string() selected=chosen == Some(idx as u32)>{column.name.clone()}</option> }
        };
        let none =
            target.otherwise.as_ref().map_or("choose a column".to_owned(), |otherwise| format!("none: {otherwise}"));
        let about = chosen.and_then(|idx| seen.columns.get(idx as usize));
        let is_missing = chosen.is_none() && target.otherwise.is_none();
        view! {
            <tr>
                <th scope="row"><code title=target.meaning.clone()>{target.name.clone()}</code><span class="column-type">{target.sql_type.clone()}</span></th>
                <td>
                    <select aria-label=format!("Column for {}", target.name) aria-invalid=is_missing.to_string() on:change=change>
                        <option value="" selected=chosen.is_none()>{none}</option>
                        {seen.columns.iter().enumerate().map(column).collect_view()}
                    </select>
                </td>
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
                <tbody>{seen.targets.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The first rows as they will be read.
#[component]
fn Preview(seen: Arc<Inspection>) -> impl IntoView {
    let shown: Vec<usize> =
        (0..seen.targets.len()).filter(|idx| seen.plan.mapping.get(*idx).copied().flatten().is_some()).collect();
    let head = shown.iter().map(|idx| view! { <th scope="col">{seen.targets[*idx].name.clone()}</th> }).collect_view();
    let cell = |cell: &PreviewCell| {
        match &cell.problem {
        Some(problem) => view! { <td class="refused" title=problem.clone()>{cell.text.clone()}<span class="column-type">{problem.clone()}</span></td> }.into_any(),
        None => view! { <td>{cell.text.clone()}</td> }.into_any(),
    }
    };
    let row = |row: &Vec<PreviewCell>| {
        view! { <tr>{shown.iter().filter_map(|idx| row.get(*idx)).map(cell).collect_view()}</tr> }
    };
    view! {
        <details open>
            <summary>"First rows, as they will be read"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="First rows">
                <table class="rows"><thead><tr>{head}</tr></thead><tbody>{seen.preview.iter().map(row).collect_view()}</tbody></table>
            </div>
        </details>
    }
}
