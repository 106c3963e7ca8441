//! One customer at a time: attributes, latents, purchases and interactions of either scenario, from the customer's own
//! random streams. Deliberately knows no table and no order of customers, so that any step size gives the same lives.

use super::attributes::{AttributeEffects, Attributes, Marginals};
use super::config::{ScenarioRates, SynthConfig};
use super::engagement::{EngagementModel, EventKey};
use super::latents::CustomerLatents;
use super::life::{Purchase, PurchaseModel};
use super::season::Season;
use super::stream::{Purpose, Stream};
use crate::engine::schema::Day;

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
    marginals: &'static Marginals,
    effects: AttributeEffects,
    engagement: EngagementModel,
    buying: PurchaseModel,
    pub purchases: Vec<Purchase>,
    pub events: Vec<EventKey>,
}

impl Population {
    /// `days` = first and last day on which anything may be simulated.
    pub fn new(
        config: &SynthConfig,
        scenario: &ScenarioRates,
        marginals: &'static Marginals,
        days: (Day, Day),
    ) -> Self {
        let season = Season::new(&config.process, days.0, days.1);
        Self {
            scenario: scenario.clone(),
            marginals,
            effects: AttributeEffects::new(marginals),
            engagement: EngagementModel::new(&config.process, scenario, &season),
            buying: PurchaseModel { season, category_loyalty: config.process.category_loyalty },
            config: config.clone(),
            purchases: Vec::new(),
            events: Vec::new(),
        }
    }

    pub fn config(&self) -> &SynthConfig {
        &self.config
    }

    pub fn season(&self) -> &Season {
        &self.buying.season
    }

    /// The customer with this id, signed up on one of the days `first_signup ..= last_signup`.
    pub fn customer(&self, id: i32, first_signup: Day, last_signup: Day) -> Customer {
        let mut stream = Stream::new(self.config.seed, Purpose::Profile, id);
        let signup = first_signup.plus(stream.below((last_signup.since(first_signup) + 1).unsigned_abs()) as i32);
        let attributes = Attributes::draw(self.marginals, &mut stream);
        let label_noise = stream.normal();
        let multipliers = self.effects.of(&attributes);
        let latents = CustomerLatents::draw(&self.config.process, &self.scenario, &multipliers, signup, &mut stream);
        Customer { id, signup, attributes, latents, label_noise }
    }

    /// Fills `purchases` with those before `purchases_until` and `events` with those before `events_until`. Purchases must
    /// reach `MAX_LEAD_DAYS` further, because those to come already show in the interactions.
    pub fn live(&mut self, customer: &Customer, purchases_until: Day, events_until: Day) {
        let mut stream = Stream::new(self.config.seed, Purpose::Purchases, customer.id);
        self.buying.draw_purchases(&customer.latents, purchases_until, &mut stream, &mut self.purchases);
        let mut stream = Stream::new(self.config.seed, Purpose::Engagement, customer.id);
        let window = customer.signup..events_until;
        self.engagement.draw_events(&customer.latents, &self.purchases, window, &mut stream, &mut self.events);
    }
}
