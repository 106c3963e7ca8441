//! Rows that somebody gives: a purchase, a customer, a file of rows. Each text is checked, and what does not fit is refused with its place, what is
//! wrong and what to write; a file is taken whole or not at all.

use super::look::customer_named;
use crate::engine::live::{LiveError, NewInteraction, NewPurchase, World, day_of};
use crate::engine::schema::{Column, ColumnType, Day, TableSchema, levels, tables};
use crate::engine::table::{ColumnData, Table, Values};
use crate::protocol::{CustomerForm, Problem, PurchaseForm, is_day};
use crate::session::store::Store;
use csv_core::{ReadRecordResult, ReaderBuilder};
use std::collections::BTreeMap;

/// More than this is no batch any more.
const MOST_ROWS: usize = 100_000;
/// Ten million dollars.
const MOST_CENTS: i64 = 1_000_000_000;
const MOST_ITEMS: i64 = 10_000;
/// Events of earlier days than this before today are taken for slips.
const MOST_DAYS_AGO: i32 = 3_650;

fn refuse(why: String, remedy: &str) -> Problem {
    Problem::new("Nothing was loaded.", &why, remedy)
}

/// Texts by column, with where they stand for a sentence.
struct Cells<'a> {
    cells: BTreeMap<&'a str, &'a str>,
    place: String,
}

impl Cells<'_> {
    fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |text| text.trim())
    }

    fn wrong(&self, column: &str, expected: &str) -> Problem {
        let text = self.text(column);
        let found = if text.is_empty() { "is empty".to_owned() } else { format!("is {text:?}") };
        refuse(format!("{}{column} {found}, and must be {expected}.", self.place), "Correct it, then load it again.")
    }

    fn whole(&self, column: &str, (least, most): (i64, i64)) -> Result<i64, Problem> {
        let parsed = self.text(column).parse().ok().filter(|value| (least..=most).contains(value));
        parsed.ok_or_else(|| self.wrong(column, &format!("a whole number from {least} to {most}")))
    }

    /// Dollars with at most two decimals, as cents.
    fn cents(&self, column: &str) -> Result<i64, Problem> {
        let text = self.text(column).trim_start_matches('$');
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_digits =
            |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        let cents = match (is_digits(whole), part.len(), part.is_empty() || is_digits(part)) {
            (true, 0..=2, true) => {
                let part: i64 = format!("{part:0<2}").parse().unwrap_or_default();
                whole.parse::<i64>().ok().map(|whole| 100 * whole + part)
            }
            _ => None,
        };
        cents
            .filter(|cents| (0..=MOST_CENTS).contains(cents))
            .ok_or_else(|| self.wrong(column, "dollars such as 34.50"))
    }

    fn day(&self, column: &str, today: i32) -> Result<i32, Problem> {
        let day = parse_day(self.text(column)).filter(|day| (today - MOST_DAYS_AGO..=today).contains(day));
        day.ok_or_else(|| self.wrong(column, &format!("a day up to {}, written YYYY-MM-DD", Day(today))))
    }

    fn level(&self, column: &str, levels: &[impl AsRef<str>]) -> Result<u8, Problem> {
        let at = levels.iter().position(|level| level.as_ref() == self.text(column));
        at.map(|at| at as u8).ok_or_else(|| {
            let names: Vec<&str> = levels.iter().map(AsRef::as_ref).collect();
            self.wrong(column, &format!("one of {}", names.join(", ")))
        })
    }

    fn customer(&self, store: &Store) -> Result<i32, Problem> {
        customer_named(store, self.text(tables::CUSTOMER_ID))
            .ok_or_else(|| self.wrong(tables::CUSTOMER_ID, "the number of a customer"))
    }

    fn id(&self, column: &str) -> Result<Option<i32>, Problem> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        self.whole(column, (1, i64::from(i32::MAX) - 1)).map(|id| Some(id as i32))
    }
}

fn parse_day(text: &str) -> Option<i32> {
    if !is_day(text) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i32>().ok();
    Some(Day::from_ymd(part(0..4)?, part(5..7)?, part(8..10)?).0)
}

fn categories(world: &World) -> Result<Vec<String>, Problem> {
    match world.transactions_schema().and_then(|schema| schema.column("PRODUCT_CATEGORY")).map(|column| &column.kind) {
        Some(ColumnType::Category(levels)) => Ok(levels.clone()),
        _ => Err(refuse(
            "There are no purchases in this simulation.".to_owned(),
            "Run the pipeline with both scenarios.",
        )),
    }
}

fn new_purchase(cells: &Cells, world: &World, store: &Store) -> Result<NewPurchase, Problem> {
    let today = day_of(world.now());
    Ok(NewPurchase {
        id: cells.id("TRANSACTION_ID")?,
        customer_id: cells.customer(store)?,
        day: if cells.text("TRANSACTION_DATE").is_empty() { today } else { cells.day("TRANSACTION_DATE", today)? },
        amount_cents: cells.cents("AMOUNT")?,
        category: cells.level("PRODUCT_CATEGORY", &categories(world)?)?,
        quantity: cells.whole("QUANTITY", (1, MOST_ITEMS))?,
    })
}

