//! The whole state of the page: a fold over news. Nothing else writes it, so that any moment can be rebuilt in a test from
//! the messages alone. Deliberately without what only one component needs (hover, open, typed text).

use super::charts::CurvePoint;
use super::evaluation::Evaluation;
use super::grid::RowBlocks;
use super::lab::Lab;
use super::live::Live;
use super::registry::Registry;
use super::route::Page;
use super::search::SearchShown;
use super::{Progress, RunState, estimate};
use crate::protocol::{
    Document, Event, FairBound, FeatureHealth, FeaturePreview, FeatureViewDetail, FeaturesAt, GeneratorInfo, Glance,
    Kind, Life, ModelDetail, ObjectId, ObjectSummary, OwnDataInUse, Predictions, Problem, RunConfig, RunEstimate,
    RunReport, SearchDimension, TableProfile, TrainingProgress, TrainingSet, TruthReport, ViewVersions,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Worker(Event),
    /// The reader asked for a run; the worker has not answered yet.
    RunAsked,
    /// A worker was lost and another one started; `replaying` when it starts the run again.
    WorkerReplaced {
        reason: String,
        replaying: bool,
    },
    /// No worker could be kept alive.
    WorkerGone(Problem),
    /// A sentence for the reader.
    Notice(Severity, String),
    /// The reader has read it.
    Dismissed(u32),
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Note,
    Problem,
}

/// A sentence for the reader, until dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: u32,
    pub severity: Severity,
    pub text: String,
}

/// A stage of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct StageState {
    pub name: String,
    pub progress: Progress,
    pub elapsed_ms: Option<f64>,
    objects: Vec<ObjectId>,
}

/// Training as it goes; the worker reports some of the trees, not every one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveCurve {
    pub points: Vec<CurvePoint>,
    pub n_trees_planned: u32,
}

/// Everything the pages show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppState {
    /// The page accepts input.
    pub worker_ready: bool,
    /// What the generator can be told, once the worker has said it.
    pub generator: Option<Arc<GeneratorInfo>>,
    /// What a run with these settings will take.
    pub estimate: Option<Arc<(RunConfig, RunEstimate)>>,
    pub run: RunState,
    /// What the results were made with.
    pub config: Option<RunConfig>,
    pub stages: Vec<StageState>,
    pub objects: BTreeMap<ObjectId, Arc<ObjectSummary>>,
    pub views: BTreeMap<ObjectId, Arc<FeatureViewDetail>>,
    pub training_sets: BTreeMap<ObjectId, Arc<TrainingSet>>,
    pub curves: BTreeMap<ObjectId, LiveCurve>,
    pub models: BTreeMap<ObjectId, Arc<ModelDetail>>,
    pub skipped: BTreeMap<ObjectId, Problem>,
    pub predictions: BTreeMap<ObjectId, Arc<Predictions>>,
    pub fair_bounds: BTreeMap<ObjectId, Arc<FairBound>>,
    /// Rows done of rows to do, while the fair bound is computed.
    pub fair_bound_progress: Option<(u64, u64)>,
    /// Rows of tables around what was in view last.
    pub rows: BTreeMap<ObjectId, RowBlocks>,
    pub profiles: BTreeMap<ObjectId, Arc<TableProfile>>,
    pub glance: Option<Arc<Glance>>,
    pub checks: Option<Arc<TruthReport>>,
    /// The customer shown last, and the features as of the day shown last.
    pub life: Option<Arc<Life>>,
    pub features_at: Option<Arc<FeaturesAt>>,
    /// The reader's own feature tried last.
    pub preview: Option<Arc<FeaturePreview>>,
    pub health: Option<Arc<FeatureHealth>>,
    /// Views that own features have changed, beside the catalogue's.
    pub versions: Option<Arc<ViewVersions>>,
    /// Trainings beside the run's.
    pub lab: Lab,
    /// What a run searches.
    pub search_space: Arc<Vec<SearchDimension>>,
    /// The last search of each model.
    pub searches: BTreeMap<ObjectId, Arc<SearchShown>>,
    /// Their aliases, tags and notes, and where these are kept.
    pub registry: Registry,
    pub evaluation: Evaluation,
    pub live: Live,
    pub report: Option<Arc<RunReport>>,
    /// The same as JSON, without what only the page knows.
    pub report_text: Option<Arc<str>>,
    /// Names of the texts that the worker offers.
    pub documents: Vec<String>,
    /// Those that came.
    pub texts: BTreeMap<String, Arc<Document>>,
    pub elapsed_ms: Option<f64>,
    /// Own tables that the next run begins with.
    pub own: Option<Arc<OwnDataInUse>>,
    /// Those that the results were made from.
    pub made_from: Option<Arc<OwnDataInUse>>,
    pub notices: Vec<Notice>,
    progress: BTreeMap<ObjectId, Progress>,
    /// A run was asked for and has neither begun nor been refused.
    awaits_start: bool,
    n_notices: u32,
}

