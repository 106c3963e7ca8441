//! What targeting the best customers by a score earns: the profit curve, the best share with an interval, for several scores on the same rows.
//! Deliberately takes the uplift as given: whether a contact changes what a customer spends, no score and no past tells.
//!
//! | symbol | is |
//! |---|---|
//! | k | percent of the rows that are targeted, those with the highest scores, 0 … 100: n(k) = ⌊k n / 100⌋ customers |
//! | budget | buys at most ⌊budget / contact cost⌋ contacts; beyond them nobody is targeted, and the curve is flat |
//! | profit(k) | Σ over the targeted (margin × realised spend × uplift) − contact cost × targeted, in currency |
//!
//! Customers with equal scores share what they spend, as in `ranking`. The interval of the best k is the percentile interval of 200 resamples
//! of the rows (Efron 1979), the same resamples for every score. The profit at the best k of a sample is too high on average, because it was
//! sought there; `profit_interval` is therefore that of the profit at the k that the sample found, held fixed.

use super::ranking::Ranking;
use super::resample::{Draws, order_statistic};
use super::slices::Interval;
use clv_engine::order::sort_numbers;
use serde::Serialize;

/// Resamples behind an interval.
pub const N_RESAMPLES: u32 = 200;

const CONFIDENCE: f64 = 0.95;

/// What a campaign costs and brings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Campaign {
    /// The part of spend that is earned, 0 … 1.
    pub margin: f64,
    /// What a contact adds to a customer's spend, as a part of it, 0 … 10. An assumption.
    pub uplift: f64,
    /// Currency per targeted customer.
    pub contact_cost: f64,
    /// Currency for all contacts; `None` has no limit.
    pub budget: Option<f64>,
}

/// A campaign within its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedCampaign(Campaign);

/// Why there is no curve.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MoneyError {
    #[error("the {name} of the campaign is {value}; choose a number {bound}")]
    Campaign { name: &'static str, value: f64, bound: &'static str },
    #[error("score {score} has {n_scores} values for {n_rows} customers; pass one per customer")]
    Length { score: String, n_scores: usize, n_rows: usize },
    #[error("there are no customers to target; choose more customers or a longer period")]
    NoRows,
    #[error("customer {row} has {what} that is not a finite number; leave the customer out or mend what made it")]
    NotFinite { what: String, row: usize },
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ProfitPoint {
    /// Asked for.
    pub percent: u32,
    /// Reached, budget and whole customers considered.
    pub n_targeted: usize,
    pub profit: f64,
}

/// What one score earns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfitCurve {
    pub score: String,
    /// One per percent, 0 ..= 100.
    pub points: Vec<ProfitPoint>,
    /// The point of the highest profit, of equal ones the one with the fewest targeted.
    pub best: ProfitPoint,
    /// Of the best percent.
    pub percent_interval: Interval,
    /// Of the profit at `best.percent`.
    pub profit_interval: Interval,
}

impl Campaign {
    pub fn checked(self) -> Result<CheckedCampaign, MoneyError> {
        let bounds = [
            ("margin", self.margin, 1.0, "from 0 to 1"),
            ("uplift", self.uplift, 10.0, "from 0 to 10"),
            ("contact cost", self.contact_cost, f64::MAX, "of at least 0"),
            ("budget", self.budget.unwrap_or(0.0), f64::MAX, "of at least 0"),
        ];
        match bounds.into_iter().find(|(_, value, most, _)| !(0.0..=*most).contains(value)) {
            Some((name, value, _, bound)) => Err(MoneyError::Campaign { name, value, bound }),
            None => Ok(CheckedCampaign(self)),
        }
    }
}

impl CheckedCampaign {
    pub fn get(&self) -> Campaign {
        self.0
    }

    /// How many of `n_rows` customers the budget reaches.
    pub fn n_affordable(&self, n_rows: usize) -> usize {
        match self.0.budget {
            // The cast of a quotient beyond all integers gives the largest one.
            Some(budget) if self.0.contact_cost > 0.0 => ((budget / self.0.contact_cost).floor() as usize).min(n_rows),
            _ => n_rows,
        }
    }

    /// Customers targeted at each percent, 0 ..= 100.
    fn targeted(&self, n_rows: usize) -> Vec<usize> {
        let n_affordable = self.n_affordable(n_rows);
        (0..=100).map(|percent| (percent * n_rows / 100).min(n_affordable)).collect()
    }

    fn profit(&self, spend: f64, n_targeted: usize) -> f64 {
        self.0.margin * spend * self.0.uplift - self.0.contact_cost * n_targeted as f64
    }
}

