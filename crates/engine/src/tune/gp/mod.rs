//! Gaussian process regression: a function over the unit cube, conditioned on values at some places. Deliberately without a search space and without
//! a notion of better.
//!
//! | symbol | shape | is | source |
//! |---|---|---|---|
//! | x | n × d | places in the unit cube | |
//! | y | n | values there, standardised | |
//! | k(x, x') | | covariance: Matérn 5/2 with a length scale ℓ per dimension and variance s² | Rasmussen & Williams 2006, eq. 4.17 |
//! | K | n × n | covariances of the places | |
//! | σ² | | variance of a value around the function | eq. 2.20 |
//! | L | n × n, lower | Cholesky factor of K + σ² I | algorithm 2.1 |
//! | α | n | (K + σ² I)⁻¹ y | algorithm 2.1 |
//! | mean, sd | | of the function at a place: k*ᵀ α, and the root of k** − vᵀv with L v = k* | eq. 2.25, 2.26 |
//! | θ | d + 2 | logarithms of ℓ, s², σ² | |
//! | log evidence | | ln p(y ∣ x, θ) | eq. 2.30; its gradient eq. 5.9 |
//!
//! Reading order: `cholesky` → [`Hyper`] and `kernel` → [`Posterior`] → `evidence` → `descent` → [`Fit`].

mod cholesky;
mod descent;
mod evidence;
mod fit;
mod kernel;
mod posterior;

pub use fit::Fit;
pub use kernel::Hyper;
pub use posterior::Posterior;
