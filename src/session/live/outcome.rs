//! What was predicted at the beginning and later, beside what has happened since: worked out month by month, from what the tables held then.

use crate::engine::dataset::{HORIZON_DAYS, Preprocessing};
use crate::engine::evaluate::metrics;
use crate::engine::feature::rows_of;
use crate::engine::learn::{Ensemble, Learner};
use crate::engine::live::{CUSTOMER_FEATURES, Reading, TableRef, World, day_of};
use crate::engine::profile::drift::stability_index;
use crate::engine::refresh::Minute;
use crate::engine::schema::Day;
use crate::engine::table::Table;
use crate::protocol::{
    Curve, LiveOutcome, ObjectId, OutcomeCohort, OutcomeDrift, OutcomeTenth, PacePoint, Retrain, RetrainFigures,
    Scenario,
};
use crate::session::fitting::{self, Recipe};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;
use xxhash_rust::xxh3::xxh3_64;

const N_TENTHS: usize = 10;
/// With fewer customers a retrained model tells nothing.
const FEWEST_CUSTOMERS: usize = 100;
/// Share of the customers that the retrained model is not trained on.
const TEST_SHARE: f64 = 0.3;

/// Customers as they were predicted at a moment.
struct Predicted {
    at: Minute,
    /// Rows of the profile: the first ones.
    dollars: Vec<f64>,
}

impl Predicted {
    /// The first day that the predictions had not seen anything of.
    fn horizon_from(&self) -> i32 {
        day_of(self.at + 1)
    }
}

/// The answer in the making.
pub(super) struct Outcome {
    began_ms: Option<f64>,
    /// At the beginning, then on the first of each month.
    predicted: Vec<Predicted>,
    learner: Option<Fit>,
    retrain: Option<Retrain>,
    is_trained: bool,
}

/// The retraining under way.
struct Fit {
    learner: Option<Box<dyn Learner>>,
    features: Table,
    test: Vec<u32>,
    n_train: u64,
    preprocessing: Preprocessing,
    actual: Vec<f64>,
    served: Vec<f64>,
}

impl Outcome {
    pub fn new(world: &World) -> Self {
        let of = |(at, predicted): &(Minute, Vec<f32>)| Predicted {
            at: *at,
            dollars: predicted.iter().map(|&dollars| f64::from(dollars)).collect(),
        };
        let predicted = world.monthly().iter().map(of).collect();
        Self { began_ms: None, predicted, learner: None, retrain: None, is_trained: false }
    }

    /// Works for some milliseconds; the answer at the end.
    pub fn step(&mut self, world: &World, store: &Store, host: &dyn Host) -> Result<Option<LiveOutcome>, StageError> {
        let begin_ms = *self.began_ms.get_or_insert_with(|| host.now_ms());
        if !self.is_trained && self.retrain(world, store, host)? {
            return Ok(None);
        }
        self.view(world, host.now_ms() - begin_ms).map(Some)
    }

    /// Trains on the customers as they were at the beginning, whose year is over; false when there is no more to do.
    fn retrain(&mut self, world: &World, store: &Store, host: &dyn Host) -> Result<bool, StageError> {
        let Some(first) = self.predicted.first() else { return Ok(false) };
        if let Some(fit) = &mut self.learner {
            if let Some(learner) = fit.learner.as_mut().filter(|learner| !learner.is_done()) {
                fitting::grow(learner.as_mut(), &mut Curve::default(), host);
                return Ok(true);
            }
            if let Some(learner) = fit.learner.take() {
                self.retrain = Some(fit.compare(&learner.finish())?);
            }
            self.is_trained = true;
            return Ok(false);
        }
        self.is_trained = true;
        let from = first.horizon_from();
        let is_over = day_of(world.now()) >= from + HORIZON_DAYS;
        let model = store.models.get(&ObjectId::ContinuousModel);
        let (true, Some(model)) = (is_over && first.dollars.len() >= FEWEST_CUSTOMERS, model) else { return Ok(false) };
        let Some(reading) = read(world, CUSTOMER_FEATURES, first.at)? else { return Ok(false) };
        let features = reading.table;
        let actual = world.spend_between(from, from + HORIZON_DAYS, first.dollars.len())?;
        let actual: Vec<f64> = actual.into_iter().map(|cents| cents as f64 / 100.0).collect();
        // By a hash of the customer, so that it is the same half whenever it is asked for.
        let is_test = |&row: &u32| xxh3_64(&row.to_le_bytes()) as f64 / u64::MAX as f64 <= TEST_SHARE;
        let (test, train): (Vec<u32>, Vec<u32>) = rows_of(&features).into_iter().partition(is_test);
        let preprocessing = Preprocessing::fit(&features, &train, &store.inputs(Scenario::Continuous))?;
        let matrix = preprocessing.transform(&features, &train)?;
        let held = preprocessing.transform(&features, &test)?;
        let of = |rows: &[u32]| -> Vec<f32> { rows.iter().map(|&row| actual[row as usize] as f32).collect() };
        let recipe = Recipe::Histograms(model.params.check()?);
        let learner = recipe.start((&matrix, &of(&train)), (&held, &of(&test)))?;
        self.learner = Some(Fit {
            learner: Some(learner),
            n_train: train.len() as u64,
            served: test.iter().map(|&row| first.dollars[row as usize]).collect(),
            actual: test.iter().map(|&row| actual[row as usize]).collect(),
            features,
            test,
            preprocessing,
        });
        self.is_trained = false;
        Ok(true)
    }

