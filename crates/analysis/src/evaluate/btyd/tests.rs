//! The models against what is published and against `lifetimes` 0.11.3, on the CDNOW cohort (2,357 customers who first bought in the first quarter
//! of 1997, from that package: `tests/golden/cdnow.csv`, weeks and dollars), and against what must hold for any parameters.

use super::super::resample::Draws;
use super::*;
use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, proptest};

fn cdnow() -> (Vec<History>, Vec<Spend>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/cdnow.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let customers = text.lines().skip(1).flat_map(|line| {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let history = History { frequency: cells[0] as u32, recency: cells[1], age: cells[2] };
        let spend = Spend { frequency: cells[0] as u32, mean_spend: cells[3] };
        std::iter::repeat_n((history, spend), cells[4] as usize)
    });
    customers.unzip()
}

fn model(r: f64, alpha: f64, a: f64, b: f64) -> BgNbd {
    BgNbd::new(BgNbdParams { r, alpha, a, b }).unwrap()
}

fn history(frequency: u32, recency: f64, age: f64) -> History {
    History { frequency, recency, age }
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() <= tolerance, "{found} instead of {expected}");
}

#[test]
fn bg_nbd_of_cdnow_is_the_published_one() {
    let (histories, _) = cdnow();
    assert_eq!(histories.len(), 2_357);
    let fitted = BgNbd::fit(&histories).unwrap();
    assert!(fitted.is_converged && fitted.n_evaluations < 60, "{fitted:?}");
    let found = fitted.model.parameters();
    // Fader, Hardie & Lee 2005, table 2.
    for (found, published) in [(found.r, 0.243), (found.alpha, 4.414), (found.a, 0.793), (found.b, 2.426)] {
        assert!((found - published).abs() < 0.0005, "{found} instead of {published}");
    }
    assert!((fitted.log_likelihood + 9_582.4).abs() < 0.05);
    // lifetimes, searched to 1e-9.
    let of_lifetimes = [0.24259290698179992, 4.413531558085454, 0.7928861521739391, 2.425753445170157];
    for (found, expected) in [found.r, found.alpha, found.a, found.b].into_iter().zip(of_lifetimes) {
        close(found, expected, 1e-5);
    }
    close(fitted.log_likelihood, -9_582.425560567362, 1e-12);
    close(model(0.243, 4.414, 0.793, 2.426).log_likelihood(&histories).unwrap(), -9_582.426831182365, 1e-12);
}

#[test]
fn gamma_gamma_of_cdnow_is_the_published_one() {
    let (_, spends) = cdnow();
    let fitted = GammaGamma::fit(&spends).unwrap();
    assert!(fitted.is_converged && fitted.n_customers == 946, "{fitted:?}");
    let found = fitted.model.parameters();
    // Fader & Hardie 2013, section 4, and lifetimes, searched to 1e-9.
    for (found, published) in [(found.p, 6.25), (found.q, 3.74), (found.v, 15.45)] {
        assert!((found - published).abs() < 0.005, "{found} instead of {published}");
    }
    let of_lifetimes = [6.248802493100482, 3.744588452483409, 15.447747995518599];
    for (found, expected) in [found.p, found.q, found.v].into_iter().zip(of_lifetimes) {
        close(found, expected, 1e-4);
    }
    close(fitted.log_likelihood, -4_055.9232435028607, 1e-10);
}

