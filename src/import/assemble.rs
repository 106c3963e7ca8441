//! From rows as they came to the pipeline's tables: customers numbered, events ordered by customer and day, what was not given
//! derived, the whole handed over in pieces. Deliberately no second copy of the events: a piece is gathered when it is asked for.

use super::intern::{Customers, Levels};
use super::problem::{ImportError, shown};
use super::rows::{Column, Rows};
use super::{limits, targets};
use crate::engine::schema::{Day, tables};
use crate::protocol::{
    DateRange, ObjectId, OwnDataHead, OwnDataPart, OwnLevels, OwnSource, OwnTable, Scenario, SourceFile,
};
use std::collections::BTreeMap;

/// Rows in one piece.
const PIECE_ROWS: usize = 1 << 19;
/// Names listed in a sentence.
const LISTED: usize = 6;

/// A finished column, gathered by `order` when it is handed over.
enum Data {
    /// 1, 2, 3, …
    Sequence,
    /// Customers by number, and the id of each number.
    Customers(Vec<u32>, Vec<i32>),
    Days(Vec<i32>),
    Long(Vec<i64>),
    /// Codes as they were given while reading, and what each becomes.
    Codes(Vec<u8>, Box<[u8; 256]>),
}

struct Pending {
    object: ObjectId,
    /// The row of the data for each row of the table; `None` = as it stands.
    order: Option<Vec<u32>>,
    n_rows: usize,
    columns: Vec<(Data, Option<Vec<bool>>)>,
}

/// Tables ready to be handed over.
pub struct Assembled {
    head: OwnDataHead,
    pending: Vec<Pending>,
}

impl Assembled {
    pub fn head(&self) -> &OwnDataHead {
        &self.head
    }

    /// Hands everything over, piece by piece.
    pub fn hand_over<E>(&self, mut take: impl FnMut(OwnDataPart) -> Result<(), E>) -> Result<(), E> {
        take(OwnDataPart::Begin(Box::new(self.head.clone())))?;
        for table in &self.pending {
            for (column, (data, present)) in table.columns.iter().enumerate() {
                for begin in (0..table.n_rows).step_by(PIECE_ROWS) {
                    let rows = begin..(begin + PIECE_ROWS).min(table.n_rows);
                    let at = |row: usize| table.order.as_ref().map_or(row, |order| order[row] as usize);
                    let present = present
                        .as_ref()
                        .map_or_else(Vec::new, |present| rows.clone().map(|row| u8::from(present[at(row)])).collect());
                    let values = bytes_of(data, rows, at);
                    take(OwnDataPart::Column { object: table.object, column: column as u32, values, present })?;
                }
            }
        }
        Ok(())
    }
}

fn bytes_of(data: &Data, rows: std::ops::Range<usize>, at: impl Fn(usize) -> usize) -> Vec<u8> {
    match data {
        Data::Sequence => rows.flat_map(|row| (row as i32 + 1).to_le_bytes()).collect(),
        Data::Customers(numbers, ids) => rows.flat_map(|row| ids[numbers[at(row)] as usize].to_le_bytes()).collect(),
        Data::Days(values) => rows.flat_map(|row| values[at(row)].to_le_bytes()).collect(),
        Data::Long(values) => rows.flat_map(|row| values[at(row)].to_le_bytes()).collect(),
        Data::Codes(codes, final_codes) => rows.map(|row| final_codes[usize::from(codes[at(row)])]).collect(),
    }
}

/// Ids of customers: their own where all are small whole numbers, else 1, 2, 3, … in the order of their names.
struct Numbering {
    /// By the customers' numbers.
    ids: Vec<i32>,
    /// Position of each customer in a table ordered by id.
    ranks: Vec<u32>,
    /// Original names by id − 1; empty where the ids are their own.
    names: Vec<String>,
}

