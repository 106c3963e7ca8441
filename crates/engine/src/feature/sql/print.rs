//! The printer: one column a line, four spaces a level, parentheses only where precedence needs them, identifiers quoted only
//! where Snowflake needs it, text always escaped.

use super::ast::{BinaryOperator, Join, JoinKind, ObjectName, Query, Select, SqlExpr};
use std::fmt::{self, Display, Formatter};

const INDENT: &str = "    ";

/// Words that cannot stand as plain identifiers in Snowflake.
const RESERVED: &[&str] = &[
    "ALL",
    "ALTER",
    "AND",
    "ANY",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CHECK",
    "COLUMN",
    "CONNECT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DATABASE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "EXISTS",
    "FALSE",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "GSCLUSTER",
    "HAVING",
    "ILIKE",
    "IN",
    "INCREMENT",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISSUE",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MINUS",
    "NATURAL",
    "NOT",
    "NULL",
    "OF",
    "ON",
    "OR",
    "ORDER",
    "ORGANIZATION",
    "QUALIFY",
    "REGEXP",
    "REVOKE",
    "RIGHT",
    "RLIKE",
    "ROW",
    "ROWS",
    "SAMPLE",
    "SCHEMA",
    "SELECT",
    "SET",
    "SOME",
    "START",
    "TABLE",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "TRIGGER",
    "TRUE",
    "TRY_CAST",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHENEVER",
    "WHERE",
    "WITH",
];

/// An identifier as SQL: plain when it is upper-case and harmless, quoted otherwise.
pub fn identifier(name: &str) -> String {
    let starts_well = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    let plain = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_' || c == '$');
    if starts_well && plain && !RESERVED.contains(&name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A text literal; backslashes are escapes in Snowflake.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

impl Display for ObjectName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|part| identifier(part)).collect();
        f.write_str(&parts.join("."))
    }
}

impl BinaryOperator {
    fn symbol(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    /// Higher binds tighter.
    fn precedence(self) -> u8 {
        match self {
            Self::And => 1,
            Self::Equal | Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 2,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide => 4,
        }
    }
}

/// An operand, in parentheses when it binds looser than its surroundings.
fn operand(expr: &SqlExpr, minimum: u8) -> String {
    match expr {
        SqlExpr::Binary { operator, .. } if operator.precedence() < minimum => format!("({expr})"),
        SqlExpr::Integer(value) if *value < 0 => format!("({value})"),
        _ => expr.to_string(),
    }
}

fn list(exprs: &[SqlExpr]) -> String {
    exprs.iter().map(SqlExpr::to_string).collect::<Vec<_>>().join(", ")
}

impl Display for SqlExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}::FLOAT"),
            Self::Text(value) => f.write_str(&text(value)),
            Self::Column { of: Some(table), name } => write!(f, "{}.{}", identifier(table), identifier(name)),
            Self::Column { of: None, name } => f.write_str(&identifier(name)),
            Self::Star => f.write_str("*"),
            Self::Call { function, distinct, arguments } => {
                write!(f, "{function}({}{})", if *distinct { "DISTINCT " } else { "" }, list(arguments))
            }
            Self::Over { call, partition_by, order_by } => {
                write!(f, "{call} OVER (PARTITION BY {} ORDER BY {})", list(partition_by), list(order_by))
            }
            Self::Binary { left, operator, right } => {
                let precedence = operator.precedence();
                let right = operand(right, precedence + u8::from(*operator != BinaryOperator::And));
                write!(f, "{} {} {right}", operand(left, precedence), operator.symbol())
            }
            Self::Cast(expr, kind) => write!(f, "{}::{kind}", operand(expr, u8::MAX)),
            Self::Case { arms, otherwise } => {
                f.write_str("CASE")?;
                for (condition, value) in arms {
                    write!(f, " WHEN {condition} THEN {value}")?;
                }
                write!(f, " ELSE {otherwise} END")
            }
            Self::IsNull(expr) => write!(f, "{} IS NULL", operand(expr, 3)),
        }
    }
}

