//! What is refreshed at a moment, in which order and why. Deliberately a value: it is shown before anything happens.

use super::Minute;
use super::graph::Mode;

/// Why a table is refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has never held anything.
    Initial,
    /// Its lag has reached the target.
    TargetLag,
    /// A table that reads it is refreshed, and both must hold the same moment.
    NeededBy(String),
    /// Somebody asked.
    Manual,
    /// What it is made of is another thing: a model was promoted, a definition replaced.
    Reinitialize(String),
}

/// A table to be refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// Position in the graph.
    pub table: usize,
    pub name: String,
    pub mode: Mode,
    pub why: Why,
}

/// Steps, upstream before downstream, which all get the same data time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub data_time: Minute,
    pub steps: Vec<PlannedStep>,
}
