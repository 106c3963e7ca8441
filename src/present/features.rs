//! The statistics of a feature as texts, in the order of the table that shows them.

use super::charts::{measure, strength};
use super::{columns, format};
use crate::protocol::{
    FeatureDetail, FeatureHealth, FeatureViewDetail, ObjectId, RefreshEffect, RefreshFinding, RefreshMode,
};

/// Heads of the statistics.
pub const STATISTICS: [&str; 8] =
    ["5\u{a0}%", "25\u{a0}%", "Median", "75\u{a0}%", "95\u{a0}%", "Mean", "Deviation", "Distinct"];
const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// One text for each of [`STATISTICS`]; empty where a feature has none.
pub fn statistics(feature: &FeatureDetail) -> Vec<String> {
    let number = |value: f64| columns::number(&feature.unit, &feature.sql_type, value);
    let quantile = |share: f64| {
        let found = feature.quantiles.iter().find(|(p, _)| (p - share).abs() < 1e-9);
        found.map(|(_, value)| number(*value)).unwrap_or_default()
    };
    let mut texts: Vec<String> = SHARES.map(quantile).into();
    texts.push(feature.mean.map(number).unwrap_or_default());
    texts.push(feature.standard_deviation.map(number).unwrap_or_default());
    texts.push(format::count(feature.n_distinct));
    texts
}

/// The statistics in one line, for features whose values are no numbers: levels with their shares, days.
pub fn line(feature: &FeatureDetail) -> Option<String> {
    if !feature.levels.is_empty() {
        return Some(columns::level_shares(&feature.levels));
    }
    let is_day = feature.sql_type == "DATE";
    let named = STATISTICS.iter().zip(statistics(feature)).filter(|(_, text)| !text.is_empty());
    is_day.then(|| {
        named.map(|(name, text)| format!("{}\u{a0}{text}", name.to_ascii_lowercase())).collect::<Vec<_>>().join(" · ")
    })
}

/// "0 to 412", the range of numbers and days.
pub fn range(feature: &FeatureDetail) -> Option<String> {
    let number = |value: f64| columns::number(&feature.unit, &feature.sql_type, value);
    Some(format!("{} to {}", number(feature.min?), number(feature.max?)))
}

/// Share of nulls: "none" where there could be some.
pub fn nulls(feature: &FeatureDetail, n_rows: u64) -> String {
    match feature.n_null {
        0 => "none".to_owned(),
        n => format::percent(n as f64 / n_rows.max(1) as f64),
    }
}

/// How strongly a feature goes together with the target: the figure, and how it was measured. `None` when it was not.
pub fn with_target(health: Option<&FeatureHealth>, view: ObjectId, feature: &str) -> Option<(String, String)> {
    let drift = health?.drifts.iter().find(|drift| drift.object == view && drift.feature == feature)?;
    let pair = drift.with_target?;
    let rows = format::counted(pair.n_rows.into(), "training row", "training rows");
    let figure = if pair.value.is_some() { strength(pair) } else { format::ABSENT.to_owned() };
    Some((figure, format!("{} with the target in {rows}", measure(pair.measure))))
}

/// How the warehouse refreshes a view, in a sentence.
pub fn refresh_in_words(detail: &FeatureViewDetail) -> String {
    let RefreshMode { mode, reason, findings } = &detail.refresh_mode;
    let n_costly = findings.iter().filter(|finding| finding.effect == RefreshEffect::CostsMore).count() as u64;
    let costly = match n_costly {
        0 => String::new(),
        n => format!(" {} it costlier than it looks.", if n == 1 { "One rule makes" } else { "Some rules make" }),
    };
    format!("Target lag {}, refresh mode {mode}. {reason}{costly}", detail.refresh)
}

/// The rules that its query meets: what each says, and what follows from it.
pub fn refresh_findings(detail: &FeatureViewDetail) -> Vec<(String, String)> {
    detail.refresh_mode.findings.iter().map(refresh_finding).collect()
}

