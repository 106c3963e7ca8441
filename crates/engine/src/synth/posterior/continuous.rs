//! The fair bound of the continuous scenario: what an established customer will spend, from purchases and interactions up to an
//! observation date. Deliberately reads a history, never the latents.

use super::browsing::{Browsing, N_BROWSED, browsed};
use super::drop_out::DropOut;
use super::emails::{Emails, Mailing, seen_share};
use super::rates::{Conversion, N_BROWSING, N_RATES, RateGrid, RatePrior, hidden_channels};
use super::spend::{Amount, SpendPrior};
use crate::schema::Day;
use crate::synth::attributes::{AttributeEffects, CONTINUOUS, shifted};
use crate::synth::config::{SynthConfig, SynthError};
use crate::synth::continuous::continuous_signups;
use crate::synth::engagement::{EMAIL_OPEN, SUPPORT_TICKET};
use crate::synth::latents::ONBOARDING_DAYS;
use crate::synth::life::MAX_LEAD_DAYS;
use crate::synth::season::Season;

/// Width of the bins of τ, in days: before the observation date, and after it.
const PAST_BIN_DAYS: f64 = 7.0;
const FUTURE_BIN_DAYS: f64 = 10.0;
const NOON: f64 = 0.5;

/// What was seen of one customer up to and including `as_of`.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    pub signup: Day,
    /// Position in the levels of AGE_GROUP.
    pub age_group: u8,
    pub as_of: Day,
    /// Purchases in order of time.
    pub purchase_days: &'a [i32],
    pub amounts_cents: &'a [i64],
    /// Interactions in order of time.
    pub event_days: &'a [i32],
    pub event_types: &'a [u8],
}

/// The posterior of continuous customers under a configuration.
pub struct ContinuousPosterior {
    config: SynthConfig,
    season: Season,
    effects: AttributeEffects,
    rates: RatePrior,
    spend: SpendPrior,
    drop_out: DropOut,
    browsing: Browsing,
    emails: Emails,
}

/// A bin of τ.
struct Bin {
    begin: f64,
    end: f64,
    /// The first whole day without the customer.
    day: i32,
    /// λ-free part of its weight: interactions apart.
    ln_weight: f64,
}

impl Bin {
    fn new(begin: f64, end: f64) -> Self {
        Self { begin, end, day: libm::ceil(0.5 * (begin + end)) as i32, ln_weight: 0.0 }
    }

    fn middle(&self) -> f64 {
        0.5 * (self.begin + self.end)
    }
}

/// A visit, view or cart add: b·background·f + leading is its intensity.
struct Browsed {
    day: i32,
    browsed: usize,
    background: f64,
    leading: f64,
}

/// A history taken apart.
struct Evidence<'a> {
    history: &'a History<'a>,
    is_converter: bool,
    /// t₀.
    start: f64,
    n_repeats: usize,
    browsed: Vec<Browsed>,
    ticket_days: Vec<i32>,
    open_days: Vec<i32>,
}

