//! The recipe in the URL's query: what a run depends on, and how the page was asked to open. Bounds are the protocol's;
//! what does not fit becomes a sentence and the default, never an error.

use super::{format, number};
use crate::protocol::{OwnFeature, RunConfig, RunScope, TargetKind, is_day, limits};
use std::ops::RangeInclusive;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }

    /// The next one when the reader toggles.
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// What a link asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recipe {
    pub config: RunConfig,
    /// True when the run starts by itself.
    pub starts: bool,
    /// The theme that wins over the stored one.
    pub theme: Option<Theme>,
    /// One sentence for each value that was replaced.
    pub notices: Vec<String>,
}

/// A whole number within bounds, or the sentence that says which.
pub fn bounded(name: &str, text: &str, bounds: RangeInclusive<u64>) -> Result<u64, String> {
    let plain: String = text.trim().chars().filter(|c| *c != ',').collect();
    match plain.parse::<u64>() {
        Ok(value) if bounds.contains(&value) => Ok(value),
        _ => Err(format!(
            "{name} must be a whole number between {} and {}.",
            format::count(*bounds.start()),
            format::count(*bounds.end())
        )),
    }
}

/// A seed, or why not.
pub fn seed(text: &str) -> Result<u64, String> {
    bounded("The seed", text, limits::SEED)
}

/// Customers in each scenario, or why not.
pub fn customers(text: &str) -> Result<u32, String> {
    bounded("The number of customers", text, wide(limits::CUSTOMERS)).map(|n| n as u32)
}

/// Search trials, or why not.
pub fn trials(text: &str) -> Result<u32, String> {
    bounded("The number of trials", text, wide(limits::TRIALS)).map(|n| n as u32)
}

/// The last day of the generated data, or why not.
pub fn now(text: &str) -> Result<String, String> {
    let text = text.trim();
    if is_day(text) && limits::NOW.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!("NOW must be a day between {} and {}, written YYYY-MM-DD.", limits::NOW.start(), limits::NOW.end()))
}

fn wide(bounds: RangeInclusive<u32>) -> RangeInclusive<u64> {
    u64::from(*bounds.start())..=u64::from(*bounds.end())
}

