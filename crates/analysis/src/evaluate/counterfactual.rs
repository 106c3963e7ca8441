//! The nearest change of a row that brings its prediction to a target (Wachter, Mittelstadt & Russell 2018). Trees are constant between their
//! thresholds, so only one value in each of a column's intervals has to be tried: the one nearest to the row's own. One changed column is
//! searched completely; where it does not suffice, further ones are added greedily and then taken back as far as possible. Deliberately without
//! knowledge of which changes are possible together: columns move independently.

use clv_engine::learn::{Ensemble, NodeKind, Tree};
use clv_engine::order;

/// A column that may move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movable {
    pub column_idx: usize,
    /// What counts as a change of 1: the column's standard deviation.
    pub scale: f64,
    /// Ends of its values.
    pub low: f32,
    pub high: f32,
    /// It takes whole numbers only.
    pub is_whole: bool,
}

/// A changed row.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterfactual {
    /// Columns and their new values.
    pub changes: Vec<(usize, f32)>,
    pub prediction: f32,
    /// Sum of the changes' sizes in scales.
    pub distance: f64,
    /// False where no change of so few columns reaches the target; the changes are then those that come closest.
    pub is_reached: bool,
}

/// No more columns are changed.
pub const MOST_CHANGES: usize = 4;
/// Rows that are followed side by side.
const N_FOLLOWED: usize = 4;

/// The fewest columns, and among them the least distance, by which the prediction of `row` is moved to `target` or beyond: up where the target is
/// above the prediction, else down.
pub fn counterfactual(ensemble: &Ensemble, row: &[f32], target: f32, movable: &[Movable]) -> Counterfactual {
    let search = Search::new(ensemble, row, target, movable);
    let start = State { row: row.to_vec(), margin: search.margin(row), changed: Vec::new(), distance: 0.0 };
    if search.reaches(&start.row) {
        return search.found(&start);
    }
    let mut followed = vec![start.clone()];
    let mut closest = start;
    for _ in 0..MOST_CHANGES {
        let mut next: Vec<State> = followed.iter().flat_map(|state| search.changed(state)).collect();
        let reached = next.iter().filter(|state| search.reaches(&state.row)).map(|state| search.shrunk(state));
        let nearest =
            reached.min_by(|a, b| a.changed.len().cmp(&b.changed.len()).then(a.distance.total_cmp(&b.distance)));
        if let Some(nearest) = nearest {
            return search.found(&nearest);
        }
        order::sort_by(&mut next, |a, b| {
            search.gap(a).total_cmp(&search.gap(b)).then(a.distance.total_cmp(&b.distance))
        });
        next.truncate(N_FOLLOWED);
        match next.first() {
            Some(best) if search.gap(best) < search.gap(&closest) => closest = best.clone(),
            _ => break,
        }
        followed = next;
    }
    search.found(&closest)
}

/// A row on the way.
#[derive(Clone)]
struct State {
    row: Vec<f32>,
    margin: f64,
    /// Positions among the movable columns.
    changed: Vec<usize>,
    distance: f64,
}

struct Search<'a> {
    ensemble: &'a Ensemble,
    original: &'a [f32],
    target: f32,
    is_up: bool,
    movable: &'a [Movable],
    /// For each movable column the trees that ask for it.
    trees: Vec<Vec<&'a Tree>>,
    /// … and a value from each interval between their thresholds, the nearest to the row's own first.
    values: Vec<Vec<f32>>,
}

impl<'a> Search<'a> {
    fn new(ensemble: &'a Ensemble, original: &'a [f32], target: f32, movable: &'a [Movable]) -> Self {
        let asks = |tree: &Tree, column: usize| tree.nodes.iter().any(|node| threshold(&node.kind, column).is_some());
        let trees: Vec<Vec<&Tree>> = movable
            .iter()
            .map(|column| ensemble.trees.iter().filter(|tree| asks(tree, column.column_idx)).collect())
            .collect();
        let values = movable.iter().zip(&trees).map(|(column, trees)| values(column, trees, original)).collect();
        let is_up = target > ensemble.predict_row(original);
        Self { ensemble, original, target, is_up, movable, trees, values }
    }

    fn margin(&self, row: &[f32]) -> f64 {
        f64::from(self.ensemble.base_margin())
            + self.ensemble.trees.iter().map(|tree| f64::from(tree.leaf_value(row))).sum::<f64>()
    }

    /// Of the prediction itself, as it is shown.
    fn reaches(&self, row: &[f32]) -> bool {
        let prediction = self.ensemble.predict_row(row);
        if self.is_up { prediction >= self.target } else { prediction <= self.target }
    }