impl AppState {
    /// Takes one piece of news in.
    pub fn apply(&mut self, news: News) {
        match news {
            News::Worker(event) => self.apply_event(event),
            News::RunAsked => {
                self.awaits_start = true;
                self.run = RunState::Running;
            }
            News::WorkerReplaced { reason, replaying } => self.worker_replaced(&reason, replaying),
            News::WorkerGone(problem) => {
                self.worker_ready = false;
                self.run_stopped(RunState::Failed);
                self.make_stale();
                self.tell(Severity::Problem, problem.to_string());
            }
            News::Notice(severity, text) => self.tell(severity, text),
            News::Dismissed(id) => self.notices.retain(|notice| notice.id != id),
        }
    }

    fn apply_event(&mut self, event: Event) {
        match event {
            Event::Ready(_) => self.worker_ready = true,
            Event::Generator(info) => self.generator = Some(Arc::new(*info)),
            Event::Estimate { config, estimate } => {
                let warning = estimate::warning(estimate.memory_bytes, config.customers);
                self.estimate = Some(Arc::new((config, estimate)));
                // A run that was asked for is told once, however often its estimate comes.
                let is_told = |warning: &String| self.notices.iter().any(|notice| notice.text == *warning);
                if let Some(warning) = warning.filter(|warning| self.awaits_start && !is_told(warning)) {
                    self.tell(Severity::Note, warning);
                }
            }
            Event::Pong { .. } => {}
            Event::RunStarted { config, stages } => self.run_started(config, stages),
            Event::StageStarted { stage, objects } => self.stage_started(&stage, objects),
            Event::StageProgress { stage, done, total, unit } => {
                self.stage_progress(&stage, &Progress::Running { done, total, unit });
            }
            Event::StageFinished { stage, elapsed_ms } => self.stage_finished(&stage, elapsed_ms),
            Event::ObjectReady(summary) => {
                self.set(summary.object, Progress::Ready);
                self.rows.remove(&summary.object);
                self.profiles.remove(&summary.object);
                match summary.object.kind() {
                    Kind::RawTable => {
                        (self.glance, self.checks) = (None, None);
                        (self.life, self.features_at) = (None, None);
                    }
                    Kind::TrainingData => (self.glance, self.checks, self.health) = (None, None, None),
                    Kind::FeatureView => (self.health, self.versions) = (None, None),
                    Kind::Generator | Kind::FeatureStore | Kind::Model | Kind::Registry | Kind::Predictions => {}
                }
                self.objects.insert(summary.object, Arc::new(summary));
            }
            Event::FeatureViewReady(view) => drop(self.views.insert(view.view, Arc::new(*view))),
            Event::TrainingSetReady(set) => drop(self.training_sets.insert(set.table, Arc::new(set))),
            Event::TreeGrown(tree) => self.tree_grown(tree),
            Event::ModelReady(model) => {
                self.skipped.remove(&model.model);
                self.curves.remove(&model.model);
                self.set(model.model, Progress::Ready);
                self.models.insert(model.model, Arc::new(*model));
            }
            Event::ModelSkipped { model, problem } => {
                self.models.remove(&model);
                self.set(model, Progress::Failed);
                self.skipped.insert(model, problem);
            }
            Event::Trainers(trainers) => self.lab.trainers = Arc::new(trainers),
            Event::TrainingGrown(grown) => self.lab.grown(grown),
            Event::TrainingReady(training) => self.lab.add(*training),
            Event::TrainingStopped(problem) => {
                self.lab.growing = None;
                if let Some(problem) = problem {
                    self.tell(Severity::Problem, problem.to_string());
                }
            }
            Event::Round(round) => self.lab.round = Some(Arc::new(*round)),
            Event::Dependence(dependence) => self.lab.dependence = Some(Arc::new(*dependence)),
            Event::Attribution(view) => self.lab.attribution = Some(Arc::new(*view)),
            Event::Counterfactual(view) => self.lab.counterfactual = Some(Arc::new(*view)),
            Event::WhatIf(what_if) => self.lab.what_if = Some(Arc::new(*what_if)),
            Event::ScalingChecked(check) => self.lab.scaling = Some(check),
            Event::SearchSpace(space) => self.search_space = Arc::new(space),
            Event::SearchStarted(info) => {
                drop(self.searches.insert(info.request.model, Arc::new(SearchShown::begin(*info))));
            }
            Event::TrialChanged(model, trial) => self.of_search(model, |search| search.trial(*trial)),
            Event::SearchState(state) => self.of_search(state.model, |search| search.state = state),
            Event::Surrogate(surrogate) => {
                self.of_search(surrogate.request.model, |search| search.surrogate = Some(Arc::new(*surrogate)));
            }
            event @ (Event::Live(_)
            | Event::LiveRows(_)
            | Event::LiveCustomer(_)
            | Event::LiveMeasured(_)
            | Event::LiveOutcome(_)) => self.live.apply(event),
            Event::Evaluated(view) => self.evaluation.view = Some(Arc::new(*view)),
            Event::Rivals(view) => self.evaluation.rivals = Some(Arc::new(*view)),
            Event::Repeat(view) => self.evaluation.repeat = Some(Arc::new(*view)),
            Event::Leaked(view) => self.evaluation.leaked(*view),
            Event::LeakageProgress(progress) => self.evaluation.leak_progress = Some(progress),
            Event::LeakageStopped(problem) => {
                self.evaluation.leak_progress = None;
                problem.iter().for_each(|problem| self.tell(Severity::Problem, problem.to_string()));
            }
            Event::Targeted(view) => self.evaluation.targeting = Some(Arc::new(*view)),
            Event::Compared(comparison) => self.registry.comparison = Some(Arc::new(*comparison)),
            Event::RegistryChanged(view) => {
                self.registry.view = Arc::new(*view);
                self.lab.trainings.retain(|training| self.registry.has(training));
                // They say tags and aliases.
                self.texts.retain(|name, _| !name.ends_with("card.json"));
            }
            Event::Card(card) => self.registry.card = Some(Arc::new(*card)),
            Event::File(file) => self.registry.file = Some(Arc::new(file)),
            Event::SessionLoaded(loaded) => self.registry.loaded = Some(Arc::new(loaded)),
            Event::Projects(projects) => self.registry.projects = Some(Arc::new(projects)),
            Event::NotKept(problem) => self.tell(Severity::Problem, problem.to_string()),
            Event::PredictionsReady(predictions) => {
                drop(self.predictions.insert(predictions.table, Arc::new(predictions)));
            }
            Event::RunFinished { report, documents, elapsed_ms } => {
                self.run_stopped(RunState::Done);
                self.report = Some(Arc::new(*report));
                self.documents = documents;
                self.elapsed_ms = Some(elapsed_ms);
            }
            Event::FairBoundProgress { done, total } => {
                self.fair_bound_progress = Some((done, total)).filter(|_| done < total);
            }
            Event::ReportText(text) => self.report_text = Some(Arc::from(text)),
            Event::FairBoundReady(bound) => {
                self.documents.extend(bound.document.clone());
                self.fair_bounds.insert(bound.model, Arc::new(bound));
            }
            Event::RunCancelled => self.run_stopped(RunState::Cancelled),
            Event::RunFailed(problem) => {
                self.run_failed();
                self.tell(Severity::Problem, problem.to_string());
            }
            Event::ResetDone => self.reset(),
            Event::SourceChanged(own) => self.own = own.map(|own| Arc::new(*own)),
            Event::Page(page) => self.rows.entry(page.table).or_default().insert(page),
            Event::Profile(profile) => drop(self.profiles.insert(profile.table, Arc::new(profile))),
            Event::Glance(glance) => self.glance = Some(Arc::new(*glance)),
            Event::Checks(report) => self.checks = Some(Arc::new(report)),
            Event::Life(life) => {
                self.life = Some(Arc::new(*life));
                self.features_at = None;
            }
            Event::FeaturesAt(features) => self.features_at = Some(Arc::new(*features)),
            Event::FeatureHealth(health) => self.health = Some(Arc::new(*health)),
            Event::Versions(versions) => self.versions = Some(Arc::new(*versions)),
            Event::FeaturePreview(preview) => self.preview = Some(Arc::new(*preview)),
            Event::Document(document) => drop(self.texts.insert(document.name.clone(), Arc::new(document))),
            Event::Refused(problem) => {
                if self.awaits_start {
                    self.run_failed();
                }
                self.live.refused();
                self.tell(Severity::Problem, problem.to_string());
            }
        }
    }

