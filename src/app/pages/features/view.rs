//! One feature view: its definitions, its SQL and its values.

use crate::app::components::{CodeBlock, Empty, MetricCard, MiniHistogram, Panel, ProgressLine, RowsGrid};
use crate::app::store::use_store;
use crate::present::{format, words};
use crate::protocol::{FeatureDetail, FeatureViewDetail, Level, ObjectId};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn FeatureView(object: ObjectId) -> impl IntoView {
    let store = use_store();
    let detail = store.select(move |state| state.views.get(&object).cloned());
    let progress = store.progress(object);
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
            <Panel title="Values"><RowsGrid object=object/></Panel>
        </div>
    }
}

#[component]
fn Definition(detail: Arc<FeatureViewDetail>) -> impl IntoView {
    let card = |label: &'static str, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
    let as_of = if detail.as_of.is_empty() { "sign-up + 30 days".to_owned() } else { detail.as_of.clone() };
    let (table, plan) = (detail.clone(), detail.plan.clone());
    let (sql_serving, sql_training) = (detail.sql_serving.clone(), detail.sql_training.clone());
    view! {
        <Panel title=detail.view.name() note=format!("version {}, entity {}", detail.version, detail.entity)>
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
            </details>
        </Panel>
        <Panel title="The same definition as SQL" note="printed from the definitions above, not written twice">
            <div class="code-pair">
                <CodeBlock title="Serving: all customers as of one date" text=sql_serving/>
                <CodeBlock title="Training: a spine of customers and dates" text=sql_training/>
            </div>
        </Panel>
    }
}

#[component]
fn FeatureTable(detail: Arc<FeatureViewDetail>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Features of {}", detail.view.name())>
            <table class="features">
                <thead>
                    <tr>
                        <th scope="col">"Feature"</th>
                        <th scope="col">"Values"</th>
                        <th scope="col">"Definition"</th>
                        <th scope="col">"Null rule"</th>
                        <th scope="col">"Sources"</th>
                    </tr>
                </thead>
                <tbody>{detail.features.iter().map(|f| view! { <FeatureRow feature=f.clone() n_rows=detail.n_rows/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn FeatureRow(feature: FeatureDetail, n_rows: u64) -> impl IntoView {
    let unit = if feature.unit.is_empty() {
        feature.sql_type.clone()
    } else {
        format!("{}, {}", feature.sql_type, feature.unit)
    };
    let nulls = (feature.n_null > 0).then(|| {
        let share = format::percent(feature.n_null as f64 / n_rows.max(1) as f64);
        view! { <span class="quiet-line">{format!("{share} null")}</span> }
    });
    let source = |(table, columns): (&str, Vec<&str>)| {
        view! { <code class="source">{table.to_owned()}</code><span class="quiet-line">{columns.join(", ")}</span> }
    };
    let sources = words::sources_by_table(&feature.sources).into_iter().map(source).collect_view();
    view! {
        <tr>
            <th scope="row"><code>{feature.name.clone()}</code><span class="quiet-line">{unit}</span></th>
            <td class="distribution"><Distribution feature=feature.clone()/>{nulls}</td>
            <td class="wrap definition">{feature.meaning}<code class="formula">{feature.formula}</code></td>
            <td class="wrap">{feature.null_rule}</td>
            <td class="sources">{sources}</td>
        </tr>
    }
}

/// Histogram with range and mean, or the most frequent levels.
#[component]
fn Distribution(feature: FeatureDetail) -> impl IntoView {
    if let Some(histogram) = feature.histogram {
        let figure = |value: Option<f64>| value.map_or(format::ABSENT.to_owned(), format::statistic);
        let words = format!("{} to {}, mean {}", figure(feature.min), figure(feature.max), figure(feature.mean));
        return view! { <MiniHistogram histogram=histogram label=format!("{}: {words}", feature.name)/><span class="quiet-line">{words}</span> }
            .into_any();
    }
    let total = feature.levels.iter().map(|level| level.count).sum::<u64>().max(1);
    let mut levels = feature.levels;
    levels.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.level.cmp(&b.level)));
    let n_more = levels.len().saturating_sub(3);
    let level = |level: Level| {
        view! { <span class="quiet-line">{format!("{} {}", level.level, format::percent(level.count as f64 / total as f64))}</span> }
    };
    let more = (n_more > 0).then(|| view! { <span class="quiet-line">{format!("and {n_more} more")}</span> });
    view! { {levels.into_iter().take(3).map(level).collect_view()} {more} }.into_any()
}
