//! What the data look like: columns one by one, columns against each other, cohorts over time, how unequally spend is spread.
//! Deliberately no judgement (that is `truth`), no label for the eye and no sampling error: plain descriptions of tables.

mod association;
mod column;
mod concentration;
mod distribution;
mod ids;
mod retention;

pub use association::{Association, AssociationMatrix, Associations, Measure};
pub use column::{Column, QUANTILES, column};
pub use concentration::{Concentration, concentration, spend_of_customers};
pub use distribution::Distribution;
pub use ids::{IdIndex, distinct_ids};
pub use retention::{Cohort, Retention, retention};
