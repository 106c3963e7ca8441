//! The simulation as it stands, in the page's words.

use super::{Live, look};
use crate::engine::live::{Finding, MINUTES_PER_DAY, Moved, day_of};
use crate::engine::refresh::{Action, Declared, Entry, Minute, Mode, State, Why};
use crate::engine::schema::{ColumnType, Day};
use crate::protocol::{
    AlertSeverity, DeclaredMode, Event, LiveAlert, LiveBatch, LiveEntry, LiveMove, LivePlan, LivePlanStep, LiveSide,
    LiveSource, LiveState, LiveTable, ObjectId, RefreshAction, RefreshState,
};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;
use crate::session::summaries;

const MOST_LINES: usize = 40;
const MOST_BATCHES: usize = 30;
const MOST_MOVES: usize = 8;
/// The reasons of changes are worked out not more often.
const MOVES_MS: f64 = 400.0;

/// The largest changes with their reasons, as last worked out.
#[derive(Default)]
pub(super) struct Moves {
    at_ms: Option<f64>,
    /// When the predictions moved.
    moved_at: [Option<Minute>; 2],
    moves: [Vec<LiveMove>; 2],
}

impl Live {
    pub(super) fn state(&mut self, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
        for is_coldstart in [false, true] {
            let (n, total) = self.world.total(is_coldstart);
            let first = &mut self.first_totals[usize::from(is_coldstart)];
            if n > 0 && first.is_none() {
                *first = Some(total);
            }
        }
        self.note_counts();
        self.note_moves(store, host)?;
        let world = &self.world;
        let (now, scheduler) = (world.now(), world.scheduler());
        let graph = scheduler.graph();
        let plan = world.next_due().map(|at| LivePlan {
            at,
            steps: scheduler.plan(at).steps.into_iter().map(|step| self.step_of(&step)).collect(),
        });
        let tables = (0..graph.tables().len()).map(|table| self.table(table)).collect();
        let going_to = self.way.as_ref().map(|way| way.until);
        let state = LiveState {
            now,
            began: world.began_at(),
            going_to,
            last: self.last,
            simulating: self.generating.as_ref().map(|(_, _, progress)| *progress),
            has_arrivals: self.synth.is_some(),
            sources: self.sources(),
            tables,
            plan: plan.filter(|plan| !plan.steps.is_empty()),
            history: lines(scheduler.history()),
            lags: self.lags.iter().cloned().collect(),
            sides: self.sides(),
            batches: self.batches(),
            alerts: self.alerts()?,
            levels: levels(world),
            bytes: world.bytes() as u64,
            n_arrived: self.arrived.0,
            step_ms: self.arrived.1,
        };
        Ok(Event::Live(Box::new(state)))
    }

    fn note_counts(&mut self) {
        let counts = self.world.sources().iter().map(|source| source.n_rows).collect();
        self.counts_before = std::mem::replace(&mut self.counts, counts);
    }

    fn sources(&self) -> Vec<LiveSource> {
        let mut sources: Vec<LiveSource> = Vec::new();
        for (nth, source) in self.world.sources().into_iter().enumerate() {
            let before = self.counts_before.get(nth).copied().unwrap_or(source.n_rows);
            sources.push(LiveSource {
                name: source.name.to_owned(),
                n_rows: source.n_rows,
                n_new: source.n_rows.saturating_sub(before),
                is_staging: source.is_staging,
                as_of: None,
            });
        }
        let as_of = Some(Day(day_of(self.world.now())).to_string());
        sources.push(LiveSource { name: "OBSERVATION".to_owned(), n_rows: 1, n_new: 0, is_staging: false, as_of });
        sources
    }

    fn step_of(&self, step: &crate::engine::refresh::PlannedStep) -> LivePlanStep {
        LivePlanStep {
            table: step.name.clone(),
            is_full: step.mode == Mode::Full,
            why: why(&step.why),
            n_open: self.world.n_open(step.table),
        }
    }

