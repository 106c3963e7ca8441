//! Drift and expectations in words and shares: the head line, what is held against what, a feature's row, an expectation's
//! verdict. Deliberately no threshold of its own: verdicts and their borders come with the answer.

use super::state::AppState;
use super::words::{Judgement, scenario_label};
use super::{RunState, columns, format};
use crate::order;
use crate::protocol::{
    Comparison, DateRange, DriftRange, DriftSide, DriftVerdict, ExpectationFinding, ExpectationSeverity, FeatureDrift,
    FeatureHealth, ObjectId, Scenario,
};

/// The PSI that fills the bar in a row.
pub const FULL_BAR_PSI: f64 = 0.5;

/// What will appear, and what makes it appear.
pub fn awaiting(state: &AppState) -> &'static str {
    let has_rows = state.is_held(ObjectId::Profile) || state.is_held(ObjectId::ColdstartCustomers);
    match state.run {
        RunState::Running => {
            "How far the served features have drifted from those trained on, and which expectations hold, appears here as soon as the run is over."
        }
        RunState::Idle | RunState::Done | RunState::Failed | RunState::Cancelled if has_rows => {
            "The last run made raw tables and no features. Drift and expectations appear here after a run that computes features: open the page without “run=data” in its address and press Run pipeline."
        }
        RunState::Idle | RunState::Done | RunState::Failed | RunState::Cancelled => {
            "How far the features served now have drifted from those that the models were trained on, and whether every value is what its definition expects, appears here after a run. Press Run pipeline."
        }
    }
}

/// How many model inputs drift and how many expectations break.
pub fn headline(health: &FeatureHealth) -> String {
    let n_of = |verdict: DriftVerdict| health.drifts.iter().filter(|drift| drift.verdict == verdict).count();
    let (moderate, large) = (n_of(DriftVerdict::Moderate), n_of(DriftVerdict::Large));
    let drift = match (health.drifts.len(), moderate + large) {
        (0, _) => "There are no rows to train on or to serve, and so there is no drift".to_owned(),
        (n, 0) => format!("None of {} drifts", format::counted(n as u64, "model input", "model inputs")),
        (n, moved) => {
            let verb = if moved == 1 { "drifts" } else { "drift" };
            let noun = if n == 1 { "model input" } else { "model inputs" };
            let by_chance = match health.drifts.iter().filter(|drift| is_chance(drift)).count() {
                0 => String::new(),
                n => format!(", {n} no more than chance makes of so few rows"),
            };
            format!("{moved} of {n} {noun} {verb}, {large} of them far{by_chance}")
        }
    };
    let n_broken = health.expectations.iter().filter(|expectation| expectation.n_broken > 0).count();
    let expectations = match (health.expectations.len(), n_broken) {
        (n, 0) => format!("all {} hold", format::counted(n as u64, "expectation", "expectations")),
        (n, 1) => format!("1 of {n} expectations breaks"),
        (n, broken) => format!("{broken} of {n} expectations break"),
    };
    format!("{drift}; {expectations}.")
}

/// A broken definition is worse than unusual data, and those worse than drift.
pub fn judgement(health: &FeatureHealth) -> Judgement {
    let breaks = |severity: ExpectationSeverity| {
        health.expectations.iter().any(|finding| finding.n_broken > 0 && finding.severity == severity)
    };
    let drifts = health.drifts.iter().any(|drift| drift.verdict == DriftVerdict::Large);
    match (breaks(ExpectationSeverity::Fail), breaks(ExpectationSeverity::Warn) || drifts) {
        (true, _) => Judgement::Warning,
        (false, true) => Judgement::Caution,
        (false, false) => Judgement::Good,
    }
}

/// What is held against what, in one sentence.
pub fn comparison(of: &Comparison) -> String {
    let days = |dates: &DateRange| match dates {
        DateRange { first, last } if first == last => first.clone(),
        DateRange { first, last } => format!("{first} to {last}"),
    };
    let (then, now) = match of.scenario {
        Scenario::Continuous => ("observed", "as of"),
        Scenario::ColdStart => ("of customers who signed up", "who signed up"),
    };
    format!(
        "{}: {} of {}, {then} {}, against {} of {}, {now} {}.",
        scenario_label(of.scenario),
        format::counted(of.n_training, "training row", "training rows"),
        of.training.name(),
        days(&of.training_dates),
        format::counted(of.n_served, "customer", "customers"),
        of.served.name(),
        days(&of.served_dates)
    )
}

