//! Versions of views and snapshots of data sets in words and tables. Deliberately no comparing: the worker does that.

use super::charts::ChartTable;
use super::format;
use super::state::AppState;
use crate::protocol::{FeatureRevision, LineChange, ObjectId, ObjectSummary, Split, TrainingSet, VersionComparison};
use std::sync::Arc;

/// What stands where there is nothing to compare.
pub const NOTHING_CHANGED: &str = "Every view is the catalogue’s own V1. Add a feature, or another formula for one, under Own features, and run the pipeline: the changed view becomes V2, and stands here beside V1 with its definitions, values and SQL.";

/// In what time order the two stand, and how much they share.
pub fn note(comparison: &VersionComparison) -> String {
    let same = format::counted(comparison.n_unchanged.into(), "feature", "features");
    format!("{same} unchanged; values of {} as of now", format::counted(comparison.n_rows, "customer", "customers"))
}

/// What has changed, in one sentence.
pub fn headline(comparison: &VersionComparison) -> String {
    let VersionComparison { before, after, features, .. } = comparison;
    let n_new = features.iter().filter(|feature| feature.formula_before.is_none()).count();
    let n_redefined = features.iter().filter(|feature| is_redefined(feature)).count();
    let n_following = features.len() - n_new - n_redefined;
    let parts: Vec<String> =
        [(n_new, "new"), (n_redefined, "redefined"), (n_following, "with other values because of what they read")]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{} {what}", format::counted(n as u64, "feature", "features")))
            .collect();
    let what = if parts.is_empty() {
        "no feature with another value, but another upstream view".to_owned()
    } else {
        parts.join(", ")
    };
    format!("{after} has {what}. {before} is the catalogue’s own and stays what it was.")
}

/// How many lines differ.
pub fn sql_headline(comparison: &VersionComparison) -> String {
    let n_of = |change: LineChange| comparison.sql.iter().filter(|line| line.change == change).count() as u64;
    let (added, removed) = (n_of(LineChange::Added), n_of(LineChange::Removed));
    format!(
        "SQL: {} added, {} removed",
        format::counted(added, "line", "lines"),
        format::counted(removed, "line", "lines")
    )
}

/// A line's state for attributes, and its sign.
pub fn line_sign(change: LineChange) -> (&'static str, char) {
    match change {
        LineChange::Same => ("same", ' '),
        LineChange::Removed => ("removed", '−'),
        LineChange::Added => ("added", '+'),
    }
}

fn is_redefined(revision: &FeatureRevision) -> bool {
    revision.formula_before.as_ref().is_some_and(|before| *before != revision.formula_after)
}

/// How a formula is marked: as new where it is.
pub fn formula_state(revision: &FeatureRevision) -> Option<&'static str> {
    (revision.formula_before.is_none() || is_redefined(revision)).then_some("added")
}

/// What happened to a feature.
pub fn change_word(revision: &FeatureRevision) -> &'static str {
    match (&revision.formula_before, is_redefined(revision)) {
        (None, _) => "new",
        (Some(_), true) => "redefined",
        (Some(_), false) => "reads other values",
    }
}

/// A part of a training set: name, rows, first and last day, the target's mean and its share of zeros.
pub fn part_figures(split: &Split) -> Vec<String> {
    vec![
        split.name.clone(),
        format::count(split.rows),
        split.dates.first.clone(),
        split.dates.last.clone(),
        format::money(split.target_mean),
        format::percent(split.target_zero_share),
    ]
}

/// The data sets that models train on with the hash of their content, and their parts; once there is one.
pub fn snapshots(state: &AppState) -> Option<(ChartTable, ChartTable)> {
    let objects = state.objects.iter().filter(|(object, _)| object.name().ends_with("_WITH_TARGET"));
    let snapshot = |(object, summary): (&ObjectId, &Arc<ObjectSummary>)| {
        let figures = [summary.rows, summary.columns.len() as u64].map(format::count);
        [object.name().to_owned()].into_iter().chain(figures).chain([summary.digest.clone()]).collect()
    };
    let rows: Vec<Vec<String>> = objects.map(snapshot).collect();
    let part = |set: &TrainingSet, split: &Split| {
        std::iter::once(set.table.name().to_owned()).chain(part_figures(split)).collect()
    };
    let parts = state.training_sets.values().flat_map(|set| set.splits.iter().map(|split| part(set, split))).collect();
    let table = |headers: &[&str], rows| ChartTable { headers: headers.iter().map(|&h| h.to_owned()).collect(), rows };
    (!rows.is_empty()).then(|| {
        (
            table(&["Snapshot", "Rows", "Columns", "Content hash"], rows),
            table(&["Snapshot", "Part", "Rows", "First day", "Last day", "Mean target", "Target zero"], parts),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::DiffLine;

    #[test]
    fn what_changed_is_said_in_numbers_that_add_up() {
        let revision = |before: Option<&str>, after: &str| FeatureRevision {
            name: "F".to_owned(),
            formula_before: before.map(str::to_owned),
            formula_after: after.to_owned(),
            n_different: 1,
            drift: None,
        };
        let mut comparison = VersionComparison {
            view: ObjectId::RfmFeatures,
            before: "V1".to_owned(),
            after: "V2".to_owned(),
            n_rows: 1_000,
            features: vec![
                revision(None, "1"),
                revision(Some("1"), "2"),
                revision(Some("A"), "A"),
                revision(Some("B"), "B"),
            ],
            n_unchanged: 3,
            sql: [LineChange::Same, LineChange::Added, LineChange::Removed, LineChange::Added]
                .map(|change| DiffLine { change, text: String::new() })
                .to_vec(),
        };
        let words: Vec<&str> = comparison.features.iter().map(change_word).collect();
        assert_eq!(words, ["new", "redefined", "reads other values", "reads other values"]);
        let marked: Vec<_> = comparison.features.iter().map(formula_state).collect();
        assert_eq!(marked, [Some("added"), Some("added"), None, None]);
        let said = headline(&comparison);
        assert!(said.starts_with("V2 has 1 feature new, 1 feature redefined, 2 features with other values"), "{said}");
        assert_eq!(sql_headline(&comparison), "SQL: 2 lines added, 1 line removed");
        comparison.features.clear();
        assert!(headline(&comparison).contains("another upstream view"));
        assert_eq!(snapshots(&AppState::default()), None);
    }
}