impl Numbering {
    fn of(customers: &Customers) -> Self {
        let n = customers.len();
        let whole = |number: usize| {
            let text = customers.id(number as u32);
            text.parse::<i32>().ok().filter(|id| *id >= 0 && id.to_string() == text)
        };
        let own: Option<Vec<i32>> = (0..n).map(whole).collect();
        let mut order: Vec<u32> = (0..n as u32).collect();
        match &own {
            Some(ids) => order.sort_by_key(|&number| ids[number as usize]),
            None => order.sort_by(|&a, &b| customers.id(a).cmp(customers.id(b))),
        }
        let mut ranks = vec![0; n];
        for (rank, &number) in order.iter().enumerate() {
            ranks[number as usize] = rank as u32;
        }
        let names = if own.is_some() {
            Vec::new()
        } else {
            order.iter().map(|&number| customers.id(number).to_owned()).collect()
        };
        let ids = own.unwrap_or_else(|| ranks.iter().map(|&rank| rank as i32 + 1).collect());
        Self { ids, ranks, names }
    }
}

/// What is being put together.
struct Work<'a> {
    head: OwnDataHead,
    pending: Vec<Pending>,
    remarks: &'a mut Vec<String>,
    /// First and last day of what was seen.
    days: Option<(i32, i32)>,
}

/// Puts all tables together.
pub fn assemble(
    mut read: BTreeMap<OwnTable, Rows>,
    files: Vec<SourceFile>,
    remarks: &mut Vec<String>,
) -> Result<Assembled, ImportError> {
    let mut work = Work { head: OwnDataHead::default(), pending: Vec::new(), remarks, days: None };
    let coldstart = read.remove(&OwnTable::ColdStart);
    if let Some(transactions) = read.remove(&OwnTable::Transactions) {
        let (interactions, profile) = (read.remove(&OwnTable::Interactions), read.remove(&OwnTable::Customers));
        // The events say how long the data is; sign-ups of cold-start customers only move NOW.
        work.continuous(transactions, interactions, profile, coldstart.as_ref())?;
    } else if !read.is_empty() {
        return Err(ImportError::NoTransactions);
    }
    if let Some(coldstart) = coldstart {
        work.coldstart(coldstart)?;
    }
    let Some((first_day, last_day)) = work.days else { return Err(ImportError::Empty) };
    let tables = work.pending.iter().map(|table| (table.object, table.n_rows as u64)).collect();
    let dates = DateRange { first: Day(first_day).to_string(), last: Day(last_day).to_string() };
    work.head.source = OwnSource { files, tables, first_day, last_day, dates };
    Ok(Assembled { head: work.head, pending: work.pending })
}