    /// How far the prediction still has to go, less than 0 beyond the target.
    fn gap(&self, state: &State) -> f64 {
        let (target, at) = (f64::from(self.target), f64::from(self.ensemble.objective.prediction(state.margin as f32)));
        if self.is_up { target - at } else { at - target }
    }

    /// The state with one more column changed: for each column the nearest value that reaches the target, else the one that comes closest.
    fn changed(&self, state: &State) -> Vec<State> {
        let open = (0..self.movable.len()).filter(|nth| !state.changed.contains(nth));
        open.filter_map(|nth| {
            let idx = self.movable[nth].column_idx;
            let leaves = |row: &[f32]| self.trees[nth].iter().map(|tree| f64::from(tree.leaf_value(row))).sum::<f64>();
            let (mut row, others) = (state.row.clone(), state.margin - leaves(&state.row));
            let mut best: Option<State> = None;
            for &value in &self.values[nth] {
                row[idx] = value;
                let margin = others + leaves(&row);
                let is_better = |best: &State| {
                    let gap = |margin: f64| if self.is_up { -margin } else { margin };
                    gap(margin) < gap(best.margin)
                };
                if best.as_ref().is_none_or(is_better) {
                    let changed = state.changed.iter().copied().chain([nth]).collect();
                    let distance = state.distance + self.size(nth, value);
                    best = Some(State { row: row.clone(), margin, changed, distance });
                    if best.as_ref().is_some_and(|best| self.gap(best) <= 0.0) && self.reaches(&row) {
                        break;
                    }
                }
            }
            best
        })
        .collect()
    }

    fn size(&self, nth: usize, value: f32) -> f64 {
        let column = &self.movable[nth];
        let from = f64::from(self.original[column.column_idx]);
        let from = if from.is_nan() { 0.0 } else { from };
        (f64::from(value) - from).abs() / column.scale.max(f64::MIN_POSITIVE)
    }

    /// The same with every change as small as the target allows, and those taken back that are not needed.
    fn shrunk(&self, state: &State) -> State {
        let mut state = state.clone();
        for nth in state.changed.clone() {
            let idx = self.movable[nth].column_idx;
            let now = state.row[idx];
            let mut row = state.row.clone();
            let nearer = self.values[nth].iter().copied().take_while(|value| *value != now);
            let enough = std::iter::once(self.original[idx]).chain(nearer).find(|&value| {
                row[idx] = value;
                self.reaches(&row)
            });
            if let Some(value) = enough {
                state.row[idx] = value;
            }
        }
        state.changed.retain(|&nth| {
            let idx = self.movable[nth].column_idx;
            state.row[idx].to_bits() != self.original[idx].to_bits()
        });
        state.distance = state.changed.iter().map(|&nth| self.size(nth, state.row[self.movable[nth].column_idx])).sum();
        state
    }

    fn found(&self, state: &State) -> Counterfactual {
        let change = |&nth: &usize| (self.movable[nth].column_idx, state.row[self.movable[nth].column_idx]);
        Counterfactual {
            changes: state.changed.iter().map(change).collect(),
            prediction: self.ensemble.predict_row(&state.row),
            distance: state.distance,
            is_reached: self.reaches(&state.row),
        }
    }
}

fn threshold(kind: &NodeKind, column: usize) -> Option<f32> {
    match kind {
        NodeKind::Split { column_idx, threshold, .. } if *column_idx as usize == column => Some(*threshold),
        NodeKind::Split { .. } | NodeKind::Leaf { .. } => None,
    }
}

