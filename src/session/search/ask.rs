//! What the model of the losses believes along a parameter, answered on demand. Deliberately fitted anew to the trials that have ended, by the
//! search's own settings: what is shown is what would choose the next point.

use super::job::Search;
use crate::engine::tune::{Acquisition, Fitting, Method, Surrogate as Model};
use crate::protocol::{Event, ObjectId, Surrogate, SurrogateRequest};

/// Values along a line, and along each side of a surface.
const LINE_POINTS: u32 = 65;
const SURFACE_POINTS: u32 = 25;

/// A model of the losses of a search, ready or in work.
pub(super) struct Insight {
    of: ObjectId,
    /// Trials that had ended.
    n_ended: u32,
    fitting: Option<Fitting>,
    model: Option<Model>,
}

impl Insight {
    /// A model of a search as it stands.
    pub fn begin(of: ObjectId, search: &Search) -> Self {
        let study = search.study();
        let acquisition = match study.settings().method {
            Method::GaussianProcess(acquisition) => acquisition,
            Method::Random | Method::Sobol => Acquisition::default(),
        };
        let fitting = Fitting::start(study.space(), study.trials(), acquisition);
        Self { of, n_ended: search.progress().0, fitting, model: None }
    }

    /// True for a search that nothing was told since.
    pub fn is_of(&self, of: ObjectId, search: &Search) -> bool {
        self.of == of && self.n_ended == search.progress().0
    }

    /// Works for some milliseconds; true when there is nothing left to do.
    pub fn step(&mut self) -> bool {
        let Some(fitting) = &mut self.fitting else { return true };
        if !fitting.step() {
            return false;
        }
        self.model = self.fitting.take().and_then(Fitting::finish);
        true
    }

    /// The answer; with nothing in it while there are too few trials to fit anything to.
    pub fn answer(&self, request: SurrogateRequest, search: &Search) -> Event {
        let study = search.study();
        let n_dimensions = study.space().dimensions.len();
        let in_space = |dimension: u32| Some(dimension as usize).filter(|&dimension| dimension < n_dimensions);
        let trial = request.anchor.and_then(|number| study.trials().get(number as usize)).or(study.best());
        let mut answer = Surrogate {
            request,
            anchor: trial.map(|trial| trial.point.clone()).unwrap_or_default(),
            n_trials: study.trials().iter().filter(|trial| trial.value().is_some()).count() as u32,
            at: Vec::new(),
            other_at: Vec::new(),
            mean: Vec::new(),
            sd: Vec::new(),
            acquisition: Vec::new(),
            importance: Vec::new(),
        };
        let (Some(model), Some(dimension)) = (&self.model, in_space(answer.request.dimension)) else {
            return Event::Surrogate(Box::new(answer));
        };
        let other = answer.request.other.and_then(in_space).filter(|&other| other != dimension);
        let n_points = if other.is_some() { SURFACE_POINTS } else { LINE_POINTS };
        answer.at = values(model, dimension, n_points);
        answer.other_at = other.map(|other| values(model, other, n_points)).unwrap_or_default();
        let mut point = answer.anchor.clone();
        let rows = if other.is_some() { answer.other_at.clone() } else { vec![0.0] };
        for value_of_other in rows {
            if let Some(other) = other {
                point[other] = value_of_other;
            }
            for &value in &answer.at {
                point[dimension] = value;
                let belief = model.of(&point);
                answer.mean.push(belief.mean);
                answer.sd.push(belief.sd);
                answer.acquisition.push(belief.acquisition);
            }
        }
        Event::Surrogate(Box::new(answer))
    }
}

/// Values from bound to bound, evenly spread on the dimension's scale; each whole number once.
fn values(model: &Model, dimension: usize, n_points: u32) -> Vec<f64> {
    let dimension = &model.space().dimensions[dimension];
    let mut values: Vec<f64> =
        (0..n_points).map(|i| dimension.from_unit(f64::from(i) / f64::from(n_points - 1))).collect();
    values.dedup();
    values
}