/// A warning where few rows alone make a PSI that would not count as stable.
pub fn chance(health: &FeatureHealth, scenario: Scenario) -> Option<String> {
    let of_scenario = health.drifts.iter().filter(|drift| drift.scenario == scenario);
    let most = of_scenario.map(|drift| drift.by_chance).fold(0.0, f64::max);
    (most >= health.moderate_from).then(|| {
        format!(
            "With so few rows chance alone makes a PSI of up to {} (in 19 of 20 cases): what is below says nothing.",
            format::score(most)
        )
    })
}

/// Every drift, the largest first.
pub fn by_size(health: &FeatureHealth) -> Vec<&FeatureDrift> {
    let mut drifts: Vec<&FeatureDrift> = health.drifts.iter().collect();
    order::sort_by(&mut drifts, |a, b| b.psi.total_cmp(&a.psi).then_with(|| a.feature.cmp(&b.feature)));
    drifts
}

/// A verdict, for attributes and readers.
pub fn verdict_word(verdict: DriftVerdict) -> &'static str {
    match verdict {
        DriftVerdict::Stable => "stable",
        DriftVerdict::Moderate => "moderate",
        DriftVerdict::Large => "large",
    }
}

/// A verdict with what chance says about it: "a large drift".
pub fn verdict_words(drift: &FeatureDrift) -> String {
    match (drift.verdict, is_chance(drift)) {
        (DriftVerdict::Stable, _) => "a stable feature".to_owned(),
        (verdict, true) => {
            format!("a {} drift by the rule, though no more than chance makes of so few rows", verdict_word(verdict))
        }
        (verdict, false) => format!("a {} drift", verdict_word(verdict)),
    }
}

/// True for a drift that few rows explain.
pub fn is_chance(drift: &FeatureDrift) -> bool {
    drift.verdict != DriftVerdict::Stable && drift.psi <= drift.by_chance
}

/// Length of a row's bar, 0–1.
pub fn bar(drift: &FeatureDrift) -> f64 {
    (drift.psi / FULL_BAR_PSI).clamp(0.0, 1.0)
}

/// Mean on a side, in the feature's unit.
pub fn mean(drift: &FeatureDrift, side: &DriftSide) -> String {
    side.mean.map_or_else(|| format::ABSENT.to_owned(), |mean| columns::number(&drift.unit, "", mean))
}

/// Share of nulls on a side.
pub fn nulls(side: &DriftSide) -> String {
    format::percent(side.n_null as f64 / side.n_rows.max(1) as f64)
}

/// Shares of training and of served rows in each bar of a miniature: equal ranges of a number, the levels of a category.
pub fn shape(drift: &FeatureDrift) -> [Vec<f64>; 2] {
    let shares = |side: &DriftSide, counts: &[u64]| -> Vec<f64> {
        counts.iter().map(|count| *count as f64 / side.n_rows.max(1) as f64).collect()
    };
    let of = |side: &DriftSide, of_bins: Vec<u64>| match &side.histogram {
        Some(histogram) => shares(side, &histogram.counts),
        None => shares(side, &of_bins),
    };
    [
        of(&drift.training, drift.bins.iter().map(|bin| bin.n_training).collect()),
        of(&drift.served, drift.bins.iter().map(|bin| bin.n_served).collect()),
    ]
}

/// The values in a bin: "above 3 and up to 7 days".
pub fn range(drift: &FeatureDrift, range: &DriftRange) -> String {
    let number = |value: f64| columns::number(&drift.unit, "", value);
    let unit = if drift.unit.is_empty() || drift.unit == "USD" { String::new() } else { format!(" {}", drift.unit) };
    match range {
        DriftRange::Numbers { above: Some(above), up_to: Some(up_to) } => {
            format!("above {} and up to {}{unit}", number(*above), number(*up_to))
        }
        DriftRange::Numbers { above: Some(above), up_to: None } => format!("above {}{unit}", number(*above)),
        DriftRange::Numbers { above: None, up_to: Some(up_to) } => format!("up to {}{unit}", number(*up_to)),
        DriftRange::Numbers { above: None, up_to: None } => "any value".to_owned(),
        DriftRange::Level(level) => level.clone(),
        DriftRange::Null => "null".to_owned(),
    }
}

