//! Predictions with their largest changes, and one customer: what is predicted, which refresh wrote it, why it changed.

use super::desk::{self, Desk};
use crate::app::components::{Empty, GrowingTable};
use crate::app::memo::Memo;
use crate::present::charts::Chart;
use crate::present::live;
use leptos::prelude::*;

pub fn predictions(desk: Desk) -> AnyView {
    let tables = desk.memo(|state, _| state.sides.iter().map(|side| side.table.clone()).collect::<Vec<_>>());
    let side = move |(nth, table): (usize, String)| {
        let test_id = format!("side-{table}");
        let caption = format!("Largest changes in {table}");
        let figures = desk.memo(move |state, _| state.sides.get(nth).map(live::side_figures).unwrap_or_default());
        let has_moved = desk.memo(move |state, _| state.sides.get(nth).is_some_and(|side| !side.moved.is_empty()));
        let moves = move || {
            match has_moved.get() {
            true => desk.table(&caption, move |state, _| {
                state.sides.get(nth).map(live::moves).unwrap_or_default()
            }),
            false => view! { <Empty text="The largest changes and their reasons appear here once a refresh with new data has changed predictions."/> }
                .into_any(),
        }
        };
        view! {
            <section class="panel" data-span="half" data-testid=test_id>
                <div class="panel-head"><h2><code>{table}</code></h2></div>
                {desk::cards(figures)}
                <h3>"Largest changes of the last refresh with new data"</h3>
                {moves}
            </section>
        }
    };
    (move || tables.get().into_iter().enumerate().map(side).collect_view()).into_any()
}

pub fn customer(desk: Desk) -> AnyView {
    let told = desk.store.select(|state| state.live.customer.clone());
    let found = Memo::new(move |_| {
        let explained = desk.choice.with(|choice| choice.explained);
        told.get().filter(|found| Some(found.customer_id) == explained)
    });
    let is_found = Memo::new(move |_| found.with(Option::is_some));
    let words = move || found.with(|found| found.as_deref().map_or(String::new(), live::customer_in_words));
    let figures =
        Memo::new(move |_| found.with(|found| found.as_deref().map(live::customer_figures).unwrap_or_default()));
    let reasons = Memo::new(move |_| found.with(|found| found.as_deref().map(live::reasons).unwrap_or_default()));
    let reason = |text: String| view! { <li>{text}</li> };
    let path = Memo::new(move |_| Chart::Lines(found.with(|found| live::path_chart(found.as_deref()))));
    let events = Signal::derive(move || found.with(|found| found.as_deref().map(live::events).unwrap_or_default()));
    let detail = move || {
        match is_found.get() {
        false => view! { <Empty text="A customer’s prediction, its reasons and the rows behind it appear here: type a number, or press “Explain” beside a change."/> }
            .into_any(),
        true => view! {
            <p class="prose" data-testid="live-customer">{words}</p>
            {desk::cards(figures)}
            <h3 hidden=move || reasons.with(Vec::is_empty)>"Why that refresh changed it"</h3>
            <ul class="plain-list">{move || reasons.get().into_iter().map(reason).collect_view()}</ul>
            {desk::chart(path)}
            <h3>"What came last"</h3>
            <GrowingTable table=events caption="What came last"/>
        }
        .into_any(),
    }
    };
    // Enter does what the button does.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        desk.act("explain", "");
    };
    view! {
        <section class="panel">
            <div class="panel-head">
                <h2>"One customer"</h2>
                <p class="panel-note">"as of the moment looked at"</p>
            </div>
            <form on:submit=submit>{desk.form("controls", |state, choice| choice.search(state))}</form>
            {detail}
        </section>
    }
    .into_any()
}
