//! A version in detail, for the eye: charts, tables and sentences of what the worker measured. Deliberately no figure of its own.

mod choice;
pub mod leakage;
pub mod repeat;

pub use choice::Choice;

use super::charts::{
    ChartTable, Compared, DecilesChart, DensityChart, HistogramChart, HistogramUnit, Line, LinesChart, LinesUnit,
};
use super::format;
use crate::protocol::{
    Decile, EvaluationView, Histogram, IntervalView, LeakageProgress, LeakageView, PurchaseModel, RepeatView,
    RivalView, RivalsView, TargetingCurve, TargetingView,
};
use std::sync::Arc;

/// What the worker has told of versions in detail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    pub view: Option<Arc<EvaluationView>>,
    pub targeting: Option<Arc<TargetingView>>,
    pub rivals: Option<Arc<RivalsView>>,
    pub repeat: Option<Arc<RepeatView>>,
    /// Models of the leakage lab in the order in which they were first trained.
    pub leaks: Vec<Arc<LeakageView>>,
    pub leak_progress: Option<LeakageProgress>,
}

impl Evaluation {
    /// A model of the leakage lab is ready; it takes the place of an earlier one of the same training set.
    pub fn leaked(&mut self, view: LeakageView) {
        self.leak_progress = None;
        match self.leaks.iter_mut().find(|known| known.request == view.request) {
            Some(known) => *known = Arc::new(view),
            None => self.leaks.push(Arc::new(view)),
        }
    }
}

/// A figure with its name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

fn share(value: Option<f64>) -> String {
    value.map_or(format::ABSENT.to_owned(), format::percent)
}

fn score(value: Option<f64>) -> String {
    value.map_or(format::ABSENT.to_owned(), format::score)
}

/// How well the version orders customers.
pub fn figures(view: &EvaluationView) -> Vec<Figure> {
    let top = &view.top;
    vec![
        Figure {
            label: "Normalised Gini",
            value: score(view.gini),
            note: "1 is the order of what was spent".to_owned(),
        },
        Figure { label: "Spearman", value: score(view.spearman), note: "correlation of the ranks".to_owned() },
        Figure {
            label: "Spend of the top tenth",
            value: share(top.share),
            note: format!("{} of what the best tenth brings", share(top.capture)),
        },
        Figure {
            label: "Hits in the top tenth",
            value: format::percent(top.hit_rate),
            note: format!("of {} are among those who spent most", format::count(top.n_rows)),
        },
    ]
}

const RANKED: &str = "customers, the highest ranked first";

/// The share of spend by the share of customers, beside a perfect order and none.
pub fn gains(view: Option<&EvaluationView>) -> LinesChart {
    let title = "Spend that the highest predictions bring".to_owned();
    let Some(view) = view else {
        let summary = "How much of all spend the customers with the highest predictions bring appears here.".to_owned();
        return LinesChart { title, summary, measure: "share of all spend", ..LinesChart::default() };
    };
    let at = |values: &[f64], percent: usize| share(values.get(percent).copied());
    let line = |name: &str, values: &[f64]| Line { name: name.to_owned(), values: values.to_vec() };
    let even: Vec<f64> = (0..=100).map(|percent| f64::from(percent) / 100.0).collect();
    LinesChart {
        title,
        summary: format!(
            "The 20 % of customers with the highest predictions bring {} of all spend; in a perfect order it would be {}.",
            at(&view.gains, 20),
            at(&view.best_gains, 20)
        ),
        x_name: RANKED,
        measure: "share of all spend",
        unit: LinesUnit::Share,
        lines: vec![
            line(&view.request.training.version, &view.gains),
            line("perfect order", &view.best_gains),
            line("no order", &even),
        ],
        ..LinesChart::default()
    }
}

/// Predicted and spent by tenth, the lowest predictions first.
pub fn tenths(view: Option<&EvaluationView>) -> DecilesChart {
    let tenths = view.map(|view| view.tenths.as_slice()).unwrap_or_default();
    let decile = |of: &crate::protocol::Tenth| Decile { predicted: of.mean_predicted, actual: of.mean_actual };
    DecilesChart {
        title: "Predicted and spent, by tenth".to_owned(),
        deciles: tenths.iter().rev().map(decile).collect(),
        ..DecilesChart::default()
    }
}

