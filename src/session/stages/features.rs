//! Stage "features": the feature views as of now, for everybody. DERIVED_FEATURES follows in the stage "dataset", because its cut
//! points are fitted on training rows.

use super::{Stage, StageError, Status};
use crate::engine::feature::ir::EventTable;
use crate::engine::feature::{CheckedView, EventIndex, EventSource, Fitted, Inputs, Observation, evaluate, rows_of};
use crate::engine::table::Table;
use crate::protocol::{Event, ObjectId, Scenario};
use crate::session::run::World;
use crate::session::store::Store;
use crate::session::summaries;

/// One view a step.
pub struct Features {
    views: Vec<ObjectId>,
    n_done: usize,
}

impl Features {
    pub fn new(scenarios: &[Scenario]) -> Self {
        let views = VIEWS.into_iter().filter(|view| scenarios.contains(&view.scenario())).collect();
        Self { views, n_done: 0 }
    }
}

const VIEWS: [ObjectId; 4] =
    [ObjectId::ColdstartFeatures, ObjectId::RfmFeatures, ObjectId::PurchasePatterns, ObjectId::EngagementFeatures];

/// The checked view behind an object.
pub(super) fn checked_view(store: &Store, object: ObjectId) -> Result<CheckedView, StageError> {
    store.views.view(object.name()).cloned().ok_or(StageError::Missing(object.name()))
}

/// The event sources of a view.
pub(super) fn event_sources<'a>(
    view: &'a CheckedView,
    tables: &'a [(EventTable, Table, EventIndex)],
) -> Result<Vec<EventSource<'a>>, StageError> {
    let is_read = |name: &str| view.definition().events.iter().any(|e| e.schema.name == name);
    let read = tables.iter().filter(|(events, _, _)| is_read(&events.schema.name));
    Ok(read.map(|(events, table, index)| EventSource::new(events, table, index)).collect::<Result<_, _>>()?)
}

/// The event tables of a view with their indexes, made when first needed.
pub(super) fn indexed_events(
    view: &CheckedView,
    world: &mut World,
) -> Result<Vec<(EventTable, Table, EventIndex)>, StageError> {
    let profile = world.table(ObjectId::Profile)?;
    let mut indexed = Vec::new();
    for events in &view.definition().events {
        let object = ObjectId::by_name(&events.schema.name).ok_or(StageError::Missing("an event table"))?;
        let table = world.table(object)?;
        let index = match world.store.indexes.get(&object) {
            Some(index) => index.clone(),
            None => EventIndex::new(events, &table, &profile)?,
        };
        world.store.indexes.insert(object, index.clone());
        indexed.push((events.clone(), table, index));
    }
    Ok(indexed)
}

/// How an event table is read and where each customer's rows begin, once a view has needed it.
pub(in crate::session) fn event_index(
    store: &Store,
    object: ObjectId,
) -> Result<(&EventTable, &EventIndex), StageError> {
    let reads = |view: &CheckedView| view.definition().events.iter().position(|e| e.schema.name == object.name());
    let events = store.views.views().iter().find_map(|view| Some(&view.definition().events[reads(view)?]));
    let index = store.indexes.get(&object);
    events.zip(index).ok_or(StageError::Missing(object.name()))
}

/// A view of the continuous scenario as of now.
pub(super) fn serving_view(view: &CheckedView, upstream: &[&Table], world: &mut World) -> Result<Table, StageError> {
    let profile = world.table(ObjectId::Profile)?;
    let indexed = indexed_events(view, world)?;
    let events = event_sources(view, &indexed)?;
    let now = world.store.now.ok_or(StageError::Missing("the observation date"))?;
    let rows = rows_of(&profile);
    let inputs = Inputs { entity: &profile, rows: &rows, as_of: Observation::On(now.0), events: &events, upstream };
    let nothing = Fitted::default();
    let fitted = world.store.fitted.get(view.name()).unwrap_or(&nothing);
    Ok(evaluate(view, &inputs, fitted)?)
}

/// A cold-start view over the rows of a customer table.
fn coldstart_view(view: &CheckedView, customers: &Table) -> Result<Table, StageError> {
    let rows = rows_of(customers);
    let inputs = Inputs { entity: customers, rows: &rows, as_of: Observation::Undated, events: &[], upstream: &[] };
    Ok(evaluate(view, &inputs, &Fitted::default())?)
}

/// Stores a view's table and tells the page everything about the view.
pub(super) fn publish_view(object: ObjectId, view: &CheckedView, table: Table, elapsed_ms: f64, world: &mut World) {
    world.publish(object, table.clone(), elapsed_ms);
    let (detail, _) = world
        .stopwatch
        .measure(world.host, "summarise", || summaries::feature_view(object, view, &table, world.store, elapsed_ms));
    world.events.push(Event::FeatureViewReady(Box::new(detail)));
}

impl Stage for Features {
    fn name(&self) -> String {
        "features".to_owned()
    }

    fn objects(&self) -> Vec<ObjectId> {
        self.views.clone()
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        let Some(&object) = self.views.get(self.n_done) else { return Ok(Status::Done) };
        let view = checked_view(world.store, object)?;
        let begin = world.host.now_ms();
        let table = if object == ObjectId::ColdstartFeatures {
            let (customers, staging) =
                (world.table(ObjectId::ColdstartCustomers)?, world.table(ObjectId::ColdstartStaging)?);
            let waiting = coldstart_view(&view, &staging)?;
            world.store.coldstart_serving = Some(crate::engine::dataset::coldstart_serving_table(&staging, &waiting)?);
            coldstart_view(&view, &customers)?
        } else {
            serving_view(&view, &[], world)?
        };
        let elapsed_ms = world.stopwatch.record("features", begin, world.host);
        publish_view(object, &view, table, elapsed_ms, world);
        self.n_done += 1;
        Ok(Status::Working { done: self.n_done as u64, total: self.views.len() as u64, unit: "views" })
    }
}
