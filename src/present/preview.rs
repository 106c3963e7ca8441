//! A reader's own feature for the eye: examples, the language, the marked mistake, the figures. Deliberately no reading of
//! formulas: the worker does that.

use super::charts::ChartTable;
use super::{features, format};
use crate::protocol::{FeatureViewDetail, ObjectId, OwnFeature, PreviewedFeature, Scenario};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What it is called, and its formula.
pub const EXAMPLES: [(&str, &str); 5] = [
    ("spend of half a year", "SUM(CONTINUOUS_TRANSACTIONS.AMOUNT, last 180 days)"),
    ("cart adds per purchase", "COUNT(CONTINUOUS_INTERACTIONS, EVENT_TYPE = 'cart_add') / FREQUENCY"),
    ("spend of 30 days in that of 90", "RECENT_30D_AMOUNT / RECENT_90D_AMOUNT"),
    ("days since the last visit", "AS_OF - MAX(CONTINUOUS_INTERACTIONS.EVENT_DATE, EVENT_TYPE = 'website_visit')"),
    ("loyal and lately silent", "IF(FREQUENCY >= 5 and RECENCY_DAYS > 90, 1, 0)"),
];

/// What holds everywhere.
pub const LANGUAGE: &str = "Events after the observation date are never seen. A division by 0 is 0. A comparison with a null does not hold. Names of features, of columns of the profile and of tables are written as they are.";

/// The words of the language with their meaning.
pub fn language() -> ChartTable {
    let rows = [
        ("COUNT(TABLE)", "Number of a customer’s events."),
        ("SUM(TABLE.COLUMN)", "Sum of an amount or a whole number; 0 without events."),
        ("MIN(TABLE.DATE), MAX(TABLE.DATE)", "First and last day; null without events."),
        ("COUNT_DISTINCT(TABLE.COLUMN)", "Number of different levels."),
        ("GAP_STDDEV(TABLE)", "Standard deviation of the days between event days; null below three of them."),
        (", COLUMN = 'level'", "Inside these: only events of one level."),
        (", last n days", "Inside these: only events of the last n days."),
        ("+ - * /", "On numbers; a day minus a day is a number of days."),
        ("COALESCE(a, b)", "a, or b where a is null."),
        ("IF(condition, a, b)", "a where the condition holds, else b; more pairs may follow."),
        ("< <= > >= =, is null, and", "Conditions, inside IF."),
        ("AS_OF", "The observation date."),
        ("SCORE(a, EDGES)", "1 + the number of fitted edges below a; , descending counts from the top."),
        ("GROUP_MEAN(a, MEANS)", "The fitted mean of the group a; null for a group without training rows."),
    ];
    ChartTable {
        headers: vec!["Written".to_owned(), "Meaning".to_owned()],
        rows: rows.iter().map(|(word, meaning)| vec![(*word).to_owned(), (*meaning).to_owned()]).collect(),
    }
}

/// The same features with one more, or with another formula where the name is known.
pub fn with(features: &[OwnFeature], feature: OwnFeature) -> Vec<OwnFeature> {
    let mut features = features.to_vec();
    match features.iter_mut().find(|known| known.name == feature.name) {
        Some(known) => *known = feature,
        None => features.push(feature),
    }
    features
}

/// Features of the catalogue that a formula can redefine, by view.
pub fn redefinable(views: &BTreeMap<ObjectId, Arc<FeatureViewDetail>>) -> Vec<(ObjectId, Vec<OwnFeature>)> {
    let own = |view: &FeatureViewDetail| {
        let feature =
            |f: &crate::protocol::FeatureDetail| OwnFeature { name: f.name.clone(), formula: f.formula.clone() };
        view.features.iter().map(feature).collect()
    };
    let of_customers = views.iter().filter(|(object, _)| object.scenario() == Scenario::Continuous);
    of_customers.map(|(object, view)| (*object, own(view))).collect()
}

/// What a feature that was tried would become.
pub fn destination(found: &PreviewedFeature, is_planned: bool) -> String {
    let verb = if is_planned { "is" } else { "would be" };
    format!("In the next run it {verb} part of {}, and the continuous model reads it.", found.view)
}

/// A text around what is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub before: String,
    pub wrong: String,
    pub after: String,
}

/// Splits a text at two places in bytes; a place within a character moves to its beginning. A mistake at the end is a space.
pub fn marked(text: &str, begin: u32, end: u32) -> Marked {
    let place = |at: u32| (0..=(at as usize).min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (begin, end) = (place(begin), place(end).max(place(begin)));
    let wrong = if begin == end { "\u{a0}" } else { &text[begin..end] };
    Marked { before: text[..begin].to_owned(), wrong: wrong.to_owned(), after: text[end..].to_owned() }
}

/// Figures of the values with their names.
pub fn cards(found: &PreviewedFeature) -> Vec<(&'static str, String)> {
    let detail = &found.detail;
    let number = |value: Option<f64>| value.map_or(format::ABSENT.to_owned(), format::statistic);
    vec![
        ("Customers", format::count(found.n_rows)),
        ("Null", features::nulls(detail, found.n_rows)),
        ("Different values", format::count(detail.n_distinct)),
        ("Mean", number(detail.mean)),
        ("Standard deviation", number(detail.standard_deviation)),
    ]
}

/// Some customers with their values.
pub fn examples(found: &PreviewedFeature) -> ChartTable {
    let row = |(customer, value): &(String, Option<String>)| {
        vec![customer.clone(), value.clone().unwrap_or_else(|| "null".to_owned())]
    };
    ChartTable {
        headers: vec!["Customer".to_owned(), found.detail.name.clone()],
        rows: found.examples.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_marked_wherever_its_place_may_be() {
        let parts = |text: &str, begin, end| {
            let Marked { before, wrong, after } = marked(text, begin, end);
            [before, wrong, after]
        };
        assert_eq!(parts("A + B", 4, 5), ["A + ", "B", ""]);
        assert_eq!(parts("A + ", 4, 4), ["A + ", "\u{a0}", ""]);
        assert_eq!(parts("é", 1, 2), ["", "é", ""]);
        assert_eq!(parts("A", 9, 12), ["A", "\u{a0}", ""]);
    }
}
