//! The generator's settings: seed, size and NOW, scenario, target, every parameter, and what a run with them will take. Nothing
//! runs until the reader asks; every change goes into the address.

use crate::app::components::{Accept, CheckedField, MetricCard, Panel};
use crate::app::device;
use crate::app::memo::Memo;
use crate::app::store::{Store, use_store};
use crate::present::estimate::{basis, device_warning, roughly, warning};
use crate::present::{RunState, format, generator, number, recipe, words};
use crate::protocol::{
    GeneratorInfo, ParameterGroup, ParameterInfo, RunConfig, RunEstimate, ScenarioInfo, TargetKind, limits,
};
use leptos::prelude::*;
use std::sync::Arc;

/// Sizes that most readers want.
const SIZES: [(u32, &str); 3] =
    [(1_000, "instant"), (limits::FULL_SIZE_CUSTOMERS, "default"), (*limits::CUSTOMERS.end(), "ten times")];

#[component]
pub fn Generator() -> impl IntoView {
    let store = use_store();
    let info = store.generator();
    view! {
        <div class="grid">
            <Panel title="Seed, size and date" span="wide"><Basics/></Panel>
            <Panel title="What a run will take" span="third" note="an estimate"><Forecast/></Panel>
            {move || info.get().map(|info| view! { <Scenarios info=info/> })}
            <Target/>
            {move || info.get().map(|info| view! { <Parameters info=info/> })}
        </div>
    }
}

/// A field over one setting of the run.
fn setting<T: ToString + 'static>(
    store: Store,
    get: fn(&RunConfig) -> String,
    read: fn(&str) -> Result<T, String>,
    set: fn(&mut RunConfig, T),
) -> (Memo<String>, Accept) {
    let value = Memo::new(move |_| store.settings.with(get));
    let accept = Accept::new(move |text: String| {
        let read = read(&text)?;
        let own = read.to_string();
        store.change_settings(|settings| set(settings, read));
        Ok(own)
    });
    (value, accept)
}

#[component]
fn Basics() -> impl IntoView {
    let store = use_store();
    let (seed, on_seed) = setting(store, |s| s.seed.to_string(), recipe::seed, |s, seed| s.seed = seed);
    let (size, on_size) = setting(store, |s| s.customers.to_string(), recipe::customers, |s, n| s.customers = n);
    let (now, on_now) = setting(store, |s| s.now.clone(), recipe::now, |s, now| s.now = now);
    let preset = move |(customers, word): (u32, &'static str)| {
        let chosen = Signal::derive(move || (store.settings.with(|s| s.customers) == customers).to_string());
        let choose = move |_| {
            store.unfit.update(|all| drop(all.remove("generator-customers")));
            store.change_settings(|settings| settings.customers = customers);
        };
        view! {
            <button type="button" aria-pressed=chosen on:click=choose>
                {format::count(customers.into())}" "<span class="segment-note">{word}</span>
            </button>
        }
    };
    view! {
        <div class="basics">
            <div class="basics-column">
            <div class="basic">
                <label for="generator-seed">"Seed"</label>
                <CheckedField id="generator-seed" value=seed accept=on_seed inputmode="numeric" described_by="generator-seed-help"/>
                <p class="prose" id="generator-seed-help">"Another seed makes other customers by the same laws; the same seed gives the same bytes everywhere."</p>
            </div>
            <div class="basic">
                <label for="generator-now">"NOW, the last day of the data"</label>
                <CheckedField id="generator-now" value=now accept=on_now inputmode="text" described_by="generator-now-help"/>
                <p class="prose" id="generator-now-help">
                    {format!("Written YYYY-MM-DD, from {} to {}. Customers are scored as of this day; the clock of this computer plays no part.",
                        limits::NOW.start(), limits::NOW.end())}
                </p>
            </div>
            </div>
            <div class="basic">
                <label for="generator-customers">"Customers in each of the two populations"</label>
                <div class="segments" role="group" aria-label="Usual sizes">{SIZES.map(preset).collect_view()}</div>
                <CheckedField id="generator-customers" value=size accept=on_size inputmode="numeric" described_by="generator-customers-help"/>
                <p class="prose" id="generator-customers-help">
                    {format!("From {} to {}. About ten transactions and a hundred interactions for each established customer at the default rates.",
                        format::count((*limits::CUSTOMERS.start()).into()), format::count((*limits::CUSTOMERS.end()).into()))}
                </p>
            </div>
        </div>
    }
}

