//! What the page and the worker say to each other: commands go up, events come down, both closed enums of plain data.
//! The only types that both threads know. Deliberately no behaviour beyond encoding.

mod attribution;
mod codec;
mod command;
mod estimate;
mod evaluation;
mod event;
mod generator;
mod health;
mod leakage;
mod life;
mod link;
mod live;
mod object;
mod own_data;
mod pool;
mod preview;
mod registry;
mod report;
mod search;
mod statistics;
mod training;
mod versions;
mod view;

pub use attribution::{
    AttributionPoint, AttributionRequest, AttributionView, CloseLook, CounterfactualRequest, CounterfactualView,
    InputAttribution,
};
pub use codec::{CodecError, decode, encode};
pub use command::{
    ColumnFilter, ColumnSort, Command, Condition, OwnFeature, RunConfig, RunScope, TableQuery, TableRequest,
    TargetKind, is_day, limits,
};
pub use estimate::{MeasuredRun, RunEstimate};
pub use evaluation::{
    EvaluationRequest, EvaluationView, HoldoutGroup, IntervalView, PurchaseModel, RepeatView, RivalView, RivalsView,
    SliceFigures, SliceView, TargetingCurve, TargetingRequest, TargetingView, Tenth, TopTenth, TrackingView,
    WorstCaseView,
};
pub use event::{Event, Hello, Problem};
pub use generator::{GeneratorInfo, ParameterGroup, ParameterInfo, ScenarioInfo};
pub use health::{
    BrokenRow, Comparison, DriftBin, DriftRange, DriftSide, DriftVerdict, ExpectationFinding, ExpectationSeverity,
    FeatureDrift, FeatureHealth,
};
pub use leakage::{LeakageFigures, LeakageProgress, LeakageRequest, LeakageStage, LeakageView, SplitKind};
pub use life::{CustomerChoice, FeatureAt, FeaturesAt, FeaturesRequest, Life, LifeInteraction, LifePurchase};
pub use live::{
    AlertSeverity, Breakage, CustomerForm, DeclaredMode, LagPoint, LiveAlert, LiveBatch, LiveCustomer, LiveEntry,
    LiveEvent, LiveLook, LiveMeasured, LiveMove, LiveOutcome, LivePlace, LivePlan, LivePlanStep, LiveReason,
    LiveRequest, LiveRows, LiveSide, LiveSource, LiveState, LiveTable, MeasuredTable, OutcomeCohort, OutcomeDrift,
    OutcomeTenth, PacePoint, PurchaseForm, RefreshAction, RefreshState, Retrain, RetrainFigures, TableOrder,
};
pub use object::{Kind, ObjectId, Scenario};
pub use own_data::{
    DateOrder, DecimalMark, Encoding, FileChoices, FileColumn, FilePlan, ImportSummary, Inspection, IoCommand, IoEvent,
    OwnDataHead, OwnDataInUse, OwnDataPart, OwnLevels, OwnSource, OwnTable, PreviewCell, Rejection, RejectionCount,
    SourceFile, TargetColumn, TextFormat,
};
pub use pool::{FitEnd, FitProgress, FitRequest, PoolCommand, PoolEvent, PoolRows};
pub use preview::{FeaturePreview, PreviewFault, PreviewField, PreviewRequest, PreviewedFeature};
pub use registry::{
    ChangedCustomer, CompareRequest, ComparedRows, FactChange, FileBytes, Keeping, KeptChoice, KeptProject, ModelCard,
    ModelComparison, RegisteredModel, RegisteredVersion, RegistryRequest, RegistryView, SessionLoaded,
};
pub use report::{
    AppInfo, Environment, FairBoundReport, MainThread, ModelReport, OracleReport, RunReport, SplitReport, StageReport,
    TableReport, TrialReport,
};
pub use search::{
    PlaceTrial, SearchDimension, SearchInfo, SearchMethod, SearchOrder, SearchPhase, SearchRequest, SearchState,
    Surrogate, SurrogateRequest, TrialOrigin, TrialReason, TrialState, TrialView, not_searched,
};
pub use statistics::{
    Association, Associations, CheckUnit, Cohort, Concentration, Glance, Measure, Retention, TruthCheck, TruthReport,
};
pub use training::{
    Decile, Dependence, DependenceRequest, ObjectiveInfo, RoundRequest, RoundView, ScalingCheck, TrainRequest,
    TrainerInfo, Training, TrainingGrown, TrainingId, TrainingParameter, TreeNode, TreeView, WhatIf, WhatIfInput,
    WhatIfRequest,
};
pub use versions::{DiffLine, FeatureRevision, LineChange, VersionComparison, ViewVersions};
pub use view::{
    AttainableCustomer, ColumnKind, ColumnProfile, Curve, DateRange, Density, Document, FairBound, FeatureDetail,
    FeatureViewDetail, Histogram, Importance, Level, ModelDetail, ObjectSummary, Predictions, PreprocessingColumn,
    RefreshEffect, RefreshFinding, RefreshMode, Split, SplitMetrics, TableColumn, TablePage, TableProfile,
    TrainingProgress, TrainingSet,
};

/// Raised whenever a type in this module changes; a page refuses a worker of another number.
pub const PROTOCOL_VERSION: u32 = 9;

/// The build that the running file belongs to: package version and, where the build set it, the source revision.
pub const BUILD_ID: &str = match option_env!("CLV_LAB_BUILD_ID") {
    Some(id) => id,
    None => concat!(env!("CARGO_PKG_VERSION"), "+dev"),
};