/// The same for an axis: where a bin ends.
pub fn short_range(drift: &FeatureDrift, range: &DriftRange) -> String {
    let number = |value: f64| match drift.unit.as_str() {
        "USD" => format::money_short(value),
        _ => format::short(value),
    };
    match range {
        DriftRange::Numbers { above: _, up_to: Some(up_to) } => format!("≤\u{a0}{}", number(*up_to)),
        DriftRange::Numbers { above: Some(above), up_to: None } => format!(">\u{a0}{}", number(*above)),
        DriftRange::Numbers { above: None, up_to: None } => "any".to_owned(),
        DriftRange::Level(level) => level.clone(),
        DriftRange::Null => "null".to_owned(),
    }
}

/// Sign and word of a finding; also its state for attributes.
pub fn finding_sign(finding: &ExpectationFinding) -> (&'static str, &'static str) {
    match (finding.n_broken, finding.severity) {
        (0, _) => ("held", "✓ holds"),
        (_, ExpectationSeverity::Warn) => ("unusual", "! unusual"),
        (_, ExpectationSeverity::Fail) => ("broken", "✗ breaks"),
    }
}

/// How many rows break an expectation, with an example.
pub fn finding(of: &ExpectationFinding) -> String {
    let rows = format::counted(of.n_rows, "row", "rows");
    let Some(example) = of.example.as_ref().filter(|_| of.n_broken > 0) else {
        return if of.n_rows == 1 { "in the only row".to_owned() } else { format!("in all {rows}") };
    };
    let value = example.value.as_deref().unwrap_or("null");
    let verb = if of.n_broken == 1 { "breaks" } else { "break" };
    let such_as = format!("such as {value} of customer {}", example.customer);
    format!("{} of {rows} {verb} it, {such_as}", format::count(of.n_broken))
}

/// What happens when it breaks.
pub fn severity_word(severity: ExpectationSeverity) -> &'static str {
    match severity {
        ExpectationSeverity::Warn => "warn",
        ExpectationSeverity::Fail => "fail",
    }
}

/// Broken ones first, the worst of them on top; otherwise in the order of the definitions.
pub fn by_gravity(health: &FeatureHealth) -> Vec<&ExpectationFinding> {
    let mut findings: Vec<&ExpectationFinding> = health.expectations.iter().collect();
    let gravity = |finding: &ExpectationFinding| match (finding.n_broken > 0, finding.severity) {
        (true, ExpectationSeverity::Fail) => 0,
        (true, ExpectationSeverity::Warn) => 1,
        (false, _) => 2,
    };
    order::sort_by(&mut findings, |a, b| gravity(a).cmp(&gravity(b)));
    findings
}

/// A feature that has moved, for tests.
#[cfg(test)]
pub fn example() -> FeatureDrift {
    use crate::protocol::{DriftBin, Histogram};
    let side = |n_null, mean, counts: &[u64]| DriftSide {
        n_rows: 10,
        n_null,
        mean: Some(mean),
        histogram: Some(Histogram { edges: vec![0.0, 20.0, 40.0], counts: counts.to_vec(), n_above: 0 }),
    };
    let bin = |above, up_to, n_training, n_served, contribution| DriftBin {
        range: DriftRange::Numbers { above, up_to },
        n_training,
        n_served,
        contribution,
    };
    FeatureDrift {
        scenario: Scenario::Continuous,
        object: ObjectId::RfmFeatures,
        feature: "RECENCY_DAYS".to_owned(),
        unit: "days".to_owned(),
        psi: 0.4,
        verdict: DriftVerdict::Large,
        by_chance: 0.2,
        ks: Some(0.5),
        training: side(2, 12.0, &[6, 2]),
        served: side(0, 30.0, &[3, 7]),
        bins: vec![
            bin(None, Some(7.0), 4, 1, 0.1),
            bin(Some(7.0), Some(30.0), 3, 2, 0.05),
            bin(Some(30.0), None, 1, 7, 0.2),
            DriftBin { range: DriftRange::Null, n_training: 2, n_served: 0, contribution: 0.05 },
        ],
        with_target: None,
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
