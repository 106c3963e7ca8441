//! A version as named texts, and what two versions differ in. Deliberately without predictions: these need rows.

use super::Version;
use super::card::{Input, Signature};
use clv_engine::dataset::Part;
use clv_engine::schema::Day;

/// Something known of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// An input in two signatures; `None` where one has no such input, or the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Everything known of a version in words, but for its scores, signature and sample.
pub fn facts(version: &Version) -> Vec<Fact> {
    let (card, ensemble) = (&version.card, &version.ensemble);
    let mut facts = Vec::new();
    let mut put = |name: &str, value: String| facts.push(Fact { name: name.to_owned(), value });
    put("Engine", card.engine.clone());
    put("Objective", ensemble.objective.name().to_owned());
    if let Some((name, value)) = ensemble.objective.parameter() {
        put(name, value.to_string());
    }
    for (name, value) in &card.params {
        put(name, value.to_string());
    }
    if let Some(seed) = card.seed {
        put("Seed", seed.to_string());
    }
    put("Trees", ensemble.trees.len().to_string());
    put("Leaves", ensemble.n_leaves().to_string());
    put("Base score", ensemble.base_score.to_string());
    put("Model digest", ensemble.digest().to_string());
    put("Source", card.source.in_words());
    put("Training set", card.table.clone());
    put("Training set digest", card.data_digest.clone());
    for (part, metrics) in Part::ALL.into_iter().zip(&card.metrics) {
        put(&format!("Rows, {}", part.name()), metrics.n_rows.to_string());
    }
    for view in &card.views {
        put(&view.name, format!("{} {}", view.version, view.digest));
    }
    put("Configuration", card.config_key.clone());
    put("Code", card.build.clone());
    if let Some(created_ms) = card.created_ms {
        put("Created", moment(created_ms));
    }
    facts
}

/// "2026-05-01 13:07 UTC".
fn moment(ms: f64) -> String {
    let minutes = (ms / 60_000.0) as i64;
    let (day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    format!("{} {:02}:{:02} UTC", Day(i32::try_from(day).unwrap_or(0)), minute / 60, minute % 60)
}

/// The inputs that two signatures do not share, in the order of the second, then those that only the first has. A changed order alone
/// is no change: inputs go by name.
pub fn changed_inputs(before: &Signature, after: &Signature) -> Vec<InputChange> {
    let words = |input: &Input| match input.levels.as_slice() {
        [] => input.kind.clone(),
        levels => format!("{} of {}", input.kind, levels.join(", ")),
    };
    fn find<'s>(signature: &'s Signature, name: &str) -> Option<&'s Input> {
        signature.inputs.iter().find(|input| input.name == name)
    }
    let gone = before.inputs.iter().filter(|input| find(after, &input.name).is_none());
    let changed = after.inputs.iter().filter(|input| find(before, &input.name) != Some(input));
    let mut changes: Vec<InputChange> = changed
        .chain(gone)
        .map(|input| InputChange {
            name: input.name.clone(),
            before: find(before, &input.name).map(words),
            after: find(after, &input.name).map(words),
        })
        .collect();
    if before.output != after.output {
        let name = "output".to_owned();
        let [before, after] = [before, after].map(|of| Some(format!("{} {}", of.output.name, of.output.kind)));
        changes.push(InputChange { name, before, after });
    }
    changes
}
