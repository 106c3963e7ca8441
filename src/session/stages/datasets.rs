//! Stage "dataset": spine, point-in-time features, split, fitted cut points, targets, training tables and matrices; then the
//! serving tables that need the cut points.

use super::features::{checked_view, publish_view, serving_view};
use super::{Stage, StageError, Status};
use crate::engine::dataset::{self, Part, rows_in};
use crate::engine::feature::{CheckedView, Fitted};
use crate::engine::schema::tables;
use crate::engine::table::Table;
use crate::protocol::{Event, ObjectId, Scenario, TargetKind};
use crate::session::run::World;
use crate::session::store::Dataset;
use crate::session::summaries;

const BASE_VIEWS: [ObjectId; 3] = [ObjectId::RfmFeatures, ObjectId::PurchasePatterns, ObjectId::EngagementFeatures];
/// Part of the work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Base(ObjectId),
    FitAndDerive,
    Continuous,
    ColdStart,
    ServeDerived,
    ServeCustomerFeatures,
}

const STEPS: [Step; 8] = [
    Step::Base(BASE_VIEWS[0]),
    Step::Base(BASE_VIEWS[1]),
    Step::Base(BASE_VIEWS[2]),
    Step::FitAndDerive,
    Step::Continuous,
    Step::ColdStart,
    Step::ServeDerived,
    Step::ServeCustomerFeatures,
];

/// One part of the work a step.
pub struct MakeDatasets {
    steps: Vec<Step>,
    n_done: usize,
    /// Point-in-time tables of the base views, then of the derived view.
    views: Vec<Table>,
    parts: Vec<Part>,
    /// Time that made the object of the current step.
    began_ms: f64,
}

impl MakeDatasets {
    pub fn new(scenarios: &[Scenario]) -> Self {
        let scenario = |step: &Step| match step {
            Step::ColdStart => Scenario::ColdStart,
            _ => Scenario::Continuous,
        };
        let steps = STEPS.into_iter().filter(|step| scenarios.contains(&scenario(step))).collect();
        Self { steps, n_done: 0, views: Vec::new(), parts: Vec::new(), began_ms: 0.0 }
    }

    /// A view over the spine.
    fn point_in_time(&self, view: &CheckedView, fitted: &Fitted, world: &World) -> Result<Table, StageError> {
        let upstream: Vec<&Table> = self.views.iter().collect();
        world.store.evaluate(view, world.store.spine.rows(), &upstream, Some(fitted))
    }

    fn base_view(&mut self, object: ObjectId, world: &mut World) -> Result<(), StageError> {
        if self.views.is_empty() {
            self.draw_spine(world)?;
        }
        let view = checked_view(world.store, object)?;
        let table = self.point_in_time(&view, &Fitted::default(), world)?;
        self.views.push(table);
        Ok(())
    }

    fn draw_spine(&self, world: &mut World) -> Result<(), StageError> {
        let profile = world.table(ObjectId::Profile)?;
        let now = world.store.now.ok_or(StageError::Missing("the observation date"))?;
        world.store.spine = dataset::draw_spine(&profile, now, world.store.rule, world.config.seed)?;
        Ok(())
    }

    /// Split, fitted values, the derived view over the spine, the target.
    fn fit_and_derive(&mut self, world: &mut World) -> Result<(), StageError> {
        self.parts = dataset::temporal_split(&world.store.spine.observation_days);
        let view = checked_view(world.store, ObjectId::DerivedFeatures)?;
        let upstream: Vec<&Table> = self.views.iter().collect();
        let training_rows = rows_in(&self.parts, Part::Train);
        let fitted = world.store.fit(&view, world.store.spine.rows(), &upstream, &training_rows)?;
        let derived = self.point_in_time(&view, &fitted, world)?;
        world.store.fitted.insert(view.name().to_owned(), fitted);
        self.views.push(derived);
        let target = match world.config.target {
            TargetKind::Realised => world.store.realised_target()?,
            TargetKind::Formula => dataset::formula_target(&self.views[0], &self.views[2], world.config.seed)?,
        };
        let profile = world.table(ObjectId::Profile)?;
        let with_target = dataset::profile_with_target(&profile, &world.store.spine, &target)?;
        let elapsed_ms = world.host.now_ms() - self.began_ms;
        world.publish(ObjectId::ProfileWithTarget, with_target, elapsed_ms);
        Ok(())
    }

    fn continuous(&mut self, world: &mut World) -> Result<(), StageError> {
        let with_target = world.table(ObjectId::ProfileWithTarget)?;
        let views: Vec<&Table> = self.views.iter().collect();
        let inputs = world.store.inputs(Scenario::Continuous);
        let table = dataset::continuous_training_table(&with_target, &views, &inputs, &self.parts)?;
        self.finish(Scenario::Continuous, ObjectId::ContinuousTrainingData, table, world)
    }

