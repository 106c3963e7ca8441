//! Rows of a table and one customer, as of any moment of the simulation.

use crate::engine::dataset::{FittedKind, PREDICTED, Preprocessing};
use crate::engine::feature::rows_of;
use crate::engine::learn::Ensemble;
use crate::engine::live::{Loaded, LoadedValues, MINUTES_PER_DAY, Moved, World, midnight_of};
use crate::engine::refresh::Minute;
use crate::engine::schema::{ColumnType, Day, levels, tables};
use crate::engine::table::Table;
use crate::protocol::{
    Event, LiveCustomer, LiveEvent, LiveLook, LiveMove, LivePlace, LiveReason, LiveRows, Scenario, limits,
};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;
use crate::session::summaries;

const N_REASONS: usize = 3;
const MOST_EVENTS: usize = 20;
/// Points of the path of a prediction.
const PATH_POINTS: i64 = 40;

/// The visitor's own name of a customer.
pub(super) fn name_of(store: &Store, scenario: Scenario, customer_id: i32) -> Option<String> {
    store.names.get(&scenario)?.get(usize::try_from(customer_id).ok()?.checked_sub(1)?).cloned()
}

/// The id that is meant: a number, or a name from the visitor's own file.
pub(super) fn customer_named(store: &Store, text: &str) -> Option<i32> {
    let text = text.trim();
    let names =
        [Scenario::Continuous, Scenario::ColdStart].into_iter().filter_map(|scenario| store.names.get(&scenario));
    let by_name = names.into_iter().find_map(|names| names.iter().position(|name| name == text));
    by_name.map(|at| at as i32 + 1).or_else(|| text.parse().ok())
}

