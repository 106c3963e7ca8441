//! Looking for features by what they are called, what they mean and how they are computed. Deliberately without an index: the
//! catalogue is some dozens of features.

use crate::order;
use crate::protocol::{FeatureDetail, FeatureViewDetail, ObjectId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A feature that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub view: ObjectId,
    pub name: String,
    pub meaning: String,
    pub formula: String,
}

/// The features in which every word occurs: in their name, view, meaning, formula, unit or source columns. Those whose name has
/// the first word come first.
pub fn search(views: &BTreeMap<ObjectId, Arc<FeatureViewDetail>>, text: &str) -> Vec<Hit> {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_lowercase).collect();
    let Some(first) = words.first() else { return Vec::new() };
    let all = views.values().flat_map(|view| view.features.iter().map(move |feature| (view.view, feature)));
    let mut hits: Vec<(bool, Hit)> = all
        .filter(|(view, feature)| {
            let said = everything_said(*view, feature);
            words.iter().all(|word| said.contains(word))
        })
        .map(|(view, feature)| {
            let hit = Hit {
                view,
                name: feature.name.clone(),
                meaning: feature.meaning.clone(),
                formula: feature.formula.clone(),
            };
            (!feature.name.to_ascii_lowercase().contains(first), hit)
        })
        .collect();
    order::sort_by(&mut hits, |a, b| a.0.cmp(&b.0));
    hits.into_iter().map(|(_, hit)| hit).collect()
}

fn everything_said(view: ObjectId, feature: &FeatureDetail) -> String {
    let parts = [view.name(), &feature.name, &feature.meaning, &feature.formula, &feature.unit];
    let sources = feature.sources.iter().map(String::as_str);
    parts.into_iter().chain(sources).collect::<Vec<_>>().join("\n").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::RefreshMode;

    fn view(view: ObjectId, features: &[(&str, &str, &str)]) -> (ObjectId, Arc<FeatureViewDetail>) {
        let feature = |(name, meaning, formula): &(&str, &str, &str)| FeatureDetail {
            name: (*name).to_owned(),
            meaning: (*meaning).to_owned(),
            formula: (*formula).to_owned(),
            ..FeatureDetail::default()
        };
        let detail = FeatureViewDetail {
            view,
            version: String::new(),
            entity: String::new(),
            owner: String::new(),
            tags: Vec::new(),
            refresh: String::new(),
            refresh_mode: RefreshMode::default(),
            as_of: String::new(),
            n_rows: 0,
            elapsed_ms: 0.0,
            features: features.iter().map(feature).collect(),
            sql_serving: String::new(),
            sql_training: String::new(),
            plan: String::new(),
        };
        (view, Arc::new(detail))
    }

    #[test]
    fn features_are_found_by_name_meaning_and_formula_those_of_the_name_first() {
        let views = BTreeMap::from([
            view(ObjectId::RfmFeatures, &[("MONETARY_AVG", "Mean amount.", "MONETARY_TOTAL / FREQUENCY")]),
            view(ObjectId::DerivedFeatures, &[("FREQUENCY_SCORE", "Quintile of frequency.", "…")]),
        ]);
        let names = |text: &str| search(&views, text).into_iter().map(|hit| hit.name).collect::<Vec<_>>();
        assert_eq!(names("frequency"), ["FREQUENCY_SCORE", "MONETARY_AVG"]);
        assert_eq!(names("  Mean   rfm "), ["MONETARY_AVG"]);
        assert_eq!(names("quintile mean"), [""; 0]);
        assert!(names("").is_empty() && names("   ").is_empty());
    }
}
