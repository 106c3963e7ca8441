//! The recipe in the URL's query: what a run depends on, and how the page was asked to open. Bounds are the protocol's;
//! what does not fit becomes a sentence and the default, never an error.

use super::format;
use crate::protocol::{RunConfig, RunScope, TargetKind, limits};
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

    /// The query that leads back here, with its `?`.
    pub fn to_query(&self) -> String {
        let config = &self.config;
        let mut query = format!("?seed={}&customers={}&trials={}", config.seed, config.customers, config.trials);
        if config.target != TargetKind::default() {
            query.push_str("&target=formula");
        }
        if self.starts {
            query.push_str("&run=");
            query.push_str(scope_word(config.scope));
        }
        if let Some(theme) = self.theme.filter(|theme| *theme != Theme::Auto) {
            query.push_str("&theme=");
            query.push_str(theme.word());
        }
        query
    }
}

fn target_of(word: &str) -> Option<TargetKind> {
    match word {
        "realised" => Some(TargetKind::Realised),
        "formula" => Some(TargetKind::Formula),
        _ => None,
    }
}

fn scope_of(word: &str) -> Option<RunScope> {
    [RunScope::Data, RunScope::Features, RunScope::Train, RunScope::All].into_iter().find(|s| scope_word(*s) == word)
}

fn scope_word(scope: RunScope) -> &'static str {
    match scope {
        RunScope::Data => "data",
        RunScope::Features => "features",
        RunScope::Train => "train",
        RunScope::All => "all",
    }
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
    use crate::protocol::{RunConfig, RunScope, TargetKind, limits};
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

    proptest! {
        #[test]
        fn any_query_is_read_without_a_panic(query in ".{0,80}") {
            prop_assert!(Recipe::parse(&query).config.check().is_ok());
        }

        #[test]
        fn a_recipe_survives_the_way_through_a_link(seed in limits::SEED, customers in limits::CUSTOMERS,
            trials in limits::TRIALS, starts: bool, formula: bool, theme in 0usize..3) {
            let mut recipe = Recipe { starts, ..Recipe::default() };
            recipe.config.seed = seed;
            recipe.config.customers = customers;
            recipe.config.trials = trials;
            if formula { recipe.config.target = TargetKind::Formula; }
            recipe.theme = [None, Some(Theme::Light), Some(Theme::Dark)][theme];
            prop_assert_eq!(Recipe::parse(&recipe.to_query()), recipe);
        }
    }
}
