//! The run's own predictions: the distribution, the sums, and every customer's figure.

use crate::app::components::{
    ChartFigure, Empty, MetricCard, ObjectTabs, Panel, ProgressLine, RowsGrid, selected_object,
};
use crate::app::store::use_store;
use crate::present::charts::{Chart, HistogramChart, HistogramUnit};
use crate::present::format;
use crate::present::route::Page;
use crate::protocol::{Histogram, ObjectId, Predictions};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn OfTheRun() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Predictions);
    view! {
        <ObjectTabs page=Page::Predictions selected=selected/>
        {move || view! { <PredictionTable object=selected.get()/> }}
    }
}

#[component]
fn PredictionTable(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.predictions.get(&object).cloned());
    let histogram = store.select(move |state| {
        let predictions = state.predictions.get(&object);
        Chart::Histogram(HistogramChart {
            title: format!("Distribution of {}", object.name()),
            subject: "customers",
            axis: "predicted spend in 12 months",
            unit: HistogramUnit::Dollars,
            histogram: predictions.map_or(Histogram::default(), |p| p.histogram.clone()),
        })
    });
    let progress = store.progress(object);
    let content = move || match detail.get() {
        Some(detail) => view! { <Summary detail=detail/> }.into_any(),
        None => view! { <Empty text="Sums and shares appear here once the customers are scored."/> }.into_any(),
    };
    view! {
        <ProgressLine progress=progress/>
        <div class="grid">
            <section class="panel" data-span="wide"><ChartFigure chart=histogram/></section>
            <Panel title="Summary" span="third">{content}</Panel>
            <Panel title=format!("Rows of {}", object.name()) note="A negative prediction is shown as $0; the raw value is in its tooltip.">
                <RowsGrid object=object/>
            </Panel>
        </div>
    }
}

#[component]
fn Summary(detail: Arc<Predictions>) -> impl IntoView {
    let card = |label: &'static str, value: String, note: String| {
        view! { <MetricCard label=label value=Signal::stored(value) note=Signal::stored(note)/> }
    };
    let negative = format::counted(detail.n_negative, "negative prediction", "negative predictions");
    view! {
        <dl class="metrics" data-size="small">
            {card("Customers", format::count(detail.n_rows), format!("as of {}", detail.as_of))}
            {card("Predicted total", format::money(detail.total), format!("model {}", detail.model_version))}
            {card("Mean", format::money(detail.mean), "per customer".to_owned())}
            {card("Median", format::money(detail.median), negative)}
            {card("Held by the top tenth", format::percent(detail.top_decile_share), "of the predicted total".to_owned())}
            {card("Scored in", format::duration(detail.elapsed_ms), "measured in the worker".to_owned())}
        </dl>
    }
}
