//! A view as a query. Shape, always the same:
//!
//! 1. one CTE per event table: aggregate up to the observation date, grouped by the keys;
//! 2. `…_BASE`: the spine with everything that the features read, left-joined, so that nobody is lost;
//! 3. one `…_STEP_n` per level of features that read earlier features of the same view;
//! 4. the features in order.
//!
//! Serving: the spine is the entity table with the date of the one-row table OBSERVATION. Training: the spine is a table of
//! (key, OBSERVATION_DATE), and upstream views are inlined, because their tables hold only today's values.

use super::ast::{BinaryOperator, Join, JoinKind, ObjectName, Query, Select, SqlExpr};
use super::expr::{Translator, aggregate_name};
use super::print::{identifier, text};
use crate::engine::feature::check::{CheckedView, visit};
use crate::engine::feature::fit::Fitted;
use crate::engine::feature::ir::{Aggregate, AggregateFunction, EventTable, Expr};
use crate::engine::schema::ColumnType;
use std::collections::{BTreeMap, BTreeSet};

/// Where the objects live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub database: String,
    pub schema: String,
    pub feature_store: String,
    pub warehouse: String,
    /// The table of (key, OBSERVATION_DATE) that training reads.
    pub spine: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            database: "ML_DEMO".to_owned(),
            schema: "PUBLIC".to_owned(),
            feature_store: "CLV_FEATURE_STORE".to_owned(),
            warehouse: "ML_DEMO_WH".to_owned(),
            spine: "CONTINUOUS_SPINE".to_owned(),
        }
    }
}

impl Names {
    fn raw(&self, table: &str) -> ObjectName {
        ObjectName(vec![self.database.clone(), self.schema.clone(), table.to_owned()])
    }

    fn store(&self, table: &str) -> ObjectName {
        ObjectName(vec![self.database.clone(), self.feature_store.clone(), table.to_owned()])
    }

    /// The dynamic table of a view: `RFM_FEATURES$V1`.
    pub fn view(&self, view: &CheckedView) -> ObjectName {
        self.store(&format!("{}${}", view.name(), view.definition().version))
    }
}

/// What the rows of a query are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One row per entity, as of OBSERVATION.AS_OF.
    Serving,
    /// One row per (key, OBSERVATION_DATE) of the spine.
    Training,
}

const OBSERVATION_DATE: &str = "OBSERVATION_DATE";

/// The query of a view. `fitted` gives the fitted values by view name.
pub fn query(view: &CheckedView, mode: Mode, names: &Names, fitted: &BTreeMap<String, Fitted>) -> Query {
    let nothing = Fitted::default();
    let generator = Generator { view, mode, names, fitted: fitted.get(view.name()).unwrap_or(&nothing) };
    let mut ctes = Vec::new();
    if mode == Mode::Training {
        for upstream in view.upstream() {
            let inlined = query(upstream, mode, names, fitted);
            for cte in inlined.ctes {
                ctes.push(cte);
            }
            ctes.push((upstream.name().to_owned(), inlined.body));
        }
    }
    generator.add_ctes(&mut ctes);
    let body = generator.add_steps(&mut ctes);
    Query { ctes, body }
}

/// `CREATE OR REPLACE DYNAMIC TABLE` for the serving query.
pub fn dynamic_table(view: &CheckedView, names: &Names, fitted: &BTreeMap<String, Fitted>) -> String {
    let query = query(view, Mode::Serving, names, fitted);
    format!(
        "CREATE OR REPLACE DYNAMIC TABLE {}\n    TARGET_LAG = {}\n    WAREHOUSE = {}\n    REFRESH_MODE = INCREMENTAL\n    INITIALIZE = ON_CREATE\n    COMMENT = {}\nAS\n{query};\n",
        names.view(view),
        text(view.definition().refresh),
        identifier(&names.warehouse),
        text(view.definition().meaning),
    )
}

struct Generator<'a> {
    view: &'a CheckedView,
    mode: Mode,
    names: &'a Names,
    fitted: &'a Fitted,
}