impl Work<'_> {
    fn continuous(
        &mut self,
        transactions: Rows,
        interactions: Option<Rows>,
        profile: Option<Rows>,
        coldstart: Option<&Rows>,
    ) -> Result<(), ImportError> {
        let mut all = Customers::default();
        let in_all = |rows: &Rows, all: &mut Customers| -> Result<Vec<u32>, ImportError> {
            let number = |local: u32| {
                all.number(rows.customers.id(local))
                    .ok_or(ImportError::TooMany { what: "customers", limit: limits::CUSTOMERS })
            };
            (0..rows.customers.len() as u32).map(number).collect()
        };
        let by_profile = profile.as_ref().map(|rows| in_all(rows, &mut all)).transpose()?;
        let n_profile = all.len();
        let by_transactions = in_all(&transactions, &mut all)?;
        let by_interactions = interactions.as_ref().map(|rows| in_all(rows, &mut all)).transpose()?;
        let numbering = Numbering::of(&all);

        let mut first_seen = vec![i32::MAX; all.len()];
        note_first_days(&transactions, &by_transactions, &mut first_seen);
        let mut span = days_of(&transactions);
        if let (Some(rows), Some(by)) = (&interactions, &by_interactions) {
            let mut first_event = vec![i32::MAX; all.len()];
            note_first_days(rows, by, &mut first_event);
            for (seen, event) in first_seen.iter_mut().zip(first_event).filter(|(seen, _)| **seen == i32::MAX) {
                *seen = event;
            }
            span = joined(span, days_of(rows));
        }
        let events_span = span;
        span = joined(span, profile.as_ref().and_then(days_of));
        span = joined(span, coldstart.and_then(days_of));
        let last_day = span.map_or(0, |(_, last)| last);
        self.days = events_span.map(|(first, _)| (first, last_day));

        self.profile(profile, by_profile, &numbering, &first_seen, last_day);
        if n_profile > 0 && n_profile < all.len() {
            self.remarks.push(format!(
                "{} customers with events are not in the table of customers; they were added with unknown attributes.",
                all.len() - n_profile
            ));
        }
        self.events(ObjectId::Transactions, transactions, &by_transactions, &numbering);
        match (interactions, by_interactions) {
            (Some(rows), Some(by)) => {
                self.events(ObjectId::Interactions, rows, &by, &numbering);
            }
            _ => {
                self.remarks.push("No table of interactions was given: every count of them is 0.".to_owned());
                let empty = Rows::new(OwnTable::Interactions, last_day);
                self.events(ObjectId::Interactions, empty, &[], &numbering);
            }
        }
        self.name_customers(Scenario::Continuous, numbering);
        Ok(())
    }

    /// One row per customer, ordered by id; what no file says is unknown or derived.
    fn profile(
        &mut self,
        profile: Option<Rows>,
        by_profile: Option<Vec<u32>>,
        numbering: &Numbering,
        first_seen: &[i32],
        last_day: i32,
    ) {
        let n = numbering.ids.len();
        if profile.is_none() {
            self.remarks.push(
                "No table of customers was given: SIGNUP_DATE is the first purchase, age group, region and segment are unknown."
                    .to_owned(),
            );
        }
        let given = profile.unwrap_or_else(|| Rows::new(OwnTable::Customers, last_day));
        // A customer has one row in the profile: its number there is the row.
        let mut row_of = vec![None; n];
        for (row, &number) in by_profile.iter().flatten().enumerate() {
            row_of[number as usize] = Some(row);
        }
        let mut by_rank = vec![0_u32; n];
        for (number, &rank) in numbering.ranks.iter().enumerate() {
            by_rank[rank as usize] = number as u32;
        }
        let mut signups = Vec::with_capacity(n);
        for &number in &by_rank {
            let signup = row_of[number as usize].and_then(|row| match &given.columns[1] {
                Column::Days { values, present } => present[row].then_some(values[row]),
                _ => None,
            });
            signups.push(signup.unwrap_or(first_seen[number as usize]).min(last_day));
        }
        let history = signups.iter().map(|signup| i64::from(last_day - signup)).collect();
        let mut columns =
            vec![(Data::Customers(by_rank.clone(), numbering.ids.clone()), None), (Data::Days(signups), None)];
        for (target, column) in targets::of(OwnTable::Customers).iter().zip(given.columns) {
            let Column::Codes { values, mut levels, .. } = column else { continue };
            let pick = |number: &u32| row_of[*number as usize].map(|row| values[row]);
            let codes: Vec<u8> =
                by_rank.iter().map(|number| pick(number).unwrap_or_else(|| levels.unknown())).collect();
            let final_codes = self.settle_levels(ObjectId::Profile, target.name, &levels);
            columns.push((Data::Codes(codes, final_codes), None));
        }
        columns.push((Data::Long(history), None));
        self.pending.push(Pending { object: ObjectId::Profile, order: None, n_rows: n, columns });
    }

    /// Events ordered by customer and day; those of one day stay in the order of the files.
    fn events(&mut self, object: ObjectId, rows: Rows, by: &[u32], numbering: &Numbering) {
        let n_rows = rows.len();
        let order = order_of(&rows, by, &numbering.ranks);
        let ids: Vec<i32> = by.iter().map(|&number| numbering.ids[number as usize]).collect();
        let table = if object == ObjectId::Transactions { OwnTable::Transactions } else { OwnTable::Interactions };
        let mut columns = vec![(Data::Sequence, None)];
        for (target, column) in targets::of(table).iter().zip(rows.columns) {
            columns.push((self.data(object, target.name, column, &ids), None));
        }
        self.pending.push(Pending { object, order, n_rows, columns });
    }

    fn coldstart(&mut self, rows: Rows) -> Result<(), ImportError> {
        if self.days.is_none() {
            self.days = days_of(&rows);
        }
        if rows.n_late_purchases > 0 {
            self.remarks.push(format!(
                "{} first purchases came 30 days after sign-up or later, or before it; on day 30 nobody knows them, so they count as none.",
                rows.n_late_purchases
            ));
        }
        let numbering = Numbering::of(&rows.customers);
        let mut by_rank = vec![0_u32; rows.len()];
        for (row, &rank) in numbering.ranks.iter().enumerate() {
            by_rank[rank as usize] = row as u32;
        }
        let Some(Column::Long { present, .. }) = rows.columns.last() else { return Err(ImportError::Plan) };
        let (labelled, waiting): (Vec<u32>, Vec<u32>) = by_rank.iter().partition(|&&row| present[row as usize]);
        if labelled.is_empty() {
            return Err(ImportError::NoTarget);
        }
        let schema = tables::coldstart_customers();
        let mut columns = Vec::new();
        for (target, column) in targets::of(OwnTable::ColdStart).iter().zip(rows.columns) {
            let nullable = schema.column(target.name).is_some_and(|column| column.nullable);
            let flags = match &column {
                Column::Days { present, .. } | Column::Long { present, .. } | Column::Codes { present, .. }
                    if nullable =>
                {
                    Some(present.clone())
                }
                _ => None,
            };
            columns.push((self.data(ObjectId::ColdstartCustomers, target.name, column, &numbering.ids), flags));
        }
        let of_staging = |levels: &OwnLevels| OwnLevels { object: ObjectId::ColdstartStaging, ..levels.clone() };
        let staging_levels: Vec<OwnLevels> = self
            .head
            .levels
            .iter()
            .filter(|levels| levels.object == ObjectId::ColdstartCustomers)
            .map(of_staging)
            .collect();
        self.head.levels.extend(staging_levels);
        let staging = columns[..columns.len() - 1].iter().map(|(data, flags)| (data.copied(), flags.clone())).collect();
        for (object, order, columns) in
            [(ObjectId::ColdstartCustomers, labelled, columns), (ObjectId::ColdstartStaging, waiting, staging)]
        {
            self.pending.push(Pending { object, n_rows: order.len(), order: Some(order), columns });
        }
        self.name_customers(Scenario::ColdStart, numbering);
        Ok(())
    }

    fn data(&mut self, object: ObjectId, name: &str, column: Column, ids: &[i32]) -> Data {
        match column {
            Column::Customers(numbers) => Data::Customers(numbers, ids.to_vec()),
            Column::Days { values, .. } => Data::Days(values),
            Column::Long { values, .. } => Data::Long(values),
            Column::Codes { values, levels, .. } => Data::Codes(values, self.settle_levels(object, name, &levels)),
        }
    }

    /// The final levels of a column, with what has to be said about them.
    fn settle_levels(&mut self, object: ObjectId, name: &str, levels: &Levels) -> Box<[u8; 256]> {
        let (names, codes) = levels.finish();
        self.head.levels.push(OwnLevels { object, column: name.to_owned(), levels: names });
        if !levels.translated().is_empty() {
            let pairs = levels.translated().iter().map(|(text, level)| format!("{} = {level}", shown(text)));
            self.remarks.push(format!("{name}: {}.", listed(pairs)));
        }
        let foreign: Vec<&str> = levels.foreign().collect();
        if levels.has_meaning() && !foreign.is_empty() {
            let consequence =
                if name == "EVENT_TYPE" { "count in TOTAL_INTERACTIONS only" } else { "have no quality score" };
            self.remarks.push(format!(
                "{name}: {} unknown here and {consequence}: {}.",
                if foreign.len() == 1 { "one value is".to_owned() } else { format!("{} values are", foreign.len()) },
                listed(foreign.iter().map(|level| shown(level)))
            ));
        }
        if levels.has_other() {
            self.remarks.push(format!("{name} has very many values; those that came late are together as “other”."));
        }
        Box::new(codes)
    }

    fn name_customers(&mut self, scenario: Scenario, numbering: Numbering) {
        if !numbering.names.is_empty() {
            self.remarks.push(format!(
                "The customer ids are no small whole numbers: the {} customers are numbered in the order of their ids, and tables show the ids of the file.",
                if scenario == Scenario::ColdStart { "new" } else { "established" }
            ));
            self.head.names.push((scenario, numbering.names));
        }
    }
}

