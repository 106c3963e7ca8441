//! BG/NBD: purchases at a rate that differs between customers, and after each one a chance to leave for good. Deliberately without covariates
//! and without seasons.
//!
//! Source: Fader, Hardie & Lee 2005, "Counting your customers" the easy way, Marketing Science 24(2). While alive a customer buys as a Poisson
//! process with a rate drawn from gamma(r, α), and leaves after each purchase with a probability drawn from beta(a, b).
//!
//! | symbol | is |
//! |---|---|
//! | x, tₓ, T | frequency, recency, age: see the module |
//! | log likelihood | equation 6: ln Γ(r + x) − ln Γ(r) + r ln α + ln B(a, b + x) − ln B(a, b) + ln(e^A₃ + \[x > 0\] e^A₄), A₃ = −(r + x) ln(α + T), A₄ = ln a − ln(b + x − 1) − (r + x) ln(α + tₓ) |
//! | P(alive) | 1 / (1 + \[x > 0\] a / (b + x − 1) · ((α + T) / (α + tₓ))^(r + x)) |
//! | E | expected purchases in (T, T + t], equation 10; with x = T = 0 those of a new customer, equation 9 |
//!
//! The paper writes E with Gauss's hypergeometric function, times 1 / (a − 1): two terms that cancel, and no value at a = 1. Here the same sum
//! is arranged by the number of purchases. A customer who is alive would make N purchases in t without leaving, N negative binomial with size
//! r + x and probability 1 − z, z = t / (α + T + t); the n-th of them is made if the customer stayed after n − 1:
//!
//! E = P(alive) · Σₘ P(N = m) Gₘ, Gₘ = Σ (n = 1 … m) (b + x)ₙ₋₁ / (a + b + x)ₙ₋₁
//!
//! All terms are positive, so that no digit is lost for any parameters, and they fall like zᵐ: some 32 (1 + c) + c (r + x) of them with
//! c = t / (α + T). Horizons beyond c = 10⁴ count as c = 10⁴.

use super::minimise::{Minimum, Valued, minimise};
use super::special::rise;
use super::{BtydError, Fitted, History, LEAST_REPEATING, positive};
use clv_engine::order::sort_numbers;
use serde::Serialize;

/// The parameters under the paper's names; α in the unit of the ages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BgNbdParams {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

/// The model with positive parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct BgNbd(BgNbdParams);

/// r, a and b where the search begins: every fourth customer leaves after a purchase, which differs little between customers or much. The
/// second is used where the first leads off to infinity, because there may be a second way to go there, and a higher one.
const STARTS: [[f64; 3]; 2] = [[1.0, 1.0, 3.0], [0.5, 0.1, 0.3]];
/// The logarithm beyond which parameters have gone off.
const FAR: f64 = 7.0;
/// Longest horizon, in α + T.
const MAX_HORIZON: f64 = 1e4;
/// Of the sum, what the terms that are left out may add.
const TAIL: f64 = 1e-14;
/// Where a growing sum is scaled down, and by how much.
const LARGE: f64 = 1e200;

impl BgNbd {
    /// Fails for a parameter that is not positive.
    pub fn new(parameters: BgNbdParams) -> Result<Self, BtydError> {
        let BgNbdParams { r, alpha, a, b } = parameters;
        positive([("r", r), ("alpha", alpha), ("a", a), ("b", b)])?;
        Ok(Self(parameters))
    }

    pub fn parameters(&self) -> BgNbdParams {
        self.0
    }

    /// By maximum likelihood. The order of the customers does not matter. Fails for impossible histories, when fewer than two customers
    /// bought again, and when no time has passed. Takes some 25 evaluations of the likelihood.
    pub fn fit(histories: &[History]) -> Result<Fitted<Self>, BtydError> {
        let grouped = Grouped::new(histories)?;
        if grouped.n_repeating < LEAST_REPEATING {
            return Err(BtydError::TooFew { n_repeating: grouped.n_repeating });
        }
        let mean_gap = grouped.mean_gap();
        if mean_gap <= 0.0 {
            return Err(BtydError::NoTime);
        }
        let search = |[r, a, b]: [f64; 3]| {
            let start = BgNbdParams { r, alpha: r * mean_gap, a, b };
            minimise(start.to_logs(), |logs| grouped.loss(&BgNbdParams::from_logs(logs)))
        };
        let [first, second] = STARTS;
        let mut found = search(first);
        if found.at.iter().zip([1.0, mean_gap, 1.0, 1.0]).any(|(log, unit)| (log - libm::log(unit)).abs() > FAR) {
            let other = search(second);
            let n_evaluations = found.n_evaluations + other.n_evaluations;
            found = Minimum { n_evaluations, ..if other.value < found.value { other } else { found } };
        }
        Ok(Fitted {
            model: Self::new(BgNbdParams::from_logs(&found.at))?,
            log_likelihood: -found.value * grouped.n_customers,
            n_customers: histories.len(),
            n_evaluations: found.n_evaluations,
            is_converged: found.is_converged,
        })
    }

