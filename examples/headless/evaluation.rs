//! The evaluation of both models and the classical models of repeat buying, each beside the rows that it is of, for `tests/parity`.

use clv_lab::engine::dataset::{FittedKind, HORIZON_DAYS};
use clv_lab::engine::evaluate::btyd::BtydExport;
use clv_lab::engine::evaluate::{Campaign, EvaluatedScenario, EvaluationFile, EvaluationInputs, EvaluationRows};
use clv_lab::session::{Dataset, DatasetPart, Store, TrainedModel, purchase_histories};
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

const LEVEL: f64 = 0.9;
const CAMPAIGN: Campaign = Campaign { margin: 0.3, uplift: 0.1, contact_cost: 5.0, budget: None };

/// `evaluation.json`: a scenario for each trained model.
pub fn evaluation(store: &Store) -> Outcome<String> {
    let mut file = EvaluationFile::new();
    for model in store.models.values() {
        let Some(dataset) = store.datasets.get(&model.scenario) else { continue };
        let [_, validation, test] = &dataset.parts;
        let inputs = EvaluationInputs {
            test: rows(model, dataset, test)?,
            calibration: Some(rows(model, dataset, validation)?),
            level: LEVEL,
            parts: parts(dataset, test)?,
            scores: Vec::new(),
            campaign: CAMPAIGN,
            seed: model.params.seed,
        };
        file.insert(format!("{:?}", model.scenario), EvaluatedScenario::new(inputs)?);
    }
    Ok(serde_json::to_string(&file)?)
}

/// `btyd.json`; `None` before there is a training set, or where too few customers have bought again.
pub fn btyd(store: &Store) -> Outcome<Option<String>> {
    let Some(histories) = purchase_histories(store) else { return Ok(None) };
    let Ok(found) = BtydExport::new(&histories, f64::from(HORIZON_DAYS)) else { return Ok(None) };
    Ok(Some(serde_json::to_string(&found)?))
}

fn rows(model: &TrainedModel, dataset: &Dataset, part: &DatasetPart) -> Outcome<EvaluationRows> {
    let predicted = model.ensemble.predict(&dataset.matrix(part)?)?.into_iter().map(f64::from).collect::<Vec<_>>();
    let scale = Some(predicted.iter().map(|p| p.max(1.0)).collect());
    Ok(EvaluationRows { actual: part.target_dollars.clone(), predicted, scale, quantiles: None })
}

/// Test rows by the levels of the first category.
fn parts(dataset: &Dataset, test: &DatasetPart) -> Outcome<Vec<(String, Vec<usize>)>> {
    let matrix = dataset.matrix(test)?;
    let names = dataset.preprocessing.matrix_columns();
    let category = dataset.preprocessing.inputs.iter().find(|input| matches!(input.kind, FittedKind::Category { .. }));
    let Some(category) = category else { return Ok(Vec::new()) };
    let columns = (0..names.len()).filter(|&idx| names[idx].0 == category.name);
    let part = |idx: usize| {
        let column = matrix.column(idx);
        (matrix.names()[idx].clone(), (0..column.len()).filter(|&row| column[row] == 1.0).collect())
    };
    Ok(columns.map(part).collect())
}