#[test]
fn what_is_expected_of_customers_is_what_lifetimes_expects() {
    let of_lifetimes = [
        (model(0.243, 4.414, 0.793, 2.426), 0, 0.0, 38.86, 39.0, 1.0, 0.19509805201125396),
        (model(0.243, 4.414, 0.793, 2.426), 2, 30.43, 38.86, 39.0, 0.726578570080673, 1.226028174767135),
        (model(0.243, 4.414, 0.793, 2.426), 1, 1.71, 38.86, 39.0, 0.2121009853773791, 0.20318698707975183),
        (model(0.243, 4.414, 0.793, 2.426), 7, 35.0, 38.0, 52.0, 0.8619910650934327, 5.7286816643461105),
        (model(0.243, 4.414, 0.793, 2.426), 26, 30.86, 31.0, 52.0, 0.968915649717525, 25.75819593648315),
        (model(0.243, 4.414, 0.793, 2.426), 60, 300.0, 380.0, 365.0, 6.0863071539014e-05, 0.0026431072760190115),
        (model(2.0, 30.0, 1.7, 4.0), 2, 30.43, 38.86, 39.0, 0.6356308599616148, 1.1051572023876859),
        (model(2.0, 30.0, 1.7, 4.0), 26, 30.86, 31.0, 52.0, 0.9411622242630203, 13.671271158330224),
    ];
    for (model, frequency, recency, age, horizon, p_alive, expected) in of_lifetimes {
        let customer = history(frequency, recency, age);
        close(model.p_alive(&customer), p_alive, 1e-11);
        close(model.expected_purchases(&customer, horizon), expected, 1e-9);
    }
    let cdnow = model(0.243, 4.414, 0.793, 2.426);
    for (horizon, expected) in [(1.0, 0.05326789117165627), (39.0, 1.1967231933207985), (1_000.0, 6.580391613737897)] {
        close(cdnow.expected_of_new(horizon), expected, 1e-9);
    }
    let spends = GammaGamma::new(GammaGammaParams { p: 6.25, q: 3.74, v: 15.45 }).unwrap();
    for (frequency, mean_spend, expected) in
        [(0, 0.0, 35.24178832116788), (1, 22.35, 26.27919911012236), (26, 12.5, 12.877103001694504)]
    {
        close(spends.expected_spend(&Spend { frequency, mean_spend }).unwrap(), expected, 1e-13);
    }
}

#[test]
fn expectations_need_no_care_where_the_hypergeometric_form_does() {
    // Equation 10 without P(alive) in mpmath with 60 digits, a = 1 as 1 + 1e-25.
    let of_mpmath = [
        ([0.243, 4.414, 1.0, 2.426], 3, 38.0, 39.0, 2.3393526785117413),
        ([0.243, 4.414, 1.0000001, 2.426], 3, 38.0, 39.0, 2.33935263179538),
        ([0.5, 2.0, 0.3, 0.4], 0, 0.0, 60.0, 4.853152832205258),
        ([2.0, 30.0, 1.7, 4.0], 900, 300.0, 365.0, 524.2644136142312),
        ([0.8, 10.0, 0.02, 0.9], 5, 10.0, 4000.0, 1060.8531054854589),
        ([300.0, 9000.0, 40.0, 900.0], 4, 20.0, 365.0, 9.58968922063889),
        ([0.243, 4.414, 0.793, 2.426], 0, 0.0, 20000.0, 18.688093987356382),
    ];
    for ([r, alpha, a, b], frequency, age, horizon, expected) in of_mpmath {
        // Bought just now.
        let customer = history(frequency, if frequency > 0 { age } else { 0.0 }, age);
        let found = model(r, alpha, a, b);
        close(found.expected_purchases(&customer, horizon) / found.p_alive(&customer), expected, 1e-11);
    }
}

#[test]
fn an_export_has_the_columns_of_lifetimes() {
    let (histories, spends) = cdnow();
    let customers: Vec<(History, f64)> =
        histories.into_iter().zip(spends.iter().map(|spend| spend.mean_spend)).collect();
    let json = serde_json::to_value(BtydExport::new(&customers, 39.0).unwrap()).unwrap();
    for column in ["frequency", "recency", "T", "mean_spend"] {
        assert_eq!(json[column].as_array().unwrap().len(), customers.len(), "{column}");
    }
    for parameter in ["r", "alpha", "a", "b", "p", "q", "v", "log_likelihood"] {
        assert!(json["ours"][parameter].is_f64(), "{parameter}");
    }
}

#[test]
fn tracking_adds_up_customers_who_have_begun() {
    let model = model(0.243, 4.414, 0.793, 2.426);
    let found = model.expected_cumulative(&[0.0, 2.0, 2.0, 50.0], &[0.0, 2.0, 10.0]);
    assert_eq!(found[0], 0.0);
    close(found[1], model.expected_of_new(2.0), 1e-15);
    close(found[2], model.expected_of_new(10.0) + 2.0 * model.expected_of_new(8.0), 1e-15);
}