impl Data {
    fn copied(&self) -> Self {
        match self {
            Self::Sequence => Self::Sequence,
            Self::Customers(numbers, ids) => Self::Customers(numbers.clone(), ids.clone()),
            Self::Days(values) => Self::Days(values.clone()),
            Self::Long(values) => Self::Long(values.clone()),
            Self::Codes(codes, final_codes) => Self::Codes(codes.clone(), final_codes.clone()),
        }
    }
}

/// Some of many, for a sentence.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let n = items.len();
    let first: Vec<String> = items.take(LISTED).collect();
    if n > LISTED { format!("{} and {} more", first.join(", "), n - LISTED) } else { first.join(", ") }
}

fn days_of(rows: &Rows) -> Option<(i32, i32)> {
    let columns = rows.columns.iter().filter_map(|column| match column {
        Column::Days { values, present } => Some(values.iter().zip(present).filter(|(_, present)| **present)),
        _ => None,
    });
    let days = columns.flatten().map(|(day, _)| *day);
    days.fold(None, |span, day| joined(span, Some((day, day))))
}

fn joined(a: Option<(i32, i32)>, b: Option<(i32, i32)>) -> Option<(i32, i32)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

fn customers_and_days(rows: &Rows) -> (&[u32], &[i32]) {
    match (&rows.columns[0], &rows.columns[1]) {
        (Column::Customers(customers), Column::Days { values, .. }) => (customers, values),
        _ => (&[], &[]),
    }
}

