//! The rows in view: a box that scrolls, a spacer as high as all rows (or as browsers allow), and in it the few rows drawn.
//! The focus stays on the box; the active cell is named by `aria-activedescendant`, because its row may leave the page.

use super::Grid;
use super::head::Head;
use crate::app::memo::Memo;
use crate::app::sizes;
use crate::present::grid::{self, CellAt, RowOf, Scroller};
use crate::present::words;
use gloo::timers::callback::Timeout;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Screens show a negative value of this column as $0.
const PREDICTION_COLUMN: &str = "PREDICTED_12M_LTV";
/// Without scrolling for so long, the scrollbar may be moved.
const REST_MS: u32 = 200;

#[component]
pub(super) fn GridView(grid: Grid) -> impl IntoView {
    let head_ref = NodeRef::<Div>::new();
    let row_px = grid::row_height(grid.coarse);
    let (left, set_left) = signal(0.0);
    let measure = move || {
        let (Some(element), Some(head)) =
            (grid.box_ref.try_get_untracked().flatten(), head_ref.try_get_untracked().flatten())
        else {
            return;
        };
        let Some(n_rows) = grid.n_rows.try_get_untracked() else { return };
        // The box is as high as its content up to a limit: first the content, then the box.
        let scroller = grid.scroller.get_untracked();
        let known = scroller.resized(n_rows, row_px, scroller.view_px());
        grid.place(known);
        let view_px = f64::from(element.client_height() - head.offset_height()).max(0.0);
        grid.place(known.resized(n_rows, row_px, view_px));
        let width_px = f64::from(element.client_width());
        if grid.width_px.get_untracked() != width_px {
            grid.width_px.set(width_px);
        }
    };
    sizes::on_resize(grid.box_ref, measure);
    sizes::on_resize(head_ref, measure);
    Effect::new(move || {
        grid.n_rows.track();
        measure();
    });
    let rest = StoredValue::new_local(None::<Timeout>);
    let on_scroll = move |_| {
        let Some(element) = grid.box_ref.get_untracked() else { return };
        let now = f64::from(element.scroll_left());
        if now != left.get_untracked() {
            set_left.set(now);
        }
        grid.place(grid.scroller.get_untracked().scrolled_to(f64::from(element.scroll_top())));
        let rested = move || {
            if let Some(scroller) = grid.scroller.try_get_untracked() {
                grid.place(scroller.rested());
            }
        };
        rest.set_value(Some(Timeout::new(REST_MS, rested)));
    };
    let beside_numbers = move || (grid.width_px.get() - grid.number_px.get()).max(0.0);
    let drawn_columns =
        Memo::new(move |_| grid.widths.with(|widths| grid::columns_in_view(widths, left.get(), beside_numbers())));
    let template = move || {
        let columns: Vec<String> = grid.widths.with(|w| w.iter().map(|w| format!("{w}px")).collect());
        format!("{}px {}", grid.number_px.get(), columns.join(" "))
    };
    let activate = move |at: CellAt| {
        grid.active.set(Some(at));
        grid.place(grid.scroller.get_untracked().showing(at.row));
        let Some((element, column)) = grid.box_ref.get_untracked().zip(at.column.checked_sub(1)) else { return };
        let view_px = grid.width_px.get_untracked() - grid.number_px.get_untracked();
        let now = f64::from(element.scroll_left());
        let wanted = grid.widths.with_untracked(|widths| grid::left_showing(widths, column, now, view_px));
        if (wanted - now).abs() >= 1.0 {
            element.set_scroll_left(wanted as i32);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.target() != event.current_target() {
            return;
        }
        let first = CellAt { row: grid.visible.get_untracked().start, column: 0 };
        let at = grid.active.get_untracked().unwrap_or(first);
        let ctrl = event.ctrl_key() || event.meta_key();
        let (n_rows, n_columns) = (grid.n_rows.get_untracked(), grid.columns.with_untracked(Vec::len) + 1);
        let page_rows = grid.scroller.with_untracked(Scroller::page_rows);
        if let Some(to) = grid::moved(at, &event.key(), ctrl, page_rows, n_rows, n_columns) {
            event.prevent_default();
            activate(to);
        }
    };
    let on_focus = move |_| {
        if grid.active.get_untracked().is_none() && grid.n_rows.get_untracked() > 0 {
            grid.active.set(Some(CellAt { row: grid.visible.get_untracked().start, column: 0 }));
        }
    };
    let on_click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(at) = target.as_ref().and_then(cell_at) {
            activate(at);
        }
    };
    let drawn = Memo::new(move |_| grid.scroller.with(Scroller::drawn));
    let top = Memo::new(move |_| grid.scroller.with(|scroller| scroller.y_px(drawn.get().start)));
    let busy = Memo::new(move |_| grid.rows.with(|rows| grid.query.with(|query| rows.query != *query)));
    let active_id = move || grid.active.get().filter(|at| drawn.get().contains(&at.row)).map(|at| cell_id(grid, at));
    view! {
        <div
            class="rows-grid"
            role="grid"
            tabindex="0"
            node_ref=grid.box_ref
            aria-label=format!("Rows of {}", grid.object.name())
            aria-rowcount=move || grid.n_rows.get() + 1
            aria-colcount=move || grid.columns.with(Vec::len) + 1
            aria-busy=move || busy.get().to_string()
            aria-activedescendant=active_id
            style=("--columns", template)
            on:scroll=on_scroll
            on:keydown=on_key
            on:focus=on_focus
        >
            <div class="rows-canvas">
                <Head grid=grid node_ref=head_ref/>
                <div class="rows-spacer" role="rowgroup" node_ref=grid.spacer_ref>
                    <div
                        class="rows-drawn"
                        role="presentation"
                        style:top=move || format!("{}px", top.get())
                        on:click=on_click
                    >
                        <For
                            each=move || drawn.get()
                            key=|position| *position
                            children=move |position| view! { <Row grid=grid position=position columns=drawn_columns/> }
                        />
                    </div>
                </div>
            </div>
        </div>
    }
}