#[test]
fn parameters_are_recovered_from_customers_who_follow_the_model() {
    let true_params = BgNbdParams { r: 0.8, alpha: 12.0, a: 1.2, b: 3.5 };
    let histories: Vec<History> = (0..20_000).map(|customer| drawn(&true_params, customer)).collect();
    let fitted = BgNbd::fit(&histories).unwrap();
    let found = fitted.model.parameters();
    assert!(fitted.is_converged);
    for (found, expected) in [(found.r, 0.8), (found.alpha, 12.0), (found.a / (found.a + found.b), 1.2 / 4.7)] {
        close(found, expected, 0.05);
    }
    // Twice the gain over the true parameters is χ² with four degrees of freedom: 18.5 at one in a thousand.
    let gain = fitted.log_likelihood - BgNbd::new(true_params).unwrap().log_likelihood(&histories).unwrap();
    assert!((0.0..18.5 / 2.0).contains(&gain), "{gain}");
    // What is expected of them in the next 20 is what a mean over draws gives.
    let expected: f64 = histories.iter().map(|h| fitted.model.expected_purchases(h, 20.0)).sum();
    let later: u32 = (0..20_000).map(|customer| drawn_later(&true_params, customer, 20.0)).sum();
    close(expected, f64::from(later), 0.03);
}

