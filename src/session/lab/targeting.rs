//! What a campaign earns that contacts whoever ranks highest, by a version's predictions and by other ways to choose, on the test rows.

use super::{Lab, dataset};
use crate::engine::evaluate::{Campaign, ProfitCurve, profit_curves};
use crate::protocol::{Event, Scenario, TargetingCurve, TargetingRequest, TargetingView};
use crate::session::attainable;
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;

/// Rules that need no model: an input with the name of the rule.
const RULES: [(&str, &str); 3] = [
    ("RFM_SCORE", "RFM score"),
    ("MONETARY_TOTAL", "most spent so far"),
    ("FIRST_PURCHASE_AMOUNT", "highest first purchase"),
];

pub(super) fn targeting(
    lab: &mut Lab,
    request: TargetingRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let TargetingRequest { margin, uplift, contact_cost, budget, .. } = request;
    let campaign = Campaign { margin, uplift, contact_cost, budget }.checked()?;
    let model = request.training.model;
    let dataset = dataset(model, store)?;
    let test = &dataset.parts[2];
    let examined = lab.examine(&request.training, store)?;
    let predicted: Vec<f64> = examined.predictions.iter().map(|&p| f64::from(p)).collect();
    let n_rows = predicted.len();
    let mut scores = vec![(format!("{} {}", model.name(), request.training.version), predicted)];
    if let Some(oracle) = attainable::oracle_of_rows(store, model.scenario())? {
        scores.push(("oracle".to_owned(), test.rows.iter().map(|&row| oracle[row as usize]).collect()));
    }
    if let Some(bound) = attainable::bound_of_rows(store, model.scenario(), &test.rows) {
        scores.push(("fair bound".to_owned(), bound));
    }
    for (column, name) in RULES {
        if let Some(idx) = examined.test.names().iter().position(|known| known == column) {
            scores.push((name.to_owned(), examined.test.column(idx).iter().map(|&value| f64::from(value)).collect()));
        }
    }
    if model.scenario() == Scenario::Continuous {
        // Too few who bought again leave nothing to fit, and the others as they are.
        let classic = lab.classic(store).ok();
        scores.extend(classic.map(|classic| ("BG/NBD and gamma-gamma".to_owned(), classic.predicted.clone())));
    }
    scores.push(("at random".to_owned(), vec![0.0; n_rows]));
    let seed = store.models.get(&model).map_or(0, |trained| trained.params.seed);
    let named: Vec<(&str, &[f64])> = scores.iter().map(|(name, score)| (name.as_str(), score.as_slice())).collect();
    let curves = profit_curves(&test.target_dollars, &named, &campaign, seed)?;
    Ok(Event::Targeted(Box::new(TargetingView {
        n_rows: n_rows as u64,
        n_affordable: campaign.n_affordable(n_rows) as u64,
        curves: curves.into_iter().map(curve).collect(),
        request,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

fn curve(of: ProfitCurve) -> TargetingCurve {
    TargetingCurve {
        name: of.score,
        profits: of.points.iter().map(|point| point.profit).collect(),
        best_percent: of.best.percent,
        n_best: of.best.n_targeted as u64,
        best_profit: of.best.profit,
        percent_interval: (of.percent_interval.low, of.percent_interval.high),
        profit_interval: (of.profit_interval.low, of.profit_interval.high),
    }
}
