//! Posteriors of the Gaussian process at fixed and at fitted hyper-parameters, with all that another implementation needs to compute them again.

use crate::files::Fallible;
use clv_lab::engine::tune::gp::{Fit, Hyper, Posterior};
use clv_lab::engine::tune::{Dimension, Kind, Method, Next, Scale, Settings, Space, Study};
use serde_json::{Value, json};

const N_QUERIES: usize = 50;

/// Places at random in a cube.
fn places(d: usize, n: usize, seed: u64) -> Fallible<Vec<Vec<f64>>> {
    let side =
        |idx: usize| Dimension { name: idx.to_string(), low: 0.0, high: 1.0, scale: Scale::Linear, kind: Kind::Real };
    let space = Space { dimensions: (0..d).map(side).collect() }.check()?;
    let settings = Settings { method: Method::Random, seed, batch: 64, ..Settings::default() };
    let mut study = Study::new(space, settings)?;
    let mut places = Vec::new();
    while places.len() < n {
        match study.ask() {
            Next::Trial { number, point } => {
                study.tell(number, clv_lab::engine::tune::Outcome::Cancelled)?;
                places.push(point);
            }
            _ => return Err("no place was drawn".into()),
        }
    }
    Ok(places)
}

/// Some smooth function, with mean 0 and variance 1 over the places.
fn targets(places: &[Vec<f64>]) -> Vec<f64> {
    let value = |place: &Vec<f64>| {
        let waves = place.iter().enumerate().map(|(idx, x)| libm::sin(4.0 * x + idx as f64) / (1.0 + idx as f64));
        waves.sum::<f64>() + place.iter().product::<f64>()
    };
    let values: Vec<f64> = places.iter().map(value).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    values.iter().map(|value| (value - mean) / variance.sqrt()).collect()
}

/// Places, targets and hyper-parameters, and what is believed elsewhere.
pub fn cases() -> Fallible<Value> {
    let fixed = |length_scales: &[f64], amplitude, noise| {
        Some(Hyper { length_scales: length_scales.to_vec(), amplitude, noise })
    };
    let settings = [
        (1, 5, fixed(&[0.3], 1.0, 1e-2)),
        (3, 30, fixed(&[0.2, 1.0, 5.0], 2.0, 1e-4)),
        (3, 30, fixed(&[0.5, 0.5, 0.5], 0.5, 1e-6)),
        (2, 20, None),
        (8, 20, None),
        (8, 100, None),
        (8, 200, None),
    ];
    let cases = settings.into_iter().enumerate().map(|(position, (d, n, hyper))| {
        let (places, queries) = (places(d, n, position as u64)?, places(d, N_QUERIES, 100 + position as u64)?);
        case(&places, &queries, hyper)
    });
    Ok(Value::Array(cases.collect::<Fallible<Vec<Value>>>()?))
}

/// `hyper` is fitted when there is none.
fn case(places: &[Vec<f64>], queries: &[Vec<f64>], hyper: Option<Hyper>) -> Fallible<Value> {
    let (targets, rows) = (targets(places), places.concat());
    let is_fitted = hyper.is_none();
    let hyper = hyper.unwrap_or_else(|| {
        let mut fit = Fit::start(rows.clone(), targets.clone(), places[0].len());
        while !fit.step() {}
        fit.hyper()
    });
    let posterior = Posterior::new(&hyper, rows, &targets).ok_or("a covariance matrix has no factor")?;
    let (means, sds): (Vec<f64>, Vec<f64>) = queries.iter().map(|query| posterior.predict(query)).unzip();
    Ok(json!({
        "places": places, "targets": targets, "queries": queries, "is_fitted": is_fitted,
        "length_scales": hyper.length_scales, "amplitude": hyper.amplitude, "noise": hyper.noise,
        "mean": means, "sd": sds, "log_evidence": posterior.log_evidence(),
    }))
}
