//! Things that go wrong on purpose, made of the data that are there. Deliberately without chance: the same simulation breaks in the same way.

use crate::engine::live::{CUSTOMER_FEATURES, LiveError, NewPurchase, UNKNOWN_CATEGORY, World, day_of};
use crate::engine::schema::{ColumnType, tables};
use crate::engine::table::{ColumnData, Table, TableError, Values};
use crate::protocol::{Breakage, Problem};

/// Purchases of a batch, or fewer where there are fewer customers.
const N_ROWS: usize = 1_000;
/// Late rows are up to so many days old.
const MOST_DAYS_LATE: i32 = 60;
/// One of the rarer channels, by its place among the levels.
const DRIFT_CHANNEL: &str = "affiliate";
const N_NEWCOMERS: usize = 200;
const PRIME: usize = 7_919;

pub(super) fn break_it(breakage: Breakage, world: &mut World) -> Result<(), Problem> {
    let today = day_of(world.now());
    match breakage {
        Breakage::FailingRefresh => {
            let Some(table) = world.scheduler().graph().position(CUSTOMER_FEATURES) else { return Err(no_side()) };
            world.set_fault(
                table,
                Some("Warehouse CLV_WH cannot be resumed because resource monitor CLV_MONITOR has exceeded its quota"),
            );
        }
        Breakage::DuplicatedBatch => {
            let rows = world.newest_purchases(N_ROWS)?;
            load("a batch that came before", &rows, world)?;
        }
        Breakage::LateRows => {
            let rows = copied(world, |nth, row| NewPurchase {
                day: today - 2 - (nth as i32 * 7) % (MOST_DAYS_LATE - 2),
                ..row
            })?;
            load("purchases of a till that was offline", &rows, world)?;
        }
        Breakage::UnknownCategory => {
            let unknown = level(world, UNKNOWN_CATEGORY)?;
            let rows = copied(world, |_, row| NewPurchase { category: unknown, day: today, ..row })?;
            load("purchases of a new category", &rows, world)?;
        }
        Breakage::HundredfoldAmounts => {
            let rows = copied(world, |_, row| NewPurchase { amount_cents: row.amount_cents * 100, day: today, ..row })?;
            load("amounts in cents taken for dollars", &rows, world)?;
        }
        Breakage::ChannelDrift => {
            let rows = newcomers(world, today)?;
            world.load_customers("new customers of a campaign", &rows)?;
        }
    }
    Ok(())
}

fn no_side() -> Problem {
    Problem::new(
        "Nothing was broken.",
        "The tables that this is about do not exist in this simulation.",
        "Run the pipeline with both scenarios, then try again.",
    )
}

fn load(label: &str, rows: &[NewPurchase], world: &mut World) -> Result<(), Problem> {
    if rows.is_empty() {
        return Err(no_side());
    }
    world.load_purchases(label, rows)?;
    Ok(())
}

/// The newest purchases once more, as new rows of other customers.
fn copied(world: &World, change: impl Fn(usize, NewPurchase) -> NewPurchase) -> Result<Vec<NewPurchase>, Problem> {
    let ids = world.customer_ids().map_err(|_| no_side())?;
    let n = N_ROWS.min(ids.len());
    let rows = world.newest_purchases(n)?;
    let spread = |(nth, row): (usize, &NewPurchase)| {
        change(nth, NewPurchase { id: None, customer_id: ids[nth * PRIME % ids.len()], ..*row })
    };
    Ok(rows.iter().enumerate().map(spread).collect())
}

fn level(world: &World, wanted: &str) -> Result<u8, Problem> {
    let kind = world.transactions_schema().and_then(|schema| schema.column("PRODUCT_CATEGORY")).map(|c| &c.kind);
    let Some(ColumnType::Category(levels)) = kind else { return Err(no_side()) };
    levels.iter().position(|level| level == wanted).map(|at| at as u8).ok_or_else(no_side)
}

/// Customers like those in the staging table at the beginning, all of one channel, who have just completed their first 30 days.
fn newcomers(world: &World, today: i32) -> Result<Table, Problem> {
    let (Ok(first), Some(next)) = (world.first_staging(), world.next_customer_id()) else { return Err(no_side()) };
    if first.n_rows() == 0 {
        return Err(no_side());
    }
    let rows: Vec<u32> = (0..N_NEWCOMERS).map(|nth| (nth % first.n_rows()) as u32).collect();
    let code = match first.schema().column("ACQUISITION_CHANNEL").map(|column| &column.kind) {
        Some(ColumnType::Category(levels)) => levels.iter().position(|level| level == DRIFT_CHANNEL),
        _ => None,
    };
    let code = code.ok_or_else(no_side)? as u8;
    let signup = today - 30;
    let signups = first.days(tables::SIGNUP_DATE).map_err(LiveError::from)?;
    let columns = first.schema().columns.iter().map(|column| -> Result<ColumnData, TableError> {
        Ok(match column.name.as_str() {
            tables::CUSTOMER_ID => Values::Ids((next..).take(rows.len()).collect()).into(),
            tables::SIGNUP_DATE => Values::Days(vec![signup; rows.len()]).into(),
            "ACQUISITION_CHANNEL" => Values::Codes(vec![code; rows.len()]).into(),
            "FIRST_PURCHASE_DATE" => {
                // As many days after sign-up as it was.
                let mut data = first.gather(&column.name, &rows)?;
                if let Values::Days(days) = &mut data.values {
                    days.iter_mut().zip(&rows).for_each(|(day, &row)| *day += signup - signups[row as usize]);
                }
                data
            }
            name => first.gather(name, &rows)?,
        })
    });
    let table = columns.collect::<Result<Vec<_>, _>>().and_then(|columns| Table::new(first.schema().clone(), columns));
    table.map_err(|error| LiveError::from(error).into())
}
