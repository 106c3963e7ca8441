//! What the run trained: metrics on every split with the generalisation gap, and predictions against what was spent.

use crate::app::components::{ChartFigure, Empty, FiguresTable, MetricCard, ObjectTabs, Panel, selected_object};
use crate::app::pages::document_button::DownloadDocument;
use crate::app::store::use_store;
use crate::present::charts::{Chart, ChartTable, Compared, DensityChart};
use crate::present::route::Page;
use crate::present::{format, words};
use crate::protocol::{Density, FairBound, ModelDetail, ObjectId, SplitMetrics};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn OfTheRun() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Evaluate);
    view! {
        <ObjectTabs page=Page::Evaluate selected=selected/>
        {move || view! { <Model model=selected.get()/> }}
    }
}

#[component]
fn Model(model: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.models.get(&model).cloned());
    let skipped = store.select(move |state| state.skipped.get(&model).map(ToString::to_string));
    let scatter = store.select(move |state| {
        let density = state.models.get(&model).map_or(Density::default(), |m| m.predicted_vs_actual.clone());
        Chart::Density(DensityChart { compared: Compared::WithActual { model: model.name() }, density })
    });
    let content = move || {
        match (detail.get(), skipped.get()) {
        (Some(detail), _) => view! { <Metrics detail=detail/> }.into_any(),
        (None, Some(why)) => view! { <Empty text=why/> }.into_any(),
        (None, None) => view! { <Empty text="RMSE, MAE, R² and MAPE appear here once the model is trained. Press “Run pipeline”."/> }.into_any(),
    }
    };
    view! {
        <div class="grid">
            <section class="panel" data-span="half"><ChartFigure chart=scatter/></section>
            <Panel title="Metrics" span="half">{content}</Panel>
            <Attainable model=model/>
        </div>
    }
}

/// The model beside the fair bound and the oracle.
#[component]
fn Attainable(model: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.models.get(&model).cloned());
    let bound = store.select(move |state| state.fair_bounds.get(&model).cloned());
    let progress = store.select(move |state| state.fair_bound_progress);
    let shown = move || detail.get().filter(|detail| !detail.oracle.is_empty());
    let status = move || words::fair_bound_status(bound.with(Option::is_none), progress.get());
    move || {
        shown().map(|detail| {
            view! {
                <Panel title="What is attainable">
                    <p class="prose">
                        "The data were generated, so the best possible answer is known. The fair bound is the expected spend given everything that was observed of a customer: no model can do better on average. The oracle knows each customer’s hidden rate and day of leaving as well; what even it cannot explain is luck."
                    </p>
                    <p class="prose" role="status">{status}</p>
                    {move || {
                        let splits = bound.get().map(|bound| bound.splits.clone()).unwrap_or_default();
                        view! {
                            <FiguresTable table=words::attainable_table(&detail, &splits) caption="R² of the model, the fair bound and the oracle"/>
                        }
                    }}
                    {move || bound.get().map(|bound| view! { <Customers bound=bound/> })}
                </Panel>
            }
        })
    }
}

/// Customer by customer: some here, all in the file.
#[component]
fn Customers(bound: Arc<FairBound>) -> impl IntoView {
    let caption = format!("{} test customers, from the smallest fair bound to the largest", bound.customers.len());
    view! {
        <p class="prose">{format!("{caption}:")}</p>
        <FiguresTable table=words::attainable_customers(&bound) caption=caption/>
        {bound.document.clone().map(|name| view! {
            <p>
                <DownloadDocument name=name label="Download every customer"/>
                " "
                <span class="quiet-line">"What each customer spent, the prediction, the oracle, and the fair bound where it was computed."</span>
            </p>
        })}
    }
}

#[component]
fn Metrics(detail: Arc<ModelDetail>) -> impl IntoView {
    let card = |metrics: &SplitMetrics| {
        let (value, note) = (format::score(metrics.r2), format!("{} rows", format::count(metrics.rows)));
        let label = format!("R² {}", metrics.split);
        view! { <MetricCard label=label value=Signal::stored(value) note=Signal::stored(note)/> }
    };
    let verdict = words::generalisation(&detail).map(|(judgement, sentence)| {
        view! { <p class="verdict" data-judgement=judgement.word()><strong>{judgement.label()}</strong>" "{sentence}</p> }
    });
    view! {
        <dl class="metrics" data-size="small">{detail.metrics.iter().map(card).collect_view()}</dl>
        {verdict}
        <FiguresTable table=metrics_table(&detail.metrics) caption="Metrics of every split"/>
        <details>
            <summary>"How this is computed"</summary>
            <p class="prose">
                "RMSE and MAE are in dollars: the root of the mean squared error, and the mean absolute error. R² is one minus the squared error over that of predicting the split’s mean for everyone. "
                {excluded(&detail.metrics)}
                " The test rows are the latest ones; neither training nor preprocessing has seen them."
            </p>
        </details>
    }
}

fn metrics_table(metrics: &[SplitMetrics]) -> ChartTable {
    let row = |m: &SplitMetrics| {
        vec![
            m.split.clone(),
            format::money(m.rmse),
            format::money(m.mae),
            format::score(m.r2),
            m.mape.map_or(format::ABSENT.to_owned(), format::percent),
            format::count(m.rows),
        ]
    };
    let headers = ["Split", "RMSE", "MAE", "R²", "MAPE", "Rows"].map(str::to_owned).to_vec();
    ChartTable { headers, rows: metrics.iter().map(row).collect() }
}

fn excluded(metrics: &[SplitMetrics]) -> String {
    let counts: Vec<String> =
        metrics.iter().map(|m| format!("{} {}", format::count(m.mape_excluded), m.split)).collect();
    format!("MAPE is taken over customers who spent anything; left out are {} rows.", counts.join(", "))
}
