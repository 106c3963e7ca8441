//! A feature of the reader's own: a formula, checked while it is written, with values, SQL and source columns. Deliberately only
//! tried: nothing that a run has made changes.

use crate::app::components::{CodeBlock, Empty, FiguresTable, MetricCard, MiniHistogram, Panel};
use crate::app::store::use_store;
use crate::present::preview::{EXAMPLES, LANGUAGE, Marked};
use crate::present::{features, format, preview, words};
use crate::protocol::{
    Command, FeaturePreview, ObjectId, PreviewFault, PreviewField, PreviewRequest, PreviewedFeature,
};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Editor() -> impl IntoView {
    let store = use_store();
    let can_try = store.select(|state| state.is_held(ObjectId::DerivedFeatures));
    move || {
        if can_try.get() {
            view! { <Workbench/> }.into_any()
        } else {
            view! {
                <Panel title="Try a feature">
                    <Empty text="Once the pipeline has computed the features, a formula can be written here and is computed for every customer while you write. Press “Run pipeline”."/>
                </Panel>
            }
            .into_any()
        }
    }
}

#[component]
fn Workbench() -> impl IntoView {
    let store = use_store();
    let name = RwSignal::new("MY_FEATURE".to_owned());
    let formula = RwSignal::new(EXAMPLES[0].1.to_owned());
    Effect::new(move || {
        store.send(&Command::PreviewFeature(PreviewRequest { name: name.get(), formula: formula.get() }));
    });
    let answer = store.select(|state| state.preview.clone());
    let faults = Memo::new(move |_| answer.get().and_then(|answer| answer.result.as_ref().err().cloned()));
    let fault_of = move |field: PreviewField| faults.get().filter(|fault| fault.field == field);
    let example = move |(label, text): &'static (&'static str, &'static str)| {
        view! { <button type="button" class="quiet" on:click=move |_| formula.set((*text).to_owned())>{*label}</button> }
    };
    view! {
        <div class="grid">
            <Panel title="Try a feature" note="computed for every customer while you write; nothing of the run changes">
                <label class="own-feature">
                    "Name"
                    <input type="text" autocomplete="off" spellcheck="false" prop:value=move || name.get()
                        aria-invalid=move || fault_of(PreviewField::Name).map(|_| "true")
                        aria-describedby="own-name-fault"
                        on:input=move |event| name.set(event_target_value(&event))/>
                </label>
                <p class="fault" id="own-name-fault" role="alert" hidden=move || fault_of(PreviewField::Name).is_none()>
                    {move || fault_of(PreviewField::Name).map(|fault| fault.sentence)}
                </p>
                <label class="own-feature">
                    "Formula"
                    <textarea rows="3" spellcheck="false" prop:value=move || formula.get()
                        aria-invalid=move || fault_of(PreviewField::Formula).map(|_| "true")
                        aria-describedby="own-formula-fault"
                        on:input=move |event| formula.set(event_target_value(&event))></textarea>
                </label>
                <div id="own-formula-fault" role="alert" data-testid="formula-fault">
                    {move || fault_of(PreviewField::Formula).map(|fault| view! { <Mistake answer=answer fault=fault/> })}
                </div>
                <p class="own-examples">"Examples: " {EXAMPLES.iter().map(example).collect_view()}</p>
                <details>
                    <summary>"What a formula may say"</summary>
                    <FiguresTable table=preview::language() caption="The language of formulas"/>
                    <p class="prose">{LANGUAGE}</p>
                </details>
            </Panel>
            {move || answer.get().and_then(|answer| answer.result.as_ref().ok().cloned()).map(|found| view! { <Found found=found/> })}
        </div>
    }
}

/// The formula with what is wrong in it marked, and what is allowed there.
#[component]
fn Mistake(answer: Memo<Option<Arc<FeaturePreview>>>, fault: PreviewFault) -> impl IntoView {
    let formula = answer.get_untracked().map(|answer| answer.request.formula.clone()).unwrap_or_default();
    let Marked { before, wrong, after } = preview::marked(&formula, fault.begin, fault.end);
    view! {
        <pre class="formula-fault">{before}<mark>{wrong}</mark>{after}</pre>
        <p class="fault">{fault.sentence}</p>
    }
}

#[component]
fn Found(found: PreviewedFeature) -> impl IntoView {
    let card = |label: &'static str, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
    let source = |(table, columns): (&str, Vec<&str>)| {
        view! { <li><code>{table.to_owned()}</code>": " {columns.join(", ")}</li> }
    };
    let detail = found.detail.clone();
    let range = features::range(&detail).or_else(|| features::line(&detail));
    let note =
        format!("{}, as of {}, computed in {}", detail.sql_type, found.as_of, format::duration(found.elapsed_ms));
    let values = preview::examples(&found);
    let sources = words::sources_by_table(&detail.sources).into_iter().map(source).collect_view();
    let histogram = detail.histogram.clone().map(|histogram| {
        let label = format!("Values of {}", detail.name);
        view! { <MiniHistogram histogram=histogram label=label/> }
    });
    let cards = preview::cards(&found).into_iter().map(|(label, value)| card(label, value)).collect_view();
    view! {
        <Panel title=detail.name.clone() note=note>
            <dl class="metrics" data-size="small">{cards}</dl>
            <p>{histogram} {range}</p>
            <FiguresTable table=values caption="Values of some customers"/>
            <h3>"Computed from"</h3>
            <ul class="own-sources">{sources}</ul>
        </Panel>
        <Panel title="The feature as SQL">
            <div class="code-pair">
                <CodeBlock title="Serving: all customers as of one date" text=found.sql_serving/>
                <CodeBlock title="Training: a spine of customers and dates" text=found.sql_training/>
            </div>
        </Panel>
    }
}
