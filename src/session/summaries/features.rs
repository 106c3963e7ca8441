//! A feature view with its definition in every form and its values in summary.

use super::histogram;
use crate::engine::feature::sql::{self, Mode, Names};
use crate::engine::feature::{CheckedView, describe, eval, lineage};
use crate::engine::schema::ColumnType;
use crate::engine::table::{Table, Values};
use crate::protocol::{FeatureDetail, FeatureViewDetail, Level, ObjectId};
use crate::session::store::Store;

/// Everything the feature page shows of a view.
pub fn feature_view(
    object: ObjectId,
    view: &CheckedView,
    table: &Table,
    store: &Store,
    elapsed_ms: f64,
) -> FeatureViewDetail {
    let names = Names::default();
    let dated = !view.definition().events.is_empty();
    let plan: Vec<String> = eval::plan(view).iter().map(ToString::to_string).collect();
    FeatureViewDetail {
        view: object,
        version: view.definition().version.to_owned(),
        entity: "CUSTOMER".to_owned(),
        refresh: view.definition().refresh.to_owned(),
        as_of: store.now.filter(|_| dated).map_or_else(String::new, |day| day.to_string()),
        n_rows: table.n_rows() as u64,
        elapsed_ms,
        features: (0..view.features().len()).map(|idx| feature(view, idx, table)).collect(),
        sql_serving: sql::dynamic_table(view, &names, &store.fitted),
        sql_training: sql::query(view, Mode::Training, &names, &store.fitted).to_string(),
        plan: plan.join("\n"),
    }
}

fn feature(view: &CheckedView, feature_idx: usize, table: &Table) -> FeatureDetail {
    let feature = &view.features()[feature_idx];
    let kind = view.type_of_feature(feature_idx);
    let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    let mut detail = FeatureDetail {
        name: feature.name.clone(),
        sql_type: kind.sql().to_owned(),
        unit: feature.unit.to_owned(),
        meaning: feature.meaning.to_owned(),
        null_rule: feature.null_rule.to_owned(),
        formula: describe::formula(&feature.expr),
        sources: lineage::sources(view, &feature.name).iter().map(ToString::to_string).collect(),
        n_null: 0,
        mean: None,
        min: None,
        max: None,
        histogram: None,
        levels: Vec::new(),
    };
    let Ok(data) = table.gather(&feature.name, &rows) else { return detail };
    let is_present = |row: usize| data.present.as_ref().is_none_or(|present| present[row]);
    detail.n_null = (0..rows.len()).filter(|&row| !is_present(row)).count() as u64;
    match &data.values {
        Values::Codes(codes) => detail.levels = levels(kind, codes, &is_present),
        Values::Integers(v) | Values::Cents(v) | Values::Timestamps(v) => {
            let values = v.iter().enumerate().filter(|(row, _)| is_present(*row)).map(|(_, &x)| x as f64);
            describe_numbers(&mut detail, values.collect());
        }
        Values::Floats(v) => {
            let values = v.iter().enumerate().filter(|(row, _)| is_present(*row)).map(|(_, &x)| x);
            describe_numbers(&mut detail, values.collect());
        }
        // A histogram of days since 1970 would tell nobody anything.
        Values::Ids(_) | Values::Days(_) => {}
    }
    detail
}

fn levels(kind: &ColumnType, codes: &[u8], is_present: &impl Fn(usize) -> bool) -> Vec<Level> {
    let ColumnType::Category(names) = kind else { return Vec::new() };
    let mut counts = vec![0_u64; names.len()];
    for (_, &code) in codes.iter().enumerate().filter(|(row, _)| is_present(*row)) {
        counts[usize::from(code)] += 1;
    }
    names.iter().zip(counts).map(|(level, count)| Level { level: level.clone(), count }).collect()
}

fn describe_numbers(detail: &mut FeatureDetail, values: Vec<f64>) {
    if values.is_empty() {
        return;
    }
    detail.mean = Some(values.iter().sum::<f64>() / values.len() as f64);
    detail.min = values.iter().copied().reduce(f64::min);
    detail.max = values.iter().copied().reduce(f64::max);
    detail.histogram = Some(histogram(&values));
}
