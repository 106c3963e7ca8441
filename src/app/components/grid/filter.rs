//! A column's filter in a popover: levels to tick, or a least and a greatest value. Takes effect at once; what cannot be
//! understood is answered below its field. One popover serves all columns of a grid.

use super::Grid;
use crate::present::format;
use crate::present::grid::{self, Bound};
use crate::protocol::{ColumnKind, Condition, ObjectId, TableColumn};
use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

const WIDTH_PX: f64 = 288.0;
/// Left free around the popover.
const MARGIN_PX: f64 = 8.0;
/// Below this the popover stands above its button.
const LEAST_HEIGHT_PX: f64 = 260.0;

/// The id of the popover of a table's grid.
pub(super) fn popover_id(object: ObjectId) -> String {
    format!("{}-filter", object.name())
}

/// The column whose filter is open, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FilterOf {
    column_idx: usize,
    left_px: f64,
    top_px: f64,
    height_px: f64,
    /// Tells one opening from the next.
    opening: u32,
}

impl FilterOf {
    /// Below a button, within the window.
    pub fn below(button: Option<&Element>, column_idx: usize, earlier: Option<&Self>) -> Self {
        let size = |size: fn(&web_sys::Window) -> Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
            web_sys::window().and_then(|window| size(&window).ok()?.as_f64()).unwrap_or(1_000.0)
        };
        let (width, height) = (size(web_sys::Window::inner_width), size(web_sys::Window::inner_height));
        let (right, bottom) = button.map_or((WIDTH_PX, 0.0), |button| {
            let rect = button.get_bounding_client_rect();
            (rect.right(), rect.bottom())
        });
        let highest = (height - LEAST_HEIGHT_PX - MARGIN_PX).max(MARGIN_PX);
        let top_px = (bottom + 4.0).min(highest);
        Self {
            column_idx,
            left_px: (right - WIDTH_PX).min(width - WIDTH_PX - MARGIN_PX).max(MARGIN_PX),
            top_px,
            height_px: height - top_px - MARGIN_PX,
            opening: earlier.map_or(0, |earlier| earlier.opening + 1),
        }
    }
}

#[component]
pub(super) fn FilterPopover(grid: Grid) -> impl IntoView {
    let popover = NodeRef::<Div>::new();
    let hide = Callback::new(move |()| {
        if let Some(popover) = popover.get_untracked() {
            // Refused only when it is not shown, which is what is wanted.
            let _ = popover.hide_popover();
        }
    });
    let focus_first = move |_| {
        let Some(popover) = popover.get_untracked() else { return };
        if popover.matches(":popover-open").unwrap_or(false)
            && let Ok(Some(first)) = popover.query_selector("input:not(:disabled)")
            && let Ok(first) = first.dyn_into::<HtmlElement>()
        {
            // An element that refuses the focus leaves it where it was.
            let _ = first.focus();
        }
    };
    let content = move || {
        let open = grid.filtering.get()?;
        let column = grid.columns.with_untracked(|columns| columns.get(open.column_idx).cloned())?;
        Some(view! { <FilterForm grid=grid column=column hide=hide/> })
    };
    let place = move |length: fn(&FilterOf) -> f64| {
        move || grid.filtering.with(|open| format!("{}px", open.as_ref().map_or(0.0, length)))
    };
    view! {
        <div
            class="filter-popover"
            popover="auto"
            id=popover_id(grid.object)
            role="dialog"
            aria-label="Filter"
            node_ref=popover
            style:left=place(|open| open.left_px)
            style:top=place(|open| open.top_px)
            style:max-height=place(|open| open.height_px)
            on:toggle=focus_first
        >
            {content}
        </div>
    }
}

#[component]
fn FilterForm(grid: Grid, column: TableColumn, hide: Callback<()>) -> impl IntoView {
    let name = StoredValue::new(column.name.clone());
    let condition = grid.query.with_untracked(|query| query.condition(&column.name).cloned());
    let apply = Callback::new(move |condition: Option<Condition>| {
        let query = grid.query.get_untracked();
        let next = name.with_value(|name| query.filtered(name, condition));
        if next != query {
            grid.ask(next);
        }
    });
    // What the fields below ask for, while neither of the choices about nulls overrides it.
    let asked = RwSignal::new(match &condition {
        Some(Condition::Null | Condition::NotNull) => None,
        other => other.clone(),
    });
    let nulls = RwSignal::new(condition.clone().filter(|c| matches!(c, Condition::Null | Condition::NotNull)));
    let faulty = RwSignal::new(false);
    let change = Callback::new(move |condition: Option<Condition>| {
        asked.set(condition.clone());
        apply.run(condition);
    });
    let disabled = Signal::derive(move || nulls.with(Option::is_some));
    let fields = match column.kind.clone() {
        ColumnKind::Category(levels) => {
            view! { <Levels grid=grid column=column.name.clone() levels=levels condition=condition change=change disabled=disabled/> }.into_any()
        }
        kind => view! { <Range grid=grid column=column.name.clone() kind=kind condition=condition change=change disabled=disabled faulty=faulty/> }
            .into_any(),
    };
    let about_nulls = column.nullable.then(|| {
        let choose = move |choice: Option<Condition>| {
            nulls.set(choice.clone());
            apply.run(choice.or_else(|| asked.get_untracked()));
        };
        let choice = move |text: &'static str, value: Option<Condition>| {
            let (mine, picked) = (value.clone(), value);
            view! {
                <label class="filter-choice">
                    <input type="radio" name="nulls" prop:checked=move || nulls.get() == mine on:change=move |_| choose(picked.clone())/>
                    {text}
                </label>
            }
        };
        view! {
            <fieldset class="filter-choices">
                <legend>"Nulls"</legend>
                {choice("As above", None)}
                {choice("Only null", Some(Condition::Null))}
                {choice("Any value, not null", Some(Condition::NotNull))}
            </fieldset>
        }
    });
    let clear = move |_| {
        apply.run(None);
        hide.run(());
    };
    let done = move |event: SubmitEvent| {
        event.prevent_default();
        // A field that was just changed has spoken before the form does.
        if !faulty.get_untracked() {
            hide.run(());
        }
    };
    view! {
        <form class="filter-form" on:submit=done>
            <h3>{column.name.clone()}</h3>
            {fields}
            {about_nulls}
            <div class="filter-actions">
                <button type="button" class="quiet" on:click=clear>"Clear"</button>
                <button type="submit">"Done"</button>
            </div>
        </form>
    }
}

