//! Lags over time, and one customer's prediction over time.

use super::Choice;
use crate::order;
use crate::present::charts::{Along, Line, LinesChart, LinesUnit};
use crate::present::{format, live::clock};
use crate::protocol::{LiveCustomer, LiveState};

/// Beside the table looked at; more lines than these cannot be told apart.
const N_OTHERS: usize = 4;
/// Lags beyond stand at the upper end of the axis.
const MOST_SHARE: f64 = 3.0;

/// The lag of each table as a share of its target, the table looked at first, then those that are latest.
pub fn lag_chart(state: Option<&LiveState>, choice: &Choice) -> LinesChart {
    let title = "Lag against its target".to_owned();
    let Some(state) = state.filter(|state| state.lags.len() > 1) else {
        let summary = "How far each table is behind its sources appears here once the clock goes.".to_owned();
        return LinesChart { title, summary, measure: "lag, share of target", ..LinesChart::default() };
    };
    let shares = |nth: usize| -> Vec<f64> {
        let target = state.tables[nth].target_lag.max(1) as f64;
        let share = |point: &crate::protocol::LagPoint| {
            point.lags.get(nth).copied().flatten().map_or(f64::NAN, |lag| lag as f64 / target)
        };
        state.lags.iter().map(share).collect()
    };
    let chosen = choice.table(state);
    let mut all: Vec<(f64, Line)> = state
        .tables
        .iter()
        .enumerate()
        .map(|(nth, table)| {
            let values = shares(nth);
            let highest = values.iter().copied().fold(0.0, f64::max);
            let rank = if table.name == chosen { f64::INFINITY } else { highest };
            (rank, Line { name: table.name.clone(), values })
        })
        .collect();
    order::sort_by(&mut all, |a, b| b.0.total_cmp(&a.0));
    all.truncate(N_OTHERS + 1);
    let mut lines: Vec<Line> = all.into_iter().map(|(_, line)| line).collect();
    lines.push(Line { name: "target".to_owned(), values: vec![1.0; state.lags.len()] });
    LinesChart {
        title,
        summary: lags_in_words(state),
        along: Along::Moments(state.lags.iter().map(|point| point.at as f64).collect()),
        x_name: "simulated time",
        measure: "lag, share of target",
        unit: LinesUnit::Share,
        lines,
        most: Some(MOST_SHARE),
        ..LinesChart::default()
    }
}

/// Which tables are later than their target.
fn lags_in_words(state: &LiveState) -> String {
    let late: Vec<&str> = state
        .tables
        .iter()
        .filter(|table| table.lag.is_some_and(|lag| lag > table.target_lag))
        .map(|table| table.name.as_str())
        .collect();
    let now = match late.as_slice() {
        [] => "Every table is within its target lag.".to_owned(),
        [one] => format!("{one} is further behind than its target lag."),
        several => format!("{} are further behind than their target lags.", several.join(", ")),
    };
    format!("{now} Lags above {} stand at the upper end.", format::percent(MOST_SHARE))
}

/// A customer's prediction since the beginning.
pub fn path_chart(of: Option<&LiveCustomer>) -> LinesChart {
    let title = of.map_or("Prediction over time".to_owned(), |of| {
        format!("Prediction for customer {} over time", of.customer_id)
    });
    let empty = |summary: &str| LinesChart {
        title: title.clone(),
        summary: summary.to_owned(),
        measure: "prediction",
        unit: LinesUnit::Dollars,
        ..LinesChart::default()
    };
    let Some(of) = of else {
        return empty("A customer’s prediction over time appears here once a customer is chosen.");
    };
    let (Some((begin, first)), Some((end, last))) = (of.path.first(), of.path.last()) else {
        return empty("The prediction over time appears here once one is written.");
    };
    if of.path.len() < 2 {
        return empty(&format!(
            "So far there is one prediction, {}; how it moves appears here as the clock goes.",
            format::money(*first)
        ));
    }
    LinesChart {
        summary: format!(
            "From {} at {} to {} at {}.",
            format::money(*first),
            clock::moment(*begin),
            format::money(*last),
            clock::moment(*end)
        ),
        along: Along::Moments(of.path.iter().map(|(at, _)| *at as f64).collect()),
        x_name: "simulated time",
        lines: vec![Line { name: "prediction".to_owned(), values: of.path.iter().map(|(_, value)| *value).collect() }],
        ..empty("")
    }
}
