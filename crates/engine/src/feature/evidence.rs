//! Which rows a feature of one customer is computed from, as of a day: the same windows and filters that evaluation applies, told
//! row by row. Deliberately computes no value.

use super::check::CheckedView;
use super::eval::{EvalError, EventSource};
use super::ir::{Aggregate, AggregateFunction, Expr};
use super::walk::{Read, reads};
use crate::schema::ColumnType;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of event tables by the table's name.
pub type Evidence = BTreeMap<String, BTreeSet<usize>>;

/// The rows behind a feature of a view, through whatever other features and upstream views it reads.
pub fn evidence(
    view: &CheckedView,
    feature: &str,
    events: &[EventSource],
    customer: Customer,
) -> Result<Evidence, EvalError> {
    let mut found = Evidence::new();
    if let Some(feature) = view.features().iter().find(|f| f.name == feature) {
        collect(view, &feature.expr, events, customer, &mut found)?;
    }
    Ok(found)
}

/// A row of the entity table, as of a day.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    pub entity_row: u32,
    pub as_of: i32,
}

fn collect(
    view: &CheckedView,
    expr: &Expr,
    events: &[EventSource],
    customer: Customer,
    found: &mut Evidence,
) -> Result<(), EvalError> {
    for read in reads(expr) {
        match read {
            Read::AsOf | Read::Column(_) | Read::Fitted(_) => {}
            Read::Feature(name) => {
                let rows = evidence(view.upstream_of(name).unwrap_or(view), name, events, customer)?;
                for (table, rows) in rows {
                    found.entry(table).or_default().extend(rows);
                }
            }
            Read::Aggregate(aggregate) => {
                let source =
                    events.iter().find(|source| source.table().name() == aggregate.source).ok_or_else(|| {
                        EvalError::MissingTable { view: view.name().to_owned(), table: aggregate.source.clone() }
                    })?;
                found.entry(aggregate.source.clone()).or_default().extend(rows_of(aggregate, source, customer)?);
            }
        }
    }
    Ok(())
}

/// The rows that an aggregate's value depends on.
fn rows_of(aggregate: &Aggregate, source: &EventSource, customer: Customer) -> Result<Vec<usize>, EvalError> {
    let days = source.days();
    let visible = source.rows_until(customer.entity_row, customer.as_of);
    let within = |row: &usize| aggregate.window_days.is_none_or(|n_days| days[*row] > customer.as_of - n_days);
    let mut rows: Vec<usize> = visible.filter(within).collect();
    if let Some(filter) = &aggregate.filter {
        let codes = source.table().codes(&filter.column)?;
        let code = match source.table().schema().column(&filter.column).map(|column| &column.kind) {
            Some(ColumnType::Category(levels)) => levels.iter().position(|level| *level == filter.level),
            _ => None,
        };
        rows.retain(|&row| code == Some(usize::from(codes[row])));
    }
    let decisive = match aggregate.function {
        AggregateFunction::Count
        | AggregateFunction::Sum(_)
        | AggregateFunction::CountDistinct(_)
        | AggregateFunction::GapStandardDeviation => None,
        AggregateFunction::First(_) => rows.first().map(|&row| days[row]),
        AggregateFunction::Last(_) => rows.last().map(|&row| days[row]),
    };
    rows.retain(|&row| decisive.is_none_or(|day| days[row] == day));
    Ok(rows)
}