fn about(n_rows: f64) -> String {
    format!("≈ {}", format::count(roughly(n_rows)))
}

/// Expected rows, memory and time, with what they were reckoned from.
#[component]
fn Forecast() -> impl IntoView {
    let store = use_store();
    let estimate = store.estimate();
    let figure = move |of: fn(&RunEstimate) -> String| {
        Signal::derive(move || estimate.with(|e| e.as_ref().map_or(format::ABSENT.to_owned(), of)))
    };
    let warnings = move || {
        let estimate = estimate.get()?;
        let device = device_warning(estimate.memory_bytes, device::memory_gigabytes());
        let shown = |text: String| view! { <p class="verdict" data-judgement="caution" role="status"><strong>"Large run"</strong>" "{text}</p> };
        let large = store.settings.with(|settings| warning(estimate.memory_bytes, settings.customers));
        Some(large.into_iter().chain(device).map(shown).collect_view())
    };
    let basis = Signal::derive(move || estimate.with(|e| e.as_ref().map(basis).unwrap_or_default()));
    let running = store.select(|state| state.run == RunState::Running);
    let ready = store.select(|state| state.worker_ready);
    let blocked = Signal::derive(move || running.get() || !ready.get() || store.unfit.with(|all| !all.is_empty()));
    view! {
        <dl class="metrics" data-size="small" data-columns="2" data-testid="estimate">
            <MetricCard label="Transactions" value=figure(|e| about(e.n_transactions))/>
            <MetricCard label="Interactions" value=figure(|e| about(e.n_interactions))/>
            <MetricCard label="Memory" value=figure(|e| format!("≈ {}", format::bytes(roughly(e.memory_bytes))))/>
            <MetricCard label="Time" value=figure(|e| format!("≈ {}", format::duration(roughly(e.elapsed_ms) as f64)))/>
        </dl>
        {warnings}
        <p class="prose">{basis}</p>
        <button type="button" class="primary" disabled=blocked on:click=move |_| store.run()>"Run with these settings"</button>
    }
}

#[component]
fn Scenarios(info: Arc<GeneratorInfo>) -> impl IntoView {
    let store = use_store();
    let card = |scenario: &ScenarioInfo| view! { <ScenarioCard info=info.clone() scenario=scenario.clone()/> };
    let cards = info.scenarios.iter().map(card).collect_view();
    let is_untouched = Signal::derive(move || store.settings.with(|settings| settings.overrides.is_empty()));
    view! {
        <Panel title="Scenario" note="differences from the base configuration">
            <fieldset class="choices"><legend class="visually-hidden">"Scenario"</legend>{cards}</fieldset>
            <p class="prose" hidden=is_untouched>
                "What you have changed yourself below stays as it is under every scenario."
            </p>
        </Panel>
    }
}

#[component]
fn ScenarioCard(info: Arc<GeneratorInfo>, scenario: ScenarioInfo) -> impl IntoView {
    let store = use_store();
    let ScenarioInfo { name, label, explanation, look_for, .. } = scenario.clone();
    let line = |d: generator::Difference| {
        view! { <span class="difference"><span>{d.label}</span>" "<span class="difference-values">{d.from}" → "<strong>{d.to}</strong></span></span> }
    };
    let lines = generator::differences(&info, &scenario).into_iter().map(line).collect_view();
    let (chosen_name, ids) = (name.clone(), name.clone());
    let chosen = Signal::derive(move || store.settings.with(|settings| settings.scenario == chosen_name));
    let choose = {
        let name = name.clone();
        move |_| store.change_settings(|settings| generator::choose_scenario(&info, settings, &name))
    };
    view! {
        <label class="choice">
            <input type="radio" name="scenario" value=name prop:checked=chosen on:change=choose
                aria-labelledby=format!("scenario-{ids}") aria-describedby=format!("scenario-{ids}-words")/>
            <span class="choice-title" id=format!("scenario-{ids}")>{label}</span>
            <span class="choice-words" id=format!("scenario-{ids}-words")>
                <span>{explanation}</span>
                {lines}
                <span class="choice-aside">"Look for: "{look_for}</span>
            </span>
        </label>
    }
}

