//! One prediction taken apart: every input with what it contributes, changed at will; and what one input does to all.

use super::which::{Which, WhichVersion};
use crate::app::components::{ChartFigure, Empty, MetricCard, Panel};
use crate::app::store::use_store;
use crate::present::charts::{Chart, DependenceChart};
use crate::present::{format, lab};
use crate::protocol::{Command, DependenceRequest, WhatIf, WhatIfInput, WhatIfRequest};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

#[component]
pub fn Explain(which: Which) -> impl IntoView {
    let store = use_store();
    let id = which.id(store);
    let has_model = Memo::new(move |_| id.with(Option::is_some));
    move || {
        if has_model.get() {
            view! { <div class="grid"><Customer which=which/><Input which=which/></div> }.into_any()
        } else {
            view! {
                <Panel title="What if">
                    <Empty text="Once a model is trained, any of its test customers can be scored here with other inputs, and each input’s part in the prediction is shown. Press “Run pipeline”."/>
                </Panel>
            }
            .into_any()
        }
    }
}

type Changes = RwSignal<BTreeMap<String, String>>;

#[component]
fn Customer(which: Which) -> impl IntoView {
    let store = use_store();
    let id = which.id(store);
    let changes: Changes = RwSignal::new(BTreeMap::new());
    let whose = Memo::new(move |before: Option<&(_, _)>| {
        let now = (id.get(), which.row.get());
        if before.is_some_and(|before| *before != now) {
            changes.set(BTreeMap::new());
        }
        now
    });
    Effect::new(move || {
        if let (Some(training), row) = whose.get() {
            let changes = changes.get().into_iter().collect();
            store.send(&Command::WhatIf(WhatIfRequest { training, row, changes }));
        }
    });
    let answer = store.select(|state| state.lab.what_if.clone());
    let n_rows = Signal::derive(move || answer.get().map_or(0, |answer| answer.n_rows));
    let customer = Signal::derive(move || answer.get().map_or(String::new(), |answer| answer.customer.clone()));
    let figure =
        move |of: fn(&WhatIf) -> String| Signal::derive(move || answer.get().map_or(String::new(), |a| of(&a)));
    // Rows are made anew for another customer only, so that a field keeps its cursor.
    let names = Memo::new(move |_| {
        answer.get().map(|answer| (answer.request.training.clone(), answer.request.row, answer.inputs.len()))
    });
    let rows = move || {
        names.track();
        let inputs = answer.get_untracked().map(|answer| answer.inputs.clone()).unwrap_or_default();
        let row = move |(at, input): (usize, WhatIfInput)| view! { <InputRow at=at input=input answer=answer changes=changes/> };
        inputs.into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <section class="panel">
            <WhichVersion which=which n_rows=n_rows customer=customer/>
            <dl class="metrics">
                <MetricCard label="Prediction" value=figure(|a| format::money(a.prediction)) note=figure(lab::change_in_words)/>
                <MetricCard label="Really spent" value=figure(|a| format::money(a.actual))/>
                <MetricCard label="Knowing nothing" value=figure(|a| lab::part(a.base_value, a.is_log)) note=figure(|_| "the base value".to_owned())/>
                <MetricCard label="Sum less prediction" value=figure(|a| format!("{:.1e}", -a.residual)) note=figure(|_| "rounding of single precision".to_owned())/>
                <MetricCard label="Scored and explained in" value=figure(|a| format::duration(a.elapsed_ms))/>
            </dl>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Inputs">
                <table class="what-if">
                    <thead><tr><th scope="col">"Input"</th><th scope="col">"Value"</th><th scope="col" class="number">"In the data"</th><th scope="col" class="number">"Contributes"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="prose">{move || answer.get().filter(|a| a.is_log).map(|_| "This model adds up logarithms: a contribution multiplies the prediction.")}</p>
            <button type="button" class="quiet" disabled=move || changes.with(BTreeMap::is_empty)
                on:click=move |_| changes.set(BTreeMap::new())>"Take all changes back"</button>
        </section>
    }
}

#[component]
fn InputRow(at: usize, input: WhatIfInput, answer: Memo<Option<Arc<WhatIf>>>, changes: Changes) -> impl IntoView {
    let now = Memo::new(move |_| {
        answer.get().and_then(|answer| answer.inputs.get(at).map(|input| (input.clone(), answer.is_log)))
    });
    let (name, before) = (input.name.clone(), input.before.clone());
    let change = move |event| {
        let text = event_target_value(&event);
        changes.update(|changes| {
            if text == before {
                changes.remove(&name)
            } else {
                changes.insert(name.clone(), text)
            };
        });
    };
    let (name, before) = (input.name.clone(), input.before.clone());
    let value = move || changes.with(|changes| changes.get(&name).cloned().unwrap_or(before.clone()));
    let problem = Memo::new(move |_| now.get().and_then(|(input, _)| input.problem));
    let field = if input.levels.is_empty() {
        view! {
            <input type="text" inputmode="decimal" autocomplete="off" aria-label=input.name.clone() prop:value=value on:input=change
                aria-invalid=Signal::derive(move || problem.with(Option::is_some).to_string())/>
        }
        .into_any()
    } else {
        let option = |level: String| view! { <option value=level.clone()>{level.clone()}</option> };
        view! {
            <select aria-label=input.name.clone() prop:value=value on:change=change>
                {input.levels.clone().into_iter().map(option).collect_view()}
            </select>
        }
        .into_any()
    };
    let part = move || now.get().map(|(input, is_log)| lab::part(input.contribution, is_log));
    let sign = move || now.get().map(|(input, _)| if input.contribution < 0.0 { "less" } else { "more" });
    view! {
        <tr>
            <th scope="row"><code>{input.name.clone()}</code></th>
            <td>{field}<span class="field-problem" role="status">{move || problem.get()}</span></td>
            <td class="number">{input.before.clone()}</td>
            <td class="number" data-sign=sign>{part}</td>
        </tr>
    }
}

#[component]
fn Input(which: Which) -> impl IntoView {
    let store = use_store();
    let id = which.id(store);
    let input = RwSignal::new(String::new());
    Effect::new(move || {
        if let Some(training) = id.get() {
            store.send(&Command::Dependence(DependenceRequest { training, input: input.get() }));
        }
    });
    let found = store.select(|state| state.lab.dependence.clone());
    let chart = Signal::derive(move || Chart::Dependence(DependenceChart { dependence: found.get() }));
    let inputs = Memo::new(move |_| found.get().map(|found| found.inputs.clone()).unwrap_or_default());
    let option = |name: String| view! { <option value=name.clone()>{name.clone()}</option> };
    view! {
        <section class="panel">
            <label class="which">
                "Input, most important first"
                <select prop:value=move || found.get().map(|found| found.input.clone()) on:change=move |event| input.set(event_target_value(&event))>
                    {move || inputs.get().into_iter().map(option).collect_view()}
                </select>
            </label>
            <ChartFigure chart=chart/>
            <p class="quiet-line">{move || found.get().map(|found| format!(
                "Partial dependence over {} with {} single customers, computed in {}.",
                format::counted(found.n_rows.into(), "test row", "test rows"), found.curves.len(), format::duration(found.elapsed_ms)
            ))}</p>
        </section>
    }
}
