//! A run's settings as a link carries them: names and values in a query, those at their defaults left out but for seed, customers and
//! trials. A later setting that is at its default changes no link, so projects are kept under what is written here. Deliberately the writing
//! only; a link is read where its mistakes become sentences.

use super::{OwnFeature, RunConfig, RunScope, TargetKind};

impl TargetKind {
    /// The word in links and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Realised => "realised",
            Self::Formula => "formula",
        }
    }
}

impl RunScope {
    pub const ALL: [Self; 4] = [Self::Data, Self::Features, Self::Train, Self::All];

    /// The word in links and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Features => "features",
            Self::Train => "train",
            Self::All => "all",
        }
    }
}

impl RunConfig {
    /// The query that leads to these settings, with its `?`; how far a run goes is left out.
    pub fn to_query(&self) -> String {
        let mut query = format!("?seed={}&customers={}&trials={}", self.seed, self.customers, self.trials);
        let mut put = |name: &str, value: &str| {
            for part in ["&", name, "=", value] {
                query.push_str(part);
            }
        };
        let base = Self::default();
        if self.target != base.target {
            put("target", self.target.word());
        }
        if self.now != base.now {
            put("now", &self.now);
        }
        if self.scenario != base.scenario {
            put("scenario", &self.scenario);
        }
        if !self.overrides.is_empty() {
            let overrides: Vec<String> = self.overrides.iter().map(|(name, value)| format!("{name}:{value}")).collect();
            put("set", &overrides.join(","));
        }
        for OwnFeature { name, formula } in &self.features {
            put("feature", &encoded(&format!("{name}:{formula}")));
        }
        query
    }
}

/// A query value in which everything but letters, digits and `-._~` is escaped.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
