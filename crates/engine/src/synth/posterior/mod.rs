//! The fair bound: E\[12-month spend | what was observed\] under the true process, the best that any model could do with what it
//! sees. Deliberately not a model: it knows every parameter of the process, but of a customer only what a model may see
//! (SEGMENT left out, as it is no model input).
//!
//! By Bayes' rule the posterior mean is an integral over the latents (rate λ, drop-out τ, browsing b, mean amount ζ, probability
//! of opening an email). The likelihood factorises given λ, τ and b, so the integral is a sum over three grids:
//!
//! ```text
//! E[spend | history] = E[amount | amounts] · Σ w(λ, τ, b) · λ ∫ s(t) dt from now to min(τ, end) / Σ w(λ, τ, b)
//! w = p(λ, b) · p(τ | tickets) · λ^x e^(−λ S(t₀, τ)) · Π over events (b β s f(τ − d) + leading(d)) · e^(−b B(τ)) · emails(τ) · tickets(τ)
//! ```
//!
//! | part | source |
//! |---|---|
//! | purchases | Pareto/NBD likelihood: Schmittlein, Morrison & Colombo 1987, with the season as operational time |
//! | drop-out | the hazard μ is integrated out: P(τ > t) = (1 + (t − t₀)/α)^−s (Lomax), times the chance that no ticket was the last straw |
//! | amounts | gamma-gamma: Fader & Hardie 2013, on a grid because small amounts are clamped |
//! | interactions | superposed Poisson processes: background, and what leads to each purchase |
//!
//! Approximations, all far below the spread between customers: the time of day of the first purchase is noon; drop-outs are
//! binned by some days; at most one purchase to come is read off the interactions of the last days (`pending`); in cold start a
//! purchase shortly after the window shows all of its leading events or none, in proportion.

mod browsing;
mod coldstart;
mod continuous;
mod drop_out;
mod emails;
mod rates;
mod spend;

pub use coldstart::{ColdstartPosterior, Onboarding};
pub use continuous::{ContinuousPosterior, History};

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

/// Points of a grid with equal steps in the logarithm.
fn log_grid<const N: usize>(low: f64, high: f64) -> [f64; N] {
    let step = libm::log(high / low) / (N - 1) as f64;
    core::array::from_fn(|idx| low * libm::exp(step * idx as f64))
}

/// ln of the density of gamma(shape, mean) per unit of ln x.
fn ln_gamma_density(x: f64, shape: f64, mean: f64) -> f64 {
    let scaled = shape * x / mean;
    shape * libm::log(scaled) - scaled - libm::lgamma(shape)
}
