//! Drift and expectations as plain display data.

use super::cell;
use crate::engine::feature::{describe, expect, ir};
use crate::engine::profile::drift::{self, Drift, Range, Sample};
use crate::engine::table::Table;
use crate::protocol::{
    BrokenRow, DriftBin, DriftRange, DriftSide, DriftVerdict, ExpectationFinding, ExpectationSeverity, FeatureDrift,
    Histogram, ObjectId,
};
use crate::session::store::Store;

/// A feature's drift; `named` is its name and unit, `samples` are training and served values.
pub fn feature_drift(object: ObjectId, named: (&str, &str), found: Drift, samples: [Sample; 2]) -> FeatureDrift {
    let [training, served] = &samples;
    let [then, now] = match drift::shapes(training, served) {
        Some(shapes) => shapes.map(|h| Some(Histogram { edges: h.edges, counts: h.counts, n_above: h.n_above })),
        None => [None, None],
    };
    FeatureDrift {
        scenario: object.scenario(),
        object,
        feature: named.0.to_owned(),
        unit: named.1.to_owned(),
        psi: found.psi,
        verdict: match drift::verdict(found.psi) {
            drift::Verdict::Stable => DriftVerdict::Stable,
            drift::Verdict::Moderate => DriftVerdict::Moderate,
            drift::Verdict::Large => DriftVerdict::Large,
        },
        by_chance: found.by_chance,
        ks: found.ks,
        training: side(training, then),
        served: side(served, now),
        bins: found.bins.into_iter().map(bin).collect(),
        with_target: None,
    }
}

fn side(sample: &Sample, histogram: Option<Histogram>) -> DriftSide {
    DriftSide { n_rows: sample.n_rows(), n_null: sample.n_null, mean: sample.mean(), histogram }
}

fn bin(bin: drift::Bin) -> DriftBin {
    let range = match bin.range {
        Range::Numbers { above, up_to } => DriftRange::Numbers { above, up_to },
        Range::Level(level) => DriftRange::Level(level),
        Range::Null => DriftRange::Null,
    };
    DriftBin { range, n_training: bin.n_training, n_served: bin.n_served, contribution: bin.contribution }
}

/// An expectation with what a view's table says about it.
pub fn expectation(view: ObjectId, found: expect::Finding, table: &Table, store: &Store) -> ExpectationFinding {
    let example = found.example.map(|example| {
        let column_idx = table.schema().index_of(&found.feature);
        BrokenRow {
            customer: store.name_of(view.scenario(), table, example.row).unwrap_or_else(|| example.key.to_string()),
            value: column_idx.and_then(|column_idx| cell(table, example.row, column_idx)),
        }
    });
    ExpectationFinding {
        view,
        feature: found.feature,
        rule: describe::rule(&found.expectation.rule),
        severity: match found.expectation.severity {
            ir::Severity::Warn => ExpectationSeverity::Warn,
            ir::Severity::Fail => ExpectationSeverity::Fail,
        },
        n_rows: table.n_rows() as u64,
        n_broken: found.n_broken,
        example,
    }
}
