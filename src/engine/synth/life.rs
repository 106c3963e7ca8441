//! A customer's purchases from their latents: a Poisson process of rate λ·s(t) between t₀ and τ, drawn by thinning, with
//! amounts, categories and quantities. Deliberately knows nothing of tables; a longer window only appends purchases.

use super::latents::{CustomerLatents, FIRST_AMOUNT_BOUNDS_CENTS, REPEAT_AMOUNT_BOUNDS_CENTS};
use super::season::Season;
use super::stream::Stream;
use crate::engine::schema::Day;

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

/// The laws of buying that all customers of a population share.
pub struct PurchaseModel {
    pub season: Season,
    /// Probability that a later purchase falls into the category of the first one.
    pub category_loyalty: f64,
}

impl PurchaseModel {
    /// Writes the purchases before `until`, in order of time, into `purchases` (cleared first).
    pub fn draw_purchases(
        &self,
        latents: &CustomerLatents,
        until: Day,
        stream: &mut Stream,
        purchases: &mut Vec<Purchase>,
    ) {
        purchases.clear();
        let end = f64::from(until.0).min(latents.drop_out_day);
        let favourite = stream.category(&FIRST_CATEGORY_WEIGHTS);
        let mut time = latents.active_from_day;
        if latents.is_converter && time < f64::from(until.0) {
            purchases.push(Purchase {
                day: libm::floor(time) as i32,
                amount_cents: latents.draw_amount_cents(FIRST_AMOUNT_BOUNDS_CENTS, stream),
                category: favourite,
                quantity: 1 + stream.poisson_from(PROBABILITY_OF_ONE_ITEM),
            });
        }
        let proposal_rate = latents.rate_per_day * self.season.max_factor();
        if proposal_rate <= 0.0 {
            return;
        }
        loop {
            time += stream.exponential() / proposal_rate;
            if time >= end {
                return;
            }
            let day = libm::floor(time) as i32;
            if !stream.chance(self.season.factor(day) / self.season.max_factor()) {
                continue;
            }
            purchases.push(Purchase {
                day,
                amount_cents: latents.draw_amount_cents(REPEAT_AMOUNT_BOUNDS_CENTS, stream),
                category: if stream.chance(self.category_loyalty) {
                    favourite
                } else {
                    stream.category(&CATEGORY_WEIGHTS)
                },
                quantity: 1 + stream.poisson_from(PROBABILITY_OF_ONE_ITEM),
            });
        }
    }
}