pub(super) fn rows(look: LiveLook, world: &World, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let at = look.at.unwrap_or(world.now());
    let limit = look.limit.clamp(*limits::PAGE_ROWS.start(), *limits::PAGE_ROWS.end());
    let first = usize::try_from(look.offset).unwrap_or(usize::MAX);
    let range = first..first.saturating_add(limit as usize);
    let table = world.table_ref(&look.table).ok_or(StageError::Missing("the table that was asked for"))?;
    let Some(reading) = world.read(table, at, range)? else {
        return Ok(Event::LiveRows(Box::new(LiveRows {
            look,
            columns: Vec::new(),
            rows: Vec::new(),
            n_rows: 0,
            data_time: None,
            refresh: None,
            writers: Vec::new(),
            elapsed_ms: host.now_ms() - begin_ms,
        })));
    };
    let scenario = if look.table.starts_with("COLDSTART") { Scenario::ColdStart } else { Scenario::Continuous };
    let schema = reading.table.schema();
    let named = store.names.get(&scenario).and(schema.index_of(tables::CUSTOMER_ID));
    let ids = reading.table.ids(tables::CUSTOMER_ID)?;
    let cell = |row: usize, column: usize| match named {
        Some(named) if named == column => {
            name_of(store, scenario, ids[row]).or_else(|| summaries::cell(&reading.table, row, column))
        }
        _ => summaries::cell(&reading.table, row, column),
    };
    let rows =
        (0..reading.table.n_rows()).map(|row| (0..schema.columns.len()).map(|column| cell(row, column)).collect());
    Ok(Event::LiveRows(Box::new(LiveRows {
        rows: rows.collect(),
        columns: summaries::columns(schema, named.is_some()),
        n_rows: reading.n_rows as u64,
        data_time: Some(reading.data_time),
        refresh: reading.refresh,
        writers: reading.writers,
        look,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// Predictions that have changed, each with what changed it: the inputs whose contributions differ most from those before the refresh.
pub(super) fn moves(
    is_coldstart: bool,
    moved: &[Moved],
    at: Minute,
    world: &World,
    store: &Store,
) -> Result<Vec<LiveMove>, StageError> {
    let scenario = if is_coldstart { Scenario::ColdStart } else { Scenario::Continuous };
    let mut moves = Vec::new();
    for change in moved {
        let Some(customer_id) = world.customer_in(is_coldstart, change.row) else { continue };
        moves.push(LiveMove {
            customer_id,
            name: name_of(store, scenario, customer_id),
            before: change.before.map(f64::from),
            after: f64::from(change.after),
            reasons: reasons(is_coldstart, change.row, at, world)?.0,
        });
    }
    Ok(moves)
}

/// What each input contributes to the prediction of one row of inputs.
fn contributions(
    inputs: &Table,
    (ensemble, preprocessing): (&Ensemble, &Preprocessing),
) -> Result<Vec<(String, f64)>, StageError> {
    let matrix = preprocessing.transform(inputs, &rows_of(inputs))?;
    let found = ensemble.contributions(&matrix, 0..1)?;
    let mut values = found.values.iter();
    let of = preprocessing.inputs.iter().map(|input| {
        let n_columns = match &input.kind {
            FittedKind::Numeric { .. } => 1,
            FittedKind::Category { levels } => levels.len(),
        };
        (input.name.clone(), values.by_ref().take(n_columns).sum())
    });
    Ok(of.collect())
}

/// What moved a prediction with the refresh that wrote it as it stood at a moment, or what it is made of where there was none before; and the
/// prediction before.
fn reasons(
    is_coldstart: bool,
    row: u32,
    at: Minute,
    world: &World,
) -> Result<(Vec<LiveReason>, Option<f64>, bool), StageError> {
    let nothing = (Vec::new(), None, false);
    let Some((_, written_at)) = world.writer(is_coldstart, row, at) else { return Ok(nothing) };
    let at_moment = |moment: Minute| {
        let Some((inputs, predictions, version)) = world.inputs_and_predictions(is_coldstart, &[row], moment)? else {
            return Ok::<_, StageError>(None);
        };
        let Some(served) = world.version(is_coldstart, version) else { return Ok(None) };
        let parts = contributions(&inputs, (&served.ensemble, &served.preprocessing))?;
        let is_log = served.ensemble.objective.is_log();
        Ok(predictions.floats(PREDICTED)?.first().map(|&value| (inputs, parts, value, is_log)))
    };
    let Some((inputs, now, _, is_log)) = at_moment(at)? else { return Ok(nothing) };
    // The refresh before is the one that had written the row until a minute earlier.
    let earlier =
        world.writer(is_coldstart, row, written_at - 1).map(|_| at_moment(written_at - 1)).transpose()?.flatten();
    let text = |table: &Table, input: &str| {
        let column = table.schema().index_of(input)?;
        summaries::cell(table, 0, column)
    };
    let mut reasons: Vec<LiveReason> = now
        .into_iter()
        .map(|(input, contribution)| {
            let before = earlier.as_ref().and_then(|(table, parts, _, _)| {
                let part = parts.iter().find(|(name, _)| *name == input)?;
                Some((text(table, &input), part.1))
            });
            LiveReason {
                value: text(&inputs, &input).unwrap_or_else(|| "none".to_owned()),
                value_before: before.as_ref().map(|(value, _)| value.clone().unwrap_or_else(|| "none".to_owned())),
                contribution_before: before.map_or(0.0, |(_, part)| part),
                contribution,
                input,
            }
        })
        .collect();
    let size = |reason: &LiveReason| (reason.contribution - reason.contribution_before).abs();
    crate::order::sort_by(&mut reasons, |a, b| size(b).total_cmp(&size(a)));
    reasons.truncate(N_REASONS);
    reasons.retain(|reason| size(reason) > 0.0);
    Ok((reasons, earlier.map(|(_, _, value, _)| value), is_log))
}

pub(super) fn customer(
    customer_id: i32,
    at: Option<Minute>,
    world: &World,
    store: &Store,
) -> Result<Event, StageError> {
    let at = at.unwrap_or(world.now()).min(world.now());
    let staged = world.staging_row(customer_id, at);
    let place = match (staged, world.profile_row(customer_id)) {
        (Some(row), _) => Some((true, row)),
        (None, Some(row)) => Some((false, row)),
        (None, None) => None,
    };
    let mut view = LiveCustomer {
        customer_id,
        name: None,
        at,
        place: LivePlace::Nowhere,
        prediction: None,
        version: String::new(),
        refresh: None,
        written_at: None,
        before: None,
        reasons: Vec::new(),
        is_log: false,
        path: Vec::new(),
        events: Vec::new(),
    };
    let Some((is_coldstart, row)) = place else { return Ok(Event::LiveCustomer(Box::new(view))) };
    let scenario = if is_coldstart { Scenario::ColdStart } else { Scenario::Continuous };
    view.place = if is_coldstart { LivePlace::Staging } else { LivePlace::Profile };
    view.name = name_of(store, scenario, customer_id);
    let prediction = |at: Minute| -> Result<Option<(f64, u16)>, StageError> {
        if world.writer(is_coldstart, row, at).is_none() {
            return Ok(None);
        }
        let found = world.inputs_and_predictions(is_coldstart, &[row], at)?;
        Ok(match found {
            Some((_, table, version)) => table.floats(PREDICTED)?.first().map(|&value| (value, version)),
            None => None,
        })
    };
    if let Some((value, version)) = prediction(at)? {
        view.prediction = Some(value);
        view.version = world.version(is_coldstart, version).map_or_else(String::new, |served| served.version.clone());
        (view.reasons, view.before, view.is_log) = reasons(is_coldstart, row, at, world)?;
        if let Some((refresh, written_at)) = world.writer(is_coldstart, row, at) {
            (view.refresh, view.written_at) = (Some(refresh), Some(written_at));
        }
    }
    for moment in moments(world.began_at(), at) {
        if let Some((value, _)) = prediction(moment)? {
            view.path.push((moment, value));
        }
    }
    if !is_coldstart {
        let events = world.rows_of_customer(row, at).into_iter().take(MOST_EVENTS);
        view.events = events.map(|row| event(&row, world)).collect();
    }
    Ok(Event::LiveCustomer(Box::new(view)))
}

/// The beginning, some midnights evenly apart, and the moment itself.
fn moments(began: Minute, at: Minute) -> Vec<Minute> {
    let n_days = (midnight_of(at) - midnight_of(began)) / MINUTES_PER_DAY;
    let every = (n_days + PATH_POINTS - 1) / PATH_POINTS;
    let mut moments = vec![began];
    let mut day = every;
    while every > 0 && day <= n_days {
        moments.push(midnight_of(began) + day * MINUTES_PER_DAY);
        day += every;
    }
    if moments.last() != Some(&at) {
        moments.push(at);
    }
    moments
}

fn event(row: &Loaded, world: &World) -> LiveEvent {
    let category = |code: u8| {
        let kind = world.transactions_schema().and_then(|schema| schema.column("PRODUCT_CATEGORY")).map(|c| &c.kind);
        match kind {
            Some(ColumnType::Category(levels)) => levels.get(usize::from(code)).cloned().unwrap_or_default(),
            _ => String::new(),
        }
    };
    let text = match row.values {
        LoadedValues::Purchase(cents, code, items) => {
            let things = if items == 1 { "1 item".to_owned() } else { format!("{items} items") };
            format!("${}.{:02}, {}, {things}", cents / 100, cents % 100, category(code))
        }
        LoadedValues::Interaction(code) => {
            levels::EVENT_TYPE.get(usize::from(code)).copied().unwrap_or_default().to_owned()
        }
    };
    LiveEvent {
        table: row.table.to_owned(),
        id: row.id,
        day: Day(row.day).to_string(),
        loaded_at: row.loaded_at,
        batch: u32::from(row.batch),
        batch_label: world.batches()[usize::from(row.batch)].label.clone(),
        text,
    }
}
