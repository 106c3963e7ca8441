//! A customer's features as of a day, for the eye: grouped by view, values as texts, rows behind them counted. Deliberately only
//! what the worker's last answer says.

use super::state::AppState;
use super::{day, format};
use crate::protocol::{FeatureAt, ObjectId};

/// One feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub view: ObjectId,
    pub name: String,
    /// With its unit.
    pub value: String,
    pub rows: String,
}

/// The features by view, in the views' order; nothing while the answer is about another customer.
pub fn groups(state: &AppState, row: u32) -> Vec<(&'static str, Vec<Line>)> {
    let mut groups: Vec<(&'static str, Vec<Line>)> = Vec::new();
    let Some(answer) = state.features_at.as_ref().filter(|answer| answer.request.row == row) else { return groups };
    for feature in &answer.features {
        let line = line(feature);
        match groups.last_mut().filter(|(name, _)| *name == feature.view.name()) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((feature.view.name(), vec![line])),
        }
    }
    groups
}

fn line(feature: &FeatureAt) -> Line {
    let value = match &feature.value {
        None => "null".to_owned(),
        Some(value) if feature.unit == "USD" => format!("${value}"),
        Some(value) if feature.unit == "days" => format!("{value} d"),
        Some(value) => value.clone(),
    };
    Line { view: feature.view, name: feature.name.clone(), value, rows: rows_in_words(feature) }
}

fn rows_in_words(feature: &FeatureAt) -> String {
    let purchases =
        (feature.n_purchases > 0).then(|| format::counted(feature.n_purchases.into(), "purchase", "purchases"));
    let interactions = (feature.n_interactions > 0)
        .then(|| format::counted(feature.n_interactions.into(), "interaction", "interactions"));
    match (purchases, interactions) {
        (Some(purchases), Some(interactions)) => format!("{purchases}, {interactions}"),
        (Some(rows), None) | (None, Some(rows)) => rows,
        (None, None) => "none".to_owned(),
    }
}

/// Positions of the purchases and of the interactions behind a feature, where the last answer tells them.
pub fn rows_of(state: &AppState, row: u32, selected: Option<&(ObjectId, String)>) -> (Vec<u32>, Vec<u32>) {
    let answer = state.features_at.as_ref();
    let fits = |request: &crate::protocol::FeaturesRequest| request.row == row && request.selected.as_ref() == selected;
    match answer.filter(|answer| selected.is_some() && fits(&answer.request)) {
        Some(answer) => (answer.selected_purchases.clone(), answer.selected_interactions.clone()),
        None => Default::default(),
    }
}

/// "2025-03-01, 121 days before the last day of the data".
pub fn date_in_words(as_of: i32, last_day: i32) -> String {
    let date = day::to_iso(as_of.into());
    match last_day - as_of {
        0 => format!("{date}, the last day of the data"),
        n => format!(
            "{date}, {} before the last day of the data",
            format::counted(n.unsigned_abs().into(), "day", "days")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::state::News;
    use crate::protocol::{Event, FeaturesAt, FeaturesRequest};

    fn feature(view: ObjectId, name: &str, unit: &str, value: Option<&str>, n: (u32, u32)) -> FeatureAt {
        FeatureAt {
            view,
            name: name.to_owned(),
            unit: unit.to_owned(),
            value: value.map(str::to_owned),
            n_purchases: n.0,
            n_interactions: n.1,
        }
    }

    #[test]
    fn features_stand_by_view_with_values_units_and_rows() {
        let selected = Some((ObjectId::RfmFeatures, "FREQUENCY".to_owned()));
        let mut state = AppState::default();
        state.apply(News::Worker(Event::FeaturesAt(Box::new(FeaturesAt {
            request: FeaturesRequest { row: 3, day: 20_000, selected: selected.clone() },
            features: vec![
                feature(ObjectId::RfmFeatures, "RECENCY_DAYS", "days", None, (0, 0)),
                feature(ObjectId::RfmFeatures, "MONETARY_TOTAL", "USD", Some("12.50"), (1, 0)),
                feature(ObjectId::DerivedFeatures, "SUPPORT_INTENSITY", "", Some("0.5"), (2, 1_000)),
            ],
            selected_purchases: vec![0, 2],
            selected_interactions: vec![],
            elapsed_ms: 1.0,
        }))));
        assert!(groups(&state, 4).is_empty(), "an answer about another customer");
        let groups = groups(&state, 3);
        assert_eq!(
            groups.iter().map(|(name, lines)| (*name, lines.len())).collect::<Vec<_>>(),
            [("RFM_FEATURES", 2), ("DERIVED_FEATURES", 1)]
        );
        let text = |line: &Line| format!("{} · {}", line.value, line.rows);
        assert_eq!(text(&groups[0].1[0]), "null · none");
        assert_eq!(text(&groups[0].1[1]), "$12.50 · 1 purchase");
        assert_eq!(text(&groups[1].1[0]), "0.5 · 2 purchases, 1,000 interactions");
        assert_eq!(rows_of(&state, 3, selected.as_ref()), (vec![0, 2], vec![]));
        assert_eq!(rows_of(&state, 3, None), (vec![], vec![]));
        assert_eq!(rows_of(&state, 2, selected.as_ref()), (vec![], vec![]));
    }

    #[test]
    fn a_date_says_how_far_it_is_from_the_end() {
        assert_eq!(date_in_words(20_269, 20_269), "2025-06-30, the last day of the data");
        assert_eq!(date_in_words(20_268, 20_269), "2025-06-29, 1 day before the last day of the data");
    }
}