    fn coldstart(&mut self, world: &mut World) -> Result<(), StageError> {
        let customers = world.table(ObjectId::ColdstartCustomers)?;
        let features = world.table(ObjectId::ColdstartFeatures)?;
        self.parts = dataset::temporal_split(customers.days(tables::SIGNUP_DATE)?);
        let table = dataset::coldstart_training_table(&customers, &features, &self.parts)?;
        self.finish(Scenario::ColdStart, ObjectId::ColdstartTrainingData, table, world)
    }

    /// Preprocessing and parts of a training table.
    fn finish(&self, scenario: Scenario, object: ObjectId, table: Table, world: &mut World) -> Result<(), StageError> {
        let (target, dates) = match scenario {
            Scenario::ColdStart => (tables::ACTUAL_12M_LTV, tables::SIGNUP_DATE),
            Scenario::Continuous => (tables::FUTURE_12M_LTV, "OBSERVATION_DATE"),
        };
        let dataset = Dataset::new(table.clone(), &world.store.inputs(scenario), &self.parts, target)?;
        let elapsed_ms = world.host.now_ms() - self.began_ms;
        world.publish(object, table.clone(), elapsed_ms);
        let parts = &self.parts;
        let (summary, _) = world.stopwatch.measure(world.host, "summarise", || {
            summaries::training_set(scenario, object, &table, target, dates, parts, &dataset)
        });
        world.events.push(Event::TrainingSetReady(summary?));
        world.store.datasets.insert(scenario, dataset);
        Ok(())
    }

    fn serve_derived(&self, world: &mut World) -> Result<(), StageError> {
        let view = checked_view(world.store, ObjectId::DerivedFeatures)?;
        let tables = BASE_VIEWS.iter().map(|&object| world.table(object)).collect::<Result<Vec<_>, _>>()?;
        let upstream: Vec<&Table> = tables.iter().collect();
        let table = serving_view(&view, &upstream, world)?;
        let elapsed_ms = world.host.now_ms() - self.began_ms;
        publish_view(ObjectId::DerivedFeatures, &view, table, elapsed_ms, world);
        Ok(())
    }

    fn serve_customer_features(&self, world: &mut World) -> Result<(), StageError> {
        let now = world.store.now.ok_or(StageError::Missing("the observation date"))?;
        let profile = world.table(ObjectId::Profile)?;
        let views = BASE_VIEWS.into_iter().chain([ObjectId::DerivedFeatures]);
        let tables = views.map(|object| world.table(object)).collect::<Result<Vec<_>, _>>()?;
        let inputs = world.store.inputs(Scenario::Continuous);
        let table = dataset::customer_features(&profile, &tables.iter().collect::<Vec<_>>(), &inputs, now.0)?;
        let elapsed_ms = world.host.now_ms() - self.began_ms;
        world.publish(ObjectId::CustomerFeatures, table, elapsed_ms);
        Ok(())
    }
}

impl Stage for MakeDatasets {
    fn name(&self) -> String {
        "dataset".to_owned()
    }

    fn objects(&self) -> Vec<ObjectId> {
        let made = |step: &Step| match step {
            Step::Base(_) => None,
            Step::FitAndDerive => Some(ObjectId::ProfileWithTarget),
            Step::Continuous => Some(ObjectId::ContinuousTrainingData),
            Step::ColdStart => Some(ObjectId::ColdstartTrainingData),
            Step::ServeDerived => Some(ObjectId::DerivedFeatures),
            Step::ServeCustomerFeatures => Some(ObjectId::CustomerFeatures),
        };
        self.steps.iter().filter_map(made).collect()
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        self.began_ms = world.host.now_ms();
        // What a step spends on hashing and summaries has its own account.
        let aside_ms = world.stopwatch.total("digest") + world.stopwatch.total("summarise");
        let Some(&step) = self.steps.get(self.n_done) else { return Ok(Status::Done) };
        match step {
            Step::Base(view) => self.base_view(view, world)?,
            Step::FitAndDerive => self.fit_and_derive(world)?,
            Step::Continuous => self.continuous(world)?,
            Step::ColdStart => self.coldstart(world)?,
            Step::ServeDerived => self.serve_derived(world)?,
            Step::ServeCustomerFeatures => self.serve_customer_features(world)?,
        }
        let aside_ms = world.stopwatch.total("digest") + world.stopwatch.total("summarise") - aside_ms;
        world.stopwatch.record("dataset", self.began_ms + aside_ms, world.host);
        self.n_done += 1;
        Ok(Status::Working { done: self.n_done as u64, total: self.steps.len() as u64, unit: "steps" })
    }
}