impl Display for Join {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (keyword, on) = match &self.kind {
            JoinKind::From => ("FROM", None),
            JoinKind::Cross => ("CROSS JOIN", None),
            JoinKind::Inner(on) => ("JOIN", Some(on)),
            JoinKind::Left(on) => ("LEFT JOIN", Some(on)),
        };
        write!(f, "{keyword} {} AS {}", self.table, identifier(&self.alias))?;
        on.map_or(Ok(()), |on| write!(f, " ON {on}"))
    }
}

/// A selected expression; a CASE of several arms has each arm on its own line, alone or as the first argument of a call.
fn wrapped(expr: &SqlExpr, indent: &str) -> String {
    match expr {
        SqlExpr::Case { arms, otherwise } if arms.len() > 1 => {
            let line = format!("\n{indent}{INDENT}{INDENT}");
            let arms = arms.iter().map(|(condition, value)| format!("{line}WHEN {condition} THEN {value}"));
            format!("CASE{}{line}ELSE {otherwise}\n{indent}{INDENT}END", arms.collect::<String>())
        }
        SqlExpr::Call { function, distinct: false, arguments } if arguments.iter().any(has_long_case) => {
            let arguments: Vec<String> = arguments.iter().map(|argument| wrapped(argument, indent)).collect();
            format!("{function}({})", arguments.join(", "))
        }
        _ => expr.to_string(),
    }
}

fn has_long_case(expr: &SqlExpr) -> bool {
    match expr {
        SqlExpr::Case { arms, .. } => arms.len() > 1,
        SqlExpr::Call { arguments, .. } => arguments.iter().any(has_long_case),
        _ => false,
    }
}

fn write_select(f: &mut Formatter<'_>, select: &Select, indent: &str) -> fmt::Result {
    write!(f, "{indent}SELECT{}", if select.distinct { " DISTINCT" } else { "" })?;
    for (position, (expr, name)) in select.columns.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        let named_alike = matches!(expr, SqlExpr::Column { name: column, .. } if column == name);
        write!(f, "{comma}\n{indent}{INDENT}{}", wrapped(expr, indent))?;
        if !named_alike {
            write!(f, " AS {}", identifier(name))?;
        }
    }
    for join in &select.from {
        write!(f, "\n{indent}{join}")?;
    }
    if let Some(filter) = &select.filter {
        write!(f, "\n{indent}WHERE {filter}")?;
    }
    if !select.group_by.is_empty() {
        write!(f, "\n{indent}GROUP BY {}", list(&select.group_by))?;
    }
    Ok(())
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (position, (name, select)) in self.ctes.iter().enumerate() {
            f.write_str(if position == 0 { "WITH " } else { ", " })?;
            writeln!(f, "{} AS (", identifier(name))?;
            write_select(f, select, INDENT)?;
            f.write_str("\n)")?;
            f.write_str(if position + 1 == self.ctes.len() { "\n" } else { "" })?;
        }
        write_select(f, &self.body, "")
    }
}

#[cfg(test)]
mod tests {
    use super::{identifier, text};
    use crate::feature::sql::ast::{BinaryOperator, SqlExpr};

    #[test]
    fn identifiers_are_quoted_only_when_they_need_it() {
        assert_eq!(identifier("RFM_FEATURES$V1"), "RFM_FEATURES$V1");
        for (name, sql) in
            [("select", "\"select\""), ("SELECT", "\"SELECT\""), ("1A", "\"1A\""), ("A\"; DROP", "\"A\"\"; DROP\"")]
        {
            assert_eq!(identifier(name), sql);
        }
        assert_eq!(text("it's \\ here"), "'it''s \\\\ here'");
    }

    #[test]
    fn parentheses_keep_the_tree() {
        let (a, b, c) = (SqlExpr::column("A"), SqlExpr::column("B"), SqlExpr::column("C"));
        let minus = |l: SqlExpr, r: SqlExpr| l.binary(BinaryOperator::Subtract, r);
        assert_eq!(minus(minus(a.clone(), b.clone()), c.clone()).to_string(), "A - B - C");
        assert_eq!(minus(a.clone(), minus(b.clone(), c.clone())).to_string(), "A - (B - C)");
        assert_eq!(minus(a, b).binary(BinaryOperator::Multiply, c).cast("FLOAT").to_string(), "((A - B) * C)::FLOAT");
    }
}
