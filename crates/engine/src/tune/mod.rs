//! The search for parameters with the least loss: a space, and a study that is asked for points and told what they were worth. This file is the map;
//! the search knows no trees, and nothing else of the engine.
//!
//! Reading order: [`Space`] → [`Study`] → [`Trial`] → [`sampler`] → `sobol` → [`gp`] → [`Surrogate`] → [`Acquisition`] → `seek` → `gaussian` →
//! [`Explanation`] → [`Slice`] and [`Contour`] → [`Importance`] → [`Pruning`].
//!
//! Same input, same bytes everywhere: draws are hashes of (seed, purpose, number), sums run in a fixed order, and only `libm`'s transcendental
//! functions are called.

mod acquisition;
mod draws;
mod explanation;
mod gaussian;
pub mod gp;
mod importance;
mod prune;
pub mod sampler;
mod seek;
mod slice;
mod sobol;
mod space;
mod study;
mod surrogate;
#[cfg(test)]
mod tests;
mod trial;

pub use acquisition::Acquisition;
pub use explanation::{Coordinate, Explanation, explain};
pub use importance::{Importance, Share};
pub use prune::{MILESTONES, Pruning};
pub use slice::{Contour, Slice};
pub use space::{CheckedSpace, Dimension, Kind, MOST_DIMENSIONS, PointError, Scale, Space, SpaceError};
pub use study::{Method, Next, Settings, SettingsError, Study, TellError};
pub use surrogate::{Belief, Fitting, Surrogate};
pub use trial::{Origin, Outcome, Trial, best};
