//! A feature view with its definition in every form and its values in summary.

use crate::engine::feature::sql::{self, Mode, Names};
use crate::engine::feature::{CheckedView, consumers, describe, eval, lineage};
use crate::engine::profile::{self, QUANTILES};
use crate::engine::refresh::{self, Declared, DynamicTable, Effect, Graph, Lag, Rule, constructs};
use crate::engine::schema::ColumnType;
use crate::engine::table::{Cell, Table};
use crate::protocol::{
    FeatureDetail, FeatureViewDetail, Histogram, Level, ObjectId, RefreshEffect, RefreshFinding, RefreshMode, Scenario,
};
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
        owner: view.definition().owner.to_owned(),
        tags: view.definition().tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        refresh: view.definition().refresh.to_owned(),
        refresh_mode: refresh_mode(view, store),
        as_of: store.now.filter(|_| dated).map_or_else(String::new, |day| day.to_string()),
        n_rows: table.n_rows() as u64,
        elapsed_ms,
        features: (0..view.features().len()).map(|idx| feature(object.scenario(), view, idx, table, store)).collect(),
        sql_serving: sql::dynamic_table(view, &names, &store.fitted),
        sql_training: sql::query(view, Mode::Training, &names, &store.fitted).to_string(),
        plan: plan.join("\n"),
    }
}

/// How the warehouse refreshes the view's dynamic table, and the rules that its query meets.
fn refresh_mode(view: &CheckedView, store: &Store) -> RefreshMode {
    let found = constructs(&sql::query(view, Mode::Serving, &Names::default(), &store.fitted));
    let table = DynamicTable {
        name: view.name().to_owned(),
        reads: Vec::new(),
        lag: Lag::Downstream,
        declared: Declared::Auto,
        constructs: found.iter().copied().collect(),
    };
    let findings = found.iter().filter_map(|construct| construct.rule()).map(refresh_finding).collect();
    // One table that reads no other always makes a graph.
    let resolved = Graph::new(vec![table], &[]).map(|graph| graph.mode(0).clone());
    let (mode, reason) = resolved.map_or((String::new(), String::new()), |resolved| {
        let mode = match resolved.mode {
            refresh::Mode::Incremental => "INCREMENTAL",
            refresh::Mode::Full => "FULL",
        };
        (mode.to_owned(), resolved.reason)
    });
    RefreshMode { mode, reason, findings }
}

/// One feature of a view's table.
pub fn feature(
    scenario: Scenario,
    view: &CheckedView,
    feature_idx: usize,
    table: &Table,
    store: &Store,
) -> FeatureDetail {
    let feature = &view.features()[feature_idx];
    let kind = view.type_of_feature(feature_idx);
    let found = profile::column(table, &feature.name).unwrap_or_default();
    let (least, greatest) =
        found.extremes.map_or((None, None), |(least, greatest)| (number(&least), number(&greatest)));
    FeatureDetail {
        name: feature.name.clone(),
        sql_type: kind.sql().to_owned(),
        unit: feature.unit.to_owned(),
        meaning: feature.meaning.to_owned(),
        null_rule: feature.null_rule.to_owned(),
        formula: describe::formula(&feature.expr),
        sources: lineage::sources(view, &feature.name).iter().map(ToString::to_string).collect(),
        consumers: consumers(scenario, view, &feature.name, store),
        n_null: found.n_null,
        n_distinct: found.n_distinct,
        mean: found.mean,
        standard_deviation: found.standard_deviation,
        min: least,
        max: greatest,
        quantiles: found.quantiles.map_or_else(Vec::new, |values| QUANTILES.into_iter().zip(values).collect()),
        histogram: found.histogram.map(|h| Histogram { edges: h.edges, counts: h.counts, n_above: h.n_above }),
        levels: levels(kind, &found.level_counts),
    }
}

/// Features that read a feature, and the model of its scenario where it is an input.
fn consumers(scenario: Scenario, view: &CheckedView, feature: &str, store: &Store) -> Vec<String> {
    let model = match scenario {
        Scenario::ColdStart => ObjectId::ColdstartModel,
        Scenario::Continuous => ObjectId::ContinuousModel,
    };
    let is_input = store.inputs(scenario).iter().any(|input| input.name == feature);
    let features = consumers::consumers(&store.views, view, feature);
    features.into_iter().chain(is_input.then(|| model.name().to_owned())).collect()
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(*value as f64),
        Cell::Cents(cents) => Some(*cents as f64 / 100.0),
        Cell::Float(value) => Some(*value),
        Cell::Day(day) => Some(f64::from(day.0)),
        Cell::Null | Cell::Text(_) => None,
    }
}

fn levels(kind: &ColumnType, counts: &[u64]) -> Vec<Level> {
    let ColumnType::Category(names) = kind else { return Vec::new() };
    names.iter().zip(counts).map(|(level, count)| Level { level: level.clone(), count: *count }).collect()
}

/// A rule that a query meets, in the page's words.
pub fn refresh_finding(rule: &Rule) -> RefreshFinding {
    RefreshFinding {
        effect: match rule.effect {
            Effect::Allowed => RefreshEffect::Allowed,
            Effect::CostsMore => RefreshEffect::CostsMore,
            Effect::RulesOutIncremental => RefreshEffect::RulesOutIncremental,
        },
        meaning: rule.meaning.to_owned(),
        rewrite: rule.rewrite.map(str::to_owned),
        source: rule.source.to_owned(),
        read_on: rule.read_on.to_owned(),
    }
}
