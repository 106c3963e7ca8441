//! Rows of a table, a page at a time: first, previous, next, last, and a jump to a row. The worker keeps the rows; this holds
//! one page.

use super::Empty;
use crate::app::store::use_store;
use crate::present::{format, words};
use crate::protocol::{ObjectId, TableColumn, TablePage};
use leptos::prelude::*;
use std::sync::Arc;

const ROWS_PER_PAGE: u64 = 20;
/// Screens show a negative value of this column as $0.
const PREDICTION_COLUMN: &str = "PREDICTED_12M_LTV";

/// A paged preview of a table.
#[component]
pub fn RowsGrid(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let page = store.select(move |state| state.pages.get(&object).cloned());
    let made = store
        .select(move |state| state.objects.get(&object).map(|o| (o.rows, o.digest.clone(), state.is_held(object))));
    let offset = RwSignal::new(0u64);
    let n_rows = Memo::new(move |_| made.with(|made| made.as_ref().map_or(0, |(rows, ..)| *rows)));
    let held = store.select(move |state| state.is_held(object));
    Effect::new(move || {
        let wanted = offset.get();
        // A table made anew asks again: its digest is a part of `made`.
        if made.with(|made| made.as_ref().is_some_and(|(rows, _, held)| *rows > 0 && *held)) {
            store.request_rows(object, wanted, ROWS_PER_PAGE as u32);
        }
    });
    let go =
        move |to: u64| offset.set(to.min(n_rows.get_untracked().saturating_sub(1)) / ROWS_PER_PAGE * ROWS_PER_PAGE);
    let exists = Memo::new(move |_| made.with(Option::is_some));
    move || {
        if !exists.get() {
            return view! { <Empty text=format!("Rows of {} appear here once the pipeline has made them.", object.name())/> }
                .into_any();
        }
        view! {
            <Show when=move || held.get() fallback=|| view! {
                <p class="prose">"These rows are of an earlier run; run the pipeline to page through the table."</p>
            }>
                <Pager offset=offset n_rows=n_rows go=Callback::new(go)/>
            </Show>
            {move || page.get().map(|page| view! { <Rows page=page/> })}
        }
        .into_any()
    }
}

#[component]
fn Pager(offset: RwSignal<u64>, n_rows: Memo<u64>, go: Callback<u64>) -> impl IntoView {
    let at_start = move || offset.get() == 0;
    let at_end = move || offset.get() + ROWS_PER_PAGE >= n_rows.get();
    let shown = move || {
        let (first, n) = (offset.get(), n_rows.get());
        let last = (first + ROWS_PER_PAGE).min(n);
        format!("{}–{} of {}", format::count(first + 1), format::count(last), format::counted(n, "row", "rows"))
    };
    let jump = move |event| {
        let text: String = event_target_value(&event).chars().filter(char::is_ascii_digit).collect();
        if let Ok(row) = text.parse::<u64>() {
            go.run(row.saturating_sub(1));
        }
    };
    let step = move |back: bool| {
        let now = offset.get_untracked();
        go.run(if back { now.saturating_sub(ROWS_PER_PAGE) } else { now + ROWS_PER_PAGE });
    };
    view! {
        <div class="pager" role="group" aria-label="Pages of rows">
            <button type="button" on:click=move |_| go.run(0) disabled=at_start aria-label="First page">"«"</button>
            <button type="button" on:click=move |_| step(true) disabled=at_start aria-label="Previous page">"‹"</button>
            <span class="pager-place" aria-live="polite">{shown}</span>
            <button type="button" on:click=move |_| step(false) disabled=at_end aria-label="Next page">"›"</button>
            <button type="button" on:click=move |_| go.run(u64::MAX) disabled=at_end aria-label="Last page">"»"</button>
            <label class="pager-jump">"Row "<input type="text" inputmode="numeric" size="9" on:change=jump/></label>
        </div>
    }
}

#[component]
fn Rows(page: Arc<TablePage>) -> impl IntoView {
    let head = |column: &TableColumn| {
        let about = if column.unit.is_empty() {
            column.meaning.clone()
        } else {
            format!("{} ({})", column.meaning, column.unit)
        };
        view! {
            <th scope="col" class:number=column.numeric title=about>
                {column.name.clone()}<span class="column-type">{column.sql_type.clone()}</span>
            </th>
        }
    };
    let cell = |column: &TableColumn, value: &Option<String>| match value {
        None => view! { <td class="null" class:number=column.numeric>"null"</td> }.into_any(),
        Some(value) if column.name == PREDICTION_COLUMN => {
            let (shown, raw) = words::predicted_value(value);
            view! { <td class="number" title=raw>{shown}</td> }.into_any()
        }
        Some(value) => view! { <td class:number=column.numeric>{value.clone()}</td> }.into_any(),
    };
    let row = |(position, row): (usize, &Vec<Option<String>>)| {
        view! {
            <tr>
                <th scope="row" class="number row-number">{format::count(page.offset + position as u64 + 1)}</th>
                {page.columns.iter().zip(row).map(|(column, value)| cell(column, value)).collect_view()}
            </tr>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Rows of {}", page.table.name())>
            <table class="rows">
                <thead><tr><th scope="col" class="number row-number">"Row"</th>{page.columns.iter().map(head).collect_view()}</tr></thead>
                <tbody>{page.rows.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
