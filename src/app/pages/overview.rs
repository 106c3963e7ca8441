//! Overview: the pipeline itself, four figures, both models, and where the time went.

use super::pipeline_graph::PipelineGraph;
use crate::app::components::{Empty, MetricCard, Panel, StatusChip};
use crate::app::store::use_store;
use crate::present::route::Route;
use crate::present::state::{AppState, StageState};
use crate::present::{Progress, format, words};
use crate::protocol::{ModelDetail, ObjectId};
use leptos::prelude::*;
use std::sync::Arc;

const CUSTOMERS: [ObjectId; 2] = [ObjectId::ColdstartCustomers, ObjectId::Profile];
const EVENTS: [ObjectId; 2] = [ObjectId::Transactions, ObjectId::Interactions];

#[component]
pub fn Overview() -> impl IntoView {
    view! {
        <FourFigures/>
        <section aria-label="The pipeline"><PipelineGraph/></section>
        <div class="grid">
            <ModelPanel model=ObjectId::ColdstartModel/>
            <ModelPanel model=ObjectId::ContinuousModel/>
            <Stages/>
        </div>
    }
}

#[component]
fn FourFigures() -> impl IntoView {
    let store = use_store();
    let rows = move |objects: &'static [ObjectId]| {
        let total = store.select(move |state| state.n_rows_of(objects));
        Signal::derive(move || total.get().map_or(format::ABSENT.to_owned(), format::count))
    };
    let best = store.select(AppState::best_test_r2);
    let elapsed = store.select(AppState::elapsed_ms);
    let best_value = Signal::derive(move || best.get().map_or(format::ABSENT.to_owned(), |(_, r2)| format::score(r2)));
    let best_note = Signal::derive(move || {
        best.get().map_or("once a model is trained".to_owned(), |(model, _)| {
            format!("{} model", words::scenario_label(model.scenario()))
        })
    });
    let seconds = Signal::derive(move || elapsed.get().map_or(format::ABSENT.to_owned(), format::duration));
    view! {
        <dl class="metrics" aria-label="Four figures">
            <MetricCard label="Customers" value=rows(&CUSTOMERS) note=Signal::stored("in two scenarios".to_owned())/>
            <MetricCard label="Events" value=rows(&EVENTS) note=Signal::stored("transactions and interactions".to_owned())/>
            <MetricCard label="Best test R²" value=best_value note=best_note/>
            <MetricCard label="Time taken" value=seconds note=Signal::stored("measured in the worker".to_owned())/>
        </dl>
    }
}

#[component]
fn ModelPanel(model: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.models.get(&model).cloned());
    let skipped = store.select(move |state| state.skipped.get(&model).map(ToString::to_string));
    let progress = store.progress(model);
    let content = move || match (detail.get(), skipped.get()) {
        (Some(detail), _) => view! { <ModelFigures detail=detail/> }.into_any(),
        (None, Some(why)) => view! { <Empty text=why/> }.into_any(),
        (None, None) => view! { <Empty text="How well it predicts appears here once it is trained."/> }.into_any(),
    };
    view! {
        <section class="panel" data-span="half" data-kind="model">
            <div class="panel-head">
                <h2><a href=Route::to_object(model).href()>{model.name()}</a></h2>
                <StatusChip progress=progress/>
            </div>
            {content}
        </section>
    }
}

#[component]
fn ModelFigures(detail: Arc<ModelDetail>) -> impl IntoView {
    let card = |label: &'static str, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
    let test = words::split_metrics(&detail, "test").map(|m| {
        let mape = m.mape.map_or(format::ABSENT.to_owned(), format::percent);
        view! {
            <dl class="metrics" data-size="small" data-columns="4">
                {card("Test R²", format::score(m.r2))}
                {card("RMSE", format::money(m.rmse))}
                {card("MAE", format::money(m.mae))}
                {card("MAPE", mape)}
            </dl>
        }
    });
    let verdict = words::generalisation(&detail).map(|(judgement, sentence)| {
        view! { <p class="verdict" data-judgement=judgement.word()><strong>{judgement.label()}</strong>" "{sentence}</p> }
    });
    view! { {test} {verdict} }
}

/// What took how long.
#[component]
fn Stages() -> impl IntoView {
    let store = use_store();
    let stages = store.select(|state| state.stages.clone());
    let content = move || {
        let stages = stages.get();
        if stages.is_empty() {
            return view! { <Empty text="The stages of the run and their times appear here. Press “Run pipeline”."/> }
                .into_any();
        }
        let longest_ms = stages.iter().filter_map(|stage| stage.elapsed_ms).fold(1e-9, f64::max);
        let row = move |stage: StageState| view! { <Stage stage=stage longest_ms=longest_ms/> };
        view! { <ol class="stages">{stages.into_iter().map(row).collect_view()}</ol> }.into_any()
    };
    view! { <Panel title="Where the time went" note="wall time of each stage, measured in the worker">{content}</Panel> }
}

#[component]
fn Stage(stage: StageState, longest_ms: f64) -> impl IntoView {
    let share = match (&stage.progress, stage.elapsed_ms) {
        (_, Some(ms)) => ms / longest_ms,
        (progress, None) => progress.fraction(),
    };
    let value = match (&stage.progress, stage.elapsed_ms) {
        (_, Some(ms)) => format::duration(ms),
        (Progress::Running { done, total, unit }, None) if *total > 0 => format::done_of(*done, *total, unit),
        (progress, None) => progress.label(),
    };
    view! {
        <li class="stage" data-state=stage.progress.word()>
            <span class="stage-name">{words::stage_label(&stage.name)}</span>
            <svg class="stage-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="stage-base" width="100" height="8"/>
                <rect class="stage-share" width=format!("{:.2}", share * 100.0) height="8"/>
            </svg>
            <span class="stage-value">{value}</span>
        </li>
    }
}