/// Lift and gain of each tenth, the highest predictions first.
pub fn lifts(view: &EvaluationView) -> ChartTable {
    let headers = ["Tenth", "Customers", "Mean predicted", "Mean spent", "Lift", "Share of spend", "With those above"];
    let row = |(nth, of): (u64, &crate::protocol::Tenth)| {
        let lift = of.lift.map_or(format::ABSENT.to_owned(), |lift| format!("{}×", format::score(lift)));
        vec![
            format::count(nth),
            format::count(of.n_rows),
            format::money(of.mean_predicted),
            format::money(of.mean_actual),
            lift,
            share(of.share),
            share(of.cumulative_gain),
        ]
    };
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: (1..).zip(&view.tenths).map(row).collect() }
}

/// Predicted against spent, on a scale of the reader's choice.
pub fn scatter(view: Option<&EvaluationView>, is_linear: bool) -> DensityChart {
    let density = view.map(|view| view.scatter[usize::from(is_linear)].clone()).unwrap_or_default();
    let model = view.map_or("", |view| view.request.training.model.name());
    DensityChart { compared: Compared::WithActual { model }, density }
}

/// Errors against predictions.
pub fn residuals(view: Option<&EvaluationView>) -> DensityChart {
    let density = view.map(|view| view.residuals.clone()).unwrap_or_default();
    let version = view.map_or(String::new(), |view| view.request.training.version.clone());
    DensityChart { compared: Compared::Errors { version }, density }
}

/// Predicted less spent, customer by customer.
pub fn errors(view: Option<&EvaluationView>) -> HistogramChart {
    HistogramChart {
        title: "Errors".to_owned(),
        subject: "test customers",
        axis: "predicted less spent",
        unit: HistogramUnit::Dollars,
        histogram: view.map_or_else(Histogram::default, |view| view.errors.clone()),
    }
}

/// What the histogram leaves out on its left.
pub fn errors_below(view: &EvaluationView) -> String {
    let (Some(first), true) = (view.errors.edges.first(), view.n_errors_below > 0) else { return String::new() };
    format!(
        "{} spent over {} more than predicted, beyond the left end.",
        format::counted(view.n_errors_below, "customer", "customers"),
        format::money(-first)
    )
}

/// The rows by the values of a column. Intervals hold with 95 % confidence.
pub fn slices(view: &EvaluationView) -> ChartTable {
    let headers = [view.column.as_str(), "Customers", "RMSE", "from – to", "Mean error", "from – to", "R²"];
    let ends = |ends: Option<(f64, f64)>, text: fn(f64) -> String| {
        ends.map_or(format::ABSENT.to_owned(), |(low, high)| format!("{} – {}", text(low), text(high)))
    };
    let row = |of: &crate::protocol::SliceView| {
        let mut cells = vec![of.label.clone(), format::count(of.n_rows)];
        cells.extend(match &of.found {
            Some(found) => [
                format::money(found.rmse),
                ends(found.rmse_interval, format::money),
                format::money_change(found.bias),
                ends(found.bias_interval, format::money_change),
                format::score(found.r2),
            ],
            None => [const { String::new() }; 5],
        });
        cells
    };
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: view.slices.iter().map(row).collect() }
}

/// Where a mean error is more than chance.
pub fn slices_in_words(view: &EvaluationView) -> String {
    let is_off = |of: &&crate::protocol::SliceView| {
        of.found.as_ref().and_then(|found| found.bias_interval).is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    };
    let off: Vec<&str> = view.slices.iter().filter(is_off).map(|of| of.label.as_str()).collect();
    if off.is_empty() {
        return format!("By {}, no mean error is more than chance would make of so few customers.", view.column);
    }
    format!("By {}, the mean error is more than chance for {}.", view.column, off.join(", "))
}

pub fn worst(view: &EvaluationView) -> ChartTable {
    let headers = ["Customer", "Predicted", "Spent", "Error"].map(str::to_owned).to_vec();
    let row = |of: &crate::protocol::WorstCaseView| {
        let error = format::money_change(of.predicted - of.actual);
        vec![of.customer.clone(), format::money(of.predicted), format::money(of.actual), error]
    };
    ChartTable { headers, rows: view.worst.iter().map(row).collect() }
}

/// Intervals with what they were meant to hold and what they held.
pub fn intervals(view: &EvaluationView) -> ChartTable {
    let headers = ["Interval", "Meant to hold", "Held", "from – to", "Mean width", "Top tenth", "Lowest tenth"];
    let row = |of: &IntervalView| {
        let (low, high) = of.coverage_interval;
        vec![
            of.kind.clone(),
            format::percent(of.level),
            format::percent(of.coverage),
            format!("{} – {}", format::percent(low), format::percent(high)),
            format::money(of.mean_width),
            share(of.by_tenth.first().copied()),
            share(of.by_tenth.last().copied()),
        ]
    };
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: view.intervals.iter().map(row).collect() }
}