#[component]
fn Target() -> impl IntoView {
    let store = use_store();
    let card = move |target: TargetKind| {
        let chosen = Signal::derive(move || store.settings.with(|settings| settings.target == target));
        let (label, explanation, aside) = words::target_words(target);
        let id = target.word();
        view! {
            <label class="choice">
                <input type="radio" name="target" value=id prop:checked=chosen aria-labelledby=format!("target-{id}")
                    aria-describedby=format!("target-{id}-words")
                    on:change=move |_| store.change_settings(|settings| settings.target = target)/>
                <span class="choice-title" id=format!("target-{id}")>{label}</span>
                <span class="choice-words" id=format!("target-{id}-words")>
                    <span>{explanation}</span>
                    <span class="choice-aside">{aside}</span>
                </span>
            </label>
        }
    };
    let is_real = Signal::derive(move || store.settings.with(|settings| settings.target == TargetKind::Realised));
    view! {
        <Panel title="Target of the continuous model" note="what it learns to predict">
            <fieldset class="choices" data-columns="2">
                <legend class="visually-hidden">"Target"</legend>
                {[TargetKind::Realised, TargetKind::Formula].map(card).collect_view()}
            </fieldset>
            <p class="verdict" data-judgement="caution" hidden=is_real>
                <strong>"Formula target"</strong>" "{words::FORMULA_WARNING}
            </p>
        </Panel>
    }
}

/// Forgets what was typed into the fields of some parameters.
fn forget_typed<'p>(store: Store, parameters: impl Iterator<Item = &'p ParameterInfo>) {
    let ids: Vec<String> = parameters.map(|parameter| parameter.name.clone()).collect();
    store.unfit.update(|all| all.retain(|id, _| !ids.contains(id)));
}

#[component]
fn Parameters(info: Arc<GeneratorInfo>) -> impl IntoView {
    let store = use_store();
    let n_parameters = generator::parameters(&info).count();
    let group = |position: usize| view! { <Group info=info.clone() position=position/> };
    let groups = (0..info.groups.len()).map(group).collect_view();
    let is_untouched = {
        let info = info.clone();
        Signal::derive(move || {
            let typed = store.unfit.with(|all| generator::parameters(&info).any(|p| all.contains_key(&p.name)));
            store.settings.with(|settings| settings.overrides.is_empty()) && !typed
        })
    };
    let reset = move |_| {
        forget_typed(store, generator::parameters(&info));
        store.change_settings(|settings| settings.overrides.clear());
    };
    let note = format!("{n_parameters} rates and shapes of the process");
    view! {
        <Panel title="All parameters" note=note>
            <div class="parameter-groups">{groups}</div>
            <div><button type="button" disabled=is_untouched on:click=reset>"Reset all parameters"</button></div>
        </Panel>
    }
}

