//! The registry for the eye: chips, buttons with the reason where one is disabled, the command behind each, and tables of a comparison.
//! Deliberately no rules of its own: what may be done, the worker says.

mod choice;

pub use choice::Choice;

use super::charts::{ChartTable, Compared, DensityChart, HistogramChart, HistogramUnit, MetricRow, MetricRowsChart};
use super::day;
use super::fields::{Control, Field};
use super::format;
use super::route::{Route, Section};
use crate::protocol::{
    Command, CompareRequest, ComparedRows, Density, FactChange, FileBytes, Histogram, Keeping, KeptChoice, KeptProject,
    ModelCard, ModelComparison, ObjectId, RegisteredModel, RegisteredVersion, RegistryRequest, RegistryView,
    SessionLoaded, SplitMetrics, Training, TrainingId,
};
use std::sync::Arc;

const SPLITS: [&str; 3] = ["train", "validation", "test"];
const TRAIN: usize = 0;
const TEST: usize = 2;

/// What the worker has told of the registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    pub view: Arc<RegistryView>,
    /// The card and the comparison asked for last.
    pub card: Option<Arc<ModelCard>>,
    pub comparison: Option<Arc<ModelComparison>>,
    /// Projects that the browser keeps, once asked for.
    pub projects: Option<Arc<Vec<KeptProject>>>,
    /// The file asked for last, to be saved.
    pub file: Option<Arc<FileBytes>>,
    /// The session file opened last.
    pub loaded: Option<Arc<SessionLoaded>>,
}

/// A mark on a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub label: String,
    /// The default is no alias: it always stands somewhere.
    pub is_alias: bool,
}

impl Registry {
    /// A run begins: what is shown of the last project goes.
    pub fn clear(&mut self) {
        let (projects, loaded) = (self.projects.take(), self.loaded.take());
        *self = Self { projects, loaded, ..Self::default() };
    }

    pub fn model(&self, model: ObjectId) -> Option<&RegisteredModel> {
        self.view.models.iter().find(|known| known.model == model)
    }

    pub fn version(&self, id: &TrainingId) -> Option<&RegisteredVersion> {
        self.model(id.model)?.versions.iter().find(|known| known.version == id.version)
    }

    /// True for a version that exists, as far as is known: before the first view everything does.
    pub fn has(&self, training: &Training) -> bool {
        let id = TrainingId { model: training.model, version: training.version.clone() };
        self.view.models.is_empty() || self.version(&id).is_some()
    }

    /// What can be done with a version.
    pub fn actions(&self, id: &TrainingId) -> Vec<Field> {
        let Some(version) = self.version(id) else { return Vec::new() };
        let is_champion = version.aliases.iter().any(|alias| alias == "champion");
        let unfit = version.unfit.as_ref().map(|why| format!("{} cannot serve: {why}.", version.version));
        let serves = (version.is_default).then(|| format!("{} serves already.", version.version));
        let promoted = serves.clone().filter(|_| is_champion);
        vec![
            button("promote", "Promote", Control::Primary, promoted.or(unfit.clone())),
            button("serve", "Make it the default", Control::Button, serves.or(unfit)),
            button("delete", "Delete", Control::Button, version.stays.as_ref().map(|why| format!("{why}."))),
        ]
    }

    /// Roll back, undo, redo.
    pub fn history(&self, model: ObjectId) -> Vec<Field> {
        let before = self.model(model).and_then(|known| known.served_before.as_ref());
        let roll_back = match before {
            Some(version) => Field::button("roll-back", &format!("Roll back to {version}"), false),
            None => button("roll-back", "Roll back", Control::Button, Some("No other version has served.".to_owned())),
        };
        let step = |id: &str, word: &str, label: &Option<String>| match label {
            Some(label) => Field::button(id, &format!("{word}: {label}"), false),
            None => Field::button(id, word, true),
        };
        vec![roll_back, step("undo", "Undo", &self.view.undo), step("redo", "Redo", &self.view.redo)]
    }

    /// What the reader can do where kept and present state disagree.
    pub fn settling(&self) -> Vec<Field> {
        let Keeping::Suspended { is_readable, .. } = &self.view.keeping else { return Vec::new() };
        let unreadable = (!is_readable).then(|| "It cannot be read.".to_owned());
        vec![
            button("use-kept", "Use what is kept", Control::Button, unreadable),
            Field::button("use-present", "Keep what is on the screen, replace the other", false),
            Field::button("export-kept", "Save what is kept as a file", false),
        ]
    }
}

fn button(id: &str, label: &str, control: Control, why_not: Option<String>) -> Field {
    let is_disabled = why_not.is_some();
    Field { control, note: why_not.unwrap_or_default(), ..Field::button(id, label, is_disabled) }
}

