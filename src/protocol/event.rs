//! What the worker tells the page. The page's whole state is a fold over these.

use super::view::{
    Document, FeatureViewDetail, ModelDetail, ObjectSummary, Predictions, TablePage, TableProfile, TrainingProgress,
    TrainingSet,
};
use super::{
    AttributionView, CounterfactualView, Dependence, EvaluationView, FairBound, FeatureHealth, FeaturePreview,
    FeaturesAt, FileBytes, GeneratorInfo, Glance, KeptProject, LeakageProgress, LeakageView, Life, LiveCustomer,
    LiveMeasured, LiveOutcome, LiveRows, LiveState, ModelCard, ModelComparison, ObjectId, OwnDataInUse, RegistryView,
    RepeatView, RivalsView, RoundView, RunConfig, RunEstimate, RunReport, ScalingCheck, SearchDimension, SearchInfo,
    SearchState, SessionLoaded, Surrogate, TargetingView, TrainerInfo, Training, TrainingGrown, TrialView, TruthReport,
    ViewVersions, WhatIf,
};
use serde::{Deserialize, Serialize};

/// The worker's first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub build_id: String,
    pub protocol_version: u32,
}

/// Something that went wrong, in the order in which a reader needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What happened.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    pub fn new(what: &str, why: &str, remedy: &str) -> Self {
        Self { what: what.to_owned(), why: why.to_owned(), remedy: remedy.to_owned() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.what, self.why, self.remedy)
    }
}

/// News from the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Sent once, before anything else; commands sent earlier are lost.
    Ready(Hello),
    /// Sent right after that: what the generator can be told.
    Generator(Box<GeneratorInfo>),
    /// Sent right after that: what can train a model, and what each can be told.
    Trainers(Vec<TrainerInfo>),
    /// Sent right after that: what a run searches.
    SearchSpace(Vec<SearchDimension>),
    /// What a run with these settings will take.
    Estimate {
        config: RunConfig,
        estimate: RunEstimate,
    },
    Pong {
        nonce: u32,
    },
    /// A run begins; these stages will follow in this order.
    RunStarted {
        config: RunConfig,
        stages: Vec<String>,
    },
    /// A stage begins; it makes these objects.
    StageStarted {
        stage: String,
        objects: Vec<ObjectId>,
    },
    /// `done` of `total` units ("customers", "trees", "rows") of the stage are finished.
    StageProgress {
        stage: String,
        done: u64,
        total: u64,
        unit: String,
    },
    StageFinished {
        stage: String,
        elapsed_ms: f64,
    },
    ObjectReady(ObjectSummary),
    FeatureViewReady(Box<FeatureViewDetail>),
    TrainingSetReady(TrainingSet),
    TreeGrown(TrainingProgress),
    ModelReady(Box<ModelDetail>),
    /// Too little data to train on; the run goes on.
    ModelSkipped {
        model: ObjectId,
        problem: Problem,
    },
    /// A training beside the run's is under way.
    TrainingGrown(TrainingGrown),
    /// A version of a model: the run's own, a later training, or an imported one.
    TrainingReady(Box<Training>),
    /// The training beside the run's was given up; what was trained before stays.
    TrainingStopped(Option<Problem>),
    Round(Box<RoundView>),
    Dependence(Box<Dependence>),
    WhatIf(Box<WhatIf>),
    Attribution(Box<AttributionView>),
    Counterfactual(Box<CounterfactualView>),
    ScalingChecked(ScalingCheck),
    /// A search begins; what was known of an earlier one of this model is no more.
    SearchStarted(Box<SearchInfo>),
    TrialChanged(ObjectId, Box<TrialView>),
    SearchState(SearchState),
    Surrogate(Box<Surrogate>),
    Compared(Box<ModelComparison>),
    Repeat(Box<RepeatView>),
    LeakageProgress(LeakageProgress),
    Leaked(Box<LeakageView>),
    /// The leakage lab was stopped; models that it had trained stay.
    LeakageStopped(Option<Problem>),
    /// The simulation of live predictions, as it stands.
    Live(Box<LiveState>),
    LiveRows(Box<LiveRows>),
    LiveCustomer(Box<LiveCustomer>),
    LiveMeasured(LiveMeasured),
    LiveOutcome(Box<LiveOutcome>),
    Evaluated(Box<EvaluationView>),
    Targeted(Box<TargetingView>),
    Rivals(Box<RivalsView>),
    /// Versions, aliases, tags or notes changed, or where they are kept. Versions that are new here came before it as trainings.
    RegistryChanged(Box<RegistryView>),
    Card(Box<ModelCard>),
    /// A session file, or what is kept and cannot be used.
    File(FileBytes),
    SessionLoaded(SessionLoaded),
    Projects(Vec<KeptProject>),
    /// The browser does not keep changes: said once, the session goes on.
    NotKept(Problem),
    PredictionsReady(Predictions),
    /// The report of the run as JSON: just before the run is finished, and again when something computed after it has come in.
    ReportText(String),
    RunFinished {
        /// Stays in the worker: the page is given its text.
        #[serde(skip)]
        report: Box<RunReport>,
        documents: Vec<String>,
        elapsed_ms: f64,
    },
    /// After a run, while nothing else is asked for: rows of the fair bound computed so far.
    FairBoundProgress {
        done: u64,
        total: u64,
    },
    FairBoundReady(FairBound),
    RunCancelled,
    RunFailed(Problem),
    /// Everything was forgotten, except for own tables in use.
    ResetDone,
    /// Where the next run's tables come from; `None` = the generator.
    SourceChanged(Option<Box<OwnDataInUse>>),
    Page(TablePage),
    Profile(TableProfile),
    Glance(Box<Glance>),
    Checks(TruthReport),
    Life(Box<Life>),
    FeaturesAt(Box<FeaturesAt>),
    FeatureHealth(Box<FeatureHealth>),
    Versions(Box<ViewVersions>),
    FeaturePreview(Box<FeaturePreview>),
    Document(Document),
    /// A command could not be carried out; nothing changed.
    Refused(Problem),
}
