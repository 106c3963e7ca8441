//! The leakage lab: the continuous model trained once more on a training set with something wrong in it, then used as of NOW on everybody, where
//! nothing can leak, against what they spend in the simulated year after. Without anything wrong it is the run's V1. Deliberately in no
//! registry: such a model is for looking at.

use super::dependence::gains;
use crate::engine::dataset::{self, InputKind, ModelInput, Part, rows_in, temporal_split};
use crate::engine::evaluate::{metrics, normalised_gini};
use crate::engine::feature::{CheckedView, Fitted, Observation, rows_of};
use crate::engine::learn::{Ensemble, Learner};
use crate::engine::schema::{Column, ColumnType, TableSchema, levels, tables};
use crate::engine::synth::FutureGenerator;
use crate::engine::table::{ColumnData, Table, Values};
use crate::protocol::{
    Curve, Event, LeakageFigures, LeakageProgress, LeakageRequest, LeakageStage, LeakageView, ObjectId, Problem,
    Scenario, SplitKind, TargetKind,
};
use crate::session::attainable;
use crate::session::fitting::{self, Recipe};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{CONTINUOUS_VIEWS, Dataset, Store};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Customers whose future is simulated in a step: some 10 ms.
const STEP_CUSTOMERS: usize = 2_000;
const HIDDEN: &str = "HIDDEN_SEGMENT";
const N_INPUTS: usize = 3;

/// One model of the lab in the making.
pub(super) struct Leakage {
    request: LeakageRequest,
    began_ms: f64,
    future: Option<FutureGenerator>,
    /// The views over the spine, as far as they are made.
    views: Vec<Table>,
    fitted: Fitted,
    dataset: Option<Dataset>,
    learner: Option<Box<dyn Learner>>,
    n_trees: u32,
    offline: Option<(Ensemble, LeakageFigures)>,
    /// The views as of NOW.
    serving: Vec<Table>,
}

/// Why the lab cannot work on what a run made.
pub(super) fn refusal(store: &Store) -> Option<Problem> {
    let (why, remedy) = if store.source.is_some() {
        (
            "What really happens after the last day is known of generated data only.",
            "Go back to generated data and run.",
        )
    } else if !store.models.contains_key(&ObjectId::ContinuousModel) {
        ("CONTINUOUS_CLV_MODEL has not been trained yet.", "Run the pipeline with enough customers, then try again.")
    } else {
        return None;
    };
    Some(Problem::new("The leakage lab has nothing to work on.", why, remedy))
}

impl Leakage {
    pub fn new(request: LeakageRequest, host: &dyn Host) -> Self {
        Self {
            request,
            began_ms: host.now_ms(),
            future: None,
            views: Vec::new(),
            fitted: Fitted::default(),
            dataset: None,
            learner: None,
            n_trees: 0,
            offline: None,
            serving: Vec::new(),
        }
    }

    /// Works for some milliseconds; the last event tells the outcome.
    pub fn step(&mut self, store: &mut Store, host: &dyn Host) -> Result<Event, StageError> {
        if store.future_cents.is_none() {
            return self.look_ahead(store);
        }
        if self.views.len() < CONTINUOUS_VIEWS.len() - 1 {
            let table = self.view(CONTINUOUS_VIEWS[self.views.len()], store)?;
            self.views.push(table);
            return Ok(self.progress(LeakageStage::TrainingSet, self.views.len(), CONTINUOUS_VIEWS.len()));
        }
        let Some(dataset) = &self.dataset else {
            self.dataset = Some(self.training_set(store)?);
            return Ok(self.progress(LeakageStage::TrainingSet, 1, 1));
        };
        let params = store.models.get(&ObjectId::ContinuousModel).map(|model| model.params);
        let params = params.ok_or(StageError::Missing("CONTINUOUS_CLV_MODEL"))?;
        if let Some((ensemble, offline)) = &self.offline {
            if self.serving.len() < CONTINUOUS_VIEWS.len() {
                self.serving.push(self.served(CONTINUOUS_VIEWS[self.serving.len()], store)?);
                return Ok(self.progress(LeakageStage::Use, self.serving.len(), CONTINUOUS_VIEWS.len()));
            }
            let view = LeakageView {
                request: self.request,
                n_train: dataset.parts[0].rows.len() as u64,
                offline: *offline,
                in_use: self.in_use(ensemble, dataset, store)?,
                inputs: shares(ensemble, dataset),
                elapsed_ms: host.now_ms() - self.began_ms,
            };
            return Ok(Event::Leaked(Box::new(view)));
        }
        let Some(learner) = &mut self.learner else {
            let [train, validation, _] = &dataset.parts;
            let (train, train_target) = (dataset.matrix(train)?, train.target());
            let (validation, validation_target) = (dataset.matrix(validation)?, validation.target());
            let recipe = Recipe::Histograms(params.check()?);
            self.learner = Some(recipe.start((&train, &train_target), (&validation, &validation_target))?);
            return Ok(self.progress(LeakageStage::Trees, 0, params.n_estimators as usize));
        };
        if !learner.is_done() {
            self.n_trees = fitting::grow(learner.as_mut(), &mut Curve::default(), host);
        } else if let Some(learner) = self.learner.take() {
            let ensemble = learner.finish();
            let test = &dataset.parts[2];
            let predicted: Vec<f64> = ensemble.predict(&dataset.matrix(test)?)?.into_iter().map(f64::from).collect();
            let offline = figures(&test.target_dollars, &predicted)?;
            self.offline = Some((ensemble, offline));
        }
        Ok(self.progress(LeakageStage::Trees, self.n_trees as usize, params.n_estimators as usize))
    }

