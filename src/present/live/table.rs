//! One dynamic table in detail, its plan and the history of refreshes: facts, rows and sentences.

use super::{action_word, clock, graph, mode_word, table_of};
use crate::present::charts::ChartTable;
use crate::present::fields::Field;
use crate::present::{columns, features, format, number};
use crate::protocol::{
    DeclaredMode, LiveEntry, LiveMeasured, LivePlan, LiveRows, LiveState, LiveTable, MeasuredTable, RefreshState,
};

fn table(headers: &[&str], rows: Vec<Vec<String>>) -> ChartTable {
    ChartTable { headers: headers.iter().map(|head| (*head).to_owned()).collect(), rows }
}

/// The definition and the present state of a table, a name and a value each; of a source what little there is.
pub fn facts(state: &LiveState, name: &str) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let Some(table) = table_of(state, name) else {
        let Some(source) = state.sources.iter().find(|source| source.name == name) else { return Vec::new() };
        let mut facts = vec![
            fact("Rows", format::count(source.n_rows)),
            fact("By the last step", format::counted(source.n_new, "new row", "new rows")),
        ];
        facts.extend(source.as_of.as_ref().map(|day| fact("Observation date", day.clone())));
        return facts;
    };
    let declared = match table.declared {
        DeclaredMode::Auto => "AUTO",
        DeclaredMode::Incremental => "INCREMENTAL",
        DeclaredMode::Full => "FULL",
    };
    let moment = |at: Option<i64>| at.map_or(format::ABSENT.to_owned(), clock::moment);
    let mut facts = vec![
        fact("TARGET_LAG", clock::span(table.target_lag)),
        fact("Lag now", table.lag.map_or(format::ABSENT.to_owned(), clock::span)),
        fact("REFRESH_MODE", format!("{declared}, resolved to {}", mode_word(table.is_full))),
        fact("Because", table.mode_reason.clone()),
        fact("Reads", table.reads.join(", ")),
        fact("Rows", format::count(table.n_rows)),
        fact("Holds its sources as of", moment(table.data_time)),
        fact("Next due", if table.is_suspended { "never while suspended".to_owned() } else { moment(table.next_due) }),
    ];
    if table.n_failures > 0 {
        facts.push(fact("Failures in a row", format::count(table.n_failures.into())));
    }
    facts
}

/// The rules that its query meets: what each says, and what follows from it.
pub fn findings(state: &LiveState, name: &str) -> Vec<(String, String)> {
    table_of(state, name).map_or(Vec::new(), |table| table.findings.iter().map(features::refresh_finding).collect())
}

/// The next plan, step by step.
pub fn plan(state: &LiveState) -> ChartTable {
    let row = |step: &crate::protocol::LivePlanStep| {
        vec![step.table.clone(), mode_word(step.is_full).to_owned(), format::count(step.n_open), step.why.clone()]
    };
    let steps = state.plan.as_ref().map(|plan| plan.steps.iter().map(row).collect()).unwrap_or_default();
    table(&["Table", "Mode", "Rows waiting", "Why"], steps)
}

/// When the next plan is carried out.
pub fn plan_in_words(state: &LiveState) -> String {
    match &state.plan {
        None => "No table is due: all are suspended or held.".to_owned(),
        Some(LivePlan { at, steps }) => {
            let in_time = match at - state.now {
                0 => "now".to_owned(),
                minutes => format!("in {}", clock::span(minutes)),
            };
            format!("{in_time}, at {}: {}.", clock::moment(*at), format::counted(steps.len() as u64, "table", "tables"))
        }
    }
}

fn state_word(state: RefreshState) -> &'static str {
    match state {
        RefreshState::Scheduled => "SCHEDULED",
        RefreshState::Executing => "EXECUTING",
        RefreshState::Succeeded => "SUCCEEDED",
        RefreshState::Failed => "FAILED",
        RefreshState::Cancelled => "CANCELLED",
        RefreshState::UpstreamFailed => "UPSTREAM_FAILED",
    }
}