/// What a button or field is sent as; `value` is an alias, "KEY=VALUE" of a tag, or a note.
pub fn request(id: &TrainingId, control: &str, value: &str) -> Option<Command> {
    let (version, model) = (id.clone(), id.model);
    let text = value.to_owned();
    let request = match control {
        "promote" => RegistryRequest::Promote(version),
        "serve" => RegistryRequest::SetDefault(version),
        "delete" => RegistryRequest::Delete(version),
        "roll-back" => RegistryRequest::RollBack(model),
        "undo" => RegistryRequest::Undo,
        "redo" => RegistryRequest::Redo,
        "alias" => RegistryRequest::SetAlias { version, alias: text },
        "remove-alias" => RegistryRequest::RemoveAlias { model, alias: text },
        "tag" => {
            let (key, value) = value.split_once('=').unwrap_or((value, ""));
            RegistryRequest::SetTag { version, key: key.to_owned(), value: value.to_owned() }
        }
        "remove-tag" => RegistryRequest::RemoveTag { version, key: text },
        "note" => RegistryRequest::SetNote { version, note: text },
        "card" => RegistryRequest::Card(version),
        "save" => RegistryRequest::SaveSession,
        "use-kept" => RegistryRequest::Settle(KeptChoice::Kept),
        "use-present" => RegistryRequest::Settle(KeptChoice::Present),
        "export-kept" => RegistryRequest::ExportKept,
        "compare" => {
            let (before, after) = (id.version.clone(), text);
            return Some(Command::Compare(CompareRequest { model, before, after }));
        }
        _ => return None,
    };
    Some(Command::Registry(request))
}

/// The marks of a version: default first, then its aliases.
pub fn chips(version: &RegisteredVersion) -> Vec<Chip> {
    let default = version.is_default.then(|| Chip { label: "default".to_owned(), is_alias: false });
    let alias = |alias: &String| Chip { label: alias.clone(), is_alias: true };
    default.into_iter().chain(version.aliases.iter().map(alias)).collect()
}

/// Where a version comes from: "trained by form, 2025-06-15 15:06".
pub fn origin(version: &RegisteredVersion) -> String {
    let Some(created_ms) = version.created_ms else { return version.source.clone() };
    format!("{}, {}", version.source, moment(created_ms))
}

/// Minutes of a day, UTC.
fn moment(ms: f64) -> String {
    let minutes = (ms / 60_000.0) as i64;
    let (day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    format!("{} {:02}:{:02} UTC", day::to_iso(day), minute / 60, minute % 60)
}

/// Where changes go, in a sentence; empty while there is nothing to keep.
pub fn keeping(of: &Keeping) -> String {
    match of {
        Keeping::Nothing => String::new(),
        Keeping::Opening => "What this browser keeps of this project is being read.".to_owned(),
        Keeping::Browser => "Every change is kept in this browser.".to_owned(),
        Keeping::Memory { why } => format!("Changes last until the page is closed. {why}"),
        Keeping::Suspended { why, .. } => format!("Changes are not kept for now. {why}"),
    }
}

/// A line in the list of kept projects.
pub fn project(of: &KeptProject) -> String {
    let saved = if of.saved_ms > 0.0 { format!(", {}", moment(of.saved_ms)) } else { String::new() };
    let open = if of.is_open { " (open)" } else { "" };
    format!("{}{open}: {}{saved}", of.title, format::bytes(of.bytes))
}

/// What to do after a session file was opened.
pub fn after_loading(loaded: &SessionLoaded) -> String {
    if loaded.is_open {
        return format!("{} is open; its versions are below.", loaded.title);
    }
    if loaded.own_files.is_empty() {
        return format!("{} is ready: run the pipeline, and its versions come back.", loaded.title);
    }
    format!(
        "Rows of own files do not travel in a session file. Open {} again on the page Data, Own data, then run the pipeline: the versions come back.",
        loaded.own_files.join(", ")
    )
}

const NONE: &str = "–";

fn table(headers: [&str; 3]) -> ChartTable {
    ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: Vec::new() }
}

/// What two cards, or two signatures, do not share.
pub fn changes(request: &CompareRequest, changes: &[FactChange]) -> ChartTable {
    let mut found = table(["", &request.before, &request.after]);
    let text = |value: &Option<String>| value.clone().unwrap_or(NONE.to_owned());
    found.rows = changes.iter().map(|of| vec![of.name.clone(), text(&of.before), text(&of.after)]).collect();
    found
}

/// Metrics that versions are compared by, on any split: name, whether more is better, value and text.
pub const METRICS: [(&str, bool); 4] = [("R²", true), ("RMSE", false), ("MAE", false), ("MAPE", false)];

