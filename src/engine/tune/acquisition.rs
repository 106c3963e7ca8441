//! What a point promises, from the model's mean and standard deviation there. Deliberately not the search for the point that promises
//! most.

/// The rule by which a model chooses the next point. Losses are minimised: the upper confidence bound is that of their negatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Acquisition {
    /// How far mean − kappa × sd lies below the best loss (Cox & John 1992; Srinivas et al. 2010).
    UpperConfidence { kappa: f64 },
    /// How far the loss is expected to fall below the best one, not falling counting as 0 (Mockus 1978; Jones et al. 1998).
    ExpectedImprovement,
}

impl Default for Acquisition {
    fn default() -> Self {
        Self::UpperConfidence { kappa: 2.5 }
    }
}