    fn table(&self, table: usize) -> LiveTable {
        let (world, now) = (&self.world, self.world.now());
        let scheduler = world.scheduler();
        let (definition, resolved) = (&scheduler.graph().tables()[table], scheduler.graph().mode(table));
        let status = scheduler.status(table);
        let findings = definition.constructs.iter().filter_map(|construct| construct.rule());
        let is_held = !status.is_suspended && scheduler.is_held(table);
        LiveTable {
            name: definition.name.clone(),
            reads: definition.reads.clone(),
            target_lag: scheduler.graph().target_lag(table).unwrap_or_default(),
            lag: scheduler.lag(table, now),
            data_time: status.data_time,
            n_rows: world.n_rows(table),
            declared: match definition.declared {
                Declared::Auto => DeclaredMode::Auto,
                Declared::Incremental => DeclaredMode::Incremental,
                Declared::Full => DeclaredMode::Full,
            },
            is_full: resolved.mode == Mode::Full,
            mode_reason: resolved.reason.clone(),
            findings: findings.map(summaries::refresh_finding).collect(),
            is_suspended: status.is_suspended,
            is_held,
            n_failures: status.n_failures,
            is_broken: world.fault(table).is_some(),
            next_due: scheduler.due_at(table, now + 1),
            last: scheduler.history().iter().rev().find(|entry| entry.name == definition.name).map(line),
        }
    }

    fn sides(&self) -> Vec<LiveSide> {
        let mut sides = Vec::new();
        for (is_coldstart, table, model) in [
            (false, ObjectId::ContinuousPredictions, ObjectId::ContinuousModel),
            (true, ObjectId::ColdstartPredictions, ObjectId::ColdstartModel),
        ] {
            let Some(served) = self.world.served(is_coldstart) else { continue };
            let (n_customers, total) = self.world.total(is_coldstart);
            sides.push(LiveSide {
                table: table.name().to_owned(),
                model: model.name().to_owned(),
                version: served.version.clone(),
                is_log: served.ensemble.objective.is_log(),
                n_customers,
                total,
                total_at_first: self.first_totals[usize::from(is_coldstart)],
                n_moved: self.world.moved(is_coldstart).map_or(0, |(_, moved)| moved.len() as u64),
                moved: self.moves.moves[usize::from(is_coldstart)].clone(),
            });
        }
        sides
    }

    /// Works out the reasons of the largest changes, where there are other ones and the last time was long enough ago.
    fn note_moves(&mut self, store: &Store, host: &dyn Host) -> Result<(), StageError> {
        let now_ms = host.now_ms();
        let is_too_early = self.way.is_some() && self.moves.at_ms.is_some_and(|at_ms| now_ms - at_ms < MOVES_MS);
        if is_too_early {
            return Ok(());
        }
        for is_coldstart in [false, true] {
            let nth = usize::from(is_coldstart);
            let Some((at, moved)) = self.world.moved(is_coldstart).filter(|(_, moved)| !moved.is_empty()) else {
                continue;
            };
            if self.moves.moved_at[nth] == Some(at) {
                continue;
            }
            let size = |moved: &Moved| f64::from(moved.before.map_or(moved.after, |before| moved.after - before)).abs();
            let mut largest: Vec<Moved> = moved.to_vec();
            let by_size = |a: &Moved, b: &Moved| size(b).total_cmp(&size(a)).then(a.row.cmp(&b.row));
            if largest.len() > MOST_MOVES {
                largest.select_nth_unstable_by(MOST_MOVES, by_size);
                largest.truncate(MOST_MOVES);
            }
            largest.sort_unstable_by(by_size);
            self.moves.moves[nth] = look::moves(is_coldstart, &largest, at, &self.world, store)?;
            self.moves.moved_at[nth] = Some(at);
            self.moves.at_ms = Some(now_ms);
        }
        Ok(())
    }

    fn batches(&self) -> Vec<LiveBatch> {
        let given = self.world.batches().iter().enumerate().skip(2).rev().take(MOST_BATCHES);
        given
            .map(|(nth, batch)| LiveBatch {
                batch: nth as u32,
                label: batch.label.clone(),
                table: batch.table.to_owned(),
                loaded_at: batch.loaded_at,
                n_rows: batch.n_rows,
                n_duplicates: batch.n_duplicates,
                n_late: batch.n_late,
                most_days_late: batch.most_days_late.max(0).unsigned_abs(),
                n_unknown: batch.n_unknown,
                deleted_at: batch.deleted_at,
            })
            .collect()
    }

