//! What is searched: named dimensions with bounds, and the maps between values and the unit cube in which samplers work.
//! Deliberately ignorant of what a dimension means to whoever tries the points.
//!
//! A whole number is a cell of the cube, as wide as the numbers nearest to it: on the linear scale all cells are equally wide. Models see
//! the cell's number and not the place in the cell (Garrido-Merchán & Hernández-Lobato 2020, arXiv:1805.03463), so that they know
//! that nothing changes within.

use std::ops::Deref;

/// Most dimensions that vary: the sensitivity analysis spends two columns of the Sobol sequence on each.
pub const MOST_DIMENSIONS: usize = 16;
/// Largest size of a bound: halves next to it are still exact.
const MOST: f64 = 1e15;

/// How a dimension is spread over its side of the cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// Equal ratios are equally far apart.
    Log,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Real,
    Whole,
}

/// One parameter and its closed bounds. Equal bounds fix it: it stands in every point and is searched by nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    pub name: String,
    pub low: f64,
    pub high: f64,
    pub scale: Scale,
    pub kind: Kind,
}

/// Unchecked dimensions. The order is that of the coordinates of every point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    pub dimensions: Vec<Dimension>,
}

/// Why a space cannot be searched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpaceError {
    #[error("two dimensions are named {name}; give each its own name")]
    Name { name: String },
    #[error("the {bound} bound of {name} is {value}; choose a number from -1e15 to 1e15")]
    Bound { name: String, bound: &'static str, value: f64 },
    #[error("{name} goes from {low} down to {high}; choose a low bound that is not above the high one")]
    Order { name: String, low: f64, high: f64 },
    #[error("the low bound of {name} is {low}, which has no logarithm; choose one above 0 or the linear scale")]
    LogOfNothing { name: String, low: f64 },
    #[error("the {bound} bound of {name} is {value}, but {name} takes whole numbers; choose one")]
    Fraction { name: String, bound: &'static str, value: f64 },
    #[error("no dimension varies, so there is nothing to search; widen the bounds of at least one")]
    NothingVaries,
    #[error("{n} dimensions vary, more than the {MOST_DIMENSIONS} that can be searched together; fix some")]
    TooMany { n: usize },
}

/// Why a point cannot be tried.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PointError {
    #[error("the point has {found} coordinates where the space has {expected}; give one per dimension")]
    Length { expected: usize, found: usize },
    #[error("{name} is {value}, outside {low} … {high}; choose a value within")]
    Outside { name: String, value: f64, low: f64, high: f64 },
    #[error("{name} is {value}, but takes whole numbers; choose one")]
    Fraction { name: String, value: f64 },
    #[error("trial {number} tried this point already; change a coordinate")]
    Tried { number: u32 },
    #[error("this point waits to be tried already; change a coordinate")]
    Waits,
}

impl Dimension {
    fn check(&self) -> Result<(), SpaceError> {
        let name = || self.name.clone();
        let bounds = [("low", self.low), ("high", self.high)];
        if let Some((bound, value)) = bounds.into_iter().find(|(_, value)| !(-MOST..=MOST).contains(value)) {
            return Err(SpaceError::Bound { name: name(), bound, value });
        }
        if self.low > self.high {
            return Err(SpaceError::Order { name: name(), low: self.low, high: self.high });
        }
        if self.scale == Scale::Log && self.low <= 0.0 {
            return Err(SpaceError::LogOfNothing { name: name(), low: self.low });
        }
        match bounds.into_iter().find(|(_, value)| self.kind == Kind::Whole && value.fract() != 0.0) {
            Some((bound, value)) => Err(SpaceError::Fraction { name: name(), bound, value }),
            None => Ok(()),
        }
    }

    pub fn varies(&self) -> bool {
        self.low < self.high
    }

