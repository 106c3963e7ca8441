//! Dynamic tables: which are refreshed when, in which mode, and why. A plan is a value, made before anything is computed and kept beside what came
//! of it. Deliberately without rows and without a clock: whoever computes the tables carries a plan out step by step, and says what time it is.
//!
//! Reading order: `rules` (what a query needs) → `graph` (definitions and their modes) → `plan` (what is due) → `scheduler` (what came of it).
//!
//! The meaning is Snowflake's, from its documentation as of autumn 2026 ("Understanding dynamic table target lag", "Dynamic table refresh
//! modes", "DYNAMIC_TABLE_REFRESH_HISTORY"):
//!
//! | word | is |
//! |---|---|
//! | data time | the moment as of which a table holds its sources; all tables of one plan get the same |
//! | lag | now less the data time |
//! | target lag | how much that may be; `DOWNSTREAM`: whatever the consumers need |
//! | `NO_DATA` | nothing upstream has changed, and only the data time moves on |
//! | `REINITIALIZE` | computed anew because its definition, or a model in it, is another one |

mod graph;
mod plan;
mod rules;
mod scheduler;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use graph::{Declared, DynamicTable, Graph, GraphError, Lag, Mode, Resolved};
pub use plan::{Plan, PlannedStep, Why};
pub use rules::{Construct, Effect, RULES, Rule, constructs};
pub use scheduler::{Action, Change, Entry, MOST_FAILURES, Outcome, Running, Scheduler, State, Status};

/// Simulated time in minutes since 1970-01-01 00:00.
pub type Minute = i64;