#[component]
fn Group(info: Arc<GeneratorInfo>, position: usize) -> impl IntoView {
    let store = use_store();
    let Some(group) = info.groups.get(position).cloned() else { return ().into_any() };
    let ParameterGroup { title, explanation, parameters } = group.clone();
    let group = StoredValue::new(group);
    let n_changed =
        Memo::new(move |_| store.settings.with(|s| group.with_value(|group| generator::n_changed(group, s))));
    // What the reader has changed is in view at once; the rest is made when it is opened.
    let begins_open = n_changed.get_untracked() > 0;
    let opened = RwSignal::new(begins_open);
    let n_parameters = format::counted(parameters.len() as u64, "parameter", "parameters");
    let note = Signal::derive(move || match n_changed.get() {
        0 => n_parameters.clone(),
        n => format!("{n_parameters}, {n} changed"),
    });
    let is_changed = Signal::derive(move || (n_changed.get() > 0).to_string());
    let reset = move |_| {
        group.with_value(|group| {
            forget_typed(store, group.parameters.iter());
            store.change_settings(|settings| generator::reset_group(group, settings));
        });
    };
    let reset_name = format!("Reset {title}");
    let rows = move || {
        opened.get().then(|| {
            let row = |parameter: &ParameterInfo| view! { <Parameter info=info.clone() parameter=parameter.clone()/> };
            view! {
                <p class="prose">{explanation.clone()}</p>
                <ul>{parameters.iter().map(row).collect_view()}</ul>
                <button type="button" class="quiet" on:click=reset>{reset_name.clone()}</button>
            }
        })
    };
    view! {
        <details class="parameter-group" open=begins_open on:toggle=move |_| opened.set(true)>
            <summary>
                <span class="group-title">{title}</span>
                <span class="group-note" data-changed=is_changed>{note}</span>
            </summary>
            {rows}
        </details>
    }
    .into_any()
}

#[component]
fn Parameter(info: Arc<GeneratorInfo>, parameter: ParameterInfo) -> impl IntoView {
    let store = use_store();
    let parameter = StoredValue::new(parameter);
    let info = StoredValue::new(info);
    let with = move |of: fn(&GeneratorInfo, &RunConfig, &ParameterInfo) -> f64| {
        Memo::new(move |_| {
            store.settings.with(|s| info.with_value(|info| parameter.with_value(|p| of(info, s, p)))).to_string()
        })
    };
    let value = with(generator::value);
    let usual = with(generator::scenario_value);
    let change = move |value: f64| {
        info.with_value(|info| {
            parameter.with_value(|p| store.change_settings(|settings| generator::set(info, settings, p, value)));
        });
    };
    let accept = Accept::new(move |text: String| {
        let value = parameter.with_value(|p| generator::typed(p, &text))?;
        change(value);
        Ok(value.to_string())
    });
    let slide = move |event| {
        if let Some(position) = number::read(&event_target_value(&event)) {
            change(parameter.with_value(|p| generator::stepped(p, position)));
        }
    };
    let ParameterInfo { name, label, explanation, unit, min, max, step, .. } = parameter.get_value();
    let field = name.clone();
    let is_changed = Memo::new(move |_| value.get() != usual.get() || store.unfit.with(|all| all.contains_key(&field)));
    let reset = move |_| {
        parameter.with_value(|p| forget_typed(store, std::iter::once(p)));
        if let Some(value) = number::read(&usual.get_untracked()) {
            change(value);
        }
    };
    let is_usual = Signal::derive(move || !is_changed.get());
    let range = parameter.with_value(generator::range);
    let help = format!("{name}-help");
    let reset_name = {
        let label = label.clone();
        Signal::derive(move || format!("Reset {label} to {}", usual.get()))
    };
    view! {
        <li class="parameter" data-changed=Signal::derive(move || is_changed.get().to_string())>
            <div class="parameter-words">
                <label for=name.clone()>{label.clone()}</label>
                <span class="changed-mark" hidden=is_usual>"changed"</span>
                <p class="prose" id=help.clone()>{explanation}" "<span class="parameter-range">{range}" "{unit.clone()}</span></p>
            </div>
            <input type="range" min=((min / step).floor() * step).to_string() max=max.to_string() step=step.to_string()
                aria-label=format!("{label}, slider") prop:value=move || value.get() on:input=slide/>
            <div class="parameter-field">
                <CheckedField id=name value=value accept=accept described_by=help/>
            </div>
            <span class="unit">{unit}</span>
            <button type="button" class="quiet" aria-label=reset_name disabled=is_usual on:click=reset>"Reset"</button>
        </li>
    }
}
