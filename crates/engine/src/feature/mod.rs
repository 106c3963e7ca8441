//! Features as data. One definition per feature ([`ir`]); running it over Arrow tables ([`eval`]), writing it as Snowflake SQL
//! ([`sql`]), tracing its columns ([`lineage`]) and saying it in words ([`describe`]) are functions that match on it
//! without a catch-all arm: a new operator does not compile until each of them handles it. A reader's formula is read by
//! [`parse`], and makes the next version of a view in [`own`]. What its values must be stands in the definition too, and is held
//! against a view's table by [`expect`].
//!
//! ```text
//! FeatureView --check--> CheckedView --fit on training rows--> Fitted
//!                             |                                   |
//!                             +--> eval / sql / lineage / describe+
//!                                   ^
//!                              incremental: aggregates kept up to date instead of counted anew
//! ```

pub mod build;
pub mod catalog;
pub mod check;
pub mod consumers;
pub mod describe;
mod digest;
pub mod eval;
pub mod evidence;
pub mod expect;
pub mod fit;
pub mod incremental;
pub mod ir;
pub mod lineage;
pub mod own;
pub mod parse;
pub mod sql;
pub mod walk;

pub use check::{CheckError, CheckedView, Registry};
pub use digest::digest;
pub use eval::{EvalError, EventIndex, EventSource, Inputs, Observation, evaluate, rows_of};
pub use fit::{Fitted, FittedValue, fit};
pub use ir::FeatureView;