/// One curve per named score, in their order. `realised` is what each customer really spent, in currency. Takes time in proportion to
/// customers × (scores + 1) × 200.
pub fn profit_curves(
    realised: &[f64],
    scores: &[(&str, &[f64])],
    campaign: &CheckedCampaign,
    seed: u64,
) -> Result<Vec<ProfitCurve>, MoneyError> {
    check(realised, scores)?;
    let targeted = campaign.targeted(realised.len());
    let mut curves: Vec<Curve> = scores.iter().map(|(name, score)| Curve::new(name, score, realised)).collect();
    let ones = vec![1; realised.len()];
    for curve in &mut curves {
        curve.profits = curve.walk(&ones, &targeted, campaign);
        curve.best = best_of(&curve.profits);
    }
    for resample in 0..N_RESAMPLES {
        let counts = Draws::new(seed, resample).counts(realised.len());
        for curve in &mut curves {
            let profits = curve.walk(&counts, &targeted, campaign);
            curve.best_percents.push(best_of(&profits) as f64);
            curve.profits_at_best.push(profits[curve.best]);
        }
    }
    Ok(curves.into_iter().map(|curve| curve.finish(&targeted)).collect())
}

fn check(realised: &[f64], scores: &[(&str, &[f64])]) -> Result<(), MoneyError> {
    if realised.is_empty() {
        return Err(MoneyError::NoRows);
    }
    let finite = |what: &str, values: &[f64]| match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(MoneyError::NotFinite { what: what.to_owned(), row }),
        None => Ok(()),
    };
    finite("a realised spend", realised)?;
    for (name, score) in scores {
        if score.len() != realised.len() {
            return Err(MoneyError::Length {
                score: (*name).to_owned(),
                n_scores: score.len(),
                n_rows: realised.len(),
            });
        }
        finite(&format!("a score {name}"), score)?;
    }
    Ok(())
}

/// The place of the highest profit, the first of equal ones.
fn best_of(profits: &[f64]) -> usize {
    let mut best = 0;
    for (percent, profit) in profits.iter().enumerate() {
        if *profit > profits[best] {
            best = percent;
        }
    }
    best
}

/// A curve in work. Rows stand in its order, the highest score first, because every resample walks along them.
struct Curve {
    name: String,
    rows: Vec<usize>,
    spend: Vec<f64>,
    /// Where rows of one score end.
    ends: Vec<usize>,
    profits: Vec<f64>,
    best: usize,
    best_percents: Vec<f64>,
    profits_at_best: Vec<f64>,
}

impl Curve {
    fn new(name: &str, score: &[f64], realised: &[f64]) -> Self {
        let ranking = Ranking::new(score);
        let rows: Vec<usize> = ranking.groups().flatten().copied().collect();
        let mut end = 0;
        let ends = ranking.groups().map(|group| {
            end += group.len();
            end
        });
        Self {
            name: name.to_owned(),
            ends: ends.collect(),
            spend: rows.iter().map(|&row| realised[row]).collect(),
            rows,
            profits: Vec::new(),
            best: 0,
            best_percents: Vec::new(),
            profits_at_best: Vec::new(),
        }
    }

    /// The profits when each row occurs `counts` times: from the highest score down, each cut taken where as many are passed.
    fn walk(&self, counts: &[u32], targeted: &[usize], campaign: &CheckedCampaign) -> Vec<f64> {
        let mut profits = Vec::with_capacity(targeted.len());
        let (mut start, mut n_above, mut spend_above) = (0, 0_usize, 0.0);
        for &end in &self.ends {
            let (mut n, mut spend) = (0_usize, 0.0);
            for (&row, realised) in self.rows[start..end].iter().zip(&self.spend[start..end]) {
                n += counts[row] as usize;
                spend += f64::from(counts[row]) * realised;
            }
            while let Some(&cut) = targeted.get(profits.len()).filter(|&&cut| cut <= n_above + n) {
                // Nobody is above the first cut of nobody; a group without rows is never cut.
                let share = if cut == n_above { 0.0 } else { (cut - n_above) as f64 / n as f64 };
                profits.push(campaign.profit(spend_above + share * spend, cut));
            }
            start = end;
            n_above += n;
            spend_above += spend;
        }
        profits
    }

    fn finish(mut self, targeted: &[usize]) -> ProfitCurve {
        let points: Vec<ProfitPoint> = (0_u32..)
            .zip(targeted)
            .zip(&self.profits)
            .map(|((percent, &n_targeted), &profit)| ProfitPoint { percent, n_targeted, profit })
            .collect();
        ProfitCurve {
            score: self.name,
            best: points[self.best],
            percent_interval: percentile_interval(&mut self.best_percents),
            profit_interval: percentile_interval(&mut self.profits_at_best),
            points,
        }
    }
}