    fn progress(&self, stage: LeakageStage, done: usize, total: usize) -> Event {
        let (done, total) = (done as u64, total as u64);
        Event::LeakageProgress(LeakageProgress { request: self.request, stage, done, total })
    }

    /// Simulates the year after NOW, which is then known for good.
    fn look_ahead(&mut self, store: &mut Store) -> Result<Event, StageError> {
        let mut future = match self.future.take() {
            Some(future) => future,
            None => FutureGenerator::new(store.synth.as_ref().ok_or(StageError::Missing("generated data"))?)?,
        };
        let progress = future.step(STEP_CUSTOMERS);
        if progress.done < progress.total {
            self.future = Some(future);
        } else {
            store.future_cents = Some(future.finish()?);
        }
        Ok(self.progress(LeakageStage::Future, progress.done, progress.total))
    }

    /// The customers of the spine, as of when they are looked at.
    fn rows<'s>(&self, store: &'s Store) -> Result<(&'s [u32], Observation<'s>), StageError> {
        let (rows, as_of) = store.spine.rows();
        let now = store.now.ok_or(StageError::Missing("the observation date"))?;
        Ok((rows, if self.request.late_features { Observation::On(now.0) } else { as_of }))
    }

    fn view(&self, object: ObjectId, store: &Store) -> Result<Table, StageError> {
        let upstream: Vec<&Table> = self.views.iter().collect();
        store.evaluate(checked(object, store)?, self.rows(store)?, &upstream, Some(&self.fitted))
    }

    fn training_set(&mut self, store: &Store) -> Result<Dataset, StageError> {
        let (spine, seed) = (&store.spine, seed(store));
        let profile = store.table(ObjectId::Profile)?;
        let ids = profile.ids(tables::CUSTOMER_ID)?;
        let ids: Vec<i32> = spine.profile_rows.iter().map(|&row| ids[row as usize]).collect();
        let keys: Vec<i32> = match self.request.split {
            SplitKind::ByDate => spine.observation_days.clone(),
            SplitKind::Random => {
                ids.iter().map(|id| xxh3_64_with_seed(&id.to_le_bytes(), seed ^ 0x4C45_414B) as i32).collect()
            }
            SplitKind::ByRecency => since_last_purchase(&self.views[0])?,
        };
        let parts = temporal_split(&keys);
        let object = CONTINUOUS_VIEWS[CONTINUOUS_VIEWS.len() - 1];
        let upstream: Vec<&Table> = self.views.iter().collect();
        self.fitted =
            store.fit(checked(object, store)?, self.rows(store)?, &upstream, &rows_in(&parts, Part::Train))?;
        self.views.push(self.view(object, store)?);
        let target = match self.request.target {
            TargetKind::Realised => store.realised_target()?,
            TargetKind::Formula => dataset::formula_target(&self.views[0], &self.views[2], seed)?,
        };
        let with_target = dataset::profile_with_target(profile, spine, &target)?;
        if self.request.hidden_state {
            let known = attainable::hidden_segments(store, &ids, &spine.observation_days);
            self.views.push(hidden(ids, known.ok_or(StageError::Missing("the generator's hidden state"))?, true)?);
        }
        let inputs = self.inputs(store);
        let views: Vec<&Table> = self.views.iter().collect();
        let table = dataset::continuous_training_table(&with_target, &views, &inputs, &parts)?;
        Ok(Dataset::new(table, &inputs, &parts, tables::FUTURE_12M_LTV)?)
    }

    fn inputs(&self, store: &Store) -> Vec<ModelInput> {
        let mut inputs = store.inputs(Scenario::Continuous);
        if self.request.hidden_state {
            inputs.push(ModelInput { name: HIDDEN.into(), kind: InputKind::Category });
        }
        inputs
    }

    /// A view as of NOW: those that fit nothing are the run's own.
    fn served(&self, object: ObjectId, store: &Store) -> Result<Table, StageError> {
        let view = checked(object, store)?;
        if view.definition().fits.is_empty() {
            return Ok(store.table(object)?.clone());
        }
        let rows = rows_of(store.table(ObjectId::Profile)?);
        let now = store.now.ok_or(StageError::Missing("the observation date"))?;
        let upstream: Vec<&Table> = self.serving.iter().collect();
        store.evaluate(view, (&rows, Observation::On(now.0)), &upstream, Some(&self.fitted))
    }

    /// Predictions of everybody as of NOW against the simulated year after it.
    fn in_use(&self, ensemble: &Ensemble, dataset: &Dataset, store: &Store) -> Result<LeakageFigures, StageError> {
        let profile = store.table(ObjectId::Profile)?;
        let now = store.now.ok_or(StageError::Missing("the observation date"))?;
        let mut views: Vec<&Table> = self.serving.iter().collect();
        // Nobody can fill it in production.
        let ids = profile.ids(tables::CUSTOMER_ID)?.to_vec();
        let unknown = self.request.hidden_state.then(|| hidden(ids, vec![0; profile.n_rows()], false)).transpose()?;
        views.extend(&unknown);
        let serving = dataset::customer_features(profile, &views, &self.inputs(store), now.0)?;
        let matrix = dataset.preprocessing.transform(&serving, &rows_of(&serving))?;
        let predicted: Vec<f64> = ensemble.predict(&matrix)?.into_iter().map(f64::from).collect();
        let spent = store.future_cents.as_ref().ok_or(StageError::Missing("the simulated future"))?;
        let spent: Vec<f64> = spent.iter().map(|&cents| cents as f64 / 100.0).collect();
        figures(&spent, &predicted)
    }
}

