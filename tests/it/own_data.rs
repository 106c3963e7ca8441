//! Own data from files to predictions: generated tables written as CSV and Parquet and read again are the same tables and give
//! the same models; a scenario alone, a short history and foreign ids work; broken pieces change nothing.

use crate::support::{Ticking, rest, run};
use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int32Type, Int64Type, Schema, UInt8Type};
use clv_lab::engine::schema::ColumnType;
use clv_lab::engine::table::Table;
use clv_lab::import::{Import, Source, inspect};
use clv_lab::protocol::{
    ColumnFilter, ColumnKind, Command, Condition, Event, FileChoices, ImportSummary, ObjectId, OwnDataPart,
    RegistryRequest, RunConfig, RunReport, RunScope, TableQuery, TableRequest, TrainingId,
};
use clv_lab::session::Session;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fmt::Write as _;
use std::sync::Arc;

const TODAY: i32 = 20_700;
const RAW: [ObjectId; 5] = [
    ObjectId::Profile,
    ObjectId::Transactions,
    ObjectId::Interactions,
    ObjectId::ColdstartCustomers,
    ObjectId::ColdstartStaging,
];

type File = (String, Vec<u8>);

/// A table as text, in the visitor's own dialect.
fn csv(table: &Table, delimiter: char, comma: bool, german_dates: bool) -> Vec<u8> {
    let columns = &table.schema().columns;
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let mut text = names.join(&delimiter.to_string());
    text.push_str("\r\n");
    for row in 0..table.n_rows() {
        for (idx, column) in columns.iter().enumerate() {
            if idx > 0 {
                text.push(delimiter);
            }
            let cell = table.cell(row, idx).to_string();
            match &column.kind {
                ColumnType::Cents if comma => text.push_str(&cell.replace('.', ",")),
                ColumnType::Day if german_dates && !cell.is_empty() => {
                    let (year, rest) = cell.split_once('-').unwrap();
                    let (month, day) = rest.split_once('-').unwrap();
                    write!(text, "{day}.{month}.{year}").unwrap();
                }
                _ => text.push_str(&cell),
            }
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A table as the export writes it.
fn parquet(table: &Table, compression: Compression) -> Vec<u8> {
    let widened = |kind: &ColumnType, array: &ArrayRef| -> ArrayRef {
        match kind {
            ColumnType::Id => {
                Arc::new(array.as_primitive::<Int32Type>().iter().map(|id| id.map(i64::from)).collect::<Int64Array>())
            }
            ColumnType::Cents => {
                let cents = array.as_primitive::<Int64Type>().iter().map(|cents| cents.map(i128::from));
                Arc::new(cents.collect::<Decimal128Array>().with_precision_and_scale(12, 2).unwrap())
            }
            ColumnType::Category(levels) => {
                let codes = array.as_dictionary::<UInt8Type>().keys();
                Arc::new(
                    codes
                        .iter()
                        .map(|code| code.map(|code| levels[usize::from(code)].as_str()))
                        .collect::<StringArray>(),
                )
            }
            _ => array.clone(),
        }
    };
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (column, array) in table.schema().columns.iter().zip(table.batch().columns()) {
        let array = widened(&column.kind, array);
        fields.push(Field::new(&column.name, array.data_type().clone(), column.nullable));
        arrays.push(array);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let properties =
        WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(30_000)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Reads files as guessed; the pieces and the summary.
fn import(files: &[File]) -> (Vec<OwnDataPart>, ImportSummary) {
    let mut import = Import::new(TODAY);
    for (name, bytes) in files {
        let source: Arc<dyn Source> = Arc::new(bytes.clone());
        let inspection = inspect(name, &source, &FileChoices::default(), TODAY).unwrap();
        assert_eq!(inspection.missing, Vec::<String>::new(), "{name}");
        import.read(name, &source, &inspection.plan, &mut |_, _| {}).unwrap();
    }
    let (assembled, summary) = import.finish().unwrap();
    let mut parts = Vec::new();
    let mut take = |part| {
        parts.push(part);
        Ok::<(), ()>(())
    };
    assembled.hand_over(&mut take).unwrap();
    (parts, summary)
}

fn session_with(parts: Vec<OwnDataPart>, horizon_days: u32) -> Session {
    let mut session = Session::default();
    for part in parts {
        assert_eq!(session.handle(Command::OwnData(part)), []);
    }
    let events = session.handle(Command::UseOwnData { horizon_days });
    assert!(matches!(events.as_slice(), [Event::SourceChanged(Some(_))]), "{events:?}");
    session
}

fn finished(session: &mut Session, config: RunConfig) -> (RunReport, Vec<Event>) {
    let host = Ticking::default();
    let mut events = session.handle(Command::Run(config));
    while session.has_work() {
        events.extend(session.step(&host));
    }
    let report = events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some((**report).clone()),
        _ => None,
    });
    (report.unwrap_or_else(|| panic!("the run does not finish: {events:?}")), events)
}

fn generated() -> (Session, RunReport) {
    let (session, events) = run(RunConfig::default());
    let report = events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some((**report).clone()),
        _ => None,
    });
    (session, report.unwrap())
}

fn written(session: &Session, objects: &[ObjectId], extension: &str, write: impl Fn(&Table) -> Vec<u8>) -> Vec<File> {
    let file = |object: &ObjectId| (format!("{}.{extension}", object.name()), write(&session.store().tables[object]));
    objects.iter().map(file).collect()
}

#[test]
fn generated_tables_come_back_the_same_from_csv_and_parquet_and_train_the_same_models() {
    let (session, report) = generated();
    let dialects: [(&str, Vec<File>); 4] = [
        ("plain", written(&session, &RAW, "csv", |t| csv(t, ',', false, false))),
        ("german", written(&session, &RAW, "csv", |t| csv(t, ';', true, true))),
        ("snappy", written(&session, &RAW, "parquet", |t| parquet(t, Compression::SNAPPY))),
        ("gzip", written(&session, &RAW, "parquet", |t| parquet(t, Compression::GZIP(Default::default())))),
    ];
    for (dialect, files) in dialects {
        let (parts, summary) = import(&files);
        assert_eq!((summary.n_rejected, summary.remarks), (0, Vec::<String>::new()), "{dialect}");
        let (own, _) = finished(&mut session_with(parts, 365), RunConfig::default());
        assert_eq!(own.digest_lines(), report.digest_lines(), "{dialect}");
        assert_eq!(own.source.unwrap().source.files.len(), 5);
    }
}

#[test]
fn rows_in_any_order_make_the_same_tables() {
    let (session, report) = generated();
    let backwards = |table: &Table| {
        let text = String::from_utf8(csv(table, '\t', false, false)).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        // Rows of one customer and day keep their order: nothing in the file says which came first.
        lines[1..].sort_by_key(|line| std::cmp::Reverse(line.split('\t').take(3).last().map(str::to_owned)));
        lines.join("\n").into_bytes()
    };
    let (parts, _) = import(&written(&session, &RAW[..3], "tsv", backwards));
    let (own, _) = finished(&mut session_with(parts, 365), RunConfig { scope: RunScope::Data, ..RunConfig::default() });
    for object in &RAW[..3] {
        assert_eq!(own.tables[object.name()].digest, report.tables[object.name()].digest, "{}", object.name());
    }
}

#[test]
fn each_scenario_runs_alone_and_the_other_one_is_said_to_be_absent() {
    let (session, report) = generated();
    for (objects, model, absent) in [
        (&RAW[..3], "CONTINUOUS_CLV_MODEL", ObjectId::ColdstartModel),
        (&RAW[3..], "COLDSTART_CLV_MODEL", ObjectId::ContinuousModel),
    ] {
        let (parts, _) = import(&written(&session, objects, "csv", |t| csv(t, ',', false, false)));
        let (own, events) = finished(&mut session_with(parts, 365), RunConfig::default());
        assert_eq!(own.models.keys().collect::<Vec<_>>(), [model]);
        assert_eq!(own.models[model].digest, report.models[model].digest);
        let skipped: Vec<ObjectId> = events
            .iter()
            .filter_map(|event| if let Event::ModelSkipped { model, .. } = event { Some(*model) } else { None })
            .collect();
        assert_eq!(skipped, [absent]);
        assert!(own.tables.keys().all(|name| ObjectId::by_name(name).unwrap().scenario() != absent.scenario()));
    }
}

/// 300 customers who buy every so often, with text ids, in a foreign vocabulary.
fn shop(n_days: i32) -> File {
    let mut text = "Kundennummer;Bestelldatum;Gesamtbetrag;Warengruppe\n".to_owned();
    for customer in 0..300 {
        for purchase in 0..12 {
            let day = clv_lab::engine::schema::Day(20_000 + (customer * 7 + purchase * (n_days / 12)) % n_days);
            let (year, month, date) = day.to_ymd();
            let cents = 500 + (customer * 37 + purchase * 11) % 9_000;
            let group = ["Bücher", "Möbel", "Garten"][(purchase % 3) as usize];
            writeln!(text, "K-{customer:04};{date:02}.{month:02}.{year};{},{:02} €;{group}", cents / 100, cents % 100)
                .unwrap();
        }
    }
    ("bestellungen.csv".to_owned(), text.into_bytes())
}

#[test]
fn transactions_alone_are_enough_and_customers_keep_their_names() {
    let (parts, summary) = import(&[shop(600)]);
    assert_eq!(summary.n_rejected, 0, "{:?}", summary.reasons);
    assert_eq!(summary.remarks.len(), 3, "{:?}", summary.remarks);
    let mut session = session_with(parts, 365);
    let (report, _) = finished(&mut session, RunConfig::default());
    assert_eq!(report.models.len(), 1);
    assert_eq!(report.tables["CONTINUOUS_CUSTOMERS_PROFILE"].rows, 300);
    assert_eq!(report.tables["CONTINUOUS_INTERACTIONS"].rows, 0);
    let page =
        TableRequest { request: 1, table: ObjectId::Transactions, query: TableQuery::default(), offset: 0, limit: 13 };
    let events = session.handle(Command::Page(page));
    let [Event::Page(page)] = events.as_slice() else { panic!("{events:?}") };
    let cell = |row: usize, column: usize| page.rows[row][column].clone().unwrap();
    assert_eq!([cell(0, 1), cell(12, 1)], ["K-0000", "K-0001"]);
    assert!(["Bücher", "Möbel", "Garten"].contains(&cell(0, 4).as_str()));
    assert_eq!(cell(0, 5), "1");
}

#[test]
fn customers_are_found_by_the_names_of_the_file() {
    let (parts, _) = import(&[shop(600)]);
    let mut session = session_with(parts, 365);
    let (_, events) = finished(&mut session, RunConfig { scope: RunScope::Data, ..RunConfig::default() });
    let named = events.iter().any(|event| {
        matches!(event, Event::ObjectReady(object) if object.object == ObjectId::Transactions
            && object.columns[1].kind == ColumnKind::Name)
    });
    assert!(named);
    for (low, high, first, n_rows) in [
        (Some("K-0007"), Some("K-0008"), Some("K-0007"), 24),
        (Some("K-0298"), None, Some("K-0298"), 24),
        (None, Some("K-0000"), Some("K-0000"), 12),
        (Some("K-0007a"), Some("K-0007z"), None, 0),
    ] {
        let condition = Condition::Names { low: low.map(str::to_owned), high: high.map(str::to_owned) };
        let filters = vec![ColumnFilter { column: "CUSTOMER_ID".to_owned(), condition }];
        let query = TableQuery { filters, sort: None };
        let request = TableRequest { request: 1, table: ObjectId::Transactions, query, offset: 0, limit: 50 };
        session.handle(Command::Page(request));
        let answers = rest(&mut session);
        let [Event::Page(page)] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(page.n_rows, n_rows, "{low:?} {high:?}");
        assert_eq!(page.rows.first().and_then(|row| row[1].as_deref()), first);
    }
}

#[test]
fn a_short_history_trains_with_a_shorter_horizon_only() {
    let (parts, summary) = import(&[shop(300)]);
    assert!(summary.source.last_day - summary.source.first_day < 455);
    let mut session = session_with(parts, 365);
    assert!(finished(&mut session, RunConfig::default()).0.models.is_empty());
    let changed = session.handle(Command::UseOwnData { horizon_days: 90 });
    assert!(matches!(changed.as_slice(), [Event::SourceChanged(Some(own))] if own.horizon_days == 90));
    let (report, _) = finished(&mut session, RunConfig::default());
    assert_eq!(report.models.len(), 1);
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!((&json["source"]["kind"], &json["source"]["horizon_days"]), (&"own".into(), &90.into()));
    let with_target = &session.store().tables[&ObjectId::ProfileWithTarget];
    assert!(with_target.schema().column("FUTURE_12M_LTV").unwrap().meaning.contains("90 days"));
}

#[test]
fn a_session_file_of_own_data_names_the_files_and_comes_back_with_these_only() {
    let saved = |session: &mut Session| match session.handle(Command::Registry(RegistryRequest::SaveSession)).pop() {
        Some(Event::File(file)) => file,
        other => panic!("{other:?}"),
    };
    let trained = |days: i32| {
        let (parts, _) = import(&[shop(days)]);
        let mut session = session_with(parts, 365);
        finished(&mut session, RunConfig::default());
        session
    };
    let mut session = trained(600);
    let version = TrainingId { model: ObjectId::ContinuousModel, version: "V1".to_owned() };
    let note = RegistryRequest::SetNote { version, note: "my shop".to_owned() };
    session.handle(Command::Registry(note));
    let file = saved(&mut session);
    assert_eq!(file.name, "clv-lab-own-data.clvlab");
    let note_of = |session: &Session| {
        session.store().registry.version("CONTINUOUS_CLV_MODEL", 1).map(|version| version.note.clone())
    };
    for (days, expected) in [(600, "my shop"), (601, "")] {
        let (parts, _) = import(&[shop(days)]);
        let mut other = session_with(parts, 365);
        let load = RegistryRequest::LoadSession { file: file.name.clone(), bytes: file.bytes.clone(), replaces: false };
        let events = other.handle(Command::Registry(load));
        let [Event::SessionLoaded(loaded)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((loaded.own_files.as_slice(), loaded.is_open), (&["bestellungen.csv".to_owned()][..], false));
        finished(&mut other, RunConfig::default());
        assert_eq!(note_of(&other).as_deref(), Some(expected), "{days}");
    }
}

#[test]
fn broken_pieces_are_refused_and_what_was_in_use_stays() {
    let (parts, _) = import(&[shop(600)]);
    let mut session = session_with(parts.clone(), 365);
    let refused = |events: &[Event]| matches!(events, [Event::Refused(_)]);
    assert!(refused(&session.handle(Command::UseOwnData { horizon_days: 7 })));
    // A piece without a beginning, a piece of a column that does not exist, half a value, and tables with a piece missing.
    assert!(refused(&Session::default().handle(Command::OwnData(parts[1].clone()))));
    session.handle(Command::OwnData(parts[0].clone()));
    let stray = OwnDataPart::Column { object: ObjectId::Profile, column: 99, values: vec![], present: vec![] };
    assert!(refused(&session.handle(Command::OwnData(stray))));
    session.handle(Command::OwnData(parts[0].clone()));
    let half = OwnDataPart::Column { object: ObjectId::Profile, column: 0, values: vec![1, 2, 3], present: vec![] };
    assert!(refused(&session.handle(Command::OwnData(half))));
    for part in parts[..parts.len() - 1].iter().cloned() {
        session.handle(Command::OwnData(part));
    }
    assert!(refused(&session.handle(Command::UseOwnData { horizon_days: 365 })));
    let (report, _) = finished(&mut session, RunConfig { scope: RunScope::Data, ..RunConfig::default() });
    assert_eq!(report.tables["CONTINUOUS_CUSTOMERS_PROFILE"].rows, 300);
    // A reset forgets results, not the visitor's tables; only the visitor gives these up.
    session.handle(Command::Reset);
    assert!(finished(&mut session, RunConfig { scope: RunScope::Data, ..RunConfig::default() }).0.source.is_some());
    assert_eq!(session.handle(Command::UseGenerated), [Event::SourceChanged(None)]);
    assert!(
        finished(&mut session, RunConfig { customers: 50, scope: RunScope::Data, ..RunConfig::default() })
            .0
            .source
            .is_none()
    );
}
