//! What both engines can do: grow one tree after the other. Deliberately not how a training starts, because each engine has parameters of
//! its own.

use super::booster::{Booster, Round};
use super::ensemble::Ensemble;

/// A training under way, whoever grows the trees.
pub trait Learner {
    fn n_trees(&self) -> u32;

    fn is_done(&self) -> bool;

    /// Grows the next tree; `None` when there is none to grow.
    fn grow_tree(&mut self) -> Option<Round>;

    /// The model as grown so far.
    fn finish(self: Box<Self>) -> Ensemble;
}

impl Learner for Booster {
    fn n_trees(&self) -> u32 {
        Self::n_trees(self)
    }

    fn is_done(&self) -> bool {
        Self::is_done(self)
    }

    fn grow_tree(&mut self) -> Option<Round> {
        Self::grow_tree(self)
    }

    fn finish(self: Box<Self>) -> Ensemble {
        Self::finish(*self)
    }
}
