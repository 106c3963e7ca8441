//! A customer's interactions from their latents, purchases and tickets: background browsing that fades before drop-out, visits,
//! views and cart adds that lead to a purchase, and email campaigns. Deliberately yields packed keys only: the
//! tables turn them into rows, the cold-start row into counts.
//!
//! | part | law |
//! |---|---|
//! | background | Poisson of rate β·browsing·s(d)·(1 − e^(−(τ − d)/fade)) while active, β and the mix of types by scenario |
//! | leading events | Poisson(n) events a purchase, each exponential(lead) days before it, not before sign-up; cart adds later than views |
//! | tickets | those of the purchases (`life`) |
//! | emails | one every k days; opened with the customer's probability, within two days; clicked with a fixed one |
//!
//! A window may begin long after sign-up. What is drawn falls on each of its days with the same law as if the window
//! had begun at sign-up: leading events and reactions to emails that would fall before it are left out.
//!
//! Discrete approximations: delays are one of 256 equally likely quantiles in whole days (at most [`MAX_LEAD_DAYS`]), and
//! probabilities of single events are multiples of 2⁻¹⁶ (of emails 2⁻¹⁵).

use super::config::{ProcessRates, ScenarioRates};
use super::latents::CustomerLatents;
use super::life::{MAX_LEAD_DAYS, Purchase, Ticket, delay_quantiles};
use super::season::Season;
use super::stream::Stream;
use crate::schema::Day;
use core::ops::Range;

/// Positions in the levels of EVENT_TYPE.
pub const WEBSITE_VISIT: u8 = 0;
pub const EMAIL_OPEN: u8 = 1;
pub const EMAIL_CLICK: u8 = 2;
pub const SUPPORT_TICKET: u8 = 3;
pub const PRODUCT_VIEW: u8 = 4;
pub const CART_ADD: u8 = 5;
pub const N_EVENT_TYPES: usize = 6;

const DAYS_PER_RATE: f64 = 30.0;
/// Bits of a packed key that hold the event type.
const TYPE_BITS: u32 = 3;
const SCALE: f64 = 65_536.0;
/// No email is opened more days after it was sent.
const MAX_OPEN_DAYS: i32 = 2;
const BROWSED_TYPES: [u8; 3] = [WEBSITE_VISIT, PRODUCT_VIEW, CART_ADD];

/// An interaction as `(days since sign-up) << 3 | type`: keys sort by day, then type.
pub type EventKey = u32;

fn key(signup: i32, day: i32, event_type: u8) -> EventKey {
    ((day - signup) as u32) << TYPE_BITS | u32::from(event_type)
}

/// The day of a key.
#[inline]
pub fn day_of(event: EventKey, signup: i32) -> i32 {
    signup + (event >> TYPE_BITS) as i32
}

/// The event type of a key.
#[inline]
pub fn type_of(event: EventKey) -> u8 {
    (event & 7) as u8
}

/// A mix of event types: how many events in all, and which share is of which type.
struct Mix {
    total: f64,
    /// Upper ends of the first two types of `BROWSED_TYPES`, in units of 2⁻¹⁶.
    thresholds: [u32; 2],
}

impl Mix {
    fn new(rates: [f64; 3]) -> Self {
        let total: f64 = rates.iter().sum();
        let share = |n: usize| (rates[..n].iter().sum::<f64>() / total.max(f64::MIN_POSITIVE) * SCALE + 0.5) as u32;
        Self { total, thresholds: [share(1), share(2)] }
    }

    /// The type that 16 random bits stand for.
    #[inline]
    fn pick(&self, bits: u32) -> u8 {
        let idx: usize = self.thresholds.iter().map(|&end| usize::from(bits >= end)).sum();
        BROWSED_TYPES[idx]
    }
}

const DIGIT_BITS: u32 = 7;
const N_DIGITS: usize = 1 << DIGIT_BITS;
/// Fewer keys are sorted by comparing.
const FEWEST_TO_COUNT: usize = 32;

