//! The contributions of every input to the predictions of some test rows, explained some rows at a time and kept for the next question.

use super::{Examined, Lab, dataset, evenly};
use crate::engine::dataset::{FittedInput, FittedKind, Matrix};
use crate::engine::evaluate::{interaction, quantile, swarm, value_ranks};
use crate::engine::learn::Ensemble;
use crate::order;
use crate::protocol::{AttributionPoint, AttributionRequest, AttributionView, CloseLook, Event, InputAttribution};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{Dataset, Store};
use std::sync::Arc;

const N_ROWS: usize = 500;
/// Rows explained before the time is looked at.
const STEP_ROWS: usize = 25;
const STEP_MS: f64 = 25.0;
const N_BINS: usize = 80;
/// The axis leaves out this share of all contributions on either side.
const TAIL: f64 = 0.002;

/// Contributions of a version.
pub(super) struct Explained {
    ensemble: Arc<Ensemble>,
    rows: Matrix,
    /// Row after row, one value a matrix column.
    values: Vec<f64>,
    elapsed_ms: f64,
}

/// Explains for some milliseconds; the answer once every row is explained.
pub(super) fn attribution(
    lab: &mut Lab,
    request: &AttributionRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Option<Event>, StageError> {
    let begin_ms = host.now_ms();
    let dataset = dataset(request.training.model, store)?;
    let known = lab.explained.take();
    let examined = lab.examine(&request.training, store)?;
    let mut explained = match known.filter(|known| Arc::ptr_eq(&known.ensemble, &examined.ensemble)) {
        Some(explained) => explained,
        None => Explained::begin(examined),
    };
    let is_complete = explained.work(host, begin_ms)?;
    explained.elapsed_ms += host.now_ms() - begin_ms;
    let view = is_complete.then(|| explained.view(request, dataset)).transpose()?;
    lab.explained = Some(explained);
    Ok(view.map(|view| Event::Attribution(Box::new(view))))
}

impl Explained {
    fn begin(examined: &Examined) -> Self {
        let rows = evenly(examined.test.n_rows(), N_ROWS);
        let (ensemble, rows) = (examined.ensemble.clone(), examined.test.select_rows(&rows));
        Self { ensemble, rows, values: Vec::new(), elapsed_ms: 0.0 }
    }

    /// True once every row is explained.
    fn work(&mut self, host: &dyn Host, begin_ms: f64) -> Result<bool, StageError> {
        let n_columns = self.rows.n_columns().max(1);
        loop {
            let done = self.values.len() / n_columns;
            if done >= self.rows.n_rows() {
                return Ok(true);
            }
            if done > 0 && host.now_ms() - begin_ms >= STEP_MS {
                return Ok(false);
            }
            self.values.extend(self.ensemble.contributions(&self.rows, done..done + STEP_ROWS)?.values);
        }
    }

    /// An input's contributions, those of its matrix columns added up.
    fn of_columns(&self, columns: &[usize]) -> Vec<f64> {
        let rows = self.values.chunks_exact(self.rows.n_columns().max(1));
        rows.map(|row| columns.iter().map(|&idx| row[idx]).sum()).collect()
    }

    fn view(&self, request: &AttributionRequest, dataset: &Dataset) -> Result<AttributionView, StageError> {
        let names = dataset.preprocessing.matrix_columns();
        let mut inputs: Vec<Input> = dataset
            .preprocessing
            .inputs
            .iter()
            .map(|fitted| {
                let columns: Vec<usize> = (0..names.len()).filter(|&idx| names[idx].0 == fitted.name).collect();
                let contributions = self.of_columns(&columns);
                let ranks = match (&fitted.kind, columns.as_slice()) {
                    (FittedKind::Numeric { .. }, [idx]) => value_ranks(self.rows.column(*idx)),
                    _ => vec![None; contributions.len()],
                };
                let n = contributions.len().max(1) as f64;
                let mean_size = contributions.iter().map(|value| value.abs()).sum::<f64>() / n;
                Input { fitted, columns, contributions, ranks, mean_size }
            })
            .collect();
        order::sort_by(&mut inputs, |a, b| b.mean_size.total_cmp(&a.mean_size));
        let all: Vec<f64> = inputs.iter().flat_map(|input| input.contributions.iter().copied()).collect();
        let end = |p: f64| quantile(&all, p).unwrap_or_default();
        let (low, high) = (end(TAIL), end(1.0 - TAIL));
        let chosen = inputs.iter().find(|input| input.fitted.name == request.input).or(inputs.first());
        let chosen = chosen.ok_or(StageError::Missing("an input"))?;
        Ok(AttributionView {
            request: request.clone(),
            n_rows: self.rows.n_rows() as u32,
            is_log: self.ensemble.objective.is_log(),
            low,
            high,
            inputs: inputs.iter().map(|input| input.view((low, high))).collect(),
            close: self.close_look(chosen, &inputs, dataset),
            elapsed_ms: self.elapsed_ms,
        })
    }

    fn close_look(&self, chosen: &Input, inputs: &[Input], dataset: &Dataset) -> CloseLook {
        let name = &chosen.fitted.name;
        let levels = match &chosen.fitted.kind {
            FittedKind::Numeric { .. } => Vec::new(),
            FittedKind::Category { levels } => levels.clone(),
        };
        let at: Vec<f32> = (0..self.rows.n_rows()).map(|row| chosen.value(&self.rows, row)).collect();
        let others = inputs.iter().filter(|other| other.fitted.name != *name);
        let strengths = others.filter_map(|other| {
            interaction(&at, &chosen.contributions, &other.ranks).map(|strength| (other, strength))
        });
        let partner = strengths.max_by(|a, b| a.1.total_cmp(&b.1));
        let point = |row: usize| AttributionPoint {
            at: f64::from(at[row]),
            contribution: chosen.contributions[row],
            rank: partner.and_then(|(other, _)| other.ranks[row]).map(|rank| rank as f32),
        };
        CloseLook {
            input: name.clone(),
            unit: dataset.table.schema().column(name).map_or(String::new(), |column| column.unit.clone()),
            levels,
            partner: partner.map(|(other, strength)| (other.fitted.name.clone(), strength)),
            points: (0..at.len()).map(point).collect(),
        }
    }
}

/// An input with its contributions.
struct Input<'a> {
    fitted: &'a FittedInput,
    columns: Vec<usize>,
    contributions: Vec<f64>,
    ranks: Vec<Option<f64>>,
    mean_size: f64,
}

impl Input<'_> {
    /// A number as it is, a category as the position of its level; NaN is missing.
    fn value(&self, rows: &Matrix, row: usize) -> f32 {
        match self.fitted.kind {
            FittedKind::Numeric { .. } => self.columns.first().map_or(f32::NAN, |&idx| rows.column(idx)[row]),
            FittedKind::Category { .. } => {
                let on = self.columns.iter().position(|&idx| rows.column(idx)[row] == 1.0);
                on.map_or(f32::NAN, |level| level as f32)
            }
        }
    }

    fn view(&self, ends: (f64, f64)) -> InputAttribution {
        let bins = swarm(&self.contributions, &self.ranks, ends, N_BINS);
        let fold = |start: f64, pick: fn(f64, f64) -> f64| self.contributions.iter().copied().fold(start, pick);
        InputAttribution {
            name: self.fitted.name.clone(),
            mean_size: self.mean_size,
            range: (fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max)),
            bins: bins.iter().map(|bin| (bin.count, bin.mean_rank.map(|rank| rank as f32))).collect(),
        }
    }
}