    /// Of all customers together, 0 without any. Fails for impossible histories.
    pub fn log_likelihood(&self, histories: &[History]) -> Result<f64, BtydError> {
        let grouped = Grouped::new(histories)?;
        if histories.is_empty() {
            return Ok(0.0);
        }
        Ok(-grouped.loss(&self.0).0 * grouped.n_customers)
    }

    /// The probability that a customer has not left, 0 … 1; 1 without a repeat, because customers leave only after one. What a history says
    /// of times that cannot be counts as the nearest that can, here and in what is expected.
    pub fn p_alive(&self, history: &History) -> f64 {
        let BgNbdParams { r, alpha, a, b } = self.0;
        let x = f64::from(history.frequency);
        if history.frequency == 0 {
            return 1.0;
        }
        // On the logarithm, where no power overflows.
        let odds =
            libm::log(a / (b + x - 1.0)) + (r + x) * libm::log((alpha + history.age) / (alpha + history.recency));
        1.0 / (1.0 + libm::exp(odds))
    }

    /// Purchases that are expected of a customer within a time `horizon` after the age.
    pub fn expected_purchases(&self, history: &History, horizon: f64) -> f64 {
        let x = f64::from(history.frequency);
        self.p_alive(history) * self.expected_if_alive(x, self.0.alpha + history.age.max(0.0), horizon)
    }

    /// Repeat purchases that are expected of a new customer within a time `horizon` after the first one.
    pub fn expected_of_new(&self, horizon: f64) -> f64 {
        self.expected_if_alive(0.0, self.0.alpha, horizon)
    }

    /// Repeat purchases that are expected of customers up to each of `times`, whose first purchases were at `firsts`: what is drawn against the
    /// actual ones to track the model. Computed once for each distinct time since a first purchase.
    pub fn expected_cumulative(&self, firsts: &[f64], times: &[f64]) -> Vec<f64> {
        let mut starts: Vec<f64> = firsts.to_vec();
        sort_numbers(&mut starts);
        let cohorts: Vec<(f64, f64)> =
            starts.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect();
        let since = |time: f64, first: f64| time - first;
        let mut horizons: Vec<f64> =
            times.iter().flat_map(|&time| cohorts.iter().map(move |&(first, _)| since(time, first))).collect();
        horizons.retain(|horizon| *horizon > 0.0);
        sort_numbers(&mut horizons);
        horizons.dedup();
        let expected: Vec<f64> = horizons.iter().map(|&horizon| self.expected_of_new(horizon)).collect();
        let of = |time: f64, &(first, n): &(f64, f64)| {
            let place = horizons.binary_search_by(|horizon| horizon.total_cmp(&since(time, first)));
            place.map_or(0.0, |place| n * expected[place])
        };
        times.iter().map(|&time| cohorts.iter().map(|cohort| of(time, cohort)).sum()).collect()
    }

    /// The sum of the head, without P(alive); `exposure` is α + T.
    fn expected_if_alive(&self, x: f64, exposure: f64, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 0.0;
        }
        let BgNbdParams { r, a, b, .. } = self.0;
        let (size, stay) = (r + x, b + x);
        let c = (horizon / exposure).min(MAX_HORIZON);
        let z = c / (1.0 + c);
        // P(N = 0), which is tiny for an old customer with many purchases: its logarithm is kept apart.
        let mut scale = -size * libm::log1p(c);
        let (mut weight, mut made, mut still, mut sum) = (1.0, 0.0, 1.0, 0.0);
        let mut m = 0.0;
        loop {
            weight *= (size + m) / (m + 1.0) * z;
            made += still;
            still *= (stay + m) / (a + stay + m);
            m += 1.0;
            sum += weight * made;
            if sum > LARGE {
                (weight, sum) = (weight / LARGE, sum / LARGE);
                scale += libm::log(LARGE);
            }
            // All later ratios are below this one or below z, and made grows by less than 1 a term.
            let ratio = ((size + m) / (m + 1.0) * z).max(z);
            let tail = weight * ratio * (made + 1.0 / (1.0 - ratio)) / (1.0 - ratio);
            if ratio < 1.0 && tail <= TAIL * sum {
                return sum * libm::exp(scale);
            }
        }
    }
}

impl BgNbdParams {
    fn to_logs(self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b].map(libm::log)
    }

    fn from_logs(logs: &[f64; 4]) -> Self {
        let [r, alpha, a, b] = logs.map(libm::exp);
        Self { r, alpha, a, b }
    }
}

/// Customers of one history, as places in the lists of distinct values.
struct Group {
    frequency: usize,
    recency: usize,
    age: usize,
    n: f64,
}

/// Histories so arranged that each logarithm is taken once for each distinct frequency or time.
struct Grouped {
    groups: Vec<Group>,
    /// Each with its number of customers.
    frequencies: Vec<(f64, f64)>,
    /// Recencies and ages, ascending.
    times: Vec<f64>,
    n_customers: f64,
    n_repeating: usize,
}

