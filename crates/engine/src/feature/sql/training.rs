//! A training table as a statement: every row of a labelled table with its features as of its own observation date, and its part
//! of the temporal split.

use super::ast::{BinaryOperator, Join, JoinKind, ObjectName, Query, Select, SqlExpr};
use super::generate::{Mode, Names, query};
use crate::feature::check::CheckedView;
use crate::feature::fit::Fitted;
use std::collections::BTreeMap;

/// What a training table is put together from.
pub struct TrainingTable<'a> {
    pub name: &'a str,
    /// The raw table with a row for each row to train on.
    pub labelled: &'a str,
    /// Columns of the labelled table that identify a row, in order: the entity's key, and the observation date where there is one.
    pub keys: &'a [&'a str],
    /// Further columns of it in front of the inputs.
    pub beside: &'a [&'a str],
    /// Columns of a view, or else of the labelled table.
    pub inputs: &'a [String],
    pub target: &'a str,
    /// The split's name, the column that decides it, and the first days of validation and test.
    pub split: (&'a str, &'a str, [String; 2]),
}

const LABELLED: &str = "S";

/// `CREATE OR REPLACE TABLE` of the keys and dates for which a dated view is computed in training.
pub fn spine(labelled: &str, keys: &[&str], names: &Names) -> String {
    let columns = keys.iter().map(|key| (SqlExpr::column(key), (*key).to_owned())).collect();
    let from = vec![Join { kind: JoinKind::From, table: names.raw(labelled), alias: LABELLED.to_owned() }];
    let select = Select { distinct: false, columns, from, filter: None, group_by: vec![] };
    statement(&names.store(&names.spine), Query { ctes: vec![], body: select })
}

/// `CREATE OR REPLACE TABLE` of a training table. `view` is the one that is computed last; what is upstream of it comes along.
pub fn training_table(
    table: &TrainingTable,
    view: &CheckedView,
    names: &Names,
    fitted: &BTreeMap<String, Fitted>,
) -> String {
    let Query { mut ctes, body } = query(view, Mode::Training, names, fitted);
    ctes.push((view.name().to_owned(), body));
    let views: Vec<(&CheckedView, String)> =
        view.upstream().iter().chain([view]).enumerate().map(|(idx, view)| (view, format!("F{}", idx + 1))).collect();
    let labelled = |column: &str| SqlExpr::qualified(LABELLED, column);
    let input = |name: &String| {
        let defines = |(view, _): &&(&CheckedView, String)| view.features().iter().any(|f| f.name == *name);
        let of_view = views.iter().find(defines);
        (of_view.map_or_else(|| labelled(name), |(_, alias)| SqlExpr::qualified(alias, name)), name.clone())
    };
    let own = |name: &&str| (labelled(name), (*name).to_owned());
    let mut columns: Vec<(SqlExpr, String)> = table.keys.iter().chain(table.beside).map(own).collect();
    columns.extend(table.inputs.iter().map(input));
    columns.push(own(&table.target));
    columns.push((part(table), table.split.0.to_owned()));
    let mut from = vec![Join { kind: JoinKind::From, table: names.raw(table.labelled), alias: LABELLED.to_owned() }];
    for (view, alias) in &views {
        let same = |key: &&str| SqlExpr::qualified(alias, key).binary(BinaryOperator::Equal, labelled(key));
        let on = SqlExpr::all(table.keys.iter().map(same)).unwrap_or(SqlExpr::Null);
        from.push(Join { kind: JoinKind::Left(on), table: ObjectName::local(view.name()), alias: alias.clone() });
    }
    let body = Select { distinct: false, columns, from, filter: None, group_by: vec![] };
    statement(&names.store(table.name), Query { ctes, body })
}

/// Which part a row belongs to, by its day.
fn part(table: &TrainingTable) -> SqlExpr {
    let (_, date, [validation, test]) = &table.split;
    let before = |day: &str| {
        SqlExpr::qualified(LABELLED, date).binary(BinaryOperator::Less, SqlExpr::Text(day.to_owned()).cast("DATE"))
    };
    let text = |part: &str| SqlExpr::Text(part.to_owned());
    SqlExpr::Case {
        arms: vec![(before(validation), text("train")), (before(test), text("validation"))],
        otherwise: Box::new(text("test")),
    }
}

fn statement(name: &ObjectName, query: Query) -> String {
    format!("CREATE OR REPLACE TABLE {name} AS\n{query};\n")
}
