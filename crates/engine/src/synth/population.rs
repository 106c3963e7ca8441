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

/// A population: its laws and buffers for the life in hand.
pub struct Population {
    config: SynthConfig,
    scenario: ScenarioRates,
    marginals: Marginals,
    effects: AttributeEffects,
    engagement: EngagementModel,
    buying: PurchaseModel,
    pub purchases: Vec<Purchase>,
    tickets: Vec<Ticket>,
    pub events: Vec<EventKey>,
    spare: Vec<EventKey>,
}

impl Population {
    /// `documented` = the population of the documented channels; `days` = first and last day on which anything may be simulated.
    pub fn new(config: &SynthConfig, scenario: &ScenarioRates, documented: &Marginals, days: (Day, Day)) -> Self {
        let season = Season::new(config, days.0, days.1);
        Self {
            scenario: scenario.clone(),
            marginals: documented.with_channels(config.channels.shares()),
            effects: AttributeEffects::new(documented),
            engagement: EngagementModel::new(&config.process, scenario, &season),
            buying: PurchaseModel::new(&config.process, scenario, season),
            config: config.clone(),
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
        self.buying.season()
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
        self.engagement.draw_events(&customer.latents, life, window, &mut stream, buffers);
    }

    /// The same without interactions.
    pub fn buy(&mut self, customer: &mut Customer, until: Day) {
        let latents = &mut customer.latents;
        let mut stream = Stream::new(self.config.seed, Purpose::Purchases, customer.id);
        self.buying.draw_purchases(latents, until, &mut stream, &mut self.purchases, &mut self.tickets);
        let mut stream = Stream::new(self.config.seed, Purpose::Tickets, customer.id);
        self.buying.draw_other_tickets(latents, until, &mut stream, &mut self.tickets);
        leave_at_last_straw(latents, &mut self.purchases, &mut self.tickets);
    }

    /// After [`buy`](Self::buy) until `from`: appends what `later`, the laws of the days from there on, brings before `until`.
    pub fn buy_on(&mut self, customer: &mut Customer, (from, until): (Day, Day), later: &PurchaseModel) {
        let latents = &mut customer.latents;
        let mut stream = Stream::new(self.config.seed, Purpose::Future, customer.id);
        later.draw_later(latents, (from, until), &mut stream, &mut self.purchases, &mut self.tickets);
        leave_at_last_straw(latents, &mut self.purchases, &mut self.tickets);
    }
}
