//! The generator's configuration with its default: everything the raw data depends on. Deliberately no wall clock and no
//! hidden constant that a visitor would want to turn; bounds and words stand in `parameter`, marginal weights of the
//! attributes in `attributes`.

use super::parameter::PARAMETERS;
use crate::schema::Day;
use serde::{Deserialize, Serialize};

/// What can be wrong with a configuration or a run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SynthError {
    #[error("{name} = {value} is outside {min} to {max}; choose a value within these bounds")]
    OutOfRange { name: &'static str, value: f64, min: f64, max: f64 },
    #[error("{name} = {value} is not a whole number; leave the fraction out")]
    NotWhole { name: &'static str, value: f64 },
    #[error("there is no parameter {name}; the page lists those that can be set")]
    NoParameter { name: String },
    #[error("there is no scenario {name}; choose one of those the page lists")]
    NoScenario { name: String },
    #[error("{text} is not a day of the calendar; write it as 2025-06-30")]
    NoDay { text: String },
    #[error("the generator stopped at customer {done} of {total}; step it to the end before asking for the tables")]
    Unfinished { done: usize, total: usize },
    #[error("{rows} rows do not fit 32-bit row ids; lower the number of customers or the rates")]
    TooManyRows { rows: usize },
    #[error("the days from {from} to before {until} cannot be simulated; choose days from {first} to before {end}")]
    OutOfFuture { from: Day, until: Day, first: Day, end: Day },
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
}

/// Everything the raw tables depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SynthConfig {
    pub seed: u64,
    /// Customers of each scenario.
    pub n_customers: u32,
    /// The last day of the raw data.
    pub now: Day,
    /// Continuous customers signed up between so many days and 90 days before NOW.
    pub history_days: u32,
    /// How many customers each channel brings, in relation to one another.
    pub channels: ChannelMix,
    /// What happens to the market on one day.
    pub change: MarketChange,
    /// What both scenarios share.
    pub process: ProcessRates,
    pub coldstart: ScenarioRates,
    pub continuous: ScenarioRates,
}

/// Weights of the acquisition channels; their sum is immaterial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelMix {
    pub organic_search: f64,
    pub paid_search: f64,
    pub social_media: f64,
    pub email: f64,
    pub direct: f64,
    pub referral: f64,
    pub affiliate: f64,
}

/// A change that comes over the whole market on one day; all shares 0 = nothing happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketChange {
    /// The day of the change, in days before NOW.
    pub days_before_now: u32,
    /// Share of later sign-ups that come by social media or paid search, whatever would have brought them before.
    pub paid_social_share: f64,
    /// By how much all prices rise on that day.
    pub price_rise: f64,
    /// Demand falls to (1 + price rise) to the power of minus this.
    pub price_elasticity: f64,
    /// Share of the active customers who leave on that day.
    pub leaving_share: f64,
}

/// The stochastic process of buying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessRates {
    /// Gamma shape of purchase rates between customers; smaller is more unequal.
    pub rate_shape: f64,
    /// Mean drop-out hazard, per year.
    pub dropouts_per_year: f64,
    /// Gamma shape of drop-out hazards between customers.
    pub dropout_shape: f64,
    /// Mean amount of a purchase, US dollars.
    pub mean_spend_usd: f64,
    /// Inverse-gamma shape of mean amounts between customers; smaller is more unequal.
    pub spend_shape: f64,
    /// Purchase rate of a customer who did not convert, as a share of a converter's.
    pub nonconverter_rate_share: f64,
    /// Mean days from sign-up to a converter's first purchase (doubled for paid search and social media), cut at 30.
    pub first_purchase_delay_days: f64,
    /// 0 = every weekday alike, 1 = the documented week.
    pub weekday_strength: f64,
    /// How much higher demand is at its December peak than outside the season.
    pub holiday_strength: f64,
    /// Mean days by which visits and views precede a purchase.
    pub lead_days: f64,
    /// Mean days by which cart adds precede a purchase.
    pub cart_lead_days: f64,
    /// Days over which browsing fades before a customer drops out.
    pub fade_days: f64,
    /// Mean days from a purchase to a support ticket about it.
    pub ticket_delay_days: f64,
    /// Probability that a support ticket makes the customer leave for good.
    pub ticket_dropout_probability: f64,
    /// Probability that a later purchase falls into the category of the first one.
    pub category_loyalty: f64,
    /// Correlation of the CRM's score behind SEGMENT with a customer's rate and spend.
    pub label_correlation: f64,
}

