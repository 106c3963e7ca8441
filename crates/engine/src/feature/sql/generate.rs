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
use crate::feature::check::CheckedView;
use crate::feature::fit::Fitted;
use crate::feature::ir::{Aggregate, AggregateFunction};
use crate::feature::walk::{Read, reads};
use crate::schema::ColumnType;
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
    pub(super) fn raw(&self, table: &str) -> ObjectName {
        ObjectName(vec![self.database.clone(), self.schema.clone(), table.to_owned()])
    }

    pub(super) fn store(&self, table: &str) -> ObjectName {
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

pub(super) struct Generator<'a> {
    pub(super) view: &'a CheckedView,
    pub(super) mode: Mode,
    pub(super) names: &'a Names,
    fitted: &'a Fitted,
}

impl Generator<'_> {
    pub(super) fn key(&self) -> &'static str {
        self.view.definition().entity.key
    }

    /// A view without events has no observation date: its rows are its entity's rows.
    pub(super) fn dated(&self) -> bool {
        !self.view.definition().events.is_empty()
    }

    pub(super) fn keys(&self) -> Vec<&'static str> {
        if self.mode == Mode::Training && self.dated() { vec![self.key(), OBSERVATION_DATE] } else { vec![self.key()] }
    }

    pub(super) fn cte(&self, suffix: &str) -> String {
        format!("{}_{suffix}", self.view.name())
    }

    pub(super) fn as_of(&self) -> SqlExpr {
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

    /// The spine with every input that the features read.
    fn base(&self) -> Select {
        let definition = self.view.definition();
        let mut columns: Vec<(SqlExpr, String)> =
            self.keys().into_iter().map(|key| (SqlExpr::qualified("S", key), key.to_owned())).collect();
        let inputs = self.inputs();
        if inputs.as_of {
            columns.push((self.as_of(), "AS_OF".to_owned()));
        }
        let mut from = self.spine(inputs.as_of, !inputs.columns.is_empty());
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
                columns.extend(grouped.iter().map(|a| (self.or_empty(a, &alias), aggregate_name(self.view, a))));
                let table = ObjectName::local(&self.events_cte(idx));
                from.push(Join { kind: JoinKind::Left(self.same_keys(&alias, "S")), table, alias });
            }
            for (gap_idx, gap) in gaps.into_iter().enumerate() {
                let alias = format!("G{}_{}", idx + 1, gap_idx + 1);
                let name = aggregate_name(self.view, gap);
                columns.push((SqlExpr::qualified(&alias, &name), name));
                let table = ObjectName::local(&self.gap_cte(idx, gap_idx));
                from.push(Join { kind: JoinKind::Left(self.same_keys(&alias, "S")), table, alias });
            }
        }
        Select { distinct: false, columns, from, filter: None, group_by: vec![] }
    }

    /// Counts and sums of an entity without events are 0, the others null.
    fn or_empty(&self, aggregate: &Aggregate, alias: &str) -> SqlExpr {
        let column = SqlExpr::qualified(alias, &aggregate_name(self.view, aggregate));
        match aggregate.function {
            AggregateFunction::Count | AggregateFunction::Sum(_) | AggregateFunction::CountDistinct(_) => {
                SqlExpr::call("COALESCE", vec![column, SqlExpr::Integer(0)])
            }
            AggregateFunction::First(_) | AggregateFunction::Last(_) | AggregateFunction::GapStandardDeviation => {
                column
            }
        }
    }

    /// Cents are dollars in SQL; arithmetic on them is done in doubles.
    fn entity_column(&self, owner: &str, name: &str) -> SqlExpr {
        let column = SqlExpr::qualified(owner, name);
        let kind = self.view.definition().entity.serving.column(name).map(|c| &c.kind);
        if kind == Some(&ColumnType::Cents) { column.cast("FLOAT") } else { column }
    }

    fn spine(&self, reads_as_of: bool, reads_entity: bool) -> Vec<Join> {
        let entity = &self.view.definition().entity;
        let from = |table: ObjectName| Join { kind: JoinKind::From, table, alias: "S".to_owned() };
        match (self.mode, self.dated()) {
            (Mode::Serving, _) => {
                let observation =
                    || Join { kind: JoinKind::Cross, table: self.names.store("OBSERVATION"), alias: "O".to_owned() };
                let entity = from(self.names.raw(&entity.serving.name));
                std::iter::once(entity).chain(reads_as_of.then(observation)).collect()
            }
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
        for read in self.view.features().iter().flat_map(|feature| reads(&feature.expr)) {
            match read {
                Read::AsOf => inputs.as_of = true,
                Read::Column(name) => drop(inputs.columns.insert(name.to_owned())),
                Read::Feature(name) => {
                    if self.view.upstream_of(name).is_some() {
                        inputs.upstream.insert(name.to_owned());
                    }
                }
                // Aggregates come from the view's own list, fitted values are constants.
                Read::Aggregate(_) | Read::Fitted(_) => {}
            }
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
            let read_later = self.read_after(step, &levels);
            columns.retain(|(_, name)| last || read_later.contains(name));
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

    /// What must survive a step: the keys, the features, and the inputs of features of later steps.
    fn read_after(&self, step: usize, levels: &[usize]) -> BTreeSet<String> {
        let mut read: BTreeSet<String> = self.keys().into_iter().map(str::to_owned).collect();
        for (feature, &level) in self.view.features().iter().zip(levels) {
            read.insert(feature.name.clone());
            if level > step {
                read.extend(reads(&feature.expr).into_iter().filter_map(|read| match read {
                    Read::AsOf => Some("AS_OF".to_owned()),
                    Read::Column(name) | Read::Feature(name) => Some(name.to_owned()),
                    Read::Aggregate(aggregate) => Some(aggregate_name(self.view, aggregate)),
                    Read::Fitted(_) => None,
                }));
            }
        }
        read
    }

    /// 0 for features that read no other feature of the view, else one more than the highest they read.
    fn levels(&self) -> Vec<usize> {
        let features = self.view.features();
        let mut levels: Vec<usize> = Vec::with_capacity(features.len());
        for feature in features {
            let mut level = 0;
            for read in reads(&feature.expr) {
                if let Read::Feature(name) = read
                    && let Some(position) = features[..levels.len()].iter().position(|f| f.name == name)
                {
                    level = level.max(levels[position] + 1);
                }
            }
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
