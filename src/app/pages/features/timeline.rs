//! Timeline: one customer's life, and every feature as of any day of it. What is shown is computed by the worker from the same
//! definitions as the views; deliberately nothing is computed here.

use crate::app::components::{ChartFigure, Empty, Panel};
use crate::app::store::{Store, use_store};
use crate::present::charts::{Chart, LifeChart};
use crate::present::{day, format, moment};
use crate::protocol::{Command, CustomerChoice, FeaturesRequest, Life, ObjectId};
use leptos::prelude::*;
use std::sync::Arc;

/// A view and one of its features.
type Selected = Option<(ObjectId, String)>;

#[component]
pub fn Timeline() -> impl IntoView {
    let store = use_store();
    store.ask_when(|state| state.wants_life(), Command::Life(CustomerChoice::Example));
    let life = store.select(|state| state.life.clone());
    move || {
        match life.get() {
        Some(life) => view! { <Moment life=life/> }.into_any(),
        None => view! {
            <Panel title="Timeline">
                <Empty text="A customer’s purchases and interactions appear here once the pipeline has computed the features; then any day can be chosen, and every feature is computed as of that day. Press “Run pipeline”."/>
            </Panel>
        }
        .into_any(),
    }
    }
}

#[component]
fn Moment(life: Arc<Life>) -> impl IntoView {
    let store = use_store();
    let day = RwSignal::new(life.last_day);
    let selected = RwSignal::new(Selected::None);
    let row = life.row;
    Effect::new(move || {
        store.send(&Command::FeaturesAt(FeaturesRequest { row, day: day.get(), selected: selected.get() }));
    });
    let shown = life.clone();
    let chart = Signal::derive(move || {
        let life = Some(shown.clone());
        let selected = selected.get();
        let name = selected.as_ref().map(|(_, name)| name.clone());
        let (purchases, interactions) = store.select_now(|state| moment::rows_of(state, row, selected.as_ref()));
        Chart::Life(LifeChart { life, as_of: day.get(), selected: name, purchases, interactions })
    });
    view! {
        <div class="grid">
            <section class="panel">
                <WhichCustomer life=life.clone()/>
                <ChartFigure chart=chart/>
                <ObservationDate life=life day=day/>
            </section>
            <Panel title="Features as of that day" note="press a feature to see the rows behind it">
                <FeatureTable row=row selected=selected/>
            </Panel>
        </div>
    }
}

#[component]
fn WhichCustomer(life: Arc<Life>) -> impl IntoView {
    let store = use_store();
    let typed = StoredValue::new(life.customer.clone());
    let show = move |choice: CustomerChoice| store.send(&Command::Life(choice));
    let (row, last) = (life.row, life.n_customers.saturating_sub(1));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        show(CustomerChoice::Named(typed.get_value()));
    };
    view! {
        <form class="customer-choice" on:submit=submit>
            <label>
                "Customer"
                <input type="text" autocomplete="off" prop:value=life.customer.clone()
                    on:input=move |event| typed.set_value(event_target_value(&event))/>
            </label>
            <button type="submit" class="quiet">"Show customer"</button>
            <button type="button" class="quiet" disabled=row == 0
                on:click=move |_| show(CustomerChoice::Row(row.saturating_sub(1)))>"Previous"</button>
            <button type="button" class="quiet" disabled=row == last
                on:click=move |_| show(CustomerChoice::Row((row + 1).min(last)))>"Next"</button>
            <span class="quiet-line">{format!("{} of {}", format::count(u64::from(row) + 1), format::counted(life.n_customers.into(), "customer", "customers"))}</span>
        </form>
    }
}

/// A slider below the chart, as wide as its days.
#[component]
fn ObservationDate(life: Arc<Life>, day: RwSignal<i32>) -> impl IntoView {
    let (first, last) = (life.signup_day, life.last_day);
    let words = move || moment::date_in_words(day.get(), last);
    let step = move |n_days: i32| day.update(|day| *day = (*day + n_days).clamp(first, last));
    let button = move |label: &'static str, n_days: i32| {
        view! { <button type="button" class="quiet" on:click=move |_| step(n_days)>{label}</button> }
    };
    view! {
        <div class="observation">
            <input type="range" class="observation-slider" aria-label="Observation date" min=first.to_string() max=last.to_string() step="1"
                prop:value=move || day.get().to_string()
                aria-valuetext=move || day::to_iso(day.get().into())
                on:input=move |event| {
                    if let Ok(value) = event_target_value(&event).parse::<i32>() {
                        day.set(value.clamp(first, last));
                    }
                }/>
            <p class="observation-words" role="status">{words}</p>
            <div class="observation-steps">
                {button("−90 days", -90)} {button("−30 days", -30)} {button("−1 day", -1)}
                {button("+1 day", 1)} {button("+30 days", 30)} {button("+90 days", 90)}
            </div>
        </div>
    }
}

#[component]
fn FeatureTable(row: u32, selected: RwSignal<Selected>) -> impl IntoView {
    let store = use_store();
    let groups = store.select(move |state| moment::groups(state, row));
    let line = move |line: moment::Line| {
        let feature = (line.view, line.name.clone());
        let pressed = {
            let feature = feature.clone();
            move || (selected.with(|selected| selected.as_ref() == Some(&feature))).to_string()
        };
        let toggle = move |_| {
            selected.update(|selected| {
                *selected = if selected.as_ref() == Some(&feature) { None } else { Some(feature.clone()) }
            });
        };
        view! {
            <tr>
                <th scope="row"><button type="button" class="feature-choice" aria-pressed=pressed on:click=toggle><code>{line.name}</code></button></th>
                <td class="number">{line.value}</td>
                <td class="number">{line.rows}</td>
            </tr>
        }
    };
    let group = move |(view_name, lines): (&'static str, Vec<moment::Line>)| {
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Values of {view_name}")>
                <table class="moment">
                    <caption><code>{view_name}</code></caption>
                    <thead><tr><th scope="col">"Feature"</th><th scope="col" class="number">"Value"</th><th scope="col" class="number">"Rows behind it"</th></tr></thead>
                    <tbody>{lines.into_iter().map(line).collect_view()}</tbody>
                </table>
            </div>
        }
    };
    view! {
        <div class="moments">{move || groups.get().into_iter().map(group).collect_view()}</div>
        <p class="quiet-line">{move || time_taken(store)}</p>
    }
}

fn time_taken(store: Store) -> String {
    store
        .select_now(|state| state.features_at.as_ref().map(|features| features.elapsed_ms))
        .map_or_else(String::new, |ms| format!("Computed for this customer and day in {}.", format::duration(ms)))
}
