//! Two versions of a model: what differs in their cards and signatures, and both on the same test rows.

use super::Desk;
use crate::app::components::{Empty, FiguresTable, Panel};
use crate::app::memo::Memo;
use crate::present::charts::Chart;
use crate::present::registry;
use crate::protocol::ModelComparison;
use leptos::prelude::*;
use std::sync::Arc;

pub fn compare(desk: Desk) -> AnyView {
    let found = Memo::new(move |_| {
        desk.look(|registry, choice| {
            let wanted = choice.compared(registry)?;
            registry.comparison.clone().filter(|found| found.request == wanted)
        })
    });
    let can = Memo::new(move |_| desk.look(|registry, choice| choice.compared(registry).is_some()));
    view! {
        <div class="grid">
            <Panel title="Compare versions" note="of one model, on the test rows of the last run">
                {desk.form("controls", |_, choice| choice.models())}
                {desk.form("fields", |registry, choice| choice.pair(registry))}
                {move || (!can.get()).then(|| view! {
                    <Empty text="Two versions of a model stand here beside each other. The run trains V1; train or import another one under Train."/>
                })}
                <p class="prose" role="status" data-testid="comparison">{move || found.get().map(|found| registry::verdict(&found))}</p>
            </Panel>
            {move || found.get().map(|found| view! { <Comparison found=found/> })}
            <section class="panel" data-span="half">
                {desk.chart(move |_, _| Chart::Histogram(registry::differences(found.get().as_deref())))}
            </section>
            <section class="panel" data-span="half">
                {desk.chart(move |_, _| Chart::Density(registry::both(found.get().as_deref())))}
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn Comparison(found: Arc<ModelComparison>) -> impl IntoView {
    let ModelComparison { request, facts, inputs, rows, .. } = &*found;
    let rows = rows.as_ref().ok();
    let tables = rows.map(|rows| (registry::scores(request, rows), registry::changed_customers(request, rows)));
    let scores = tables.map(|(scores, customers)| {
        view! {
            <Panel title="Both on the same test rows" span="half">
                <FiguresTable table=scores caption="Scores of both versions"/>
                <h3>"Customers whose prediction changes most"</h3>
                <FiguresTable table=customers caption="Customers whose prediction changes most"/>
            </Panel>
        }
    });
    let (facts, inputs) = (registry::changes(request, facts), registry::changes(request, inputs));
    let inputs = if inputs.rows.is_empty() {
        view! { <p class="quiet-line">"Both take the same inputs and give the same output."</p> }.into_any()
    } else {
        view! { <FiguresTable table=inputs caption="Differences of the signatures"/> }.into_any()
    };
    view! {
        {scores}
        <Panel title="What differs" note="everything else on their cards is equal" span="half">
            <div class="wrapped"><FiguresTable table=facts caption="Differences of the cards"/></div>
            <h3>"Signature"</h3>
            {inputs}
        </Panel>
    }
}
