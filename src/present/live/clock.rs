//! The simulated clock: moments and spans in words, speeds, and how much time is asked for at once. Deliberately no real clock: whoever has one
//! says how late it is.

use super::Choice;
use crate::present::{day, format};
use crate::protocol::{AlertSeverity, LiveState};
use std::collections::VecDeque;

const MINUTES_PER_DAY: i64 = 1_440;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// 1970-01-01 was a Thursday.
const FIRST_WEEKDAY: i64 = 3;
/// A worker that is behind is asked for no more than this at once, so that its steps stay short.
const MOST_MS: f64 = 1_000.0;
/// The reached speed is measured over so long.
const WINDOW_MS: f64 = 5_000.0;
const MEASURABLE_MS: f64 = 4_000.0;
/// Below this share of the wanted speed the clock is said to be held up.
const KEEPS_UP: f64 = 0.7;

fn parts(at: i64) -> (i64, i64, i64) {
    let minute = at.rem_euclid(MINUTES_PER_DAY);
    (at.div_euclid(MINUTES_PER_DAY), minute / 60, minute % 60)
}

/// "Tue 1 Jul 2025, 14:05".
pub fn moment(at: i64) -> String {
    let (days, hour, minute) = parts(at);
    let weekday = WEEKDAYS[(days + FIRST_WEEKDAY).rem_euclid(7) as usize];
    let iso = day::to_iso(days);
    let mut fields = iso.rsplitn(3, '-');
    let mut field = || fields.next().unwrap_or_default().trim_start_matches('0').to_owned();
    let (of_month, month, year) = (field(), field(), field());
    let month = month.parse::<usize>().ok().and_then(|nth| MONTHS.get(nth.wrapping_sub(1))).unwrap_or(&"");
    format!("{weekday} {of_month} {month} {year}, {hour:02}:{minute:02}")
}

/// "2025-07-01 14:05", for tables.
pub fn short(at: i64) -> String {
    let (days, hour, minute) = parts(at);
    format!("{} {hour:02}:{minute:02}", day::to_iso(days))
}

/// "14:05".
pub fn time(at: i64) -> String {
    let (_, hour, minute) = parts(at);
    format!("{hour:02}:{minute:02}")
}

/// The day of a moment, ISO.
pub fn day_of(at: i64) -> String {
    day::to_iso(at.div_euclid(MINUTES_PER_DAY))
}

/// "4 min", "1 h 20 min", "3 days", each figure on one line with its unit.
pub fn span(minutes: i64) -> String {
    let size = minutes.unsigned_abs();
    let (days, hours, rest) = (size / 1_440, size % 1_440 / 60, size % 60);
    let of_days = if days == 1 { "1\u{a0}day".to_owned() } else { format!("{}\u{a0}days", format::count(days)) };
    let text = match (days, hours, rest) {
        (0, 0, rest) => format!("{rest}\u{a0}min"),
        (0, hours, 0) => format!("{hours}\u{a0}h"),
        (0, hours, rest) => format!("{hours}\u{a0}h {rest}\u{a0}min"),
        (1..10, 1.., _) => format!("{of_days} {hours}\u{a0}h"),
        _ => of_days,
    };
    if minutes < 0 { format!("−{text}") } else { text }
}

/// How fast the clock goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    #[default]
    Paused,
    Minute,
    Hour,
    Day,
    Week,
}

impl Speed {
    pub const ALL: [Self; 5] = [Self::Paused, Self::Minute, Self::Hour, Self::Day, Self::Week];

    /// Simulated minutes per second.
    pub fn rate(self) -> f64 {
        match self {
            Self::Paused => 0.0,
            Self::Minute => 1.0,
            Self::Hour => 60.0,
            Self::Day => 1_440.0,
            Self::Week => 10_080.0,
        }
    }

    /// The button's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::Paused => "Pause",
            Self::Minute => "1 minute/s",
            Self::Hour => "1 hour/s",
            Self::Day => "1 day/s",
            Self::Week => "1 week/s",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Paused => "Paused",
            Self::Minute => "1 minute per second",
            Self::Hour => "1 hour per second",
            Self::Day => "1 day per second",
            Self::Week => "1 week per second",
        }
    }

    /// The id of its button.
    pub fn id(self) -> &'static str {
        match self {
            Self::Paused => "speed:pause",
            Self::Minute => "speed:minute",
            Self::Hour => "speed:hour",
            Self::Day => "speed:day",
            Self::Week => "speed:week",
        }
    }
}

