//! A customer's purchases and support tickets from their latents. Purchases are a Poisson process of rate λ·s(t) between t₀ and
//! τ, drawn by thinning, with amounts, categories and quantities. Tickets follow purchases or come by themselves, and each may be
//! the last straw: then the customer leaves on that day, and what would have come later never happens. Deliberately knows nothing
//! of tables; a longer window only appends.

use super::config::{ProcessRates, ScenarioRates};
use super::latents::{CustomerLatents, FIRST_AMOUNT_BOUNDS_CENTS, REPEAT_AMOUNT_BOUNDS_CENTS};
use super::season::Season;
use super::stream::Stream;
use crate::schema::Day;

/// One purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    pub day: i32,
    pub amount_cents: i64,
    /// Position in the levels of PRODUCT_CATEGORY.
    pub category: u8,
    pub quantity: u32,
}

/// Weights of the first six product categories at a first purchase.
pub const FIRST_CATEGORY_WEIGHTS: [f64; 6] = [0.22, 0.26, 0.18, 0.14, 0.11, 0.09];
/// Weights of all eight product categories later on.
pub const CATEGORY_WEIGHTS: [f64; 8] = [0.15, 0.18, 0.13, 0.11, 0.09, 0.09, 0.09, 0.16];
/// QUANTITY = 1 + Poisson(2): e⁻², the probability that the Poisson part is 0.
const PROBABILITY_OF_ONE_ITEM: f64 = 0.135_335_283_236_612_7;

/// One support ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub day: i32,
    /// The day of the purchase it is about; its own day without one.
    cause_day: i32,
    /// The customer leaves for good, if still there.
    is_last_straw: bool,
}

/// No event leads its purchase, and no ticket follows it, by more days.
pub const MAX_LEAD_DAYS: i32 = 30;

/// 256 equally likely quantiles of an exponential delay in whole days, at most [`MAX_LEAD_DAYS`].
pub fn delay_quantiles(mean_days: f64) -> [i32; 256] {
    core::array::from_fn(|idx| {
        let days = -mean_days * libm::log1p(-(idx as f64 + 0.5) / 256.0);
        (days as i32).min(MAX_LEAD_DAYS)
    })
}

/// The laws of buying that all customers of a population share.
pub struct PurchaseModel {
    season: Season,
    /// Probability that a later purchase falls into the category of the first one.
    category_loyalty: f64,
    /// Probability that no ticket follows a purchase.
    no_ticket_probability: f64,
    ticket_delays: [i32; 256],
    /// Tickets without a purchase, per day.
    other_tickets_per_day: f64,
    last_straw_probability: f64,
}

impl PurchaseModel {
    pub fn new(process: &ProcessRates, scenario: &ScenarioRates, season: Season) -> Self {
        Self {
            season,
            category_loyalty: process.category_loyalty,
            no_ticket_probability: libm::exp(-scenario.tickets_per_purchase),
            ticket_delays: delay_quantiles(process.ticket_delay_days),
            other_tickets_per_day: scenario.tickets_per_30d / 30.0,
            last_straw_probability: process.ticket_dropout_probability,
        }
    }

    pub fn season(&self) -> &Season {
        &self.season
    }

    /// Writes the purchases before `until` and the tickets about them, in order of their purchases' time (both cleared
    /// first). Returns the customer's favourite category.
    pub fn draw_purchases(
        &self,
        latents: &CustomerLatents,
        until: Day,
        stream: &mut Stream,
        purchases: &mut Vec<Purchase>,
        tickets: &mut Vec<Ticket>,
    ) -> u8 {
        purchases.clear();
        tickets.clear();
        let end = f64::from(until.0).min(latents.drop_out_day);
        let favourite = stream.category(&FIRST_CATEGORY_WEIGHTS);
        let time = latents.active_from_day;
        if latents.is_converter && time < f64::from(until.0) {
            let day = libm::floor(time) as i32;
            let amount_cents = latents.draw_amount_cents(self.season.price(day), FIRST_AMOUNT_BOUNDS_CENTS, stream);
            purchases.push(self.purchase(day, amount_cents, favourite, stream, tickets));
        }
        self.draw_repeats(latents, favourite, (time, end), stream, purchases, tickets);
        favourite
    }

