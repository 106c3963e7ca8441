//! The sampler that learns: evenly spread trials first, then those that a Gaussian process finds most promising.

use super::acquisition::Acquisition;
use super::explanation::explain;
use super::sampler::{Known, Proposal, Sampler};
use super::seek::most_promising;
use super::surrogate::{Fitting, Surrogate};
use super::trial::{Origin, Trial};

/// Chooses by a model of the finished trials. The points of a batch in work count as if they had turned out as the model expects.
pub struct GaussianSampler {
    acquisition: Acquisition,
    n_start: usize,
    /// What was thought about so many finished trials.
    thought: Option<(usize, Thought)>,
}

enum Thought {
    Fitting(Fitting),
    /// `None` when there is no model.
    Fitted(Option<Surrogate>),
}

impl GaussianSampler {
    pub fn new(acquisition: Acquisition, n_start: usize) -> Self {
        Self { acquisition, n_start, thought: None }
    }

    /// The model of the finished trials; the outer `None` while it is being fitted.
    fn model(&mut self, known: &Known) -> Option<Option<Surrogate>> {
        let n_finished = known.finished.len();
        let thought = match self.thought.take() {
            Some((of, thought)) if of == n_finished => thought,
            _ => Fitting::start(known.space, known.finished, self.acquisition)
                .map_or(Thought::Fitted(None), Thought::Fitting),
        };
        let (thought, model) = match thought {
            Thought::Fitting(mut fitting) => {
                let thought =
                    if fitting.step() { Thought::Fitted(fitting.finish()) } else { Thought::Fitting(fitting) };
                (thought, None)
            }
            Thought::Fitted(model) => (Thought::Fitted(model.clone()), Some(model)),
        };
        self.thought = Some((n_finished, thought));
        model
    }
}

impl Sampler for GaussianSampler {
    fn propose(&mut self, known: &Known) -> Option<Proposal> {
        if known.finished.iter().filter_map(Trial::value).count() < self.n_start {
            return Some(known.evenly());
        }
        let mut model = self.model(known)?;
        let place = model.as_mut().and_then(|surrogate| {
            known.pending.iter().for_each(|point| surrogate.believe(point));
            most_promising(surrogate, known)
        });
        Some(match (model, place) {
            (Some(surrogate), Some(place)) => {
                let point = known.space.from_unit(&place);
                let explanation = explain(&surrogate, &point);
                Proposal { point, origin: Origin::Model(Box::new(explanation)) }
            }
            _ => known.evenly(),
        })
    }
}
