//! Breaking things on purpose: one card each, and everything that shows it on the same page.

use super::desk::Desk;
use super::{alerts, clock};
use crate::app::components::Empty;
use crate::present::live::{self, FAULTS, Fault};
use leptos::prelude::*;

pub fn faults(desk: Desk) -> AnyView {
    let has_batches = desk.memo(|state, _| !state.batches.is_empty());
    let batches = move || {
        match has_batches.get() {
        true => desk.table("Batches", |state, _| live::batches(&state.batches)),
        false => view! { <Empty text="Whatever is loaded otherwise than by the simulation appears here: by a fault above, by hand, or from a file."/> }
            .into_any(),
    }
    };
    view! {
        <div class="grid live">
            {clock::clock(desk)}
            {FAULTS.map(|fault| card(desk, fault))}
            {alerts::alerts(desk)}
            <section class="panel" data-testid="batches">
                <div class="panel-head"><h2>"Batches"</h2><p class="panel-note">"a deleted batch is gone with the next refresh"</p></div>
                {batches}
            </section>
            <section class="panel" data-testid="live-states">
                <div class="panel-head"><h2>"Tables"</h2><p class="panel-note">"a table that has failed five times in a row is suspended"</p></div>
                {desk.table("States of the dynamic tables", |state, _| live::states(state))}
            </section>
        </div>
    }
    .into_any()
}

fn card(desk: Desk, fault: Fault) -> impl IntoView {
    let part = |name: &'static str, text: &'static str| view! { <dt>{name}</dt><dd class="prose">{text}</dd> };
    view! {
        <section class="panel" data-span="third">
            <div class="panel-head"><h2>{fault.title}</h2></div>
            <p>{fault.does}</p>
            <dl class="stories">
                {part("What alarms", fault.alarms)}
                {part("What recovers", fault.recovers)}
                {part("How to find the cause", fault.find)}
            </dl>
            {desk.form("controls", move |state, choice| choice.fault_buttons(state, &fault))}
        </section>
    }
}
