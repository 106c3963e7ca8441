//! The dynamic tables as they are declared: what each reads, how old it may be, and what in its query a rule is about.

use super::MINUTES_PER_DAY;
use super::continuous::{N_TABLES, N_VIEWS};
use super::world::{
    COLDSTART_PREDICTIONS, COLDSTART_STAGING, CONTINUOUS_PREDICTIONS, CUSTOMER_FEATURES, INTERACTIONS_STAGING,
    OBSERVATION, TRANSACTIONS_STAGING,
};
use crate::refresh::{Construct, Declared, DynamicTable, Lag, Minute, constructs};
use clv_engine::feature::sql::{Mode as Serving, Names, query};
use clv_engine::feature::{CheckedView, Fitted};
use clv_engine::schema::tables;
use std::collections::BTreeSet;

/// The definitions of the continuous side, with what in their queries a rule is about.
pub fn continuous_tables(views: &[(CheckedView, Fitted)]) -> Vec<DynamicTable> {
    let mut definitions: Vec<DynamicTable> = Vec::new();
    let mut of_all: BTreeSet<Construct> = BTreeSet::new();
    for (view, _) in views {
        let definition = view.definition();
        let upstream = view.upstream().iter().map(|upstream| upstream.name().to_owned());
        let events = definition.events.iter().map(|events| events.schema.name.clone());
        let entity = [definition.entity.serving.name.clone(), OBSERVATION.to_owned()];
        let fitted = views.iter().map(|(view, fitted)| (view.name().to_owned(), fitted.clone())).collect();
        let found = constructs(&query(view, Serving::Serving, &Names::default(), &fitted));
        of_all.extend(&found);
        definitions.push(DynamicTable {
            name: view.name().to_owned(),
            reads: upstream.chain(events).chain(entity).collect(),
            lag: Lag::Minutes(MINUTES_PER_DAY),
            declared: Declared::Incremental,
            constructs: found.into_iter().collect(),
        });
    }
    // The views are written out in it, and what they aggregate is joined.
    of_all.insert(Construct::AggregateBelowJoin);
    let reads = [
        tables::CONTINUOUS_CUSTOMERS_PROFILE,
        tables::CONTINUOUS_TRANSACTIONS,
        TRANSACTIONS_STAGING,
        tables::CONTINUOUS_INTERACTIONS,
        INTERACTIONS_STAGING,
        OBSERVATION,
    ];
    let table = |name: &str, reads: &[&str], lag: Minute, constructs: Vec<Construct>| DynamicTable {
        name: name.to_owned(),
        reads: reads.iter().map(|&name| name.to_owned()).collect(),
        lag: Lag::Minutes(lag),
        declared: Declared::Incremental,
        constructs,
    };
    definitions.push(table(CUSTOMER_FEATURES, &reads, 60, of_all.into_iter().collect()));
    definitions.push(table(CONTINUOUS_PREDICTIONS, &[CUSTOMER_FEATURES], 60, vec![Construct::ModelCall]));
    debug_assert_eq!(definitions.len(), N_TABLES);
    debug_assert_eq!(views.len(), N_VIEWS);
    definitions
}

pub fn coldstart_table() -> DynamicTable {
    DynamicTable {
        name: COLDSTART_PREDICTIONS.to_owned(),
        reads: vec![COLDSTART_STAGING.to_owned(), OBSERVATION.to_owned()],
        lag: Lag::Minutes(5),
        declared: Declared::Incremental,
        constructs: vec![Construct::ModelCall],
    }
}