fn percentile_interval(values: &mut [f64]) -> Interval {
    sort_numbers(values);
    let at = |p| order_statistic(values, p).unwrap_or_default();
    Interval { low: at((1.0 - CONFIDENCE) / 2.0), high: at((1.0 + CONFIDENCE) / 2.0) }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, proptest};

    fn campaign(contact_cost: f64, budget: Option<f64>) -> CheckedCampaign {
        Campaign { margin: 0.5, uplift: 0.1, contact_cost, budget }.checked().unwrap()
    }

    #[test]
    fn a_curve_worked_by_hand() {
        // Spend 400 300 200 100 in the order of the score: each brings 20 15 10 5, a contact costs 9.
        let realised = [200.0, 400.0, 100.0, 300.0];
        let score = [2.0, 4.0, 1.0, 3.0];
        let curves = profit_curves(&realised, &[("model", &score)], &campaign(9.0, None), 1).unwrap();
        let at = |percent: usize| curves[0].points[percent].profit;
        for (percent, expected) in [(0, 0.0), (24, 0.0), (25, 11.0), (50, 17.0), (75, 18.0), (100, 14.0)] {
            assert!((at(percent) - expected).abs() < 1e-12, "{percent}: {}", at(percent));
        }
        assert_eq!((curves[0].best.percent, curves[0].best.n_targeted), (75, 3));
    }

    #[test]
    fn a_budget_ends_the_curve_early() {
        let realised = [200.0, 400.0, 100.0, 300.0];
        let limited = campaign(9.0, Some(20.0));
        assert_eq!((limited.n_affordable(4), campaign(0.0, Some(0.0)).n_affordable(4)), (2, 4));
        let curves = profit_curves(&realised, &[("spend", &realised)], &limited, 1).unwrap();
        assert_eq!((curves[0].best.percent, curves[0].points[100].n_targeted), (50, 2));
        assert_eq!(curves[0].points[100].profit, curves[0].points[50].profit);
    }

    #[test]
    fn equal_scores_share_what_they_spend() {
        let curves = profit_curves(&[80.0, 0.0, 0.0, 0.0], &[("none", &[1.0; 4])], &campaign(0.0, None), 1).unwrap();
        assert!((curves[0].points[50].profit - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_the_best_percent_narrows_with_more_rows() {
        let width = |n: usize| {
            let score: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
            // Two of three spend nothing, the others what the score says.
            let realised: Vec<f64> =
                score.iter().enumerate().map(|(i, s)| if i % 3 == 0 { s * s * 600.0 } else { 0.0 }).collect();
            let curve = profit_curves(&realised, &[("s", &score)], &campaign(2.5, None), 5).unwrap().remove(0);
            assert!(curve.percent_interval.low <= 50.0 && 50.0 <= curve.percent_interval.high, "{curve:?}");
            assert!(curve.profit_interval.low <= curve.best.profit && curve.best.profit <= curve.profit_interval.high);
            curve.percent_interval.high - curve.percent_interval.low
        };
        assert!(width(20_000) < 0.6 * width(600));
    }

    #[test]
    fn what_makes_no_campaign_is_refused() {
        let base = Campaign { margin: 0.5, uplift: 0.1, contact_cost: 1.0, budget: None };
        for wrong in [
            Campaign { margin: 1.1, ..base },
            Campaign { uplift: f64::NAN, ..base },
            Campaign { contact_cost: -1.0, ..base },
            Campaign { budget: Some(f64::INFINITY), ..base },
        ] {
            assert!(matches!(wrong.checked(), Err(MoneyError::Campaign { .. })), "{wrong:?}");
        }
        let checked = base.checked().unwrap();
        assert_eq!(profit_curves(&[], &[], &checked, 0), Err(MoneyError::NoRows));
        assert!(matches!(profit_curves(&[1.0], &[("s", &[])], &checked, 0), Err(MoneyError::Length { .. })));
        assert!(matches!(profit_curves(&[1.0], &[("s", &[f64::NAN])], &checked, 0), Err(MoneyError::NotFinite { .. })));
    }

    proptest! {
        #[test]
        fn nobody_costs_nothing_and_everybody_the_same_by_any_score(
            rows in prop::collection::vec((0.0f64..900.0, 0u8..9, 0u8..9), 1..60), cost in 0.0f64..9.0, seed in 0u64..9,
        ) {
            let realised: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let one: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let other: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
            let scores: [(&str, &[f64]); 3] = [("one", &one), ("other", &other), ("spend", &realised)];
            let curves = profit_curves(&realised, &scores, &campaign(cost, None), seed).unwrap();
            for curve in &curves {
                prop_assert_eq!(curve.points.len(), 101);
                prop_assert_eq!((curve.points[0].n_targeted, curve.points[0].profit), (0, 0.0));
                prop_assert!((curve.points[100].profit - curves[0].points[100].profit).abs() < 1e-9);
                prop_assert!(curve.best.profit >= 0.0);
                prop_assert!(curve.percent_interval.low <= curve.percent_interval.high);
                // No order earns more than that of what was really spent.
                for (point, best) in curve.points.iter().zip(&curves[2].points) {
                    prop_assert!(point.profit <= best.profit + 1e-9);
                }
            }
        }

        #[test]
        fn the_order_of_the_rows_changes_no_curve(
            (rows, shuffled) in prop::collection::vec((0u16..900, 0u8..9), 1..60)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        ) {
            let of = |rows: &[(u16, u8)]| {
                let (realised, score): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (f64::from(r.0), f64::from(r.1))).unzip();
                profit_curves(&realised, &[("s", &score)], &campaign(2.0, None), 3).unwrap().remove(0).points
            };
            prop_assert_eq!(of(&rows), of(&shuffled));
        }
    }
}
