//! What the model believes along one dimension, or over two, through a chosen point. Deliberately numbers on a grid: drawing them is the page's
//! business.

use super::space::CheckedSpace;
use super::surrogate::{Belief, Surrogate};

/// Beliefs along a line through the space.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    pub dimension: usize,
    /// Ascending.
    pub values: Vec<f64>,
    /// One per value.
    pub beliefs: Vec<Belief>,
}

/// Beliefs over a plane through the space.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    pub dimensions: [usize; 2],
    /// Ascending, of each dimension.
    pub values: [Vec<f64>; 2],
    /// One per pair of values, those of the first dimension running fastest.
    pub beliefs: Vec<Belief>,
}

impl CheckedSpace {
    /// Values of a dimension at equal distances on its scale, its bounds among them: all whole numbers when there are no more than
    /// wanted. One for a fixed dimension, none for one that does not exist.
    pub fn values(&self, dimension: usize, n_wanted: usize) -> Vec<f64> {
        let Some(of) = self.dimensions.get(dimension) else { return Vec::new() };
        if let Some(n_values) = of.n_values().filter(|&n_values| n_values <= n_wanted as u64) {
            return (0..n_values).map(|step| of.low + step as f64).collect();
        }
        let (first, last) = (of.to_unit(of.low), of.to_unit(of.high));
        let n_steps = n_wanted.max(2) - 1;
        let inner = (1..n_steps).map(|step| of.from_unit(first + (last - first) * step as f64 / n_steps as f64));
        let mut values: Vec<f64> = std::iter::once(of.low).chain(inner).chain([of.high]).collect();
        values.dedup();
        values
    }
}

impl Surrogate {
    /// Beliefs along a dimension while the others stay as in `anchor`; `None` when there is no such dimension or the anchor lies outside.
    pub fn slice(&self, dimension: usize, anchor: &[f64], n_values: usize) -> Option<Slice> {
        let values = self.space().values(dimension, n_values);
        let mut point = self.anchored(dimension, anchor)?;
        let beliefs = values.iter().map(|&value| {
            point[dimension] = value;
            self.of(&point)
        });
        Some(Slice { dimension, beliefs: beliefs.collect(), values })
    }

    /// Beliefs over two dimensions while the others stay as in `anchor`, on a grid of at most `n_values` × `n_values`.
    pub fn contour(&self, dimensions: [usize; 2], anchor: &[f64], n_values: usize) -> Option<Contour> {
        let [first, second] = dimensions;
        let mut anchor = self.anchored(second, anchor).filter(|_| first != second)?;
        let values = dimensions.map(|dimension| self.space().values(dimension, n_values));
        let mut beliefs = Vec::with_capacity(values[0].len() * values[1].len());
        for &value in &values[1] {
            anchor[second] = value;
            beliefs.extend(self.slice(first, &anchor, n_values)?.beliefs);
        }
        Some(Contour { dimensions, values, beliefs })
    }

    /// The anchor, when it lies in the space and the dimension exists.
    fn anchored(&self, dimension: usize, anchor: &[f64]) -> Option<Vec<f64>> {
        let is_known = dimension < self.space().dimensions.len() && self.space().check_point(anchor).is_ok();
        is_known.then(|| anchor.to_vec())
    }
}
