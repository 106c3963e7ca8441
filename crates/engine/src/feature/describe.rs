//! Definitions as formulas, for people; [`parse`](super::parse) reads them back.

use super::ir::{Aggregate, AggregateFunction, Comparison, Condition, Expr, Operator, Order, Rule};

/// `SUM(CONTINUOUS_TRANSACTIONS.AMOUNT, last 30 days)`.
pub fn aggregate_in_words(aggregate: &Aggregate) -> String {
    let of = |column: &str| format!("{}.{column}", aggregate.source);
    let (function, argument) = match &aggregate.function {
        AggregateFunction::Count => ("COUNT", aggregate.source.to_owned()),
        AggregateFunction::Sum(column) => ("SUM", of(column)),
        AggregateFunction::First(column) => ("MIN", of(column)),
        AggregateFunction::Last(column) => ("MAX", of(column)),
        AggregateFunction::CountDistinct(column) => ("COUNT_DISTINCT", of(column)),
        AggregateFunction::GapStandardDeviation => ("GAP_STDDEV", aggregate.source.to_owned()),
    };
    let filter = aggregate.filter.as_ref().map_or_else(String::new, |f| format!(", {} = '{}'", f.column, f.level));
    let window = aggregate.window_days.map_or_else(String::new, |n| format!(", last {n} days"));
    format!("{function}({argument}{filter}{window})")
}

/// What a value must be: "between 1 and 5".
pub fn rule(rule: &Rule) -> String {
    match rule {
        Rule::NotNull => "never null".to_owned(),
        Rule::Range { min: Some(min), max: Some(max) } => format!("between {min} and {max}"),
        Rule::Range { min: Some(min), max: None } => format!("at least {min}"),
        Rule::Range { min: None, max: Some(max) } => format!("at most {max}"),
        Rule::Range { min: None, max: None } => "any number".to_owned(),
        Rule::Levels(levels) => format!("one of {}", levels.join(", ")),
    }
}

/// An expression as one line.
pub fn formula(expr: &Expr) -> String {
    match expr {
        Expr::Null => "NULL".to_owned(),
        Expr::Integer(value) => value.to_string(),
        // A whole double keeps its point, which tells it from a whole number.
        Expr::Float(value) if value.fract() == 0.0 => format!("{value:.1}"),
        Expr::Float(value) => value.to_string(),
        Expr::Text(text) => format!("'{text}'"),
        Expr::AsOf => "AS_OF".to_owned(),
        Expr::Column(name) | Expr::Feature(name) => name.clone(),
        Expr::Aggregate(aggregate) => aggregate_in_words(aggregate),
        Expr::Arithmetic(operator, left, right) => {
            let (symbol, right_text) = match operator {
                Operator::Add => ("+", beside_plus(right)),
                Operator::Subtract => ("−", in_parentheses(right)),
                Operator::Multiply => ("×", in_parentheses(right)),
            };
            let left_text = if *operator == Operator::Multiply { in_parentheses(left) } else { formula(left) };
            format!("{left_text} {symbol} {right_text}")
        }
        Expr::Ratio(numerator, denominator) => {
            format!("{} / {}", in_parentheses(numerator), in_parentheses(denominator))
        }
        Expr::DaysBetween(from, to) => format!("{} − {}", formula(to), in_parentheses(from)),
        Expr::Coalesce(value, fallback) => format!("COALESCE({}, {})", formula(value), formula(fallback)),
        Expr::Case(arms, otherwise) => {
            let arms = arms.iter().map(|(c, value)| format!("{}, {}", condition(c), formula(value)));
            let parts: Vec<String> = arms.chain(std::iter::once(formula(otherwise))).collect();
            format!("IF({})", parts.join(", "))
        }
        Expr::Score { value, edges, order } => match order {
            Order::Ascending => format!("SCORE({}, {edges})", formula(value)),
            Order::Descending => format!("SCORE({}, {edges}, descending)", formula(value)),
        },
        Expr::FittedEdge(name) => (*name).to_owned(),
        Expr::GroupMean { group, means } => format!("GROUP_MEAN({}, {means})", formula(group)),
    }
}

/// The right side of a sum: a product needs no parentheses there.
fn beside_plus(expr: &Expr) -> String {
    match expr {
        Expr::Arithmetic(Operator::Multiply, ..) | Expr::Ratio(..) => formula(expr),
        other => in_parentheses(other),
    }
}

fn in_parentheses(expr: &Expr) -> String {
    match expr {
        Expr::Arithmetic(..) | Expr::Ratio(..) | Expr::DaysBetween(..) => {
            format!("({})", formula(expr))
        }
        Expr::Null
        | Expr::Integer(_)
        | Expr::Float(_)
        | Expr::Text(_)
        | Expr::AsOf
        | Expr::Column(_)
        | Expr::Feature(_)
        | Expr::Aggregate(_)
        | Expr::Coalesce(..)
        | Expr::Case(..)
        | Expr::Score { .. }
        | Expr::FittedEdge(_)
        | Expr::GroupMean { .. } => formula(expr),
    }
}

fn condition(of: &Condition) -> String {
    match of {
        Condition::Compare(left, comparison, right) => {
            let symbol = match comparison {
                Comparison::Less => "<",
                Comparison::LessOrEqual => "≤",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => "≥",
                Comparison::Equal => "=",
            };
            format!("{} {symbol} {}", formula(left), formula(right))
        }
        Condition::Is(expr, level) => format!("{} = '{level}'", formula(expr)),
        Condition::IsNull(expr) => format!("{} is null", formula(expr)),
        Condition::All(conditions) => conditions.iter().map(condition).collect::<Vec<_>>().join(" and "),
    }
}