fn note_first_days(rows: &Rows, by: &[u32], first: &mut [i32]) {
    let (customers, days) = customers_and_days(rows);
    for (&customer, &day) in customers.iter().zip(days) {
        let seen = &mut first[by[customer as usize] as usize];
        *seen = day.min(*seen);
    }
}

/// The rows by customer and day, in the order of the files within a day; `None` when they stand so already.
fn order_of(rows: &Rows, by: &[u32], ranks: &[u32]) -> Option<Vec<u32>> {
    let (customers, days) = customers_and_days(rows);
    let rank_of_local: Vec<u32> = by.iter().map(|&number| ranks[number as usize]).collect();
    let rank = |row: usize| rank_of_local[customers[row] as usize];
    if (1..customers.len()).all(|row| (rank(row - 1), days[row - 1]) <= (rank(row), days[row])) {
        return None;
    }
    // Counting by customer, then each customer's few rows by day.
    let mut next = vec![0_u32; ranks.len() + 1];
    for row in 0..customers.len() {
        next[rank(row) as usize + 1] += 1;
    }
    for customer in 1..next.len() {
        next[customer] += next[customer - 1];
    }
    let begins = next.clone();
    let mut order = vec![0_u32; customers.len()];
    for row in 0..customers.len() {
        let place = &mut next[rank(row) as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    for bounds in begins.windows(2) {
        order[bounds[0] as usize..bounds[1] as usize].sort_by_key(|&row| days[row as usize]);
    }
    Some(order)
}