fn cell_id(grid: Grid, at: CellAt) -> String {
    format!("{}-cell-{}-{}", grid.object.name(), at.row, at.column)
}

/// The cell that an element lies in, from its own and its row's index; 1 and 1 are the header and the row numbers.
fn cell_at(element: &Element) -> Option<CellAt> {
    let index = |selector: &str, attribute: &str| -> Option<u64> {
        element.closest(selector).ok()??.get_attribute(attribute)?.parse().ok()
    };
    let row = index("[aria-rowindex]", "aria-rowindex")?.checked_sub(2)?;
    let column = index("[aria-colindex]", "aria-colindex")?.checked_sub(1)?;
    Some(CellAt { row, column: column as usize })
}

#[component]
fn Row(grid: Grid, position: u64, columns: Memo<std::ops::Range<usize>>) -> impl IntoView {
    let row = Memo::new(move |_| grid.rows.with(|rows| rows.row(position)));
    let active = Memo::new(move |_| grid.active.get().filter(|at| at.row == position).map(|at| at.column));
    let id_of =
        move |column: usize| (active.get() == Some(column)).then(|| cell_id(grid, CellAt { row: position, column }));
    let number = move || row.with(|row| row.as_ref().map(|row| grid::row_number(row.number())));
    let cells = move || {
        grid.columns.with(|of_table| {
            row.with(|row| {
                let cell = |idx: usize| {
                    let (name, numeric) = of_table.get(idx).map_or(("", false), |c| (c.name.as_str(), c.numeric));
                    let (text, class, title) = shown(row.as_ref(), idx, name);
                    let class = if numeric { format!("number {class}") } else { class.to_owned() };
                    view! {
                        <div role="gridcell" class=class aria-colindex=idx + 2 id=id_of(idx + 1) title=title
                            style:grid-column=(idx + 2).to_string()>{text}</div>
                    }
                };
                columns.get().map(cell).collect_view()
            })
        })
    };
    view! {
        <div role="row" aria-rowindex=position + 2>
            <div role="rowheader" class="row-number" aria-colindex="1" id=move || id_of(0)>{number}</div>
            {cells}
        </div>
    }
}

/// Text, class and title of a cell; a row that has not come yet waits.
fn shown(row: Option<&RowOf>, idx: usize, column: &str) -> (String, &'static str, Option<String>) {
    let Some(row) = row else { return (String::new(), "waiting", None) };
    match row.cell(idx) {
        None => ("null".to_owned(), "null", None),
        Some(value) if column == PREDICTION_COLUMN => {
            let (shown, raw) = words::predicted_value(value);
            (shown, "", raw)
        }
        Some(value) => (value.to_owned(), "", None),
    }
}
