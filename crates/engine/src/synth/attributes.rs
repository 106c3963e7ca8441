//! What is visible of a customer at sign-up, and how much it moves what they will be worth. Weights are those of the
//! documented marginals; deliberately no latent enters here: attributes cause, they are never caused.

use super::stream::Stream;
use crate::schema::levels;

/// Positions in the levels of the six attribute columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    pub channel: u8,
    pub source: u8,
    pub device: u8,
    pub age_group: u8,
    pub region: u8,
    pub area_type: u8,
}

/// Attribute weights of a population, in the order of the levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginals {
    pub channel: [f64; 7],
    pub device: [f64; 3],
    pub age_group: [f64; 6],
    pub region: [f64; 5],
    pub area_type: [f64; 3],
}

impl Marginals {
    /// The same population with customers from other channels.
    pub fn with_channels(&self, shares: [f64; 7]) -> Self {
        Self { channel: shares, ..self.clone() }
    }
}

pub const COLDSTART: Marginals = Marginals {
    channel: [0.25, 0.20, 0.18, 0.12, 0.10, 0.10, 0.05],
    device: [0.45, 0.45, 0.10],
    age_group: [0.12, 0.28, 0.25, 0.18, 0.12, 0.05],
    region: [0.22, 0.20, 0.18, 0.18, 0.22],
    area_type: [0.40, 0.45, 0.15],
};

/// The profile shows age group and region only; the rest acts unseen.
pub const CONTINUOUS: Marginals =
    Marginals { age_group: [0.10, 0.30, 0.27, 0.18, 0.10, 0.05], region: [0.20, 0.20, 0.20, 0.20, 0.20], ..COLDSTART };

/// P(source | channel), one row a channel: google, facebook, instagram, email_campaign, partner_site, direct_url,
/// friend_referral.
pub const SOURCE_GIVEN_CHANNEL: [[f64; 7]; levels::ACQUISITION_CHANNEL.len()] = [
    [0.80, 0.04, 0.03, 0.00, 0.06, 0.07, 0.00],
    [0.88, 0.06, 0.04, 0.00, 0.02, 0.00, 0.00],
    [0.02, 0.52, 0.44, 0.00, 0.01, 0.00, 0.01],
    [0.02, 0.00, 0.00, 0.92, 0.03, 0.03, 0.00],
    [0.06, 0.00, 0.00, 0.04, 0.00, 0.90, 0.00],
    [0.02, 0.05, 0.03, 0.02, 0.08, 0.00, 0.80],
    [0.08, 0.05, 0.07, 0.00, 0.80, 0.00, 0.00],
];

const CHANNEL_VALUE: [f64; 7] = [1.3, 0.9, 0.8, 1.2, 1.4, 1.5, 1.0];
const AGE_VALUE: [f64; 6] = [0.7, 1.2, 1.4, 1.3, 1.1, 0.9];
const AREA_VALUE: [f64; 3] = [1.2, 1.0, 0.85];
/// Phones are browsed on more than they are bought on.
const DEVICE_CONVERSION: [f64; 3] = [1.08, 0.92, 1.0];
/// paid_search and social_media: their customers take twice as long to their first purchase, and a channel shift brings more
/// of them.
const PAID_CHANNELS: [u8; 2] = [1, 2];

/// How a customer's attributes move the process; each factor has mean 1 over the population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multipliers {
    pub conversion: f64,
    pub rate: f64,
    pub spend: f64,
    pub first_purchase_delay: f64,
}

/// Shares of the channels among customers of whom `shifted_share` come from the shifted channels.
pub fn shifted(shares: [f64; 7], shifted_share: f64) -> [f64; 7] {
    let mut shifted = shares.map(|share| share * (1.0 - shifted_share));
    for channel in PAID_CHANNELS {
        shifted[usize::from(channel)] += shifted_share / PAID_CHANNELS.len() as f64;
    }
    shifted
}

/// Factors of the levels with the documented population's mean taken out: other channels bring other customers.
#[derive(Debug)]
pub struct AttributeEffects {
    channel_conversion: [f64; 7],
    channel_rate: [f64; 7],
    device_conversion: [f64; 3],
    age_spend: [f64; 6],
    area_spend: [f64; 3],
}

