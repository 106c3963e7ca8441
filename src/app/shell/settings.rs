//! The settings of a run: seed and size, checked while they are typed against the same bounds as the link.

use crate::app::store::use_store;
use crate::present::route::{Route, Section};
use crate::present::{format, generator, recipe};
use crate::protocol::{RunConfig, limits};
use leptos::prelude::*;

/// Sizes that most readers want.
const PRESETS: [(u32, &str); 3] = [(1_000, "1k"), (10_000, "10k"), (limits::FULL_SIZE_CUSTOMERS, "50k")];

/// Scenario and target in a few words, leading to where they are chosen. Narrow windows show it only when it says something
/// unusual.
#[component]
fn ScenarioLink() -> impl IntoView {
    let store = use_store();
    let info = store.generator();
    let summary = Signal::derive(move || {
        info.get().map(|info| store.settings.with(|settings| generator::summary(&info, settings))).unwrap_or_default()
    });
    let usual = Signal::derive(move || {
        store.settings.with(|settings| settings.makes_the_same_as(&as_usual(settings))).to_string()
    });
    let href = Route::to_section(Section::Generator).href();
    view! {
        <a class="scenario-link" data-usual=usual href=href title=Signal::derive(move || format!("Scenario, target and parameters: {}", summary.get())) hidden=Signal::derive(move || info.with(Option::is_none))>
            <span class="visually-hidden">"Scenario: "</span>{summary}
        </a>
    }
}

/// The same seed and size with nothing else changed.
fn as_usual(settings: &RunConfig) -> RunConfig {
    RunConfig { seed: settings.seed, customers: settings.customers, ..RunConfig::default() }
}

/// Seed and size; `problem` holds the sentence about what does not fit.
#[component]
pub fn Settings(problem: RwSignal<Option<String>>) -> impl IntoView {
    let store = use_store();
    let seed_problem = RwSignal::new(None::<String>);
    let size_problem = RwSignal::new(None::<String>);
    Effect::new(move || problem.set(seed_problem.get().or(size_problem.get())));
    let on_seed = move |event| match recipe::seed(&event_target_value(&event)) {
        Ok(seed) => {
            seed_problem.set(None);
            store.change_settings(|settings| settings.seed = seed);
        }
        Err(sentence) => seed_problem.set(Some(sentence)),
    };
    let on_size = move |event| match recipe::customers(&event_target_value(&event)) {
        Ok(customers) => {
            size_problem.set(None);
            store.change_settings(|settings| settings.customers = customers);
        }
        Err(sentence) => size_problem.set(Some(sentence)),
    };
    let preset = move |(customers, label): (u32, &'static str)| {
        let chosen = move || (store.settings.get().customers == customers).to_string();
        let choose = move |_| {
            size_problem.set(None);
            store.change_settings(|settings| settings.customers = customers);
        };
        // The name contains the visible words, so that speech control finds the button.
        let name = format!("{label}: {} customers", format::count(customers.into()));
        view! { <button type="button" aria-pressed=chosen aria-label=name on:click=choose>{label}</button> }
    };
    let invalid = |problem: RwSignal<Option<String>>| move || problem.with(Option::is_some).to_string();
    view! {
        <div class="settings" role="group" aria-label="Settings of the run">
            <label class="field">
                <span>"Seed"</span>
                <input type="text" inputmode="numeric" size="6" autocomplete="off" spellcheck="false"
                    aria-invalid=invalid(seed_problem) aria-describedby="settings-problem"
                    prop:value=move || store.settings.get().seed.to_string() on:input=on_seed/>
            </label>
            <label class="field">
                <span>"Customers"</span>
                <input type="text" inputmode="numeric" size="7" autocomplete="off" spellcheck="false"
                    aria-invalid=invalid(size_problem) aria-describedby="settings-problem"
                    prop:value=move || store.settings.get().customers.to_string() on:input=on_size/>
            </label>
            <ScenarioLink/>
            <div class="presets" role="group" aria-label="Usual sizes">{PRESETS.into_iter().map(preset).collect_view()}</div>
        </div>
    }
}
