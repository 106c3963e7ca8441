//! Files as they come: every dialect, every lie about a kind, hostile sizes, and noise. Whatever comes in ends in tables or in a
//! sentence.

use super::*;
use crate::protocol::{FileChoices, Inspection, OwnDataPart};
use proptest::prelude::*;

const TODAY: i32 = 20_700;

fn source(bytes: &[u8]) -> Arc<dyn Source> {
    Arc::new(bytes.to_vec())
}

fn look(name: &str, bytes: &[u8]) -> Result<Inspection, ImportError> {
    inspect(name, &source(bytes), &FileChoices::default(), TODAY)
}

/// Reads one file as guessed.
fn read(name: &str, bytes: &[u8]) -> Result<(Vec<OwnDataPart>, ImportSummary), ImportError> {
    let plan = look(name, bytes)?.plan;
    let mut import = Import::new(TODAY);
    import.read(name, &source(bytes), &plan, &mut |_, _| {})?;
    let (assembled, summary) = import.finish()?;
    let mut parts = Vec::new();
    let handed: Result<(), ()> = assembled.hand_over(|part| {
        parts.push(part);
        Ok(())
    });
    assert_eq!(handed, Ok(()));
    Ok((parts, summary))
}

fn column(parts: &[OwnDataPart], object: crate::protocol::ObjectId, wanted: u32) -> Vec<u8> {
    let of = |part: &OwnDataPart| match part {
        OwnDataPart::Column { object: o, column, values, .. } if *o == object && *column == wanted => values.clone(),
        _ => Vec::new(),
    };
    parts.iter().flat_map(of).collect()
}

fn cents(parts: &[OwnDataPart]) -> Vec<i64> {
    let bytes = column(parts, crate::protocol::ObjectId::Transactions, 3);
    bytes.as_chunks::<8>().0.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect()
}

const SHOP: &str = "customer_id,order_date,total\n1,2024-01-05,10.50\n2,2024-02-06,7\n1,2024-03-07,\"1,234.56\"\n";

#[test]
fn one_shop_in_every_dialect_gives_the_same_cents() {
    let german = "Kunde;Datum;Betrag\r\n1;05.01.2024;10,50 €\r\n2;06.02.2024;7\r\n1;07.03.2024;1.234,56\r\n";
    let american = "Client\tInvoice Date\tRevenue\n1\t1/5/2024\t$10.50\n2\t2/6/2024\t$7\n1\t3/27/2024\t$1,234.56\n";
    let bars =
        "user id|day|amount|note\n1|20240105|10.5|\"a|b\"\n2|20240206|7.00|\n1|20240307|1234.56|\"two\nlines\"\n";
    let nameless = "1,2024-01-05T10:00:00Z,10.50\n2,2024-02-06 11:00,7.00\n1,2024-03-07,1234.56\n";
    let utf16: Vec<u8> = "\u{FEFF}".encode_utf16().chain(german.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = german.chars().map(|c| if c == '€' { 0x80 } else { c as u8 }).collect();
    let with_mark = [b"\xEF\xBB\xBF".as_slice(), SHOP.as_bytes()].concat();
    for bytes in [
        SHOP.as_bytes(),
        german.as_bytes(),
        american.as_bytes(),
        bars.as_bytes(),
        nameless.as_bytes(),
        &utf16,
        &latin,
        &with_mark,
    ] {
        let (parts, summary) =
            read("orders.csv", bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)));
        assert_eq!(cents(&parts), [1_050, 123_456, 700], "{}", String::from_utf8_lossy(bytes));
        assert_eq!(summary.n_rejected, 0);
    }
}

#[test]
fn guesses_are_stated_where_they_are_open() {
    let open = look("orders.csv", b"id,date,amount\n1,03/04/2024,5.00\n2,05/06/2024,6.00\n").unwrap();
    assert_eq!(open.plan.format.dates, DateOrder::MonthFirst);
    assert!(
        open.remarks.iter().any(|remark| remark.contains("03/04/2024") && remark.contains("month first")),
        "{:?}",
        open.remarks
    );
    let decided = look("orders.csv", b"id,date,amount\n1,03/04/2024,5.00\n2,25/06/2024,6.00\n").unwrap();
    assert_eq!((decided.plan.format.dates, decided.remarks.len()), (DateOrder::DayFirst, 0));
    let grouped = look("orders.csv", b"id;date;amount\n1;2024-03-04;1.234\n").unwrap();
    assert_eq!(grouped.plan.format.decimal, DecimalMark::Comma);
    assert!(grouped.remarks.iter().any(|remark| remark.contains("1.234")));
}

