//! What in a query decides how it can be refreshed. Each rule names its source, the page of Snowflake's documentation, and when it was read.

use clv_engine::feature::sql::ast::{BinaryOperator, Join, JoinKind, Query, Select, SqlExpr};
use std::collections::BTreeSet;

/// Something in a query that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Construct {
    /// CURRENT_DATE, CURRENT_TIMESTAMP and the like in a SELECT list.
    Clock,
    /// RANDOM, UUID_STRING.
    Random,
    /// A window function over the whole table.
    WindowOverAll,
    /// NTILE, whose ties are broken by chance unless a unique key is in its order.
    Ntile,
    /// COUNT(DISTINCT …).
    CountDistinct,
    /// An outer join by something else than equality.
    OuterJoinInequality,
    /// An aggregate below a join.
    AggregateBelowJoin,
    /// MEDIAN and PERCENTILE_CONT, exact.
    ExactPercentile,
    /// `MODEL(…)!PREDICT`.
    ModelCall,
}

/// What a construct does to a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// INCREMENTAL is refused, AUTO becomes FULL.
    RulesOutIncremental,
    /// Incremental, but much is computed again.
    CostsMore,
    /// Incremental without reserve.
    Allowed,
}

/// A rule with where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    pub construct: Construct,
    pub effect: Effect,
    pub meaning: &'static str,
    /// What does the same without it, where something does.
    pub rewrite: Option<&'static str>,
    /// The page of Snowflake's documentation.
    pub source: &'static str,
    /// When it was read.
    pub read_on: &'static str,
}

const QUERIES: &str = "Supported queries for dynamic tables";
const OPTIMIZE: &str = "Optimize queries for incremental refresh";
const READ_ON: &str = "2026-11-22";

pub const RULES: [Rule; 9] = [
    Rule {
        construct: Construct::Clock,
        effect: Effect::RulesOutIncremental,
        meaning: "CURRENT_DATE and CURRENT_TIMESTAMP may stand in WHERE, HAVING and QUALIFY only.",
        rewrite: Some("CROSS JOIN a table of one row that holds the date, and let a task move it."),
        source: QUERIES,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::Random,
        effect: Effect::RulesOutIncremental,
        meaning: "A function that returns something else each time cannot be refreshed in parts.",
        rewrite: Some("Hash a key instead of drawing a number."),
        source: QUERIES,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::WindowOverAll,
        effect: Effect::CostsMore,
        meaning: "A window function without PARTITION BY is computed again over the whole table when one row changes.",
        rewrite: Some("Fit what it finds once, and compare with constants in CASE."),
        source: OPTIMIZE,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::Ntile,
        effect: Effect::CostsMore,
        meaning: "NTILE cuts ties by chance, and its borders move with every row; no page names it as incremental.",
        rewrite: Some("Fit the borders once, and compare with constants in CASE."),
        source: OPTIMIZE,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::CountDistinct,
        effect: Effect::CostsMore,
        meaning: "COUNT(DISTINCT …) is refreshed in parts, without the shortcut of other aggregates: a changed group is counted again.",
        rewrite: None,
        source: OPTIMIZE,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::OuterJoinInequality,
        effect: Effect::RulesOutIncremental,
        meaning: "An outer join is refreshed in parts only where it joins by equality.",
        rewrite: Some("Aggregate the inner side first, and join the result by its key."),
        source: QUERIES,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::AggregateBelowJoin,
        effect: Effect::CostsMore,
        meaning: "An aggregate below a join loses the shortcut of one on top: its changed groups are computed again.",
        rewrite: Some("Aggregate in one dynamic table, and join in the next."),
        source: OPTIMIZE,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::ExactPercentile,
        effect: Effect::RulesOutIncremental,
        meaning: "Exact percentiles need all rows at once.",
        rewrite: Some("APPROX_PERCENTILE, or borders that are fitted once."),
        source: QUERIES,
        read_on: READ_ON,
    },
    Rule {
        construct: Construct::ModelCall,
        effect: Effect::Allowed,
        meaning: "A method of a registered model is immutable, so only changed rows are scored again.",
        rewrite: None,
        source: "Native batch inference (SQL)",
        read_on: READ_ON,
    },
];

impl Construct {
    pub fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.construct == self)
    }
}

/// Everything in a query that a rule is about.
pub fn constructs(query: &Query) -> BTreeSet<Construct> {
    let mut found = BTreeSet::new();
    let selects: Vec<&Select> = query.ctes.iter().map(|(_, select)| select).chain([&query.body]).collect();
    let aggregated: Vec<&str> =
        query.ctes.iter().filter(|(_, select)| !select.group_by.is_empty()).map(|(name, _)| name.as_str()).collect();
    for select in &selects {
        select.columns.iter().for_each(|(expr, _)| in_expr(expr, &mut found));
        let joins = select.from.len() > 1;
        for join in &select.from {
            if joins && join.table.0.last().is_some_and(|name| aggregated.contains(&name.as_str())) {
                found.insert(Construct::AggregateBelowJoin);
            }
            in_join(join, &mut found);
        }
    }
    found
}

fn in_join(join: &Join, found: &mut BTreeSet<Construct>) {
    if let JoinKind::Left(condition) = &join.kind
        && !is_equality(condition)
    {
        found.insert(Construct::OuterJoinInequality);
    }
}

/// True for equalities, one or several of them together.
fn is_equality(condition: &SqlExpr) -> bool {
    match condition {
        SqlExpr::Binary { left, operator: BinaryOperator::And, right } => is_equality(left) && is_equality(right),
        SqlExpr::Binary { operator, .. } => *operator == BinaryOperator::Equal,
        _ => false,
    }
}

fn in_expr(expr: &SqlExpr, found: &mut BTreeSet<Construct>) {
    match expr {
        SqlExpr::Null
        | SqlExpr::Integer(_)
        | SqlExpr::Float(_)
        | SqlExpr::Text(_)
        | SqlExpr::Column { .. }
        | SqlExpr::Star => {}
        SqlExpr::Call { function, distinct, arguments } => {
            found.extend(of_function(function));
            if *distinct {
                found.insert(Construct::CountDistinct);
            }
            arguments.iter().for_each(|argument| in_expr(argument, found));
        }
        SqlExpr::Over { call, partition_by, order_by } => {
            if partition_by.is_empty() {
                found.insert(Construct::WindowOverAll);
            }
            in_expr(call, found);
            partition_by.iter().chain(order_by).for_each(|part| in_expr(part, found));
        }
        SqlExpr::Binary { left, right, .. } => {
            in_expr(left, found);
            in_expr(right, found);
        }
        SqlExpr::Cast(inner, _) | SqlExpr::IsNull(inner) => in_expr(inner, found),
        SqlExpr::Case { arms, otherwise } => {
            for (condition, value) in arms {
                in_expr(condition, found);
                in_expr(value, found);
            }
            in_expr(otherwise, found);
        }
    }
}

fn of_function(name: &str) -> Option<Construct> {
    match name {
        "CURRENT_DATE" | "CURRENT_TIME" | "CURRENT_TIMESTAMP" | "SYSDATE" | "GETDATE" => Some(Construct::Clock),
        "RANDOM" | "UUID_STRING" => Some(Construct::Random),
        "NTILE" => Some(Construct::Ntile),
        "MEDIAN" | "PERCENTILE_CONT" | "PERCENTILE_DISC" => Some(Construct::ExactPercentile),
        "PREDICT" => Some(Construct::ModelCall),
        _ => None,
    }
}
