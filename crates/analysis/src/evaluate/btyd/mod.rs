//! "Buy till you die": what a customer's past purchases alone tell of the coming ones. BG/NBD for how many, gamma-gamma for how much, both
//! fitted by maximum likelihood. The classical rival of the trees; deliberately knows no feature, no table and no date, only each customer's
//! frequency, recency and age.
//!
//! | symbol | field | is |
//! |---|---|---|
//! | x | `frequency` | repeat purchases: the first one only starts the clock |
//! | tₓ | `recency` | time from the first purchase to the last, 0 without a repeat |
//! | T | `age` | time from the first purchase to the day as of which this is known, in the same unit |
//! | m | `mean_spend` | mean value of the repeat purchases, in currency |

mod bgnbd;
mod export;
mod gamma_gamma;
mod minimise;
mod special;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use bgnbd::{BgNbd, BgNbdParams};
pub use export::{BtydExport, BtydFigures};
pub use gamma_gamma::{GammaGamma, GammaGammaParams};

use serde::Serialize;

/// One customer's purchases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct History {
    pub frequency: u32,
    pub recency: f64,
    pub age: f64,
}

/// One customer's spend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spend {
    pub frequency: u32,
    pub mean_spend: f64,
}

/// A model and how its fit went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fitted<M> {
    pub model: M,
    pub log_likelihood: f64,
    /// Customers that the likelihood is of.
    pub n_customers: usize,
    /// Times that the likelihood was computed.
    pub n_evaluations: usize,
    /// Whether the likelihood is flat where the search ended. It also is where parameters ran off together because the data do not tell them
    /// apart, as when all customers buy at one rate.
    pub is_converged: bool,
}

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BtydError {
    #[error("parameter {name} is {value}; it must be a positive number")]
    Parameter { name: &'static str, value: f64 },
    #[error(
        "customer {row} has recency {recency} at age {age} after {frequency} repeat purchases; recency lies between 0 and age, and is 0 without \
         a repeat"
    )]
    History { row: usize, frequency: u32, recency: f64, age: f64 },
    #[error(
        "customer {row} spends {mean_spend} a purchase; leave out customers whose repeat purchases are worth nothing"
    )]
    Spend { row: usize, mean_spend: f64 },
    #[error(
        "only {n_repeating} customers bought again, and 2 are the fewest that can be fitted; choose more customers or a longer period"
    )]
    TooFew { n_repeating: usize },
    #[error("no customer is older than the first purchase; a rate needs time: choose a later day")]
    NoTime,
}

/// Fewest customers with a repeat purchase that a fit takes.
const LEAST_REPEATING: usize = 2;

fn positive<const N: usize>(parameters: [(&'static str, f64); N]) -> Result<(), BtydError> {
    match parameters.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
        Some((name, value)) => Err(BtydError::Parameter { name, value }),
        None => Ok(()),
    }
}
