//! A version in detail on its test rows: how well it orders customers, where it errs, and what its intervals hold. The intervals are made on the
//! validation rows, which no tree was grown on, but by which trees may have stopped and a search has chosen: what they hold is measured.

use super::{Lab, customer, dataset};
use crate::engine::dataset::{FittedInput, FittedKind, Matrix};
use crate::engine::evaluate::{
    self, IntervalError, Intervals, Margin, Slice, coverage, error_histogram, ranking_report, residual_margin,
    scaled_margin, worst_cases,
};
use crate::order;
use crate::protocol::{
    EvaluationRequest, EvaluationView, Event, Histogram, IntervalView, SliceFigures, SliceView, Tenth, TopTenth,
    WorstCaseView,
};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{Dataset, Store};
use crate::session::summaries;

/// Share of customers that an interval is meant to hold.
const LEVEL: f64 = 0.9;
const N_WORST: usize = 12;
const N_BINS: usize = 40;
/// The axis of errors ends here, on both sides.
const QUANTILE: f64 = 0.98;
/// A number divides rows into so many parts of about equal size.
const N_RANGES: usize = 5;
/// Where a prediction is lower, an interval is as wide as at this share of the mean.
const LEAST_SCALE: f64 = 0.1;

pub(super) fn evaluation(
    lab: &mut Lab,
    request: EvaluationRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let model = request.training.model;
    let dataset = dataset(model, store)?;
    let [_, validation, test] = &dataset.parts;
    let examined = lab.examine(&request.training, store)?;
    let dollars = |predicted: &[f32]| -> Vec<f64> { predicted.iter().map(|&p| f64::from(p)).collect() };
    let (actual, predicted) = (&test.target_dollars, dollars(&examined.predictions));
    let ranking = ranking_report(actual, &predicted)?;
    let errors = error_histogram(actual, &predicted, N_BINS, QUANTILE)?;
    let columns: Vec<String> = dataset.preprocessing.inputs.iter().map(|input| input.name.clone()).collect();
    let input = dataset.preprocessing.inputs.iter().find(|input| input.name == request.column);
    let input = input.or(dataset.preprocessing.inputs.first()).ok_or(StageError::Missing("an input"))?;
    let slices = evaluate::slices(actual, &predicted, &parts(input, dataset, &examined.test))?;
    let worst = worst_cases(actual, &predicted, N_WORST)?;
    let worst = worst.into_iter().map(|case| {
        let (customer, actual) = customer(model, case.row as u32, store)?;
        Ok(WorstCaseView { customer, actual, predicted: case.predicted })
    });
    let before = dollars(&examined.ensemble.predict(&dataset.matrix(validation)?)?);
    let top = &ranking.top_decile;
    Ok(Event::Evaluated(Box::new(EvaluationView {
        n_rows: predicted.len() as u64,
        gini: ranking.normalised_gini,
        spearman: ranking.spearman,
        top: TopTenth { n_rows: top.n_rows as u64, hit_rate: top.hit_rate, share: top.share, capture: top.capture },
        tenths: ranking.deciles.iter().map(tenth).collect(),
        gains: ranking.gains,
        best_gains: ranking.best_gains,
        scatter: [summaries::density(actual, &predicted), summaries::linear_density(actual, &predicted)],
        residuals: summaries::residual_density(&predicted, &evaluate::errors(actual, &predicted)?),
        errors: Histogram {
            edges: errors.histogram.edges,
            counts: errors.histogram.counts,
            n_above: errors.histogram.n_above,
        },
        n_errors_below: errors.n_below,
        columns,
        column: input.name.clone(),
        slices: slices.into_iter().map(slice).collect(),
        worst: worst.collect::<Result<_, StageError>>()?,
        intervals: intervals((&validation.target_dollars, &before), (actual, &predicted))?,
        request,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

fn tenth(of: &evaluate::Decile) -> Tenth {
    Tenth {
        n_rows: of.n_rows as u64,
        mean_predicted: of.mean_predicted,
        mean_actual: of.mean_actual,
        lift: of.lift,
        share: of.share,
        cumulative_gain: of.cumulative_gain,
    }
}

fn slice(of: Slice) -> SliceView {
    let figures = |found: evaluate::SliceMetrics| {
        let ends = |interval: evaluate::Interval| (interval.low, interval.high);
        SliceFigures {
            rmse: found.metrics.rmse,
            rmse_interval: found.rmse_interval.map(ends),
            bias: found.bias,
            bias_interval: found.bias_interval.map(ends),
            r2: found.metrics.r2,
        }
    };
    SliceView { label: of.label, n_rows: of.n_rows as u64, found: of.found.map(figures) }
}

/// Rows of the matrix by the value of an input: its levels, or ranges of about as many rows each.
fn parts(input: &FittedInput, dataset: &Dataset, test: &Matrix) -> Vec<(String, Vec<usize>)> {
    let names = dataset.preprocessing.matrix_columns();
    let columns: Vec<&[f32]> =
        (0..names.len()).filter(|&idx| names[idx].0 == input.name).map(|idx| test.column(idx)).collect();
    match &input.kind {
        FittedKind::Category { levels } => {
            let of_level = |(level, column): (&String, &&[f32])| {
                let rows = (0..test.n_rows()).filter(|&row| column[row] == 1.0).collect();
                (level.clone(), rows)
            };
            levels.iter().zip(&columns).map(of_level).collect()
        }
        FittedKind::Numeric { .. } => columns.first().map(|column| ranges(column)).unwrap_or_default(),
    }
}

/// Equal values are never divided, so there may be fewer ranges and they may differ in size.
fn ranges(column: &[f32]) -> Vec<(String, Vec<usize>)> {
    let values: Vec<f64> = column.iter().map(|&value| f64::from(value)).collect();
    // Values that occur: between two of them an edge could lie a rounding away from both.
    let mut sorted = values.clone();
    order::sort_numbers(&mut sorted);
    let edge = |nth: usize| sorted.get(nth * sorted.len().saturating_sub(1) / N_RANGES).copied();
    let mut edges: Vec<f64> = (0..=N_RANGES).filter_map(edge).collect();
    edges.dedup();
    let round = |value: f64| (value * 1e2).round() / 1e2;
    let (Some(&least), [.., _]) = (edges.first(), edges.as_slice()) else { return Vec::new() };
    if edges.len() == 1 {
        return vec![(round(least).to_string(), (0..values.len()).collect())];
    }
    let range = |(nth, ends): (usize, &[f64])| {
        let is_in = |value: f64| (value > ends[0] || (nth == 0 && value == ends[0])) && value <= ends[1];
        let rows = (0..values.len()).filter(|&row| is_in(values[row])).collect();
        let from = if nth == 0 { "" } else { "above " };
        (format!("{from}{} to {}", round(ends[0]), round(ends[1])), rows)
    };
    edges.windows(2).enumerate().map(range).collect()
}

/// Two kinds: as wide for everybody, and as wide as the prediction is high. Values and predictions of the validation rows and the test rows.
fn intervals(
    (known, of_known): (&[f64], &[f64]),
    (actual, predicted): (&[f64], &[f64]),
) -> Result<Vec<IntervalView>, StageError> {
    let mean = of_known.iter().sum::<f64>() / of_known.len().max(1) as f64;
    let least = (LEAST_SCALE * mean).max(1.0);
    let scale = |predicted: &[f64]| -> Vec<f64> { predicted.iter().map(|p| p.max(least)).collect() };
    let (known_scale, test_scale) = (scale(of_known), scale(predicted));
    let even = residual_margin(known, of_known, LEVEL)?;
    let scaled = scaled_margin(known, of_known, &known_scale, LEVEL)?;
    let view = |kind: &str, margin: Margin, made: Intervals| -> Result<IntervalView, IntervalError> {
        // Nobody spends less than nothing.
        let found = coverage(actual, predicted, &made.at_least(0.0))?;
        let ends = found.overall.coverage_interval;
        Ok(IntervalView {
            kind: kind.to_owned(),
            level: margin.level,
            margin: margin.value,
            coverage: found.overall.coverage,
            coverage_interval: (ends.low, ends.high),
            mean_width: found.overall.mean_width,
            by_tenth: found.by_decile.iter().map(|of| of.coverage).collect(),
        })
    };
    Ok(vec![
        view("equally wide for everybody", even, even.around(predicted))?,
        view("as wide as the prediction is high", scaled, scaled.around_scaled(predicted, &test_scale)?)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn ranges_hold_every_row_once_and_never_divide_equal_values() {
        let column: Vec<f32> = (0..100).map(|i| if i < 50 { 0.0 } else { i as f32 }).collect();
        let found = ranges(&column);
        let mut rows: Vec<usize> = found.iter().flat_map(|(_, rows)| rows.clone()).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..100).collect::<Vec<_>>());
        assert!(found[0].1.len() >= 50 && found.len() < 6, "{found:?}");
        assert_eq!(ranges(&[3.0, 3.0]), [("3".to_owned(), vec![0, 1])]);
        assert!(ranges(&[]).is_empty());
    }
}
