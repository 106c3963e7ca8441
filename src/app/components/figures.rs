//! Single figures, tables of figures and miniature histograms, alone or one over another.

use crate::present::charts::ChartTable;
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
