//! One customer at a time: attributes, latents, purchases and interactions of either scenario, from the customer's own
//! random streams. Deliberately knows no table and no order of customers, so that any step size gives the same lives.

use super::attributes::{AttributeEffects, Attributes, Marginals};
use super::config::{ScenarioRates, SynthConfig};
use super::engagement::{EngagementModel, EventKey};
use super::latents::CustomerLatents;
use super::life::{Purchase, PurchaseModel, Ticket, leave_at_last_straw};
use super::season::Season;
use super::stream::{Purpose, Stream};
use crate::schema::Day;
use core::ops::Range;

/// What is fixed about a customer before anything happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Customer {
    pub id: i32,
    pub signup: Day,
    pub attributes: Attributes,
    pub latents: CustomerLatents,
    /// Standard normal noise of the CRM's label.
    pub label_noise: f64,
}

/// The laws of buying and browsing on some days.
pub struct Laws {
    buying: PurchaseModel,
    engagement: EngagementModel,
}

impl Laws {
    /// `days` = first and last day on which anything may be simulated.
    pub fn new(config: &SynthConfig, scenario: &ScenarioRates, days: (Day, Day)) -> Self {
        let season = Season::new(config, days.0, days.1);
        Self {
            engagement: EngagementModel::new(&config.process, scenario, &season),
            buying: PurchaseModel::new(&config.process, scenario, season),
        }
    }
}

/// A population: its laws and buffers for the life in hand.
pub struct Population {
    config: SynthConfig,
    scenario: ScenarioRates,
    marginals: Marginals,
    effects: AttributeEffects,
    laws: Laws,
    /// Favourite category of the life in hand.
    favourite: u8,
    pub purchases: Vec<Purchase>,
    tickets: Vec<Ticket>,
    pub events: Vec<EventKey>,
    spare: Vec<EventKey>,
}

impl Population {
    /// `documented` = the population of the documented channels; `days` = first and last day on which anything may be simulated.
    pub fn new(config: &SynthConfig, scenario: &ScenarioRates, documented: &Marginals, days: (Day, Day)) -> Self {
        Self {
            scenario: scenario.clone(),
            marginals: documented.with_channels(config.channels.shares()),
            effects: AttributeEffects::new(documented),
            laws: Laws::new(config, scenario, days),
            config: config.clone(),
            favourite: 0,
            purchases: Vec::new(),
            tickets: Vec::new(),
            events: Vec::new(),
            spare: Vec::new(),
        }
    }

    pub fn config(&self) -> &SynthConfig {
        &self.config
    }

    pub fn season(&self) -> &Season {
        self.laws.buying.season()
    }

    /// The customer with this id, signed up on one of the days `first_signup ..= last_signup`.
    pub fn customer(&self, id: i32, first_signup: Day, last_signup: Day) -> Customer {
        let mut stream = Stream::new(self.config.seed, Purpose::Profile, id);
        let signup = first_signup.plus(stream.below((last_signup.since(first_signup) + 1).unsigned_abs()) as i32);
        let is_after_change = signup >= self.config.change_day();
        let shifted_share = if is_after_change { self.config.change.paid_social_share } else { 0.0 };
        let attributes = Attributes::draw(&self.marginals, shifted_share, &mut stream);
        let label_noise = stream.normal();
        let multipliers = self.effects.of(&attributes);
        let latents = CustomerLatents::draw(&self.config, &self.scenario, &multipliers, signup, &mut stream);
        Customer { id, signup, attributes, latents, label_noise }
    }

    /// Fills `purchases` with those before `purchases_until` and `events` with those before `events_until`, and settles when the
    /// customer drops out. Purchases must reach `MAX_LEAD_DAYS` further, because those to come already show in the interactions.
    pub fn live(&mut self, customer: &mut Customer, purchases_until: Day, events_until: Day) {
        self.buy(customer, purchases_until);
        let mut stream = Stream::new(self.config.seed, Purpose::Engagement, customer.id);
        let window = customer.signup..events_until;
        let life = (self.purchases.as_slice(), self.tickets.as_slice());
        let buffers = (&mut self.events, &mut self.spare);
        self.laws.engagement.draw_events(&customer.latents, customer.signup, life, window, &mut stream, buffers);
    }

    /// The same without interactions.
    pub fn buy(&mut self, customer: &mut Customer, until: Day) {
        let latents = &mut customer.latents;
        let mut stream = Stream::new(self.config.seed, Purpose::Purchases, customer.id);
        self.favourite =
            self.laws.buying.draw_purchases(latents, until, &mut stream, &mut self.purchases, &mut self.tickets);
        let mut stream = Stream::new(self.config.seed, Purpose::Tickets, customer.id);
        self.laws.buying.draw_other_tickets(latents, until, &mut stream, &mut self.tickets);
        leave_at_last_straw(latents, &mut self.purchases, &mut self.tickets);
    }

    /// After [`buy`](Self::buy) until `from`: appends what `later`, the laws of the days from there on, brings before
    /// `until`. A later `until` only appends.
    pub fn buy_on(&mut self, customer: &mut Customer, (from, until): (Day, Day), later: &Laws) {
        let latents = &mut customer.latents;
        let [mut stream, mut ticket_stream] = [Purpose::Future, Purpose::FutureTickets]
            .map(|purpose| Stream::new(self.config.seed, purpose, customer.id));
        let life = (&mut self.purchases, &mut self.tickets);
        later.buying.draw_later(latents, self.favourite, (from, until), (&mut stream, &mut ticket_stream), life);
        leave_at_last_straw(latents, &mut self.purchases, &mut self.tickets);
    }

    /// Fills `events` with those in `window` by the laws of its days. Purchases must reach `MAX_LEAD_DAYS` further, and
    /// no more than that: when the customer drops out, as far as the purchases know it, is seen in the browsing before.
    pub fn browse_on(&mut self, customer: &Customer, window: Range<Day>, later: &Laws) {
        let mut stream = Stream::on_day(self.config.seed, Purpose::FutureEngagement, customer.id, window.start.0);
        let life = (self.purchases.as_slice(), self.tickets.as_slice());
        let buffers = (&mut self.events, &mut self.spare);
        later.engagement.draw_events(&customer.latents, customer.signup, life, window, &mut stream, buffers);
    }
}