/// A metric of a split by its place in [`METRICS`].
pub fn metric(nth: usize, split: &SplitMetrics) -> Option<f64> {
    match nth {
        0 => Some(split.r2),
        1 => Some(split.rmse),
        2 => Some(split.mae),
        _ => split.mape,
    }
}

fn metric_text(nth: usize, value: Option<f64>) -> String {
    match (nth, value) {
        (_, None) => NONE.to_owned(),
        (0, Some(value)) => format::score(value),
        (1 | 2, Some(value)) => format::money(value),
        (_, Some(value)) => format::percent(value),
    }
}

/// Both versions' scores on the same test rows; the better one is named.
pub fn scores(request: &CompareRequest, rows: &ComparedRows) -> ChartTable {
    let mut found = table(["", &request.before, &request.after]);
    found.headers.push("Better".to_owned());
    let [before, after] = &rows.scores;
    for (nth, (name, more_is_better)) in METRICS.into_iter().enumerate() {
        let [a, b] = [before, after].map(|split| metric(nth, split));
        let better = match a.zip(b) {
            Some((a, b)) if a == b => NONE,
            Some((a, b)) if (a < b) == more_is_better => &request.after,
            Some(_) => &request.before,
            None => NONE,
        };
        found.rows.push(vec![name.to_owned(), metric_text(nth, a), metric_text(nth, b), better.to_owned()]);
    }
    found
}

/// The customers whose predictions differ most.
pub fn changed_customers(request: &CompareRequest, rows: &ComparedRows) -> ChartTable {
    let mut found = table(["Customer", &request.before, &request.after]);
    found.headers.extend(["Change", "Really spent"].map(str::to_owned));
    let row = |of: &crate::protocol::ChangedCustomer| {
        let money = [of.before, of.after].map(format::money);
        let rest = [format::money_change(of.after - of.before), format::money(of.actual)];
        [of.customer.clone()].into_iter().chain(money).chain(rest).collect()
    };
    found.rows = rows.customers.iter().map(row).collect();
    found
}

/// How far two versions' predictions lie apart.
pub fn apart_in_words(rows: &ComparedRows) -> String {
    let n_rows = format::counted(rows.n_rows, "test row", "test rows");
    if rows.n_equal == rows.n_rows {
        return format!("Both predict the same for all {n_rows}, to the bit.");
    }
    let correlation =
        rows.correlation.map_or(String::new(), |r| format!(" Their correlation is {}.", format::score(r)));
    format!(
        "On {n_rows} the predictions lie {} apart in the mean, {} in the median and {} at most; {} are equal.{correlation}",
        format::money(rows.mean_size),
        format::money(rows.median_size),
        format::money(rows.largest_size),
        format::count(rows.n_equal)
    )
}

/// A row of the table of versions.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRow {
    pub version: String,
    pub chips: Vec<Chip>,
    pub origin: String,
    /// What has to be known before its figures are read.
    pub remark: Option<String>,
    /// R² and RMSE on the test rows, trees.
    pub figures: [String; 3],
    /// Its card is shown.
    pub is_open: bool,
}

/// The versions of the chosen model.
pub fn rows(registry: &Registry, trainings: &[Arc<Training>], choice: &Choice) -> Vec<VersionRow> {
    let open = choice.version(registry).map(|version| version.version.as_str());
    let row = |of: &RegisteredVersion| {
        let training = trained(trainings, choice.model, &of.version);
        let test = training.and_then(|training| training.splits.iter().find(|split| split.split == "test"));
        let text = |nth| metric_text(nth, test.and_then(|test| metric(nth, test)));
        let other =
            of.is_of_other_data.then_some("Trained on other rows or features: its scores are those of other rows.");
        let unfit = of.unfit.as_ref().map(|why| format!("Cannot serve: {why}."));
        VersionRow {
            version: of.version.clone(),
            chips: chips(of),
            origin: origin(of),
            remark: unfit.or(other.map(str::to_owned)),
            figures: [text(0), text(1), training.map_or(NONE.to_owned(), |t| format::count(t.n_trees.into()))],
            is_open: open == Some(of.version.as_str()),
        }
    };
    registry.model(choice.model).map_or_else(Vec::new, |model| model.versions.iter().map(row).collect())
}

fn trained<'t>(trainings: &'t [Arc<Training>], model: ObjectId, version: &str) -> Option<&'t Arc<Training>> {
    trainings.iter().find(|known| known.model == model && known.version == version)
}

