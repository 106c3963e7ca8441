//! The leakage lab for the eye: switches, what was promised offline beside what came of it, and why. Deliberately no figure of its own.

use super::{Evaluation, score};
use crate::present::charts::{ChartTable, MetricRow, MetricRowsChart};
use crate::present::fields::{Control, Field};
use crate::present::format;
use crate::protocol::{
    Command, LeakageFigures, LeakageProgress, LeakageRequest, LeakageStage, LeakageView, SplitKind, TargetKind,
};
use std::sync::Arc;

const FEATURES: [&str; 2] = ["as of the observation date", "as of today"];
const SPLITS: [(&str, SplitKind); 3] = [
    ("by date: the latest rows", SplitKind::ByDate),
    ("at random", SplitKind::Random),
    ("by recency: who bought last", SplitKind::ByRecency),
];
const TARGETS: [(&str, TargetKind); 2] =
    [("what was really spent", TargetKind::Realised), ("a formula over the features", TargetKind::Formula)];
const HIDDEN: [&str; 2] = ["observed only", "and the generator’s hidden segment"];
const SERIES: [&str; 2] = ["offline", "in use"];
/// An R² below it stands at the axis’s end.
const LEAST_R2: f64 = -0.5;
/// A promise that differs by no more is kept.
const TOLERANCE: f64 = 0.05;

/// Using a switch.
pub(super) fn set(request: &mut LeakageRequest, id: &str, value: &str) {
    match id {
        "leak-features" => request.late_features = value == FEATURES[1],
        "leak-split" => {
            request.split = SPLITS.iter().find(|(label, _)| *label == value).map_or(request.split, |(_, kind)| *kind);
        }
        "leak-target" => {
            let chosen = TARGETS.iter().find(|(label, _)| *label == value);
            request.target = chosen.map_or(request.target, |(_, kind)| *kind);
        }
        "leak-hidden" => request.hidden_state = value == HIDDEN[1],
        _ => {}
    }
}

/// The switches.
pub(super) fn switches(request: &LeakageRequest) -> Vec<Field> {
    let names = |labels: &[&str]| Control::Select(labels.iter().map(|label| (*label).to_owned()).collect());
    let split = SPLITS.iter().find(|(_, kind)| *kind == request.split).map_or("", |(label, _)| label);
    let target = TARGETS.iter().find(|(_, kind)| *kind == request.target).map_or("", |(label, _)| label);
    vec![
        Field::new("leak-features", "Features", names(&FEATURES), FEATURES[usize::from(request.late_features)]),
        Field::new("leak-split", "Test rows", names(&SPLITS.map(|(label, _)| label)), split),
        Field::new("leak-target", "Target", names(&TARGETS.map(|(label, _)| label)), target),
        Field::new("leak-hidden", "Inputs", names(&HIDDEN), HIDDEN[usize::from(request.hidden_state)]),
    ]
}

/// Nothing wrong, then each thing alone.
fn every_one() -> Vec<LeakageRequest> {
    let honest = LeakageRequest::default();
    vec![
        honest,
        LeakageRequest { late_features: true, ..honest },
        LeakageRequest { split: SplitKind::Random, ..honest },
        LeakageRequest { split: SplitKind::ByRecency, ..honest },
        LeakageRequest { target: TargetKind::Formula, ..honest },
        LeakageRequest { hidden_state: true, ..honest },
    ]
}

/// What a button asks for. What is wrong is always held against nothing wrong.
pub(super) fn asked(id: &str, request: LeakageRequest, found: &Evaluation) -> Option<Command> {
    let honest = LeakageRequest::default();
    match id {
        "leak-train" if found.leaks.iter().any(|view| view.request == honest) => Some(Command::Leak(vec![request])),
        "leak-train" if request == honest => Some(Command::Leak(vec![request])),
        "leak-train" => Some(Command::Leak(vec![honest, request])),
        "leak-all" => Some(Command::Leak(every_one())),
        "leak-stop" => Some(Command::Cancel),
        _ => None,
    }
}

/// The buttons; a stop only while there is something to stop.
pub(super) fn buttons(found: &Evaluation, can_train: bool) -> Vec<Field> {
    let is_busy = found.leak_progress.is_some();
    let mut buttons = vec![
        Field {
            control: Control::Primary,
            ..Field::button("leak-train", "Train and look ahead", !can_train || is_busy)
        },
        Field::button("leak-all", "Every leak, one by one", !can_train || is_busy),
    ];
    if is_busy {
        buttons.push(Field::button("leak-stop", "Stop", false));
    }
    buttons
}

/// How far the lab is.
pub fn progress(progress: &LeakageProgress) -> String {
    let LeakageProgress { request, stage, done, total } = progress;
    let name = name(request);
    match stage {
        LeakageStage::Future => format!(
            "The year after the last day is simulated: {} of {} customers.",
            format::count(*done),
            format::count(*total)
        ),
        LeakageStage::TrainingSet => format!("{name}: the training set is made."),
        LeakageStage::Trees => format!("{name}: {} of {} trees.", format::count(*done), format::count(*total)),
        LeakageStage::Use => format!("{name}: everybody is scored as of the last day."),
    }
}

/// What is wrong, in a few words.
fn name(request: &LeakageRequest) -> String {
    let mut wrong = Vec::new();
    if request.late_features {
        wrong.push("features as of today");
    }
    match request.split {
        SplitKind::ByDate => {}
        SplitKind::Random => wrong.push("random split"),
        SplitKind::ByRecency => wrong.push("split by recency"),
    }
    if request.target == TargetKind::Formula {
        wrong.push("target by formula");
    }
    if request.hidden_state {
        wrong.push("hidden state as input");
    }
    if wrong.is_empty() { "Nothing wrong".to_owned() } else { wrong.join(", ") }
}