fn new_interaction(cells: &Cells, world: &World, store: &Store) -> Result<NewInteraction, Problem> {
    let today = day_of(world.now());
    Ok(NewInteraction {
        id: cells.id("INTERACTION_ID")?,
        customer_id: cells.customer(store)?,
        day: if cells.text("EVENT_DATE").is_empty() { today } else { cells.day("EVENT_DATE", today)? },
        event_type: cells.level("EVENT_TYPE", levels::EVENT_TYPE)?,
    })
}

pub(super) fn purchase(form: &PurchaseForm, world: &mut World, store: &Store) -> Result<(), Problem> {
    let cells = Cells {
        cells: BTreeMap::from([
            (tables::CUSTOMER_ID, form.customer_id.as_str()),
            ("AMOUNT", &form.amount),
            ("PRODUCT_CATEGORY", &form.category),
            ("QUANTITY", &form.quantity),
            ("TRANSACTION_DATE", &form.day),
        ]),
        place: String::new(),
    };
    let row = new_purchase(&cells, world, store)?;
    world.load_purchases("a purchase by hand", &[row])?;
    Ok(())
}

pub(super) fn customer(form: &CustomerForm, world: &mut World) -> Result<(), Problem> {
    let cells = form.values.iter().map(|(column, text)| (column.as_str(), text.as_str())).collect();
    let rows = customers(&[Cells { cells, place: String::new() }], world)?;
    world.load_customers("a customer by hand", &rows)?;
    Ok(())
}

/// Rows of COLDSTART_CUSTOMERS_STAGING.
fn customers(rows: &[Cells], world: &World) -> Result<Table, Problem> {
    let (Some(schema), Some(next)) = (world.staging_schema(), world.next_customer_id()) else {
        return Err(refuse(
            "There are no new customers in this simulation.".to_owned(),
            "Run the pipeline with both scenarios.",
        ));
    };
    let today = day_of(world.now());
    let mut next_id = next;
    let mut ids = Vec::new();
    for cells in rows {
        let id = cells.id(tables::CUSTOMER_ID)?;
        ids.push(id.unwrap_or(next_id));
        next_id = next_id.max(ids.last().copied().unwrap_or_default() + 1);
    }
    let signups = rows.iter().map(|cells| signup(cells, today)).collect::<Result<Vec<i32>, _>>()?;
    let columns = schema.columns.iter().map(|column| match column.name.as_str() {
        tables::CUSTOMER_ID => Ok(Values::Ids(ids.clone()).into()),
        tables::SIGNUP_DATE => Ok(Values::Days(signups.clone()).into()),
        "FIRST_PURCHASE_DATE" => {
            let days = rows
                .iter()
                .zip(&signups)
                .map(|(cells, &signup)| Ok(first_purchase(cells)?.map(|days| signup + days as i32)));
            Ok(ColumnData::optional_days(days.collect::<Result<_, Problem>>()?))
        }
        _ => typed(column, rows),
    });
    let columns = columns.collect::<Result<Vec<ColumnData>, Problem>>()?;
    Table::new(TableSchema::clone(schema), columns).map_err(|error| LiveError::from(error).into())
}

/// 30 days ago, or as it is written: in staging customers are from day 30 to day 90.
fn signup(cells: &Cells, today: i32) -> Result<i32, Problem> {
    if cells.text(tables::SIGNUP_DATE).is_empty() {
        return Ok(today - 30);
    }
    let day = cells.day(tables::SIGNUP_DATE, today)?;
    if (30..90).contains(&(today - day)) {
        return Ok(day);
    }
    Err(cells.wrong(
        tables::SIGNUP_DATE,
        &format!("from {} to {}: customers are in this table from day 30 to day 89", Day(today - 89), Day(today - 30)),
    ))
}

/// Days from sign-up to the first purchase; `None` without one.
fn first_purchase(cells: &Cells) -> Result<Option<i64>, Problem> {
    let column = "DAYS_TO_FIRST_PURCHASE";
    if cells.text(column).is_empty() { Ok(None) } else { cells.whole(column, (0, 29)).map(Some) }
}

