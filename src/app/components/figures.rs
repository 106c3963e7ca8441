//! Single figures, tables of figures and miniature histograms, alone or one over another.

use super::Used;
use crate::app::memo::Memo;
use crate::present::charts::ChartTable;
use crate::present::fields::Field;
use crate::protocol::Histogram;
use leptos::prelude::*;
use std::fmt::Write as _;

/// A figure with its name, and a remark below it.
#[component]
pub fn MetricCard(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(into, optional)] note: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="metric">
            <dt>{label}</dt>
            <dd>
                <span class="metric-value">{move || value.get()}</span>
                <span class="metric-note">{move || note.get()}</span>
            </dd>
        </div>
    }
}

/// Figures in rows; the first column heads its row.
#[component]
pub fn FiguresTable(table: ChartTable, #[prop(into)] caption: String) -> impl IntoView {
    let label = caption.clone();
    let cells = |row: Vec<String>| {
        let mut row = row.into_iter();
        let head = row.next().unwrap_or_default();
        view! { <tr><th scope="row">{head}</th>{row.map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}</tr> }
    };
    let column = |(position, text): (usize, String)| view! { <th scope="col" class:number=position != 0>{text}</th> };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{table.headers.into_iter().enumerate().map(column).collect_view()}</tr></thead>
                <tbody>{table.rows.into_iter().map(cells).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Rows that come and go while somebody reads: only those that have changed are drawn anew. A row may have a button, beside its head so that it
/// is seen without scrolling.
#[component]
pub fn GrowingTable(
    #[prop(into)] table: Signal<ChartTable>,
    #[prop(into)] caption: String,
    /// The button of each row.
    #[prop(into, optional)]
    buttons: Signal<Vec<Option<Field>>>,
    /// Hears which button was pressed.
    #[prop(optional)]
    on: Option<Used>,
) -> impl IntoView {
    let label = caption.clone();
    // A head stands where the cells below it do.
    let headers = Memo::new(move |_| {
        table.with(|table| {
            let first = table.rows.first();
            let is_number =
                |nth: usize| nth > 0 && first.and_then(|row| row.get(nth)).is_some_and(|text| is_figure(text));
            table.headers.iter().enumerate().map(|(nth, text)| (text.clone(), is_number(nth))).collect::<Vec<_>>()
        })
    });
    let rows = Memo::new(move |_| table.with(|table| buttons.with(|buttons| keyed(table, buttons))));
    let head = |(text, is_number): (String, bool)| view! { <th scope="col" class:number=is_number>{text}</th> };
    let acts = Memo::new(move |_| buttons.with(|buttons| buttons.iter().any(Option::is_some)));
    let button = move |(id, label): (String, String)| {
        let press = move |_| on.iter().for_each(|on| on.run((id.clone(), String::new())));
        view! { <button type="button" class="quiet" on:click=press>{label}</button> }
    };
    let act_cell =
        move |act: Option<(String, String)>| move || acts.get().then(|| view! { <td>{act.clone().map(button)}</td> });
    let act_head =
        move || acts.get().then(|| view! { <th scope="col"><span class="visually-hidden">"Action"</span></th> });
    let heads = move || {
        let mut headers = headers.get().into_iter();
        view! { {headers.next().map(head)}{act_head}{headers.map(head).collect_view()} }
    };
    let row = move |(_, cells, act): Keyed| {
        let mut cells = cells.into_iter();
        let head = cells.next().unwrap_or_default();
        let cell = |text: String| {
            let (is_figure, is_long) = (is_figure(&text), text.chars().count() > LONG_TEXT);
            view! { <td class:number=is_figure class:wrap=is_long>{text}</td> }
        };
        view! { <tr><th scope="row">{head}</th>{act_cell(act)}{cells.map(cell).collect_view()}</tr> }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody><For each=move || rows.get() key=Keyed::clone children=row/></tbody>
            </table>
        </div>
    }
}

/// Longer texts take several lines.
const LONG_TEXT: usize = 40;
const LONGEST_FIGURE: usize = 14;

/// Which of several equal rows it is, its cells, and its button as id and label.
type Keyed = (usize, Vec<String>, Option<(String, String)>);

fn keyed(table: &ChartTable, buttons: &[Option<Field>]) -> Vec<Keyed> {
    let mut rows: Vec<Keyed> = Vec::with_capacity(table.rows.len());
    for (nth, cells) in table.rows.iter().enumerate() {
        let act = buttons.get(nth).and_then(Option::as_ref).map(|field| (field.id.clone(), field.label.clone()));
        let n_equal = rows.iter().filter(|(_, known, of)| known == cells && *of == act).count();
        rows.push((n_equal, cells.clone(), act));
    }
    rows
}

/// True for what stands under each other digit by digit: a figure, perhaps with its unit.
fn is_figure(text: &str) -> bool {
    let is_short = text.chars().count() <= LONGEST_FIGURE && !text.contains(": ");
    is_short && text.chars().next().is_none_or(|first| first.is_ascii_digit() || "$+−–".contains(first))
}

const MINI_WIDTH: f64 = 96.0;
const MINI_HEIGHT: f64 = 24.0;

/// The shape of a distribution, without axes; its figures stand beside it.
#[component]
pub fn MiniHistogram(histogram: Histogram, #[prop(into)] label: String) -> impl IntoView {
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = MINI_WIDTH / histogram.counts.len().max(1) as f64;
    let mut bars = String::new();
    for (i, count) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (*count as f64 / most * (MINI_HEIGHT - 2.0)).max(1.0);
        let (x, width) = (i as f64 * step, (step - 0.6).max(0.6));
        // Writing to a String cannot fail.
        let _ = write!(bars, "M{x:.1} {MINI_HEIGHT}h{width:.1}v-{height:.1}h-{width:.1}z");
    }
    view! {
        <svg class="mini" viewBox="0 0 96 24" width="96" height="24" role="img" aria-label=label>
            <path class="mini-base" d="M0 23.5h96"/>
            <path class="mini-bars" d=bars/>
        </svg>
    }
}

/// Two distributions over the same bars, as shares: the first filled, the second as an outline.
#[component]
pub fn MiniOverlay(filled: Vec<f64>, outlined: Vec<f64>, #[prop(into)] label: String) -> impl IntoView {
    let most = filled.iter().chain(&outlined).copied().fold(1e-9, f64::max);
    let step = MINI_WIDTH / filled.len().max(outlined.len()).max(1) as f64;
    let height = |share: f64| if share > 0.0 { (share / most * (MINI_HEIGHT - 2.0)).max(1.0) } else { 0.0 };
    let (mut bars, mut outline) = (String::new(), format!("M0 {MINI_HEIGHT}"));
    // Writing to a String cannot fail.
    for (i, share) in filled.into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
        let (x, width, height) = (i as f64 * step, (step - 0.6).max(0.6), height(share));
        let _ = write!(bars, "M{x:.1} {MINI_HEIGHT}h{width:.1}v-{height:.1}h-{width:.1}z");
    }
    for (i, share) in outlined.into_iter().enumerate() {
        let (y, right) = (MINI_HEIGHT - height(share), (i + 1) as f64 * step);
        let _ = write!(outline, "V{y:.1}H{right:.1}");
    }
    let _ = write!(outline, "V{MINI_HEIGHT}");
    view! {
        <svg class="mini" viewBox="0 0 96 24" width="96" height="24" role="img" aria-label=label>
            <path class="mini-base" d="M0 23.5h96"/>
            <path class="mini-bars" d=bars/>
            <path class="mini-outline" d=outline/>
        </svg>
    }
}