fn with_mean_one<const N: usize>(factors: [f64; N], weights: &[f64; N]) -> [f64; N] {
    let mean: f64 = factors.iter().zip(weights).map(|(factor, weight)| factor * weight).sum();
    factors.map(|factor| factor / mean)
}

impl AttributeEffects {
    pub fn new(marginals: &Marginals) -> Self {
        Self {
            channel_conversion: with_mean_one(CHANNEL_VALUE.map(f64::sqrt), &marginals.channel),
            channel_rate: with_mean_one(CHANNEL_VALUE, &marginals.channel),
            device_conversion: with_mean_one(DEVICE_CONVERSION, &marginals.device),
            age_spend: with_mean_one(AGE_VALUE, &marginals.age_group),
            area_spend: with_mean_one(AREA_VALUE, &marginals.area_type),
        }
    }

    pub fn of(&self, attributes: &Attributes) -> Multipliers {
        Multipliers {
            spend: self.age_spend[usize::from(attributes.age_group)]
                * self.area_spend[usize::from(attributes.area_type)],
            ..self.of_channel_and_device(usize::from(attributes.channel), usize::from(attributes.device))
        }
    }

    /// The factors at mean spend.
    pub fn of_channel_and_device(&self, channel: usize, device: usize) -> Multipliers {
        Multipliers {
            conversion: self.channel_conversion[channel] * self.device_conversion[device],
            rate: self.channel_rate[channel],
            spend: 1.0,
            first_purchase_delay: if PAID_CHANNELS.map(usize::from).contains(&channel) { 2.0 } else { 1.0 },
        }
    }

    /// (factor on mean spend, probability) of each area, when only the age group is known.
    pub fn spend_of_age(&self, age_group: u8, area_weights: &[f64; 3]) -> [(f64, f64); 3] {
        let age = self.age_spend[usize::from(age_group)];
        core::array::from_fn(|area| (age * self.area_spend[area], area_weights[area]))
    }
}

impl Attributes {
    /// Draws the attributes of one customer; `shifted_share` of the customers come from the shifted channels.
    pub fn draw(marginals: &Marginals, shifted_share: f64, stream: &mut Stream) -> Self {
        let channel = stream.category(&marginals.channel);
        let shift = stream.uniform();
        let shifted = PAID_CHANNELS[usize::from(shift < 0.5 * shifted_share)];
        let channel = if shift < shifted_share { shifted } else { channel };
        Self {
            channel,
            source: stream.category(&SOURCE_GIVEN_CHANNEL[usize::from(channel)]),
            device: stream.category(&marginals.device),
            age_group: stream.category(&marginals.age_group),
            region: stream.category(&marginals.region),
            area_type: stream.category(&marginals.area_type),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_fit_the_levels() {
        for marginals in [COLDSTART, CONTINUOUS] {
            for (weights, levels) in [
                (&marginals.channel[..], levels::ACQUISITION_CHANNEL),
                (&marginals.device[..], levels::DEVICE_TYPE),
                (&marginals.age_group[..], levels::AGE_GROUP),
                (&marginals.region[..], levels::REGION),
                (&marginals.area_type[..], levels::AREA_TYPE),
            ] {
                assert_eq!(weights.len(), levels.len());
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        for row in SOURCE_GIVEN_CHANNEL {
            assert_eq!(row.len(), levels::ACQUISITION_SOURCE.len());
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn multipliers_have_mean_one_and_slow_channels_are_named() {
        let effects = AttributeEffects::new(&CONTINUOUS);
        let mean = |factors: &[f64], weights: &[f64]| -> f64 { factors.iter().zip(weights).map(|(f, w)| f * w).sum() };
        assert!((mean(&effects.channel_rate, &CONTINUOUS.channel) - 1.0).abs() < 1e-12);
        assert!((mean(&effects.age_spend, &CONTINUOUS.age_group) - 1.0).abs() < 1e-12);
        let slow = PAID_CHANNELS.map(|code| levels::ACQUISITION_CHANNEL[usize::from(code)]);
        assert_eq!(slow, ["paid_search", "social_media"]);
    }
}