fn typed(column: &Column, rows: &[Cells]) -> Result<ColumnData, Problem> {
    let name = column.name.as_str();
    let is_purchase = name.starts_with("FIRST_PURCHASE");
    Ok(match &column.kind {
        ColumnType::Category(levels) if column.nullable => {
            let code = |cells: &Cells| match first_purchase(cells)? {
                None => Ok(None),
                Some(_) => cells.level(name, levels).map(Some),
            };
            ColumnData::optional_codes(rows.iter().map(code).collect::<Result<_, Problem>>()?)
        }
        ColumnType::Category(levels) => {
            Values::Codes(rows.iter().map(|cells| cells.level(name, levels)).collect::<Result<_, _>>()?).into()
        }
        ColumnType::Integer if column.nullable => {
            ColumnData::optional_integers(rows.iter().map(first_purchase).collect::<Result<_, _>>()?)
        }
        ColumnType::Cents => {
            let cents = |cells: &Cells| match (is_purchase, first_purchase(cells)?) {
                (true, None) => Ok(0),
                _ => cells.cents(name),
            };
            Values::Cents(rows.iter().map(cents).collect::<Result<_, Problem>>()?).into()
        }
        // Nothing written is nothing seen.
        _ => {
            let count =
                |cells: &Cells| if cells.text(name).is_empty() { Ok(0) } else { cells.whole(name, (0, 100_000)) };
            Values::Integers(rows.iter().map(count).collect::<Result<_, Problem>>()?).into()
        }
    })
}

/// What a file holds, told by its columns.
enum Holds {
    Purchases,
    Interactions,
    Customers,
}

pub(super) fn file(name: &str, text: &str, world: &mut World, store: &Store) -> Result<(), Problem> {
    let records = records(text).map_err(|why| Problem { what: format!("{name} was not loaded."), ..why })?;
    let loaded = load_records(name, &records, world, store);
    loaded.map_err(|why| Problem { what: format!("{name} was not loaded."), ..why })
}

fn load_records(name: &str, records: &[Vec<String>], world: &mut World, store: &Store) -> Result<(), Problem> {
    let Some((head, rows)) = records.split_first() else {
        return Err(refuse("It is empty.".to_owned(), "Choose a CSV file with a line of column names."));
    };
    let names: Vec<String> = head.iter().map(|name| name.trim().to_ascii_uppercase()).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let holds = match (has("AMOUNT"), has("EVENT_TYPE"), has("ACQUISITION_CHANNEL")) {
        (true, _, _) => Holds::Purchases,
        (_, true, _) => Holds::Interactions,
        (_, _, true) => Holds::Customers,
        _ => {
            let why = format!("Its columns are {}, and none says what the rows are.", names.join(", "));
            let remedy = "Purchases have CUSTOMER_ID, TRANSACTION_DATE, AMOUNT, PRODUCT_CATEGORY and QUANTITY, interactions CUSTOMER_ID, EVENT_DATE and EVENT_TYPE, new customers the columns of COLDSTART_CUSTOMERS_STAGING.";
            return Err(refuse(why, remedy));
        }
    };
    if rows.is_empty() {
        return Err(refuse("It has no rows below its column names.".to_owned(), "Choose a file with rows."));
    }
    let cells: Vec<Cells> = rows
        .iter()
        .enumerate()
        .map(|(nth, row)| Cells {
            cells: names.iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect(),
            place: format!("In row {}, ", nth + 1),
        })
        .collect();
    match holds {
        Holds::Purchases => {
            let rows = cells.iter().map(|cells| new_purchase(cells, world, store)).collect::<Result<Vec<_>, _>>()?;
            world.load_purchases(name, &rows)?;
        }
        Holds::Interactions => {
            let rows = cells.iter().map(|cells| new_interaction(cells, world, store)).collect::<Result<Vec<_>, _>>()?;
            world.load_interactions(name, &rows)?;
        }
        Holds::Customers => {
            let rows = customers(&cells, world)?;
            world.load_customers(name, &rows)?;
        }
    }
    Ok(())
}

/// Records of cells; commas, semicolons or tabs between them, whichever the first line has most of.
fn records(text: &str) -> Result<Vec<Vec<String>>, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|&byte| byte == delimiter).count();
    let delimiter =
        [b',', b';', b'\t'].into_iter().max_by_key(|&delimiter| (count(delimiter), delimiter == b',')).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let (mut input, mut records) = (text.as_bytes(), Vec::new());
    let (mut output, mut ends) = (vec![0_u8; 1 << 16], vec![0_usize; 256]);
    let (mut n_output, mut n_ends) = (0, 0);
    loop {
        let (result, n_read, n_written, n_ended) =
            reader.read_record(input, &mut output[n_output..], &mut ends[n_ends..]);
        input = &input[n_read..];
        (n_output, n_ends) = (n_output + n_written, n_ends + n_ended);
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record => {
                let mut begin = 0;
                let cells = ends[..n_ends]
                    .iter()
                    .map(|&end| String::from_utf8_lossy(&output[std::mem::replace(&mut begin, end)..end]).into_owned());
                records.push(cells.collect());
                (n_output, n_ends) = (0, 0);
                if records.len() > MOST_ROWS + 1 {
                    return Err(refuse(format!("It has more than {MOST_ROWS} rows."), "Load it in parts."));
                }
            }
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                return Err(refuse(format!("Row {} is too long.", records.len()), "Check the quotation marks in it."));
            }
            ReadRecordResult::End => return Ok(records),
        }
    }
}