/// The last refreshes, newest first, at most so many lines.
pub fn history(state: &LiveState, n_lines: usize) -> ChartTable {
    let row = |entry: &LiveEntry| {
        let times =
            if entry.n_refreshes > 1 { format!(" × {}", format::count(entry.n_refreshes)) } else { String::new() };
        vec![
            format!("{}{times}", entry.refresh),
            entry.table.clone(),
            state_word(entry.state).to_owned(),
            entry.action.map_or(format::ABSENT, action_word).to_owned(),
            entry.why.clone(),
            clock::short(entry.at),
            entry.lag_before.map_or(format::ABSENT.to_owned(), clock::span),
            format::count(entry.touched),
            format::count(entry.inserted),
            format::count(entry.updated),
            format::count(entry.deleted),
            format::duration(entry.elapsed_ms),
            entry.error.clone().unwrap_or_default(),
        ]
    };
    let headers = [
        "Refresh",
        "Table",
        "State",
        "Action",
        "Why",
        "At",
        "Lag before",
        "Computed",
        "Inserted",
        "Updated",
        "Deleted",
        "Took",
        "Error",
    ];
    table(&headers, state.history.iter().take(n_lines).map(row).collect())
}

/// How every dynamic table stands, and the button that lets it go on.
pub fn states(state: &LiveState) -> (ChartTable, Vec<Option<Field>>) {
    let row = |of: &LiveTable| {
        let words = graph::node(state, &of.name);
        let lag = of.lag.map_or(format::ABSENT.to_owned(), clock::span);
        let (state, last) = (words.state.label().to_owned(), words.action_in_words);
        vec![of.name.clone(), state, lag, clock::span(of.target_lag), format::count(of.n_failures.into()), last]
    };
    let button = |of: &LiveTable| match (of.is_broken, of.is_suspended) {
        (true, _) => Some(Field::button(&format!("repair:{}", of.name), "Repair", false)),
        (false, true) => Some(Field::button(&format!("resume:{}", of.name), "Resume", false)),
        (false, false) => None,
    };
    let headers = ["Table", "State", "Lag", "Target", "Failures in a row", "Last refresh"];
    (table(&headers, state.tables.iter().map(row).collect()), state.tables.iter().map(button).collect())
}

/// Rows as of the moment looked at; predictions say which refresh wrote them.
pub fn rows(found: &LiveRows) -> ChartTable {
    let mut headers: Vec<String> = found.columns.iter().map(|column| column.name.clone()).collect();
    if !found.writers.is_empty() {
        headers.push("Written by refresh".to_owned());
    }
    let cell = |(nth, value): (usize, &Option<String>)| {
        let Some(text) = value else { return "null".to_owned() };
        let in_dollars = found.columns.get(nth).filter(|column| column.unit == "USD");
        match in_dollars.zip(number::read(text)) {
            Some((column, dollars)) => columns::number(&column.unit, &column.sql_type, dollars),
            None => text.clone(),
        }
    };
    let row = |(nth, row): (usize, &Vec<Option<String>>)| {
        let writer = found.writers.get(nth).map(u64::to_string);
        row.iter().enumerate().map(cell).chain(writer).collect()
    };
    ChartTable { headers, rows: found.rows.iter().enumerate().map(row).collect() }
}

/// Where the rows come from, and what reading them back took.
pub fn rows_in_words(found: &LiveRows) -> String {
    let mut words = match (found.refresh, found.data_time) {
        (Some(refresh), Some(at)) => format!("Brought by refresh {refresh}; the sources as of {}.", clock::moment(at)),
        (None, Some(at)) => format!("As of {}.", clock::moment(at)),
        _ if found.look.at.is_some() => "The table had not been refreshed by then.".to_owned(),
        _ => "The table holds nothing yet.".to_owned(),
    };
    if found.look.at.is_some() && found.data_time.is_some() {
        words.push_str(&format!(" Computed again in {}.", format::duration(found.elapsed_ms)));
    }
    words
}

/// Each table refreshed in both modes.
pub fn measured(found: &LiveMeasured) -> ChartTable {
    let row = |of: &MeasuredTable| {
        let fewer = match (of.full_rows, of.incremental_rows) {
            (0, _) => format::ABSENT.to_owned(),
            (full, incremental) => format::percent(incremental as f64 / full as f64),
        };
        vec![
            of.table.clone(),
            format::count(of.incremental_rows),
            format::count(of.full_rows),
            fewer,
            format::duration(of.incremental_ms),
            format::duration(of.full_ms),
        ]
    };
    let headers = ["Table", "Rows, INCREMENTAL", "Rows, FULL", "Share computed", "Took, INCREMENTAL", "Took, FULL"];
    table(&headers, found.tables.iter().map(row).collect())
}

pub fn measured_in_words(found: &LiveMeasured) -> String {
    let equal = if found.is_equal {
        "Both modes gave the same rows."
    } else {
        "The modes gave different rows, which must not be: please report it."
    };
    format!(
        "Measured at {} on the rows that had come since each table’s last refresh. {equal}",
        clock::moment(found.at)
    )
}