impl ContinuousPosterior {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        let scenario = &config.continuous;
        let (first_day, last_day) = (continuous_signups(config).0, config.now.plus(400));
        let season = Season::new(config, first_day, last_day);
        Ok(Self {
            effects: AttributeEffects::new(&CONTINUOUS),
            rates: RatePrior::new(config, scenario),
            spend: SpendPrior::new(config),
            drop_out: DropOut::new(config, scenario),
            browsing: Browsing::new(config, scenario, &season, (first_day.0, last_day.0)),
            emails: Emails::new(scenario),
            season,
            config: config.clone(),
        })
    }

    /// E\[spend on the `horizon_days` days after `as_of` | history\], in cents.
    pub fn expected_spend_cents(&self, history: &History, horizon_days: i32) -> f64 {
        let evidence = self.evidence(history);
        let seen_until = f64::from(history.as_of.0 + 1);
        let end = seen_until + f64::from(horizon_days);
        let grid = self.rate_grid(&evidence, seen_until);
        let mut bins = self.past_bins(&evidence, seen_until);
        let n_past = bins.len();
        bins.extend(self.future_bins(seen_until, end));
        let mailings = self.mailings(&evidence, &bins, n_past);
        for (bin, mailing) in bins.iter_mut().zip(mailings) {
            bin.ln_weight = mailing + self.ln_tickets(&evidence, bin);
        }
        let prices = [1.0, 1.0 + self.config.change.price_rise];
        let means = self.mean_amounts(&evidence, prices);
        self.integrate(&evidence, &grid, &bins, n_past, (seen_until, end), means)
    }

    fn evidence<'a>(&self, history: &'a History) -> Evidence<'a> {
        let signup = history.signup.0;
        let first = history.purchase_days.first().filter(|&&day| day < signup + ONBOARDING_DAYS);
        let is_converter = first.is_some();
        let mut evidence = Evidence {
            history,
            is_converter,
            start: first.map_or(f64::from(signup + ONBOARDING_DAYS), |&day| f64::from(day) + NOON),
            n_repeats: history.purchase_days.len() - usize::from(is_converter),
            browsed: Vec::new(),
            ticket_days: Vec::new(),
            open_days: Vec::new(),
        };
        let purchases = history.purchase_days;
        let mut next = 0;
        for (&day, &event_type) in history.event_days.iter().zip(history.event_types) {
            next += purchases[next..].iter().take_while(|&&purchase| purchase < day).count();
            match (event_type, browsed(event_type)) {
                (SUPPORT_TICKET, _) => evidence.ticket_days.push(day),
                (EMAIL_OPEN, _) => evidence.open_days.push(day),
                (_, Some(browsed)) => {
                    let near = purchases[next..].iter().take_while(|&&purchase| purchase - day <= MAX_LEAD_DAYS);
                    // What would have come before sign-up comes on that day.
                    let of = |lead: i32| {
                        if day == signup {
                            self.browsing.earlier(browsed, lead)
                        } else {
                            self.browsing.leading(browsed, lead)
                        }
                    };
                    let leading = near.map(|&purchase| of(purchase - day)).sum();
                    let background = self.browsing.background[browsed] * self.season.factor(day);
                    evidence.browsed.push(Browsed { day, browsed, background, leading });
                }
                _ => {}
            }
        }
        evidence
    }

    fn rate_grid(&self, evidence: &Evidence, seen_until: f64) -> RateGrid {
        let history = evidence.history;
        let conversion = match history.purchase_days.first() {
            Some(&day) if evidence.is_converter => Conversion::After(day - history.signup.0),
            _ => Conversion::None,
        };
        let is_shifted = history.signup >= self.config.change_day();
        let shifted_share = if is_shifted { self.config.change.paid_social_share } else { 0.0 };
        let shares = shifted(self.config.channels.shares(), shifted_share);
        let channels = hidden_channels(&self.rates, &self.effects, &CONTINUOUS, &shares, conversion);
        let last = history.purchase_days.last().map_or(evidence.start, |&day| f64::from(day) + NOON);
        let exposure = |until: f64| self.season.days_between(evidence.start, until);
        self.rates.grid(conversion, &channels, evidence.n_repeats, (exposure(last), exposure(seen_until)))
    }

    /// Bins of τ between the last sign of a customer and the observation date.
    fn past_bins(&self, evidence: &Evidence, seen_until: f64) -> Vec<Bin> {
        let last = evidence.history.purchase_days.last().map_or(evidence.start, |&day| f64::from(day) + NOON);
        let begin = last.max(evidence.start);
        if begin >= seen_until {
            return Vec::new();
        }
        let n = libm::ceil((seen_until - begin) / PAST_BIN_DAYS);
        let width = (seen_until - begin) / n;
        (0..n as usize).map(|idx| Bin::new(begin + width * idx as f64, begin + width * (idx + 1) as f64)).collect()
    }

    /// Bins of τ after the observation date; the last one is endless.
    fn future_bins(&self, seen_until: f64, end: f64) -> Vec<Bin> {
        let mut edges = vec![seen_until];
        while let Some(&edge) = edges.last().filter(|edge| **edge < end) {
            let next = (edge + FUTURE_BIN_DAYS).min(end);
            edges.push(self.drop_out.change_between(edge, next).unwrap_or(next));
        }
        let mut bins: Vec<Bin> = edges.windows(2).map(|edge| Bin::new(edge[0], edge[1])).collect();
        bins.push(Bin { begin: end, end: f64::INFINITY, day: i32::MAX, ln_weight: 0.0 });
        bins
    }

    /// ln P(opened and ignored emails | τ in the bin) of every bin.
    fn mailings(&self, evidence: &Evidence, bins: &[Bin], n_past: usize) -> Vec<f64> {
        let (signup, until) = (evidence.history.signup.0, evidence.history.as_of.0 + 1);
        let interval = self.emails.interval_days;
        let sent_on = |opened: &i32| opened - (opened - signup) % interval;
        let of = |drop_out: i32| {
            let n_sent = |day: i32| f64::from((day.min(until) - signup + interval - 1).max(0) / interval);
            let n_opened = evidence.open_days.iter().filter(|day| sent_on(day) < drop_out).count() as f64;
            let mut mailing = Mailing {
                n_opened_before: n_opened,
                n_ignored_before: n_sent(drop_out) - n_opened,
                n_opened_after: evidence.open_days.len() as f64 - n_opened,
                n_ignored_after: 0.0,
                undecided: None,
            };
            mailing.n_ignored_after = n_sent(until) - n_sent(drop_out) - mailing.n_opened_after;
            let last_sent = until - 1 - (until - 1 - signup) % interval;
            let seen = seen_share(until - last_sent);
            if seen < 1.0 && evidence.open_days.iter().all(|day| sent_on(day) != last_sent) {
                let is_before = last_sent < drop_out;
                *(if is_before { &mut mailing.n_ignored_before } else { &mut mailing.n_ignored_after }) -= 1.0;
                mailing.undecided = Some((seen, is_before));
            }
            self.emails.ln_likelihood(evidence.is_converter, &mailing)
        };
        // From the observation date on, the drop-out makes no difference.
        let still_there = of(i32::MAX);
        let past = bins[..n_past].iter().map(|bin| of(bin.day));
        past.chain(bins[n_past..].iter().map(|_| still_there)).collect()
    }

    /// ln of the tickets' intensities given τ.
    fn ln_tickets(&self, evidence: &Evidence, bin: &Bin) -> f64 {
        let other = self.drop_out.other_tickets_per_day();
        let purchases = evidence.history.purchase_days;
        let first = libm::floor(evidence.start) as i32;
        let seen = |&day: &i32| {
            let near = purchases.iter().filter(|&&purchase| (0..=MAX_LEAD_DAYS).contains(&(day - purchase)));
            let about: f64 = near.map(|&purchase| self.drop_out.tickets_after(day - purchase)).sum();
            let by_itself = if (first..bin.day).contains(&day) { other } else { 0.0 };
            libm::log((about + by_itself).max(f64::MIN_POSITIVE))
        };
        let exposed = bin.middle().min(f64::from(evidence.history.as_of.0 + 1)) - evidence.start;
        evidence.ticket_days.iter().map(seen).sum::<f64>() - other * exposed.max(0.0)
    }

    fn mean_amounts(&self, evidence: &Evidence, prices: [f64; 2]) -> [f64; 2] {
        let history = evidence.history;
        let amounts: Vec<Amount> = history
            .purchase_days
            .iter()
            .zip(history.amounts_cents)
            .enumerate()
            .map(|(idx, (&day, &cents))| Amount {
                cents: cents as f64,
                price: self.season.price(day),
                is_first: idx == 0 && evidence.is_converter,
            })
            .collect();
        let multipliers = self.effects.spend_of_age(history.age_group, &CONTINUOUS.area_type);
        self.spend.mean_amounts_cents(&multipliers, &amounts, prices)
    }

    /// P(events browsed | τ in the bin, b) for each b of the grid, as ln of the largest and shares of it.
    fn browsing_likelihood(&self, evidence: &Evidence, bin: &Bin) -> (f64, [f64; N_BROWSING]) {
        let grid = &self.rates.browsing;
        let mut ln = [0.0; N_BROWSING];
        let mut product = [1.0; N_BROWSING];
        for (n, event) in evidence.browsed.iter().enumerate() {
            let total = (event.background + event.leading).max(f64::MIN_POSITIVE);
            let days_left = bin.day.saturating_sub(event.day);
            let background = event.background * self.browsing.fade(days_left) / total;
            let leading = event.leading / total;
            for (product, b) in product.iter_mut().zip(grid) {
                *product *= b * background + leading;
            }
            // Before the product over- or underflows.
            if n % 32 == 31 {
                for (ln, product) in ln.iter_mut().zip(&mut product) {
                    *ln += libm::log(product.max(f64::MIN_POSITIVE));
                    *product = 1.0;
                }
            }
        }
        let until = evidence.history.as_of.0 + 1;
        let day = bin.day.min(until + 10_000);
        let exposure = self.browsing.exposure(&self.season, evidence.history.signup.0, until, day);
        let per_browsing: f64 = self.browsing.background.iter().sum::<f64>() * exposure;
        for ((ln, product), b) in ln.iter_mut().zip(product).zip(grid) {
            *ln += libm::log(product.max(f64::MIN_POSITIVE)) - b * per_browsing;
        }
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (top, ln.map(|ln| libm::exp(ln - top)))
    }

    /// What the last days' interactions say about purchases to come: V = expected visible purchases per unit of λ, and for each b
    /// U(b) = the same weighted with how well such a purchase explains the events.
    fn pending(&self, evidence: &Evidence) -> (f64, [f64; N_BROWSING]) {
        let as_of = evidence.history.as_of.0;
        let recent: Vec<&Browsed> = evidence.browsed.iter().filter(|event| as_of - event.day < MAX_LEAD_DAYS).collect();
        let mut expected = 0.0;
        let mut explained = [0.0; N_BROWSING];
        for ahead in 1..=MAX_LEAD_DAYS {
            let visible: f64 = (0..N_BROWSED).map(|idx| self.browsing.earlier(idx, ahead)).sum();
            if visible <= 0.0 {
                break;
            }
            let demand = self.season.factor(as_of + ahead);
            let invisible = libm::exp(-visible);
            expected += demand * (1.0 - invisible);
            for (sum, &b) in explained.iter_mut().zip(&self.rates.browsing) {
                let ratio = |event: &&Browsed| {
                    let led = self.browsing.leading(event.browsed, as_of + ahead - event.day);
                    1.0 + led / (b * event.background + event.leading).max(f64::MIN_POSITIVE)
                };
                *sum += demand * invisible * (recent.iter().map(ratio).product::<f64>() - 1.0);
            }
        }
        (expected, explained)
    }

    fn integrate(
        &self,
        evidence: &Evidence,
        grid: &RateGrid,
        bins: &[Bin],
        n_past: usize,
        (seen_until, end): (f64, f64),
        means: [f64; 2],
    ) -> f64 {
        let likelihoods: Vec<(f64, [f64; N_BROWSING])> =
            bins.iter().map(|bin| self.browsing_likelihood(evidence, bin)).collect();
        let scale = |(bin, likelihood): (&Bin, &(f64, [f64; N_BROWSING]))| bin.ln_weight + likelihood.0;
        let top = bins.iter().zip(&likelihoods).map(scale).fold(f64::NEG_INFINITY, f64::max);
        let n_repeats = evidence.n_repeats as f64;
        let exposure_seen = self.season.days_between(evidence.start, seen_until);
        let ln_purchases = |rate: f64, exposure: f64| n_repeats * libm::log(rate) - rate * exposure;
        // Keeps λ^x e^(−λS) within range.
        let last = evidence.history.purchase_days.last().map_or(evidence.start, |&day| f64::from(day) + NOON);
        let least_exposure = self.season.days_between(evidence.start, last);
        let most =
            grid.rates.map(|rate| ln_purchases(rate, least_exposure)).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut spend) = (0.0, 0.0);

        for (bin, likelihood) in bins[..n_past].iter().zip(&likelihoods) {
            let weight = self.past_mass(evidence, bin) * libm::exp(scale((bin, likelihood)) - top);
            if weight < 1e-12 {
                continue;
            }
            let exposures = [bin.begin, bin.end].map(|time| self.season.days_between(evidence.start, time));
            for (&rate, prior) in grid.rates.iter().zip(&grid.prior) {
                let interactions: f64 = prior.iter().zip(&likelihood.1).map(|(p, l)| p * l).sum();
                // The mean of e^(−λS) over the bin: a high rate falls silent within days.
                let span = rate * (exposures[1] - exposures[0]);
                let within = if span > 1e-9 { -libm::expm1(-span) / span } else { 1.0 };
                total += weight * interactions * within * libm::exp(ln_purchases(rate, exposures[0]) - most);
            }
        }

        let (visible, explained) = self.pending(evidence);
        let forgiven = self.drop_out.forgiven(evidence.ticket_days.len());
        let mean_next = if self.season.price(seen_until as i32) == 1.0 { means[0] } else { means[1] };
        let rate_weights: [f64; N_RATES] =
            grid.rates.map(|rate| libm::exp(ln_purchases(rate, exposure_seen) - most - rate * visible));
        let exponents = |time: f64| {
            let pending = self.pending_tickets(evidence, time);
            self.drop_out.last_straw_exponents(&self.season, seen_until, time, pending)
        };
        for (bin, likelihood) in bins[n_past..].iter().zip(&likelihoods[n_past..]) {
            let weight = forgiven * libm::exp(scale((bin, likelihood)) - top);
            let survival =
                |time: f64| if time.is_finite() { self.drop_out.survival(evidence.start, time) } else { 0.0 };
            let (begin, until) = (survival(bin.begin), survival(bin.end));
            let (at_begin, at_end) = (exponents(bin.begin), exponents(bin.end.min(end)));
            let periods = self.season.price_periods(seen_until, bin.middle().min(end));
            let to_come: f64 =
                periods.iter().zip(means).map(|(&(from, to, _), mean)| self.season.days_between(from, to) * mean).sum();
            for (idx, (&rate, prior)) in grid.rates.iter().zip(&grid.prior).enumerate() {
                let mass =
                    begin * libm::exp(-at_begin.0 - at_begin.1 * rate) - until * libm::exp(-at_end.0 - at_end.1 * rate);
                let (mut interactions, mut n_pending) = (0.0, 0.0);
                for ((p, l), u) in prior.iter().zip(&likelihood.1).zip(&explained) {
                    interactions += p * l * (1.0 + rate * u);
                    n_pending += p * l * rate * u;
                }
                let weight = weight * mass.max(0.0) * rate_weights[idx];
                // Given that at least one purchase is on its way, there are λV / (1 − e^−λV).
                let n_visible = rate * visible;
                let at_least_one = if n_visible > 1e-9 { n_visible / -libm::expm1(-n_visible) } else { 1.0 };
                total += weight * interactions;
                spend += weight * interactions * rate * (to_come - visible * mean_next)
                    + weight * n_pending * at_least_one * mean_next;
            }
        }
        if total > 0.0 { (spend / total).max(0.0) } else { 0.0 }
    }

    /// P(τ in a bin before the observation date), last straws included.
    fn past_mass(&self, evidence: &Evidence, bin: &Bin) -> f64 {
        let at = |time: f64| {
            let n_tickets = evidence.ticket_days.iter().filter(|&&day| f64::from(day + 1) <= time).count();
            self.drop_out.survival(evidence.start, time) * self.drop_out.forgiven(n_tickets)
        };
        (at(bin.begin) - at(bin.end)).max(0.0)
    }

    /// Expected tickets about purchases already made, between the observation date and `time`.
    fn pending_tickets(&self, evidence: &Evidence, time: f64) -> f64 {
        let (as_of, until) = (evidence.history.as_of.0, time.min(1e9) as i32);
        let purchases = evidence.history.purchase_days.iter().rev();
        purchases
            .take_while(|&&day| as_of - day <= MAX_LEAD_DAYS)
            .map(|&day| self.drop_out.tickets_within(until - day) - self.drop_out.tickets_within(as_of + 1 - day))
            .sum()
    }
}
