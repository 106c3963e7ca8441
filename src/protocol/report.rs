//! The run report: what a run was asked, what it made, how long each stage took. Nothing in it is an estimate; what a run did
//! not do is absent from the JSON.

use super::{OwnDataInUse, RunConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppInfo {
    pub name: String,
    pub version: String,
    pub build_id: String,
}

/// Where it ran.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub user_agent: Option<String>,
    pub cores: Option<u32>,
    pub workers: u32,
    /// Size of the worker's linear memory at the end of the run.
    pub wasm_memory_bytes: Option<u64>,
}

/// What the page measured while the worker worked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MainThread {
    /// Longest task that the browser reported; it reports tasks of 50 ms and more, 0 means there was none.
    pub longest_task_ms: f64,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    pub rows: u64,
    pub bytes: u64,
    pub digest: String,
}

/// One stage that ran.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageReport {
    pub name: String,
    pub ms: f64,
}

/// Metrics of one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitReport {
    pub rmse: f64,
    pub mae: f64,
    pub r2: f64,
    pub mape: Option<f64>,
    pub rows: u64,
}

/// The oracle on one split: E\[spend | latents\], what somebody would predict who knew every customer's hidden rates and
/// drop-out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OracleReport {
    pub rmse: f64,
    pub r2: f64,
}

/// The fair bound on one split: E\[spend | what was observed\] under the true process, the best that any model could do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FairBoundReport {
    pub rmse: f64,
    pub r2: f64,
    /// From the draw of the rows.
    pub r2_standard_error: f64,
    /// Rows it was computed on, evenly chosen from the split.
    pub rows: u64,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelReport {
    pub version: String,
    pub engine: String,
    pub params: Vec<(String, f64)>,
    pub n_trees: u32,
    pub digest: String,
    /// By split name: train, validation, test.
    pub metrics: Vec<(String, SplitReport)>,
    /// By split name; empty where the customers' latents are not known.
    pub oracle: Vec<(String, OracleReport)>,
    /// By split name; empty until it is computed.
    pub fair_bound: Vec<(String, FairBoundReport)>,
}

/// The report of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunReport {
    pub app: AppInfo,
    pub config: RunConfig,
    /// Own tables, where the run began with them.
    pub source: Option<OwnDataInUse>,
    pub environment: Environment,
    pub tables: BTreeMap<String, TableReport>,
    pub stages: Vec<StageReport>,
    pub models: BTreeMap<String, ModelReport>,
    pub main_thread: Option<MainThread>,
}

impl RunReport {
    /// Adds what is computed after the run; a model that was not trained has no place for it.
    pub fn add_fair_bound(&mut self, model: &str, splits: &[(String, FairBoundReport)]) {
        if let Some(model) = self.models.get_mut(model) {
            model.fair_bound = splits.to_vec();
        }
    }

    /// The digest of every table and model, one a line, in name order: equal wherever the same configuration ran.
    pub fn digest_lines(&self) -> String {
        let tables = self.tables.iter().map(|(name, table)| format!("{name} {}\n", table.digest));
        tables.chain(self.models.iter().map(|(name, model)| format!("{name} {}\n", model.digest))).collect()
    }

    /// The report as JSON. Fields without a value are absent, never null.
    pub fn to_json(&self) -> String {
        let base = RunConfig::default();
        let overrides: Map<String, Value> =
            self.config.overrides.iter().map(|(name, value)| (name.clone(), number(*value))).collect();
        let config = json!({
            "seed": self.config.seed,
            "customers": self.config.customers,
            "trials": self.config.trials,
            "target": self.config.target.word(),
            "run": self.config.scope.word(),
            "now": (self.config.now != base.now).then_some(&self.config.now),
            "scenario": (self.config.scenario != base.scenario).then_some(&self.config.scenario),
            "overrides": (!overrides.is_empty()).then_some(overrides),
            "features": (!self.config.features.is_empty()).then_some(&self.config.features),
        });
        let models: Map<String, Value> = self
            .models
            .iter()
            .map(|(name, model)| {
                let params: Map<String, Value> =
                    model.params.iter().map(|(name, value)| (name.clone(), number(*value))).collect();
                let model = json!({
                    "version": model.version, "engine": model.engine, "params": params, "n_trees": model.n_trees,
                    "digest": model.digest, "trials": [], "metrics": by_split(&model.metrics),
                    "oracle": by_split(&model.oracle), "fair_bound": by_split(&model.fair_bound),
                });
                (name.clone(), model)
            })
            .collect();
        let mut report = json!({
            "app": self.app, "config": config, "source": self.source.as_ref().map(source_json),
            "environment": self.environment, "tables": self.tables,
            "stages": self.stages, "models": models, "main_thread": self.main_thread,
        });
        drop_nulls(&mut report);
        format!("{report:#}")
    }
}

fn source_json(own: &OwnDataInUse) -> Value {
    let files = own.source.files.iter().map(|file| {
        json!({
            "name": file.name, "table": file.table.object().name(), "bytes": file.bytes, "rows": file.rows,
            "rejected": file.rejected, "digest": file.digest,
        })
    });
    let files: Vec<Value> = files.collect();
    json!({
        "kind": "own", "files": files, "first_day": own.source.dates.first, "last_day": own.source.dates.last,
        "horizon_days": own.horizon_days,
    })
}

/// An object with one field a split; null without any.
fn by_split<T: Serialize>(splits: &[(String, T)]) -> Value {
    if splits.is_empty() {
        return Value::Null;
    }
    Value::Object(splits.iter().map(|(split, of_split)| (split.clone(), json!(of_split))).collect())
}

/// Whole numbers print without a fraction.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