/// What differs between the two populations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioRates {
    /// Mean share of customers who buy within 30 days of sign-up.
    pub conversion_probability: f64,
    /// Mean repeat purchases per year of an active converter.
    pub purchases_per_year: f64,
    /// Website visits per 30 days while active, besides those that lead to a purchase.
    pub visits_per_30d: f64,
    pub views_per_30d: f64,
    pub cart_adds_per_30d: f64,
    pub tickets_per_30d: f64,
    /// Website visits that lead to one purchase.
    pub visits_per_purchase: f64,
    pub views_per_purchase: f64,
    pub cart_adds_per_purchase: f64,
    /// Support tickets that follow one purchase.
    pub tickets_per_purchase: f64,
    /// Days between two email campaigns.
    pub email_interval_days: u32,
    /// Mean probability that a converter opens an email.
    pub open_probability: f64,
    /// Share of that probability left for customers who did not convert.
    pub nonconverter_open_share: f64,
    /// Share of the probability left after drop-out.
    pub dropped_open_share: f64,
    /// Probability that an opened email is clicked.
    pub click_probability: f64,
}

impl ChannelMix {
    /// Shares in the order of the levels; they add up to 1.
    pub fn shares(&self) -> [f64; 7] {
        let weights = [
            self.organic_search,
            self.paid_search,
            self.social_media,
            self.email,
            self.direct,
            self.referral,
            self.affiliate,
        ];
        let total: f64 = weights.iter().sum();
        weights.map(|weight| weight / total)
    }
}

impl Default for SynthConfig {
    fn default() -> Self {
        Self {
            seed: 42,
            n_customers: 1_000,
            now: Day::from_ymd(2025, 6, 30),
            history_days: 1_170,
            channels: ChannelMix {
                organic_search: 0.25,
                paid_search: 0.20,
                social_media: 0.18,
                email: 0.12,
                direct: 0.10,
                referral: 0.10,
                affiliate: 0.05,
            },
            change: MarketChange {
                days_before_now: 480,
                paid_social_share: 0.0,
                price_rise: 0.0,
                price_elasticity: 1.2,
                leaving_share: 0.0,
            },
            process: ProcessRates {
                rate_shape: 1.2,
                dropouts_per_year: 0.33,
                dropout_shape: 1.5,
                mean_spend_usd: 60.0,
                spend_shape: 7.0,
                nonconverter_rate_share: 0.07,
                first_purchase_delay_days: 3.0,
                weekday_strength: 1.0,
                holiday_strength: 0.9,
                lead_days: 3.0,
                cart_lead_days: 1.0,
                fade_days: 40.0,
                ticket_delay_days: 7.0,
                ticket_dropout_probability: 0.02,
                category_loyalty: 0.4,
                label_correlation: 0.3,
            },
            coldstart: ScenarioRates {
                conversion_probability: 0.5,
                purchases_per_year: 10.0,
                visits_per_30d: 3.5,
                views_per_30d: 5.85,
                cart_adds_per_30d: 1.17,
                tickets_per_30d: 0.1,
                visits_per_purchase: 2.85,
                views_per_purchase: 5.7,
                cart_adds_per_purchase: 1.7,
                tickets_per_purchase: 0.2,
                email_interval_days: 3,
                open_probability: 0.3,
                nonconverter_open_share: 0.33,
                dropped_open_share: 0.4,
                click_probability: 0.3,
            },
            continuous: ScenarioRates {
                conversion_probability: 0.7,
                purchases_per_year: 11.0,
                visits_per_30d: 1.17,
                views_per_30d: 0.4,
                cart_adds_per_30d: 0.15,
                tickets_per_30d: 0.236,
                visits_per_purchase: 2.0,
                views_per_purchase: 1.5,
                cart_adds_per_purchase: 0.8,
                tickets_per_purchase: 0.2,
                email_interval_days: 7,
                open_probability: 0.317,
                nonconverter_open_share: 0.5,
                dropped_open_share: 0.4,
                click_probability: 0.5,
            },
        }
    }
}

/// Days on which raw data may end: far enough from the calendar's ends for every sum of days.
const NOW_BOUNDS: (Day, Day) = (Day::from_ymd(1975, 1, 1), Day::from_ymd(2100, 12, 31));

impl SynthConfig {
    /// Refuses the first parameter that is out of its bounds or not a number.
    pub fn check(&self) -> Result<(), SynthError> {
        let within = |name, value: f64, min, max| {
            if (min..=max).contains(&value) { Ok(()) } else { Err(SynthError::OutOfRange { name, value, min, max }) }
        };
        within("now", f64::from(self.now.0), f64::from(NOW_BOUNDS.0.0), f64::from(NOW_BOUNDS.1.0))?;
        PARAMETERS.iter().try_for_each(|p| within(p.name, (p.get)(self), p.min, p.max))
    }

    /// The first day of the market change.
    pub fn change_day(&self) -> Day {
        self.now.plus(-(self.change.days_before_now as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_bounds() {
        assert_eq!(SynthConfig::default().check(), Ok(()));
    }

    #[test]
    fn a_configuration_survives_serialisation() {
        let config = SynthConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SynthConfig>(&text).unwrap(), config);
    }
}
