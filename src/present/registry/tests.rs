//! Tests of the registry as the page shows it.

use super::*;
use crate::present::charts::Style;
use crate::present::lab::tests::training;
use crate::present::state::{AppState, News};
use crate::protocol::{ChangedCustomer, Density, Event, Histogram, Problem};

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn id(version: &str) -> TrainingId {
    TrainingId { model: MODEL, version: version.to_owned() }
}

/// V1 is the run's, default and champion; V2 is a challenger of other columns; V3 has nothing.
fn view() -> RegistryView {
    let version = |name: &str, aliases: &[&str]| RegisteredVersion {
        version: name.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        source: "trained by form".to_owned(),
        ..RegisteredVersion::default()
    };
    let versions = vec![
        RegisteredVersion {
            is_default: true,
            stays: Some("V1 is the run's own model".to_owned()),
            created_ms: Some(1_750_000_000_000.0),
            ..version("V1", &["champion"])
        },
        RegisteredVersion { unfit: Some("it has other columns".to_owned()), ..version("V2", &["challenger", "x"]) },
        version("V3", &[]),
    ];
    let models = vec![RegisteredModel { model: MODEL, versions, served_before: None }];
    RegistryView { models, undo: Some("promote V3".to_owned()), keeping: Keeping::Browser, ..RegistryView::default() }
}

fn registry() -> Registry {
    Registry { view: Arc::new(view()), ..Registry::default() }
}

fn disabled(fields: &[Field]) -> Vec<(&str, bool, &str)> {
    fields.iter().map(|field| (field.id.as_str(), field.is_disabled, field.note.as_str())).collect()
}

#[test]
fn a_button_that_cannot_be_pressed_says_why() {
    let registry = registry();
    assert_eq!(
        disabled(&registry.actions(&id("V1"))),
        [
            ("promote", true, "V1 serves already."),
            ("serve", true, "V1 serves already."),
            ("delete", true, "V1 is the run's own model.")
        ]
    );
    let unfit = "V2 cannot serve: it has other columns.";
    let of_v2 = registry.actions(&id("V2"));
    assert_eq!(disabled(&of_v2), [("promote", true, unfit), ("serve", true, unfit), ("delete", false, "")]);
    assert!(registry.actions(&id("V3")).iter().all(|field| !field.is_disabled));
    assert!(registry.actions(&id("V9")).is_empty());
    let history = registry.history(MODEL);
    assert_eq!(history.iter().map(|f| f.label.as_str()).collect::<Vec<_>>(), ["Roll back", "Undo: promote V3", "Redo"]);
    assert_eq!(history.iter().map(|f| f.is_disabled).collect::<Vec<_>>(), [true, false, true]);
    assert!(registry.settling().is_empty());
}

#[test]
fn every_button_is_a_command() {
    let registry = registry();
    let held =
        RegistryView { keeping: Keeping::Suspended { why: "It is damaged.".to_owned(), is_readable: false }, ..view() };
    let held = Registry { view: Arc::new(held), ..Registry::default() };
    assert_eq!(disabled(&held.settling())[0], ("use-kept", true, "It cannot be read."));
    let fields = [registry.actions(&id("V3")), registry.history(MODEL), held.settling()].concat();
    for field in &fields {
        assert!(matches!(request(&id("V3"), &field.id, ""), Some(Command::Registry(_))), "{}", field.id);
    }
    let tag = RegistryRequest::SetTag { version: id("V3"), key: "owner".to_owned(), value: "a=b".to_owned() };
    assert_eq!(request(&id("V3"), "tag", "owner=a=b"), Some(Command::Registry(tag)));
    let compare = CompareRequest { model: MODEL, before: "V1".to_owned(), after: "V3".to_owned() };
    assert_eq!(request(&id("V1"), "compare", "V3"), Some(Command::Compare(compare)));
    assert_eq!(request(&id("V1"), "other", ""), None);
}

#[test]
fn chips_begin_with_the_default_and_origins_tell_the_minute() {
    let registry = registry();
    let labels = |version: &str| -> Vec<String> {
        chips(registry.version(&id(version)).unwrap()).into_iter().map(|chip| chip.label).collect()
    };
    assert_eq!(labels("V1"), ["default", "champion"]);
    assert_eq!(labels("V2"), ["challenger", "x"]);
    assert_eq!(origin(registry.version(&id("V1")).unwrap()), "trained by form, 2025-06-15 15:06 UTC");
    assert_eq!(origin(registry.version(&id("V3")).unwrap()), "trained by form");
}

fn compared(n_equal: u64) -> ComparedRows {
    let split = |r2, rmse, mape| SplitMetrics {
        split: "test".to_owned(),
        rmse,
        mae: 50.0,
        r2,
        mape,
        rows: 4,
        mape_excluded: 0,
    };
    ComparedRows {
        scores: [split(0.5, 90.0, None), split(0.6, 100.0, None)],
        n_rows: 4,
        n_equal,
        correlation: Some(0.98),
        mean_difference: 1.0,
        mean_size: 2.5,
        median_size: 2.0,
        largest_size: 7.0,
        differences: Histogram::default(),
        density: Density::default(),
        customers: vec![ChangedCustomer { customer: "17".to_owned(), actual: 90.0, before: 10.0, after: 17.0 }],
    }
}

