//! Scenarios of the market: short lists of differences from the base configuration, and the way from a visitor's settings to a
//! configuration. Deliberately no parameter of their own: whatever a scenario does, a visitor could set by hand.

use super::config::{SynthConfig, SynthError};
use super::parameter::{PARAMETERS, Parameter};
use crate::schema::Day;

/// A named set of differences from the base configuration.
pub struct MarketScenario {
    /// The word in links.
    pub name: &'static str,
    pub label: &'static str,
    /// What it simulates.
    pub explanation: &'static str,
    /// What a reader should look for in the results.
    pub look_for: &'static str,
    /// Parameters by name, with their values here.
    pub differences: &'static [(&'static str, f64)],
}

/// All scenarios; the first one is the base configuration itself.
pub const SCENARIOS: &[MarketScenario] = &[
    MarketScenario {
        name: "baseline",
        label: "Baseline",
        explanation: "An ordinary shop in ordinary years.",
        look_for: "The reference that the other scenarios are compared with.",
        differences: &[],
    },
    MarketScenario {
        name: "holiday-peak",
        label: "Holiday peak",
        explanation: "At its peak in early December demand is three times the usual; people decide quickly and buy gifts.",
        look_for: "The December spike in transactions, and customers who look like champions in January and are not.",
        differences: &[
            ("process.holiday_strength", 2.0),
            ("process.category_loyalty", 0.2),
            ("process.lead_days", 1.5),
        ],
    },
    MarketScenario {
        name: "channel-shift",
        label: "Channel shift",
        explanation: "Sixteen months before NOW growth is bought: paid search and social media bring 60 % of all later sign-ups.",
        look_for: "Cold-start customers in the test rows who are worth less than those the model learned from.",
        differences: &[("change.paid_social_share", 0.6)],
    },
    MarketScenario {
        name: "price-rise",
        label: "Price rise",
        explanation: "Sixteen months before NOW all prices rise by 15 %, and customers buy about 15 % less often.",
        look_for: "Larger amounts and fewer purchases after that day: features describe a market that has gone.",
        differences: &[("change.price_rise", 0.15)],
    },
    MarketScenario {
        name: "churn-shock",
        label: "Churn shock",
        explanation: "Sixteen months before NOW a quarter of the active customers leave on one day, and support tickets drive away more of the others.",
        look_for: "Customers with splendid features and no future spend: predictions that are too high.",
        differences: &[("change.leaving_share", 0.25), ("process.ticket_dropout_probability", 0.08)],
    },
];

/// What a visitor may set besides seed and size.
pub struct Settings<'a> {
    pub scenario: &'a str,
    /// The last day of the raw data, as YYYY-MM-DD.
    pub now: &'a str,
    /// Parameters by name, applied after the scenario's.
    pub overrides: &'a mut dyn Iterator<Item = (&'a str, f64)>,
}

impl SynthConfig {
    /// The configuration of a seed, a size and a visitor's settings; refuses whatever is unknown or out of bounds.
    pub fn of_settings(seed: u64, n_customers: u32, settings: Settings) -> Result<Self, SynthError> {
        let now = day(settings.now).ok_or_else(|| SynthError::NoDay { text: settings.now.to_owned() })?;
        let scenario = SCENARIOS
            .iter()
            .find(|scenario| scenario.name == settings.scenario)
            .ok_or_else(|| SynthError::NoScenario { name: settings.scenario.to_owned() })?;
        let mut config = Self { seed, n_customers, now, ..Self::default() };
        for (name, value) in scenario.differences.iter().copied().chain(settings.overrides) {
            let parameter = settable(name).ok_or_else(|| SynthError::NoParameter { name: name.to_owned() })?;
            let Parameter { name, min, max, is_whole, .. } = *parameter;
            if !(min..=max).contains(&value) {
                return Err(SynthError::OutOfRange { name, value, min, max });
            }
            if is_whole && value.fract() != 0.0 {
                return Err(SynthError::NotWhole { name, value });
            }
            (parameter.set)(&mut config, value);
        }
        config.check()?;
        Ok(config)
    }
}

/// The parameter of that name; the number of customers is a setting of its own.
fn settable(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name && name != "n_customers")
}

/// The day written YYYY-MM-DD, if the calendar has it.
fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let mut part = || parts.next()?.parse::<u16>().ok().map(i32::from);
    let day = Day::from_ymd(part()?, part()?, part()?);
    (day.to_string() == text).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn settings(scenario: &str, now: &str, overrides: &[(&str, f64)]) -> Result<SynthConfig, SynthError> {
        let mut overrides = overrides.iter().copied();
        SynthConfig::of_settings(7, 90, Settings { scenario, now, overrides: &mut overrides })
    }

    #[test]
    fn every_scenario_differs_from_the_base_in_what_it_lists_and_is_explained() {
        assert!(SCENARIOS[0].differences.is_empty());
        let base = SynthConfig::default();
        let mut names = BTreeSet::new();
        for scenario in SCENARIOS {
            assert!(names.insert(scenario.name));
            assert!(scenario.explanation.ends_with('.') && scenario.look_for.ends_with('.'));
            let config = settings(scenario.name, "2025-06-30", &[]).unwrap();
            let differing = PARAMETERS.iter().filter(|p| p.name != "n_customers" && (p.get)(&config) != (p.get)(&base));
            assert_eq!(differing.count(), scenario.differences.len(), "{}", scenario.name);
        }
    }

    #[test]
    fn settings_are_applied_in_order_seed_scenario_overrides() {
        let config = settings("holiday-peak", "2024-02-29", &[("process.lead_days", 4.0)]).unwrap();
        assert_eq!((config.seed, config.n_customers, config.now), (7, 90, Day::from_ymd(2024, 2, 29)));
        assert_eq!((config.process.holiday_strength, config.process.lead_days), (2.0, 4.0));
    }

    #[test]
    fn what_is_unknown_or_out_of_bounds_is_refused() {
        assert!(matches!(settings("doom", "2025-06-30", &[]), Err(SynthError::NoScenario { .. })));
        for now in ["2025-02-29", "25-06-30", "2025-6-30", "2025-06-30-1", "", "tomorrow", "99999-01-01", "0000-00-00"]
        {
            assert!(matches!(settings("baseline", now, &[]), Err(SynthError::NoDay { .. })), "{now}");
        }
        assert!(matches!(settings("baseline", "1901-01-01", &[]), Err(SynthError::OutOfRange { name: "now", .. })));
        for name in ["n_customers", "seed", ""] {
            assert!(matches!(settings("baseline", "2025-06-30", &[(name, 5.0)]), Err(SynthError::NoParameter { .. })));
        }
        let fraction = settings("baseline", "2025-06-30", &[("history_days", 900.5)]);
        assert!(matches!(fraction, Err(SynthError::NotWhole { name: "history_days", .. })));
        for (name, value) in [("history_days", f64::NAN), ("history_days", 1e12), ("process.lead_days", f64::NAN)] {
            let refused = settings("baseline", "2025-06-30", &[(name, value)]);
            assert!(matches!(refused, Err(SynthError::OutOfRange { name: n, .. }) if n == name), "{name} {value}");
        }
    }
}
