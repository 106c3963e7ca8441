//! (in work)

mod attributes;
mod coldstart;
mod config;
mod continuous;
mod engagement;
mod latents;
mod life;
mod population;
mod season;
mod stream;

pub use coldstart::{ColdstartData, ColdstartGenerator, coldstart_signups};
pub use config::{PARAMETERS, Parameter, ProcessRates, ScenarioRates, SynthConfig, SynthError};
pub use continuous::{ContinuousData, ContinuousGenerator, continuous_signups};
pub use latents::{CustomerLatents, Latents};

/// CUSTOMER_ID of the first continuous customer.
pub const CONTINUOUS_FIRST_CUSTOMER_ID: i32 = 1;
/// CUSTOMER_ID of the first cold-start customer; those of the staging table follow the others.
pub const COLDSTART_FIRST_CUSTOMER_ID: i32 = 1_000_001;

/// How far a generator is, in customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}