    fn alerts(&self) -> Result<Vec<LiveAlert>, StageError> {
        let findings = self.world.findings(&self.reference, self.first_totals[0])?;
        let mut alerts: Vec<LiveAlert> = findings.iter().map(|finding| self.alert(finding)).collect();
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
        Ok(alerts)
    }

    fn alert(&self, finding: &Finding) -> LiveAlert {
        let name = |table: usize| self.world.scheduler().graph().tables()[table].name.clone();
        let downstream = |table: usize| self.world.reached_from(&name(table));
        let alert = |severity, what: String, why: String, remedy: &str, lineage: Vec<String>| LiveAlert {
            severity,
            what,
            why,
            remedy: remedy.to_owned(),
            lineage,
        };
        let batch_of = |batch: u16| &self.world.batches()[usize::from(batch)];
        let from_batch = |batch: u16| {
            let mut lineage = vec![format!("batch {batch}: {}", batch_of(batch).label)];
            if batch_of(batch).table.is_empty() {
                lineage[0] = batch_of(batch).label.clone();
            } else {
                lineage.extend(self.world.reached_from(batch_of(batch).table));
            }
            lineage
        };
        match finding {
            Finding::Lag { table, lag, target } => alert(
                AlertSeverity::Warning,
                format!("{} is {} behind.", name(*table), minutes(*lag)),
                format!("Its target lag is {}.", minutes(*target)),
                "Look at its last refresh in the history: repair what fails, or resume what is suspended.",
                downstream(*table),
            ),
            Finding::Failing { table, n_failures, error } => alert(
                AlertSeverity::Problem,
                format!("Refreshes of {} fail.", name(*table)),
                format!("{n_failures} in a row: {error}."),
                "Repair the cause; the next refresh then takes up everything that has waited. After five failures the table must be resumed too.",
                downstream(*table),
            ),
            Finding::Suspended { table, by_failures } => alert(
                if *by_failures { AlertSeverity::Problem } else { AlertSeverity::Note },
                format!("{} is suspended.", name(*table)),
                if *by_failures { "It failed five times in a row." } else { "Somebody has suspended it." }.to_owned(),
                "Resume it: nothing that has come meanwhile is lost.",
                downstream(*table),
            ),
            Finding::Duplicates { batch } => alert(
                AlertSeverity::Warning,
                format!("{} of {} rows of batch {batch} were loaded before.", batch_of(*batch).n_duplicates, batch_of(*batch).n_rows),
                "Their ids are known. The first row of an id counts, so that no prediction has changed.".to_owned(),
                "Look for the job that loads twice. Nothing has to be repaired.",
                from_batch(*batch),
            ),
            Finding::Late { batch } => alert(
                AlertSeverity::Warning,
                format!("{} rows of batch {batch} came late, the latest by {} days.", batch_of(*batch).n_late, batch_of(*batch).most_days_late),
                "Their days were over when they were loaded. They enter every window that holds their days, as if they had come in time.".to_owned(),
                "Nothing has to be repaired; predictions made before were made without them.",
                from_batch(*batch),
            ),
            Finding::Unknown { batch } => alert(
                AlertSeverity::Warning,
                format!("{} rows of batch {batch} have a category that the run’s data do not have.", batch_of(*batch).n_unknown),
                "It counts as one more category in UNIQUE_CATEGORIES_PURCHASED.".to_owned(),
                "If it is a slip, delete the batch and load corrected rows; if it is not, add it to the levels and run again.",
                from_batch(*batch),
            ),
            Finding::Amounts { psi, mean_before, mean, n_rows, batch } => alert(
                AlertSeverity::Problem,
                format!("Amounts have changed: {} in the mean of the last week, {} before.", dollars(*mean), dollars(*mean_before)),
                format!("The population stability index over {n_rows} purchases is {psi:.2}; above 0.25 it is large."),
                "Compare the batch with its source. If it is wrong, delete it: the tables are computed anew without it.",
                from_batch(*batch),
            ),
            Finding::Channels { psi, n_rows, batch } => alert(
                AlertSeverity::Warning,
                "New customers come by other channels than before.".to_owned(),
                format!("The population stability index of ACQUISITION_CHANNEL over {n_rows} customers of the last 30 days is {psi:.2}; above 0.25 it is large."),
                "Ask what marketing has changed. If it stays so, train the cold-start model again once these customers’ year is over.",
                from_batch(*batch),
            ),
            Finding::Predictions { before, now } => alert(
                AlertSeverity::Note,
                format!("The predicted total has moved by {:+.0} % since the beginning.", 100.0 * (now / before - 1.0)),
                format!("It was {} and is {}.", dollars(*before), dollars(*now)),
                "See what happened since on “What happened”: the model may have to be trained again.",
                self.world.reached_from(crate::engine::live::CUSTOMER_FEATURES),
            ),
        }
    }
}

