//! The simulated clock: what it says, how fast it goes, and where it is sent.

use super::desk::Desk;
use crate::app::memo::Memo;
use crate::present::live::{Choice, Speed, clock};
use leptos::prelude::*;

pub fn clock(desk: Desk) -> AnyView {
    let now =
        Memo::new(move |_| desk.state.with(|state| state.as_ref().map_or(String::new(), |s| clock::moment(s.now))));
    let status = desk.memo(clock::status);
    let step = desk.memo(|state, _| clock::step_in_words(state));
    let is_quiet = desk.memo(|state, _| !state.has_arrivals);
    let progress = Memo::new(move |_| {
        desk.state.with(|state| desk.choice.with(|choice| state.as_ref().and_then(|s| clock::progress(s, choice))))
    });
    let share = move || progress.with(|progress| progress.as_ref().map_or(0.0, |(share, _)| *share).to_string());
    let way = move || progress.with(|progress| progress.as_ref().map_or(String::new(), |(_, words)| words.clone()));
    let speed = move |speed: Speed| {
        let pressed = move || desk.choice.with(|choice| choice.speed == speed).to_string();
        let press = move |_| desk.act(speed.id(), "");
        view! { <button type="button" aria-pressed=pressed on:click=press>{speed.label()}</button> }
    };
    view! {
        <section class="panel live-clock" aria-label="Simulated clock">
            <p class="live-now" data-testid="clock">{move || now.get()}</p>
            <div class="segments" role="group" aria-label="Speed of the clock">{Speed::ALL.map(speed)}</div>
            {desk.form("controls", |state, choice: &Choice| choice.clock_buttons(state))}
            <p class="live-status" role="status" data-testid="clock-status">{move || status.get()}</p>
            <div class="progress-line live-way" hidden=move || progress.with(Option::is_none)>
                <progress max="1" value=share aria-label="Progress of the jump"></progress>
                <span>{way}</span>
            </div>
            <p class="quiet-line">{move || step.get()}</p>
            <p class="quiet-line" hidden=move || !is_quiet.get()>
                "These are your own tables, to which nothing comes by itself: the clock goes, and what arrives is what you add below."
            </p>
        </section>
    }
    .into_any()
}