impl Recipe {
    /// Reads a query string, with or without its `?`. Parameters of other names are left alone.
    pub fn parse(query: &str) -> Self {
        let mut recipe = Self::default();
        for pair in query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            recipe.take(name, &decoded(value));
        }
        recipe
    }

    fn take(&mut self, name: &str, value: &str) {
        let default = RunConfig::default();
        let outcome = match name {
            "seed" => seed(value).map(|v| self.config.seed = v).map_err(|e| (e, default.seed.to_string())),
            "customers" => customers(value)
                .map(|v| self.config.customers = v)
                .map_err(|e| (e, format::count(default.customers.into()))),
            "trials" => {
                trials(value).map(|v| self.config.trials = v).map_err(|e| (e, format::count(default.trials.into())))
            }
            "target" => match target_of(value) {
                Some(target) => {
                    self.config.target = target;
                    Ok(())
                }
                None => Err(("The target must be realised or formula.".to_owned(), "realised".to_owned())),
            },
            "now" => now(value).map(|v| self.config.now = v).map_err(|e| (e, default.now.clone())),
            "scenario" if is_word(value) => {
                value.clone_into(&mut self.config.scenario);
                Ok(())
            }
            "scenario" => Err(("A scenario is one of those the page lists.".to_owned(), default.scenario)),
            "set" => self.take_overrides(value).map_err(|e| (e, "nothing in its place".to_owned())),
            "feature" => self.take_feature(value).map_err(|e| (e, "nothing in its place".to_owned())),
            "run" => match scope_of(value) {
                Some(scope) => {
                    self.config.scope = scope;
                    self.starts = true;
                    Ok(())
                }
                None => Err((
                    "The value of run must be data, features, train or all.".to_owned(),
                    "waiting for the button".to_owned(),
                )),
            },
            "theme" => match Theme::by_word(value) {
                Some(theme) => {
                    self.theme = Some(theme);
                    Ok(())
                }
                None => Err(("The theme must be light or dark.".to_owned(), "the system’s theme".to_owned())),
            },
            _ => Ok(()),
        };
        if let Err((bounds, instead)) = outcome {
            let shown: String = value.chars().filter(|c| !c.is_control()).take(24).collect();
            self.notices.push(format!("The link says {name}={shown}. {bounds} Used instead: {instead}."));
        }
    }

    /// Reads `name:value,name:value`; what the generator makes of them, `generator::admit` says once it is known.
    fn take_overrides(&mut self, list: &str) -> Result<(), String> {
        let mut refused = Vec::new();
        for pair in list.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once(':').unwrap_or((pair, ""));
            match number::read(value) {
                Some(value) if is_word(name) => {
                    self.config.overrides.insert(name.to_owned(), value);
                }
                _ => refused.push(pair.to_owned()),
            }
        }
        let Some(first) = refused.first() else { return Ok(()) };
        let shown: String = first.chars().filter(|c| !c.is_control()).take(48).collect();
        Err(format!("Parameters are set as name:value with a number; “{shown}” is not."))
    }

    /// Reads `NAME:formula`; whether the formula can be computed, the worker says.
    fn take_feature(&mut self, text: &str) -> Result<(), String> {
        let features = &mut self.config.features;
        if features.len() as u32 >= *limits::FEATURES.end() {
            return Err(format!("A run has at most {} own features.", limits::FEATURES.end()));
        }
        let (name, formula) = text.split_once(':').ok_or("An own feature is written NAME:formula.".to_owned())?;
        if formula.trim().is_empty() || name.trim().is_empty() {
            return Err("An own feature is written NAME:formula.".to_owned());
        }
        features.push(OwnFeature { name: name.trim().to_owned(), formula: formula.trim().to_owned() });
        Ok(())
    }

    /// The query that leads back here, with its `?`.
    pub fn to_query(&self) -> String {
        let mut query = self.config.to_query();
        if self.starts {
            query.push_str("&run=");
            query.push_str(self.config.scope.word());
        }
        if let Some(theme) = self.theme.filter(|theme| *theme != Theme::Auto) {
            query.push_str("&theme=");
            query.push_str(theme.word());
        }
        query
    }
}

/// A name as the generator's are: nothing in it needs an escape in a link.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}

fn target_of(word: &str) -> Option<TargetKind> {
    [TargetKind::Realised, TargetKind::Formula].into_iter().find(|target| target.word() == word)
}

fn scope_of(word: &str) -> Option<RunScope> {
    RunScope::ALL.into_iter().find(|scope| scope.word() == word)
}