    fn of_search(&mut self, model: ObjectId, change: impl FnOnce(&mut SearchShown)) {
        if let Some(search) = self.searches.get_mut(&model) {
            change(Arc::make_mut(search));
        }
    }

    /// How far an object is, seen from the settings that the reader has in front of them.
    pub fn progress(&self, object: ObjectId, settings: &RunConfig) -> Progress {
        let known = self.progress.get(&object).cloned().unwrap_or_default();
        let same_settings = self.config.as_ref().is_none_or(|made| made.makes_the_same_as(settings));
        let same = same_settings && (self.config.is_none() || self.made_from == self.own);
        if known == Progress::Ready && !same { Progress::Stale } else { known }
    }

    /// The object that a page shows first: one that the run makes.
    pub fn first_object(&self, page: Page) -> ObjectId {
        let scenarios = self.made_from.as_ref().map(|own| own.source.scenarios());
        let is_made = |object: &ObjectId| scenarios.as_ref().is_none_or(|made| made.contains(&object.scenario()));
        page.objects().find(is_made).or_else(|| page.objects().next()).unwrap_or(ObjectId::Profile)
    }

    /// True when the worker holds the rows of a table, and no run that would replace them was asked for.
    pub fn is_held(&self, object: ObjectId) -> bool {
        self.worker_ready && !self.awaits_start && self.progress.get(&object) == Some(&Progress::Ready)
    }

