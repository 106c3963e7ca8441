//! The part of Snowflake's SQL that feature views need, as a tree. Identifiers are kept as they are stored; the printer
//! quotes them where they need it.

/// A possibly qualified table name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(pub Vec<String>);

impl ObjectName {
    /// A name without qualification.
    pub fn local(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

/// A scalar expression.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlExpr {
    Null,
    Integer(i64),
    Float(f64),
    Text(String),
    /// A column, qualified by a table alias if there is one.
    Column {
        of: Option<String>,
        name: String,
    },
    /// `*` as in `COUNT(*)`.
    Star,
    Call {
        function: &'static str,
        distinct: bool,
        arguments: Vec<SqlExpr>,
    },
    /// `call OVER (PARTITION BY … ORDER BY …)`.
    Over {
        call: Box<SqlExpr>,
        partition_by: Vec<SqlExpr>,
        order_by: Vec<SqlExpr>,
    },
    Binary {
        left: Box<SqlExpr>,
        operator: BinaryOperator,
        right: Box<SqlExpr>,
    },
    Cast(Box<SqlExpr>, &'static str),
    Case {
        arms: Vec<(SqlExpr, SqlExpr)>,
        otherwise: Box<SqlExpr>,
    },
    IsNull(Box<SqlExpr>),
}

/// Binary operators, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BinaryOperator {
    And,
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// One table of a FROM clause with its alias.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub table: ObjectName,
    pub alias: String,
}

/// How a table joins those before it.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinKind {
    /// The first table.
    From,
    Cross,
    Inner(SqlExpr),
    Left(SqlExpr),
}

/// A SELECT.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    pub distinct: bool,
    /// Expression and name.
    pub columns: Vec<(SqlExpr, String)>,
    pub from: Vec<Join>,
    pub filter: Option<SqlExpr>,
    pub group_by: Vec<SqlExpr>,
}

/// `WITH … SELECT …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub ctes: Vec<(String, Select)>,
    pub body: Select,
}

impl SqlExpr {
    pub fn column(name: &str) -> Self {
        Self::Column { of: None, name: name.to_owned() }
    }

    pub fn qualified(of: &str, name: &str) -> Self {
        Self::Column { of: Some(of.to_owned()), name: name.to_owned() }
    }

    pub fn call(function: &'static str, arguments: Vec<SqlExpr>) -> Self {
        Self::Call { function, distinct: false, arguments }
    }

    pub fn binary(self, operator: BinaryOperator, right: SqlExpr) -> Self {
        Self::Binary { left: Box::new(self), operator, right: Box::new(right) }
    }

    pub fn cast(self, kind: &'static str) -> Self {
        Self::Cast(Box::new(self), kind)
    }

    /// All of some conditions; `None` for none.
    pub fn all(conditions: impl IntoIterator<Item = SqlExpr>) -> Option<Self> {
        conditions.into_iter().reduce(|left, right| left.binary(BinaryOperator::And, right))
    }
}