/// `+` and percent escapes of one query value; what is not an escape stays as it is.
fn decoded(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let escape = (bytes[i] == b'%')
            .then(|| value.get(i + 1..i + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(if bytes[i] == b'+' { b' ' } else { bytes[i] });
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{Recipe, Theme};
    use crate::protocol::{OwnFeature, RunConfig, RunScope, TargetKind, limits};
    use proptest::prelude::*;

    #[test]
    fn without_a_query_the_page_is_idle_with_defaults() {
        assert_eq!(Recipe::parse(""), Recipe::default());
        assert_eq!(Recipe::parse("?tour=off&utm=x"), Recipe::default());
    }

    #[test]
    fn a_full_link_is_read() {
        let recipe = Recipe::parse("?seed=7&customers=50000&trials=3&target=formula&run=train&theme=dark");
        assert_eq!(recipe.config.seed, 7);
        assert_eq!(recipe.config.customers, 50_000);
        assert_eq!((recipe.config.target, recipe.config.scope), (TargetKind::Formula, RunScope::Train));
        assert!(recipe.starts && recipe.notices.is_empty());
        assert_eq!(recipe.theme, Some(Theme::Dark));
    }

    #[test]
    fn values_out_of_bounds_give_a_sentence_and_the_default() {
        let recipe = Recipe::parse("?customers=-1&seed=abc&trials=1000000000000&run=never&theme=pink&target=x");
        assert_eq!(recipe.config, RunConfig::default());
        assert_eq!(recipe.notices.len(), 6);
        assert!(!recipe.starts);
        assert!(recipe.notices[0].contains("customers=-1") && recipe.notices[0].contains("500,000"));
        let bounds = Recipe::parse(&format!("?seed={}&customers=500000&trials=200", limits::SEED.end()));
        assert!(bounds.notices.is_empty());
        assert_eq!(Recipe::parse(&format!("?seed={}", limits::SEED.end() + 1)).notices.len(), 1);
    }

    /// A day from 1975 on, as a link says it.
    fn nth_day(days: u32) -> String {
        let (year, rest) = (1975 + days / 372, days % 372);
        let text = format!("{year:04}-{:02}-{:02}", rest / 31 + 1, rest % 31 + 1);
        if super::now(&text).is_ok() { text } else { RunConfig::default().now }
    }

    #[test]
    fn scenario_now_and_parameters_are_read_and_what_is_none_is_told() {
        let recipe = Recipe::parse("?scenario=churn-shock&now=2024-02-29&set=process.rate_shape:2,history_days:900");
        assert!(recipe.notices.is_empty(), "{:?}", recipe.notices);
        assert_eq!((recipe.config.scenario.as_str(), recipe.config.now.as_str()), ("churn-shock", "2024-02-29"));
        let overrides = [("history_days".to_owned(), 900.0), ("process.rate_shape".to_owned(), 2.0)];
        assert_eq!(recipe.config.overrides, overrides.into());
        let query = recipe.to_query();
        assert!(
            query.ends_with("&now=2024-02-29&scenario=churn-shock&set=history_days:900,process.rate_shape:2"),
            "{query}"
        );
        let bad = Recipe::parse("?scenario=<b>&now=2025-02-29&set=a:NaN,b:1,c,d:1e999,E:3");
        assert_eq!(bad.notices.len(), 3);
        assert_eq!(bad.config, RunConfig { overrides: [("b".to_owned(), 1.0)].into(), ..RunConfig::default() });
        assert!(bad.notices[2].contains("a:NaN"));
    }

    proptest! {
        #[test]
        fn any_query_is_read_without_a_panic(query in ".{0,80}") {
            prop_assert!(Recipe::parse(&query).config.check().is_ok());
        }

        #[test]
        fn any_value_of_a_known_name_is_read_without_a_panic(
            name in "seed|customers|trials|target|run|theme|now|scenario|set|feature",
            value in "(.{0,40}|[a-z_.]{0,9}:[-+.e0-9naif]{0,9},?[a-z:,0-9]{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2})",
        ) {
            let recipe = Recipe::parse(&format!("?{name}={value}"));
            prop_assert!(recipe.config.clone().check().is_ok());
            prop_assert!(recipe.config.overrides.values().all(|value| value.is_finite()));
            let again = Recipe::parse(&recipe.to_query());
            prop_assert_eq!((again.config, again.notices.len()), (recipe.config, 0));
        }

        #[test]
        fn a_recipe_survives_the_way_through_a_link(seed in limits::SEED, customers in limits::CUSTOMERS,
            trials in limits::TRIALS, starts: bool, formula: bool, theme in 0usize..3,
            scenario in "[a-z]{1,12}(-[a-z]{1,12})?", days in 0u32..46_000,
            overrides in prop::collection::btree_map("[a-z_]{1,12}\\.[a-z_0-9]{1,20}", -1e9..1e9, 0..8),
            tiny in prop::num::f64::NORMAL,
            features in prop::collection::vec(("[A-Z_]{1,9}", "\\PC{0,20}x"), 0..4)) {
            let mut recipe = Recipe { starts, ..Recipe::default() };
            recipe.config.seed = seed;
            recipe.config.customers = customers;
            recipe.config.trials = trials;
            if formula { recipe.config.target = TargetKind::Formula; }
            recipe.config.scenario = scenario;
            recipe.config.now = nth_day(days);
            recipe.config.overrides = overrides;
            recipe.config.overrides.insert("tiny".to_owned(), tiny);
            let own = |(name, formula): (String, String)| OwnFeature { name, formula: formula.trim().to_owned() };
            recipe.config.features = features.into_iter().map(own).collect();
            recipe.theme = [None, Some(Theme::Light), Some(Theme::Dark)][theme];
            prop_assert_eq!(Recipe::parse(&recipe.to_query()), recipe);
        }
    }
}
