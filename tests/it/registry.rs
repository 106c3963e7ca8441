//! The registry through commands only: versions and what stands on them are kept and come back, disagreements wait for the reader, and
//! nothing that is kept is overwritten unseen.

use crate::support::{Ticking, rest, run};
use clv_lab::engine::registry::{Project, decode, encode};
use clv_lab::present::recipe::Recipe;
use clv_lab::protocol::{
    Command, CompareRequest, Event, FileBytes, Keeping, KeptChoice, ModelCard, ModelComparison, ObjectId, OwnFeature,
    RegisteredVersion, RegistryRequest, RegistryView, RunConfig, RunReport, TrainRequest, TrainingId,
};
use clv_lab::session::{KeeperAnswer, KeeperRequest, Memory, Record, Session};

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn config() -> RunConfig {
    RunConfig { customers: 400, ..RunConfig::default() }
}

fn id(version: &str) -> TrainingId {
    TrainingId { model: MODEL, version: version.to_owned() }
}

/// A tab of a browser: a session, and the browser's store that all tabs share.
struct Tab {
    session: Session,
    events: Vec<Event>,
}

impl Tab {
    fn new() -> Self {
        Self { session: Session::with_keeper(), events: Vec::new() }
    }

    /// Everything there is to do, the store's part included.
    fn work(&mut self, store: &mut Memory) {
        loop {
            self.events.extend(rest(&mut self.session));
            let requests = self.session.take_requests();
            if requests.is_empty() && !self.session.has_work() {
                return;
            }
            for request in requests {
                self.events.extend(self.session.answered(store.carry_out(request)));
            }
        }
    }

    fn command(&mut self, command: Command, store: &mut Memory) {
        self.events.clear();
        self.events.extend(self.session.handle(command));
        self.work(store);
    }

    fn request(&mut self, request: RegistryRequest, store: &mut Memory) {
        self.command(Command::Registry(request), store);
    }

    fn run(store: &mut Memory) -> Self {
        let mut tab = Self::new();
        tab.command(Command::Run(config()), store);
        tab
    }

    fn train(&mut self, n_estimators: u32, store: &mut Memory) {
        let request = TrainRequest {
            model: MODEL,
            engine: "hist".to_owned(),
            objective: "reg:squarederror".to_owned(),
            values: vec![("n_estimators".to_owned(), n_estimators.into())],
        };
        self.command(Command::Train(request), store);
    }

    fn view(&self) -> RegistryView {
        let views = self.events.iter().rev().find_map(|event| match event {
            Event::RegistryChanged(view) => Some((**view).clone()),
            _ => None,
        });
        views.unwrap_or_else(|| panic!("{:?}", self.events))
    }

    fn versions(&self) -> Vec<RegisteredVersion> {
        self.view().models.into_iter().find(|model| model.model == MODEL).unwrap().versions
    }

    fn version(&self, version: &str) -> RegisteredVersion {
        self.versions().into_iter().find(|known| known.version == version).unwrap()
    }

