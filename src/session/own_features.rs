//! A reader's own features as the engine takes them, and their mistakes as sentences.

use crate::engine::feature::own::{self, OwnError};
use crate::engine::feature::{Registry, own::OwnFeature};
use crate::protocol::{self, Problem};

/// The views of a run.
pub(super) fn views(features: &[protocol::OwnFeature]) -> Result<Registry, Problem> {
    registry(features).map_err(|error| {
        let name = features.get(error.feature_idx).map_or("", |feature| feature.name.as_str());
        Problem::new(
            "The run was not started.",
            &format!("The own feature {name} cannot be computed: {}", error.sentence),
            "Change or remove it on the page Features, under Own features, and run again.",
        )
    })
}

/// The catalogue with own features.
pub(super) fn registry(features: &[protocol::OwnFeature]) -> Result<Registry, OwnError> {
    let own: Vec<OwnFeature> =
        features.iter().map(|feature| OwnFeature { name: &feature.name, formula: &feature.formula }).collect();
    own::registry(&own)
}
