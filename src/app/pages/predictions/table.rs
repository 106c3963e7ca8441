//! The table that is looked at: its definition and what can be done to it, its rows as of the chosen moment, plans, and the history of refreshes.

use super::desk::{self, Desk};
use crate::app::components::{Fields, FiguresTable, GrowingTable, ObjectName};
use crate::app::memo::Memo;
use crate::present::charts::Chart;
use crate::present::live::{self, Choice, SCRUB_STEPS, clock};
use crate::protocol::LiveRows;
use leptos::prelude::*;
use std::sync::Arc;

/// Lines of the history that are shown.
const N_LINES: usize = 40;

/// Back to any moment since the beginning.
pub fn scrubber(desk: Desk) -> AnyView {
    let place = desk.memo(|state, choice| choice.scrubbed(state));
    let value = Signal::derive(move || place.get().to_string());
    let shown = desk.memo(|state, choice| clock::moment(choice.at.unwrap_or(state.now)));
    let as_of = desk.memo(|_, choice| choice.as_of());
    let began = desk.memo(|state, _| format!("since {}", clock::moment(state.began)));
    view! {
        <section class="panel" aria-label="Moment looked at">
            <div class="panel-head">
                <h2><label for="scrub">"Look back"</label></h2>
                <p class="panel-note">{move || began.get()}</p>
            </div>
            <input type="range" id="scrub" class="live-scrub" min="0" max=SCRUB_STEPS.to_string() step="1" prop:value=value
                aria-valuetext=move || shown.get() on:input=move |event| desk.act("scrub", &event_target_value(&event))/>
            {desk.form("controls", |state, choice| choice.steps(state))}
            <p class="live-as-of" data-testid="as-of" hidden=move || as_of.with(String::is_empty)>{move || as_of.get()}</p>
        </section>
    }
    .into_any()
}

pub fn table(desk: Desk) -> AnyView {
    let name = desk.memo(|state, choice| choice.table(state).to_owned());
    let facts = desk.memo(|state, choice| live::facts(state, choice.table(state)));
    let fact = |(name, value): (String, String)| view! { <div class="fact"><dt>{name}</dt><dd><ObjectName name=value/></dd></div> };
    let findings = desk.memo(|state, choice| live::findings(state, choice.table(state)));
    let finding = |(rule, text): (String, String)| view! { <dt>{rule}</dt><dd class="prose">{text}</dd> };
    view! {
        <section class="panel" data-testid="live-table">
            <div class="panel-head">
                <h2><code>{move || name.get()}</code></h2>
                <p class="panel-note">"definition, rows and what can be done"</p>
            </div>
            <dl class="facts">{move || facts.get().into_iter().map(fact).collect_view()}</dl>
            {desk.form("controls", |state, choice| choice.orders(state))}
            <details hidden=move || findings.with(Vec::is_empty)>
                <summary>"Rules that its query meets"</summary>
                <dl class="stories">{move || findings.get().into_iter().map(finding).collect_view()}</dl>
            </details>
            {rows(desk, name)}
        </section>
    }
    .into_any()
}

fn rows(desk: Desk, name: Memo<String>) -> impl IntoView {
    let told = desk.store.select(|state| state.live.rows.clone());
    // An answer about another table is not shown under this one's name.
    let found = Memo::new(move |_| {
        let name = name.get();
        told.get().filter(|found| found.look.table == name)
    });
    let is_of_moment = move |found: &&LiveRows| found.look.at == desk.choice.with(|choice| choice.at);
    let table = Signal::derive(move || found.with(|found| found.as_deref().map(live::rows).unwrap_or_default()));
    let words = move || {
        let of_moment = |found: &Option<Arc<LiveRows>>| found.as_deref().filter(is_of_moment).map(live::rows_in_words);
        found.with(of_moment).unwrap_or_else(|| "Reading the rows of that moment.".to_owned())
    };
    let page = move || {
        found.with(|found| {
            let found = found.as_deref()?;
            Some(desk.choice.with(|choice| choice.page_in_words(found.n_rows, found.rows.len() as u64)))
        })
    };
    let pages = Memo::new(move |_| {
        let n_rows = found.with(|found| found.as_ref().map_or(0, |found| found.n_rows));
        desk.choice.with(|choice| choice.pages(n_rows))
    });
    view! {
        <p class="quiet-line">{words}" "{page}</p>
        <GrowingTable table=table caption="Rows"/>
        <Fields fields=pages on=desk.used() class="controls"/>
    }
}

pub fn history(desk: Desk) -> AnyView {
    let plan = desk.memo(|state, _| live::plan_in_words(state));
    let lags = desk.memo(|state, choice: &Choice| Some(live::lag_chart(Some(state), choice)));
    let lags =
        Memo::new(move |_| Chart::Lines(lags.get().unwrap_or_else(|| live::lag_chart(None, &Choice::default()))));
    view! {
        <section class="panel" data-span="half">{desk::chart(lags)}</section>
        <section class="panel" data-span="half">
            <div class="panel-head"><h2>"Next plan"</h2><p class="panel-note">{move || plan.get()}</p></div>
            {desk.table("Next plan", |state, _| (live::plan(state), Vec::new()))}
            {measuring(desk)}
        </section>
        <section class="panel">
            <div class="panel-head">
                <h2>"Refresh history"</h2>
                <p class="panel-note">"newest first; refreshes without new data that follow each other are one line"</p>
            </div>
            <div class="live-history">{desk.table("Refresh history", |state, _| (live::history(state, N_LINES), Vec::new()))}</div>
        </section>
    }
    .into_any()
}

fn measuring(desk: Desk) -> impl IntoView {
    let measured = desk.store.select(|state| state.live.measured.clone());
    let found = move || {
        measured.get().map(|found| {
            view! {
                <p class="prose">{live::measured_in_words(&found)}</p>
                <FiguresTable table=live::measured(&found) caption="Rows computed and time taken in both modes"/>
            }
        })
    };
    view! {
        <h3>"INCREMENTAL against FULL"</h3>
        <p class="prose">"Every table is refreshed with what has come since its last refresh, which stands in the history; then it is computed from all rows beside it, and both are compared."</p>
        {desk.form("controls", |state, choice| choice.measuring(state))}
        <div aria-live="polite">{found}</div>
    }
}