impl Generator<'_> {
    fn key(&self) -> &'static str {
        self.view.definition().entity.key
    }

    /// A view without events has no observation date: its rows are its entity's rows.
    fn dated(&self) -> bool {
        !self.view.definition().events.is_empty()
    }

    fn keys(&self) -> Vec<&'static str> {
        if self.mode == Mode::Training && self.dated() { vec![self.key(), OBSERVATION_DATE] } else { vec![self.key()] }
    }

    fn cte(&self, suffix: &str) -> String {
        format!("{}_{suffix}", self.view.name())
    }

    fn as_of(&self) -> SqlExpr {
        match self.mode {
            Mode::Serving => SqlExpr::qualified("O", "AS_OF"),
            Mode::Training => SqlExpr::qualified("S", OBSERVATION_DATE),
        }
    }

    fn same_keys(&self, left: &str, right: &str) -> SqlExpr {
        let equal =
            |key: &&str| SqlExpr::qualified(left, key).binary(BinaryOperator::Equal, SqlExpr::qualified(right, key));
        let keys = self.keys();
        SqlExpr::all(keys.iter().map(equal)).unwrap_or(SqlExpr::Null)
    }

    /// Events up to the observation date: FROM clause, filter and the keys to group by.
    fn visible_events(&self, events: &EventTable) -> (Vec<Join>, Option<SqlExpr>, Vec<(SqlExpr, String)>) {
        let raw = self.names.raw(&events.schema.name);
        let until = SqlExpr::qualified("E", events.date).binary(BinaryOperator::LessOrEqual, self.as_of());
        match self.mode {
            Mode::Serving => (
                vec![
                    Join { kind: JoinKind::From, table: raw, alias: "E".to_owned() },
                    Join { kind: JoinKind::Cross, table: self.names.store("OBSERVATION"), alias: "O".to_owned() },
                ],
                Some(until),
                vec![(SqlExpr::qualified("E", events.key), self.key().to_owned())],
            ),
            Mode::Training => {
                let same = SqlExpr::qualified("E", events.key)
                    .binary(BinaryOperator::Equal, SqlExpr::qualified("S", self.key()));
                let on = same.binary(BinaryOperator::And, until);
                let keys = self.keys().into_iter().map(|key| (SqlExpr::qualified("S", key), key.to_owned())).collect();
                let spine =
                    Join { kind: JoinKind::From, table: self.names.store(&self.names.spine), alias: "S".to_owned() };
                (vec![spine, Join { kind: JoinKind::Inner(on), table: raw, alias: "E".to_owned() }], None, keys)
            }
        }
    }

    /// Which events an aggregate counts, beyond those up to the observation date.
    fn narrowing(&self, aggregate: &Aggregate, events: &EventTable) -> Option<SqlExpr> {
        let filter = aggregate.filter.as_ref().map(|filter| {
            SqlExpr::qualified("E", filter.column).binary(BinaryOperator::Equal, SqlExpr::Text(filter.level.to_owned()))
        });
        let window = aggregate.window_days.map(|n_days| {
            let back = SqlExpr::call(
                "DATEADD",
                vec![SqlExpr::Text("day".to_owned()), SqlExpr::Integer(-i64::from(n_days)), self.as_of()],
            );
            SqlExpr::qualified("E", events.date).binary(BinaryOperator::Greater, back)
        });
        SqlExpr::all(filter.into_iter().chain(window))
    }

    fn aggregate_expr(&self, aggregate: &Aggregate, events: &EventTable) -> SqlExpr {
        let narrowed = |value: SqlExpr, otherwise: SqlExpr| match self.narrowing(aggregate, events) {
            Some(condition) => SqlExpr::call("IFF", vec![condition, value, otherwise]),
            None => value,
        };
        let column = |name: &str| SqlExpr::qualified("E", name);
        match &aggregate.function {
            AggregateFunction::Count => match self.narrowing(aggregate, events) {
                Some(condition) => SqlExpr::call("COUNT_IF", vec![condition]),
                None => SqlExpr::call("COUNT", vec![SqlExpr::Star]),
            },
            AggregateFunction::Sum(name) => {
                let sum = SqlExpr::call("SUM", vec![narrowed(column(name), SqlExpr::Integer(0))]);
                let cents = events.schema.column(name).is_some_and(|c| c.kind == ColumnType::Cents);
                // The exact decimal sum first, the double afterwards.
                if cents { sum.cast("FLOAT") } else { sum }
            }
            AggregateFunction::First(name) => SqlExpr::call("MIN", vec![narrowed(column(name), SqlExpr::Null)]),
            AggregateFunction::Last(name) => SqlExpr::call("MAX", vec![narrowed(column(name), SqlExpr::Null)]),
            AggregateFunction::CountDistinct(name) => SqlExpr::Call {
                function: "COUNT",
                distinct: true,
                arguments: vec![narrowed(column(name), SqlExpr::Null)],
            },
            AggregateFunction::GapStandardDeviation => self.gap_standard_deviation(),
        }
    }

    /// Over a CTE of gaps: √((nΣg² − (Σg)²) / (n(n − 1))), null below two gaps.
    fn gap_standard_deviation(&self) -> SqlExpr {
        use BinaryOperator::{GreaterOrEqual, Multiply, Subtract};
        let gap = || SqlExpr::column("GAP");
        let n = || SqlExpr::call("COUNT", vec![gap()]);
        let sum = || SqlExpr::call("SUM", vec![gap()]);
        let squares = SqlExpr::call("SUM", vec![gap().binary(Multiply, gap())]);
        let numerator = n().binary(Multiply, squares).binary(Subtract, sum().binary(Multiply, sum()));
        let denominator = n().binary(Multiply, n().binary(Subtract, SqlExpr::Integer(1)));
        let variance = SqlExpr::call("DIV0", vec![numerator.cast("FLOAT"), denominator.cast("FLOAT")]);
        let enough = n().binary(GreaterOrEqual, SqlExpr::Integer(2));
        SqlExpr::call("IFF", vec![enough, SqlExpr::call("SQRT", vec![variance]), SqlExpr::Null])
    }

    fn add_ctes(&self, ctes: &mut Vec<(String, Select)>) {
        for (table_idx, events) in self.view.definition().events.iter().enumerate() {
            let of_table = || self.view.aggregates().iter().filter(|a| a.source == events.schema.name);
            let (from, filter, keys) = self.visible_events(events);
            let group_by: Vec<SqlExpr> = keys.iter().map(|(expr, _)| expr.clone()).collect();
            let grouped: Vec<_> =
                of_table().filter(|a| a.function != AggregateFunction::GapStandardDeviation).collect();
            if !grouped.is_empty() {
                let named = grouped.iter().map(|a| (self.aggregate_expr(a, events), aggregate_name(a)));
                let columns = keys.iter().cloned().chain(named).collect();
                let select = Select { distinct: false, columns, from, filter, group_by };
                ctes.push((self.events_cte(table_idx), select));
            }
            for (gap_idx, aggregate) in self.gaps(events).into_iter().enumerate() {
                self.add_gap_ctes(ctes, aggregate, events, &self.gap_cte(table_idx, gap_idx));
            }
        }
    }

    fn events_cte(&self, table_idx: usize) -> String {
        self.cte(&format!("EVENTS_{}", table_idx + 1))
    }

    fn gap_cte(&self, table_idx: usize, gap_idx: usize) -> String {
        self.cte(&format!("GAPS_{}_{}", table_idx + 1, gap_idx + 1))
    }

    fn gaps(&self, events: &EventTable) -> Vec<&Aggregate> {
        let is_gap =
            |a: &&Aggregate| a.source == events.schema.name && a.function == AggregateFunction::GapStandardDeviation;
        self.view.aggregates().iter().filter(is_gap).collect()
    }

    /// Distinct days → gaps between them → their standard deviation.
    fn add_gap_ctes(&self, ctes: &mut Vec<(String, Select)>, aggregate: &Aggregate, events: &EventTable, name: &str) {
        let (from, filter, keys) = self.visible_events(events);
        let day = (SqlExpr::qualified("E", events.date), "EVENT_DAY".to_owned());
        let filter = SqlExpr::all(filter.into_iter().chain(self.narrowing(aggregate, events)));
        let days = Select {
            distinct: true,
            columns: keys.iter().cloned().chain([day]).collect(),
            from,
            filter,
            group_by: vec![],
        };
        let plain_keys: Vec<SqlExpr> = self.keys().iter().map(|key| SqlExpr::column(key)).collect();
        let named_keys = || plain_keys.iter().cloned().zip(self.keys().into_iter().map(str::to_owned));
        let event_day = || SqlExpr::column("EVENT_DAY");
        let previous = SqlExpr::Over {
            call: Box::new(SqlExpr::call("LAG", vec![event_day()])),
            partition_by: plain_keys.clone(),
            order_by: vec![event_day()],
        };
        let gap = SqlExpr::call("DATEDIFF", vec![SqlExpr::Text("day".to_owned()), previous, event_day()]);
        let (days_cte, between_cte) = (format!("{name}_DAYS"), format!("{name}_BETWEEN"));
        let from = |table: &str, alias: &str| {
            vec![Join { kind: JoinKind::From, table: ObjectName::local(table), alias: alias.to_owned() }]
        };
        let between = Select {
            distinct: false,
            columns: named_keys().chain([(gap, "GAP".to_owned())]).collect(),
            from: from(&days_cte, "D"),
            filter: None,
            group_by: vec![],
        };
        let deviation = (self.aggregate_expr(aggregate, events), aggregate_name(aggregate));
        let statistics = Select {
            distinct: false,
            columns: named_keys().chain([deviation]).collect(),
            from: from(&between_cte, "G"),
            filter: None,
            group_by: plain_keys.clone(),
        };
        ctes.push((days_cte, days));
        ctes.push((between_cte, between));
        ctes.push((name.to_owned(), statistics));
    }

    /// The spine with every input that the features read.
    fn base(&self) -> Select {
        let definition = self.view.definition();
        let mut columns: Vec<(SqlExpr, String)> =
            self.keys().into_iter().map(|key| (SqlExpr::qualified("S", key), key.to_owned())).collect();
        let inputs = self.inputs();
        if inputs.as_of {
            columns.push((self.as_of(), "AS_OF".to_owned()));
        }
        let mut from = self.spine(!inputs.columns.is_empty());
        let owner = if self.mode == Mode::Training && self.dated() { "P" } else { "S" };
        columns.extend(inputs.columns.iter().map(|name| (self.entity_column(owner, name), name.clone())));
        for (idx, upstream) in self.view.upstream().iter().enumerate() {
            let alias = format!("U{}", idx + 1);
            let table = match self.mode {
                Mode::Serving => self.names.view(upstream),
                Mode::Training => ObjectName::local(upstream.name()),
            };
            let read = upstream.features().iter().filter(|f| inputs.upstream.contains(&f.name));
            columns.extend(read.map(|f| (SqlExpr::qualified(&alias, &f.name), f.name.clone())));
            from.push(Join { kind: JoinKind::Left(self.same_keys(&alias, "S")), table, alias });
        }
        for (idx, events) in definition.events.iter().enumerate() {
            let gaps: Vec<&Aggregate> = self.gaps(events);
            let grouped: Vec<&Aggregate> =
                self.view.aggregates().iter().filter(|a| a.source == events.schema.name && !gaps.contains(a)).collect();
            if !grouped.is_empty() {
                let alias = format!("A{}", idx + 1);
                columns.extend(grouped.iter().map(|a| (or_empty(a, &alias), aggregate_name(a))));
                let table = ObjectName::local(&self.events_cte(idx));
                from.push(Join { kind: JoinKind::Left(self.same_keys(&alias, "S")), table, alias });
            }
            for (gap_idx, gap) in gaps.into_iter().enumerate() {
                let alias = format!("G{}_{}", idx + 1, gap_idx + 1);
                columns.push((SqlExpr::qualified(&alias, &aggregate_name(gap)), aggregate_name(gap)));
                let table = ObjectName::local(&self.gap_cte(idx, gap_idx));
                from.push(Join { kind: JoinKind::Left(self.same_keys(&alias, "S")), table, alias });
            }
        }
        Select { distinct: false, columns, from, filter: None, group_by: vec![] }
    }

    /// Cents are dollars in SQL; arithmetic on them is done in doubles.
    fn entity_column(&self, owner: &str, name: &str) -> SqlExpr {
        let column = SqlExpr::qualified(owner, name);
        let kind = self.view.definition().entity.serving.column(name).map(|c| &c.kind);
        if kind == Some(&ColumnType::Cents) { column.cast("FLOAT") } else { column }
    }

    fn spine(&self, reads_entity: bool) -> Vec<Join> {
        let entity = &self.view.definition().entity;
        let from = |table: ObjectName| Join { kind: JoinKind::From, table, alias: "S".to_owned() };
        match (self.mode, self.dated()) {
            (Mode::Serving, true) => vec![
                from(self.names.raw(&entity.serving.name)),
                Join { kind: JoinKind::Cross, table: self.names.store("OBSERVATION"), alias: "O".to_owned() },
            ],
            (Mode::Serving, false) => vec![from(self.names.raw(&entity.serving.name))],
            (Mode::Training, false) => vec![from(self.names.raw(&entity.training.name))],
            (Mode::Training, true) => {
                let mut tables = vec![from(self.names.store(&self.names.spine))];
                if reads_entity {
                    let on = SqlExpr::qualified("P", entity.key)
                        .binary(BinaryOperator::Equal, SqlExpr::qualified("S", entity.key));
                    let table = self.names.raw(&entity.training.name);
                    tables.push(Join { kind: JoinKind::Inner(on), table, alias: "P".to_owned() });
                }
                tables
            }
        }
    }

    fn inputs(&self) -> BaseInputs {
        let mut inputs = BaseInputs::default();
        for feature in self.view.features() {
            visit(&feature.expr, &mut |expr| match expr {
                Expr::AsOf => inputs.as_of = true,
                Expr::Column(name) => {
                    inputs.columns.insert(name.clone());
                }
                Expr::Feature(name) if self.view.upstream_of(name).is_some() => {
                    inputs.upstream.insert(name.clone());
                }
                _ => {}
            });
        }
        inputs
    }

    /// Adds the base and the steps; returns the final SELECT.
    fn add_steps(&self, ctes: &mut Vec<(String, Select)>) -> Select {
        let translator = Translator { view: self.view, fitted: self.fitted };
        let levels = self.levels();
        let n_steps = levels.iter().max().map_or(0, |max| max + 1);
        let base = self.base();
        let mut available: Vec<String> = base.columns.iter().map(|(_, name)| name.clone()).collect();
        let mut source = self.cte("BASE");
        ctes.push((source.clone(), base));
        for step in 0..n_steps {
            let made = self.view.features().iter().zip(&levels).filter(|(_, level)| **level == step).map(|(f, _)| f);
            let mut columns: Vec<(SqlExpr, String)> =
                available.iter().map(|name| (SqlExpr::column(name), name.clone())).collect();
            columns.extend(made.map(|f| (translator.expr(&f.expr), f.name.clone())));
            let last = step + 1 == n_steps;
            if last {
                columns = self.in_order(columns);
            }
            available = columns.iter().map(|(_, name)| name.clone()).collect();
            let from = vec![Join { kind: JoinKind::From, table: ObjectName::local(&source), alias: "B".to_owned() }];
            let select = Select { distinct: false, columns, from, filter: None, group_by: vec![] };
            if last {
                return select;
            }
            source = self.cte(&format!("STEP_{}", step + 1));
            ctes.push((source.clone(), select));
        }
        let columns = self.in_order(available.iter().map(|name| (SqlExpr::column(name), name.clone())).collect());
        let from = vec![Join { kind: JoinKind::From, table: ObjectName::local(&source), alias: "B".to_owned() }];
        Select { distinct: false, columns, from, filter: None, group_by: vec![] }
    }

    /// The keys and the features, in the view's order; everything else is dropped.
    fn in_order(&self, columns: Vec<(SqlExpr, String)>) -> Vec<(SqlExpr, String)> {
        let wanted =
            self.keys().into_iter().map(str::to_owned).chain(self.view.features().iter().map(|f| f.name.clone()));
        wanted.filter_map(|name| columns.iter().find(|(_, n)| *n == name).cloned()).collect()
    }

    /// 0 for features that read no other feature of the view, else one more than the highest they read.
    fn levels(&self) -> Vec<usize> {
        let features = self.view.features();
        let mut levels: Vec<usize> = Vec::with_capacity(features.len());
        for feature in features {
            let mut level = 0;
            visit(&feature.expr, &mut |expr| {
                if let Expr::Feature(name) = expr
                    && let Some(position) = features[..levels.len()].iter().position(|f| f.name == *name)
                {
                    level = level.max(levels[position] + 1);
                }
            });
            levels.push(level);
        }
        levels
    }
}

#[derive(Default)]
struct BaseInputs {
    as_of: bool,
    columns: BTreeSet<String>,
    upstream: BTreeSet<String>,
}

/// Counts and sums of an entity without events are 0, the others null.
fn or_empty(aggregate: &Aggregate, alias: &str) -> SqlExpr {
    let column = SqlExpr::qualified(alias, &aggregate_name(aggregate));
    match aggregate.function {
        AggregateFunction::Count | AggregateFunction::Sum(_) | AggregateFunction::CountDistinct(_) => {
            SqlExpr::call("COALESCE", vec![column, SqlExpr::Integer(0)])
        }
        AggregateFunction::First(_) | AggregateFunction::Last(_) | AggregateFunction::GapStandardDeviation => column,
    }
}
