//! The trainings beside the run, for the eye: what came from the worker, and words made of it. Deliberately nothing that is only typed.

mod choice;

pub use choice::Choice;

use super::charts::{ChartTable, CurvePoint};
use super::format;
use super::state::LiveCurve;
use crate::protocol::{
    AttributionView, CounterfactualView, Dependence, ObjectId, RoundView, ScalingCheck, TrainerInfo, Training,
    TrainingGrown, TrainingId, WhatIf,
};
use std::sync::Arc;

/// What the worker has told of trainings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lab {
    pub trainers: Arc<Vec<TrainerInfo>>,
    /// By model and number.
    pub trainings: Vec<Arc<Training>>,
    /// Under way.
    pub growing: Option<Growing>,
    pub round: Option<Arc<RoundView>>,
    pub dependence: Option<Arc<Dependence>>,
    pub what_if: Option<Arc<WhatIf>>,
    pub attribution: Option<Arc<AttributionView>>,
    pub counterfactual: Option<Arc<CounterfactualView>>,
    pub scaling: Option<ScalingCheck>,
}

/// A training under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Growing {
    pub now: TrainingGrown,
    pub curve: LiveCurve,
}

impl Lab {
    /// Another version, or another one of the same name.
    pub fn add(&mut self, training: Training) {
        let same = |known: &Arc<Training>| known.model == training.model && known.version == training.version;
        self.growing = None;
        match self.trainings.iter_mut().find(|known| same(known)) {
            Some(known) => *known = Arc::new(training),
            None => {
                // V10 comes after V9.
                let place = |training: &Training| (training.model, training.version.len(), training.version.clone());
                let at = self.trainings.partition_point(|known| place(known) < place(&training));
                self.trainings.insert(at, Arc::new(training));
            }
        }
    }

    pub fn grown(&mut self, now: TrainingGrown) {
        let point = CurvePoint { n_trees: now.n_trees, train: now.train, validation: now.validation };
        let growing = match &mut self.growing {
            Some(growing) if growing.now.training == now.training && growing.now.n_trees <= now.n_trees => growing,
            other => {
                let curve = LiveCurve { points: Vec::new(), n_trees_planned: now.n_trees_planned };
                other.insert(Growing { now: now.clone(), curve })
            }
        };
        if now.n_trees > 0 {
            growing.curve.points.push(point);
        }
        growing.now = now;
    }

    /// A run begins: its training sets replace those that everything here stands on.
    pub fn clear(&mut self) {
        *self = Self { trainers: self.trainers.clone(), ..Self::default() };
    }

    /// The versions of a model.
    pub fn of(&self, model: ObjectId) -> Vec<Arc<Training>> {
        self.trainings.iter().filter(|training| training.model == model).cloned().collect()
    }

    /// A version by name; the latest where there is none of that name.
    pub fn find(&self, model: ObjectId, version: &str) -> Option<Arc<Training>> {
        let of = self.of(model);
        of.iter().find(|training| training.version == version).or(of.last()).cloned()
    }
}

/// The id of a version.
pub fn id(training: &Training) -> TrainingId {
    TrainingId { model: training.model, version: training.version.clone() }
}

/// "40 of 100 trees, 1.2 s, about 1.8 s left".
pub fn progress(growing: &Growing) -> String {
    let now = &growing.now;
    let trees = format!("{} of {} trees", format::count(now.n_trees.into()), format::count(now.n_trees_planned.into()));
    let took = format::duration(now.elapsed_ms);
    match left_ms(now) {
        Some(left_ms) => format!("{trees}, {took}, about {} left", format::duration(left_ms)),
        None => format!("{trees}, {took}"),
    }
}

/// What the trees to come will take if they take what those so far took.
fn left_ms(now: &TrainingGrown) -> Option<f64> {
    let left = now.n_trees_planned.saturating_sub(now.n_trees);
    (now.n_trees > 0 && left > 0).then(|| now.elapsed_ms / f64::from(now.n_trees) * f64::from(left))
}