impl Grouped {
    fn new(histories: &[History]) -> Result<Self, BtydError> {
        for (row, &History { frequency, recency, age }) in histories.iter().enumerate() {
            let is_possible = age.is_finite() && recency >= 0.0 && recency <= age && (frequency > 0 || recency == 0.0);
            if !is_possible {
                return Err(BtydError::History { row, frequency, recency, age });
            }
        }
        let mut sorted = histories.to_vec();
        sorted.sort_unstable_by(|a, b| {
            let times = a.age.total_cmp(&b.age).then(a.recency.total_cmp(&b.recency));
            a.frequency.cmp(&b.frequency).then(times)
        });
        let mut times: Vec<f64> = sorted.iter().flat_map(|history| [history.recency, history.age]).collect();
        sort_numbers(&mut times);
        times.dedup();
        let place = |time: f64| times.partition_point(|&other| other < time);
        let mut frequencies: Vec<(f64, f64)> = Vec::new();
        let mut groups = Vec::new();
        for same in sorted.chunk_by(|a, b| a == b) {
            let (x, n) = (f64::from(same[0].frequency), same.len() as f64);
            match frequencies.last_mut().filter(|last| last.0 == x) {
                Some(last) => last.1 += n,
                None => frequencies.push((x, n)),
            }
            let (recency, age) = (place(same[0].recency), place(same[0].age));
            groups.push(Group { frequency: frequencies.len() - 1, recency, age, n });
        }
        let n_repeating = histories.iter().filter(|history| history.frequency > 0).count();
        Ok(Self { groups, frequencies, times, n_customers: histories.len() as f64, n_repeating })
    }

    /// Of all customers together, the time under observation for each repeat purchase.
    fn mean_gap(&self) -> f64 {
        let purchases: f64 = self.frequencies.iter().map(|(x, n)| x * n).sum();
        let age: f64 = self.groups.iter().map(|group| group.n * self.times[group.age]).sum();
        age / purchases
    }

    /// The negative log likelihood of a mean customer, and its gradient by the logarithms of r, α, a, b. Times count in α: r ln α is then in
    /// no term, and nothing cancels where r and α are large together, which is where customers of one rate lead.
    fn loss(&self, parameters: &BgNbdParams) -> Valued<4> {
        let &BgNbdParams { r, alpha, a, b } = parameters;
        let logs: Vec<f64> = self.times.iter().map(|time| libm::log1p(time / alpha)).collect();
        let leaving: Vec<f64> = self.frequencies.iter().map(|(x, _)| libm::log(a / (b + x - 1.0))).collect();
        let (mut sum, mut by) = self.of_frequencies(parameters);
        for group in &self.groups {
            let x = self.frequencies[group.frequency].0;
            let (log_age, log_recency) = (logs[group.age], logs[group.recency]);
            let (age, recency) = (alpha + self.times[group.age], alpha + self.times[group.recency]);
            // How the part of those who left weighs beside those who stayed: e^(A₄ − A₃), and its share of both.
            let (more, left) = if x > 0.0 {
                logistic(leaving[group.frequency] + (r + x) * (log_age - log_recency))
            } else {
                (0.0, 0.0)
            };
            sum += group.n * (more - (r + x) * log_age);
            by[0] -= group.n * r * ((1.0 - left) * log_age + left * log_recency);
            // What is r − (r + x) α / (α + time), without the difference.
            let of_time = |time: f64, exposure: f64| (r * time - x * alpha) / exposure;
            let (of_age, of_recency) =
                (of_time(self.times[group.age], age), of_time(self.times[group.recency], recency));
            by[1] += group.n * ((1.0 - left) * of_age + left * of_recency);
            by[2] += group.n * left;
            by[3] -= if x > 0.0 { group.n * left * b / (b + x - 1.0) } else { 0.0 };
        }
        (-sum / self.n_customers, by.map(|part| -part / self.n_customers))
    }

    /// What depends on the frequency alone, and its derivatives by the logarithms of r, a and b; that by α is in the other part.
    fn of_frequencies(&self, &BgNbdParams { r, alpha, a, b }: &BgNbdParams) -> Valued<4> {
        let (mut sum, mut by) = (0.0, [0.0; 4]);
        let log_alpha = libm::log(alpha);
        for &(x, n) in &self.frequencies {
            let (rate, rate_slope) = rise(r, x);
            let (stay, stay_slope) = rise(b, x);
            let (all, all_slope) = rise(a + b, x);
            sum += n * (rate - x * log_alpha + stay - all);
            by[0] += n * r * rate_slope;
            by[2] -= n * a * all_slope;
            by[3] += n * b * (stay_slope - all_slope);
        }
        (sum, by)
    }
}

/// ln(1 + e^d), and e^d / (1 + e^d), without overflow.
fn logistic(d: f64) -> (f64, f64) {
    let small = libm::exp(-d.abs());
    let share = if d > 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    (d.max(0.0) + libm::log1p(small), share)
}
