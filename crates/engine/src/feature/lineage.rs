//! Where a feature's value comes from, known from the definition: every source column, whatever it passed through. Deliberately
//! never parsed out of SQL.

use super::check::CheckedView;
use super::ir::{Aggregate, AggregateFunction, Expr};
use super::walk::{Read, reads};
use std::collections::BTreeSet;

/// A column of a source table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceColumn {
    pub table: String,
    pub column: String,
}

impl std::fmt::Display for SourceColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

/// All source columns that a feature of a view depends on, in name order. The observation date is `OBSERVATION.AS_OF`.
pub fn sources(view: &CheckedView, feature: &str) -> BTreeSet<SourceColumn> {
    let mut found = BTreeSet::new();
    if let Some(feature) = view.features().iter().find(|f| f.name == feature) {
        trace(view, &feature.expr, &mut found);
    }
    found
}

fn trace(view: &CheckedView, expr: &Expr, found: &mut BTreeSet<SourceColumn>) {
    for read in reads(expr) {
        match read {
            Read::AsOf => add(found, "OBSERVATION", "AS_OF"),
            Read::Column(column) => add(found, &view.definition().entity.training.name, column),
            Read::Feature(name) => found.extend(sources(view.upstream_of(name).unwrap_or(view), name)),
            Read::Aggregate(aggregate) => trace_aggregate(view, aggregate, found),
            // A constant by the time a value is computed.
            Read::Fitted(_) => {}
        }
    }
}

fn trace_aggregate(view: &CheckedView, aggregate: &Aggregate, found: &mut BTreeSet<SourceColumn>) {
    let Some(events) = view.event_table(&aggregate.source) else { return };
    // The key decides whose event it is, the date whether it is seen at all.
    add(found, &aggregate.source, events.key);
    add(found, &aggregate.source, events.date);
    add(found, "OBSERVATION", "AS_OF");
    if let Some(filter) = &aggregate.filter {
        add(found, &aggregate.source, &filter.column);
    }
    match &aggregate.function {
        AggregateFunction::Count | AggregateFunction::GapStandardDeviation => {}
        AggregateFunction::Sum(column)
        | AggregateFunction::First(column)
        | AggregateFunction::Last(column)
        | AggregateFunction::CountDistinct(column) => add(found, &aggregate.source, column),
    }
}

fn add(found: &mut BTreeSet<SourceColumn>, table: &str, column: &str) {
    found.insert(SourceColumn { table: table.to_owned(), column: column.to_owned() });
}