/// Sorts keys by counting their digits, the last digit first: some hundred keys of fourteen bits take two passes.
fn sort(keys: &mut Vec<EventKey>, spare: &mut Vec<EventKey>) {
    if keys.len() < FEWEST_TO_COUNT {
        keys.sort_unstable();
        return;
    }
    let largest = keys.iter().copied().max().unwrap_or(0);
    spare.resize(keys.len(), 0);
    let mut shift = 0;
    while shift < EventKey::BITS && largest >> shift > 0 {
        let digit = |key: EventKey| (key >> shift) as usize & (N_DIGITS - 1);
        let mut places = [0_u32; N_DIGITS];
        keys.iter().for_each(|&key| places[digit(key)] += 1);
        let mut n_before = 0;
        for place in &mut places {
            n_before += std::mem::replace(place, n_before);
        }
        for &key in keys.iter() {
            let place = &mut places[digit(key)];
            spare[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, spare);
        shift += DIGIT_BITS;
    }
}

/// The laws of a scenario's interactions, tabulated.
pub struct EngagementModel {
    background: Mix,
    leading: Mix,
    no_leading_probability: f64,
    /// Of visits and views, of cart adds.
    lead_days: [[i32; 256]; 2],
    /// `fade[n]` = 1 − e^(−n/fade), n whole days before drop-out, in units of 2⁻¹⁶.
    fade: Vec<u32>,
    first_season_day: i32,
    /// s(d) / max s in units of 2⁻¹⁶.
    acceptance: Vec<u32>,
    max_factor: f64,
    email_interval_days: u32,
    dropped_open_share: f64,
    click_threshold: u32,
}

/// A probability in units of 2⁻¹⁵: what 15 random bits are compared with.
fn email_threshold(probability: f64) -> u32 {
    (probability * 32_768.0 + 0.5) as u32
}

impl EngagementModel {
    pub fn new(process: &ProcessRates, scenario: &ScenarioRates, season: &Season) -> Self {
        let leading =
            Mix::new([scenario.visits_per_purchase, scenario.views_per_purchase, scenario.cart_adds_per_purchase]);
        let n_fade_days = (process.fade_days * 12.0) as usize + 1;
        let (first_season_day, acceptance) = season.acceptance();
        Self {
            background: Mix::new([scenario.visits_per_30d, scenario.views_per_30d, scenario.cart_adds_per_30d]),
            no_leading_probability: libm::exp(-leading.total),
            leading,
            lead_days: [process.lead_days, process.cart_lead_days].map(delay_quantiles),
            fade: (0..n_fade_days).map(|n| (-libm::expm1(-(n as f64) / process.fade_days) * SCALE) as u32).collect(),
            first_season_day,
            acceptance,
            max_factor: season.max_factor(),
            email_interval_days: scenario.email_interval_days,
            dropped_open_share: scenario.dropped_open_share,
            click_threshold: email_threshold(scenario.click_probability),
        }
    }

    /// Writes the interactions in `window`, which begins no earlier than `signup`, sorted, into `events` (cleared
    /// first; `spare` is room to sort in). `purchases` are in order of their days and must reach [`MAX_LEAD_DAYS`]
    /// beyond the window, because purchases to come already show.
    pub fn draw_events(
        &self,
        latents: &CustomerLatents,
        signup: Day,
        (purchases, tickets): (&[Purchase], &[Ticket]),
        window: Range<Day>,
        stream: &mut Stream,
        (events, spare): (&mut Vec<EventKey>, &mut Vec<EventKey>),
    ) {
        events.clear();
        let (signup, window) = (signup.0, window.start.0..window.end.0);
        let drop_out = latents.first_day_after();
        self.draw_background(latents.browsing, signup, &window, drop_out, stream, events);
        // Other purchases show nowhere in the window and must not move the stream.
        let shown = window.start..window.end + MAX_LEAD_DAYS;
        let is_earlier = |purchase: &&Purchase| purchase.day < shown.start;
        for purchase in purchases.iter().skip_while(is_earlier).take_while(|p| p.day < shown.end) {
            self.draw_leading(purchase.day, signup, &window, stream, events);
        }
        let in_window = tickets.iter().filter(|ticket| window.contains(&ticket.day));
        events.extend(in_window.map(|ticket| key(signup, ticket.day, SUPPORT_TICKET)));
        self.draw_emails(latents.open_probability, signup, &window, drop_out, stream, events);
        sort(events, spare);
    }

    fn draw_background(
        &self,
        browsing: f64,
        signup: i32,
        window: &Range<i32>,
        drop_out: i32,
        stream: &mut Stream,
        events: &mut Vec<EventKey>,
    ) {
        let n_days = (window.end.min(drop_out) - window.start).max(0);
        let n_proposals =
            stream.poisson(self.background.total / DAYS_PER_RATE * browsing * self.max_factor * f64::from(n_days));
        // Every proposal is written and only an accepted one moves the end: no branch to mispredict.
        let mut end = events.len();
        events.resize(end + n_proposals as usize, 0);
        for _ in 0..n_proposals {
            let bits = stream.bits();
            let day = window.start + (((bits >> 32) * n_days as u64) >> 32) as i32;
            let acceptance = self.acceptance.get((day - self.first_season_day) as usize).copied().unwrap_or(0);
            let fade = self.fade.get((drop_out - day) as usize).copied().unwrap_or(SCALE as u32);
            // Both factors are at most 2¹⁶; the product may need 33 bits.
            let accepted = (u64::from(acceptance) * u64::from(fade)) >> 16;
            events[end] = key(signup, day, self.background.pick((bits >> 16) as u32 & 0xffff));
            end += usize::from(bits & 0xffff < accepted);
        }
        events.truncate(end);
    }

    /// What leads to a purchase.
    fn draw_leading(
        &self,
        purchase_day: i32,
        signup: i32,
        window: &Range<i32>,
        stream: &mut Stream,
        events: &mut Vec<EventKey>,
    ) {
        for _ in 0..stream.poisson_from(self.no_leading_probability) {
            let bits = stream.bits32();
            let event_type = self.leading.pick(bits >> 16);
            let lead_days = &self.lead_days[usize::from(event_type == CART_ADD)];
            let day = (purchase_day - lead_days[(bits & 0xff) as usize]).max(signup);
            if window.contains(&day) {
                events.push(key(signup, day, event_type));
            }
        }
    }

    fn draw_emails(
        &self,
        open_probability: f64,
        signup: i32,
        window: &Range<i32>,
        drop_out: i32,
        stream: &mut Stream,
        events: &mut Vec<EventKey>,
    ) {
        let active_threshold = email_threshold(open_probability);
        let dropped_threshold = email_threshold(open_probability * self.dropped_open_share);
        let interval_days = self.email_interval_days.max(1) as usize;
        // The schedule began at sign-up; an email from shortly before the window may be opened inside it.
        let n_before = (window.start - MAX_OPEN_DAYS - signup).max(0).unsigned_abs() as usize;
        let first_sent = signup + (n_before.div_ceil(interval_days) * interval_days) as i32;
        let n_sent = (first_sent..window.end).len().div_ceil(interval_days);
        let mut end = events.len();
        events.resize(end + 2 * n_sent, 0);
        for sent in (first_sent..window.end).step_by(interval_days) {
            let bits = stream.bits32();
            let open_threshold = if sent < drop_out { active_threshold } else { dropped_threshold };
            // Opened the same day, the next or the one after with probabilities 1/2, 1/4, 1/4.
            let opened = sent + ((bits >> 30).trailing_zeros() as i32).min(MAX_OPEN_DAYS);
            let is_open = (bits & 0x7fff < open_threshold) & (opened >= window.start) & (opened < window.end);
            let is_click = is_open & ((bits >> 15) & 0x7fff < self.click_threshold);
            events[end] = key(signup, opened, EMAIL_OPEN);
            end += usize::from(is_open);
            events[end] = key(signup, opened, EMAIL_CLICK);
            end += usize::from(is_click);
        }
        events.truncate(end);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::sort;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_sorted(mut keys in prop::collection::vec(any::<u32>(), 0..200), bits in 0_u32..32) {
            keys.iter_mut().for_each(|key| *key >>= bits);
            let mut expected = keys.clone();
            expected.sort();
            sort(&mut keys, &mut vec![1, 2, 3]);
            prop_assert_eq!(keys, expected);
        }
    }
}