    /// True when the worker could answer a question about the raw tables now.
    fn can_be_asked(&self) -> bool {
        let held = Page::Data.objects().any(|object| self.is_held(object));
        held && self.run != RunState::Running
    }

    /// True when the profile of a table should be asked for.
    pub fn wants_profile(&self, object: ObjectId) -> bool {
        self.is_held(object) && self.run != RunState::Running && !self.profiles.contains_key(&object)
    }

    /// True when the data at a glance should be asked for.
    pub fn wants_glance(&self) -> bool {
        self.glance.is_none() && self.can_be_asked()
    }

    /// True when the truth checks should be asked for.
    pub fn wants_checks(&self) -> bool {
        self.checks.is_none() && self.can_be_asked()
    }

    /// True when a customer's life should be asked for, and can be: its events are indexed once the views are computed.
    pub fn wants_life(&self) -> bool {
        let views = [ObjectId::RfmFeatures, ObjectId::EngagementFeatures];
        self.life.is_none() && self.can_be_asked() && views.into_iter().all(|view| self.is_held(view))
    }

    /// True when the health of the features should be asked for.
    pub fn wants_health(&self) -> bool {
        let held = Page::Features.objects().any(|object| self.is_held(object));
        self.health.is_none() && held && self.run != RunState::Running
    }

    /// True when views that own features have changed should be held against the catalogue's.
    pub fn wants_versions(&self) -> bool {
        let is_changed = self.config.as_ref().is_some_and(|config| !config.features.is_empty());
        is_changed
            && self.versions.is_none()
            && self.is_held(ObjectId::DerivedFeatures)
            && self.run != RunState::Running
    }