#[test]
fn tables_are_told_apart_by_their_columns() {
    for (name, header, row, table) in [
        ("a.csv", "customer_id,order_date,amount,category,qty", "1,2024-01-01,5.00,x,1", OwnTable::Transactions),
        ("b.csv", "user_id,timestamp,event", "1,2024-01-01,click", OwnTable::Interactions),
        ("c.csv", "customer_id,signup_date,age,region", "1,2024-01-01,18-24,x", OwnTable::Customers),
        (
            "d.csv",
            "customer_id,signup_date,channel,device,visits,ltv",
            "1,2024-01-01,seo,mobile,3,99.50",
            OwnTable::ColdStart,
        ),
    ] {
        let seen = look(name, format!("{header}\n{row}\n").as_bytes()).unwrap();
        assert_eq!((seen.plan.table, seen.missing), (table, vec![]), "{header}");
    }
}

#[test]
fn a_choice_goes_before_a_guess() {
    let choices = FileChoices {
        table: Some(OwnTable::Interactions),
        mapping: Some(vec![Some(2), Some(1), None]),
        dates: Some(DateOrder::MonthFirst),
        ..FileChoices::default()
    };
    let seen = inspect("orders.csv", &source(SHOP.as_bytes()), &choices, TODAY).unwrap();
    assert_eq!((seen.plan.table, seen.plan.mapping), (OwnTable::Interactions, vec![Some(2), Some(1), None]));
    assert_eq!(seen.plan.format.dates, DateOrder::MonthFirst);
    let wild = FileChoices { mapping: Some(vec![Some(99); 5]), delimiter: Some('x'), ..FileChoices::default() };
    assert_eq!(inspect("orders.csv", &source(SHOP.as_bytes()), &wild, TODAY).unwrap().plan.format.delimiter, ',');
}

#[test]
fn rows_that_cannot_be_read_are_listed_with_line_column_and_reason() {
    let text = "customer,date,amount\n1,2024-01-01,5.00\n2,2024-01-01,-5.00\n3,2024-13-01,5.00\n,2024-01-01,5.00\n5,9999-12-31,5.00\n\
                6,0001-01-01,5.00\n7,2024-01-01,1e308\n8,2024-01-01,NaN\n9,2024-01-01\n10,2024-01-01,0\n11,2024-01-01,abc\n\n\
                12,2024-01-01,5.00,more\n13,2024-01-01,6.00,,\n";
    let (parts, summary) = read("orders.csv", text.as_bytes()).unwrap();
    assert_eq!(cents(&parts), [500, 600]);
    let said: Vec<(u64, &str, &str)> = summary
        .rejections
        .iter()
        .map(|r| (r.line, r.column.as_str(), r.reason.split([':', ',', ';']).next().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            (3, "AMOUNT", "is negative"),
            (4, "TRANSACTION_DATE", "is a day that does not exist"),
            (5, "CUSTOMER_ID", "is empty"),
            (6, "TRANSACTION_DATE", "is after today"),
            (7, "TRANSACTION_DATE", "is before 1950-01-01"),
            (8, "AMOUNT", "is more than 10000000"),
            (9, "AMOUNT", "is empty"),
            (10, "", "the row has another number of columns than the first one"),
            (11, "AMOUNT", "is zero"),
            (12, "AMOUNT", "is no amount with the chosen decimal mark"),
            (14, "", "the row has another number of columns than the first one"),
        ]
    );
    assert_eq!(summary.n_rejected, 11);
    assert_eq!(summary.reasons.iter().map(|count| count.rows).sum::<u64>(), 11);
}

#[test]
fn lines_are_counted_across_quotes_blank_lines_and_carriage_returns() {
    let text = "customer,date,amount,note\r\n1,2024-01-01,5.00,\"a\r\nb\"\r\n\r\n2,2024-01-01,x,\r\n";
    let (_, summary) = read("orders.csv", text.as_bytes()).unwrap();
    assert_eq!(summary.rejections.iter().map(|r| r.line).collect::<Vec<_>>(), [5]);
}

#[test]
fn a_text_that_is_not_what_it_claims_is_refused_where_it_stands() {
    let mut late: Vec<u8> = b"customer,date,amount,category\n".to_vec();
    for row in 0..200_000 {
        late.extend_from_slice(format!("{row},2024-01-01,5.00,x\n").as_bytes());
    }
    late.extend_from_slice(b"7,2024-01-01,5.00,Stra\xDFe\n");
    let plan = FilePlan {
        format: TextFormat { encoding: Encoding::Utf8, ..PLAIN },
        ..look("orders.csv", &late).unwrap().plan
    };
    let mut import = Import::new(TODAY);
    import.read("orders.csv", &source(&late), &plan, &mut |_, _| {}).unwrap();
    let (_, summary) = import.finish().unwrap();
    assert_eq!((summary.n_rejected, summary.rejections[0].line), (1, 200_002));
    assert!(summary.rejections[0].reason.contains("UTF-8"));
}

