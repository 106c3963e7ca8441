//! The hour of what happens, and when it is loaded. Raw tables know days only; a staging table also knows the minute at
//! which a row arrived. Deliberately the same day for everybody and everything: no weekday, no customer and no kind of
//! event has hours of its own.
//!
//! Density over the hour h of the day, up to a constant: e^(1.3 cos 2π(h − 16½)/24 + 0.6 cos 2π(h − 20½)/12). Most
//! happens between 17 and 22 o'clock, about twice what happens at noon; least at three at night, about a twentieth.
//! Drawn by inversion of 256 equally likely quantiles, with a straight line between two of them.

use super::stream::Stream;

/// Minutes of a day.
pub const MINUTES_PER_DAY: i32 = 1_440;
/// A row is loaded 1 to so many minutes after it happened.
pub const MAX_DELAY_MINUTES: i32 = 10;

const N_QUANTILES: usize = 256;
/// Quantiles count in 2⁻¹⁶ minutes.
const PART_BITS: u32 = 16;

/// Draws minutes.
pub struct Clock {
    /// `quantiles[i]` = what i of 256 moments are before.
    quantiles: [u32; N_QUANTILES + 1],
}

/// How much happens at a minute of the day, in relation to other minutes.
fn density(minute: i32) -> f64 {
    let wave = |peak_hour: f64, period_hours: f64| {
        let hour = (f64::from(minute) + 0.5) / 60.0;
        libm::cos(core::f64::consts::TAU * (hour - peak_hour) / period_hours)
    };
    libm::exp(1.3 * wave(16.5, 24.0) + 0.6 * wave(20.5, 12.0))
}

impl Clock {
    /// Tabulates the day.
    pub fn new() -> Self {
        let total: f64 = (0..MINUTES_PER_DAY).map(density).sum();
        let mut quantiles = [(MINUTES_PER_DAY as u32) << PART_BITS; N_QUANTILES + 1];
        let (mut minute, mut before) = (0, 0.0);
        for (idx, quantile) in quantiles.iter_mut().take(N_QUANTILES).enumerate() {
            let share = idx as f64 / N_QUANTILES as f64 * total;
            while minute < MINUTES_PER_DAY - 1 && before + density(minute) <= share {
                before += density(minute);
                minute += 1;
            }
            let moment = f64::from(minute) + ((share - before) / density(minute)).min(1.0);
            *quantile = (moment * f64::from(1_u32 << PART_BITS)) as u32;
        }
        Self { quantiles }
    }

    /// The minute of the day at which something happens, 0 to 1,439.
    pub fn minute(&self, stream: &mut Stream) -> i32 {
        self.minute_of(stream.bits32())
    }

    /// The minute at which something is loaded that happens on `day`, since 1970-01-01 00:00: up to 10 minutes into the
    /// next day.
    pub fn loaded(&self, day: i32, stream: &mut Stream) -> i32 {
        let bits = stream.bits();
        let delay = 1 + (((bits & 0xffff_ffff) * MAX_DELAY_MINUTES as u64) >> 32) as i32;
        day * MINUTES_PER_DAY + self.minute_of((bits >> 32) as u32) + delay
    }

    fn minute_of(&self, bits: u32) -> i32 {
        let idx = (bits >> 24) as usize;
        let (from, until) = (self.quantiles[idx], self.quantiles[idx + 1]);
        let part = (u64::from(until - from) * u64::from(bits & 0xff_ffff)) >> 24;
        ((from + part as u32) >> PART_BITS) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::stream::Purpose;

    #[test]
    fn the_day_has_a_quiet_night_and_a_busy_evening() {
        let clock = Clock::new();
        let mut stream = Stream::new(1, Purpose::PurchaseClock, 1);
        let n = 200_000;
        let mut n_of_hour = [0.0; 24];
        for _ in 0..n {
            n_of_hour[clock.minute(&mut stream) as usize / 60] += 1.0;
        }
        let total: f64 = (0..MINUTES_PER_DAY).map(density).sum();
        for (hour, found) in (0..24).zip(n_of_hour) {
            let expected = (hour * 60..(hour + 1) * 60).map(density).sum::<f64>() / total * f64::from(n);
            assert!((found - expected).abs() < 4.5 * expected.sqrt(), "{hour}: {found} {expected}");
        }
        let evening: f64 = n_of_hour[17..22].iter().sum::<f64>() / 5.0;
        assert!(n_of_hour[3] < 0.08 * evening && n_of_hour[12] < 0.65 * evening, "{n_of_hour:?}");
        assert_eq!((clock.minute_of(0), clock.minute_of(u32::MAX)), (0, MINUTES_PER_DAY - 1));
    }

    #[test]
    fn loading_takes_one_to_ten_minutes_and_may_pass_midnight() {
        let clock = Clock::new();
        let [mut stream, mut same] = [0, 0].map(|_| Stream::new(2, Purpose::PurchaseClock, 1));
        let mut n_of_delay = [0_u32; 11];
        let mut n_late = 0;
        for _ in 0..20_000 {
            let loaded = clock.loaded(3, &mut stream);
            let delay = loaded - 3 * MINUTES_PER_DAY - clock.minute_of((same.bits() >> 32) as u32);
            n_of_delay[delay as usize] += 1;
            n_late += u32::from(loaded >= 4 * MINUTES_PER_DAY);
        }
        assert!(n_of_delay[0] == 0 && n_of_delay[1..].iter().all(|n| (1_700..2_300).contains(n)), "{n_of_delay:?}");
        assert!((1..400).contains(&n_late), "{n_late}");
    }
}