/// From each interval between thresholds, but the row's own, the value nearest to the row's, nearest intervals first.
fn values(column: &Movable, trees: &[&Tree], original: &[f32]) -> Vec<f32> {
    let of_tree = |tree: &&Tree| {
        tree.nodes.iter().filter_map(|node| threshold(&node.kind, column.column_idx)).collect::<Vec<f32>>()
    };
    let mut thresholds: Vec<f32> = trees.iter().flat_map(of_tree).collect();
    thresholds.sort_unstable_by(f32::total_cmp);
    thresholds.dedup();
    let now = original.get(column.column_idx).copied().filter(|now| !now.is_nan());
    // Of a missing value every interval is equally far.
    let middle = now.unwrap_or((column.low + column.high) / 2.0);
    let nearest = |threshold: f32| {
        let above = if column.is_whole { threshold.ceil() } else { threshold };
        let below = if column.is_whole { threshold.ceil() - 1.0 } else { threshold.next_down() };
        if threshold > middle { above } else { below }
    };
    let mut found: Vec<f32> = thresholds.into_iter().map(nearest).collect();
    found.retain(|value| (column.low..=column.high).contains(value) && Some(*value) != now);
    order::sort_by(&mut found, |a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
    found.dedup();
    found
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use clv_engine::dataset::Matrix;
    use clv_engine::learn::{Booster, Params};

    /// Three columns; the last is a whole number and hardly matters.
    fn model() -> (Ensemble, Matrix) {
        let x: Vec<f32> = (0..300).map(|i| (i % 20) as f32 / 2.0).collect();
        let z: Vec<f32> = (0..300).map(|i| (i * 7 % 30) as f32).collect();
        let w: Vec<f32> = (0..300).map(|i| (i % 3) as f32).collect();
        let y: Vec<f32> = (0..300).map(|i| 3.0 * x[i] + 2.0 * z[i] + 0.1 * w[i]).collect();
        let columns = [("X", x), ("Z", z), ("W", w)].map(|(name, values)| (name.to_owned(), values));
        let matrix = Matrix::new(columns.to_vec()).unwrap();
        let mut booster = Booster::start(&matrix, &y, None, Params::default().check().unwrap()).unwrap();
        while booster.grow_tree().is_some() {}
        (booster.finish(), matrix)
    }

    fn movable() -> Vec<Movable> {
        let column = |column_idx, scale, high, is_whole| Movable { column_idx, scale, low: 0.0, high, is_whole };
        vec![column(0, 2.9, 9.5, false), column(1, 8.7, 29.0, true), column(2, 0.8, 2.0, true)]
    }

    #[test]
    fn one_change_is_the_nearest_of_all_that_reach_the_target() {
        let (model, _) = model();
        for (row, target) in [([2.0, 10.0, 1.0], 40.0), ([8.0, 25.0, 0.0], 50.0), ([0.0, 3.0, 2.0], 12.0)] {
            let found = counterfactual(&model, &row, target, &movable());
            assert!(found.is_reached && found.changes.len() == 1, "{found:?}");
            let is_up = target > model.predict_row(&row);
            let reaches = |at: usize, value: f32| {
                let mut moved = row;
                moved[at] = value;
                let prediction = model.predict_row(&moved);
                if is_up { prediction >= target } else { prediction <= target }
            };
            assert!(reaches(found.changes[0].0, found.changes[0].1));
            // Nothing nearer does, on a fine grid of every column.
            for column in movable() {
                let step = if column.is_whole { 1.0 } else { 0.01 };
                let n = ((column.high - column.low) / step) as usize;
                for value in (0..=n).map(|i| column.low + i as f32 * step) {
                    let distance = f64::from((value - row[column.column_idx]).abs()) / column.scale;
                    assert!(
                        distance >= found.distance - 0.01 || !reaches(column.column_idx, value),
                        "{value} {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn several_changes_are_made_where_one_is_too_little_and_none_is_needless() {
        let (model, _) = model();
        let row = [1.0, 4.0, 1.0];
        let found = counterfactual(&model, &row, 70.0, &movable());
        assert!(found.is_reached && found.changes.len() == 2, "{found:?}");
        for (column, _) in &found.changes {
            let mut moved = row;
            found.changes.iter().filter(|(other, _)| other != column).for_each(|&(idx, value)| moved[idx] = value);
            assert!(model.predict_row(&moved) < 70.0, "{column} need not move");
        }
        assert!(found.changes.iter().all(|(idx, value)| *idx != 1 || value.fract() == 0.0));
    }

    #[test]
    fn what_cannot_be_reached_is_said_with_what_comes_closest() {
        let (model, _) = model();
        let found = counterfactual(&model, &[1.0, 4.0, 1.0], 1e6, &movable());
        assert!(!found.is_reached && found.prediction > 75.0, "{found:?}");
        let stays = counterfactual(&model, &[1.0, 4.0, 1.0], 1e6, &[]);
        assert!(!stays.is_reached && stays.changes.is_empty());
        let at = model.predict_row(&[1.0, 4.0, 1.0]);
        assert_eq!(counterfactual(&model, &[1.0, 4.0, 1.0], at, &movable()).changes, []);
    }

    #[test]
    fn a_missing_value_may_be_filled() {
        let (model, _) = model();
        let found = counterfactual(&model, &[f32::NAN, 4.0, 1.0], 30.0, &movable());
        assert!(found.is_reached, "{found:?}");
    }
}
