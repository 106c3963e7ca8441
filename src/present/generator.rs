//! The generator's settings as a form sees them: what each parameter is worth now, what a scenario changes, and whether typed
//! text fits. Deliberately no parameter by name: names, bounds and words come from the worker's description.

use super::number;
use crate::protocol::{GeneratorInfo, ParameterGroup, ParameterInfo, RunConfig, ScenarioInfo};

/// One line of what a scenario changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub label: String,
    pub from: String,
    pub to: String,
}

/// All parameters.
pub fn parameters(info: &GeneratorInfo) -> impl Iterator<Item = &ParameterInfo> {
    info.groups.iter().flat_map(|group| &group.parameters)
}

/// The parameter of that name.
pub fn parameter<'i>(info: &'i GeneratorInfo, name: &str) -> Option<&'i ParameterInfo> {
    parameters(info).find(|parameter| parameter.name == name)
}

/// The scenario of that name.
pub fn scenario<'i>(info: &'i GeneratorInfo, name: &str) -> Option<&'i ScenarioInfo> {
    info.scenarios.iter().find(|scenario| scenario.name == name)
}

/// What a scenario changes, in words.
pub fn differences(info: &GeneratorInfo, scenario: &ScenarioInfo) -> Vec<Difference> {
    let line = |(name, value): &(String, f64)| {
        let parameter = parameter(info, name)?;
        Some(Difference { label: parameter.label.clone(), from: parameter.default.to_string(), to: value.to_string() })
    };
    scenario.differences.iter().filter_map(line).collect()
}

/// The value that a reset leads to: the chosen scenario's.
pub fn scenario_value(info: &GeneratorInfo, config: &RunConfig, parameter: &ParameterInfo) -> f64 {
    let differing = scenario(info, &config.scenario)
        .and_then(|scenario| scenario.differences.iter().find(|(name, _)| *name == parameter.name));
    differing.map_or(parameter.default, |(_, value)| *value)
}

/// The value that a run would use.
pub fn value(info: &GeneratorInfo, config: &RunConfig, parameter: &ParameterInfo) -> f64 {
    config.overrides.get(&parameter.name).copied().unwrap_or_else(|| scenario_value(info, config, parameter))
}

/// Sets a parameter; the scenario's own value is no override.
pub fn set(info: &GeneratorInfo, config: &mut RunConfig, parameter: &ParameterInfo, value: f64) {
    if value == scenario_value(info, config, parameter) {
        config.overrides.remove(&parameter.name);
    } else {
        config.overrides.insert(parameter.name.clone(), value);
    }
}

/// Takes another scenario; what the reader has set stays set.
pub fn choose_scenario(info: &GeneratorInfo, config: &mut RunConfig, name: &str) {
    name.clone_into(&mut config.scenario);
    for (name, value) in std::mem::take(&mut config.overrides) {
        if let Some(parameter) = parameter(info, &name) {
            set(info, config, parameter, value);
        }
    }
}

/// How many parameters of a group the reader has set.
pub fn n_changed(group: &ParameterGroup, config: &RunConfig) -> usize {
    group.parameters.iter().filter(|parameter| config.overrides.contains_key(&parameter.name)).count()
}

/// Resets the parameters of a group.
pub fn reset_group(group: &ParameterGroup, config: &mut RunConfig) {
    config.overrides.retain(|name, _| group.parameters.iter().all(|parameter| parameter.name != *name));
}

/// "0.2 to 20".
pub fn range(parameter: &ParameterInfo) -> String {
    format!("{} to {}", parameter.min, parameter.max)
}

/// Typed text as a value, or the sentence that says what would fit.
pub fn typed(parameter: &ParameterInfo, text: &str) -> Result<f64, String> {
    let kind = if parameter.is_whole { "a whole number" } else { "a number, with a point before decimals," };
    match number::read(text.trim()) {
        Some(value) if fits(parameter, value) => Ok(value),
        _ => Err(format!("{} must be {kind} from {}.", parameter.label, range(parameter))),
    }
}

fn fits(parameter: &ParameterInfo, value: f64) -> bool {
    (parameter.min..=parameter.max).contains(&value) && (!parameter.is_whole || value.fract() == 0.0)
}

