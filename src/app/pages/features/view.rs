//! One feature view: its definitions, its SQL and its values.

use crate::app::clock::next_task;
use crate::app::components::{CodeBlock, Empty, MetricCard, MiniHistogram, Panel, ProgressLine, RowsGrid};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::features::{self, STATISTICS};
use crate::present::{columns, format, words};
use crate::protocol::{Command, FeatureDetail, FeatureHealth, FeatureViewDetail, ObjectId};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn FeatureView(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.views.get(&object).cloned());
    let progress = store.progress(object);
    // The definitions first; the rows in a task of their own.
    let begun = next_task();
    store.ask_when(|state| state.wants_health(), Command::FeatureHealth);
    let content = move || {
        match detail.get() {
        Some(detail) => view! { <Definition detail=detail/> }.into_any(),
        None => view! {
            <Panel title=object.name()>
                <Empty text="Its features, their SQL and their values appear here once the pipeline has computed them."/>
            </Panel>
        }
        .into_any(),
    }
    };
    view! {
        <ProgressLine progress=progress/>
        <div class="grid">
            {content}
            <Panel title="Values">{move || begun.get().then(|| view! { <RowsGrid object=object/> })}</Panel>
        </div>
    }
}

#[component]
fn Definition(detail: Arc<FeatureViewDetail>) -> impl IntoView {
    let card = |label: &'static str, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
    let as_of = if detail.as_of.is_empty() { "sign-up + 30 days".to_owned() } else { detail.as_of.clone() };
    let (table, plan) = (detail.clone(), detail.plan.clone());
    let refresh = features::refresh_in_words(&detail);
    let finding = |(rule, text): (String, String)| view! { <dt>{rule}</dt><dd class="prose">{text}</dd> };
    let findings = features::refresh_findings(&detail).into_iter().map(finding).collect_view();
    let (sql_serving, sql_training) = (detail.sql_serving.clone(), detail.sql_training.clone());
    view! {
        <Panel title=detail.view.name() note=words::view_note(&detail)>
            <dl class="metrics" data-size="small">
                {card("Rows", format::count(detail.n_rows))}
                {card("Features", format::count(detail.features.len() as u64))}
                {card("As of", as_of)}
                {card("Refresh", detail.refresh.clone())}
                {card("Computed in", format::duration(detail.elapsed_ms))}
            </dl>
            <FeatureTable detail=table/>
            <details>
                <summary>"How this is computed"</summary>
                <pre class="plan">{plan}</pre>
                <p class="prose">
                    "Quantiles, mean and deviation are those of the values shown, nulls left out. “With target” is measured on the rows that the model trains on, as soon as the run is over: Spearman’s rank correlation for numbers, the correlation ratio of the ranks for categories, which has no sign."
                </p>
            </details>
        </Panel>
        <Panel title="The same definition as SQL" note="printed from the definitions above, not written twice">
            <div class="code-pair">
                <CodeBlock title="Serving: all customers as of one date" text=sql_serving/>
                <CodeBlock title="Training: a spine of customers and dates" text=sql_training/>
            </div>
            <p class="prose" data-testid="refresh-mode">{refresh}</p>
            <dl class="stories">{findings}</dl>
        </Panel>
    }
}

#[component]
fn FeatureTable(detail: Arc<FeatureViewDetail>) -> impl IntoView {
    let store = use_store();
    // Comes after the run, when the training rows are known.
    let health = store.select(|state| state.health.clone());
    let (view, n_rows) = (detail.view, detail.n_rows);
    let head = |name: &&'static str| view! { <th scope="col" class="number">{*name}</th> };
    let row = |feature: &FeatureDetail| {
        view! { <FeatureRow feature=feature.clone() view=view n_rows=n_rows health=health/> }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Features of {}", detail.view.name())>
            <table class="features" data-testid="features">
                <thead>
                    <tr>
                        <th scope="col">"Feature"</th>
                        <th scope="col">"Values"</th>
                        {STATISTICS.iter().map(head).collect_view()}
                        <th scope="col" class="number">"With target"</th>
                        <th scope="col" class="number">"Nulls"</th>
                        <th scope="col">"Sources"</th>
                        <th scope="col">"Read by"</th>
                    </tr>
                </thead>
                <tbody>{detail.features.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn FeatureRow(
    feature: FeatureDetail,
    view: ObjectId,
    n_rows: u64,
    health: Memo<Option<Arc<FeatureHealth>>>,
) -> impl IntoView {
    let unit = if feature.unit.is_empty() {
        feature.sql_type.clone()
    } else {
        format!("{}, {}", feature.sql_type, feature.unit)
    };
    let name = feature.name.clone();
    let with_target = Memo::new(move |_| health.with(|health| features::with_target(health.as_deref(), view, &name)));
    let figure = move || with_target.get().map(|(figure, _)| figure);
    let how = move || with_target.get().map(|(_, how)| how);
    let source = |(table, columns): (&str, Vec<&str>)| {
        view! { <code class="source">{table.to_owned()}</code><span class="quiet-line">{columns.join(", ")}</span> }
    };
    let sources = words::sources_by_table(&feature.sources).into_iter().map(source).collect_view();
    let readers = words::sources_by_table(&feature.consumers).into_iter().map(source).collect_view();
    let value = |text: String| view! { <td class="number">{text}</td> };
    let width = STATISTICS.len().to_string();
    let figures = match features::line(&feature) {
        Some(line) => view! { <td colspan=width class="wrap levels">{line}</td> }.into_any(),
        None => features::statistics(&feature).into_iter().map(value).collect_view().into_any(),
    };
    let nulls = features::nulls(&feature, n_rows);
    view! {
        <tr data-feature=feature.name.clone()>
            <th scope="row">
                <code>{feature.name.clone()}</code>
                <span class="quiet-line">{unit}</span>
                {feature.meaning.clone()}
                <code class="formula">{feature.formula.clone()}</code>
                <span class="quiet-line">{feature.null_rule.clone()}</span>
            </th>
            <td><Distribution feature=feature.clone()/></td>
            {figures}
            <td class="number" title=how>{figure}</td>
            <td class="number">{nulls}</td>
            <td class="sources">{sources}</td>
            <td class="sources">{readers}</td>
        </tr>
    }
}

/// The histogram with its range, or the levels as bars.
#[component]
fn Distribution(feature: FeatureDetail) -> impl IntoView {
    let range = features::range(&feature);
    let of_levels = (!feature.levels.is_empty()).then(|| columns::level_bars(&feature.levels));
    let label = format!("{}: {}", feature.name, range.clone().unwrap_or_else(|| "rows per level".to_owned()));
    let bars = feature.histogram.or(of_levels).map(|bars| view! { <MiniHistogram histogram=bars label=label/> });
    view! { {bars}<span class="quiet-line">{range}</span> }
}