    fn refusal(&self) -> String {
        let found = self.events.iter().find_map(|event| match event {
            Event::Refused(problem) => Some(problem.to_string()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{:?}", self.events))
    }

    fn file(&self) -> FileBytes {
        match self.events.as_slice() {
            [Event::File(file)] => file.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn digest(&self, version: u32) -> String {
        self.session.store().registry.version(MODEL.name(), version).unwrap().ensemble.digest().to_string()
    }
}

/// What is kept of the only project.
fn kept(store: &mut Memory) -> (String, Record) {
    let KeeperAnswer::Listed(Ok(listed)) = store.carry_out(KeeperRequest::List) else { panic!() };
    let [project] = listed.as_slice() else { panic!("{listed:?}") };
    let key = project.key.clone();
    let KeeperAnswer::Fetched { found: Ok(Some(record)), .. } =
        store.carry_out(KeeperRequest::Fetch { key: key.clone() })
    else {
        panic!()
    };
    (key, record)
}

fn n_kept(store: &mut Memory) -> usize {
    let KeeperAnswer::Listed(Ok(listed)) = store.carry_out(KeeperRequest::List) else { panic!() };
    listed.len()
}

/// Puts bytes in the place of what is kept.
fn overwrite(store: &mut Memory, bytes: Vec<u8>) {
    let (key, record) = kept(store);
    let title = "another".to_owned();
    store.carry_out(KeeperRequest::Keep { key, title, replaces: record.revision, bytes });
}

/// A store that keeps V2 of the configuration: a note, tags and an alias on it, and promoted.
fn store_with_a_version() -> (Memory, Tab) {
    let mut store = Memory::default();
    let mut tab = Tab::run(&mut store);
    tab.train(3, &mut store);
    let tag = |key: &str, value: &str| RegistryRequest::SetTag {
        version: id("V2"),
        key: key.to_owned(),
        value: value.to_owned(),
    };
    for request in [
        tag("owner", "ana"),
        RegistryRequest::SetNote { version: id("V2"), note: "three trees".to_owned() },
        RegistryRequest::SetAlias { version: id("V1"), alias: "Challenger".to_owned() },
        RegistryRequest::Promote(id("V2")),
    ] {
        tab.request(request, &mut store);
    }
    (store, tab)
}

fn report(events: &[Event]) -> &RunReport {
    let report = events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(&**report),
        _ => None,
    });
    report.unwrap()
}

#[test]
fn the_same_configuration_brings_back_what_was_kept_and_no_digest_knows_of_it() {
    let (mut store, first) = store_with_a_version();
    let again = Tab::run(&mut store);
    assert_eq!(again.session.store().registry, first.session.store().registry);
    assert_eq!(again.digest(2), first.digest(2));
    let (v1, v2) = (again.version("V1"), again.version("V2"));
    assert_eq!((v2.is_default, v2.note.as_str(), v2.tags[0].1.as_str()), (true, "three trees", "ana"));
    assert_eq!((v1.aliases, v2.aliases), (vec!["challenger".to_owned()], vec!["champion".to_owned()]));
    let view = again.view();
    assert_eq!((view.keeping, view.undo), (Keeping::Browser, None));
    assert_eq!(view.remarks, ["1 kept version was brought back."]);
    let ready = again.events.iter().position(|e| matches!(e, Event::TrainingReady(t) if t.version == "V2")).unwrap();
    let shown = again.events.iter().rposition(|e| matches!(e, Event::RegistryChanged(_))).unwrap();
    assert!(ready < shown, "a version is told before the view that names it");
    let (_, plain) = run(config());
    let lines = report(&again.events).digest_lines();
    assert_eq!(lines, report(&plain).digest_lines());
    assert_eq!(report(&again.events).models[MODEL.name()].version, "V1");
    let mut other = Tab::new();
    other.command(Command::Run(RunConfig { seed: 43, ..config() }), &mut store);
    assert_eq!(other.versions().len(), 1, "another configuration is another project");
    assert_eq!(n_kept(&mut store), 1, "a run alone keeps nothing");
}

#[test]
fn changes_are_undone_and_done_again_by_name_and_every_state_is_kept() {
    let (mut store, mut tab) = store_with_a_version();
    let name = MODEL.name();
    assert_eq!(tab.view().undo, Some(format!("promote V2 of {name}")));
    tab.request(RegistryRequest::RollBack(MODEL), &mut store);
    assert!(tab.version("V1").is_default);
    tab.request(RegistryRequest::Delete(id("V2")), &mut store);
    assert_eq!((tab.versions().len(), tab.view().undo), (1, Some(format!("delete V2 of {name}"))));
    assert_eq!(Tab::run(&mut store).versions().len(), 1, "what was deleted stays deleted");
    tab.request(RegistryRequest::Undo, &mut store);
    assert!(matches!(&tab.events[0], Event::TrainingReady(training) if training.version == "V2"));
    assert_eq!(tab.version("V2").note, "three trees");
    assert_eq!(tab.view().redo, Some(format!("delete V2 of {name}")));
    for _ in 0..5 {
        tab.request(RegistryRequest::Undo, &mut store);
    }
    let v2 = tab.version("V2");
    assert_eq!((v2.note.as_str(), v2.tags, tab.view().undo), ("", Vec::new(), None));
    tab.request(RegistryRequest::Undo, &mut store);
    assert!(tab.refusal().contains("Nothing was changed"));
    for _ in 0..6 {
        tab.request(RegistryRequest::Redo, &mut store);
    }
    assert_eq!((tab.versions().len(), tab.view().redo), (1, None));
    tab.train(4, &mut store);
    assert_eq!(tab.versions()[1].version, "V3", "a number is used once");
}

#[test]
fn what_may_not_be_done_is_refused_with_what_to_do() {
    let (mut store, mut tab) = store_with_a_version();
    let alias = |alias: &str| RegistryRequest::SetAlias { version: id("V1"), alias: alias.to_owned() };
    for (request, words) in [
        (RegistryRequest::Delete(id("V2")), "promote another version first"),
        (RegistryRequest::Delete(id("V1")), "the same configuration makes it again"),
        (RegistryRequest::Promote(id("V9")), "no version V9"),
        (RegistryRequest::SetDefault(id("latest")), "no version V0"),
        (alias("V7"), "choose another word"),
        (alias("last"), "choose another word"),
        (alias("a b"), "begins with a letter"),
        (RegistryRequest::Redo, "Nothing was undone"),
        (RegistryRequest::Settle(KeptChoice::Kept), "nothing to choose"),
        (RegistryRequest::ExportKept, "Save the session instead"),
    ] {
        let before = tab.session.store().registry.clone();
        tab.request(request, &mut store);
        assert!(tab.refusal().contains(words), "{}", tab.refusal());
        assert_eq!(tab.session.store().registry, before);
    }
    let mut empty = Tab::new();
    for request in [RegistryRequest::Promote(id("V1")), RegistryRequest::SaveSession, RegistryRequest::Card(id("V1"))] {
        empty.request(request, &mut store);
        empty.refusal();
    }
    let host = Ticking::default();
    let mut running = Session::with_keeper();
    running.handle(Command::Run(config()));
    running.step(&host);
    let refused = running.handle(Command::Registry(RegistryRequest::Undo));
    assert!(matches!(refused.as_slice(), [Event::Refused(problem)] if problem.why.contains("running")));
}

/// What another configuration keeps, under the key of this one: as if the code had changed in between.
fn store_of_other_code(other: RunConfig) -> Memory {
    let (mut store, tab) = store_with_a_version();
    let mut elsewhere = Memory::default();
    let mut foreign = Tab::new();
    foreign.command(Command::Run(other), &mut elsewhere);
    foreign.train(5, &mut elsewhere);
    foreign
        .request(RegistryRequest::SetNote { version: id("V1"), note: "before the change".to_owned() }, &mut elsewhere);
    let foreign = decode(&kept(&mut elsewhere).1.bytes).unwrap();
    let project = decode(&kept(&mut store).1.bytes).unwrap();
    drop(tab);
    let bytes = encode(&Project { registry: foreign.registry, ..project }).unwrap();
    overwrite(&mut store, bytes);
    store
}

#[test]
fn changed_code_is_reported_and_the_model_before_goes_on_under_another_number() {
    let mut store = store_of_other_code(RunConfig { seed: 43, ..config() });
    let mut tab = Tab::run(&mut store);
    let fresh = run(config()).0.store().models[&MODEL].ensemble.digest().to_string();
    assert_eq!(tab.digest(1), fresh, "V1 is the run's");
    let versions = tab.versions();
    assert_eq!(versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["V1", "V2", "V3"]);
    assert_eq!(versions[2].note, "before the change");
    assert_eq!(versions.iter().map(|v| v.is_of_other_data).collect::<Vec<_>>(), [false, true, true]);
    let remarks = tab.view().remarks;
    assert!(remarks.iter().any(|remark| remark.contains("whose V1 is now V3")), "{remarks:?}");
    assert!(remarks.iter().any(|remark| remark.contains("V2, V3 stood on other data")), "{remarks:?}");
    tab.request(RegistryRequest::Delete(id("V3")), &mut store);
    assert_eq!(Tab::run(&mut store).versions().len(), 2, "what was put together is kept so");
}

#[test]
fn a_version_of_other_columns_is_shown_and_does_not_serve() {
    let own = OwnFeature { name: "SPEND_A_DAY".to_owned(), formula: "MONETARY_TOTAL / 365".to_owned() };
    let mut store = store_of_other_code(RunConfig { features: vec![own], ..config() });
    let mut tab = Tab::run(&mut store);
    let v2 = tab.version("V2");
    assert!(v2.is_of_other_data && v2.unfit.as_ref().unwrap().contains("columns"), "{v2:?}");
    tab.request(RegistryRequest::Promote(id("V2")), &mut store);
    assert!(tab.refusal().contains("cannot serve"));
    let compare = CompareRequest { model: MODEL, before: "V1".to_owned(), after: "V2".to_owned() };
    tab.command(Command::Compare(compare), &mut store);
    let found = comparison(&tab);
    assert!(found.rows.is_err());
    assert!(found.inputs.iter().any(|change| change.name == "SPEND_A_DAY" && change.before.is_none()));
}

#[test]
fn damaged_newer_and_foreign_bytes_are_offered_and_never_overwritten_unasked() {
    let (mut store, _) = store_with_a_version();
    let (_, good) = kept(&mut store);
    let flipped = |at: usize| {
        let mut bytes = good.bytes.clone();
        bytes[at] ^= 16;
        bytes
    };
    for (bytes, words) in [
        (flipped(good.bytes.len() / 2), "damaged"),
        (good.bytes[..good.bytes.len() - 1].to_vec(), "its end is missing"),
        (b"something else".to_vec(), "does not begin like one"),
    ] {
        overwrite(&mut store, bytes.clone());
        let mut tab = Tab::run(&mut store);
        let said = tab.events.iter().filter(|event| matches!(event, Event::NotKept(_))).count();
        assert_eq!(said, 1);
        match tab.view().keeping {
            Keeping::Suspended { why, is_readable: false } => assert!(why.contains(words), "{why}"),
            other => panic!("{other:?}"),
        }
        tab.train(2, &mut store);
        assert_eq!(kept(&mut store).1.bytes, bytes, "it is not overwritten");
        tab.request(RegistryRequest::ExportKept, &mut store);
        assert_eq!(tab.file().bytes, bytes);
        tab.request(RegistryRequest::Settle(KeptChoice::Kept), &mut store);
        assert!(tab.refusal().contains("cannot be read"));
        tab.request(RegistryRequest::Settle(KeptChoice::Present), &mut store);
        assert_eq!(tab.view().keeping, Keeping::Browser);
        let project = decode(&kept(&mut store).1.bytes).unwrap();
        assert_eq!(project.registry, tab.session.store().registry);
    }
}

#[test]
fn two_tabs_do_not_overwrite_each_other() {
    for choice in [KeptChoice::Kept, KeptChoice::Present] {
        let mut store = Memory::default();
        let (mut one, mut other) = (Tab::run(&mut store), Tab::run(&mut store));
        one.train(2, &mut store);
        other.train(3, &mut store);
        match other.view().keeping {
            Keeping::Suspended { why, is_readable: true } => assert!(why.contains("Another tab"), "{why}"),
            held => panic!("{held:?}"),
        }
        other.train(4, &mut store);
        let kept_by_one = decode(&kept(&mut store).1.bytes).unwrap();
        assert_eq!(kept_by_one.registry, one.session.store().registry);
        let mine = other.session.store().registry.clone();
        other.request(RegistryRequest::Settle(choice), &mut store);
        assert_eq!(other.view().keeping, Keeping::Browser);
        let expected = if choice == KeptChoice::Kept { kept_by_one.registry } else { mine };
        assert_eq!(other.session.store().registry, expected);
        other.request(RegistryRequest::SetNote { version: id("V2"), note: "on".to_owned() }, &mut store);
        assert_eq!(decode(&kept(&mut store).1.bytes).unwrap().registry, other.session.store().registry);
    }
}

#[test]
fn without_a_store_one_sentence_is_said_and_versions_last_as_long_as_the_page() {
    let mut session = Session::with_keeper();
    let mut events = session.handle(Command::Run(config()));
    let fail = |session: &mut Session, events: &mut Vec<Event>| {
        events.extend(rest(session));
        for request in session.take_requests() {
            let why = "the browser refused its storage".to_owned();
            let answer = match request {
                KeeperRequest::Fetch { key } => KeeperAnswer::Fetched { key, found: Err(why) },
                KeeperRequest::Keep { key, .. } => KeeperAnswer::Kept { key, outcome: Err(why) },
                KeeperRequest::List => KeeperAnswer::Listed(Err(why)),
                KeeperRequest::Remove { .. } => KeeperAnswer::Removed(Err(why)),
            };
            events.extend(session.answered(answer));
        }
        events.extend(rest(session));
    };
    fail(&mut session, &mut events);
    let mut tab = Tab { session, events };
    let mut unused = Memory::default();
    tab.train(2, &mut unused);
    tab.request(RegistryRequest::SetNote { version: id("V2"), note: "kept in memory".to_owned() }, &mut unused);
    match tab.view().keeping {
        Keeping::Memory { why } => assert_eq!(why, "The browser refused its storage."),
        other => panic!("{other:?}"),
    }
    tab.command(Command::Reset, &mut unused);
    tab.command(Command::Run(config()), &mut unused);
    assert_eq!(tab.version("V2").note, "kept in memory");
    assert_eq!(n_kept(&mut unused), 0);
}

#[test]
fn a_full_store_loses_nothing_that_was_trained() {
    let mut store = Memory::default();
    let mut tab = Tab::run(&mut store);
    tab.train(2, &mut store);
    tab.events = tab.session.handle(Command::Registry(RegistryRequest::Promote(id("V2"))));
    let [KeeperRequest::Keep { key, .. }] = &tab.session.take_requests()[..] else { panic!() };
    let full = KeeperAnswer::Kept { key: key.clone(), outcome: Err("the space is used up".to_owned()) };
    tab.events = tab.session.answered(full);
    let said: Vec<_> = tab.events.iter().filter(|event| matches!(event, Event::NotKept(_))).collect();
    assert_eq!(said.len(), 1);
    assert!(matches!(tab.view().keeping, Keeping::Memory { .. }));
    tab.command(Command::Run(config()), &mut store);
    assert!(tab.version("V2").is_default, "memory has the last state");
}

#[test]
fn a_late_answer_is_taken_over_unless_something_was_changed_meanwhile() {
    let (mut store, _) = store_with_a_version();
    for changes in [false, true] {
        let mut session = Session::with_keeper();
        let mut events = session.handle(Command::Run(config()));
        let requests = session.take_requests();
        events.extend(rest(&mut session));
        let mut tab = Tab { session, events };
        assert_eq!((tab.view().keeping, tab.versions().len()), (Keeping::Opening, 1));
        if changes {
            tab.events = tab
                .session
                .handle(Command::Registry(RegistryRequest::SetNote { version: id("V1"), note: "early".to_owned() }));
            assert!(tab.session.take_requests().is_empty(), "nothing is written over what was not read");
        }
        for request in requests {
            let answer = store.carry_out(request);
            tab.events.extend(tab.session.answered(answer));
        }
        match (changes, tab.view().keeping) {
            (false, Keeping::Browser) => assert_eq!(tab.version("V2").note, "three trees"),
            (true, Keeping::Suspended { is_readable: true, .. }) => assert_eq!(tab.version("V1").note, "early"),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_change_that_waits_for_an_earlier_write_is_kept_when_a_run_begins() {
    let (mut store, mut tab) = store_with_a_version();
    for note in ["first", "second"] {
        let note = RegistryRequest::SetNote { version: id("V2"), note: note.to_owned() };
        tab.session.handle(Command::Registry(note));
    }
    let requests = tab.session.take_requests();
    assert_eq!(requests.len(), 1, "one write at a time");
    tab.session.handle(Command::Run(config()));
    for request in requests.into_iter().chain(tab.session.take_requests()) {
        let answer = store.carry_out(request);
        tab.session.answered(answer);
    }
    tab.work(&mut store);
    assert_eq!(tab.version("V2").note, "second");
}

#[test]
fn a_cancelled_run_gives_up_no_kept_version() {
    let (mut store, first) = store_with_a_version();
    let mut tab = Tab::new();
    tab.session.handle(Command::Run(config()));
    for request in tab.session.take_requests() {
        let answer = store.carry_out(request);
        assert!(tab.session.answered(answer).is_empty());
    }
    tab.session.step(&Ticking::default());
    tab.command(Command::Cancel, &mut store);
    assert_eq!(tab.events.last(), Some(&Event::RunCancelled));
    assert_eq!(tab.session.store().registry, first.session.store().registry);
}

fn comparison(tab: &Tab) -> ModelComparison {
    match tab.events.as_slice() {
        [Event::Compared(found)] => (**found).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_versions_are_compared_on_the_same_rows() {
    let (mut store, mut tab) = store_with_a_version();
    let compare = |before: &str, after: &str| {
        Command::Compare(CompareRequest { model: MODEL, before: before.to_owned(), after: after.to_owned() })
    };
    tab.command(compare("V1", "V2"), &mut store);
    let found = comparison(&tab);
    let names: Vec<&str> = found.facts.iter().map(|change| change.name.as_str()).collect();
    for differs in ["n_estimators", "Trees", "Leaves", "Model digest", "Source"] {
        assert!(names.contains(&differs), "{differs} is missing from {names:?}");
    }
    // Both were trained on the same rows, by the same engine and code.
    assert!(!names.iter().any(|name| ["Engine", "Objective", "Seed", "Code"].contains(name)), "{names:?}");
    assert!(found.inputs.is_empty());
    let rows = found.rows.unwrap();
    let session_store = tab.session.store();
    let dataset = &session_store.datasets[&MODEL.scenario()];
    let test = dataset.matrix(&dataset.parts[2]).unwrap();
    let [before, after] = [1, 2]
        .map(|number| session_store.registry.version(MODEL.name(), number).unwrap().ensemble.predict(&test).unwrap());
    let sizes: Vec<f64> = before.iter().zip(&after).map(|(a, b)| (f64::from(*b) - f64::from(*a)).abs()).collect();
    assert_eq!(rows.n_rows as usize, sizes.len());
    assert_eq!(rows.largest_size, sizes.iter().copied().fold(0.0, f64::max));
    assert_eq!(rows.largest_size, (rows.customers[0].after - rows.customers[0].before).abs());
    let counted = rows.differences.counts.iter().sum::<u64>() + rows.differences.n_above;
    assert_eq!(counted, rows.n_rows, "every row is in a bin");
    let metrics = session_store.registry.version(MODEL.name(), 2).unwrap().card.metrics[2];
    assert_eq!((rows.scores[1].r2, rows.scores[1].rmse), (metrics.r2, metrics.rmse));
    tab.command(compare("V2", "V2"), &mut store);
    let same = comparison(&tab);
    let rows = same.rows.unwrap();
    assert_eq!((same.facts.len(), rows.n_equal, rows.customers.len()), (0, rows.n_rows, 0));
    tab.command(compare("V2", "V9"), &mut store);
    assert!(tab.refusal().contains("one of both versions"));
}

#[test]
fn a_card_says_what_a_version_was_made_of() {
    let (mut store, mut tab) = store_with_a_version();
    tab.request(RegistryRequest::Card(id("V2")), &mut store);
    let [Event::Card(card)] = tab.events.as_slice() else { panic!("{:?}", tab.events) };
    let card = card.clone();
    let ModelCard { facts, inputs, sample, predictions, document, .. } = &*card;
    let fact = |name: &str| facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let session_store = tab.session.store();
    let digest = session_store.table_reports["CONTINUOUS_TRAINING_DATA_WITH_TARGET"].digest.as_str();
    assert_eq!(fact("Training set digest"), Some(digest));
    assert_eq!((fact("Engine"), fact("n_estimators"), fact("Seed")), (Some("hist"), Some("3"), Some("42")));
    for view in ["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES", "DERIVED_FEATURES"] {
        assert!(fact(view).is_some_and(|mark| mark.starts_with("V1 ")), "{view}");
    }
    assert_eq!(inputs[0], ("AGE_GROUP".to_owned(), "STRING".to_owned(), inputs[0].2.clone()));
    assert!(sample.len() == predictions.len() && sample.iter().all(|row| row.len() == inputs.len()));
    tab.command(Command::Document { name: document.clone() }, &mut store);
    let [Event::Document(found)] = tab.events.as_slice() else { panic!("{:?}", tab.events) };
    let json: serde_json::Value = serde_json::from_str(&found.text).unwrap();
    assert_eq!(
        (&json["version"], &json["default"], &json["tags"]["owner"]),
        (&"V2".into(), &true.into(), &"ana".into())
    );
    assert_eq!(json["sample"][0]["PREDICTED_12M_LTV"].as_f64().map(|x| x as f32), Some(predictions[0] as f32));
    let run = tab.session.handle(Command::Document { name: format!("models/{}.card.json", MODEL.name()) });
    assert!(matches!(run.as_slice(), [Event::Document(_)]));
}

#[test]
fn a_session_file_goes_on_elsewhere() {
    let (mut store, mut tab) = store_with_a_version();
    tab.request(RegistryRequest::SaveSession, &mut store);
    let file = tab.file();
    assert_eq!(file.name, "clv-lab-42.clvlab");
    assert!(file.bytes.len() < 1_000_000, "{}", file.bytes.len());
    let load = |bytes: &[u8], replaces| RegistryRequest::LoadSession {
        file: file.name.clone(),
        bytes: bytes.to_vec(),
        replaces,
    };
    let mut elsewhere = Memory::default();
    let mut other = Tab::new();
    other.request(load(&file.bytes, false), &mut elsewhere);
    let [Event::SessionLoaded(loaded)] = other.events.as_slice() else { panic!("{:?}", other.events) };
    assert!(!loaded.is_open && loaded.own_files.is_empty());
    let recipe = Recipe::parse(&loaded.recipe);
    assert_eq!((recipe.config.clone(), recipe.starts, recipe.notices.len()), (config(), true, 0));
    other.command(Command::Run(recipe.config), &mut elsewhere);
    assert_eq!(other.session.store().registry, tab.session.store().registry);
    other.request(load(&file.bytes, false), &mut elsewhere);
    assert!(matches!(other.events.last(), Some(Event::SessionLoaded(loaded)) if loaded.is_open));
    other.train(2, &mut elsewhere);
    other.request(load(&file.bytes, false), &mut elsewhere);
    assert!(other.refusal().contains("other versions"));
    let mut third = Tab::new();
    third.request(load(&file.bytes, false), &mut elsewhere);
    assert!(third.refusal().contains("other versions"), "what is kept is not overwritten either");
    third.request(load(&file.bytes, true), &mut elsewhere);
    assert!(matches!(third.events.as_slice(), [Event::SessionLoaded(_)]));
    other.request(load(&file.bytes, true), &mut elsewhere);
    assert_eq!(other.session.store().registry, tab.session.store().registry);
    other.request(load(&file.bytes[..100], true), &mut elsewhere);
    assert!(other.refusal().contains("its end is missing"));
}

#[test]
fn kept_projects_are_listed_and_forgotten() {
    let (mut store, mut tab) = store_with_a_version();
    tab.request(RegistryRequest::ListProjects, &mut store);
    let [Event::Projects(projects)] = tab.events.as_slice() else { panic!("{:?}", tab.events) };
    assert_eq!((projects.len(), projects[0].is_open), (1, true));
    assert_eq!(projects[0].title, "seed=42 customers=400 trials=20 run=all");
    let key = projects[0].key.clone();
    tab.request(RegistryRequest::ForgetProject { key }, &mut store);
    assert_eq!(tab.events, [Event::Projects(Vec::new())]);
    assert_eq!(tab.session.store().registry.model(MODEL.name()).unwrap().versions().len(), 2, "the screen keeps it");
    tab.request(RegistryRequest::RollBack(MODEL), &mut store);
    assert_eq!(n_kept(&mut store), 1, "the next change keeps it again");
}