    /// How many values it takes, when they can be counted.
    pub fn n_values(&self) -> Option<u64> {
        match self.kind {
            Kind::Whole => Some((self.high - self.low) as u64 + 1),
            Kind::Real => (!self.varies()).then_some(1),
        }
    }

    /// The ends of its side of the cube on its scale.
    fn ends(&self) -> (f64, f64) {
        let half = if self.kind == Kind::Whole { 0.5 } else { 0.0 };
        let (low, high) = (self.low - half, self.high + half);
        match self.scale {
            Scale::Linear => (low, high),
            Scale::Log => (libm::log(low), libm::log(high)),
        }
    }

    /// The place of a value on its side of the cube: 0 to 1, the middle of the side when it is fixed.
    pub fn to_unit(&self, value: f64) -> f64 {
        if !self.varies() {
            return 0.5;
        }
        let (low, high) = self.ends();
        let scaled = if self.scale == Scale::Log { libm::log(value) } else { value };
        ((scaled - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// The value at a place on its side of the cube.
    pub fn from_unit(&self, unit: f64) -> f64 {
        if !self.varies() {
            return self.low;
        }
        let (low, high) = self.ends();
        let scaled = low + unit * (high - low);
        let value = if self.scale == Scale::Log { libm::exp(scaled) } else { scaled };
        let value = if self.kind == Kind::Whole { value.round() } else { value };
        value.clamp(self.low, self.high)
    }

    /// The place as a model sees it: that of the value there.
    fn snapped(&self, unit: f64) -> f64 {
        if self.kind == Kind::Whole { self.to_unit(self.from_unit(unit)) } else { unit }
    }
}

/// A space that can be searched. Points have a coordinate for each dimension, places in the cube one for each that varies.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedSpace {
    space: Space,
    free: Vec<usize>,
}

impl Deref for CheckedSpace {
    type Target = Space;

    fn deref(&self) -> &Space {
        &self.space
    }
}

impl Space {
    /// Refuses the first dimension that cannot be searched.
    pub fn check(self) -> Result<CheckedSpace, SpaceError> {
        for (position, dimension) in self.dimensions.iter().enumerate() {
            dimension.check()?;
            if self.dimensions[..position].iter().any(|other| other.name == dimension.name) {
                return Err(SpaceError::Name { name: dimension.name.clone() });
            }
        }
        let free: Vec<usize> = (0..self.dimensions.len()).filter(|&idx| self.dimensions[idx].varies()).collect();
        match free.len() {
            0 => Err(SpaceError::NothingVaries),
            n if n > MOST_DIMENSIONS => Err(SpaceError::TooMany { n }),
            _ => Ok(CheckedSpace { space: self, free }),
        }
    }
}

impl CheckedSpace {
    /// Positions of the dimensions that vary, ascending: the sides of the cube.
    pub fn free(&self) -> &[usize] {
        &self.free
    }

    /// The side of the cube that stands for a dimension; `None` when it is fixed.
    pub fn side_of(&self, dimension: usize) -> Option<usize> {
        self.free.iter().position(|&idx| idx == dimension)
    }

    /// How many points there are, when they can be counted.
    pub fn n_points(&self) -> Option<u64> {
        self.dimensions.iter().try_fold(1_u64, |product, dimension| Some(product.saturating_mul(dimension.n_values()?)))
    }

    /// The place of a point in the cube.
    pub fn to_unit(&self, point: &[f64]) -> Vec<f64> {
        self.free.iter().map(|&idx| self.dimensions[idx].to_unit(point[idx])).collect()
    }

    /// The point at a place in the cube.
    pub fn from_unit(&self, place: &[f64]) -> Vec<f64> {
        let mut point: Vec<f64> = self.dimensions.iter().map(|dimension| dimension.low).collect();
        for (&idx, &unit) in self.free.iter().zip(place) {
            point[idx] = self.dimensions[idx].from_unit(unit);
        }
        point
    }

    /// Moves a place to where models see its point.
    pub fn snap(&self, place: &mut [f64]) {
        for (&idx, unit) in self.free.iter().zip(place) {
            *unit = self.dimensions[idx].snapped(*unit);
        }
    }

    /// Where a step along a side of the cube leads, to be seen by models: at least to the next whole number, and not out of the cube.
    pub(super) fn moved(&self, side: usize, unit: f64, by: f64) -> f64 {
        let dimension = &self.dimensions[self.free[side]];
        let there = (unit + by).clamp(0.0, 1.0);
        if dimension.kind == Kind::Real {
            return there;
        }
        let (value, moved) = (dimension.from_unit(unit), dimension.from_unit(there));
        let moved = if moved == value { value + 1.0_f64.copysign(by) } else { moved };
        dimension.to_unit(moved.clamp(dimension.low, dimension.high))
    }

    /// The point with a number, from 0 to `n_points` - 1; the first dimension runs fastest.
    pub(super) fn point(&self, mut number: u64) -> Vec<f64> {
        let mut point = Vec::with_capacity(self.dimensions.len());
        for dimension in &self.dimensions {
            let n_values = dimension.n_values().unwrap_or(1);
            point.push(dimension.low + (number % n_values) as f64);
            number /= n_values;
        }
        point
    }

    /// Refuses a point that lies outside.
    pub fn check_point(&self, point: &[f64]) -> Result<(), PointError> {
        if point.len() != self.dimensions.len() {
            return Err(PointError::Length { expected: self.dimensions.len(), found: point.len() });
        }
        for (Dimension { name, low, high, kind, .. }, &value) in self.dimensions.iter().zip(point) {
            if !(low..=high).contains(&&value) {
                return Err(PointError::Outside { name: name.clone(), value, low: *low, high: *high });
            }
            if *kind == Kind::Whole && value.fract() != 0.0 {
                return Err(PointError::Fraction { name: name.clone(), value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) fn dimension(name: &str, low: f64, high: f64, scale: Scale, kind: Kind) -> Dimension {
    Dimension { name: name.to_owned(), low, high, scale, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth() -> Dimension {
        dimension("depth", 3.0, 8.0, Scale::Linear, Kind::Whole)
    }

    fn rate() -> Dimension {
        dimension("rate", 0.01, 0.3, Scale::Log, Kind::Real)
    }

    fn refused(dimensions: &[Dimension]) -> SpaceError {
        Space { dimensions: dimensions.to_vec() }.check().unwrap_err()
    }

    #[test]
    fn every_whole_number_has_an_equal_share_of_its_side() {
        let mut counts = [0; 6];
        for step in 0..6_000 {
            counts[depth().from_unit((f64::from(step) + 0.5) / 6_000.0) as usize - 3] += 1;
        }
        assert_eq!(counts, [1_000; 6]);
    }

    #[test]
    fn a_whole_number_on_the_log_scale_has_the_share_of_its_ratio() {
        let trees = dimension("trees", 1.0, 100.0, Scale::Log, Kind::Whole);
        let n = 100_000;
        let ones = (0..n).filter(|&step| trees.from_unit((f64::from(step) + 0.5) / f64::from(n)) == 1.0).count();
        // ln(1.5 / 0.5) / ln(100.5 / 0.5)
        assert!((ones as f64 / f64::from(n) - 0.207_15).abs() < 1e-4, "{ones}");
    }

    #[test]
    fn the_ends_of_a_side_are_the_bounds_and_the_middle_of_a_log_side_is_the_geometric_mean() {
        for dimension in [depth(), rate()] {
            let ends = [dimension.from_unit(0.0), dimension.from_unit(1.0)];
            assert!((ends[0] - dimension.low).abs() < 1e-12 && (ends[1] - dimension.high).abs() < 1e-12, "{ends:?}");
        }
        assert!((rate().from_unit(0.5) - 0.003_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_value_comes_back_from_the_cube() {
        for value in 3..=8 {
            assert_eq!(depth().from_unit(depth().to_unit(f64::from(value))), f64::from(value));
        }
        for value in [0.01, 0.017, 0.1, 0.3] {
            assert!((rate().from_unit(rate().to_unit(value)) / value - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_model_sees_one_place_for_all_of_a_cell_and_every_place_of_a_real() {
        let space = Space { dimensions: vec![depth(), rate()] }.check().unwrap();
        let (mut one, mut other) = ([0.34, 0.34], [0.49, 0.49]);
        space.snap(&mut one);
        space.snap(&mut other);
        assert!((one[0] - 2.5 / 6.0).abs() < 1e-15, "{one:?}");
        assert_eq!(one[0], other[0]);
        assert_eq!((one[1], other[1]), (0.34, 0.49));
    }

    #[test]
    fn a_fixed_dimension_stands_in_every_point_and_is_no_side_of_the_cube() {
        let fixed = dimension("seed", 7.0, 7.0, Scale::Linear, Kind::Whole);
        let space = Space { dimensions: vec![fixed, depth()] }.check().unwrap();
        assert_eq!((space.free(), space.side_of(0), space.side_of(1)), (&[1][..], None, Some(0)));
        assert_eq!(space.from_unit(&[0.99]), [7.0, 8.0]);
        assert_eq!(space.to_unit(&[7.0, 3.0]), [0.5 / 6.0]);
        assert_eq!(space.n_points(), Some(6));
        let points: Vec<Vec<f64>> = (0..6).map(|number| space.point(number)).collect();
        assert_eq!((points[0].clone(), points[5].clone()), (vec![7.0, 3.0], vec![7.0, 8.0]));
    }

    #[test]
    fn a_bound_that_cannot_be_searched_is_refused_by_name() {
        let with = |low, high, scale, kind| refused(&[dimension("x", low, high, scale, kind)]);
        let (linear, log, real, whole) = (Scale::Linear, Scale::Log, Kind::Real, Kind::Whole);
        assert!(matches!(with(f64::NAN, 1.0, linear, real), SpaceError::Bound { bound: "low", .. }));
        assert!(matches!(with(0.0, f64::INFINITY, linear, real), SpaceError::Bound { bound: "high", .. }));
        assert!(matches!(with(2.0, 1.0, linear, real), SpaceError::Order { .. }));
        assert!(matches!(with(0.0, 1.0, log, real), SpaceError::LogOfNothing { .. }));
        assert!(matches!(with(1.0, 2.5, linear, whole), SpaceError::Fraction { bound: "high", .. }));
        assert!(matches!(with(1.0, 1.0, linear, whole), SpaceError::NothingVaries));
        assert!(matches!(refused(&[]), SpaceError::NothingVaries));
        assert!(matches!(refused(&[depth(), depth()]), SpaceError::Name { .. }));
        let many: Vec<Dimension> = (0..17).map(|idx| Dimension { name: idx.to_string(), ..rate() }).collect();
        assert_eq!(refused(&many), SpaceError::TooMany { n: 17 });
        assert!(with(2.0, 1.0, linear, real).to_string().contains("x goes from 2 down to 1"));
    }

    #[test]
    fn a_point_outside_is_refused_by_the_name_of_its_coordinate() {
        let space = Space { dimensions: vec![depth(), rate()] }.check().unwrap();
        assert_eq!(space.check_point(&[3.0, 0.3]), Ok(()));
        assert_eq!(space.check_point(&[3.0]), Err(PointError::Length { expected: 2, found: 1 }));
        assert!(matches!(space.check_point(&[9.0, 0.1]), Err(PointError::Outside { value: 9.0, .. })));
        assert!(matches!(space.check_point(&[3.0, f64::NAN]), Err(PointError::Outside { .. })));
        assert!(matches!(space.check_point(&[3.5, 0.1]), Err(PointError::Fraction { .. })));
    }
}
