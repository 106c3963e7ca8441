//! Above the rows: how many there are, the jump to one of them, and the filters in force.

use super::Grid;
use crate::app::components::glyph::{self, Glyph};
use crate::app::memo::Memo;
use crate::present::grid;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn Tools(grid: Grid) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let (fault, set_fault) = signal(String::new());
    let fault_id = format!("{}-jump-fault", grid.object.name());
    let described_by = fault_id.clone();
    let asked = Memo::new(move |_| grid.rows.with(|rows| grid.query.with(|query| rows.query == *query)));
    let summary = move || {
        if grid.held.get() && !asked.get() {
            return "Searching…".to_owned();
        }
        let total = grid.n_rows_total.get();
        grid.rows.with(|rows| grid.query.with(|query| grid::summary(rows.n_rows, total, query, rows.elapsed_ms)))
    };
    // Among sorted or filtered rows a place is no longer the row's own number.
    let label = move || if grid.query.with(|query| *query == Default::default()) { "Row " } else { "Position " };
    let jump = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        match grid::row_of(&field.value(), grid.n_rows.get_untracked()) {
            Ok(row) => {
                set_fault.set(String::new());
                grid.jump(row);
            }
            Err(sentence) => set_fault.set(sentence),
        }
    };
    view! {
        <div class="rows-tools">
            <p role="status">{summary}</p>
            <form class="rows-jump" on:submit=jump>
                <label>
                    {label}
                    <input
                        node_ref=field
                        type="text"
                        inputmode="numeric"
                        autocomplete="off"
                        size="9"
                        aria-invalid=move || (!fault.with(String::is_empty)).then_some("true")
                        aria-describedby=described_by
                    />
                </label>
                <button type="submit">"Go"</button>
                <p class="fault" id=fault_id role="alert" hidden=move || fault.with(String::is_empty)>{fault}</p>
            </form>
        </div>
    }
}

#[component]
pub(super) fn Chips(grid: Grid) -> impl IntoView {
    let chips = move || {
        let filters = grid.query.with(|query| query.filters.clone());
        let chip = |filter: crate::protocol::ColumnFilter| {
            let text = grid.columns.with(|columns| {
                let column = columns.iter().find(|column| column.name == filter.column);
                column.map(|column| grid::chip(column, &filter.condition)).unwrap_or_default()
            });
            let remove = move |_| grid.ask(grid.query.get_untracked().filtered(&filter.column, None));
            view! {
                <li>
                    <button type="button" class="filter-chip" aria-label=format!("Remove filter: {text}")
                        disabled=move || !grid.held.get() on:click=remove>
                        {text.clone()}<Glyph path=glyph::CLOSE/>
                    </button>
                </li>
            }
        };
        filters.into_iter().map(chip).collect_view()
    };
    let filtered = Memo::new(move |_| grid.query.with(|query| !query.filters.is_empty()));
    view! {
        <Show when=move || filtered.get()>
            <ul class="filter-chips" aria-label="Filters in force">{chips}</ul>
        </Show>
    }
}
