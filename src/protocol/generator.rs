//! What the generator can be told, as the worker describes it to the page: its parameters with bounds and words, its scenarios.
//! The words come from the engine, so that a parameter without them does not exist.

use serde::{Deserialize, Serialize};

/// Everything that can be set, once per worker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneratorInfo {
    pub groups: Vec<ParameterGroup>,
    /// The first one is the base configuration.
    pub scenarios: Vec<ScenarioInfo>,
}

/// Parameters that stand together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterGroup {
    pub title: String,
    pub explanation: String,
    pub parameters: Vec<ParameterInfo>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterInfo {
    /// The word in links, such as `process.rate_shape`.
    pub name: String,
    pub label: String,
    pub explanation: String,
    /// Empty for pure numbers.
    pub unit: String,
    pub min: f64,
    pub max: f64,
    pub step: f64,
    pub is_whole: bool,
    pub default: f64,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioInfo {
    /// The word in links.
    pub name: String,
    pub label: String,
    /// What it simulates.
    pub explanation: String,
    pub look_for: String,
    /// Parameters by name with their values here.
    pub differences: Vec<(String, f64)>,
}
