//! The page Own data from its news alone.

use super::*;
use crate::protocol::{DateRange, ObjectId, OwnTable, TextFormat};

fn inspection(table: OwnTable, missing: &[&str]) -> Box<Inspection> {
    let format = TextFormat {
        encoding: Encoding::Utf8,
        delimiter: ',',
        header: true,
        decimal: DecimalMark::Point,
        dates: DateOrder::DayFirst,
    };
    Box::new(Inspection {
        kind: "CSV".to_owned(),
        is_text: true,
        plan: FilePlan { table, format, mapping: vec![Some(0)] },
        remarks: vec![],
        columns: vec![],
        targets: vec![],
        preview: vec![],
        missing: missing.iter().map(|&name| name.to_owned()).collect(),
    })
}

fn source(tables: &[ObjectId], first_day: i32, last_day: i32) -> OwnSource {
    let tables = tables.iter().map(|object| (*object, 5)).collect();
    OwnSource { files: vec![], tables, first_day, last_day, dates: DateRange::default() }
}

/// Answers every question about files.
fn looked_at(page: &mut OwnData, table: OwnTable, missing: &[&str]) {
    while let Some(request @ Request::Inspect(..)) = page.next_request() {
        page.apply(FileNews::Sent(request));
        page.apply(FileNews::Reader(IoEvent::Inspected { inspection: inspection(table, missing) }));
    }
}

fn with_files(n_files: u32) -> OwnData {
    let mut page = OwnData::default();
    page.apply(FileNews::Added((1..=n_files).map(|id| (id, format!("{id}.csv"), 100)).collect()));
    page
}

fn problem() -> Problem {
    Problem::new("It broke.", "Because.", "Do this.")
}

fn reading() -> OwnData {
    let mut page = with_files(1);
    looked_at(&mut page, OwnTable::Transactions, &[]);
    page.apply(FileNews::ReadAsked);
    let request = page.next_request().unwrap();
    page.apply(FileNews::Sent(request));
    page
}

fn summary() -> Box<ImportSummary> {
    let source = source(&[ObjectId::Transactions], 0, 500);
    Box::new(ImportSummary { source, remarks: vec![], n_rejected: 0, reasons: vec![], rejections: vec![] })
}

#[test]
fn files_are_looked_at_one_after_the_other_and_then_read_together() {
    let mut page = with_files(2);
    let first = page.next_request().unwrap();
    assert!(matches!(first, Request::Inspect(1, _)));
    page.apply(FileNews::Sent(first));
    assert_eq!(page.next_request(), None, "one request at a time");
    assert!(page.blocked().unwrap().contains("1.csv"));
    page.apply(FileNews::Reader(IoEvent::Inspected { inspection: inspection(OwnTable::Transactions, &[]) }));
    looked_at(&mut page, OwnTable::Interactions, &[]);
    assert_eq!(page.blocked(), None);
    page.apply(FileNews::ReadAsked);
    let Some(Request::Import(plans)) = page.next_request() else { panic!("nothing is read") };
    assert_eq!(
        plans.iter().map(|(id, plan)| (*id, plan.table)).collect::<Vec<_>>(),
        [(1, OwnTable::Transactions), (2, OwnTable::Interactions)]
    );
}

#[test]
fn what_stands_in_the_way_is_said_and_nothing_is_read() {
    for (table, missing, words) in
        [(OwnTable::Transactions, vec!["AMOUNT"], "AMOUNT"), (OwnTable::Customers, vec![], "transactions")]
    {
        let mut page = with_files(1);
        looked_at(&mut page, table, &missing);
        assert!(page.blocked().unwrap().contains(words));
        page.apply(FileNews::ReadAsked);
        assert!(!page.is_reading() && page.next_request().is_none());
    }
    assert!(OwnData::default().blocked().is_some());
}

#[test]
fn a_choice_asks_again_and_what_was_read_no_longer_holds() {
    let mut page = reading();
    page.apply(FileNews::Reader(IoEvent::Imported { summary: summary() }));
    assert!(page.held && matches!(page.phase, Phase::Read(_)));
    page.apply(FileNews::Decided(1, About::Header, "data".to_owned()));
    let choices = FileChoices { header: Some(false), ..FileChoices::default() };
    assert!(!page.held && page.phase == Phase::Choosing);
    assert_eq!(page.next_request(), Some(Request::Inspect(1, choices)));
    assert!(page.files[0].seen.is_some(), "the earlier look stays on the screen");
}

#[test]
fn a_broken_file_and_a_lost_reader_keep_everything_else() {
    let mut page = with_files(2);
    for (id, news) in
        [(1, FileNews::Reader(IoEvent::Failed(problem()))), (2, FileNews::Lost("out of memory".to_owned()))]
    {
        let request = page.next_request().unwrap();
        assert!(matches!(request, Request::Inspect(asked, _) if asked == id));
        page.apply(FileNews::Sent(request));
        page.apply(news);
    }
    assert_eq!(page.files[0].problem, Some(problem()));
    assert!(page.files[1].problem.as_ref().unwrap().why.contains("out of memory"));
    page.apply(FileNews::Removed(1));
    assert_eq!(page.files.len(), 1);
    let mut page = reading();
    page.apply(FileNews::Lost("it stopped".to_owned()));
    assert!(matches!(page.phase, Phase::Failed(_)));
    assert!(page.files[0].seen.is_some() && page.blocked().is_none(), "it can be read again");
}

