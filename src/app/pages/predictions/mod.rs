//! Predictions: those of the run, and live ones under a simulated clock: what keeps them fresh, what goes wrong, what happened afterwards.

mod alerts;
mod clock;
mod desk;
mod faults;
mod forms;
mod graph;
mod outcome;
mod people;
mod run;
mod table;

use crate::app::components::{Empty, Panel, SectionTabs};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::live;
use crate::present::route::{Page, Section};
use desk::Desk;
use leptos::prelude::*;

#[component]
pub fn PredictionsPage() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    let desk = Desk::new(store, section);
    let has_begun = Memo::new(move |_| desk.state.with(Option::is_some));
    view! {
        <SectionTabs page=Page::Predictions first="By the run"/>
        {move || match section.get() {
            None => view! { <run::OfTheRun/> }.into_any(),
            Some(_) if !has_begun.get() => not_begun(desk),
            Some(Section::Live) => live_page(desk),
            Some(Section::Faults) => faults::faults(desk),
            Some(Section::Outcome) => outcome::outcome(desk),
            Some(_) => ().into_any(),
        }}
    }
}

fn not_begun(desk: Desk) -> AnyView {
    let can_begin = desk.store.select(live::can_begin);
    let words = move || {
        let text = if can_begin.get() {
            "The simulation is being made ready from what the run has made."
        } else {
            "Once the pipeline has scored its customers, the clock can go on from there: new purchases, visits and customers arrive, and predictions follow them. Press “Run pipeline”."
        };
        view! { <Empty text=text/> }
    };
    view! { <Panel title="Live predictions">{words}</Panel> }.into_any()
}

fn live_page(desk: Desk) -> AnyView {
    view! {
        <div class="grid live">
            {clock::clock(desk)}
            {graph::graph(desk)}
            {table::scrubber(desk)}
            {table::table(desk)}
            {people::predictions(desk)}
            {people::customer(desk)}
            {alerts::alerts(desk)}
            {forms::forms(desk)}
            {table::history(desk)}
        </div>
    }
    .into_any()
}
