//! Sentences and labels of the domain: heads of pages, kinds, stages, judgements about metrics. Deliberately no numbers of
//! its own: every figure in a sentence comes from the state.

use super::charts::ChartTable;
use super::route::Page;
use super::state::AppState;
use super::{Progress, RunState};
use super::{format, number};
use crate::protocol::{
    AttainableCustomer, FairBound, FairBoundReport, FeatureViewDetail, Kind, ModelDetail, ObjectId, Scenario,
    SplitMetrics, TargetKind,
};

/// In place of a page whose program did not come.
pub const PAGE_ABSENT: &str = "The program of this page did not come: the connection is gone, or the site has been replaced since it was \
                               opened. Try again; if that does not help, reload the page.";

/// What a page shows and why it matters.
pub fn page_purpose(page: Page) -> &'static str {
    match page {
        Page::Overview => "From generated customers to what each will spend in 12 months, all in this browser.",
        Page::Data => {
            "The raw tables that one stochastic process makes from the seed. The same seed gives the same bytes everywhere."
        }
        Page::Features => {
            "What the models may know about a customer. Each feature is defined once, and runs here and as warehouse SQL."
        }
        Page::Train => {
            "Training sets split by time, so that a model is always tested on later customers than it learned from."
        }
        Page::Evaluate => {
            "How well the models predict customers that they have not seen, and which version of them serves."
        }
        Page::Predictions => {
            "Expected spend of every customer over the coming 12 months, written as the warehouse’s tables would be."
        }
        Page::Export => "Take the run with you: its report, and the SQL that makes the same features in a warehouse.",
    }
}

/// The kind of an object, in words.
pub fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Generator => "Generator",
        Kind::RawTable => "Raw table",
        Kind::FeatureStore => "Feature store",
        Kind::FeatureView => "Feature view",
        Kind::TrainingData => "Training data",
        Kind::Model => "Model",
        Kind::Registry => "Registry",
        Kind::Predictions => "Predictions",
    }
}

/// Several objects of a kind, in words.
pub fn kind_plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Generator => "Generators",
        Kind::RawTable => "Raw tables",
        Kind::FeatureStore => "Feature stores",
        Kind::FeatureView => "Feature views",
        Kind::TrainingData => "Training data",
        Kind::Model => "Models",
        Kind::Registry => "Registries",
        Kind::Predictions => "Predictions",
    }
}

/// The kind of an object, for attributes and styles.
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Generator => "generator",
        Kind::RawTable => "raw",
        Kind::FeatureStore => "store",
        Kind::FeatureView => "view",
        Kind::TrainingData => "training",
        Kind::Model => "model",
        Kind::Registry => "registry",
        Kind::Predictions => "predictions",
    }
}

/// A target: its name, what it is, and what follows from that.
pub fn target_words(target: TargetKind) -> (&'static str, &'static str, &'static str) {
    match target {
        TargetKind::Realised => (
            "Realised spend",
            "What a customer really spends in the 365 days after the observation date.",
            "Many zeros and a few large sums, and a part that nobody can foresee: what a model meets in practice.",
        ),
        TargetKind::Formula => (
            "Reference formula",
            "MONETARY_TOTAL × 0.6 × max(0.5, 1.5 − RECENCY_DAYS ÷ 180) × min(2, 1 + FREQUENCY ÷ 20) × (1 + TOTAL_INTERACTIONS ÷ 500) × a random factor from 0.7 to 1.3.",
            "How the original pipeline makes its target; here to show what that hides.",
        ),
    }
}

/// What the formula hides.
pub const FORMULA_WARNING: &str = "It is computed from the model’s own inputs, so the model only finds the formula again: R² is high and says nothing about what customers will spend. Nobody leaves, no price changes anything, and a customer without a purchase is worth exactly $0. The cold-start model keeps its real target.";

/// A scenario, in words.
pub fn scenario_label(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::ColdStart => "Cold start",
        Scenario::Continuous => "Continuous",
    }
}

/// Whom a scenario is about.
pub fn scenario_meaning(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::ColdStart => "new customers, first 30 days",
        Scenario::Continuous => "established customers, 90 days and more",
    }
}

/// The model of a scenario.
pub fn model_of(scenario: Scenario) -> ObjectId {
    match scenario {
        Scenario::ColdStart => ObjectId::ColdstartModel,
        Scenario::Continuous => ObjectId::ContinuousModel,
    }
}

