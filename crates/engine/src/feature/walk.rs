//! Walking over an expression: what it reads, wherever it stands inside. The one place that knows which operators hold others.

use super::ir::{Aggregate, Condition, Expr};

/// Something that an expression takes from outside itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read<'a> {
    /// The observation date.
    AsOf,
    /// A column of the entity's row.
    Column(&'a str),
    /// Another feature.
    Feature(&'a str),
    /// An aggregate over events.
    Aggregate(&'a Aggregate),
    /// A fitted value of the view.
    Fitted(&'static str),
}

/// Everything an expression reads, in order of appearance, repetitions included.
pub fn reads(expr: &Expr) -> Vec<Read<'_>> {
    let mut found = Vec::new();
    visit(expr, &mut |expr| match expr {
        Expr::AsOf => found.push(Read::AsOf),
        Expr::Column(name) => found.push(Read::Column(name)),
        Expr::Feature(name) => found.push(Read::Feature(name)),
        Expr::Aggregate(aggregate) => found.push(Read::Aggregate(aggregate)),
        Expr::Score { edges: name, .. } | Expr::FittedEdge(name) | Expr::GroupMean { means: name, .. } => {
            found.push(Read::Fitted(name));
        }
        Expr::Null
        | Expr::Integer(_)
        | Expr::Float(_)
        | Expr::Text(_)
        | Expr::Arithmetic(..)
        | Expr::Ratio(..)
        | Expr::DaysBetween(..)
        | Expr::Coalesce(..)
        | Expr::Case(..) => {}
    });
    found
}

/// Calls `f` on an expression and everything inside it, outside first.
fn visit<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a Expr)) {
    f(expr);
    match expr {
        Expr::Null
        | Expr::Integer(_)
        | Expr::Float(_)
        | Expr::Text(_)
        | Expr::AsOf
        | Expr::Column(_)
        | Expr::Feature(_)
        | Expr::Aggregate(_)
        | Expr::FittedEdge(_) => {}
        Expr::Arithmetic(_, left, right)
        | Expr::Ratio(left, right)
        | Expr::DaysBetween(left, right)
        | Expr::Coalesce(left, right) => {
            visit(left, f);
            visit(right, f);
        }
        Expr::Case(arms, otherwise) => {
            for (condition, value) in arms {
                visit_condition(condition, f);
                visit(value, f);
            }
            visit(otherwise, f);
        }
        Expr::Score { value, edges: _, order: _ } => visit(value, f),
        Expr::GroupMean { group, means: _ } => visit(group, f),
    }
}

fn visit_condition<'a>(condition: &'a Condition, f: &mut impl FnMut(&'a Expr)) {
    match condition {
        Condition::Compare(left, _, right) => {
            visit(left, f);
            visit(right, f);
        }
        Condition::Is(expr, _) | Condition::IsNull(expr) => visit(expr, f),
        Condition::All(conditions) => conditions.iter().for_each(|c| visit_condition(c, f)),
    }
}
