//! The event CTEs of a view: rows up to the observation date, aggregated by the keys, and the gaps between event days.

use super::ast::{BinaryOperator, Join, JoinKind, ObjectName, Select, SqlExpr};
use super::expr::aggregate_name;
use super::generate::{Generator, Mode};
use crate::feature::ir::{Aggregate, AggregateFunction, EventTable};
use crate::schema::ColumnType;

impl Generator<'_> {
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
            SqlExpr::qualified("E", &filter.column).binary(BinaryOperator::Equal, SqlExpr::Text(filter.level.clone()))
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

    pub(super) fn add_ctes(&self, ctes: &mut Vec<(String, Select)>) {
        for (table_idx, events) in self.view.definition().events.iter().enumerate() {
            let of_table = || self.view.aggregates().iter().filter(|a| a.source == events.schema.name);
            let (from, filter, keys) = self.visible_events(events);
            let group_by: Vec<SqlExpr> = keys.iter().map(|(expr, _)| expr.clone()).collect();
            let grouped: Vec<_> =
                of_table().filter(|a| a.function != AggregateFunction::GapStandardDeviation).collect();
            if !grouped.is_empty() {
                let named = grouped.iter().map(|a| (self.aggregate_expr(a, events), aggregate_name(self.view, a)));
                let columns = keys.iter().cloned().chain(named).collect();
                let select = Select { distinct: false, columns, from, filter, group_by };
                ctes.push((self.events_cte(table_idx), select));
            }
            for (gap_idx, aggregate) in self.gaps(events).into_iter().enumerate() {
                self.add_gap_ctes(ctes, aggregate, events, &self.gap_cte(table_idx, gap_idx));
            }
        }
    }

    pub(super) fn events_cte(&self, table_idx: usize) -> String {
        self.cte(&format!("EVENTS_{}", table_idx + 1))
    }

    pub(super) fn gap_cte(&self, table_idx: usize, gap_idx: usize) -> String {
        self.cte(&format!("GAPS_{}_{}", table_idx + 1, gap_idx + 1))
    }

    pub(super) fn gaps(&self, events: &EventTable) -> Vec<&Aggregate> {
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
        let deviation = (self.aggregate_expr(aggregate, events), aggregate_name(self.view, aggregate));
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
}