#[component]
fn Levels(
    grid: Grid,
    column: String,
    levels: Vec<String>,
    condition: Option<Condition>,
    change: Callback<Option<Condition>>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let ticked = match condition {
        Some(Condition::Levels(levels)) => levels,
        _ => Vec::new(),
    };
    let ticked = StoredValue::new(ticked);
    let order = StoredValue::new(levels.clone());
    let tick = move |level: &str, on: bool| {
        ticked.update_value(|ticked| {
            ticked.retain(|known| known != level);
            if on {
                ticked.push(level.to_owned());
            }
            order.with_value(|all| {
                let place = |level: &String| all.iter().position(|known| known == level);
                crate::order::sort_by(ticked, |a, b| place(a).cmp(&place(b)));
            });
        });
        let wanted = ticked.get_value();
        change.run((!wanted.is_empty()).then_some(Condition::Levels(wanted)));
    };
    let count_of = move |level: &str| {
        let profile = grid.profile.get()?;
        let column = profile.columns.iter().find(|known| known.column == column)?;
        column.levels.iter().find(|known| known.level == level).map(|known| format::count(known.count))
    };
    let row = |level: String| {
        let count = count_of(&level);
        let checked = ticked.with_value(|ticked| ticked.contains(&level));
        let name = level.clone();
        view! {
            <label class="filter-choice">
                <input type="checkbox" prop:checked=checked disabled=disabled
                    on:change=move |event| tick(&level, event_target_checked(&event))/>
                {name}
                <span class="filter-choice-count">{count}</span>
            </label>
        }
    };
    view! {
        <fieldset class="filter-choices">
            <legend>"One of"</legend>
            {levels.into_iter().map(row).collect_view()}
        </fieldset>
    }
}

#[component]
fn Range(
    grid: Grid,
    column: String,
    kind: ColumnKind,
    condition: Option<Condition>,
    change: Callback<Option<Condition>>,
    disabled: Signal<bool>,
    faulty: RwSignal<bool>,
) -> impl IntoView {
    let (low, high) = condition.map_or_else(Default::default, |condition| grid::fields(&kind, &condition));
    let typed = StoredValue::new((low, high));
    let fault = RwSignal::new(None::<grid::Fault>);
    let (least, greatest) = grid
        .profile
        .get_untracked()
        .and_then(|profile| {
            let column = profile.columns.iter().find(|known| known.column == column)?;
            Some((column.min.clone().unwrap_or_default(), column.max.clone().unwrap_or_default()))
        })
        .unwrap_or_default();
    let is_day = matches!(kind, ColumnKind::Day | ColumnKind::Timestamp);
    let is_name = matches!(kind, ColumnKind::Name);
    let kind = StoredValue::new(kind);
    // While typing a sentence only goes, so that nothing moves under the pointer that is about to press a button.
    let type_in = move |at: Bound, text: String| {
        typed.update_value(|(low, high)| *if at == Bound::Low { low } else { high } = text);
        let read = kind.with_value(|kind| typed.with_value(|(low, high)| grid::range(kind, low, high)));
        if read.is_ok() && faulty.get_untracked() {
            fault.set(None);
            faulty.set(false);
        }
        read
    };
    let take = move |at: Bound, text: String| match type_in(at, text) {
        Ok(condition) => change.run(condition),
        Err(found) => {
            fault.set(Some(found));
            faulty.set(true);
        }
    };
    let field = move |at: Bound, text: &'static str, id: &'static str, placeholder: String| {
        let value = typed.with_value(|(low, high)| if at == Bound::Low { low.clone() } else { high.clone() });
        let sentence = move || fault.with(|fault| fault.as_ref().filter(|f| f.at == at).map(|f| f.sentence.clone()));
        view! {
            <label class="bound">
                {text}
                <input
                    type="text"
                    autocomplete="off"
                    inputmode=if is_day || is_name { "text" } else { "decimal" }
                    placeholder=placeholder
                    prop:value=value
                    disabled=disabled
                    aria-invalid=move || sentence().map(|_| "true")
                    aria-describedby=id
                    on:input=move |event| drop(type_in(at, event_target_value(&event)))
                    on:change=move |event| take(at, event_target_value(&event))
                />
            </label>
            <p class="fault" id=id role="alert" hidden=move || sentence().is_none()>{sentence}</p>
        }
    };
    let hint = |known: String| {
        let example = if is_day { "2025-06-30".to_owned() } else { String::new() };
        // The worker knows the least and the greatest number behind names, which would mislead.
        if known.is_empty() || is_name { example } else { known }
    };
    view! {
        {field(Bound::Low, "From", "filter-fault-low", hint(least))}
        {field(Bound::High, "Up to", "filter-fault-high", hint(greatest))}
    }
}