#[test]
fn other_kinds_of_files_are_named() {
    let zip = |inside: &str| [b"PK\x03\x04\x14\x00\x00\x00".as_slice(), inside.as_bytes(), &[0; 64]].concat();
    for (bytes, word) in [
        (zip("[Content_Types].xml"), "XLSX"),
        (zip("mimetypeapplication/vnd.oasis.opendocument"), "OpenDocument"),
        (zip("a.csv"), "ZIP"),
        (b"%PDF-1.7 ".to_vec(), "PDF"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "PNG"),
        (b"\x1F\x8B\x08".to_vec(), "gzip"),
        (b"  <!DOCTYPE html><html>".to_vec(), "web page"),
        (b"\xEF\xBB\xBF<html>".to_vec(), "web page"),
        (b"<?xml version".to_vec(), "XML"),
        (b"{\"a\": 1}".to_vec(), "JSON"),
        (b"SQLite format 3\0".to_vec(), "SQLite"),
        (b"\xD0\xCF\x11\xE0".to_vec(), "XLS"),
        (vec![], "empty"),
        (b"a\0b\0\0\0c,d,e\n".to_vec(), "zero bytes"),
        (b"customer,date,amount\n".to_vec(), "no rows"),
        (b"PAR1PAR1".to_vec(), "Parquet"),
        (b"PAR1".to_vec(), "Parquet"),
    ] {
        let error = look("data.csv", &bytes).unwrap_err();
        assert!(error.to_string().contains(word), "{error} does not name {word}");
        let problem = error.problem(Some("data.csv"));
        assert!(problem.what.contains("data.csv") && !problem.remedy.is_empty());
    }
}

#[test]
fn hostile_sizes_end_in_a_sentence() {
    let long = [b"a,b\n".as_slice(), &vec![b'x'; 3_000_000]].concat();
    assert_eq!(look("long.csv", &long), Err(ImportError::LongLine { line: 2 }));
    let unclosed = format!(
        "customer,date,amount\n1,2024-01-01,5.00\n2,2024-01-01,\"5.00\n{}",
        "3,2024-01-01,5.00\n".repeat(100_000)
    );
    assert_eq!(look("unclosed.csv", unclosed.as_bytes()), Err(ImportError::LongLine { line: 3 }));
    let short = &unclosed[..600];
    let (_, summary) = read("unclosed.csv", short.as_bytes()).unwrap();
    assert!(
        summary.rejections[0].line == 3 && summary.rejections[0].reason.contains("decimal"),
        "{:?}",
        summary.rejections
    );
    let wide = vec![b','; 20_000];
    assert!(matches!(look("wide.csv", &wide), Err(ImportError::Columns { .. })));
    let many_ids: String = (0..=limits::CUSTOMERS).map(|id| format!("k{id},2024-01-01,5.00\n")).collect();
    assert!(matches!(read("many.csv", many_ids.as_bytes()), Err(ImportError::TooMany { what: "customers", .. })));
    let all_wrong = format!("customer,date,amount\n{}", "1,2024-01-01,-5.00\n".repeat(2_000));
    let Err(ImportError::NothingLeft { reason }) = read("refunds.csv", all_wrong.as_bytes()) else {
        panic!("rows were read")
    };
    assert!(reason.contains("AMOUNT is negative"));
}

#[test]
fn only_the_first_rejections_are_kept_and_all_are_counted() {
    let text = format!("customer,date,amount\n1,2024-01-01,5.00\n{}", "1,2024-01-01,-5.00\n".repeat(5_000));
    let (_, summary) = read("orders.csv", text.as_bytes()).unwrap();
    assert_eq!((summary.n_rejected, summary.rejections.len()), (5_000, limits::REJECTIONS));
}