/// Turns real time into minutes to ask for: what is too little waits for the next time, and a worker that is behind is never asked for more
/// than a second's worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    carried: f64,
    asked_ms: Option<f64>,
    seen: VecDeque<(f64, i64)>,
}

impl Pace {
    /// Minutes to ask for now; `is_free` when the last command was answered and the clock has arrived.
    pub fn tick(&mut self, speed: Speed, now_ms: f64, state: &LiveState, is_free: bool) -> Option<u32> {
        let since = *self.asked_ms.get_or_insert(now_ms);
        self.seen.push_back((now_ms, state.now));
        while self.seen.front().is_some_and(|(ms, _)| now_ms - ms > WINDOW_MS) {
            self.seen.pop_front();
        }
        if !is_free {
            return None;
        }
        let minutes = self.carried + (now_ms - since).clamp(0.0, MOST_MS) / 1_000.0 * speed.rate();
        let whole = minutes.floor();
        if whole < 1.0 {
            return None;
        }
        let room = (state.last - state.now).max(0) as f64;
        (self.carried, self.asked_ms) = (minutes - whole, Some(now_ms));
        Some(whole.min(room) as u32).filter(|minutes| *minutes > 0)
    }

    /// Minutes per second that the clock really made, once it went on long enough to tell, and only where that is less than was wanted.
    pub fn held_up(&self, speed: Speed) -> Option<f64> {
        let ((begin_ms, begin), (end_ms, end)) = (self.seen.front()?, self.seen.back()?);
        let elapsed_ms = end_ms - begin_ms;
        let rate = (end - begin) as f64 / elapsed_ms.max(1.0) * 1_000.0;
        (elapsed_ms >= MEASURABLE_MS && rate < KEEPS_UP * speed.rate()).then_some(rate)
    }
}

/// "3.2 days per second".
pub fn rate_in_words(minutes_per_second: f64) -> String {
    let (value, unit) = match minutes_per_second {
        rate if rate >= 1_440.0 => (rate / 1_440.0, "days"),
        rate if rate >= 60.0 => (rate / 60.0, "hours"),
        rate => (rate, "minutes"),
    };
    format!("{} {unit} per second", format::short(value))
}

/// How the clock goes and what alarms, for the eye and for those who listen: changes when something begins or ends, not with every tick.
pub fn status(state: &LiveState, choice: &Choice) -> String {
    let n = |severity: AlertSeverity| state.alerts.iter().filter(|alert| alert.severity == severity).count() as u64;
    let (problems, warnings) = (n(AlertSeverity::Problem), n(AlertSeverity::Warning));
    let counted = [(problems, "problem", "problems"), (warnings, "warning", "warnings")];
    let some = counted.into_iter().filter(|(n, ..)| *n > 0);
    let alerts: Vec<String> = some.map(|(n, one, many)| format::counted(n, one, many)).collect();
    let motion = motion(state, choice);
    if alerts.is_empty() { motion } else { format!("{motion} {} among the alerts.", alerts.join(" and ")) }
}

fn motion(state: &LiveState, choice: &Choice) -> String {
    if let Some(to) = state.going_to.filter(|_| choice.is_away(state)) {
        return format!("On the way to {}.", moment(to));
    }
    if state.now >= state.last {
        return "The clock goes no further: this is the last moment that is simulated.".to_owned();
    }
    match (choice.speed, choice.reached) {
        (Speed::Paused, _) => "Paused.".to_owned(),
        (speed, None) => format!("{}.", speed.in_words()),
        (speed, Some(rate)) => {
            format!("{} is more than this device can: as fast as it can, {}.", speed.in_words(), rate_in_words(rate))
        }
    }
}

/// How far a jump is as a share, and in words: "on the way to …, now …; simulating customers 1,200 of 5,000".
pub fn progress(state: &LiveState, choice: &Choice) -> Option<(f64, String)> {
    let to = state.going_to.filter(|_| choice.is_away(state))?;
    let share = (state.now - choice.left) as f64 / (to - choice.left).max(1) as f64;
    let mut words = format!("On the way to {}, now {}", moment(to), moment(state.now));
    if let Some((done, total)) = state.simulating {
        words.push_str(&format!("; simulating customers {} of {}", format::count(done), format::count(total)));
    }
    Some((share.clamp(0.0, 1.0), words))
}

/// What has come by the last step, and what it cost.
pub fn step_in_words(state: &LiveState) -> String {
    format!(
        "{} by the last step, {} in the worker; the simulation holds {} beside the run’s own tables",
        format::counted(state.n_arrived, "event", "events"),
        format::duration(state.step_ms),
        format::bytes(state.bytes)
    )
}
