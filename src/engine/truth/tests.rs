//! Checks on generated data, and on data that were damaged in one way each.

use super::{Check, Examination, RawTables};
use crate::engine::synth::{ColdstartGenerator, ContinuousGenerator, SynthConfig};

pub fn raw(config: &SynthConfig) -> RawTables {
    let mut cold = ColdstartGenerator::new(config).unwrap();
    while cold.step(1_000).done < cold.n_customers_total() {}
    let cold = cold.finish().unwrap();
    let mut cont = ContinuousGenerator::new(config).unwrap();
    while cont.step(1_000).done < cont.n_customers_total() {}
    let cont = cont.finish().unwrap();
    RawTables {
        coldstart: Some(cold.customers),
        staging: Some(cold.staging),
        profile: Some(cont.profile),
        transactions: Some(cont.transactions),
        interactions: Some(cont.interactions),
    }
}

pub fn examine(tables: RawTables, config: &SynthConfig, own: bool) -> Vec<Check> {
    let mut exam = Examination::new(tables, config.now, (!own).then(|| config.clone())).unwrap();
    loop {
        if let Some(checks) = exam.step().unwrap() {
            return checks;
        }
    }
}

#[test]
fn survey() {
    let sizes = std::env::var("SURVEY").unwrap_or("2000:3".to_owned());
    for part in sizes.split(',') {
        let (n, seeds) = part.split_once(':').unwrap();
        let mut all: std::collections::BTreeMap<String, Vec<Check>> = Default::default();
        for seed in 1..=seeds.parse().unwrap() {
            let config = SynthConfig { seed, n_customers: n.parse().unwrap(), ..SynthConfig::default() };
            let begin = std::time::Instant::now();
            let tables = raw(&config);
            let made = begin.elapsed();
            let begin = std::time::Instant::now();
            for check in examine(tables, &config, false) {
                all.entry(check.id.clone()).or_default().push(check);
            }
            eprintln!("{n} {seed}: made {made:?}, checked {:?}", begin.elapsed());
        }
        for (id, checks) in all {
            let c = &checks[0];
            let m: Vec<f64> = checks.iter().map(|c| c.measured).collect();
            let mean = m.iter().sum::<f64>() / m.len() as f64;
            let sd = (m.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (m.len() as f64 - 1.0).max(1.0)).sqrt();
            let failed = checks.iter().filter(|c| !c.passes()).count();
            eprintln!(
                "{:<55} n{:>3} fail {failed:>2}  mean {mean:.4} sd {sd:.4}  [{:?}, {:?}]  {}",
                id,
                m.len(),
                c.low,
                c.high,
                c.detail
            );
        }
    }
}

#[test]
fn survey_parameters() {
    use crate::engine::synth::PARAMETERS;
    let n: u32 = std::env::var("SURVEY_N").map_or(3000, |n| n.parse().unwrap());
    for p in PARAMETERS.iter().filter(|p| p.name != "n_customers") {
        let base = SynthConfig::default();
        let d = (p.get)(&base);
        for v in [p.min, (p.min + d) / 2.0, (d * 3.0 + p.max) / 4.0, p.max] {
            let mut config = SynthConfig { seed: 5, n_customers: n, ..base.clone() };
            (p.set)(&mut config, v);
            if p.name.starts_with("change.days") {
                config.change.leaving_share = 0.3;
                config.change.price_rise = 0.2;
                config.change.paid_social_share = 0.4;
            }
            let tables = raw(&config);
            let rows = tables.interactions.as_ref().unwrap().n_rows();
            let checks = examine(tables, &config, false);
            let failed: Vec<String> = checks
                .iter()
                .filter(|c| !c.passes())
                .map(|c| format!("{} {:.3} [{:?},{:?}]", c.id, c.measured, c.low, c.high))
                .collect();
            eprintln!("{} = {v} ({rows}): {} of {} {failed:#?}", p.name, checks.len() - failed.len(), checks.len());
        }
    }
}
