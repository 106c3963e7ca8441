//! Short constructors for [`ir`](super::ir), so that a catalogue reads like a definition. Deliberately no checks: `check` does
//! them on the finished view.

use super::ir::{
    Aggregate, AggregateFunction, Comparison, Condition, Expectation, Expr, Feature, Fit, FitRule, LevelFilter,
    Operator, Order, Rule, Severity,
};

/// What the null rule of a feature says that always has a value.
pub const NEVER_NULL: &str = "Never null.";

/// A feature that is never null.
pub fn feature(name: &str, unit: &str, meaning: &str, expr: Expr) -> Feature {
    Feature {
        name: name.to_owned(),
        unit: unit.to_owned(),
        meaning: meaning.to_owned(),
        null_rule: NEVER_NULL.to_owned(),
        expr,
        expectations: Vec::new(),
    }
}

impl Feature {
    /// States when the value is null.
    pub fn null_when(mut self, rule: &str) -> Self {
        self.null_rule = rule.to_owned();
        self
    }

    fn expect(mut self, rule: Rule, severity: Severity) -> Self {
        self.expectations.push(Expectation { rule, severity });
        self
    }

    /// No value is below `min`.
    pub fn at_least(self, min: f64) -> Self {
        self.expect(Rule::Range { min: Some(min), max: None }, Severity::Fail)
    }

    /// Every value lies between the two, both included.
    pub fn between(self, min: f64, max: f64) -> Self {
        self.expect(Rule::Range { min: Some(min), max: Some(max) }, Severity::Fail)
    }

    /// A value below `min` is possible, but unusual.
    pub fn usually_at_least(self, min: f64) -> Self {
        self.expect(Rule::Range { min: Some(min), max: None }, Severity::Warn)
    }

    /// A value above `max` is possible, but unusual.
    pub fn usually_at_most(self, max: f64) -> Self {
        self.expect(Rule::Range { min: None, max: Some(max) }, Severity::Warn)
    }

    /// Every value is one of these levels.
    pub fn expect_levels(self, levels: &[&str]) -> Self {
        self.expect(Rule::Levels(levels.iter().map(|&level| level.to_owned()).collect()), Severity::Fail)
    }
}

/// A column of the entity's row.
pub fn column(name: &str) -> Expr {
    Expr::Column(name.to_owned())
}

/// An earlier feature.
pub fn feat(name: &str) -> Expr {
    Expr::Feature(name.to_owned())
}

/// A whole number.
pub fn int(value: i64) -> Expr {
    Expr::Integer(value)
}

/// A fractional number.
pub fn float(value: f64) -> Expr {
    Expr::Float(value)
}

/// Events of one source, to be narrowed and aggregated.
#[derive(Clone)]
pub struct Events {
    source: String,
    filter: Option<LevelFilter>,
    window_days: Option<i32>,
}

/// All events of a source up to the observation date.
pub fn events(source: &str) -> Events {
    Events { source: source.to_owned(), filter: None, window_days: None }
}

impl Events {
    /// Only events of one level.
    pub fn of(mut self, column: &str, level: &str) -> Self {
        self.filter = Some(LevelFilter { column: column.to_owned(), level: level.to_owned() });
        self
    }

    /// Only events of the last n days.
    pub fn within_days(mut self, n_days: i32) -> Self {
        self.window_days = Some(n_days);
        self
    }

    fn aggregate(self, function: AggregateFunction) -> Expr {
        Expr::Aggregate(Aggregate { source: self.source, function, filter: self.filter, window_days: self.window_days })
    }

    pub fn count(self) -> Expr {
        self.aggregate(AggregateFunction::Count)
    }

    pub fn sum(self, column: &str) -> Expr {
        self.aggregate(AggregateFunction::Sum(column.to_owned()))
    }

    pub fn first(self, date: &str) -> Expr {
        self.aggregate(AggregateFunction::First(date.to_owned()))
    }

    pub fn last(self, date: &str) -> Expr {
        self.aggregate(AggregateFunction::Last(date.to_owned()))
    }

    pub fn count_distinct(self, column: &str) -> Expr {
        self.aggregate(AggregateFunction::CountDistinct(column.to_owned()))
    }

    pub fn gap_standard_deviation(self) -> Expr {
        self.aggregate(AggregateFunction::GapStandardDeviation)
    }
}

/// `numerator / denominator`, 0 where the denominator is 0.
pub fn ratio(numerator: Expr, denominator: Expr) -> Expr {
    Expr::Ratio(Box::new(numerator), Box::new(denominator))
}

/// Whole days from `from` to `to`.
pub fn days_between(from: Expr, to: Expr) -> Expr {
    Expr::DaysBetween(Box::new(from), Box::new(to))
}

/// `value`, or `fallback` where it is null.
pub fn coalesce(value: Expr, fallback: Expr) -> Expr {
    Expr::Coalesce(Box::new(value), Box::new(fallback))
}

/// The value of the first arm that holds.
pub fn case(arms: Vec<(Condition, Expr)>, otherwise: Expr) -> Expr {
    Expr::Case(arms, Box::new(otherwise))
}

/// A level of a category.
pub fn text(level: &str) -> Expr {
    Expr::Text(level.to_owned())
}

/// `left ⋈ right`.
pub fn compare(left: Expr, comparison: Comparison, right: Expr) -> Condition {
    Condition::Compare(left, comparison, right)
}

/// Quintile score 1–5, 5 best, null for a null.
pub fn score(value: Expr, edges: &'static str, order: Order) -> Expr {
    Expr::Score { value: Box::new(value), edges, order }
}

/// The fitted mean of the row's group.
pub fn group_mean(group: Expr, means: &'static str) -> Expr {
    Expr::GroupMean { group: Box::new(group), means }
}

/// Edges to be fitted over the rows with at least one purchase.
pub fn fit_edges(name: &'static str, of: Expr, over: Condition, probabilities: &'static [f64]) -> Fit {
    Fit { name, rule: FitRule::Edges { of, over, probabilities } }
}

/// Means per level to be fitted.
pub fn fit_means(name: &'static str, of: Expr, by: Expr) -> Fit {
    Fit { name, rule: FitRule::Means { of, by } }
}

fn arithmetic(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr::Arithmetic(operator, Box::new(left), Box::new(right))
}

impl std::ops::Add for Expr {
    type Output = Expr;
    fn add(self, right: Expr) -> Expr {
        arithmetic(Operator::Add, self, right)
    }
}

impl std::ops::Sub for Expr {
    type Output = Expr;
    fn sub(self, right: Expr) -> Expr {
        arithmetic(Operator::Subtract, self, right)
    }
}

impl std::ops::Mul for Expr {
    type Output = Expr;
    fn mul(self, right: Expr) -> Expr {
        arithmetic(Operator::Multiply, self, right)
    }
}