    /// True when the worker holds the training set of a model.
    pub fn has_training_set(&self, model: ObjectId) -> bool {
        Page::Train.objects().any(|table| table.scenario() == model.scenario() && self.is_held(table))
    }

    /// Wall time of the run, or of its finished stages while it runs.
    pub fn elapsed_ms(&self) -> Option<f64> {
        if self.run != RunState::Running && self.elapsed_ms.is_some() {
            return self.elapsed_ms;
        }
        let finished: Vec<f64> = self.stages.iter().filter_map(|stage| stage.elapsed_ms).collect();
        (!finished.is_empty()).then(|| finished.iter().sum())
    }

    /// Rows of a table that was made.
    pub fn n_rows(&self, object: ObjectId) -> Option<u64> {
        self.objects.get(&object).map(|summary| summary.rows)
    }

    /// Rows of several tables together, once one of them was made.
    pub fn n_rows_of(&self, objects: &[ObjectId]) -> Option<u64> {
        objects.iter().filter_map(|object| self.n_rows(*object)).reduce(|a, b| a + b)
    }

    /// The best R² on test rows, and whose it is.
    pub fn best_test_r2(&self) -> Option<(ObjectId, f64)> {
        let test = |model: &ModelDetail| model.metrics.iter().find(|m| m.split == "test").map(|m| m.r2);
        self.models
            .iter()
            .filter_map(|(object, model)| Some((*object, test(model)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The stage at work.
    pub fn current_stage(&self) -> Option<&StageState> {
        self.stages.iter().find(|stage| stage.progress.is_running())
    }

    /// Finished share of the run, every stage weighing the same.
    pub fn run_fraction(&self) -> f64 {
        if self.stages.is_empty() {
            return 0.0;
        }
        self.stages.iter().map(|stage| stage.progress.fraction()).sum::<f64>() / self.stages.len() as f64
    }

    /// The curve of a model: live while it trains, complete afterwards.
    pub fn curve(&self, model: ObjectId) -> LiveCurve {
        match (self.curves.get(&model), self.models.get(&model)) {
            (Some(live), _) => live.clone(),
            (None, Some(model)) => {
                LiveCurve { points: CurvePoint::all_of(&model.curve), n_trees_planned: model.n_trees }
            }
            (None, None) => LiveCurve::default(),
        }
    }

    fn set(&mut self, object: ObjectId, progress: Progress) {
        self.progress.insert(object, progress);
    }

    fn run_started(&mut self, config: RunConfig, stages: Vec<String>) {
        self.settle(&Progress::Idle);
        self.make_stale();
        self.awaits_start = false;
        self.run = RunState::Running;
        self.config = Some(config);
        self.made_from.clone_from(&self.own);
        if let Some(own) = &self.own {
            let scenarios = own.source.scenarios();
            self.forget(|object| !scenarios.contains(&object.scenario()));
        }
        self.curves.clear();
        self.lab.clear();
        self.searches.clear();
        self.registry.clear();
        self.evaluation = Evaluation::default();
        self.live = Live::default();
        self.skipped.clear();
        self.fair_bounds.clear();
        self.fair_bound_progress = None;
        self.texts.clear();
        self.elapsed_ms = None;
        self.stages = stages
            .into_iter()
            .map(|name| StageState { name, progress: Progress::Idle, elapsed_ms: None, objects: Vec::new() })
            .collect();
    }

    /// Takes objects off the pages: the run that begins will not make them.
    fn forget(&mut self, gone: impl Fn(ObjectId) -> bool) {
        self.objects.retain(|object, _| !gone(*object));
        self.views.retain(|object, _| !gone(*object));
        self.training_sets.retain(|object, _| !gone(*object));
        self.models.retain(|object, _| !gone(*object));
        self.predictions.retain(|object, _| !gone(*object));
        self.rows.retain(|object, _| !gone(*object));
        self.profiles.retain(|object, _| !gone(*object));
        self.progress.retain(|object, _| !gone(*object));
    }

    fn make_stale(&mut self) {
        for progress in self.progress.values_mut().filter(|p| **p == Progress::Ready) {
            *progress = Progress::Stale;
        }
    }

    fn stage(&mut self, name: &str) -> Option<&mut StageState> {
        self.stages.iter_mut().find(|stage| stage.name == name)
    }

    fn stage_started(&mut self, name: &str, objects: Vec<ObjectId>) {
        for object in &objects {
            self.set(*object, Progress::begun());
        }
        if let Some(stage) = self.stage(name) {
            stage.progress = Progress::begun();
            stage.objects = objects;
        }
    }

    fn stage_progress(&mut self, name: &str, progress: &Progress) {
        let Some(stage) = self.stage(name) else { return };
        stage.progress = progress.clone();
        for object in stage.objects.clone() {
            if self.progress.get(&object).is_some_and(Progress::is_running) {
                self.set(object, progress.clone());
            }
        }
    }

    fn stage_finished(&mut self, name: &str, elapsed_ms: f64) {
        let Some(stage) = self.stage(name) else { return };
        stage.progress = Progress::Ready;
        stage.elapsed_ms = Some(elapsed_ms);
        for object in stage.objects.clone() {
            if self.progress.get(&object).is_some_and(Progress::is_running) {
                // Tables and models say themselves when they are ready; one that did not was not made.
                let made = object.kind() == Kind::Generator;
                self.set(object, if made { Progress::Ready } else { Progress::Idle });
            }
        }
    }

    fn tree_grown(&mut self, tree: TrainingProgress) {
        let live = self.curves.entry(tree.model).or_default();
        live.n_trees_planned = tree.n_trees_planned;
        let TrainingProgress { n_trees, train, validation, .. } = tree;
        live.points.push(CurvePoint { n_trees, train, validation });
        let (done, total) = (u64::from(tree.n_trees), u64::from(tree.n_trees_planned));
        self.set(tree.model, Progress::Running { done, total, unit: "trees".to_owned() });
    }

    fn run_stopped(&mut self, run: RunState) {
        self.run = run;
        self.settle(&Progress::Idle);
    }

    fn run_failed(&mut self) {
        self.awaits_start = false;
        self.run = RunState::Failed;
        self.settle(&Progress::Failed);
    }

    /// Nothing runs any more: an object that has results from before is stale, another one becomes `otherwise`.
    fn settle(&mut self, otherwise: &Progress) {
        for (object, progress) in self.progress.iter_mut().filter(|(_, p)| p.is_running()) {
            *progress = if self.objects.contains_key(object) { Progress::Stale } else { otherwise.clone() };
        }
        for stage in self.stages.iter_mut().filter(|stage| stage.progress.is_running()) {
            stage.progress = otherwise.clone();
        }
    }

    fn worker_replaced(&mut self, reason: &str, replaying: bool) {
        self.worker_ready = false;
        self.live = Live::default();
        self.settle(&Progress::Idle);
        self.make_stale();
        let had_own = self.own.take().is_some();
        if self.run == RunState::Running && !replaying {
            self.run_stopped(RunState::Failed);
        }
        let next = if replaying {
            "the run starts again by itself"
        } else if had_own {
            "your own tables were in it: read the files again on the page Data, Own data"
        } else {
            "what is shown stays; run the pipeline to page through tables again"
        };
        self.tell(Severity::Note, format!("The worker was replaced because {reason}; {next}."));
    }

    fn reset(&mut self) {
        *self = Self {
            worker_ready: self.worker_ready,
            generator: self.generator.take(),
            lab: Lab { trainers: self.lab.trainers.clone(), ..Lab::default() },
            search_space: self.search_space.clone(),
            notices: std::mem::take(&mut self.notices),
            n_notices: self.n_notices,
            own: self.own.take(),
            ..Self::default()
        };
    }

    fn tell(&mut self, severity: Severity, text: String) {
        self.notices.retain(|notice| notice.text != text);
        self.notices.push(Notice { id: self.n_notices, severity, text });
        self.n_notices += 1;
        // More sentences at once are read by nobody.
        let surplus = self.notices.len().saturating_sub(MAX_NOTICES);
        self.notices.drain(..surplus);
    }
}

const MAX_NOTICES: usize = 8;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
#[path = "state_tests.rs"]
mod tests;
