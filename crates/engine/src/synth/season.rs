//! The calendar's influence on buying: one demand factor and one price a day. Deliberately the same for every customer; what
//! differs between customers stands in `latents`.
//!
//! | symbol | meaning |
//! |---|---|
//! | s(d) | demand on day d: weekday factor × (1 + holiday strength × bell around early December), divided by its mean over a year; from the day of a market change on, times (1 + price rise)^−elasticity |
//! | φ(d) | price level: 1, and 1 + price rise from the day of a market change on |
//! | S(t) | ∫ s from the first day to the (real) time t |

use super::config::SynthConfig;
use crate::schema::Day;

/// Monday … Sunday, mean 1.
const WEEKDAY_FACTORS: [f64; 7] = [0.92, 0.90, 0.92, 0.96, 1.08, 1.18, 1.04];
/// The bell's centre (6 December) and standard deviation.
const HOLIDAY_PEAK_DAY_OF_YEAR: f64 = 339.0;
const HOLIDAY_SPREAD_DAYS: f64 = 20.0;
const DAYS_PER_YEAR: i32 = 365;

/// Seasonal factors of a range of days.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    first_day: i32,
    factors: Vec<f64>,
    /// `cumulative[i]` = sum of the factors of the first `i` days.
    cumulative: Vec<f64>,
    max_factor: f64,
    change_day: i32,
    later_price: f64,
}

impl Season {
    /// Factors of `first_day ..= last_day`.
    pub fn new(config: &SynthConfig, first_day: Day, last_day: Day) -> Self {
        let rates = &config.process;
        let change_day = config.change_day().0;
        let later_price = 1.0 + config.change.price_rise;
        let later_demand = libm::pow(later_price, -config.change.price_elasticity);
        let bell = |day_of_year: i32| {
            let distance = (f64::from(day_of_year) - HOLIDAY_PEAK_DAY_OF_YEAR) / HOLIDAY_SPREAD_DAYS;
            1.0 + rates.holiday_strength * libm::exp(-0.5 * distance * distance)
        };
        let mean_bell = (0..DAYS_PER_YEAR).map(bell).sum::<f64>() / f64::from(DAYS_PER_YEAR);
        let factors: Vec<f64> = (first_day.0..=last_day.0)
            .map(|day| {
                let weekday = 1.0 + rates.weekday_strength * (WEEKDAY_FACTORS[Day(day).weekday()] - 1.0);
                let demand = if day < change_day { 1.0 } else { later_demand };
                weekday * bell(Day(day).day_of_year()) / mean_bell * demand
            })
            .collect();
        let mut cumulative = vec![0.0];
        let mut total = 0.0;
        for factor in &factors {
            total += factor;
            cumulative.push(total);
        }
        let max_factor = factors.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        Self { first_day: first_day.0, factors, cumulative, max_factor, change_day, later_price }
    }

    /// φ(d).
    #[inline]
    pub fn price(&self, day: i32) -> f64 {
        if day < self.change_day { 1.0 } else { self.later_price }
    }

    /// The real times at which one price holds, as (from, to, price), within `from` … `to`.
    pub fn price_periods(&self, from: f64, to: f64) -> [(f64, f64, f64); 2] {
        let change = f64::from(self.change_day);
        [(from, to.min(change), 1.0), (from.max(change), to, self.later_price)]
    }

    /// The largest factor: what thinning proposes with.
    pub fn max_factor(&self) -> f64 {
        self.max_factor
    }

    /// s(d); 0 outside the range.
    #[inline]
    pub fn factor(&self, day: i32) -> f64 {
        usize::try_from(day - self.first_day).ok().and_then(|idx| self.factors.get(idx)).copied().unwrap_or(0.0)
    }

    /// For each day of the range, s(d) / max s in units of 2⁻¹⁶, with the first day.
    pub fn acceptance(&self) -> (i32, Vec<u32>) {
        (self.first_day, self.factors.iter().map(|f| (f / self.max_factor * 65_536.0) as u32).collect())
    }

    /// S(to) − S(from) for real times; 0 when `to` is not later. Times outside the range count as its ends.
    pub fn days_between(&self, from: f64, to: f64) -> f64 {
        if to > from { self.integral(to) - self.integral(from) } else { 0.0 }
    }

    fn integral(&self, time: f64) -> f64 {
        let offset = (time - f64::from(self.first_day)).clamp(0.0, self.factors.len() as f64);
        let whole = offset as usize;
        let part = self.factors.get(whole).map_or(0.0, |factor| factor * (offset - whole as f64));
        self.cumulative[whole] + part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::SynthConfig;

    fn four_years() -> Season {
        Season::new(&SynthConfig::default(), Day::from_ymd(2021, 1, 1), Day::from_ymd(2024, 12, 31))
    }

    #[test]
    fn factors_average_to_one_and_peak_before_the_holidays() {
        let season = four_years();
        let n_days = season.factors.len() as f64;
        assert!((season.factors.iter().sum::<f64>() / n_days - 1.0).abs() < 0.005);
        let week = |y, m, d| (0..7).map(|i| season.factor(Day::from_ymd(y, m, d).0 + i)).sum::<f64>();
        assert!(week(2023, 12, 1) > 1.5 * week(2023, 7, 1));
    }

    #[test]
    fn the_integral_adds_up_days_and_parts_of_days() {
        let season = four_years();
        let day = Day::from_ymd(2022, 3, 3).0;
        let t = f64::from(day);
        let by_days = season.factor(day) * 0.5 + season.factor(day + 1) + season.factor(day + 2) * 0.25;
        assert!((season.days_between(t + 0.5, t + 2.25) - by_days).abs() < 1e-9);
        assert_eq!(season.days_between(t + 1.0, t), 0.0);
        assert_eq!(season.days_between(0.0, 1.0), 0.0);
    }
}
