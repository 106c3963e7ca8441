//! Two versions of a model held against each other: what their cards and signatures do not share, and both on the same test rows.

use super::{customer, dataset, ensemble};
use crate::engine::dataset::Part;
use crate::engine::evaluate;
use crate::engine::registry::{Fact, Version, changed_inputs, facts};
use crate::order;
use crate::protocol::{
    ChangedCustomer, CompareRequest, ComparedRows, Event, FactChange, Histogram, ModelComparison, TrainingId,
};
use crate::session::host::Host;
use crate::session::registry;
use crate::session::stages::StageError;
use crate::session::store::Store;
use crate::session::summaries;

const N_CUSTOMERS: usize = 10;
const N_BINS: usize = 40;
/// The axis of differences ends here, on both sides.
const QUANTILE: f64 = 0.98;

pub(super) fn compare(request: CompareRequest, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let model = request.model.name();
    let version = |name: &str| {
        let found = store.registry.version(model, registry::number(name));
        found.ok_or(StageError::Missing("one of both versions"))
    };
    let (before, after) = (version(&request.before)?, version(&request.after)?);
    let inputs = changed_inputs(&before.card.signature, &after.card.signature).into_iter();
    let inputs = inputs.map(|i| FactChange { name: i.name, before: i.before, after: i.after });
    Ok(Event::Compared(Box::new(ModelComparison {
        facts: differing(before, after),
        inputs: inputs.collect(),
        rows: rows(&request, store).map_err(|error| super::sentence(&error.to_string())),
        request,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// The facts that two versions do not share: those of the second in order, then those that only the first has.
fn differing(before: &Version, after: &Version) -> Vec<FactChange> {
    let (before, after) = (facts(before), facts(after));
    let value = |of: &[Fact], name: &str| of.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone());
    let gone = before.iter().filter(|fact| value(&after, &fact.name).is_none());
    let change = |fact: &Fact| FactChange {
        name: fact.name.clone(),
        before: value(&before, &fact.name),
        after: value(&after, &fact.name),
    };
    after.iter().chain(gone).map(change).filter(|change| change.before != change.after).collect()
}

fn rows(request: &CompareRequest, store: &Store) -> Result<ComparedRows, StageError> {
    let model = request.model;
    let part = &dataset(model, store)?.parts[2];
    let test = dataset(model, store)?.matrix(part)?;
    let predictions = |version: &String| -> Result<Vec<f64>, StageError> {
        let id = TrainingId { model, version: version.clone() };
        Ok(ensemble(&id, store)?.predict(&test)?.into_iter().map(f64::from).collect())
    };
    let (before, after) = (predictions(&request.before)?, predictions(&request.after)?);
    let score = |predicted: &[f64]| -> Result<_, StageError> {
        Ok(summaries::split_metrics(Part::Test, &evaluate::metrics(&part.target_dollars, predicted)?))
    };
    let found = evaluate::agreement(&before, &after)?;
    let differences: Vec<f64> = before.iter().zip(&after).map(|(a, b)| b - a).collect();
    let mut order: Vec<usize> = (0..differences.len()).collect();
    order::sort_by(&mut order, |&a, &b| differences[b].abs().total_cmp(&differences[a].abs()));
    let changed = order.into_iter().take(N_CUSTOMERS).filter(|&row| differences[row] != 0.0).map(|row| {
        let (customer, actual) = customer(model, row as u32, store)?;
        Ok(ChangedCustomer { customer, actual, before: before[row], after: after[row] })
    });
    Ok(ComparedRows {
        scores: [score(&before)?, score(&after)?],
        n_rows: found.n_rows as u64,
        n_equal: found.n_equal as u64,
        correlation: found.correlation,
        mean_difference: found.mean_difference,
        mean_size: found.mean_size,
        median_size: found.median_size,
        largest_size: found.largest_size,
        differences: histogram(&before, &after)?,
        density: summaries::density(&before, &after),
        customers: changed.collect::<Result<_, StageError>>()?,
    })
}

/// About zero; what lies beyond the axis on the left is in the first bin.
fn histogram(before: &[f64], after: &[f64]) -> Result<Histogram, StageError> {
    let found = evaluate::error_histogram(before, after, N_BINS, QUANTILE)?;
    let evaluate::Histogram { edges, mut counts, n_above } = found.histogram;
    if let Some(first) = counts.first_mut() {
        *first += found.n_below;
    }
    Ok(Histogram { edges, counts, n_above })
}