/// A slider's position as a value: the nearest step, without the dust of binary fractions.
pub fn stepped(parameter: &ParameterInfo, position: f64) -> f64 {
    let n_steps = (position / parameter.step + 0.5).floor();
    // Steps are short decimals: three places hold them all.
    let value = (n_steps * parameter.step * 1000.0 + 0.5).floor() / 1000.0;
    value.clamp(parameter.min, parameter.max)
}

/// Takes out of a link's settings what the generator does not know; one sentence for each.
pub fn admit(info: &GeneratorInfo, config: &mut RunConfig) -> Vec<String> {
    let mut notices = Vec::new();
    if scenario(info, &config.scenario).is_none() {
        let base = info.scenarios.first().map(|scenario| scenario.name.clone()).unwrap_or_default();
        let names: Vec<&str> = info.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        notices.push(format!(
            "The link says scenario={}. The scenarios are {}. Used instead: {base}.",
            config.scenario,
            names.join(", ")
        ));
        config.scenario = base;
    }
    for (name, value) in std::mem::take(&mut config.overrides) {
        match parameter(info, &name) {
            Some(parameter) if fits(parameter, value) => set(info, config, parameter, value),
            Some(parameter) => notices.push(format!(
                "The link says set={name}:{value}. {} Used instead: {}.",
                typed(parameter, &value.to_string()).err().unwrap_or_default(),
                scenario_value(info, config, parameter)
            )),
            None => notices.push(format!(
                "The link says set={name}:{value}. The generator has no such parameter. Used instead: nothing."
            )),
        }
    }
    notices
}

/// Scenario and changes in a few words: "Churn shock · 2 changed · formula target".
pub fn summary(info: &GeneratorInfo, config: &RunConfig) -> String {
    let base = RunConfig::default();
    let mut words = vec![scenario(info, &config.scenario).map_or(config.scenario.clone(), |s| s.label.clone())];
    if !config.overrides.is_empty() {
        words.push(format!("{} changed", config.overrides.len()));
    }
    if config.now != base.now {
        words.push(format!("to {}", config.now));
    }
    if config.target != base.target {
        words.push("formula target".to_owned());
    }
    words.join(" · ")
}

