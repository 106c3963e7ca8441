//! Rows of a table of any size as an ARIA grid: only those in view are drawn, the worker keeps the others. Sorted by a
//! header's button, filtered in a popover, moved through by wheel, touch, keys and a row's number. Deliberately no decisions:
//! they are `present::grid`.

mod filter;
mod head;
mod tools;
mod view;

use super::Empty;
use crate::app::memo::Memo;
use crate::app::store::{Store, use_store};
use crate::present::RunState;
use crate::present::grid::{self, BLOCK_ROWS, CellAt, Fetching, RowBlocks, Scroller};
use crate::protocol::{Command, ObjectId, TableColumn, TableProfile, TableQuery};
use filter::{FilterOf, FilterPopover};
use leptos::html::Div;
use leptos::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use tools::{Chips, Tools};
use view::GridView;

/// What the parts of one grid share.
#[derive(Clone, Copy)]
struct Grid {
    store: Store,
    object: ObjectId,
    /// Fingers point here.
    coarse: bool,
    columns: Memo<Vec<TableColumn>>,
    /// Width of the box, and in it of the row numbers and of each column.
    width_px: RwSignal<f64>,
    number_px: Memo<f64>,
    widths: Memo<Vec<f64>>,
    profile: Memo<Option<Arc<TableProfile>>>,
    held: Memo<bool>,
    rows: Memo<RowBlocks>,
    n_rows: Memo<u64>,
    n_rows_total: Memo<u64>,
    /// What the reader wants to see; the rows follow.
    query: RwSignal<TableQuery>,
    scroller: RwSignal<Scroller>,
    visible: Memo<Range<u64>>,
    active: RwSignal<Option<CellAt>>,
    /// The column whose filter is open, and how many were opened before.
    filtering: RwSignal<Option<FilterOf>>,
    box_ref: NodeRef<Div>,
    spacer_ref: NodeRef<Div>,
}

impl Grid {
    fn new(store: Store, object: ObjectId) -> Self {
        let columns =
            store.select(move |state| state.objects.get(&object).map(|o| o.columns.clone()).unwrap_or_default());
        let rows = store.select(move |state| state.rows.get(&object).cloned().unwrap_or_default());
        // Coming back to a table finds it as it was left.
        let query = RwSignal::new(rows.with_untracked(|rows| rows.query.clone()));
        let n_rows_total = store.select(move |state| state.n_rows(object).unwrap_or(0));
        let n_rows = Memo::new(move |_| {
            let known = rows.with(|rows| (rows.n_rows_total > 0).then_some(rows.n_rows));
            known.unwrap_or_else(|| n_rows_total.get())
        });
        let scroller = RwSignal::new(Scroller::default());
        let width_px = RwSignal::new(0.0);
        let coarse = web_sys::window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
        let coarse = coarse.is_some_and(|query| query.matches());
        let number_px = Memo::new(move |_| grid::number_width(n_rows_total.get()));
        let widths = Memo::new(move |_| {
            let least: Vec<f64> =
                columns.with(|columns| columns.iter().map(|column| grid::column_width(column, coarse)).collect());
            grid::filling(&least, width_px.get() - number_px.get())
        });
        Self {
            store,
            object,
            coarse,
            columns,
            width_px,
            number_px,
            widths,
            profile: store.select(move |state| state.profiles.get(&object).cloned()),
            held: store.select(move |state| state.is_held(object)),
            rows,
            n_rows,
            n_rows_total,
            query,
            scroller,
            visible: Memo::new(move |_| scroller.with(Scroller::visible)),
            active: RwSignal::new(None),
            filtering: RwSignal::new(None),
            box_ref: NodeRef::new(),
            spacer_ref: NodeRef::new(),
        }
    }

    /// Shows the rows of another query, from the first one on.
    fn ask(self, query: TableQuery) {
        self.active.set(None);
        self.place(self.scroller.get_untracked().jumped_to(0));
        self.query.set(query);
    }

    /// Puts the scrolled content and the browser's scroll position where the scroller has them.
    fn place(self, scroller: Scroller) {
        if let Some(spacer) = self.spacer_ref.get_untracked() {
            let height = format!("{}px", scroller.spacer_px());
            let style = web_sys::HtmlElement::style(&spacer);
            if style.get_property_value("height").ok().as_deref() != Some(height.as_str()) {
                // Setting a height cannot fail.
                let _ = style.set_property("height", &height);
            }
        }
        if let Some(element) = self.box_ref.get_untracked() {
            let scroll_px = scroller.scroll_px().round() as i32;
            if (element.scroll_top() - scroll_px).abs() > 1 {
                element.set_scroll_top(scroll_px);
            }
        }
        if self.scroller.get_untracked() != scroller {
            self.scroller.set(scroller);
        }
    }

    /// A row at the upper edge, its first cell active.
    fn jump(self, row: u64) {
        self.place(self.scroller.get_untracked().jumped_to(row));
        self.active.set(Some(CellAt { row, column: 0 }));
    }

    /// Asks the worker for the rows in view and those around them.
    fn fetch_what_is_in_view(self) {
        let object = self.object;
        let digest =
            self.store.select(move |state| state.objects.get(&object).map(|o| o.digest.clone()).unwrap_or_default());
        let fetching = StoredValue::new(Fetching::default());
        Effect::new(move || {
            let visible = self.visible.get();
            if !self.held.get() || self.n_rows_total.get() == 0 {
                return fetching.set_value(Fetching::default());
            }
            let next = || {
                fetching.try_update_value(|fetching| {
                    self.query.with(|query| {
                        self.rows.with(|rows| digest.with(|digest| fetching.next(digest, query, rows, &visible)))
                    })
                })
            };
            while let Some(block) = next().flatten() {
                self.store.request_rows(object, self.query.get_untracked(), block * BLOCK_ROWS, BLOCK_ROWS as u32);
            }
        });
        Effect::new(move || {
            // A table that came with other columns cannot answer every question that was asked of the earlier one.
            let known = self.columns.with(|columns| self.query.with(|query| query.known_to(columns)));
            if !self.columns.with(Vec::is_empty) && self.query.with_untracked(|query| *query != known) {
                self.ask(known);
            }
        });
    }

    /// Asks for the columns' statistics.
    fn fetch_profile(self) {
        let object = self.object;
        let wanted = self.store.select(move |state| state.wants_profile(object));
        Effect::new(move || {
            if wanted.get() {
                self.store.send(&Command::Profile(object));
            }
        });
    }
}

/// The rows of a table, once it was made.
#[component]
pub fn RowsGrid(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let exists = store.select(move |state| state.objects.contains_key(&object));
    move || {
        if exists.get() {
            view! { <MadeRows object=object/> }.into_any()
        } else {
            view! { <Empty text=format!("Rows of {} appear here once the pipeline has made them.", object.name())/> }
                .into_any()
        }
    }
}

#[component]
fn MadeRows(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let grid = Grid::new(store, object);
    grid.fetch_what_is_in_view();
    grid.fetch_profile();
    let running = store.select(|state| state.run == RunState::Running);
    let nothing_found = Memo::new(move |_| grid.rows.with(|rows| rows.n_rows_total > 0 && rows.n_rows == 0));
    view! {
        <div class="rows">
            <Show when=move || !grid.held.get()>
                <p class="prose">{move || grid::not_held(running.get())}</p>
            </Show>
            <Tools grid=grid/>
            <Chips grid=grid/>
            <GridView grid=grid/>
            <Show when=move || nothing_found.get()>
                <p class="empty">"No row meets the filters. Remove one of them to see rows again."</p>
            </Show>
            <FilterPopover grid=grid/>
        </div>
    }
}