/// Whole dollars with commas between thousands.
fn dollars(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{}${text}", if value < 0.0 { "−" } else { "" })
}

pub(super) fn minutes(minutes: Minute) -> String {
    match minutes {
        minutes if minutes >= 2 * MINUTES_PER_DAY => format!("{} days", minutes / MINUTES_PER_DAY),
        minutes if minutes >= 120 => format!("{} hours", minutes / 60),
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::Initial => "it holds nothing yet".to_owned(),
        Why::TargetLag => "its target lag".to_owned(),
        Why::NeededBy(table) => format!("{table} reads it"),
        Why::Manual => "somebody asked".to_owned(),
        Why::Reinitialize(reason) => reason.clone(),
    }
}

fn line(entry: &Entry) -> LiveEntry {
    LiveEntry {
        refresh: entry.refresh,
        n_refreshes: 1,
        table: entry.name.clone(),
        state: match entry.state {
            State::Scheduled => RefreshState::Scheduled,
            State::Executing => RefreshState::Executing,
            State::Succeeded => RefreshState::Succeeded,
            State::Failed => RefreshState::Failed,
            State::Cancelled => RefreshState::Cancelled,
            State::UpstreamFailed => RefreshState::UpstreamFailed,
        },
        action: entry.action.map(|action| match action {
            Action::NoData => RefreshAction::NoData,
            Action::Incremental => RefreshAction::Incremental,
            Action::Full => RefreshAction::Full,
            Action::Reinitialize => RefreshAction::Reinitialize,
        }),
        why: why(&entry.why),
        at: entry.scheduled_at,
        lag_before: entry.lag_before,
        touched: entry.touched,
        inserted: entry.change.inserted,
        updated: entry.change.updated,
        deleted: entry.change.deleted,
        elapsed_ms: entry.elapsed_ms,
        error: entry.error.clone(),
    }
}

/// Newest first; what had nothing to do is one line with what came before it of the same table, as long as nothing else of that table stands
/// between.
fn lines(history: &[Entry]) -> Vec<LiveEntry> {
    let mut lines: Vec<LiveEntry> = Vec::new();
    for entry in history.iter().rev() {
        let is_idle = |line: &LiveEntry| line.action == Some(RefreshAction::NoData);
        let newer = lines.iter_mut().rev().find(|line| line.table == entry.name);
        if let (Some(newer), Some(Action::NoData)) = (newer, entry.action)
            && is_idle(newer)
        {
            newer.n_refreshes += 1;
            continue;
        }
        if lines.len() == MOST_LINES {
            break;
        }
        lines.push(line(entry));
    }
    lines
}

/// What there is to choose from in the forms.
fn levels(world: &crate::engine::live::World) -> Vec<(String, Vec<String>)> {
    let schemas = [world.transactions_schema(), world.staging_schema()];
    let columns = schemas.into_iter().flatten().flat_map(|schema| &schema.columns);
    columns
        .filter_map(|column| match &column.kind {
            ColumnType::Category(levels) => Some((column.name.clone(), levels.clone())),
            _ => None,
        })
        .collect()
}
