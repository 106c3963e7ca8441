//! A whole evaluation beside the rows it is of, as `evaluation.json` has it for `tests/parity/evaluation.py`: scenario by scenario, one
//! [`EvaluatedScenario`] under its name. Deliberately computes nothing of its own and writes no file.

use super::intervals::{
    Coverage, IntervalError, Intervals, Margin, coverage, quantile_margin, residual_margin, scaled_margin,
};
use super::metrics::{EvaluateError, Metrics, metrics};
use super::money::{Campaign, MoneyError, ProfitCurve, profit_curves};
use super::ranking::{RankingReport, ranking_report};
use super::residuals::{WorstCase, worst_cases};
use super::slices::{Slice, SliceMetrics, slice_metrics, slices};
use serde::Serialize;
use std::collections::BTreeMap;

/// The file: scenarios by name.
pub type EvaluationFile = BTreeMap<String, EvaluatedScenario>;

const N_WORST: usize = 20;

/// Rows of one part of the split, one value each; in the unit of the target.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EvaluationRows {
    pub actual: Vec<f64>,
    pub predicted: Vec<f64>,
    /// How hard each row is to predict.
    pub scale: Option<Vec<f64>>,
    /// A lower and an upper predicted quantile.
    pub quantiles: Option<(Vec<f64>, Vec<f64>)>,
}

/// What is evaluated, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationInputs {
    #[serde(flatten)]
    pub test: EvaluationRows,
    /// Rows that no training saw; the intervals that they allow are measured on the test rows.
    pub calibration: Option<EvaluationRows>,
    /// The share of values that intervals are to hold.
    pub level: f64,
    /// Labels and positions among the test rows.
    pub parts: Vec<(String, Vec<usize>)>,
    /// Further scores of the test rows by which customers could be targeted; the predictions come first as `predicted`.
    pub scores: Vec<(String, Vec<f64>)>,
    pub campaign: Campaign,
    /// Of the resamples.
    pub seed: u64,
}

/// Intervals of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredIntervals {
    /// `residual`, `scaled` or `quantile`.
    pub kind: &'static str,
    pub margin: Margin,
    pub coverage: Coverage,
}

/// All figures of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub metrics: Metrics,
    pub overall: SliceMetrics,
    #[serde(flatten)]
    pub ranking: RankingReport,
    pub slices: Vec<Slice>,
    pub worst: Vec<WorstCase>,
    pub intervals: Vec<MeasuredIntervals>,
    pub profit: Vec<ProfitCurve>,
}

/// Rows and figures together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluatedScenario {
    #[serde(flatten)]
    pub inputs: EvaluationInputs,
    pub ours: Evaluation,
}

/// Which part of an evaluation failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    #[error(transparent)]
    Rows(#[from] EvaluateError),
    #[error(transparent)]
    Intervals(#[from] IntervalError),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl EvaluatedScenario {
    /// Every figure of the rows. Fails as its parts do.
    pub fn new(inputs: EvaluationInputs) -> Result<Self, EvaluationError> {
        let EvaluationRows { actual, predicted, .. } = &inputs.test;
        let named = std::iter::once(("predicted", predicted.as_slice()));
        let scores: Vec<(&str, &[f64])> =
            named.chain(inputs.scores.iter().map(|(name, score)| (name.as_str(), score.as_slice()))).collect();
        let intervals = match &inputs.calibration {
            Some(calibration) => measured(calibration, &inputs.test, inputs.level)?,
            None => Vec::new(),
        };
        let ours = Evaluation {
            metrics: metrics(actual, predicted)?,
            overall: slice_metrics(actual, predicted)?,
            ranking: ranking_report(actual, predicted)?,
            slices: slices(actual, predicted, &inputs.parts)?,
            worst: worst_cases(actual, predicted, N_WORST)?,
            intervals,
            profit: profit_curves(actual, &scores, &inputs.campaign.checked()?, inputs.seed)?,
        };
        Ok(Self { inputs, ours })
    }
}

/// Every kind of interval that both parts have the columns for.
fn measured(
    calibration: &EvaluationRows,
    test: &EvaluationRows,
    level: f64,
) -> Result<Vec<MeasuredIntervals>, IntervalError> {
    let mut found = Vec::new();
    let mut measure = |kind, margin: Margin, intervals: Intervals| -> Result<(), IntervalError> {
        let coverage = coverage(&test.actual, &test.predicted, &intervals)?;
        found.push(MeasuredIntervals { kind, margin, coverage });
        Ok(())
    };
    let margin = residual_margin(&calibration.actual, &calibration.predicted, level)?;
    measure("residual", margin, margin.around(&test.predicted))?;
    if let (Some(before), Some(now)) = (&calibration.scale, &test.scale) {
        let margin = scaled_margin(&calibration.actual, &calibration.predicted, before, level)?;
        measure("scaled", margin, margin.around_scaled(&test.predicted, now)?)?;
    }
    if let (Some(before), Some(now)) = (&calibration.quantiles, &test.quantiles) {
        let margin = quantile_margin(&calibration.actual, &before.0, &before.1, level)?;
        measure("quantile", margin, margin.beyond(&now.0, &now.1)?)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(n: usize) -> EvaluationInputs {
        let predicted: Vec<f64> = (0..n).map(|i| (i * 7 % n) as f64).collect();
        let actual: Vec<f64> = predicted.iter().enumerate().map(|(i, p)| p + (i % 5) as f64).collect();
        let quantiles = Some((predicted.clone(), predicted.iter().map(|p| p + 3.0).collect()));
        let rows = EvaluationRows { actual, scale: Some(vec![2.0; n]), quantiles, predicted };
        EvaluationInputs {
            calibration: Some(rows.clone()),
            level: 0.9,
            parts: vec![("half".to_owned(), (0..n / 2).collect())],
            scores: vec![("none".to_owned(), vec![0.0; n])],
            campaign: Campaign { margin: 0.3, uplift: 0.1, contact_cost: 0.5, budget: Some(9.0) },
            seed: 1,
            test: rows,
        }
    }

    #[test]
    fn a_scenario_is_written_with_its_rows_and_every_figure() {
        let found = EvaluatedScenario::new(inputs(40)).unwrap();
        let kinds: Vec<_> = found.ours.intervals.iter().map(|intervals| intervals.kind).collect();
        assert_eq!(kinds, ["residual", "scaled", "quantile"]);
        let json = serde_json::to_value(EvaluationFile::from([("CONTINUOUS".to_owned(), found)])).unwrap();
        let scenario = &json["CONTINUOUS"];
        assert_eq!(scenario["actual"].as_array().unwrap().len(), 40);
        assert_eq!(scenario["calibration"]["quantiles"].as_array().unwrap().len(), 2);
        for figure in ["metrics", "overall", "normalised_gini", "deciles", "slices", "intervals", "profit", "worst"] {
            assert!(!scenario["ours"][figure].is_null(), "{figure}");
        }
    }

    #[test]
    fn a_part_that_fails_fails_the_whole() {
        assert!(matches!(EvaluatedScenario::new(inputs(0)), Err(EvaluationError::Intervals(IntervalError::Rows(_)))));
        let mut wrong = inputs(40);
        wrong.campaign.margin = 2.0;
        assert!(matches!(EvaluatedScenario::new(wrong), Err(EvaluationError::Money(_))));
    }
}
