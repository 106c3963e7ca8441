//! What was predicted and what has happened since: charts, tables and sentences. Deliberately no figure of its own but ratios of those told.

use crate::present::charts::{Along, ChartTable, DecilesChart, Line, LinesChart, LinesUnit};
use crate::present::{day, format};
use crate::protocol::{Decile, LiveOutcome, LiveState, OutcomeCohort, OutcomeTenth, Retrain, RetrainFigures};

/// A PSI above it is a large difference.
const LARGE_PSI: f64 = 0.25;
const YEAR_DAYS: i64 = 365;
/// A smaller difference of R² is not worth a training.
const PAYS: f64 = 0.01;

fn days<'o>(of: impl Iterator<Item = &'o String>) -> Along {
    Along::Days(of.map(|iso| day::from_iso(iso).unwrap_or_default() as f64).collect())
}

fn line(name: &str, values: impl Iterator<Item = f64>) -> Line {
    Line { name: name.to_owned(), values: values.collect() }
}

/// Actual spend since the beginning beside an even spread of the prediction.
pub fn pace(of: Option<&LiveOutcome>) -> LinesChart {
    let title = "Spend of those who were predicted at the beginning".to_owned();
    let Some((of, last)) = of.and_then(|of| Some((of, of.pace.last()?))).filter(|(of, _)| of.pace.len() > 1) else {
        let summary = "What they have spent beside what was predicted appears here once a month has passed.".to_owned();
        return LinesChart { title, summary, measure: "dollars", unit: LinesUnit::Dollars, ..LinesChart::default() };
    };
    LinesChart {
        title,
        summary: format!(
            "By {} they have spent {}; were the prediction spread evenly over its 12 months, it would be {}.",
            last.day,
            format::money(last.actual),
            format::money(last.expected)
        ),
        along: days(of.pace.iter().map(|point| &point.day)),
        x_name: "simulated time",
        measure: "dollars",
        unit: LinesUnit::Dollars,
        lines: vec![
            line("spent", of.pace.iter().map(|point| point.actual)),
            line("predicted, spread evenly", of.pace.iter().map(|point| point.expected)),
        ],
        ..LinesChart::default()
    }
}

/// Predicted and spent by tenth of the predictions at the beginning.
pub fn tenths(of: Option<&LiveOutcome>) -> DecilesChart {
    let tenths = of.map(|of| of.tenths.as_slice()).unwrap_or_default();
    let decile = |of: &OutcomeTenth| Decile { predicted: of.predicted, actual: of.actual };
    DecilesChart {
        title: "Calibration after 12 months, by tenth of the predictions".to_owned(),
        deciles: tenths.iter().map(decile).collect(),
        subject: "customers predicted at the beginning",
        awaits: "12 simulated months have passed",
    }
}

pub fn tenths_table(of: &LiveOutcome) -> ChartTable {
    let headers =
        ["Tenth", "Customers", "Mean predicted", "Mean spent", "Predicted ÷ spent"].map(str::to_owned).to_vec();
    let row = |(nth, of): (u64, &OutcomeTenth)| {
        vec![
            format::count(nth),
            format::count(of.n_customers),
            format::money(of.predicted),
            format::money(of.actual),
            ratio_text(of.predicted, of.actual),
        ]
    };
    ChartTable { headers, rows: (1..).zip(&of.tenths).map(row).collect() }
}

fn ratio_of(predicted: f64, actual: f64) -> f64 {
    if actual > 0.0 { predicted / actual } else { f64::NAN }
}

fn ratio_text(predicted: f64, actual: f64) -> String {
    format::statistic(ratio_of(predicted, actual))
}

/// Predictions of later months, once their year has passed.
pub fn cohorts(of: &LiveOutcome) -> ChartTable {
    let headers = ["Predicted on", "Customers", "Predicted", "Spent", "Predicted ÷ spent", "R²", "MAE"]
        .map(str::to_owned)
        .to_vec();
    let row = |of: &OutcomeCohort| {
        vec![
            of.day.clone(),
            format::count(of.n_customers),
            format::money(of.predicted),
            format::money(of.actual),
            ratio_text(of.predicted, of.actual),
            format::score(of.r2),
            format::money(of.mae),
        ]
    };
    ChartTable { headers, rows: of.cohorts.iter().map(row).collect() }
}

