//! Fitting cut points and group means on training rows. The result is an artefact of the view's version: scoring and SQL use
//! it as constants, so that serving values equal training values.

use super::check::CheckedView;
use super::eval::{EvalError, Evaluator, Inputs, aggregate, plan};
use super::ir::{Fit, FitRule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fitted value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FittedValue {
    /// Ascending.
    Edges(Vec<f64>),
    /// By level; levels without training rows are absent.
    Means(BTreeMap<String, f64>),
}

/// All fitted values of a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    pub values: BTreeMap<String, FittedValue>,
    /// Number of training rows they were fitted on.
    pub n_rows: u64,
}

impl Fitted {
    /// The value of that name.
    pub fn value(&self, name: &str) -> Option<&FittedValue> {
        self.values.get(name)
    }
}

/// Fits every value of a view on the given output rows (`training_rows` are positions in `inputs.rows`).
pub fn fit(view: &CheckedView, inputs: &Inputs, training_rows: &[u32]) -> Result<Fitted, EvalError> {
    let nothing = Fitted::default();
    let aggregates = aggregate(view, inputs, &plan(view))?;
    let evaluator = Evaluator::new(view, *inputs, 0, &nothing, aggregates);
    let mut fitted = Fitted { values: BTreeMap::new(), n_rows: training_rows.len() as u64 };
    for Fit { name, rule } in &view.definition().fits {
        let value = match rule {
            FitRule::Edges { of, over, probabilities } => {
                let (values, holds) = (evaluator.values(of)?, evaluator.holds(over)?);
                let numbers = values.numbers();
                let rows = training_rows.iter().map(|&row| row as usize);
                let kept = rows.filter(|&row| holds[row] && values.is_present(row)).map(|row| numbers[row]);
                FittedValue::Edges(order_statistics(kept.collect(), probabilities))
            }
            FitRule::Means { of, by } => {
                let (values, groups) = (evaluator.values(of)?, evaluator.values(by)?);
                let numbers = values.numbers();
                let mut sums = vec![(0.0, 0_u64); groups.levels.len()];
                for row in training_rows.iter().map(|&row| row as usize) {
                    if values.is_present(row) && groups.is_present(row) {
                        let (sum, n) = &mut sums[usize::from(groups.codes()[row])];
                        *sum += numbers[row];
                        *n += 1;
                    }
                }
                let means = groups.levels.iter().zip(sums).filter(|(_, (_, n))| *n > 0);
                FittedValue::Means(means.map(|(level, (sum, n))| (level.clone(), sum / n as f64)).collect())
            }
        };
        fitted.values.insert((*name).to_owned(), value);
    }
    Ok(fitted)
}

/// The ⌈p·n⌉-th smallest value for each probability; nothing for no values.
fn order_statistics(mut values: Vec<f64>, probabilities: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut at = |p: &f64| {
        let rank = (p * n as f64).ceil().max(1.0) as usize;
        let idx = rank.min(n).checked_sub(1)?;
        Some(*values.select_nth_unstable_by(idx, f64::total_cmp).1)
    };
    probabilities.iter().filter_map(&mut at).collect()
}

#[cfg(test)]
mod tests {
    use super::order_statistics;

    #[test]
    fn edges_are_observed_values_at_the_ceiling_rank() {
        let values: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(order_statistics(values, &[0.2, 0.25, 0.8]), [2.0, 3.0, 8.0]);
        assert_eq!(order_statistics(vec![7.0], &[0.2, 0.8]), [7.0, 7.0]);
        assert!(order_statistics(vec![], &[0.5]).is_empty());
    }
}
