//! The rows of one own table while its files are read: each row is read whole or left out whole, with one reason.

use super::intern::{Customers, Levels};
use super::limits;
use super::problem::ImportError;
use super::problem::shown;
use super::rejections::{Reason, Rejections};
use super::targets::{self, Kind, Target};
use super::value::Raw;
use crate::protocol::{OwnTable, PreviewCell, TextFormat};

/// One column in the making.
pub enum Column {
    Customers(Vec<u32>),
    Days {
        values: Vec<i32>,
        present: Vec<bool>,
    },
    /// Cents and whole numbers.
    Long {
        values: Vec<i64>,
        present: Vec<bool>,
    },
    Codes {
        values: Vec<u8>,
        present: Vec<bool>,
        levels: Levels,
    },
}

/// A table in the making.
pub struct Rows {
    table: OwnTable,
    targets: &'static [Target],
    last_day: i32,
    pub customers: Customers,
    pub columns: Vec<Column>,
    n_rows: usize,
    /// First purchases of cold-start customers that came after day 30.
    pub n_late_purchases: u64,
}

impl Rows {
    pub fn new(table: OwnTable, last_day: i32) -> Self {
        let targets = targets::of(table);
        let column = |target: &Target| match target.kind {
            Kind::Customer => Column::Customers(Vec::new()),
            Kind::Day | Kind::OptionalDay => Column::Days { values: Vec::new(), present: Vec::new() },
            Kind::Category(vocabulary) | Kind::OptionalCategory(vocabulary) => {
                Column::Codes { values: Vec::new(), present: Vec::new(), levels: Levels::new(vocabulary) }
            }
            Kind::Purchase | Kind::Spend | Kind::Count { .. } | Kind::OptionalCount | Kind::OptionalSpend => {
                Column::Long { values: Vec::new(), present: Vec::new() }
            }
        };
        let columns = targets.iter().map(column).collect();
        Self { table, targets, last_day, customers: Customers::default(), columns, n_rows: 0, n_late_purchases: 0 }
    }

    pub fn len(&self) -> usize {
        self.n_rows
    }

    fn limit(&self) -> (usize, &'static str) {
        match self.table {
            OwnTable::Transactions => (limits::TRANSACTIONS, "transactions"),
            OwnTable::Interactions => (limits::INTERACTIONS, "interactions"),
            OwnTable::Customers | OwnTable::ColdStart => (limits::CUSTOMERS, "customers"),
        }
    }

    /// Reads a row, or says in `rejections` why not. Fails only when there are too many.
    pub fn take<'a>(
        &mut self,
        line: u64,
        mapping: &[Option<u32>],
        format: &TextFormat,
        raw: impl Fn(u32) -> Raw<'a>,
        rejections: &mut Rejections,
    ) -> Result<(), ImportError> {
        let value = |position: usize| mapping[position].map_or(Raw::Null, &raw);
        let mut numbers = [None; 18];
        for (position, target) in self.targets.iter().enumerate() {
            match read(target.kind, value(position), format, self.last_day) {
                Ok(number) => numbers[position] = number,
                Err(reason) => {
                    rejections.add(line, target.name, &value(position).shown(), reason);
                    return Ok(());
                }
            }
        }
        let (limit, what) = self.limit();
        if self.n_rows >= limit {
            return Err(ImportError::TooMany { what, limit });
        }
        // Texts are taken in only now: a row that is left out leaves no trace.
        let id = value(0).text().ok().flatten().unwrap_or_default();
        if matches!(self.table, OwnTable::Customers | OwnTable::ColdStart) && self.customers.find(&id).is_some() {
            rejections.add(line, self.targets[0].name, &id, Reason::Twice);
            return Ok(());
        }
        let too_many = ImportError::TooMany { what: "customers", limit: limits::CUSTOMERS };
        let customer = self.customers.number(&id).ok_or(too_many)?;
        if self.table == OwnTable::ColdStart {
            self.n_late_purchases += u64::from(settle_first_purchase(&mut numbers));
        }
        for (position, column) in self.columns.iter_mut().enumerate() {
            let number = numbers[position];
            match column {
                Column::Customers(values) => values.push(customer),
                Column::Days { values, present } => {
                    values.push(number.unwrap_or_default() as i32);
                    present.push(number.is_some());
                }
                Column::Long { values, present } => {
                    values.push(number.unwrap_or_default());
                    present.push(number.is_some());
                }
                Column::Codes { values, present, levels } => {
                    let text = value(position).text().ok().flatten();
                    let optional = matches!(self.targets[position].kind, Kind::OptionalCategory(_));
                    // A first purchase that does not count has no category.
                    let counts = !optional || numbers[8].is_some() || mapping[8].is_none() && mapping[9].is_none();
                    let text = text.filter(|_| counts);
                    values.push(match &text {
                        Some(text) => levels.code(text),
                        None if optional => 0,
                        None => levels.unknown(),
                    });
                    if optional {
                        present.push(text.is_some());
                    }
                }
            }
        }
        self.n_rows += 1;
        Ok(())
    }
}

