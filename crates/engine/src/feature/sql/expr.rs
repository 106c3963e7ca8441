//! Expressions as SQL, over a row source that already holds every input under its name (see `generate`).

use super::ast::{BinaryOperator, SqlExpr};
use crate::feature::check::{CheckedView, type_of};
use crate::feature::fit::{Fitted, FittedValue};
use crate::feature::ir::{Aggregate, AggregateFunction, Comparison, Condition, Expr, Operator, Order};
use crate::schema::ColumnType;

/// The name under which an aggregate's value is handed on within a view: `SUM_AMOUNT_30D`. Nothing else that the view's
/// queries name has it.
pub fn aggregate_name(view: &CheckedView, aggregate: &Aggregate) -> String {
    let mut name = plain_name(aggregate);
    let namesakes = view.aggregates().iter().take_while(|other| *other != aggregate);
    let n_before = namesakes.filter(|other| plain_name(other) == name).count();
    if n_before > 0 {
        name.push_str(&format!("_{}", n_before + 1));
    }
    let features = || view.upstream().iter().chain([view]).flat_map(CheckedView::features);
    while features().any(|feature| feature.name == name) {
        name.push('_');
    }
    name
}

/// Two aggregates of a view may share it: of other tables, or of levels that differ in what a name cannot show.
fn plain_name(aggregate: &Aggregate) -> String {
    let base = match &aggregate.function {
        AggregateFunction::Count => "COUNT".to_owned(),
        AggregateFunction::Sum(column) => format!("SUM_{column}"),
        AggregateFunction::First(column) => format!("FIRST_{column}"),
        AggregateFunction::Last(column) => format!("LAST_{column}"),
        AggregateFunction::CountDistinct(column) => format!("DISTINCT_{column}"),
        AggregateFunction::GapStandardDeviation => "GAP_STDDEV".to_owned(),
    };
    let filter = aggregate.filter.as_ref().map_or_else(String::new, |f| format!("_{}", f.level.to_uppercase()));
    let window = aggregate.window_days.map_or_else(|| "_ALL".to_owned(), |n| format!("_{n}D"));
    format!("{base}{filter}{window}")
}

/// Translates expressions of one view with its fitted values.
pub struct Translator<'a> {
    pub view: &'a CheckedView,
    pub fitted: &'a Fitted,
}

impl Translator<'_> {
    /// An expression; its inputs are plain column names.
    pub fn expr(&self, expr: &Expr) -> SqlExpr {
        match expr {
            Expr::Null => SqlExpr::Null,
            Expr::Integer(value) => SqlExpr::Integer(*value),
            Expr::Float(value) => SqlExpr::Float(*value),
            Expr::Text(value) => SqlExpr::Text(value.clone()),
            Expr::AsOf => SqlExpr::column("AS_OF"),
            Expr::Column(name) | Expr::Feature(name) => SqlExpr::column(name),
            Expr::Aggregate(aggregate) => SqlExpr::column(&aggregate_name(self.view, aggregate)),
            Expr::Arithmetic(operator, left, right) => {
                let operator = match operator {
                    Operator::Add => BinaryOperator::Add,
                    Operator::Subtract => BinaryOperator::Subtract,
                    Operator::Multiply => BinaryOperator::Multiply,
                };
                self.expr(left).binary(operator, self.expr(right))
            }
            // NUMBER / NUMBER is exact and rounded in Snowflake: divide doubles.
            Expr::Ratio(numerator, denominator) => {
                SqlExpr::call("DIV0", vec![self.double(numerator), self.double(denominator)])
            }
            Expr::DaysBetween(from, to) => {
                SqlExpr::call("DATEDIFF", vec![SqlExpr::Text("day".to_owned()), self.expr(from), self.expr(to)])
            }
            Expr::Coalesce(value, fallback) => SqlExpr::call("COALESCE", vec![self.expr(value), self.expr(fallback)]),
            Expr::Case(arms, otherwise) => SqlExpr::Case {
                arms: arms.iter().map(|(condition, value)| (self.condition(condition), self.expr(value))).collect(),
                otherwise: Box::new(self.expr(otherwise)),
            },
            Expr::Score { value, edges, order } => self.score(&self.expr(value), edges, *order),
            Expr::FittedEdge(name) => self.edges(name).first().map_or(SqlExpr::Null, |&edge| SqlExpr::Float(edge)),
            Expr::GroupMean { group, means } => self.group_mean(&self.expr(group), means),
        }
    }

    fn double(&self, expr: &Expr) -> SqlExpr {
        let translated = self.expr(expr);
        if type_of(self.view, expr) == Some(ColumnType::Float) { translated } else { translated.cast("FLOAT") }
    }

    /// A condition.
    pub fn condition(&self, condition: &Condition) -> SqlExpr {
        match condition {
            Condition::Compare(left, comparison, right) => {
                let operator = match comparison {
                    Comparison::Less => BinaryOperator::Less,
                    Comparison::LessOrEqual => BinaryOperator::LessOrEqual,
                    Comparison::Greater => BinaryOperator::Greater,
                    Comparison::GreaterOrEqual => BinaryOperator::GreaterOrEqual,
                    Comparison::Equal => BinaryOperator::Equal,
                };
                self.expr(left).binary(operator, self.expr(right))
            }
            Condition::Is(expr, level) => self.expr(expr).binary(BinaryOperator::Equal, SqlExpr::Text(level.clone())),
            Condition::IsNull(expr) => SqlExpr::IsNull(Box::new(self.expr(expr))),
            Condition::All(conditions) => {
                let truth = SqlExpr::Integer(1).binary(BinaryOperator::Equal, SqlExpr::Integer(1));
                SqlExpr::all(conditions.iter().map(|c| self.condition(c))).unwrap_or(truth)
            }
        }
    }

    fn edges(&self, name: &str) -> &[f64] {
        match self.fitted.value(name) {
            Some(FittedValue::Edges(edges)) => edges,
            Some(FittedValue::Means(_)) | None => &[],
        }
    }

    fn score(&self, value: &SqlExpr, edges: &str, order: Order) -> SqlExpr {
        let edges = self.edges(edges);
        let n_scores = edges.len() as i64 + 1;
        let points = |n_below: i64| match order {
            Order::Ascending => SqlExpr::Integer(1 + n_below),
            Order::Descending => SqlExpr::Integer(n_scores - n_below),
        };
        let mut arms = vec![(SqlExpr::IsNull(Box::new(value.clone())), SqlExpr::Null)];
        // Equal edges make an arm that is never reached; it is left out.
        for (position, &edge) in edges.iter().enumerate().filter(|&(i, edge)| i == 0 || edges[i - 1] < *edge) {
            arms.push((
                value.clone().binary(BinaryOperator::LessOrEqual, SqlExpr::Float(edge)),
                points(position as i64),
            ));
        }
        SqlExpr::Case { arms, otherwise: Box::new(points(edges.len() as i64)) }
    }

    fn group_mean(&self, group: &SqlExpr, means: &str) -> SqlExpr {
        let arms: Vec<_> = match self.fitted.value(means) {
            Some(FittedValue::Means(means)) => means
                .iter()
                .map(|(level, &mean)| {
                    let is_level = group.clone().binary(BinaryOperator::Equal, SqlExpr::Text(level.clone()));
                    (is_level, SqlExpr::Float(mean))
                })
                .collect(),
            Some(FittedValue::Edges(_)) | None => vec![],
        };
        if arms.is_empty() { SqlExpr::Null } else { SqlExpr::Case { arms, otherwise: Box::new(SqlExpr::Null) } }
    }
}