#[test]
fn the_better_score_is_named_and_ties_are_not() {
    let request = CompareRequest { model: MODEL, before: "V1".to_owned(), after: "V3".to_owned() };
    let found = scores(&request, &compared(1));
    let better: Vec<&str> = found.rows.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(better, ["V3", "V1", "–", "–"], "more R² is better, less error is better");
    assert_eq!(found.rows[0][..3], ["R²", "0.500", "0.600"]);
    assert_eq!(changed_customers(&request, &compared(1)).rows[0].len(), 5);
    let facts = [FactChange { name: "max_depth".to_owned(), before: None, after: Some("6".to_owned()) }];
    assert_eq!(changes(&request, &facts).rows, [["max_depth", "–", "6"]]);
    assert!(apart_in_words(&compared(1)).contains("1 are equal"));
    assert!(apart_in_words(&compared(4)).contains("to the bit"));
}

#[test]
fn a_metric_across_versions_has_a_row_for_each() {
    let list: Vec<_> = ["V1", "V2"].map(|version| Arc::new(training(version, "hist", None, 4.0))).to_vec();
    let found = across(&registry(), &list, MODEL, 0);
    let rows: Vec<_> = found.rows.iter().map(|row| (row.name.as_str(), row.values[2], row.texts[2].as_str())).collect();
    assert_eq!(
        rows,
        [("V1 (champion)", Some(0.5), "0.500"), ("V2 (challenger, x)", Some(0.5), "0.500"), ("V3", None, "–")]
    );
    assert_eq!(across(&registry(), &list, MODEL, 3).rows[0].texts[2], "–");
    assert!(across(&registry(), &list, ObjectId::ColdstartModel, 0).is_empty());
    let better = |nth| {
        let row = |name: &str, test| MetricRow {
            name: name.to_owned(),
            values: vec![None, None, test],
            texts: vec![String::new(); 3],
        };
        across_in_words(&[row("V1", Some(2.0)), row("V2", None), row("V3", Some(3.0)), row("V4", Some(f64::NAN))], nth)
    };
    let style = Style { width_px: 400.0, height_px: found.height_px(), scale: 1.0, ..Style::default() };
    let tops: Vec<f64> = found.marks(&style).iter().map(|mark| mark.y).collect();
    assert!(tops.is_sorted_by(|a, b| a < b) && tops.len() == 3, "{tops:?}");
    assert!(better(0).contains("V3 has the best") && better(1).contains("V1 has the best"));
}

#[test]
fn the_table_of_versions_says_what_to_know_before_reading_its_figures() {
    let list = vec![Arc::new(training("V1", "hist", None, 4.0))];
    let found = rows(&registry(), &list, &Choice::default());
    assert_eq!(found.iter().map(|row| row.is_open).collect::<Vec<_>>(), [true, false, false], "the default is open");
    assert_eq!(found[1].remark.as_deref(), Some("Cannot serve: it has other columns."));
    assert_eq!((found[0].figures[0].as_str(), found[2].figures[2].as_str()), ("0.500", "–"));
}

#[test]
fn a_carried_alias_is_put_once() {
    let (registry, mut choice) = (registry(), Choice::default());
    assert_eq!(choice.act(&registry, "put", "V3"), None, "nothing is carried");
    assert_eq!(choice.act(&registry, "carry", "champion"), None);
    assert_eq!(choice.carried.as_deref(), Some("champion"));
    choice.act(&registry, "carry", "champion");
    assert_eq!(choice.carried, None, "pressing it again puts it back");
    choice.act(&registry, "carry", "champion");
    let put = RegistryRequest::SetAlias { version: id("V3"), alias: "champion".to_owned() };
    assert_eq!(choice.act(&registry, "put", "V3"), Some(Command::Registry(put)));
    assert_eq!(choice.act(&registry, "put", "V3"), None);
}

#[test]
fn what_was_typed_is_sent_for_the_open_version_and_then_forgotten() {
    let (registry, mut choice) = (registry(), Choice::default());
    choice.act(&registry, "version", "V2");
    for (field, text) in [("key", " owner "), ("value", "a=b"), ("alias", "best"), ("note", "Try it.")] {
        assert_eq!(choice.act(&registry, field, text), None);
    }
    let is_off = |choice: &Choice| choice.marks(&registry).iter().map(|field| field.is_disabled).collect::<Vec<_>>();
    assert!(is_off(&choice).into_iter().all(|off| !off));
    let tag = RegistryRequest::SetTag { version: id("V2"), key: "owner".to_owned(), value: "a=b".to_owned() };
    assert_eq!(choice.act(&registry, "set-tag", ""), Some(Command::Registry(tag)));
    let alias = RegistryRequest::SetAlias { version: id("V2"), alias: "best".to_owned() };
    assert_eq!(choice.act(&registry, "set-alias", ""), Some(Command::Registry(alias)));
    let note = RegistryRequest::SetNote { version: id("V2"), note: "Try it.".to_owned() };
    assert_eq!(choice.act(&registry, "set-note", ""), Some(Command::Registry(note)));
    assert_eq!(is_off(&choice), [false, true, false, false, true, false, true]);
    assert_eq!(choice.act(&registry, "set-note", ""), None);
}