    fn view(&self, world: &World, elapsed_ms: f64) -> Result<LiveOutcome, StageError> {
        let (began, now) = (world.began_at(), world.now());
        let first = self.predicted.first().map_or(&[][..], |first| &first.dollars);
        let n = first.len();
        let mut view = LiveOutcome {
            began,
            now,
            pace: Vec::new(),
            cohorts: Vec::new(),
            tenths: Vec::new(),
            drift: Vec::new(),
            retrain: self.retrain.clone(),
            elapsed_ms,
        };
        let (from, today) = (day_of(began + 1), day_of(now));
        let total: f64 = first.iter().sum();
        // Up to the end of each month, and up to yesterday, whose rows have all come.
        let mut ends: Vec<i32> = self.predicted.iter().skip(1).map(|cohort| day_of(cohort.at)).collect();
        ends.push(today);
        ends.dedup();
        for end in ends.into_iter().filter(|&end| end > from) {
            let cents: i64 = world.spend_between(from, end, n)?.into_iter().sum();
            let expected = total * f64::from(end - from) / f64::from(HORIZON_DAYS);
            view.pace.push(PacePoint { day: Day(end - 1).to_string(), actual: cents as f64 / 100.0, expected });
        }
        for cohort in &self.predicted {
            let from = cohort.horizon_from();
            if today < from + HORIZON_DAYS || cohort.dollars.is_empty() {
                continue;
            }
            let actual = world.spend_between(from, from + HORIZON_DAYS, cohort.dollars.len())?;
            let actual: Vec<f64> = actual.into_iter().map(|cents| cents as f64 / 100.0).collect();
            if cohort.at == began {
                view.tenths = tenths(&cohort.dollars, &actual);
            }
            let found = metrics(&actual, &cohort.dollars)?;
            view.cohorts.push(OutcomeCohort {
                day: Day(day_of(cohort.at)).to_string(),
                n_customers: actual.len() as u64,
                predicted: cohort.dollars.iter().sum(),
                actual: actual.iter().sum(),
                r2: found.r2,
                mae: found.mae,
            });
        }
        for cohort in self.predicted.iter().skip(1).filter(|cohort| !cohort.dollars.is_empty() && n > 0) {
            view.drift.push(OutcomeDrift {
                day: Day(day_of(cohort.at)).to_string(),
                psi: psi(first, &cohort.dollars),
                mean: cohort.dollars.iter().sum::<f64>() / cohort.dollars.len() as f64,
            });
        }
        Ok(view)
    }
}

impl Fit {
    fn compare(&self, retrained: &Ensemble) -> Result<Retrain, StageError> {
        let matrix = self.preprocessing.transform(&self.features, &self.test)?;
        let predicted: Vec<f64> = retrained.predict(&matrix)?.into_iter().map(f64::from).collect();
        let figures = |predicted: &[f64]| -> Result<RetrainFigures, StageError> {
            let found = metrics(&self.actual, predicted)?;
            let total_ratio = predicted.iter().sum::<f64>() / self.actual.iter().sum::<f64>();
            Ok(RetrainFigures { r2: found.r2, mae: found.mae, total_ratio })
        };
        Ok(Retrain {
            n_train: self.n_train,
            n_test: self.test.len() as u64,
            served: figures(&self.served)?,
            retrained: figures(&predicted)?,
        })
    }
}

fn read(world: &World, table: &str, at: Minute) -> Result<Option<Reading>, StageError> {
    let Some(place) = world.scheduler().graph().position(table) else { return Ok(None) };
    Ok(world.read(TableRef::Dynamic(place), at, 0..usize::MAX)?)
}

/// Means of what was predicted and of what came, by tenths of the predictions, the lowest first.
fn tenths(predicted: &[f64], actual: &[f64]) -> Vec<OutcomeTenth> {
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    let n = order.len();
    let parts = (0..N_TENTHS).map(|nth| &order[nth * n / N_TENTHS..(nth + 1) * n / N_TENTHS]);
    let parts = parts.filter(|part| !part.is_empty());
    let mean = |part: &[usize], of: &[f64]| part.iter().map(|&at| of[at]).sum::<f64>() / part.len() as f64;
    parts
        .map(|part| OutcomeTenth {
            predicted: mean(part, predicted),
            actual: mean(part, actual),
            n_customers: part.len() as u64,
        })
        .collect()
}

/// How far predictions have moved, over tenths of the first ones.
fn psi(first: &[f64], now: &[f64]) -> f64 {
    let mut sorted = first.to_vec();
    crate::order::sort_numbers(&mut sorted);
    let mut edges: Vec<f64> = (1..N_TENTHS).map(|nth| sorted[nth * sorted.len() / N_TENTHS]).collect();
    edges.dedup();
    let counts = |values: &[f64]| {
        let mut counts = vec![0_u64; edges.len() + 1];
        values.iter().for_each(|value| counts[edges.partition_point(|edge| edge <= value)] += 1);
        counts
    };
    let pairs: Vec<(u64, u64)> = counts(first).into_iter().zip(counts(now)).collect();
    stability_index(&pairs).iter().sum()
}
