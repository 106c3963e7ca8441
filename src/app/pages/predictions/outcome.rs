//! What happened: predictions made at the beginning and in later months beside what customers have spent since.

use super::clock;
use super::desk::{self, Desk};
use crate::app::components::FiguresTable;
use crate::app::memo::Memo;
use crate::present::charts::{Chart, ChartTable};
use crate::present::format;
use crate::present::live;
use crate::protocol::LiveOutcome;
use leptos::prelude::*;
use std::sync::Arc;

pub fn outcome(desk: Desk) -> AnyView {
    let found = desk.store.select(|state| state.live.outcome.clone());
    let known = desk.memo(|state, _| live::known_so_far(state));
    let took = move || {
        found.with(|found| found.as_ref().map(|found| format!("Reckoned in {}.", format::duration(found.elapsed_ms))))
    };
    let chart = move |what: fn(Option<&LiveOutcome>) -> Chart| {
        desk::chart(Memo::new(move |_| found.with(|found| what(found.as_deref()))))
    };
    let retrained = move || {
        let words = found.with(|found| found.as_deref().map_or(String::new(), live::retrain_in_words));
        let table =
            found.with(|found| found.as_ref().and_then(|found| found.retrain.as_ref().map(live::retrain_table)));
        view! {
            <p class="prose" data-testid="retrain">{words}</p>
            {table.map(|table| view! { <FiguresTable table=table caption="The served model and one trained again"/> })}
        }
    };
    view! {
        <div class="grid live">
            {clock::clock(desk)}
            <section class="panel">
                <div class="panel-head"><h2>"What happened"</h2><p class="panel-note">"to the continuous customers"</p></div>
                <p class="prose" data-testid="known">{move || known.get()}</p>
                {desk.form("controls", |state, choice| choice.outcome_buttons(state))}
                <p class="quiet-line">{took}</p>
            </section>
            <section class="panel" data-span="half">{chart(|found| Chart::Lines(live::pace(found)))}</section>
            <section class="panel" data-span="half">
                {chart(|found| Chart::Deciles(live::tenths(found)))}
                {folded(found, "Every tenth", |found| !found.tenths.is_empty(), live::tenths_table)}
            </section>
            <section class="panel" data-span="half">
                {chart(|found| Chart::Lines(live::ratio(found)))}
                {folded(found, "Predictions of each month", |found| !found.cohorts.is_empty(), live::cohorts)}
            </section>
            <section class="panel" data-span="half">{chart(|found| Chart::Lines(live::drift(found)))}</section>
            <section class="panel">
                <div class="panel-head"><h2>"Would training again have paid?"</h2></div>
                {retrained}
            </section>
        </div>
    }
    .into_any()
}

fn folded(
    found: Memo<Option<Arc<LiveOutcome>>>,
    caption: &'static str,
    is_there: fn(&LiveOutcome) -> bool,
    what: fn(&LiveOutcome) -> ChartTable,
) -> AnyView {
    let table = move || {
        let found = found.get().filter(|found| is_there(found))?;
        Some(view! {
            <details><summary>{caption}</summary><FiguresTable table=what(&found) caption=caption/></details>
        })
    };
    table.into_any()
}