/// The version beside what does without it.
pub fn rivals(view: &RivalsView) -> ChartTable {
    let headers = ["On the test customers", "R²", "RMSE", "MAE", "Normalised Gini"].map(str::to_owned).to_vec();
    let row = |of: &RivalView| {
        vec![of.name.clone(), format::score(of.r2), format::money(of.rmse), format::money(of.mae), score(of.gini)]
    };
    ChartTable { headers, rows: view.rivals.iter().map(row).collect() }
}

/// How far between the mean and the oracle the version gets, and the classical model.
pub fn rivals_in_words(view: &RivalsView) -> String {
    let r2 = |name: &str| view.rivals.iter().find(|of| of.name.starts_with(name)).map(|of| of.r2);
    let Some(ours) = view.rivals.first().map(|of| of.r2) else { return String::new() };
    let of_oracle = |r2: f64, oracle: f64| format::percent(r2.max(0.0) / oracle);
    match (r2("oracle").filter(|oracle| *oracle > 0.0), r2("BG/NBD")) {
        (Some(oracle), Some(classic)) => format!(
            "The model explains {} of what the oracle explains, BG/NBD with gamma-gamma {}.",
            of_oracle(ours, oracle),
            of_oracle(classic, oracle)
        ),
        (Some(oracle), None) => format!("The model explains {} of what the oracle explains.", of_oracle(ours, oracle)),
        (None, Some(classic)) => format!(
            "The model has an R² of {}, BG/NBD with gamma-gamma {}.",
            format::score(ours),
            format::score(classic)
        ),
        (None, None) => String::new(),
    }
}

/// The fitted parameters, in a sentence.
pub fn purchase_model(model: &PurchaseModel) -> String {
    let parameters: Vec<String> =
        model.parameters.iter().map(|(name, value)| format!("{name} {}", format::statistic(*value))).collect();
    let end = if model.is_converged {
        ""
    } else {
        " The fit did not come to rest: these customers do not tell all parameters."
    };
    format!(
        "BG/NBD and gamma-gamma were fitted to {}, of whom {} bought again: {}; times in days.{end}",
        format::counted(model.n_customers, "training customer who had bought", "training customers who had bought"),
        format::count(model.n_repeating),
        parameters.join(", ")
    )
}

/// Profit by the share of customers who are contacted.
pub fn profits(view: Option<&TargetingView>) -> LinesChart {
    let title = "Profit by how many are contacted".to_owned();
    let Some((view, first)) = view.and_then(|view| Some((view, view.curves.first()?))) else {
        let summary = "What contacting the best customers would earn appears here.".to_owned();
        return LinesChart { title, summary, measure: "profit", unit: LinesUnit::Dollars, ..LinesChart::default() };
    };
    let line = |of: &TargetingCurve| Line { name: of.name.clone(), values: of.profits.clone() };
    LinesChart {
        title,
        summary: profit_in_words(view, first),
        x_name: RANKED,
        measure: "profit",
        unit: LinesUnit::Dollars,
        lines: view.curves.iter().map(line).collect(),
        moments: vec![(first.best_percent.into(), format!("best: {} %", first.best_percent))],
        ..LinesChart::default()
    }
}

fn profit_in_words(view: &TargetingView, of: &TargetingCurve) -> String {
    if of.best_percent == 0 {
        return "At this cost nobody is worth a contact: every share of the customers loses money.".to_owned();
    }
    let everybody = of.profits.last().copied().unwrap_or_default();
    let all = if view.n_affordable < view.n_rows {
        format!("as many as the budget reaches ({})", format::count(view.n_affordable))
    } else {
        "everybody".to_owned()
    };
    format!(
        "Contacting the {} % with the highest predictions ({}) earns {}; contacting {all} would earn {}.",
        of.best_percent,
        format::counted(of.n_best, "test customer", "test customers"),
        format::money(of.best_profit),
        format::money(everybody)
    )
}

/// The best share by each way to choose.
pub fn best_shares(view: &TargetingView) -> ChartTable {
    let headers = ["Chosen by", "Best share", "from – to", "Customers", "Profit", "from – to"].map(str::to_owned);
    let row = |of: &TargetingCurve| {
        vec![
            of.name.clone(),
            format!("{} %", of.best_percent),
            format!("{} – {} %", of.percent_interval.0, of.percent_interval.1),
            format::count(of.n_best),
            format::money(of.best_profit),
            format!("{} – {}", format::money(of.profit_interval.0), format::money(of.profit_interval.1)),
        ]
    };
    ChartTable { headers: headers.to_vec(), rows: view.curves.iter().map(row).collect() }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