#[test]
fn the_page_asks_for_a_card_or_a_comparison() {
    let (registry, mut choice) = (registry(), Choice::default());
    let card = |version: &str| Some(Command::Registry(RegistryRequest::Card(id(version))));
    assert_eq!(choice.question(&registry, Some(Section::Registry)), card("V1"));
    choice.act(&registry, "version", "V9");
    assert_eq!(choice.question(&registry, Some(Section::Registry)), card("V1"), "one that is gone gives way");
    let compare = |before: &str, after: &str| {
        let request = CompareRequest { model: MODEL, before: before.to_owned(), after: after.to_owned() };
        Some(Command::Compare(request))
    };
    assert_eq!(choice.question(&registry, Some(Section::Compare)), compare("V1", "V3"));
    choice.act(&registry, "before", "V3");
    choice.act(&registry, "after", "V3");
    assert_eq!(choice.question(&registry, Some(Section::Compare)), compare("V3", "V2"), "never a version with itself");
    assert_eq!(choice.question(&registry, None), None);
    choice.act(&registry, ObjectId::ColdstartModel.name(), "");
    assert_eq!(choice.question(&registry, Some(Section::Compare)), None);
    assert!(choice.pair(&registry).is_empty() && choice.marks(&registry).is_empty());
}

#[test]
fn a_session_files_settings_are_only_ever_a_query() {
    let of = |recipe: &str| {
        link(&SessionLoaded { title: String::new(), recipe: recipe.to_owned(), own_files: Vec::new(), is_open: false })
    };
    assert_eq!(of("?seed=42&run=all"), "?seed=42&run=all#/evaluate/registry");
    assert_eq!(of("javascript:alert(1)#x"), "?javascript:alert(1)x#/evaluate/registry");
}

#[test]
fn a_deleted_version_leaves_the_list_and_comes_back_in_its_place() {
    let mut state = AppState::default();
    let tell = |state: &mut AppState, event| state.apply(News::Worker(event));
    let versions = |state: &AppState| -> Vec<String> {
        state.lab.of(MODEL).iter().map(|training| training.version.clone()).collect()
    };
    let ready = |version: &str| Event::TrainingReady(Box::new(training(version, "hist", Some(1.0), 4.0)));
    for version in ["V1", "V2", "V3", "V10"] {
        tell(&mut state, ready(version));
    }
    assert_eq!(versions(&state).len(), 4, "before the first view every version counts");
    tell(&mut state, Event::RegistryChanged(Box::new(view())));
    assert_eq!(versions(&state), ["V1", "V2", "V3"]);
    let mut without = view();
    without.models[0].versions.remove(1);
    tell(&mut state, Event::RegistryChanged(Box::new(without)));
    assert_eq!(versions(&state), ["V1", "V3"]);
    tell(&mut state, ready("V2"));
    tell(&mut state, Event::RegistryChanged(Box::new(view())));
    assert_eq!(versions(&state), ["V1", "V2", "V3"]);
    tell(&mut state, Event::NotKept(Problem::new("Not kept.", "The space is used up.", "Free some.")));
    assert_eq!(state.notices.last().unwrap().text, "Not kept. The space is used up. Free some.");
    tell(&mut state, Event::RunStarted { config: crate::protocol::RunConfig::default(), stages: Vec::new() });
    assert_eq!((versions(&state).len(), state.registry.view.models.len()), (0, 0));
}

#[test]
fn where_changes_go_is_said_in_a_sentence() {
    assert_eq!(keeping(&Keeping::Nothing), "");
    let memory = Keeping::Memory { why: "The browser refused.".to_owned() };
    assert_eq!(keeping(&memory), "Changes last until the page is closed. The browser refused.");
    let loaded = |files: &[&str], is_open| SessionLoaded {
        title: "seed 42".to_owned(),
        recipe: "?seed=42".to_owned(),
        own_files: files.iter().map(|file| (*file).to_owned()).collect(),
        is_open,
    };
    assert!(after_loading(&loaded(&[], false)).contains("run the pipeline"));
    assert!(after_loading(&loaded(&["orders.csv"], false)).contains("Open orders.csv again"));
    assert!(after_loading(&loaded(&[], true)).contains("is open"));
    let kept =
        KeptProject { key: String::new(), title: "seed 42".to_owned(), bytes: 61_000, saved_ms: 0.0, is_open: true };
    assert_eq!(project(&kept), format!("seed 42 (open): {}", format::bytes(61_000)));
}
