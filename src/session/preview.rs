//! A reader's own feature: its formula read, checked, run over every customer and printed as SQL, as every other feature is.
//! Deliberately changes nothing that a run has made.

use super::host::Host;
use super::stages::StageError;
use super::store::Store;
use super::summaries;
use crate::engine::feature::ir::Feature;
use crate::engine::feature::parse::parse;
use crate::engine::feature::sql::{self, Mode, Names};
use crate::engine::feature::{CheckedView, Fitted, Inputs, Observation, catalog, check, evaluate, rows_of};
use crate::engine::table::Table;
use crate::protocol::{
    Event, FeaturePreview, ObjectId, PreviewFault, PreviewField, PreviewRequest, PreviewedFeature, Problem, Scenario,
};

/// Longer names than a warehouse takes.
const MOST_NAME_BYTES: usize = 60;
const N_EXAMPLES: usize = 8;

/// Tries a feature.
pub(super) fn preview(request: PreviewRequest, store: &Store, host: &dyn Host) -> Event {
    let begin_ms = host.now_ms();
    let result = match checked(&request, store) {
        Err(fault) => Err(fault),
        Ok(view) => match values(&view, store) {
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

/// The view that holds only this feature.
fn checked(request: &PreviewRequest, store: &Store) -> Result<CheckedView, PreviewFault> {
    let fault = |field, begin: usize, end: usize, sentence: String| PreviewFault {
        field,
        begin: begin as u32,
        end: end as u32,
        sentence,
    };
    let of_name = |sentence: &str| fault(PreviewField::Name, 0, request.name.len(), sentence.to_owned());
    let name = request.name.as_str();
    let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > MOST_NAME_BYTES || !name.chars().all(is_word) {
        return Err(of_name(&format!(
            "A name has 1 to {MOST_NAME_BYTES} capital letters, digits and underscores, such as MY_FEATURE."
        )));
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(of_name("A name does not begin with a digit."));
    }
    let views = store.views.views();
    let empty = check::check(catalog::own_view(Vec::new()), views).map_err(|error| of_name(&format!("{error}.")))?;
    let expr = parse(&request.formula, &empty)
        .map_err(|error| fault(PreviewField::Formula, error.at.start, error.at.end, error.sentence))?;
    let feature = Feature {
        name: name.to_owned(),
        unit: String::new(),
        meaning: "A feature of one’s own.".to_owned(),
        null_rule: "Null where the formula is null.".to_owned(),
        expr,
        expectations: Vec::new(),
    };
    // What the formula's own check has let through can only collide by its name.
    check::check(catalog::own_view(vec![feature]), views).map_err(|error| of_name(&format!("{error}.")))
}

fn values(view: &CheckedView, store: &Store) -> Result<PreviewedFeature, StageError> {
    let profile = store.table(ObjectId::Profile)?;
    let now = store.now.ok_or(StageError::Missing("the observation date"))?;
    let upstream = view
        .upstream()
        .iter()
        .map(|view| ObjectId::by_name(view.name()).ok_or(StageError::Missing("a view")).and_then(|id| store.table(id)))
        .collect::<Result<Vec<&Table>, StageError>>()?;
    let sources = [store.event_source(ObjectId::Transactions)?, store.event_source(ObjectId::Interactions)?];
    let rows = rows_of(profile);
    let inputs =
        Inputs { entity: profile, rows: &rows, as_of: Observation::On(now.0), events: &sources, upstream: &upstream };
    let table = evaluate(view, &inputs, &Fitted::default())?;
    let customer = |row: usize| {
        store.name_of(Scenario::Continuous, profile, row).unwrap_or_else(|| table.cell(row, 0).to_string())
    };
    let shown = |row: usize| (customer(row), summaries::cell(&table, row, 1));
    let n_shown = N_EXAMPLES.min(table.n_rows());
    let names = Names::default();
    Ok(PreviewedFeature {
        detail: summaries::feature(Scenario::Continuous, view, 0, &table, store),
        n_rows: table.n_rows() as u64,
        as_of: now.to_string(),
        sql_serving: sql::dynamic_table(view, &names, &store.fitted),
        sql_training: sql::query(view, Mode::Training, &names, &store.fitted).to_string(),
        // At even distances, so that customers of every age are among them.
        examples: (0..n_shown).map(|idx| shown(idx * table.n_rows() / n_shown)).collect(),
        elapsed_ms: 0.0,
    })
}
