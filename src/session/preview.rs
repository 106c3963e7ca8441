//! A reader's own feature: its formula read, checked, run over every customer and printed as SQL, as every other feature is.
//! Deliberately changes nothing that a run has made.

use super::host::Host;
use super::own_features;
use super::stages::StageError;
use super::store::Store;
use super::summaries;
use crate::engine::feature::own::{OwnError, Place, part_with};
use crate::engine::feature::sql::{self, Mode, Names};
use crate::engine::feature::{CheckedView, Observation, rows_of};
use crate::engine::table::Table;
use crate::protocol::{
    Event, FeaturePreview, ObjectId, PreviewFault, PreviewField, PreviewRequest, PreviewedFeature, Problem, Scenario,
};

const N_EXAMPLES: usize = 8;

/// Tries a feature.
pub(super) fn preview(request: PreviewRequest, store: &Store, host: &dyn Host) -> Event {
    let begin_ms = host.now_ms();
    let result = match part(&request) {
        Err(fault) => Err(fault),
        Ok(view) => match values(&view, &request.feature.name, store) {
            Ok(previewed) => Ok(PreviewedFeature { elapsed_ms: host.now_ms() - begin_ms, ..previewed }),
            Err(error) => {
                return Event::Refused(Problem::new(
                    "The feature was not computed.",
                    &format!("{error}."),
                    "Run the pipeline, then try again.",
                ));
            }
        },
    };
    Event::FeaturePreview(Box::new(FeaturePreview { request, result }))
}

/// The part of a view's next version that computes the feature.
fn part(request: &PreviewRequest) -> Result<CheckedView, PreviewFault> {
    let name = request.feature.name.as_str();
    let of_name =
        |sentence: String| PreviewFault { field: PreviewField::Name, begin: 0, end: name.len() as u32, sentence };
    // It stands where it stood, or behind all others.
    let mut features = request.beside.clone();
    let feature_idx = match features.iter().position(|other| other.name == name) {
        Some(position) => {
            features[position] = request.feature.clone();
            position
        }
        None => {
            features.push(request.feature.clone());
            features.len() - 1
        }
    };
    let registry = own_features::registry(&features).map_err(|error: OwnError| match error.at {
        Place::Formula(at) if error.feature_idx == feature_idx => PreviewFault {
            field: PreviewField::Formula,
            begin: at.start as u32,
            end: at.end as u32,
            sentence: error.sentence,
        },
        Place::Name if error.feature_idx == feature_idx => of_name(error.sentence),
        Place::Formula(_) | Place::Name => of_name(format!(
            "The own feature {} comes in the way: {}",
            features[error.feature_idx].name, error.sentence
        )),
    })?;
    // The cold-start view, the only one without events, may have a feature of the same name.
    let has_it = |view: &&CheckedView| {
        !view.definition().events.is_empty() && view.features().iter().any(|feature| feature.name == name)
    };
    let view = registry.views().iter().find(has_it).ok_or_else(|| of_name("No view has the feature.".to_owned()))?;
    part_with(view, name).map_err(|error| of_name(format!("{error}.")))
}

/// A view as of now; views of the run are taken as they are.
fn served(view: &CheckedView, store: &Store) -> Result<Table, StageError> {
    let object = ObjectId::by_name(view.name()).ok_or(StageError::Missing("a view"))?;
    if store.views.view(view.name()).is_some_and(|of_run| of_run.definition() == view.definition()) {
        return store.table(object).cloned();
    }
    let now = store.now.ok_or(StageError::Missing("the observation date"))?;
    let profile = store.table(ObjectId::Profile)?;
    let upstream = view.upstream().iter().map(|view| served(view, store)).collect::<Result<Vec<_>, _>>()?;
    let upstream: Vec<&Table> = upstream.iter().collect();
    let rows = rows_of(profile);
    store.evaluate(view, (&rows, Observation::On(now.0)), &upstream, store.fitted.get(view.name()))
}

fn values(view: &CheckedView, feature: &str, store: &Store) -> Result<PreviewedFeature, StageError> {
    let profile = store.table(ObjectId::Profile)?;
    let now = store.now.ok_or(StageError::Missing("the observation date"))?;
    let table = served(view, store)?;
    let idx = view.features().iter().position(|f| f.name == feature).ok_or(StageError::Missing("the feature"))?;
    let customer = |row: usize| {
        store.name_of(Scenario::Continuous, profile, row).unwrap_or_else(|| table.cell(row, 0).to_string())
    };
    let shown = |row: usize| (customer(row), summaries::cell(&table, row, idx + 1));
    let n_shown = N_EXAMPLES.min(table.n_rows());
    let names = Names::default();
    Ok(PreviewedFeature {
        view: names.view(view).0.last().cloned().unwrap_or_default(),
        detail: summaries::feature(Scenario::Continuous, view, idx, &table, store),
        n_rows: table.n_rows() as u64,
        as_of: now.to_string(),
        sql_serving: sql::query(view, Mode::Serving, &names, &store.fitted).to_string(),
        sql_training: sql::query(view, Mode::Training, &names, &store.fitted).to_string(),
        // At even distances, so that customers of every age are among them.
        examples: (0..n_shown).map(|idx| shown(idx * table.n_rows() / n_shown)).collect(),
        elapsed_ms: 0.0,
    })
}
