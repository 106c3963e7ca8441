//! The generator as the page is told about it, and a run's settings as the generator takes them. Deliberately no words and no
//! bounds of its own: both are the engine's.

use crate::engine::synth::{
    PARAMETERS, Parameter, ParameterGroup as Group, SCENARIOS, Settings, SynthConfig, SynthError,
};
use crate::protocol::{GeneratorInfo, ParameterGroup, ParameterInfo, RunConfig, ScenarioInfo};

/// The generator's configuration for a run; refuses what is unknown or out of bounds.
pub fn configuration(run: &RunConfig) -> Result<SynthConfig, SynthError> {
    let mut overrides = run.overrides.iter().map(|(name, value)| (name.as_str(), *value));
    let settings = Settings { scenario: &run.scenario, now: &run.now, overrides: &mut overrides };
    SynthConfig::of_settings(run.seed, run.customers, settings)
}

/// Everything that can be set. Seed, number of customers and NOW are settings of a run and stand there.
pub fn description() -> GeneratorInfo {
    let base = SynthConfig::default();
    let parameter = |parameter: &Parameter| ParameterInfo {
        name: parameter.name.to_owned(),
        label: parameter.label.to_owned(),
        explanation: parameter.explanation.to_owned(),
        unit: parameter.unit.to_owned(),
        min: parameter.min,
        max: parameter.max,
        step: parameter.step,
        is_whole: parameter.is_whole,
        default: (parameter.get)(&base),
    };
    let group = |group: Group| ParameterGroup {
        title: group.title().to_owned(),
        explanation: group.explanation().to_owned(),
        parameters: PARAMETERS.iter().filter(|p| p.group == group).map(parameter).collect(),
    };
    let scenarios = SCENARIOS.iter().map(|scenario| ScenarioInfo {
        name: scenario.name.to_owned(),
        label: scenario.label.to_owned(),
        explanation: scenario.explanation.to_owned(),
        look_for: scenario.look_for.to_owned(),
        differences: scenario.differences.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    });
    GeneratorInfo {
        groups: Group::ALL.into_iter().filter(|g| *g != Group::Size).map(group).collect(),
        scenarios: scenarios.collect(),
    }
}
