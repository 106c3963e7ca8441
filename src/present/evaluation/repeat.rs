//! The pictures of the classical model of repeat buying. Deliberately no figure of its own.

use crate::present::charts::{Along, HeatChart, HeatUnit, HistogramChart, HistogramUnit, Line, LinesChart, LinesUnit};
use crate::present::{day, format};
use crate::protocol::{Histogram, HoldoutGroup, RepeatView};

/// One of the two matrices: P(alive), or the purchases that are expected.
pub fn matrix(view: Option<&RepeatView>, is_alive: bool) -> HeatChart {
    let title = if is_alive { "Who is still a customer" } else { "Purchases to come" }.to_owned();
    let Some(view) = view else {
        let summary = "What frequency and recency say of a customer appears here.".to_owned();
        return HeatChart { title, summary, ..HeatChart::default() };
    };
    let (values, unit) = if is_alive { (&view.alive, HeatUnit::Share) } else { (&view.expected, HeatUnit::Number) };
    HeatChart {
        title,
        summary: matrix_in_words(view, is_alive),
        x_name: "days from first to last purchase",
        y_name: "repeat purchases",
        columns: view.recencies.iter().map(|recency| format::count(*recency as u64)).collect(),
        rows: view.frequencies.iter().map(|frequency| format::count((*frequency).into())).collect(),
        values: values.clone(),
        unit,
    }
}

/// The customer with most purchases, long ago and lately.
fn matrix_in_words(view: &RepeatView, is_alive: bool) -> String {
    let n = view.recencies.len();
    let row = view.frequencies.len().saturating_sub(1);
    let of_row = |values: &[Option<f64>]| {
        let values: Vec<(usize, f64)> = (0..n).filter_map(|at| Some((at, (*values.get(row * n + at)?)?))).collect();
        Some((*values.first()?, *values.last()?))
    };
    let values = if is_alive { &view.alive } else { &view.expected };
    let (Some((first, last)), Some(frequency)) = (of_row(values), view.frequencies.last()) else {
        return String::new();
    };
    let text = |value: f64| if is_alive { format::percent(value) } else { format::statistic(value) };
    let what = if is_alive { "P(alive) is".to_owned() } else { format!("in {} days", view.horizon_days) };
    let age = format::count(view.age_days as u64);
    let unit = if is_alive { "" } else { " purchases" };
    format!(
        "After {frequency} repeat purchases within {age} days, {what} {}{unit} if the last was on day {}, and {}{unit} if it was on day {}.",
        text(first.1),
        view.recencies[first.0],
        text(last.1),
        view.recencies[last.0]
    )
}

/// Customers by P(alive).
pub fn alive(view: Option<&RepeatView>) -> HistogramChart {
    HistogramChart {
        title: "P(alive) of the test customers".to_owned(),
        subject: "customers",
        axis: "probability of still being a customer",
        unit: HistogramUnit::Number,
        histogram: view.map_or_else(Histogram::default, |view| view.p_alive.clone()),
    }
}

/// What P(alive) promises, and how many came.
pub fn alive_in_words(view: &RepeatView) -> String {
    format!(
        "On average {}; {} of them bought again within {} days, which takes being alive and a purchase in time.",
        format::percent(view.mean_alive),
        format::percent(view.came_again),
        view.horizon_days
    )
}

fn group(of: &HoldoutGroup) -> String {
    if of.is_last { format!("{}+", of.from) } else { of.from.to_string() }
}

/// Purchases of the label window by those before, as they came and as expected.
pub fn holdout(view: Option<&RepeatView>) -> LinesChart {
    let groups = view.map_or(&[][..], |view| &view.holdout);
    let line = |name: &str, of: fn(&HoldoutGroup) -> f64| Line {
        name: name.to_owned(),
        values: groups.iter().map(of).collect(),
    };
    let furthest = groups.iter().max_by(|a, b| (a.expected - a.actual).abs().total_cmp(&(b.expected - b.actual).abs()));
    LinesChart {
        title: "Calibration against holdout".to_owned(),
        summary: furthest.map_or_else(
            || "Expected purchases beside those that came appear here.".to_owned(),
            |of| {
                format!(
                    "The expectation is furthest off for those with {} repeat purchases: {} expected on average, {} came ({}).",
                    group(of),
                    format::statistic(of.expected),
                    format::statistic(of.actual),
                    format::counted(of.n_customers, "customer", "customers")
                )
            },
        ),
        along: Along::Names(groups.iter().map(group).collect()),
        x_name: "repeat purchases before",
        measure: "mean purchases after",
        unit: LinesUnit::Number,
        lines: vec![line("as they came", |of| of.actual), line("BG/NBD", |of| of.expected)],
        moments: Vec::new(),
        ..LinesChart::default()
    }
}

/// Repeat purchases over time, as they came and as expected from the first purchases alone.
pub fn tracking(view: Option<&RepeatView>) -> LinesChart {
    let title = "Cumulative tracking".to_owned();
    let Some(of) = view.map(|view| &view.tracking) else {
        let summary = "Repeat purchases over time beside those expected appear here.".to_owned();
        return LinesChart { title, summary, ..LinesChart::default() };
    };
    let actual: Vec<f64> = of.actual.iter().map(|n| *n as f64).collect();
    let ends = actual.last().zip(of.expected.last());
    LinesChart {
        title,
        summary: ends.map_or_else(String::new, |(actual, expected)| {
            format!(
                "Of {} {} repeat purchases came by the last day, {} were expected ({}).",
                format::counted(of.n_customers, "training customer", "training customers"),
                format::count(*actual as u64),
                format::count((*expected + 0.5) as u64),
                format::percent(expected / actual.max(1.0))
            )
        }),
        along: Along::Days(of.days.iter().map(|day| f64::from(*day)).collect()),
        x_name: "day",
        measure: "repeat purchases",
        unit: LinesUnit::Number,
        lines: vec![
            Line { name: "as they came".to_owned(), values: actual },
            Line { name: "BG/NBD".to_owned(), values: of.expected.clone() },
        ],
        moments: vec![(of.first_observation.into(), "first observation".to_owned())],
        ..LinesChart::default()
    }
}

/// What the models were told, and up to when.
pub fn tracking_note(view: &RepeatView) -> String {
    format!(
        "Each customer’s purchases are known to the models up to the observation date, which lies between {} and {}; what is drawn after it was not.",
        day::to_iso(view.tracking.first_observation.into()),
        day::to_iso(view.tracking.last_observation.into())
    )
}
