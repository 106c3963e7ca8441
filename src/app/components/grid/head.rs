//! The header of a grid: each column's name sorts, a button opens its filter, and its values stand below in miniature. Tab
//! leads to the buttons of the active cell's column only: a wide table would hold the keyboard for a hundred of them.

use super::Grid;
use super::filter::{FilterOf, popover_id};
use crate::app::components::MiniHistogram;
use crate::app::components::glyph::{self, Glyph};
use crate::app::memo::Memo;
use crate::present::grid::{self, Statistics};
use crate::protocol::TableColumn;
use leptos::ev::MouseEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

#[component]
pub(super) fn Head(grid: Grid, node_ref: NodeRef<Div>) -> impl IntoView {
    let columns = move || {
        let column = |(idx, column): (usize, TableColumn)| view! { <ColumnHead grid=grid idx=idx column=column/> };
        grid.columns.get().into_iter().enumerate().map(column).collect_view()
    };
    view! {
        <div role="rowgroup" class="rows-head" node_ref=node_ref>
            <div role="row" aria-rowindex="1">
                <div role="columnheader" class="row-number" aria-colindex="1">"Row"</div>
                {columns}
            </div>
        </div>
    }
}

#[component]
fn ColumnHead(grid: Grid, idx: usize, column: TableColumn) -> impl IntoView {
    let TableColumn { name, sql_type, unit, meaning, numeric, .. } = column;
    let about = if unit.is_empty() { meaning } else { format!("{meaning} ({unit})") };
    let sorted = Memo::new({
        let name = name.clone();
        move |_| grid.query.with(|query| grid::sorted_as(query, &name))
    });
    let filtered = Memo::new({
        let name = name.clone();
        move |_| grid.query.with(|query| query.condition(&name).is_some())
    });
    let statistics = Memo::new({
        let name = name.clone();
        move |_| {
            grid.profile.with(|profile| {
                let profile = profile.as_ref()?;
                let column = profile.columns.iter().find(|column| column.column == name)?;
                Some(grid::statistics(column, profile.rows))
            })
        }
    });
    let tabindex = Memo::new(move |_| {
        let active = grid.active.get().map_or(1, |at| at.column.max(1));
        if active == idx + 1 { "0" } else { "-1" }
    });
    let sort = {
        let name = name.clone();
        move |_| grid.ask(grid.query.get_untracked().sort_toggled(&name))
    };
    let open = move |event: MouseEvent| {
        let button = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        grid.filtering.update(|open| *open = Some(FilterOf::below(button.as_ref(), idx, open.as_ref())));
    };
    let arrow = move || match sorted.get() {
        "ascending" => "↑",
        "descending" => "↓",
        _ => "",
    };
    view! {
        <div role="columnheader" aria-colindex=idx + 2 aria-sort=move || sorted.get() class:number=numeric title=about>
            <div class="column-name">
                <button type="button" class="column-sort" tabindex=move || tabindex.get() on:click=sort disabled=move || !grid.held.get()>
                    {name.clone()}<span class="column-arrow" aria-hidden="true">{arrow}</span>
                </button>
                <button
                    type="button"
                    class="icon column-filter"
                    tabindex=move || tabindex.get()
                    aria-label=format!("Filter {name}")
                    aria-pressed=move || filtered.get().to_string()
                    popovertarget=popover_id(grid.object)
                    popovertargetaction="show"
                    disabled=move || !grid.held.get()
                    on:click=open
                >
                    <Glyph path=glyph::FILTER/>
                </button>
            </div>
            <span class="column-type">{sql_type}</span>
            {move || statistics.get().map(|statistics| view! { <InMiniature statistics=statistics/> })}
        </div>
    }
}

#[component]
fn InMiniature(statistics: Statistics) -> impl IntoView {
    let Statistics { bars, label, range, counts } = statistics;
    view! {
        <div class="column-bars">{bars.map(|bars| view! { <MiniHistogram histogram=bars label=label/> })}</div>
        <span class="column-line">{range}</span>
        <span class="column-line">{counts}</span>
    }
}