#[test]
fn cold_start_customers_wait_without_a_target_and_know_nothing_after_day_30() {
    use crate::protocol::ObjectId;
    let text = "customer_id,signup_date,channel,first_purchase_date,first_purchase_amount,ltv\n\
                a,2023-01-01,SEO,2023-01-05,20.00,100.00\nb,2023-01-02,word of mouth,2023-06-01,30.00,80.00\nc,2025-01-01,ppc,,,\na,2023-02-01,seo,,,1.00\n";
    let (parts, summary) = read("new_customers.csv", text.as_bytes()).unwrap();
    let rows: Vec<u64> = summary.source.tables.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(rows, [2, 1]);
    assert_eq!(summary.n_rejected, 1, "a customer has one row");
    let days = column(&parts, ObjectId::ColdstartCustomers, 8);
    assert_eq!(days.as_chunks::<8>().0.iter().map(|c| i64::from_le_bytes(*c)).collect::<Vec<_>>(), [4, 0]);
    let OwnDataPart::Begin(head) = &parts[0] else { panic!("no head") };
    let channels = head.levels.iter().find(|own| own.column == "ACQUISITION_CHANNEL").unwrap();
    assert_eq!(channels.levels.last().map(String::as_str), Some("word of mouth"));
    assert!(summary.remarks.iter().any(|remark| remark.contains("1 first purchases")), "{:?}", summary.remarks);
    assert!(summary.remarks.iter().any(|remark| remark.contains("SEO = organic_search")));
}

#[test]
fn parts_that_lack_transactions_or_targets_are_refused_together() {
    assert_eq!(read("events.csv", b"user,time,event\n1,2024-01-01,click\n").unwrap_err(), ImportError::NoTransactions);
    let waiting = b"customer_id,signup_date,channel,device,visits\n1,2024-01-01,seo,mobile,1\n";
    assert_eq!(read("coldstart.csv", waiting).unwrap_err(), ImportError::NoTarget);
}

/// A small Parquet file.
fn parquet_bytes() -> Vec<u8> {
    use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
    let columns: [(&str, ArrayRef); 3] = [
        ("customer", Arc::new(StringArray::from(vec!["x", "y", "x"]))),
        ("date", Arc::new(Date32Array::from(vec![Some(19_000), Some(19_001), None]))),
        ("amount", Arc::new(Float64Array::from(vec![1.5, 2.25, 3.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let properties = ::parquet::file::properties::WriterProperties::builder()
        .set_compression(::parquet::basic::Compression::SNAPPY)
        .build();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_is_read_with_its_nulls_and_refused_when_cut() {
    let bytes = parquet_bytes();
    let (parts, summary) = read("orders.parquet", &bytes).unwrap();
    assert_eq!(cents(&parts), [150, 225]);
    assert_eq!((summary.rejections[0].line, summary.rejections[0].column.as_str()), (3, "TRANSACTION_DATE"));
    for length in [0, 4, 8, 100, bytes.len() - 1] {
        assert!(look("orders.parquet", &bytes[..length]).is_err(), "{length} bytes");
    }
}

/// Looking and reading must end in a table or in a sentence.
fn must_end(bytes: &[u8]) {
    for table in OwnTable::ALL {
        let choices = FileChoices { table: Some(table), ..FileChoices::default() };
        let Ok(seen) = inspect("x.csv", &source(bytes), &choices, TODAY) else { continue };
        let mut import = Import::new(TODAY);
        if import.read("x.csv", &source(bytes), &seen.plan, &mut |_, _| {}).is_ok()
            && let Ok((assembled, _)) = import.finish()
        {
            let handed: Result<(), ()> = assembled.hand_over(|_| Ok(()));
            assert!(handed.is_ok());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn noise_ends_in_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        must_end(&bytes);
    }

    #[test]
    fn texts_of_cells_end_in_a_table_or_a_sentence(cells in prop::collection::vec(
        prop::sample::select(vec!["1", "2024-01-05", "05.01.2024", "1,5", "\"", "\"a\"", "-", "", "é", "1e9", "\u{feff}", "NULL", "31/12/99", "99999999999", "\r\n"]), 0..120),
        width in 1usize..7, delimiter in prop::sample::select(vec![",", ";", "\t", "|"])) {
        let text: Vec<String> = cells.chunks(width).map(|row| row.join(delimiter)).collect();
        must_end(text.join("\n").as_bytes());
    }

    #[test]
    fn a_mutated_shop_ends_in_a_table_or_a_sentence(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = SHOP.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        must_end(&bytes);
    }

    #[test]
    fn a_mutated_parquet_file_ends_in_a_table_or_a_sentence(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = parquet_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        must_end(&bytes);
    }

    #[test]
    fn cells_of_any_text_are_read_or_refused(text in ".{0,40}") {
        for mark in [DecimalMark::Point, DecimalMark::Comma] {
            for dates in [DateOrder::DayFirst, DateOrder::MonthFirst] {
                let format = TextFormat { decimal: mark, dates, ..PLAIN };
                let raw = value::Raw::of_bytes(text.as_bytes());
                let _ = (raw.day(&format, TODAY), raw.cents(&format), raw.whole(&format), raw.text());
            }
        }
    }
}
