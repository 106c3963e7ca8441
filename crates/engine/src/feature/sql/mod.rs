//! Feature views as Snowflake SQL, from the same definitions that `eval` runs: a tree (`ast`), a printer (`print`) and the
//! translation (`generate`). Nothing is glued together from strings.

pub mod ast;
mod events;
mod expr;
mod generate;
mod print;
mod training;

pub use generate::{Mode, Names, dynamic_table, query};
pub use training::{TrainingTable, spine, training_table};