/// All versions of a model beside each other; parameters only where they differ.
pub fn comparison(trainings: &[Arc<Training>]) -> ChartTable {
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in trainings.iter().flat_map(|training| &training.params) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let value = |training: &Training, name: &String| {
        training
            .params
            .iter()
            .find(|(known, _)| known == name)
            .map_or("–".to_owned(), |(_, value)| format::statistic(*value))
    };
    names.retain(|name| {
        let mut values = trainings.iter().filter(|t| t.elapsed_ms.is_some()).map(|training| value(training, name));
        let first = values.next();
        values.any(|value| Some(value) != first)
    });
    let headers = ["Version", "Engine", "Objective"].into_iter().map(str::to_owned);
    let figures = [
        "Trees",
        "Leaves",
        "Fit in",
        "ms a tree",
        "R² train",
        "R² validation",
        "R² test",
        "RMSE test",
        "Actual ≤ predicted",
    ];
    let row = |training: &Arc<Training>| {
        let split = |name: &str| training.splits.iter().find(|split| split.split == name);
        let r2 = |name: &str| split(name).map_or(String::new(), |split| format::score(split.r2));
        let of_time = |ms: &dyn Fn(f64) -> String| training.elapsed_ms.map_or("–".to_owned(), ms);
        let engine = training.file.as_ref().map_or(training.engine.clone(), |file| format!("imported: {file}"));
        let mut cells = vec![training.version.clone(), engine, training.objective.clone()];
        cells.extend([
            format::count(training.n_trees.into()),
            format::count(training.n_leaves),
            of_time(&format::duration),
            of_time(&|ms| format::statistic(ms / f64::from(training.n_trees.max(1)))),
            r2("train"),
            r2("validation"),
            r2("test"),
            split("test").map_or(String::new(), |split| format::money(split.rmse)),
            format::percent(training.share_below),
        ]);
        cells.extend(names.iter().map(|name| value(training, name)));
        cells
    };
    let headers = headers.chain(figures.map(str::to_owned)).chain(names.iter().map(|name| (*name).clone()));
    ChartTable { headers: headers.collect(), rows: trainings.iter().map(row).collect() }
}

/// What the comparison of both engines says, where there are both.
pub fn verdict(trainings: &[Arc<Training>]) -> Option<String> {
    let per_tree = |training: &Training| Some(training.elapsed_ms? / f64::from(training.n_trees.max(1)));
    let test = |training: &Training| training.splits.iter().find(|split| split.split == "test").map(|split| split.r2);
    let last = |engine: &str| trainings.iter().rev().find(|training| training.engine == engine);
    let (ours, exact) = (last("hist")?, last("gbdt")?);
    let ratio = per_tree(exact)? / per_tree(ours)?.max(1e-9);
    Some(format!(
        "A tree of {} took the crate gbdt {} times as long as one of {} took the histograms; their R² on the test rows is {} and {}.",
        exact.version,
        format::count((ratio + 0.5) as u64),
        ours.version,
        format::score(test(exact)?),
        format::score(test(ours)?)
    ))
}

/// Where the slow motion stands.
pub fn round_in_words(round: &RoundView) -> String {
    let customer = round.path.get(round.request.n_trees as usize).copied().unwrap_or_default();
    format!(
        "{} of {}: RMSE {} on {}; customer {} is at {} and really spent {}",
        format::counted(round.request.n_trees.into(), "tree", "trees"),
        format::count(round.n_trees_total.into()),
        format::money(round.rmse),
        format::counted(round.n_rows.into(), "test row", "test rows"),
        round.customer,
        format::money(customer),
        format::money(round.actual)
    )
}

/// A part of a prediction: dollars, or their logarithm.
pub fn part(value: f64, is_log: bool) -> String {
    if is_log {
        format!("{}{}", if value < 0.0 { "" } else { "+" }, format::statistic(value))
    } else {
        format::money_change(value)
    }
}

/// The same on an axis.
pub fn part_short(value: f64, is_log: bool) -> String {
    if is_log { format::short(value) } else { format::money_short(value) }
}

/// The size of a part, without a sign.
pub fn size(value: f64, is_log: bool) -> String {
    if is_log { format::statistic(value) } else { format::money(value) }
}