/// A stage as a reader calls it: "train:COLDSTART_CLV_MODEL" → "Training COLDSTART_CLV_MODEL".
pub fn stage_label(name: &str) -> String {
    let (verb, object) = name.split_once(':').unwrap_or((name, ""));
    let verb = match verb {
        "generate" => "Generating data",
        "features" => "Computing features",
        "dataset" => "Building training sets",
        "search" => "Searching parameters of",
        "train" => "Training",
        "evaluate" => "Evaluating",
        "score" => "Scoring customers",
        "digest" => "Checking digests",
        other => return name.replacen(other, &capitalised(other), 1),
    };
    format!("{verb} {object}").trim_end().to_owned()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| std::iter::once(first.to_ascii_uppercase()).chain(chars).collect()).unwrap_or_default()
}

/// What the run is doing, in one line.
pub fn run_status(state: &AppState) -> String {
    match state.run {
        RunState::Idle if !state.worker_ready => "Starting the worker".to_owned(),
        RunState::Idle => "Nothing has run yet".to_owned(),
        RunState::Running => match state.current_stage() {
            Some(stage) => match &stage.progress {
                Progress::Running { done, total, unit } if *total > 0 => {
                    format!("{}: {}", stage_label(&stage.name), format::done_of(*done, *total, unit))
                }
                _ => stage_label(&stage.name),
            },
            None => "Running".to_owned(),
        },
        RunState::Done => match state.elapsed_ms {
            Some(ms) => format!("Done in {}", format::duration(ms)),
            None => "Done".to_owned(),
        },
        RunState::Failed => "Failed".to_owned(),
        RunState::Cancelled => "Cancelled; what was finished stays".to_owned(),
    }
}

/// The same for a screen reader: changes only when something begins or ends, not with every row.
pub fn run_announcement(state: &AppState) -> String {
    match (state.run, state.current_stage()) {
        (RunState::Running, Some(stage)) => stage_label(&stage.name),
        _ => run_status(state),
    }
}

/// How serious a remark about a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Good,
    Caution,
    Warning,
}

impl Judgement {
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Caution => "caution",
            Self::Warning => "warning",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Good => "Generalises",
            Self::Caution => "Caution",
            Self::Warning => "Warning",
        }
    }
}

/// The metrics of one split.
pub fn split_metrics<'a>(model: &'a ModelDetail, split: &str) -> Option<&'a SplitMetrics> {
    model.metrics.iter().find(|metrics| metrics.split == split)
}

/// What the gap between training and test says.
pub fn generalisation(model: &ModelDetail) -> Option<(Judgement, String)> {
    let (train, test) = (split_metrics(model, "train")?.r2, split_metrics(model, "test")?.r2);
    let gap = train - test;
    let judgement = match gap {
        g if g > 0.1 => Judgement::Warning,
        g if g > 0.05 => Judgement::Caution,
        _ => Judgement::Good,
    };
    let consequence = match judgement {
        Judgement::Warning => {
            "above 0.1: the model remembers its training rows. Use more customers, shallower trees or stronger regularisation."
        }
        Judgement::Caution => "above 0.05: the model fits its training rows somewhat better than new ones.",
        Judgement::Good => "at most 0.05: the model holds on customers that it has not seen.",
    };
    Some((judgement, format!("R² on training rows minus R² on test rows is {}, {consequence}", format::score(gap))))
}

/// `TABLE.COLUMN` names gathered by table, in the order in which tables first occur.
pub fn sources_by_table(sources: &[String]) -> Vec<(&str, Vec<&str>)> {
    let mut tables: Vec<(&str, Vec<&str>)> = Vec::new();
    for source in sources {
        let (table, column) = source.rsplit_once('.').unwrap_or((source, ""));
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, columns)) => columns.push(column),
            None => tables.push((table, vec![column])),
        }
    }
    tables
}

/// A cell that holds a prediction in dollars: what is shown, and the raw value where it differs.
pub fn predicted_value(raw: &str) -> (String, Option<String>) {
    match number::read(raw) {
        Some(value) if value < 0.0 => ("$0".to_owned(), Some(format!("The model’s raw output is {raw}"))),
        Some(value) => (format::money(value), Some(format!("{raw} dollars"))),
        None => (raw.to_owned(), None),
    }
}

/// How far the fair bound is.
pub fn fair_bound_status(is_missing: bool, progress: Option<(u64, u64)>) -> String {
    match (is_missing, progress) {
        (true, Some((done, total))) => {
            format!("The fair bound is being computed: {} of {} rows.", format::count(done), format::count(total))
        }
        (true, None) => "The fair bound is computed after the run.".to_owned(),
        (false, _) => String::new(),
    }
}