/// Predicted by spent over the months of prediction.
pub fn ratio(of: Option<&LiveOutcome>) -> LinesChart {
    let title = "Calibration over time".to_owned();
    let empty = |summary: String| LinesChart {
        title: title.clone(),
        summary,
        measure: "predicted ÷ spent",
        unit: LinesUnit::Number,
        ..LinesChart::default()
    };
    let cohorts = of.map(|of| of.cohorts.as_slice()).unwrap_or_default();
    match cohorts {
        [] => empty("Predictions of later months appear here once 12 months have passed since each.".to_owned()),
        [one] => empty(format!(
            "One month’s predictions have had their year: predicted by spent is {}. A line appears here with the second.",
            ratio_text(one.predicted, one.actual)
        )),
        [first, .., last] => LinesChart {
            along: days(cohorts.iter().map(|of| &of.day)),
            x_name: "day of the prediction",
            lines: vec![
                line("predicted ÷ spent", cohorts.iter().map(|of| ratio_of(of.predicted, of.actual))),
                line("exact", cohorts.iter().map(|_| 1.0)),
            ],
            ..empty(format!(
                "Predicted by spent was {} for the predictions of {} and {} for those of {}; 1 is exact.",
                ratio_text(first.predicted, first.actual),
                first.day,
                ratio_text(last.predicted, last.actual),
                last.day
            ))
        },
    }
}

/// How far predictions have moved from those at the beginning.
pub fn drift(of: Option<&LiveOutcome>) -> LinesChart {
    let title = "Drift of the predictions".to_owned();
    let Some((of, last)) = of.and_then(|of| Some((of, of.drift.last()?))).filter(|(of, _)| of.drift.len() > 1) else {
        let summary = "How far predictions have moved appears here once a month has passed.".to_owned();
        return LinesChart { title, summary, measure: "PSI", unit: LinesUnit::Number, ..LinesChart::default() };
    };
    let word = if last.psi > LARGE_PSI { "a large difference" } else { "no large difference" };
    LinesChart {
        title,
        summary: format!(
            "On {} the population stability index against the beginning is {}, {word}; the mean prediction is {}.",
            last.day,
            format::statistic(last.psi),
            format::money(last.mean)
        ),
        along: days(of.drift.iter().map(|of| &of.day)),
        x_name: "simulated time",
        measure: "PSI",
        unit: LinesUnit::Number,
        lines: vec![line("PSI", of.drift.iter().map(|of| of.psi)), line("large", of.drift.iter().map(|_| LARGE_PSI))],
        ..LinesChart::default()
    }
}

/// The served model beside one trained again.
pub fn retrain_table(of: &Retrain) -> ChartTable {
    let headers = ["Model", "R²", "MAE", "Predicted ÷ spent"].map(str::to_owned).to_vec();
    let row = |name: &str, of: &RetrainFigures| {
        vec![name.to_owned(), format::score(of.r2), format::money(of.mae), format::statistic(of.total_ratio)]
    };
    ChartTable {
        headers,
        rows: vec![row("served since the beginning", &of.served), row("trained again", &of.retrained)],
    }
}

/// Whether training again would have paid.
pub fn retrain_in_words(of: &LiveOutcome) -> String {
    let Some(retrain) = &of.retrain else {
        return "Whether training again would have paid can be told once 12 months have passed: then the year after the beginning is known, and a model can be trained on it."
            .to_owned();
    };
    let gain = retrain.retrained.r2 - retrain.served.r2;
    let verdict = match gain {
        gain if gain > PAYS => "Training again would have paid",
        gain if gain < -PAYS => "Training again would have made it worse",
        _ => "Training again would hardly have changed anything",
    };
    format!(
        "{verdict}: R² {} instead of {}, mean error {} instead of {}, on {} kept back from it; {} were trained on.",
        format::score(retrain.retrained.r2),
        format::score(retrain.served.r2),
        format::money(retrain.retrained.mae),
        format::money(retrain.served.mae),
        format::counted(retrain.n_test, "customer", "customers"),
        format::count(retrain.n_train)
    )
}

/// How much of the year is known.
pub fn known_so_far(state: &LiveState) -> String {
    let days = (state.now - state.began) / 1_440;
    let gone = format::counted(days.max(0) as u64, "day", "days");
    if days >= YEAR_DAYS {
        return format!("{gone} have passed since the beginning: the predictions made then have had their year.");
    }
    let verb = if days == 1 { "has" } else { "have" };
    format!(
        "{gone} {verb} passed since the beginning, {} are missing until the predictions made then have had their year. Until then the pace says whether they are on their way.",
        format::counted((YEAR_DAYS - days) as u64, "day", "days")
    )
}