/// The nearest change, in a sentence.
pub fn counterfactual_in_words(found: &CounterfactualView) -> String {
    let change = |(input, before, after): &(String, String, String)| {
        let before = if before.is_empty() { "nothing" } else { before };
        format!("{input} {after} instead of {before}")
    };
    let changes: Vec<String> = found.changes.iter().map(change).collect();
    let (customer, target) = (&found.customer, format::money(found.request.target));
    if found.is_reached && changes.is_empty() {
        return format!("Customer {customer} is there already, at {}.", format::money(found.before));
    }
    if found.is_reached {
        return format!(
            "With {} customer {customer} would be predicted {} instead of {}: the nearest change that reaches {target}, found in {}.",
            changes.join(" and "),
            format::money(found.prediction),
            format::money(found.before),
            format::duration(found.elapsed_ms)
        );
    }
    let closest = if changes.is_empty() {
        String::new()
    } else {
        format!(" {} comes closest, with {}.", changes.join(" and "), format::money(found.prediction))
    };
    format!("No change of at most {} numbers was found that reaches {target}.{closest}", found.most_changes)
}

/// What the changed inputs did.
fn change_in_words(found: &WhatIf) -> String {
    if found.request.changes.is_empty() {
        return "with the inputs of the data".to_owned();
    }
    format!("{} against the data’s own inputs", format::money_change(found.prediction - found.before))
}

/// The figures of one prediction.
pub const FIGURES: [&str; 5] =
    ["Prediction", "Really spent", "Knowing nothing", "Sum less the whole", "Scored and explained in"];

/// Their values and remarks.
pub fn figures(found: &WhatIf) -> [[String; 2]; 5] {
    [
        [format::money(found.prediction), change_in_words(found)],
        [format::money(found.actual), String::new()],
        [part(found.base_value, found.is_log), "the base value".to_owned()],
        [format::statistic(-found.residual), "rounding of single precision".to_owned()],
        [format::duration(found.elapsed_ms), String::new()],
    ]
}

/// How the parts make the whole.
pub fn parts_in_words(found: &WhatIf) -> String {
    let whole = if found.is_log {
        "The base value and all contributions add up to the logarithm of the prediction: each multiplies it."
    } else {
        "The base value and all contributions add up to the prediction."
    };
    format!("{whole} Change any input; an empty number is a missing one.")
}

/// What the partial dependence was computed from.
pub fn dependence_in_words(found: &Dependence) -> String {
    format!(
        "The mean over {}, and {} of them one by one, computed in {}.",
        format::counted(found.n_rows.into(), "test row", "test rows"),
        found.curves.len(),
        format::duration(found.elapsed_ms)
    )
}

/// The document that holds a version.
pub fn document(training: &Training) -> String {
    match training.version.as_str() {
        "V1" => format!("models/{}.json", training.model.name()),
        version => format!("models/{}.{version}.json", training.model.name()),
    }
}

/// What standardising changed.
pub fn scaling_in_words(check: &ScalingCheck) -> String {
    let rows = format::counted(check.n_rows - check.n_on_threshold, "test prediction", "test predictions");
    let took = format::duration(check.elapsed_ms);
    let same = if check.n_different == 0 {
        format!("the model gives all {rows} again, to the bit: trees ask only for order")
    } else {
        let differ = format::count(check.n_different);
        format!("{differ} of {rows} differ, by at most {}", format::money(check.largest_difference))
    };
    let on = match check.n_on_threshold {
        0 => String::new(),
        n => format!(
            " {} left out, with a value that stands on a threshold, where the last digit decides.",
            format::counted(n, "row is", "rows are")
        ),
    };
    format!("Trained again on standardised columns, {same}; computed in {took}.{on}")
}

#[cfg(test)]
pub(in crate::present) mod tests {
    use super::*;
    use crate::protocol::{Curve, SplitMetrics};