/// R² offline and in use, a row for every training set tried.
pub fn rows(leaks: &[Arc<LeakageView>]) -> MetricRowsChart {
    let row = |view: &Arc<LeakageView>| {
        let r2 = [view.offline.r2, view.in_use.r2];
        MetricRow { name: name(&view.request), values: r2.map(Some).to_vec(), texts: r2.map(format::score).to_vec() }
    };
    let summary = match (leaks.first(), worst(leaks)) {
        (None, _) => "What a training set with a leak promises, and what comes of it, appears here.".to_owned(),
        (Some(_), Some(worst)) => format!(
            "The promise is broken worst by “{}”: R² {} offline, {} in use.",
            name(&worst.request),
            format::score(worst.offline.r2),
            format::score(worst.in_use.r2)
        ),
        (Some(first), None) => format!(
            "No promise is broken by more than {TOLERANCE}; “{}” has R² {} offline and {} in use.",
            name(&first.request),
            format::score(first.offline.r2),
            format::score(first.in_use.r2)
        ),
    };
    MetricRowsChart {
        title: "What was promised, and what came of it".to_owned(),
        summary,
        metric: "R²",
        row: "Training set",
        series: &SERIES,
        least: Some(LEAST_R2),
        rows: leaks.iter().map(row).collect(),
    }
}

/// The one whose promise is furthest above what came of it.
fn worst(leaks: &[Arc<LeakageView>]) -> Option<&LeakageView> {
    let gap = |view: &LeakageView| view.offline.r2 - view.in_use.r2;
    let worst = leaks.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    (gap(worst) > TOLERANCE).then_some(worst)
}

pub fn table(leaks: &[Arc<LeakageView>]) -> ChartTable {
    let headers = [
        "Training set",
        "R² offline",
        "R² in use",
        "RMSE offline",
        "RMSE in use",
        "Gini offline",
        "Gini in use",
        "Predicted",
        "Spent",
    ];
    let row = |view: &Arc<LeakageView>| {
        let (offline, used) = (&view.offline, &view.in_use);
        vec![
            name(&view.request),
            format::score(offline.r2),
            format::score(used.r2),
            format::money(offline.rmse),
            format::money(used.rmse),
            score(offline.gini),
            score(used.gini),
            format::money(used.mean_predicted),
            format::money(used.mean_actual),
        ]
    };
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: leaks.iter().map(row).collect() }
}

/// What happened, and why, for each training set tried: a heading and a text.
pub fn stories(leaks: &[Arc<LeakageView>]) -> Vec<(String, String)> {
    leaks.iter().map(|view| (name(&view.request), story(view))).collect()
}

fn story(view: &LeakageView) -> String {
    let LeakageView { request, offline, in_use, .. } = view;
    let mut sentences = vec![outcome(offline, in_use)];
    let inputs: Vec<String> =
        view.inputs.iter().map(|(name, share)| format!("{name} ({} of the gain)", format::percent(*share))).collect();
    sentences.push(format!("The trees look most at {}.", inputs.join(", ")));
    if request.late_features {
        sentences.push(
            "The features were computed as of today, when the year to be predicted was already over: its purchases are counted in them. \
             In use the coming year has not happened, so no feature holds it."
                .to_owned(),
        );
    }
    match request.split {
        SplitKind::ByDate => {}
        SplitKind::Random => sentences.push(
            "Rows were divided at random, so the test rows lie among the training rows in time and the test does not ask what a model \
             is worth later. While the market stays as it is, and every customer has one row, that hardly shows; let the market change \
             (Data > Generator) and it does."
                .to_owned(),
        ),
        SplitKind::ByRecency => sentences.push(
            "The test rows are the customers who bought last, the training rows those who have not bought for longer. The test is about \
             other people than the model has learnt from, and about other people than it is used for: its figure says little of either."
                .to_owned(),
        ),
    }
    if request.target == TargetKind::Formula {
        sentences.push(
            "The target is a formula over the features with a little noise, so the trees rebuild the formula, which is easy. \
             What people spend does not follow it."
                .to_owned(),
        );
    }
    if request.hidden_state {
        sentences.push(
            "HIDDEN_SEGMENT says who has left, who is about to, and who spends much: what the process that made the data knows and nobody \
             else. Offline it stands in the table; in use nobody can fill it, and the trees that rely on it are left without."
                .to_owned(),
        );
    }
    if *request == LeakageRequest::default() {
        sentences.push(
            "The test rows are later than the training rows and see only what was known on their day, as will be the case in use."
                .to_owned(),
        );
    }
    sentences.join(" ")
}

fn outcome(offline: &LeakageFigures, in_use: &LeakageFigures) -> String {
    let figures = format!(
        "Offline the model explains an R² of {} ({} test rows); of the year that followed it explains {} ({} customers, predicted {} and spent {} on average).",
        format::score(offline.r2),
        format::count(offline.n_rows),
        format::score(in_use.r2),
        format::count(in_use.n_rows),
        format::money(in_use.mean_predicted),
        format::money(in_use.mean_actual)
    );
    let gap = offline.r2 - in_use.r2;
    let verdict = if gap > TOLERANCE {
        "The promise was not kept."
    } else if gap < -TOLERANCE {
        "It did better than promised, which is no merit of the test."
    } else {
        "The promise was kept."
    };
    format!("{verdict} {figures}")
}
