//! The plan of the aggregates of a view: which passes run over which source. A value that can be printed and shown before
//! anything runs.

use crate::feature::check::CheckedView;
use crate::feature::describe::aggregate_in_words;
use crate::feature::ir::{Aggregate, AggregateFunction, LevelFilter};
use std::fmt;

/// The passes over one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlan {
    pub source: String,
    pub passes: Vec<Pass>,
}

/// A loop over an entity's rows of one window; several aggregates may share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    pub window_days: Option<i32>,
    pub kind: PassKind,
    /// Positions of the aggregates it fills, in the view's list.
    pub fills: Vec<usize>,
}

/// What the loop does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassKind {
    /// One counter per level of a category, for all wanted levels at once; one level for each filled aggregate.
    CountLevels { column: String, levels: Vec<String> },
    /// One aggregate on its own.
    Single { function: AggregateFunction, filter: Option<LevelFilter> },
}

/// The plan of a view: sources in the definition's order.
pub fn plan(view: &CheckedView) -> Vec<SourcePlan> {
    let of_source = |source: &str| {
        let mut passes: Vec<Pass> = Vec::new();
        for (idx, aggregate) in view.aggregates().iter().enumerate().filter(|(_, a)| a.source == source) {
            add(&mut passes, idx, aggregate);
        }
        SourcePlan { source: source.to_owned(), passes }
    };
    let mut sources: Vec<&str> = Vec::new();
    for aggregate in view.aggregates() {
        if !sources.contains(&aggregate.source.as_str()) {
            sources.push(&aggregate.source);
        }
    }
    sources.into_iter().map(of_source).collect()
}

fn add(passes: &mut Vec<Pass>, idx: usize, aggregate: &Aggregate) {
    let window_days = aggregate.window_days;
    let (AggregateFunction::Count, Some(filter)) = (&aggregate.function, &aggregate.filter) else {
        let kind = PassKind::Single { function: aggregate.function.clone(), filter: aggregate.filter.clone() };
        passes.push(Pass { window_days, kind, fills: vec![idx] });
        return;
    };
    for pass in passes.iter_mut().filter(|pass| pass.window_days == window_days) {
        if let PassKind::CountLevels { column, levels } = &mut pass.kind
            && *column == filter.column
        {
            levels.push(filter.level.clone());
            pass.fills.push(idx);
            return;
        }
    }
    let kind = PassKind::CountLevels { column: filter.column.clone(), levels: vec![filter.level.clone()] };
    passes.push(Pass { window_days, kind, fills: vec![idx] });
}

impl fmt::Display for SourcePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "scan {} once, by customer:", self.source)?;
        for pass in &self.passes {
            let window =
                pass.window_days.map_or_else(|| "all rows up to AS_OF".to_owned(), |n| format!("last {n} days"));
            match &pass.kind {
                PassKind::CountLevels { column, levels } => {
                    writeln!(f, "  {window}: count {column} by level ({})", levels.join(", "))?;
                }
                PassKind::Single { function, filter } => {
                    let alone = Aggregate {
                        source: self.source.clone(),
                        function: function.clone(),
                        filter: filter.clone(),
                        window_days: None,
                    };
                    writeln!(f, "  {window}: {}", aggregate_in_words(&alone))?;
                }
            }
        }
        Ok(())
    }
}