/// Marsaglia & Tsang 2000; shapes below 1 by a power of a uniform.
fn gamma(draws: &mut Draws, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(draws, shape + 1.0) * libm::pow(draws.uniform(), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let angle = 2.0 * std::f64::consts::PI * draws.uniform();
        let x = (-2.0 * libm::log(draws.uniform())).sqrt() * libm::cos(angle);
        let root = 1.0 + x / (9.0 * d).sqrt();
        let v = root * root * root;
        if v > 0.0 && libm::log(draws.uniform()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

/// Times of purchases after the first, up to a customer's end, and the age, 5 … 60.
fn purchases(params: &BgNbdParams, customer: u32, further: f64) -> (Vec<f64>, f64) {
    let mut draws = Draws::new(11, customer);
    let rate = gamma(&mut draws, params.r) / params.alpha;
    let (one, other) = (gamma(&mut draws, params.a), gamma(&mut draws, params.b));
    let leaves = one / (one + other);
    let age = 5.0 + libm::floor(55.0 * draws.uniform());
    let (mut times, mut time) = (Vec::new(), 0.0);
    loop {
        time -= libm::log(draws.uniform()) / rate;
        if time > age + further {
            return (times, age);
        }
        times.push(time);
        if draws.uniform() < leaves {
            return (times, age);
        }
    }
}

fn drawn(params: &BgNbdParams, customer: u32) -> History {
    let (times, age) = purchases(params, customer, 0.0);
    history(times.len() as u32, times.last().copied().unwrap_or(0.0), age)
}

fn drawn_later(params: &BgNbdParams, customer: u32, further: f64) -> u32 {
    let (times, age) = purchases(params, customer, further);
    times.iter().filter(|time| **time > age).count() as u32
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let found = |histories: &[History]| BgNbd::fit(histories).map(|_| ());
    assert_eq!(found(&[]), Err(BtydError::TooFew { n_repeating: 0 }));
    assert_eq!(found(&[history(0, 0.0, 5.0), history(2, 1.0, 5.0)]), Err(BtydError::TooFew { n_repeating: 1 }));
    for wrong in [history(0, 1.0, 5.0), history(1, 6.0, 5.0), history(1, -1.0, 5.0), history(1, 1.0, f64::NAN)] {
        assert!(matches!(found(&[wrong]), Err(BtydError::History { row: 0, .. })), "{wrong:?}");
    }
    assert_eq!(found(&[history(2, 0.0, 0.0); 3]), Err(BtydError::NoTime));
    let spend = |frequency, mean_spend| Spend { frequency, mean_spend };
    let found = GammaGamma::fit(&[spend(0, 0.0), spend(1, 0.0)]).map(|_| ());
    assert_eq!(found, Err(BtydError::Spend { row: 1, mean_spend: 0.0 }));
    assert!(GammaGamma::fit(&[spend(0, 0.0), spend(1, 3.0)]).is_err());
    assert!(BgNbd::new(BgNbdParams { r: 1.0, alpha: 0.0, a: 1.0, b: 1.0 }).is_err());
    let heavy = GammaGamma::new(GammaGammaParams { p: 2.0, q: 0.9, v: 1.0 }).unwrap();
    assert!(heavy.expected_spend(&spend(0, 0.0)).is_none() && heavy.expected_spend(&spend(1, 5.0)).is_some());
}

#[test]
fn odd_customers_end_in_numbers() {
    // All alike; several purchases on the first day; nobody ever left.
    let alike = vec![history(3, 30.0, 40.0); 50];
    let at_once = vec![history(2, 0.0, 0.0), history(2, 0.0, 30.0), history(1, 0.0, 40.0), history(0, 0.0, 9.0)];
    let loyal: Vec<History> = (1..60).map(|x| history(x, 100.0, 100.0)).collect();
    for histories in [alike, at_once, loyal] {
        let fitted = BgNbd::fit(&histories).unwrap();
        assert!(fitted.log_likelihood.is_finite(), "{fitted:?}");
        for customer in &histories {
            assert!(fitted.model.expected_purchases(customer, 50.0).is_finite(), "{fitted:?}");
        }
    }
    let same = GammaGamma::fit(&[Spend { frequency: 2, mean_spend: 20.0 }; 9]).unwrap();
    assert!(same.log_likelihood.is_finite(), "{same:?}");
}

fn any_model() -> impl Strategy<Value = BgNbd> {
    (0.05f64..20.0, 0.5f64..200.0, 0.05f64..20.0, 0.05f64..50.0).prop_map(|(r, alpha, a, b)| model(r, alpha, a, b))
}

fn any_history() -> impl Strategy<Value = History> {
    (0u32..80, 0.0f64..=1.0, 0.0f64..400.0)
        .prop_map(|(x, part, age)| history(x, if x == 0 { 0.0 } else { part * age }, age))
}

proptest! {
    #[test]
    fn a_customer_is_alive_with_a_probability_and_buys_less_than_without_leaving(
        model in any_model(), customer in any_history(), horizon in 0.0f64..2_000.0,
    ) {
        let p_alive = model.p_alive(&customer);
        prop_assert!((0.0..=1.0).contains(&p_alive));
        let expected = model.expected_purchases(&customer, horizon);
        let BgNbdParams { r, alpha, .. } = model.parameters();
        let at_most = p_alive * (r + f64::from(customer.frequency)) / (alpha + customer.age) * horizon;
        prop_assert!(expected >= 0.0 && expected <= at_most * (1.0 + 1e-9), "{expected} {at_most}");
        prop_assert!(expected <= model.expected_purchases(&customer, horizon * 1.1) * (1.0 + 1e-12));
    }

    #[test]
    fn a_later_last_purchase_makes_alive_more_probable(
        model in any_model(), x in 1u32..50, parts in (0.0f64..1.0, 0.0f64..1.0), age in 1.0f64..400.0,
    ) {
        let at = |part: f64| model.p_alive(&history(x, part * age, age));
        prop_assert!(at(parts.0.min(parts.1)) <= at(parts.0.max(parts.1)));
    }

    #[test]
    fn spend_lies_between_the_customers_own_and_that_of_all(
        (p, q, v) in (0.2f64..20.0, 1.05f64..20.0, 0.5f64..200.0), x in 1u32..50, own in 0.5f64..900.0,
    ) {
        let model = GammaGamma::new(GammaGammaParams { p, q, v }).unwrap();
        let of_all = model.expected_spend(&Spend { frequency: 0, mean_spend: 0.0 }).unwrap();
        let found = model.expected_spend(&Spend { frequency: x, mean_spend: own }).unwrap();
        prop_assert!(found >= of_all.min(own) * (1.0 - 1e-12) && found <= of_all.max(own) * (1.0 + 1e-12));
    }

    #[test]
    fn the_order_of_the_customers_changes_no_bit_of_a_fit(
        (rows, shuffled) in prop::collection::vec((any_history(), 1.0f64..90.0), 5..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let of = |rows: &[(History, f64)]| {
            let histories: Vec<History> = rows.iter().map(|row| row.0).collect();
            let spends: Vec<Spend> =
                rows.iter().map(|row| Spend { frequency: row.0.frequency, mean_spend: row.1 }).collect();
            (BgNbd::fit(&histories), GammaGamma::fit(&spends))
        };
        prop_assert_eq!(of(&rows), of(&shuffled));
    }
}
