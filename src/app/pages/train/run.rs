//! What the run trained: the training sets with their splits, the parameters, the curve as it grows, and what the model looks at.

use crate::app::components::{
    ChartFigure, Empty, FiguresTable, MetricCard, ObjectTabs, Panel, ProgressLine, selected_object,
};
use crate::app::store::use_store;
use crate::present::charts::{Chart, ChartTable, HistogramChart, HistogramUnit, ImportanceChart, LearningCurveChart};
use crate::present::route::Page;
use crate::present::words::model_of;
use crate::present::{format, lab, versions};
use crate::protocol::{Command, Histogram, ObjectId, PreprocessingColumn, TrainingSet};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn TrainedByTheRun() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Train);
    view! {
        <ObjectTabs page=Page::Train selected=selected/>
        {move || view! { <Scenario table=selected.get()/> }}
    }
}

#[component]
fn Scenario(table: ObjectId) -> impl IntoView {
    let store = use_store();
    let model = model_of(table.scenario());
    let progress = store.progress(model);
    let curve = store.select(move |state| {
        let live = state.curve(model);
        Chart::LearningCurve(LearningCurveChart {
            model: model.name(),
            points: live.points,
            n_trees_planned: live.n_trees_planned,
            // The run's models minimise squared error.
            loss: "RMSE".to_owned(),
            at: None,
        })
    });
    let importance = store.select(move |state| {
        let inputs = state.models.get(&model).map(|m| m.importance.clone()).unwrap_or_default();
        Chart::Importance(ImportanceChart { model: model.name(), inputs })
    });
    view! {
        <ProgressLine progress=progress/>
        <div class="grid">
            <section class="panel" data-span="half"><ChartFigure chart=curve/></section>
            <section class="panel" data-span="half"><ChartFigure chart=importance/></section>
            <Splits table=table/>
            <Parameters model=model/>
        </div>
    }
}

#[component]
fn Splits(table: ObjectId) -> impl IntoView {
    let store = use_store();
    let set = store.select(move |state| state.training_sets.get(&table).cloned());
    let target = store.select(move |state| {
        let set = state.training_sets.get(&table);
        Chart::Histogram(HistogramChart {
            title: format!("Target of {}", table.name()),
            subject: "rows",
            axis: "spend in 12 months",
            unit: HistogramUnit::Dollars,
            histogram: set.map_or(Histogram::default(), |set| set.target_histogram.clone()),
        })
    });
    let content = move || match set.get() {
        Some(set) => view! { <SplitTable set=set/> }.into_any(),
        None => {
            view! { <Empty text="Splits by time and the target’s spread appear here once the training set is built."/> }
                .into_any()
        }
    };
    view! {
        <Panel title=table.name() span="half">{content}</Panel>
        <section class="panel" data-span="half"><ChartFigure chart=target/></section>
    }
}

#[component]
fn SplitTable(set: Arc<TrainingSet>) -> impl IntoView {
    let headers = ["Split", "Rows", "First", "Last", "Mean", "Zero"].map(str::to_owned).to_vec();
    let table = ChartTable { headers, rows: set.splits.iter().map(versions::part_figures).collect() };
    let inputs = format!(
        "The model learns {} from {}, which become {} of the matrix. The set is split by {}, so that no row is tested on a date before those it learned from.",
        set.target,
        format::counted(set.n_inputs.into(), "input", "inputs"),
        format::counted(set.n_matrix_columns.into(), "column", "columns"),
        set.split_column
    );
    view! {
        <FiguresTable table=table caption="Splits"/>
        <p class="prose">"Mean and zero are the target’s mean and its share of zeros. "{inputs}</p>
        <details>
            <summary>"Preprocessing fitted on the training rows"</summary>
            <FiguresTable table=preprocessing(&set.preprocessing) caption="Preprocessing"/>
            <Scaling model=model_of(set.scenario)/>
        </details>
    }
}

/// The scaler is fitted and kept with the model; trees work on the columns as they are.
#[component]
fn Scaling(model: ObjectId) -> impl IntoView {
    let store = use_store();
    let can_check = store.select(move |state| state.is_held(model));
    let found = store.select(move |state| {
        let check = state.lab.scaling.as_ref().filter(|check| check.model == model);
        check.map_or(
            "The scaler’s mean and standard deviation are kept with the model, and the trees work on unscaled columns."
                .to_owned(),
            lab::scaling_in_words,
        )
    });
    view! {
        <p class="prose" role="status">{move || found.get()}</p>
        <button type="button" class="quiet" disabled=move || !can_check.get()
            on:click=move |_| store.send(&Command::CheckScaling(model))>"Train on standardised columns and compare"</button>
    }
}

fn preprocessing(columns: &[PreprocessingColumn]) -> ChartTable {
    let figure = |value: Option<f64>| value.map_or(String::new(), format::statistic);
    let row = |column: &PreprocessingColumn| {
        let (mean, deviation) = (figure(column.mean), figure(column.standard_deviation));
        vec![column.name.clone(), mean, deviation, column.levels.join(", "), column.fill.clone()]
    };
    let headers = ["Input", "Mean", "Standard deviation", "Levels", "In place of null"].map(str::to_owned).to_vec();
    ChartTable { headers, rows: columns.iter().map(row).collect() }
}

#[component]
fn Parameters(model: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.models.get(&model).cloned());
    let skipped = store.select(move |state| state.skipped.get(&model).map(ToString::to_string));
    let content = move || match (detail.get(), skipped.get()) {
        (Some(detail), _) => {
            let card = |label: &str, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
            let parameter = |(name, value): &(String, f64)| card(name, format::statistic(*value));
            view! {
                <dl class="metrics" data-size="small">
                    {card("Version", detail.version.clone())}
                    {card("Engine", detail.engine.clone())}
                    {card("Trees", format::count(detail.n_trees.into()))}
                    {card("Leaves", format::count(detail.n_leaves))}
                    {card("Trained in", format::duration(detail.elapsed_ms))}
                </dl>
                <dl class="metrics" data-size="small" aria-label="Parameters">
                    {detail.params.iter().map(parameter).collect_view()}
                </dl>
            }
            .into_any()
        }
        (None, Some(why)) => view! { <Empty text=why/> }.into_any(),
        (None, None) => view! { <Empty text="Its parameters appear here once the model is trained."/> }.into_any(),
    };
    view! { <Panel title=model.name()>{content}</Panel> }
}