/// DAYS_TO_FIRST_PURCHASE and FIRST_PURCHASE_DATE give each other; a purchase after day 30 is not known on day 30, so it is
/// none. True for such a one. Positions are those of the cold-start targets.
fn settle_first_purchase(numbers: &mut [Option<i64>; 18]) -> bool {
    const SIGNUP: usize = 1;
    const DAYS: usize = 8;
    const DATE: usize = 9;
    const AMOUNT: usize = 10;
    let signup = numbers[SIGNUP].unwrap_or_default();
    let days = numbers[DAYS].or(numbers[DATE].map(|date| date - signup));
    match days {
        None => false,
        Some(days) if (0..30).contains(&days) => {
            (numbers[DAYS], numbers[DATE]) = (Some(days), Some(signup + days));
            false
        }
        Some(_) => {
            (numbers[DAYS], numbers[DATE], numbers[AMOUNT]) = (None, None, Some(0));
            true
        }
    }
}

/// The number behind a value; texts are only checked.
fn read(kind: Kind, value: Raw, format: &TextFormat, last_day: i32) -> Result<Option<i64>, Reason> {
    match kind {
        Kind::Customer => match value.text()? {
            Some(_) => Ok(None),
            None => Err(Reason::Missing),
        },
        Kind::Category(_) | Kind::OptionalCategory(_) => value.text().map(|_| None),
        Kind::Day => value.day(format, last_day)?.map(i64::from).ok_or(Reason::Missing).map(Some),
        Kind::OptionalDay => Ok(value.day(format, last_day)?.map(i64::from)),
        Kind::Purchase => match value.cents(format)? {
            None => Err(Reason::Missing),
            Some(0) => Err(Reason::Zero),
            Some(cents) if cents < 0 => Err(Reason::Refund),
            cents => Ok(cents),
        },
        Kind::Spend => not_negative(value.cents(format)?).map(|cents| cents.or(Some(0))),
        Kind::OptionalSpend => not_negative(value.cents(format)?),
        Kind::Count { low, high, default } => match value.whole(format)? {
            None => Ok(Some(default)),
            Some(number) if (low..=high).contains(&number) => Ok(Some(number)),
            Some(_) => Err(Reason::OutOfBounds),
        },
        Kind::OptionalCount => Ok(value.whole(format)?),
    }
}

fn not_negative(cents: Option<i64>) -> Result<Option<i64>, Reason> {
    if cents.is_some_and(|cents| cents < 0) { Err(Reason::Refund) } else { Ok(cents) }
}

/// A value as it will be read, for the preview.
pub fn preview(target: &Target, value: Raw, format: &TextFormat, last_day: i32) -> PreviewCell {
    use crate::engine::schema::Day;
    use crate::engine::table::dollars_from_cents;
    let text = match read(target.kind, value, format, last_day) {
        Err(reason) => return PreviewCell { text: shown(&value.shown()), problem: Some(reason.to_string()) },
        Ok(None) => match target.kind {
            Kind::Customer | Kind::Category(_) | Kind::OptionalCategory(_) => {
                let text = value.text().ok().flatten().unwrap_or_default();
                match target.kind {
                    Kind::Category(vocabulary) | Kind::OptionalCategory(vocabulary) => {
                        vocabulary.level_of(&text).map_or_else(|| shown(&text), str::to_owned)
                    }
                    _ => shown(&text),
                }
            }
            _ => String::new(),
        },
        Ok(Some(number)) => match target.kind {
            Kind::Day | Kind::OptionalDay => Day(number as i32).to_string(),
            Kind::Purchase | Kind::Spend | Kind::OptionalSpend => dollars_from_cents(number),
            _ => number.to_string(),
        },
    };
    let text = if text.is_empty() { target.otherwise.unwrap_or_default().to_owned() } else { text };
    PreviewCell { text, problem: None }
}