/// A description for tests.
#[cfg(test)]
pub fn example() -> GeneratorInfo {
    let parameter = |name: &str, (min, max): (f64, f64), step: f64, is_whole: bool, default: f64| ParameterInfo {
        name: name.to_owned(),
        label: name.to_owned(),
        explanation: String::new(),
        unit: String::new(),
        min,
        max,
        step,
        is_whole,
        default,
    };
    let group =
        |title: &str, parameters| ParameterGroup { title: title.to_owned(), explanation: String::new(), parameters };
    let scenario = |name: &str, differences: &[(&str, f64)]| ScenarioInfo {
        name: name.to_owned(),
        label: name.to_owned(),
        explanation: String::new(),
        look_for: String::new(),
        differences: differences.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    GeneratorInfo {
        groups: vec![
            group("Time", vec![parameter("days", (820.0, 3650.0), 10.0, true, 1170.0)]),
            group(
                "Rates",
                vec![
                    parameter("peak", (0.0, 3.0), 0.1, false, 0.9),
                    parameter("share", (0.001, 1.0), 0.01, false, 0.25),
                ],
            ),
        ],
        scenarios: vec![scenario("baseline", &[]), scenario("shock", &[("peak", 2.0)])],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn get<'i>(info: &'i GeneratorInfo, name: &str) -> &'i ParameterInfo {
        parameter(info, name).unwrap()
    }

    #[test]
    fn a_value_is_the_readers_else_the_scenarios_else_the_default() {
        let info = example();
        let mut config = RunConfig::default();
        let value_of = |config: &RunConfig, name| value(&info, config, get(&info, name));
        assert_eq!(value_of(&config, "peak"), 0.9);
        choose_scenario(&info, &mut config, "shock");
        assert_eq!(value_of(&config, "peak"), 2.0);
        set(&info, &mut config, get(&info, "peak"), 1.5);
        assert_eq!((value_of(&config, "peak"), config.overrides.len()), (1.5, 1));
        set(&info, &mut config, get(&info, "peak"), 2.0);
        assert!(config.overrides.is_empty(), "the scenario's own value is no override");
    }

    #[test]
    fn another_scenario_keeps_what_the_reader_has_set() {
        let info = example();
        let mut config = RunConfig::default();
        set(&info, &mut config, get(&info, "peak"), 2.0);
        set(&info, &mut config, get(&info, "share"), 0.5);
        choose_scenario(&info, &mut config, "shock");
        assert_eq!(config.overrides, BTreeMap::from([("share".to_owned(), 0.5)]));
        choose_scenario(&info, &mut config, "baseline");
        assert_eq!(value(&info, &config, get(&info, "peak")), 0.9);
    }

    #[test]
    fn a_group_is_reset_without_the_others() {
        let info = example();
        let mut config = RunConfig::default();
        set(&info, &mut config, get(&info, "days"), 900.0);
        set(&info, &mut config, get(&info, "peak"), 1.0);
        assert_eq!(n_changed(&info.groups[1], &config), 1);
        reset_group(&info.groups[1], &mut config);
        assert_eq!(config.overrides, BTreeMap::from([("days".to_owned(), 900.0)]));
    }

    #[test]
    fn typed_text_fits_or_is_told_why_not() {
        let info = example();
        for (name, good, value) in
            [("days", " 900 ", 900.0), ("peak", "3", 3.0), ("peak", "0.10", 0.1), ("share", "1e-3", 0.001)]
        {
            assert_eq!(typed(get(&info, name), good), Ok(value), "{good}");
        }
        for (name, bad) in [
            ("days", "900.5"),
            ("days", "1,000"),
            ("days", "3651"),
            ("peak", "0,5"),
            ("peak", "-0.1"),
            ("peak", "NaN"),
            ("peak", "inf"),
            ("peak", ""),
        ] {
            let sentence = typed(get(&info, name), bad).unwrap_err();
            assert!(sentence.starts_with(name) && sentence.contains(&range(get(&info, name))), "{sentence}");
        }
    }

    #[test]
    fn a_slider_gives_round_values_within_the_bounds() {
        let info = example();
        assert_eq!(stepped(get(&info, "peak"), 0.300_000_4), 0.3);
        assert_eq!(stepped(get(&info, "peak"), 2.98), 3.0);
        assert_eq!(stepped(get(&info, "share"), 0.001), 0.001);
        assert_eq!(stepped(get(&info, "share"), 0.251), 0.25);
        assert_eq!(stepped(get(&info, "days"), 1_167.0), 1_170.0);
        for parameter in parameters(&info) {
            for i in 0..=1000 {
                let position = parameter.min + (parameter.max - parameter.min) * f64::from(i) / 1000.0;
                let value = stepped(parameter, position);
                assert_eq!(typed(parameter, &value.to_string()), Ok(value));
                assert!((value - position).abs() <= parameter.step * 0.5 + 1e-9, "{position} became {value}");
            }
        }
    }

    #[test]
    fn a_link_is_taken_as_far_as_the_generator_knows_it() {
        let info = example();
        let overrides = [("peak", 9.0), ("days", 900.5), ("share", 0.5), ("doom", 1.0), ("nan", f64::NAN)];
        let mut config = RunConfig {
            scenario: "apocalypse".to_owned(),
            overrides: overrides.map(|(name, value)| (name.to_owned(), value)).into(),
            ..RunConfig::default()
        };
        let notices = admit(&info, &mut config);
        assert_eq!(notices.len(), 5);
        for said in ["scenario=apocalypse", "set=peak:9", "set=days:900.5", "set=doom:1", "set=nan:NaN"] {
            assert!(notices.iter().any(|notice| notice.contains(said)), "{said}");
        }
        assert_eq!((config.scenario.as_str(), config.overrides.len()), ("baseline", 1));
        assert!(admit(&info, &mut config).is_empty());
    }

    #[test]
    fn a_scenario_is_listed_as_differences() {
        let info = example();
        let lines = differences(&info, &info.scenarios[1]);
        assert_eq!(lines, [Difference { label: "peak".to_owned(), from: "0.9".to_owned(), to: "2".to_owned() }]);
        assert!(differences(&info, &info.scenarios[0]).is_empty());
    }

    #[test]
    fn the_summary_names_only_what_is_unusual() {
        let info = example();
        let mut config = RunConfig::default();
        assert_eq!(summary(&info, &config), "baseline");
        choose_scenario(&info, &mut config, "shock");
        set(&info, &mut config, get(&info, "share"), 0.5);
        config.target = crate::protocol::TargetKind::Formula;
        assert_eq!(summary(&info, &config), "shock · 1 changed · formula target");
    }
}
