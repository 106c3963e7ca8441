//! The top bar: what is running and how far, the settings, and the actions of the run.

use super::settings::Settings;
use crate::app::components::glyph::{self, Glyph};
use crate::app::document_root;
use crate::app::hand_over;
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::RunState;
use crate::present::recipe::Recipe;
use crate::present::state::{AppState, Severity};
use crate::present::words;
use crate::protocol::Command;
use leptos::prelude::*;

#[component]
pub fn TopBar(help_open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let problem = RwSignal::new(None::<String>);
    let running = store.select(|state| state.run == RunState::Running);
    let ready = store.select(|state| state.worker_ready);
    let unfit = Memo::new(move |_| store.unfit.with(|all| all.values().next().map(|unfit| unfit.problem.clone())));
    let blocking = Signal::derive(move || problem.get().or_else(|| unfit.get()));
    let blocked = Signal::derive(move || !ready.get() || blocking.get().is_some());
    view! {
        <header class="top-bar">
            <RunStatus/>
            <Settings problem=problem/>
            <div class="run-actions">
                <Show
                    when=move || running.get()
                    fallback=move || view! {
                        <button type="button" class="primary" disabled=blocked on:click=move |_| store.run()>"Run pipeline"</button>
                    }
                >
                    <button type="button" class="primary" data-running="" on:click=move |_| store.send(&Command::Cancel)>"Cancel"</button>
                </Show>
                <button type="button" class="quiet" title="Forget all results" on:click=move |_| store.send(&Command::Reset)>
                    <Glyph path=glyph::RESET/><span class="wide-only">"Reset"</span>
                </button>
            </div>
            <PageActions help_open=help_open/>
            <p class="settings-problem" id="settings-problem" role="status">{blocking}</p>
        </header>
    }
}

/// What is running and how far.
#[component]
fn RunStatus() -> impl IntoView {
    let store = use_store();
    let status = store.select(words::run_status);
    let run = store.select(|state| state.run.word());
    let fraction = store.select(AppState::run_fraction);
    view! {
        <div class="run-status" data-run=move || run.get()>
            <span class="run-words">{move || status.get()}</span>
            <progress max="1" value=move || fraction.get().to_string() aria-label="Progress of the run"
                hidden=move || run.get() != "running"></progress>
        </div>
    }
}

/// Link, theme, help.
#[component]
fn PageActions(help_open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let theme = store.theme;
    let run = store.select(|state| state.run);
    let (copied, set_copied) = signal(false);
    let copy_link = move |_| {
        let recipe = store.recipe();
        let starts = recipe.starts || run.get_untracked() != RunState::Idle;
        let link = document_root::link_to(&Recipe { starts, ..recipe });
        hand_over::copy(link.clone(), move |done| {
            if !done {
                let why = format!("The browser denied access to the clipboard; copy this link: {link}");
                return store.notify(Severity::Problem, &why);
            }
            set_copied.set(true);
            gloo::timers::callback::Timeout::new(2_500, move || set_copied.set(false)).forget();
        });
    };
    view! {
        <div class="page-actions">
            <span class="copied" role="status">{move || copied.get().then_some("Link copied")}</span>
            <button type="button" class="icon" aria-label="Copy link" title="Copy link" on:click=copy_link>
                <Glyph path=Signal::derive(move || if copied.get() { glyph::CHECK } else { glyph::LINK })/>
            </button>
            <button
                type="button"
                class="icon"
                aria-label=move || format!("Theme: {}. Change", theme.chosen.get().word())
                title=move || format!("Theme: {}", theme.chosen.get().word())
                on:click=move |_| theme.toggle()
            >
                <Glyph path=Signal::derive(move || glyph::of_theme(theme.chosen.get()))/>
            </button>
            <button type="button" class="icon" aria-label="Help" title="Help" on:click=move |_| help_open.set(true)>
                <Glyph path=glyph::HELP/>
            </button>
        </div>
    }
}