    pub fn training(version: &str, engine: &str, elapsed_ms: Option<f64>, depth: f64) -> Training {
        let split = |split: &str, r2| SplitMetrics {
            split: split.to_owned(),
            rmse: 100.0,
            mae: 50.0,
            r2,
            mape: None,
            rows: 10,
            mape_excluded: 0,
        };
        Training {
            model: ObjectId::ContinuousModel,
            version: version.to_owned(),
            engine: engine.to_owned(),
            objective: "reg:squarederror".to_owned(),
            params: vec![("max_depth".to_owned(), depth), ("subsample".to_owned(), 0.8)],
            n_trees: 10,
            n_leaves: 80,
            elapsed_ms,
            curve: Curve::default(),
            loss: "RMSE".to_owned(),
            file: elapsed_ms.is_none().then(|| "other.json".to_owned()),
            splits: vec![split("train", 0.7), split("validation", 0.6), split("test", 0.5)],
            share_below: 0.62,
            digest: String::new(),
        }
    }

    #[test]
    fn only_parameters_that_differ_are_compared() {
        let of = |list: &[Training]| comparison(&list.iter().cloned().map(Arc::new).collect::<Vec<_>>());
        let two = [training("V1", "hist", Some(20.0), 4.0), training("V2", "gbdt", Some(900.0), 4.0)];
        assert!(!of(&two).headers.contains(&"max_depth".to_owned()));
        let three = [two[0].clone(), two[1].clone(), training("V3", "hist", Some(20.0), 6.0)];
        let table = of(&three);
        assert!(table.headers.contains(&"max_depth".to_owned()) && !table.headers.contains(&"subsample".to_owned()));
        assert!(table.rows.iter().all(|row| row.len() == table.headers.len()));
        let imported = of(&[two[0].clone(), training("V2", "imported", None, 4.0)]);
        assert_eq!(imported.rows[1][1], "imported: other.json");
    }

    #[test]
    fn engines_are_compared_by_the_tree() {
        let list: Vec<_> = [training("V1", "hist", Some(20.0), 4.0), training("V2", "gbdt", Some(1_200.0), 4.0)]
            .map(Arc::new)
            .to_vec();
        assert!(verdict(&list).unwrap().contains("60 times as long"));
        assert_eq!(verdict(&list[..1]), None);
    }

    #[test]
    fn time_left_follows_the_trees_so_far() {
        let grown = |n_trees, elapsed_ms| TrainingGrown {
            training: TrainingId { model: ObjectId::ColdstartModel, version: "V2".to_owned() },
            n_trees,
            n_trees_planned: 100,
            train: 1.0,
            validation: 2.0,
            loss: "RMSE".to_owned(),
            elapsed_ms,
        };
        let mut lab = Lab::default();
        lab.grown(grown(0, 100.0));
        assert_eq!(progress(lab.growing.as_ref().unwrap()), "0 of 100 trees, 100 ms");
        lab.grown(grown(25, 500.0));
        let growing = lab.growing.clone().unwrap();
        assert_eq!(progress(&growing), "25 of 100 trees, 500 ms, about 1.5 s left");
        assert_eq!(growing.curve.points.len(), 1);
        lab.grown(grown(0, 0.0));
        assert!(lab.growing.unwrap().curve.points.is_empty(), "another training of the same name");
    }

    #[test]
    fn a_change_that_reaches_nothing_says_what_comes_closest() {
        let training = TrainingId { model: ObjectId::ColdstartModel, version: "V1".to_owned() };
        let found = |is_reached, changes: &[&str]| CounterfactualView {
            request: crate::protocol::CounterfactualRequest { training: training.clone(), row: 0, target: 900.0 },
            customer: "17".to_owned(),
            before: 200.0,
            prediction: 510.0,
            is_reached,
            most_changes: 4,
            changes: changes.iter().map(|name| ((*name).to_owned(), String::new(), "2".to_owned())).collect(),
            elapsed_ms: 3.0,
        };
        let said = counterfactual_in_words(&found(false, &["A", "B"]));
        assert!(said.starts_with("No change of at most 4 numbers was found that reaches $900."), "{said}");
        assert!(
            said.ends_with("A 2 instead of nothing and B 2 instead of nothing comes closest, with $510."),
            "{said}"
        );
        assert!(counterfactual_in_words(&found(true, &[])).contains("is there already, at $200"));
        assert!(counterfactual_in_words(&found(false, &[])).ends_with("$900."));
    }
}