/// A rule that a query meets: what it says, and what follows from it.
pub fn refresh_finding(of: &RefreshFinding) -> (String, String) {
    let instead = of.rewrite.as_ref().map_or(String::new(), |rewrite| format!(" Instead: {rewrite}"));
    let effect = match of.effect {
        RefreshEffect::Allowed => "is allowed",
        RefreshEffect::CostsMore => "costs more",
        RefreshEffect::RulesOutIncremental => "rules out INCREMENTAL",
    };
    let text = format!("This {effect}.{instead} Snowflake: “{}”, read on {}.", of.source, of.read_on);
    (of.meaning.clone(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Association, FeatureDrift, Level, Measure};

    fn feature(sql_type: &str, unit: &str) -> FeatureDetail {
        FeatureDetail {
            name: "F".to_owned(),
            sql_type: sql_type.to_owned(),
            unit: unit.to_owned(),
            n_null: 5,
            n_distinct: 1_234,
            mean: Some(60.125),
            standard_deviation: Some(12.0),
            min: Some(1.0),
            max: Some(99.0),
            quantiles: vec![(0.01, 1.5), (0.05, 2.0), (0.5, 50.0), (0.95, 90.0)],
            ..FeatureDetail::default()
        }
    }

    #[test]
    fn statistics_are_written_in_the_unit_of_the_feature() {
        let money = statistics(&feature("FLOAT", "USD"));
        assert_eq!(money, ["$2.00", "", "$50.00", "", "$90.00", "$60.13", "$12.00", "1,234"]);
        assert_eq!(range(&feature("FLOAT", "")).as_deref(), Some("1 to 99"));
        assert_eq!(
            (nulls(&feature("FLOAT", ""), 50).replace('\u{a0}', " "), line(&feature("FLOAT", ""))),
            ("10 %".to_owned(), None)
        );
    }

    #[test]
    fn days_and_levels_stand_in_one_line() {
        let days = FeatureDetail {
            mean: None,
            standard_deviation: None,
            quantiles: vec![(0.5, 20_269.0)],
            ..feature("DATE", "")
        };
        assert_eq!(line(&days).unwrap().replace('\u{a0}', " "), "median 2025-06-30 · distinct 1,234");
        let level = |name: &str, count| Level { level: name.to_owned(), count };
        let levels = FeatureDetail { levels: vec![level("a", 1), level("b", 3)], ..feature("VARCHAR", "") };
        assert_eq!(line(&levels).unwrap().replace('\u{a0}', " "), "b 75 % · a 25 %");
    }

    #[test]
    fn the_target_is_found_by_view_and_name() {
        let pair = Association { measure: Measure::Spearman, value: Some(0.42), n_rows: 700 };
        let drift = FeatureDrift { with_target: Some(pair), ..crate::present::health::example() };
        let health = FeatureHealth { drifts: vec![drift.clone()], ..FeatureHealth::default() };
        let (figure, how) = with_target(Some(&health), drift.object, &drift.feature).unwrap();
        assert_eq!(
            (figure.as_str(), how.as_str()),
            ("+0.420", "Spearman’s rank correlation with the target in 700 training rows")
        );
        assert_eq!(with_target(Some(&health), ObjectId::DerivedFeatures, &drift.feature), None);
        assert_eq!(with_target(None, drift.object, &drift.feature), None);
    }

    #[test]
    fn a_view_says_how_it_is_refreshed_and_what_makes_it_costlier() {
        let finding = |effect, rewrite: Option<&str>| RefreshFinding {
            effect,
            meaning: "It counts.".to_owned(),
            rewrite: rewrite.map(str::to_owned),
            source: "A page".to_owned(),
            read_on: "2026-11-22".to_owned(),
        };
        let mut detail = FeatureViewDetail {
            view: ObjectId::RfmFeatures,
            version: String::new(),
            entity: String::new(),
            owner: String::new(),
            tags: Vec::new(),
            refresh: "1 day".to_owned(),
            refresh_mode: RefreshMode {
                mode: "INCREMENTAL".to_owned(),
                reason: "Nothing speaks against.".to_owned(),
                findings: Vec::new(),
            },
            as_of: String::new(),
            n_rows: 0,
            elapsed_ms: 0.0,
            features: Vec::new(),
            sql_serving: String::new(),
            sql_training: String::new(),
            plan: String::new(),
        };
        assert_eq!(refresh_in_words(&detail), "Target lag 1 day, refresh mode INCREMENTAL. Nothing speaks against.");
        detail.refresh_mode.findings =
            vec![finding(RefreshEffect::CostsMore, None), finding(RefreshEffect::Allowed, Some("Do not."))];
        assert!(refresh_in_words(&detail).ends_with("One rule makes it costlier than it looks."));
        let found = refresh_findings(&detail);
        assert_eq!(
            found[0],
            ("It counts.".to_owned(), "This costs more. Snowflake: “A page”, read on 2026-11-22.".to_owned())
        );
        assert!(found[1].1.starts_with("This is allowed. Instead: Do not."));
    }
}
