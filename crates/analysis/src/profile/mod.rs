//! What the data look like: columns one by one, columns against each other, columns then and now, cohorts over time, how unequally
//! spend is spread.
//! Deliberately no judgement but that of drift (whether data are right is `truth`'s) and no label for the eye: plain descriptions
//! of tables.

mod association;
mod column;
mod concentration;
mod distribution;
pub mod drift;
mod ids;
mod retention;

pub use association::{AgainstTarget, Association, AssociationMatrix, Associations, Measure};
pub use column::{Column, QUANTILES, column};
pub use concentration::{Concentration, concentration, spend_of_customers};
pub use distribution::Distribution;
pub use ids::{IdIndex, distinct_ids};
pub use retention::{Cohort, Retention, retention};
