//! What the model of the losses believes along a parameter, answered on demand. Deliberately fitted anew to the trials that have ended, by the
//! search's own settings: what is shown is what would choose the next point.

use super::job::Search;
use crate::engine::tune::{Acquisition, Fitting, Method, Surrogate as Model};
use crate::protocol::{Event, ObjectId, Surrogate, SurrogateRequest};

/// Values along a line, and along each side of a surface.
const LINE_POINTS: usize = 65;
const SURFACE_POINTS: usize = 25;

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
        let trial = request.anchor.and_then(|number| study.trials().get(number as usize)).or(study.best());
        let mut answer = Surrogate {
            anchor: trial.map(|trial| trial.point.clone()).unwrap_or_default(),
            n_trials: study.trials().iter().filter(|trial| trial.value().is_some()).count() as u32,
            request,
            at: Vec::new(),
            other_at: Vec::new(),
            mean: Vec::new(),
            sd: Vec::new(),
            acquisition: Vec::new(),
            importance: Vec::new(),
        };
        if let Some(model) = &self.model {
            let dimension = answer.request.dimension as usize;
            let beliefs = match answer.request.other.map(|other| [dimension, other as usize]) {
                None => model.slice(dimension, &answer.anchor, LINE_POINTS).map(|slice| {
                    answer.at = slice.values;
                    slice.beliefs
                }),
                Some(dimensions) => model.contour(dimensions, &answer.anchor, SURFACE_POINTS).map(|contour| {
                    [answer.at, answer.other_at] = contour.values;
                    contour.beliefs
                }),
            };
            for belief in beliefs.into_iter().flatten() {
                answer.mean.push(belief.mean);
                answer.sd.push(belief.sd);
                answer.acquisition.push(belief.acquisition);
            }
            let importance = model.importance().into_iter().flat_map(|importance| importance.dimensions);
            answer.importance =
                importance.map(|share| (share.dimension as u32, share.alone, share.with_others)).collect();
        }
        Event::Surrogate(Box::new(answer))
    }
}
