//! The health of every feature, part by part: expectations of each view, then for each scenario one model input after the other.
//! Deliberately no arithmetic of its own: drift is `engine::profile`'s, expectations are `engine::feature`'s.

use super::attainable::{rows_of_part, training_table};
use super::store::Store;
use super::summaries;
use crate::engine::dataset::{ModelInput, Part, day_range};
use crate::engine::feature::{expect, rows_of};
use crate::engine::profile::AgainstTarget;
use crate::engine::profile::drift::{self, Sample};
use crate::engine::schema::tables;
use crate::engine::table::{Table, TableError};
use crate::protocol::{Comparison, DateRange, FeatureHealth, ObjectId, Scenario};
use std::collections::VecDeque;

const SCENARIOS: [Scenario; 2] = [Scenario::Continuous, Scenario::ColdStart];
const VIEWS: [ObjectId; 5] = [
    ObjectId::RfmFeatures,
    ObjectId::PurchasePatterns,
    ObjectId::EngagementFeatures,
    ObjectId::DerivedFeatures,
    ObjectId::ColdstartFeatures,
];

/// An answer in the making.
pub(super) struct Health {
    done: FeatureHealth,
    parts: VecDeque<HealthPart>,
    sides: Option<Sides>,
}

enum HealthPart {
    Expectations(ObjectId),
    /// The tables of a scenario; the inputs follow.
    Compare(Scenario),
    Drift(ModelInput),
    /// Of the last drift that was found.
    WithTarget,
}

/// The two tables that are held against each other.
struct Sides {
    scenario: Scenario,
    training: Table,
    training_rows: Vec<u32>,
    served: Table,
    served_rows: Vec<u32>,
    against_target: AgainstTarget,
}

impl Health {
    /// `None` when no view has been computed.
    pub fn new(store: &Store) -> Option<Self> {
        let views: Vec<ObjectId> = VIEWS.into_iter().filter(|view| store.tables.contains_key(view)).collect();
        let parts = views.iter().map(|view| HealthPart::Expectations(*view));
        let parts: VecDeque<HealthPart> = parts.chain(SCENARIOS.map(HealthPart::Compare)).collect();
        let (moderate_from, large_above) = (drift::MODERATE_FROM, drift::LARGE_ABOVE);
        let done = FeatureHealth { moderate_from, large_above, ..FeatureHealth::default() };
        (!views.is_empty()).then_some(Self { done, parts, sides: None })
    }

    pub fn add_time(&mut self, spent_ms: f64) {
        self.done.elapsed_ms += spent_ms;
    }

    pub fn finish(self) -> FeatureHealth {
        self.done
    }

    /// One part; true when it was the last.
    pub fn step(&mut self, store: &Store) -> Result<bool, TableError> {
        match self.parts.pop_front() {
            Some(HealthPart::Expectations(object)) => self.examine(object, store)?,
            Some(HealthPart::Compare(scenario)) => self.compare(scenario, store)?,
            Some(HealthPart::Drift(input)) => self.drift(&input, store)?,
            Some(HealthPart::WithTarget) => self.measure_target()?,
            None => {}
        }
        Ok(self.parts.is_empty())
    }

    fn examine(&mut self, object: ObjectId, store: &Store) -> Result<(), TableError> {
        if let (Some(view), Some(table)) = (store.views.view(object.name()), store.tables.get(&object)) {
            let findings = expect::examine(view, table)?;
            let shown = findings.into_iter().map(|found| summaries::expectation(object, found, table, store));
            self.done.expectations.extend(shown);
        }
        Ok(())
    }

    fn compare(&mut self, scenario: Scenario, store: &Store) -> Result<(), TableError> {
        let (object, dates, target) = training_table(scenario);
        let served = match scenario {
            Scenario::Continuous => store.tables.get(&ObjectId::CustomerFeatures),
            Scenario::ColdStart => store.coldstart_serving.as_ref(),
        };
        let (Some(training), Some(served)) = (store.tables.get(&object), served) else { return Ok(()) };
        let training_rows = rows_of_part(training, Part::Train)?;
        let served_rows = rows_of(served);
        if training_rows.is_empty() || served_rows.is_empty() {
            return Ok(());
        }
        let range = |days: &[i32], rows: &[u32]| {
            day_range(days, rows).map_or_else(DateRange::default, |(first, last)| DateRange {
                first: first.to_string(),
                last: last.to_string(),
            })
        };
        let (served_object, served_dates) = match (scenario, store.tables.get(&ObjectId::ColdstartStaging)) {
            (Scenario::Continuous, _) => (ObjectId::CustomerFeatures, range(served.days("AS_OF")?, &served_rows)),
            (Scenario::ColdStart, Some(staging)) => {
                (ObjectId::ColdstartStaging, range(staging.days(tables::SIGNUP_DATE)?, &rows_of(staging)))
            }
            (Scenario::ColdStart, None) => (ObjectId::ColdstartStaging, DateRange::default()),
        };
        self.done.comparisons.push(Comparison {
            scenario,
            training: object,
            n_training: training_rows.len() as u64,
            training_dates: range(training.days(dates)?, &training_rows),
            served: served_object,
            n_served: served_rows.len() as u64,
            served_dates,
        });
        let against_target = AgainstTarget::new(training.clone(), target, &training_rows)?;
        let (training, served) = (training.clone(), served.clone());
        self.sides = Some(Sides { scenario, training, training_rows, served, served_rows, against_target });
        for input in store.inputs(scenario).into_iter().rev() {
            self.parts.push_front(HealthPart::WithTarget);
            self.parts.push_front(HealthPart::Drift(input));
        }
        Ok(())
    }

    fn drift(&mut self, input: &ModelInput, store: &Store) -> Result<(), TableError> {
        let Some(sides) = &self.sides else { return Ok(()) };
        let training = Sample::of(&sides.training, &input.name, &sides.training_rows)?;
        let served = Sample::of(&sides.served, &input.name, &sides.served_rows)?;
        if let Some(found) = drift::drift(&training, &served) {
            let unit = sides.training.schema().column(&input.name).map_or("", |column| column.unit.as_str());
            let object = defined_in(input, sides.scenario, store);
            self.done.drifts.push(summaries::feature_drift(object, (&input.name, unit), found, [training, served]));
        }
        Ok(())
    }

    fn measure_target(&mut self) -> Result<(), TableError> {
        if let (Some(sides), Some(last)) = (&self.sides, self.done.drifts.last_mut())
            && last.with_target.is_none()
        {
            last.with_target = Some(summaries::association(sides.against_target.measure(&last.feature)?));
        }
        Ok(())
    }
}

/// The view that defines an input, or the raw table that it is copied from.
fn defined_in(input: &ModelInput, scenario: Scenario, store: &Store) -> ObjectId {
    let defines = |object: &ObjectId| {
        let view = store.views.view(object.name());
        object.scenario() == scenario
            && view.is_some_and(|view| view.features().iter().any(|feature| feature.name == input.name))
    };
    VIEWS.into_iter().find(defines).unwrap_or(match scenario {
        Scenario::Continuous => ObjectId::Profile,
        Scenario::ColdStart => ObjectId::ColdstartCustomers,
    })
}
