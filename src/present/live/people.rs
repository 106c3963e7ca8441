//! Predictions with their changes, and one customer as of a moment.

use super::clock;
use crate::present::charts::ChartTable;
use crate::present::fields::Field;
use crate::present::format;
use crate::protocol::{LiveCustomer, LiveEvent, LiveMove, LivePlace, LiveReason, LiveSide};

/// A figure with its name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

fn money(value: Option<f64>) -> String {
    value.map_or(format::ABSENT.to_owned(), format::money)
}

/// The sums of a prediction table.
pub fn side_figures(side: &LiveSide) -> Vec<Figure> {
    let since = side.total_at_first.map(|first| side.total - first);
    vec![
        Figure {
            label: "Customers",
            value: format::count(side.n_customers),
            note: format!("{} {}", side.model, side.version),
        },
        Figure {
            label: "Predicted total",
            value: format::money(side.total),
            note: "over the coming 12 months".to_owned(),
        },
        Figure {
            label: "Since the beginning",
            value: since.map_or(format::ABSENT.to_owned(), format::money_change),
            note: side.total_at_first.map_or(String::new(), |first| format!("from {}", format::money(first))),
        },
        Figure {
            label: "Moved",
            value: format::count(side.n_moved),
            note: "by the last refresh with new data".to_owned(),
        },
    ]
}

/// "FREQUENCY 4 → 5: +$31"; of a model of the logarithm the change of the logarithm.
fn reason_in_words(reason: &LiveReason, is_log: bool) -> String {
    let change = reason.contribution - reason.contribution_before;
    let change = match (is_log, change) {
        (false, change) => format::money_change(change),
        (true, change) if change > 0.0 => format!("+{} of the log", format::statistic(change)),
        (true, change) => format!("{} of the log", format::statistic(change)),
    };
    match &reason.value_before {
        Some(before) if *before != reason.value => format!("{} {before} → {}: {change}", reason.input, reason.value),
        _ => format!("{} {}: {change}", reason.input, reason.value),
    }
}

/// Reasons in one cell.
fn reasons_in_words(reasons: &[LiveReason], is_log: bool) -> String {
    reasons.iter().map(|reason| reason_in_words(reason, is_log)).collect::<Vec<_>>().join("; ")
}

/// The largest changes, and the button of each that explains its customer.
pub fn moves(side: &LiveSide) -> (ChartTable, Vec<Option<Field>>) {
    let headers = ["Customer", "Before", "After", "Change", "Because of"].map(str::to_owned).to_vec();
    let row = |of: &LiveMove| {
        let name = of.name.clone().unwrap_or_else(|| of.customer_id.to_string());
        let change = of.before.map_or("new".to_owned(), |before| format::money_change(of.after - before));
        vec![name, money(of.before), format::money(of.after), change, reasons_in_words(&of.reasons, side.is_log)]
    };
    let button = |of: &LiveMove| Some(Field::button(&format!("explain:{}", of.customer_id), "Explain", false));
    (ChartTable { headers, rows: side.moved.iter().map(row).collect() }, side.moved.iter().map(button).collect())
}

/// The figures of a customer.
pub fn customer_figures(of: &LiveCustomer) -> Vec<Figure> {
    let change = of.prediction.zip(of.before).map(|(now, before)| now - before);
    let written = of.written_at.map_or(String::new(), |at| format!("at {}", clock::moment(at)));
    vec![
        Figure { label: "Prediction", value: money(of.prediction), note: format!("version {}", of.version) },
        Figure { label: "Before that refresh", value: money(of.before), note: String::new() },
        Figure {
            label: "Change",
            value: change.map_or(format::ABSENT.to_owned(), format::money_change),
            note: "by that refresh".to_owned(),
        },
        Figure {
            label: "Written by refresh",
            value: of.refresh.map_or(format::ABSENT.to_owned(), format::count),
            note: written,
        },
    ]
}

/// Who it is, and what there is of them at that moment.
pub fn customer_in_words(of: &LiveCustomer) -> String {
    let who = match &of.name {
        Some(name) => format!("{name} (CUSTOMER_ID {})", of.customer_id),
        None => format!("Customer {}", of.customer_id),
    };
    let place = match of.place {
        LivePlace::Profile => "is an established customer",
        LivePlace::Staging => "is a new customer in COLDSTART_CUSTOMERS_STAGING",
        LivePlace::Nowhere => "is in no table",
    };
    let without =
        if of.prediction.is_none() && of.place != LivePlace::Nowhere { "; there is no prediction yet" } else { "" };
    format!("{who} {place} as of {}{without}.", clock::moment(of.at))
}

/// Why the prediction changed, an input each.
pub fn reasons(of: &LiveCustomer) -> Vec<String> {
    of.reasons.iter().map(|reason| reason_in_words(reason, of.is_log)).collect()
}

/// What came of a customer last, with the batch that brought it.
pub fn events(of: &LiveCustomer) -> ChartTable {
    let headers = ["Loaded at", "Day", "What", "Table", "Row", "Batch"].map(str::to_owned).to_vec();
    let row = |event: &LiveEvent| {
        vec![
            clock::short(event.loaded_at),
            event.day.clone(),
            event.text.clone(),
            event.table.clone(),
            event.id.to_string(),
            format!("{}: {}", event.batch, event.batch_label),
        ]
    };
    ChartTable { headers, rows: of.events.iter().map(row).collect() }
}