/// A metric, by its place in [`METRICS`], of a model's versions on every split.
pub fn across(registry: &Registry, trainings: &[Arc<Training>], model: ObjectId, nth: usize) -> MetricRowsChart {
    let (metric_name, _) = METRICS[nth];
    let row = |of: &RegisteredVersion| {
        let training = trained(trainings, model, &of.version);
        let of_split =
            |name: &&str| training.and_then(|t| metric(nth, t.splits.iter().find(|split| split.split == *name)?));
        let values: Vec<Option<f64>> = SPLITS.iter().map(of_split).collect();
        let name = if of.aliases.is_empty() {
            of.version.clone()
        } else {
            format!("{} ({})", of.version, of.aliases.join(", "))
        };
        MetricRow { name, texts: values.iter().map(|value| metric_text(nth, *value)).collect(), values }
    };
    let versions = registry.model(model).map_or(&[][..], |known| &known.versions);
    let rows: Vec<MetricRow> = versions.iter().map(row).collect();
    MetricRowsChart {
        title: format!("{metric_name} of every version"),
        summary: across_in_words(&rows, nth),
        metric: metric_name,
        row: "Version",
        series: &SPLITS,
        least: None,
        rows,
    }
}

/// The version with the best value on the test rows.
fn across_in_words(rows: &[MetricRow], nth: usize) -> String {
    let (metric, more_is_better) = METRICS[nth];
    let sign = if more_is_better { 1.0 } else { -1.0 };
    let known = rows.iter().filter_map(|row| Some((row, row.values[TEST].filter(|value| value.is_finite())?)));
    let Some((best, _)) = known.max_by(|a, b| (a.1 * sign).total_cmp(&(b.1 * sign))) else {
        return "A metric of every version appears here once the pipeline has trained a model.".to_owned();
    };
    let (train, test) = (&best.texts[TRAIN], &best.texts[TEST]);
    if rows.len() == 1 {
        return format!("{} has {test} on the test rows and {train} on those it was trained on.", best.name);
    }
    format!(
        "Of {} {} has the best {metric} on the test rows, {test}; on the rows it was trained on it has {train}.",
        format::counted(rows.len() as u64, "version", "versions"),
        best.name,
    )
}

/// The arguments of PREDICT and what it returns.
pub fn signature(card: &ModelCard) -> ChartTable {
    let mut found = table(["", "Type", "Levels"]);
    for (name, type_name, levels) in &card.inputs {
        found.rows.push(vec![name.clone(), type_name.clone(), levels.join(", ")]);
    }
    found.rows.push(vec![card.output.0.clone(), card.output.1.clone(), String::new()]);
    found
}

/// Rows with their predictions; an input a row, because there are many inputs and few samples.
pub fn sample(card: &ModelCard) -> ChartTable {
    let headers = (1..=card.sample.len()).map(|n| format!("Row {n}"));
    let headers = [String::new()].into_iter().chain(headers).collect();
    let input = |(at, (name, ..)): (usize, &(String, String, Vec<String>))| {
        let cell = |row: &Vec<String>| row.get(at).cloned().unwrap_or_default();
        [name.clone()].into_iter().chain(card.sample.iter().map(cell)).collect()
    };
    let predictions = card.predictions.iter().map(|dollars| format::money(*dollars));
    let mut rows: Vec<Vec<String>> = vec![[card.output.0.clone()].into_iter().chain(predictions).collect()];
    rows.extend(card.inputs.iter().enumerate().map(input));
    ChartTable { headers, rows }
}

/// What came of a comparison, in a sentence.
pub fn verdict(found: &ModelComparison) -> String {
    let what =
        format!("{} against {}, in {}.", found.request.before, found.request.after, format::duration(found.elapsed_ms));
    match &found.rows {
        Ok(rows) => format!("{what} {}", apart_in_words(rows)),
        Err(why) => format!("{what} {why}"),
    }
}

/// How much more the second version predicts, customer by customer.
pub fn differences(found: Option<&ModelComparison>) -> HistogramChart {
    let (title, histogram) = match found.and_then(|found| Some((&found.request, found.rows.as_ref().ok()?))) {
        Some((request, rows)) => (format!("{} less {}", request.after, request.before), rows.differences.clone()),
        None => ("Difference of the predictions".to_owned(), Histogram::default()),
    };
    HistogramChart { title, subject: "test customers", axis: "difference", unit: HistogramUnit::Dollars, histogram }
}

/// Both predictions of every test customer.
pub fn both(found: Option<&ModelComparison>) -> DensityChart {
    let (versions, density) = match found {
        Some(found) => {
            let density = found.rows.as_ref().map(|rows| rows.density.clone()).unwrap_or_default();
            ([found.request.before.clone(), found.request.after.clone()], density)
        }
        None => (["one version", "another one"].map(str::to_owned), Density::default()),
    };
    let [first, second] = versions;
    DensityChart { compared: Compared::Versions { first, second }, density }
}

/// Opens the page with the settings of a session file. What a file says is only ever a query of this page.
pub fn link(loaded: &SessionLoaded) -> String {
    let query = loaded.recipe.trim_start_matches('?').replace('#', "");
    format!("?{query}{}", Route::to_section(Section::Registry).href())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