#[test]
fn a_cancelled_reading_can_begin_again_and_hears_nothing_of_the_first() {
    let mut page = reading();
    let progress = IoEvent::Progress { what: "Reading".to_owned(), done_bytes: 1, total_bytes: 2, rows: 3 };
    page.apply(FileNews::Reader(progress.clone()));
    assert!(matches!(page.phase, Phase::Reading { rows: 3, .. }));
    page.apply(FileNews::Cancelled);
    page.apply(FileNews::Reader(progress));
    page.apply(FileNews::Reader(IoEvent::Imported { summary: summary() }));
    assert_eq!(page.phase, Phase::Choosing);
    page.apply(FileNews::ReadAsked);
    assert!(matches!(page.next_request(), Some(Request::Import(_))));
}

#[test]
fn what_became_pointless_is_given_up_and_the_rest_is_not() {
    let mut page = with_files(2);
    let first = page.next_request().unwrap();
    page.apply(FileNews::Sent(first));
    assert!(!page.is_made_pointless(&FileNews::Removed(2)));
    assert!(page.is_made_pointless(&FileNews::Removed(1)));
    page.apply(FileNews::Removed(1));
    assert!(matches!(page.next_request(), Some(Request::Inspect(2, _))));
    let mut page = reading();
    let more = FileNews::Added(vec![(9, "9.csv".to_owned(), 1)]);
    assert!(page.is_made_pointless(&more));
    page.apply(more);
    assert!(!page.is_reading() && matches!(page.next_request(), Some(Request::Inspect(9, _))));
}

#[test]
fn short_data_is_offered_shorter_windows() {
    let long = |days| source(&[ObjectId::Transactions], 0, days);
    assert_eq!(horizons(&long(455)), [365, 180, 90]);
    assert_eq!(horizons(&long(454)), [180, 90]);
    assert_eq!(horizons(&long(180)), [90]);
    assert_eq!(horizons(&long(179)), Vec::<u32>::new());
    assert_eq!(about_horizon(&long(455)), None);
    assert!(about_horizon(&long(454)).unwrap().contains("180 days at most"));
    assert!(about_horizon(&long(10)).unwrap().contains("no model"));
    assert_eq!(about_horizon(&source(&[ObjectId::ColdstartCustomers], 0, 10)), None);
}

#[test]
fn the_line_about_the_source_says_what_is_absent() {
    let both = source(&[ObjectId::Transactions, ObjectId::ColdstartCustomers], 0, 500);
    assert!(!about_source(&both, 365).contains("absent"));
    assert!(about_source(&both, 90).contains("90 days"));
    assert!(about_source(&source(&[ObjectId::Transactions], 0, 500), 365).contains("Cold-start objects are absent"));
    assert!(
        about_source(&source(&[ObjectId::ColdstartCustomers], 0, 5), 365).contains("established customers are absent")
    );
}

#[test]
fn every_option_of_every_list_is_understood_and_shown_as_chosen() {
    let mut page = with_files(1);
    looked_at(&mut page, OwnTable::Transactions, &[]);
    let seen = page.files[0].seen.clone().unwrap();
    let selects = format_selects(&seen);
    assert_eq!(selects.len(), 6);
    for select in selects {
        assert!(select.options.iter().any(|(key, _)| *key == select.chosen), "{}", select.label);
        for (key, _) in &select.options {
            let mut file = page.files[0].clone();
            file.decide(select.about, key);
            assert_ne!(file.choices, FileChoices::default(), "{} {key}", select.label);
        }
    }
}

#[test]
fn a_column_is_chosen_without_touching_the_others_and_another_table_begins_anew() {
    let mut page = with_files(1);
    looked_at(&mut page, OwnTable::Transactions, &[]);
    let mut seen = (**page.files[0].seen.as_ref().unwrap()).clone();
    seen.plan.mapping = vec![Some(0), Some(1), None];
    page.files[0].seen = Some(Arc::new(seen));
    page.apply(FileNews::Decided(1, About::Column(2), "4".to_owned()));
    page.apply(FileNews::Decided(1, About::Column(0), String::new()));
    assert_eq!(page.files[0].choices.mapping, Some(vec![None, Some(1), Some(4)]));
    page.apply(FileNews::Decided(1, About::Dates, "month".to_owned()));
    assert!(page.files[0].choices.mapping.is_some());
    page.apply(FileNews::Decided(1, About::Table, "interactions".to_owned()));
    assert_eq!((page.files[0].choices.table, &page.files[0].choices.mapping), (Some(OwnTable::Interactions), &None));
}