/// R² of a model, of the fair bound with its standard error, and of the oracle, on every split.
pub fn attainable_table(model: &ModelDetail, bounds: &[(String, FairBoundReport)]) -> ChartTable {
    let row = |metrics: &SplitMetrics| {
        let bound = bounds.iter().find(|(split, _)| *split == metrics.split).map(|(_, bound)| bound);
        let oracle = model.oracle.iter().find(|(split, _)| *split == metrics.split).map(|(_, oracle)| oracle);
        let or_absent = |text: Option<String>| text.unwrap_or_else(|| format::ABSENT.to_owned());
        vec![
            metrics.split.clone(),
            format::score(metrics.r2),
            or_absent(bound.map(|b| format!("{} ± {}", format::score(b.r2), format::score(b.r2_standard_error)))),
            or_absent(bound.map(|b| format::count(b.rows))),
            or_absent(oracle.map(|o| format::score(o.r2))),
        ]
    };
    let headers = ["Split", "Model", "Fair bound ± standard error", "Rows of the bound", "Oracle"];
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: model.metrics.iter().map(row).collect() }
}

/// Version, entity, owner and tags of a view.
pub fn view_note(view: &FeatureViewDetail) -> String {
    let tags = view.tags.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
    format!("version {}, entity {}, owner {}, tags {tags}", view.version, view.entity, view.owner)
}

/// Some customers: what they spent, what was predicted, what could be known.
pub fn attainable_customers(bound: &FairBound) -> ChartTable {
    let row = |customer: &AttainableCustomer| {
        let AttainableCustomer { customer, actual, predicted, fair_bound, oracle } = customer;
        // A negative prediction is shown as $0, and said as it came.
        let dollars = [actual, predicted, fair_bound, oracle].map(|&x| match x {
            x if x < 0.0 => format!("$0 (raw {})", format::money(x)),
            x => format::money(x),
        });
        std::iter::once(customer.clone()).chain(dollars).collect()
    };
    let headers = ["Customer", "Spent in 12 months", "Model", "Fair bound", "Oracle"];
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: bound.customers.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Curve, Density};

    fn model(train: f64, test: f64) -> ModelDetail {
        let metrics = |split: &str, r2| SplitMetrics {
            split: split.to_owned(),
            rmse: 1.0,
            mae: 1.0,
            r2,
            mape: None,
            rows: 1,
            mape_excluded: 0,
        };
        ModelDetail {
            model: ObjectId::ColdstartModel,
            version: "V1".to_owned(),
            engine: "hist".to_owned(),
            params: Vec::new(),
            n_trees: 1,
            n_leaves: 1,
            oracle: Vec::new(),
            metrics: vec![metrics("train", train), metrics("test", test)],
            curve: Curve::default(),
            importance: Vec::new(),
            predicted_vs_actual: Density::default(),
            digest: String::new(),
            elapsed_ms: 0.0,
        }
    }

    #[test]
    fn the_gap_is_judged_at_its_two_borders() {
        let judged = |train, test| generalisation(&model(train, test)).unwrap().0;
        assert_eq!(judged(0.8, 0.69), Judgement::Warning);
        assert_eq!(judged(0.8, 0.74), Judgement::Caution);
        assert_eq!(judged(0.8, 0.76), Judgement::Good);
        assert_eq!(judged(0.5, 0.6), Judgement::Good);
    }

    #[test]
    fn a_negative_prediction_is_shown_as_zero_and_keeps_its_raw_value() {
        let (shown, raw) = predicted_value("-3.25");
        assert_eq!(shown, "$0");
        assert!(raw.unwrap().contains("-3.25"));
        assert_eq!(predicted_value("1234.5").0, "$1,235");
        assert_eq!(predicted_value("n/a").0, "n/a");
    }

    #[test]
    fn sources_are_gathered_by_table() {
        let sources = ["A.X", "B.Y", "A.Z"].map(str::to_owned);
        assert_eq!(sources_by_table(&sources), [("A", vec!["X", "Z"]), ("B", vec!["Y"])]);
        assert!(sources_by_table(&[]).is_empty());
    }

    #[test]
    fn stages_are_named_for_readers() {
        assert_eq!(stage_label("train:COLDSTART_CLV_MODEL"), "Training COLDSTART_CLV_MODEL");
        assert_eq!(stage_label("generate"), "Generating data");
        assert_eq!(stage_label("polish"), "Polish");
    }
}