    /// Appends the repeat purchases between two real times, with the tickets about them. Nothing before matters but who the customer is: from
    /// any time on, a Poisson process goes on as if it began there.
    fn draw_repeats(
        &self,
        latents: &CustomerLatents,
        favourite: u8,
        (from, end): (f64, f64),
        stream: &mut Stream,
        purchases: &mut Vec<Purchase>,
        tickets: &mut Vec<Ticket>,
    ) {
        let proposal_rate = latents.rate_per_day * self.season.max_factor();
        if proposal_rate <= 0.0 {
            return;
        }
        let mut time = from;
        loop {
            time += stream.exponential() / proposal_rate;
            if time >= end {
                return;
            }
            let day = libm::floor(time) as i32;
            if !stream.chance(self.season.factor(day) / self.season.max_factor()) {
                continue;
            }
            let amount_cents = latents.draw_amount_cents(self.season.price(day), REPEAT_AMOUNT_BOUNDS_CENTS, stream);
            let category =
                if stream.chance(self.category_loyalty) { favourite } else { stream.category(&CATEGORY_WEIGHTS) };
            purchases.push(self.purchase(day, amount_cents, category, stream, tickets));
        }
    }

    /// Appends what a customer who began to buy before `from` does on the days `from` ≤ day < `until`: purchases, the tickets about them, and
    /// tickets about none. Two streams, so that a later `until` only appends to both.
    pub fn draw_later(
        &self,
        latents: &CustomerLatents,
        favourite: u8,
        (from, until): (Day, Day),
        (stream, ticket_stream): (&mut Stream, &mut Stream),
        (purchases, tickets): (&mut Vec<Purchase>, &mut Vec<Ticket>),
    ) {
        let begin = f64::from(from.0).max(latents.active_from_day);
        let window = (begin, f64::from(until.0).min(latents.drop_out_day));
        self.draw_repeats(latents, favourite, window, stream, purchases, tickets);
        self.draw_tickets(window, ticket_stream, tickets);
    }

    fn purchase(
        &self,
        day: i32,
        amount_cents: i64,
        category: u8,
        stream: &mut Stream,
        tickets: &mut Vec<Ticket>,
    ) -> Purchase {
        for _ in 0..stream.poisson_from(self.no_ticket_probability) {
            let delay_days = self.ticket_delays[(stream.bits32() & 0xff) as usize];
            let is_last_straw = stream.chance(self.last_straw_probability);
            tickets.push(Ticket { day: day + delay_days, cause_day: day, is_last_straw });
        }
        Purchase { day, amount_cents, category, quantity: 1 + stream.poisson_from(PROBABILITY_OF_ONE_ITEM) }
    }

    /// Appends the tickets before `until` that are about no purchase.
    pub fn draw_other_tickets(
        &self,
        latents: &CustomerLatents,
        until: Day,
        stream: &mut Stream,
        tickets: &mut Vec<Ticket>,
    ) {
        let end = f64::from(until.0).min(latents.drop_out_day);
        self.draw_tickets((latents.active_from_day, end), stream, tickets);
    }

    fn draw_tickets(&self, (from, end): (f64, f64), stream: &mut Stream, tickets: &mut Vec<Ticket>) {
        if self.other_tickets_per_day <= 0.0 {
            return;
        }
        let mut time = from;
        loop {
            time += stream.exponential() / self.other_tickets_per_day;
            if time >= end {
                return;
            }
            let day = libm::floor(time) as i32;
            let is_last_straw = stream.chance(self.last_straw_probability);
            tickets.push(Ticket { day, cause_day: day, is_last_straw });
        }
    }
}

/// Lets the first last straw take effect: the customer drops out at the end of its day.
pub fn leave_at_last_straw(latents: &mut CustomerLatents, purchases: &mut Vec<Purchase>, tickets: &mut Vec<Ticket>) {
    let is_effective = |ticket: &&Ticket| ticket.is_last_straw && f64::from(ticket.day + 1) < latents.drop_out_day;
    let Some(last_day) = tickets.iter().filter(is_effective).map(|ticket| ticket.day).min() else { return };
    latents.drop_out_day = f64::from(last_day + 1);
    purchases.retain(|purchase| purchase.day <= last_day);
    tickets.retain(|ticket| ticket.cause_day <= last_day);
}