fn checked(object: ObjectId, store: &Store) -> Result<&CheckedView, StageError> {
    store.views.view(object.name()).ok_or(StageError::Missing(object.name()))
}

/// Of the run whose model is trained once more.
fn seed(store: &Store) -> u64 {
    store.models.get(&ObjectId::ContinuousModel).map_or(0, |model| model.params.seed)
}

/// A key that puts those who bought last behind all others, and those who never bought before them.
fn since_last_purchase(rfm: &Table) -> Result<Vec<i32>, StageError> {
    let (recency, present) = (rfm.integers("RECENCY_DAYS")?, rfm.present("RECENCY_DAYS")?);
    let key = |row: usize| match present.is_none_or(|present| present.is_valid(row)) {
        true => -(recency[row] as i32),
        false => i32::MIN,
    };
    Ok((0..recency.len()).map(key).collect())
}

/// The column that only the generator can fill.
fn hidden(ids: Vec<i32>, codes: Vec<u8>, is_known: bool) -> Result<Table, StageError> {
    let columns = vec![
        Column::new(tables::CUSTOMER_ID, ColumnType::Id, "", "The customer."),
        Column::new(HIDDEN, ColumnType::category(levels::SEGMENT), "", "What the generator knows of the customer.")
            .or_null(),
    ];
    let known = ColumnData { present: Some(vec![is_known; codes.len()]), values: Values::Codes(codes) };
    Ok(Table::new(TableSchema::new(HIDDEN, "", columns), vec![Values::Ids(ids).into(), known])?)
}

fn figures(actual: &[f64], predicted: &[f64]) -> Result<LeakageFigures, StageError> {
    let found = metrics(actual, predicted)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    Ok(LeakageFigures {
        n_rows: actual.len() as u64,
        r2: found.r2,
        rmse: found.rmse,
        gini: normalised_gini(actual, predicted)?,
        mean_predicted: mean(predicted),
        mean_actual: mean(actual),
    })
}

/// The inputs with most gain, and their shares of it.
fn shares(ensemble: &Ensemble, dataset: &Dataset) -> Vec<(String, f64)> {
    let gains = gains(ensemble, dataset);
    let total: f64 = gains.iter().map(|(_, gain)| gain).sum();
    gains.into_iter().take(N_INPUTS).map(|(name, gain)| (name, gain / total.max(f64::MIN_POSITIVE))).collect()
}
