//! Small worlds for tests: hand-made tables of a few customers, and a session run to its end.

use clv_lab::engine::feature::ir::EventTable;
use clv_lab::engine::feature::{
    CheckedView, EventIndex, EventSource, Fitted, Inputs, Observation, Registry, catalog, evaluate, rows_of,
};
use clv_lab::engine::schema::{levels, tables};
use clv_lab::engine::table::{Table, Values};
use clv_lab::protocol::{Command, Environment, Event, RunConfig};
use clv_lab::session::{Host, Session};
use proptest::prelude::*;

/// One purchase: customer position, day, cents, category, quantity.
pub type Purchase = (usize, i32, i64, u8, i64);
/// One interaction: customer position, day, event type.
pub type Interaction = (usize, i32, u8);

/// A few customers with their events.
#[derive(Clone, Debug)]
pub struct World {
    pub signups: Vec<i32>,
    pub purchases: Vec<Purchase>,
    pub interactions: Vec<Interaction>,
}

pub const FIRST_DAY: i32 = 19_000;
pub const LAST_DAY: i32 = 19_400;

/// Customers who may have no event at all.
pub fn worlds() -> impl Strategy<Value = World> {
    (1..6_usize).prop_flat_map(|n| {
        let day = FIRST_DAY..LAST_DAY;
        (
            prop::collection::vec(day.clone(), n),
            prop::collection::vec((0..n, day.clone(), 500..50_000_i64, 0..8_u8, 1..6_i64), 0..60),
            prop::collection::vec((0..n, day, 0..6_u8), 0..120),
        )
            .prop_map(|(signups, purchases, interactions)| World { signups, purchases, interactions })
    })
}

/// The raw tables of a world.
pub struct Tables {
    pub profile: Table,
    pub transactions: Table,
    pub interactions: Table,
}

impl World {
    pub fn tables(&self) -> Tables {
        let n = self.signups.len();
        let profile = Table::new(
            tables::continuous_customers_profile(),
            vec![
                customer_ids(0..n).into(),
                Values::Days(self.signups.clone()).into(),
                Values::Codes((0..n).map(|i| (i % levels::AGE_GROUP.len()) as u8).collect()).into(),
                Values::Codes((0..n).map(|i| (i % levels::REGION.len()) as u8).collect()).into(),
                Values::Codes(vec![0; n]).into(),
                Values::Integers(vec![0; n]).into(),
            ],
        );
        let mut purchases = self.purchases.clone();
        purchases.sort();
        let mut interactions = self.interactions.clone();
        interactions.sort();
        Tables {
            profile: profile.unwrap(),
            transactions: transactions(&purchases),
            interactions: self::interactions(&interactions),
        }
    }
}

fn customer_ids(positions: impl Iterator<Item = usize>) -> Values {
    Values::Ids(positions.map(|position| position as i32 + 1).collect())
}

/// Purchases as they stand.
pub fn transactions(purchases: &[Purchase]) -> Table {
    let columns = vec![
        Values::Ids((1..=purchases.len() as i32).collect()).into(),
        customer_ids(purchases.iter().map(|p| p.0)).into(),
        Values::Days(purchases.iter().map(|p| p.1).collect()).into(),
        Values::Cents(purchases.iter().map(|p| p.2).collect()).into(),
        Values::Codes(purchases.iter().map(|p| p.3).collect()).into(),
        Values::Integers(purchases.iter().map(|p| p.4).collect()).into(),
    ];
    Table::new(tables::continuous_transactions(), columns).unwrap()
}

/// Interactions as they stand.
pub fn interactions(events: &[Interaction]) -> Table {
    let columns = vec![
        Values::Ids((1..=events.len() as i32).collect()).into(),
        customer_ids(events.iter().map(|e| e.0)).into(),
        Values::Days(events.iter().map(|e| e.1).collect()).into(),
        Values::Codes(events.iter().map(|e| e.2).collect()).into(),
    ];
    Table::new(tables::continuous_interactions(), columns).unwrap()
}

impl Tables {
    /// A view over (profile row, observation day) pairs.
    pub fn view(
        &self,
        view: &CheckedView,
        rows: &[u32],
        as_of: Observation,
        upstream: &[&Table],
        fitted: &Fitted,
    ) -> Table {
        let indexed = self.indexed(view);
        let events: Vec<EventSource> =
            indexed.iter().map(|(events, table, index)| EventSource::new(events, table, index).unwrap()).collect();
        let inputs = Inputs { entity: &self.profile, rows, as_of, events: &events, upstream };
        evaluate(view, &inputs, fitted).unwrap()
    }

    /// The event tables that a view reads.
    pub fn indexed(&self, view: &CheckedView) -> Vec<(EventTable, &Table, EventIndex)> {
        let tables = [&self.transactions, &self.interactions];
        let index = |events: &EventTable| {
            let table = tables.iter().find(|t| t.name() == events.schema.name).unwrap();
            (events.clone(), *table, EventIndex::new(events, table, &self.profile).unwrap())
        };
        view.definition().events.iter().map(index).collect()
    }

    /// The three base views of all customers as of one day.
    pub fn base_views(&self, registry: &Registry, day: i32) -> Vec<Table> {
        let rows = rows_of(&self.profile);
        ["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES"]
            .map(|name| {
                let view = registry.view(name).unwrap();
                self.view(view, &rows, Observation::On(day), &[], &Fitted::default())
            })
            .into()
    }
}

/// All views, checked.
pub fn registry() -> Registry {
    catalog::checked().unwrap()
}

/// A host whose clock advances by one millisecond a look.
#[derive(Default)]
pub struct Ticking {
    now_ms: std::cell::Cell<f64>,
}

impl Host for Ticking {
    fn now_ms(&self) -> f64 {
        self.now_ms.set(self.now_ms.get() + 1.0);
        self.now_ms.get()
    }

    fn environment(&self) -> Environment {
        Environment::default()
    }
}

/// Runs a configuration to its end, not waiting for what is computed after the run.
pub fn run(config: RunConfig) -> (Session, Vec<Event>) {
    run_on(&Ticking::default(), config)
}

/// The same on any host.
pub fn run_on(host: &dyn Host, config: RunConfig) -> (Session, Vec<Event>) {
    let mut session = Session::default();
    let mut events = session.handle(Command::Run(config));
    let is_end = |event: &Event| matches!(event, Event::RunFinished { .. } | Event::RunFailed(_));
    while session.has_work() && !events.last().is_some_and(is_end) {
        events.extend(session.step(host));
    }
    (session, events)
}

/// What a session still has to say after a run.
pub fn rest(session: &mut Session) -> Vec<Event> {
    let host = Ticking::default();
    let mut events = Vec::new();
    while session.has_work() {
        events.extend(session.step(&host));
    }
    events
}
