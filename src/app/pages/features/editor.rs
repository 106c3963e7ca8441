//! Features of the reader's own: a formula, checked while it is written, with values, SQL and source columns, and the list of
//! those that the next run computes and trains with.

use crate::app::components::{CodeBlock, Empty, FiguresTable, MetricCard, MiniHistogram, Panel};
use crate::app::memo::Memo;
use crate::app::store::{Store, use_store};
use crate::present::preview::{EXAMPLES, LANGUAGE, Marked};
use crate::present::{RunState, features, format, preview, words};
use crate::protocol::{
    Command, FeaturePreview, ObjectId, OwnFeature, PreviewFault, PreviewField, PreviewRequest, PreviewedFeature,
};
use leptos::prelude::*;
use std::sync::Arc;

/// What stands in the two fields.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    formula: RwSignal<String>,
}

impl Draft {
    fn feature(self) -> OwnFeature {
        OwnFeature { name: self.name.get(), formula: self.formula.get() }
    }

    fn set(self, feature: &OwnFeature) {
        self.name.set(feature.name.clone());
        self.formula.set(feature.formula.clone());
    }
}

#[component]
pub fn Editor() -> impl IntoView {
    let store = use_store();
    let can_try = store.select(|state| state.is_held(ObjectId::DerivedFeatures));
    let draft =
        Draft { name: RwSignal::new("MY_FEATURE".to_owned()), formula: RwSignal::new(EXAMPLES[0].1.to_owned()) };
    view! {
        <div class="grid">
            {move || if can_try.get() {
                view! { <Workbench draft=draft/> }.into_any()
            } else {
                view! {
                    <Panel title="Write a feature">
                        <Empty text="Once the pipeline has computed the features, a formula can be written here and is computed for every customer while you write. Press “Run pipeline”."/>
                    </Panel>
                }
                .into_any()
            }}
            <Planned draft=draft/>
            <Found/>
        </div>
    }
}

/// The fields, and what is wrong with them.
#[component]
fn Workbench(draft: Draft) -> impl IntoView {
    let store = use_store();
    let Draft { name, formula } = draft;
    let is_running = store.select(|state| state.run == RunState::Running);
    Effect::new(move || {
        let beside = store.settings.with(|settings| settings.features.clone());
        // A run has made other tables since.
        if !is_running.get() {
            store.send(&Command::PreviewFeature(PreviewRequest { feature: draft.feature(), beside }));
        }
    });
    let answer = store.select(|state| state.preview.clone());
    let faults = Memo::new(move |_| answer.get().and_then(|answer| answer.result.as_ref().err().cloned()));
    let fault_of = move |field: PreviewField| faults.get().filter(|fault| fault.field == field);
    let example = move |(label, text): &'static (&'static str, &'static str)| {
        view! { <button type="button" class="quiet" on:click=move |_| formula.set((*text).to_owned())>{*label}</button> }
    };
    view! {
        <Panel title="Write a feature" note="computed for every customer while you write">
            <Catalogue draft=draft/>
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
            <Plan draft=draft answer=answer/>
            <p class="own-examples">"Examples: " {EXAMPLES.iter().map(example).collect_view()}</p>
            <details>
                <summary>"What a formula may say"</summary>
                <FiguresTable table=preview::language() caption="The language of formulas"/>
                <p class="prose">{LANGUAGE}</p>
            </details>
        </Panel>
    }
}

/// Takes the catalogue's features as a beginning.
#[component]
fn Catalogue(draft: Draft) -> impl IntoView {
    let store = use_store();
    let known = store.select(|state| preview::redefinable(&state.views));
    let take = move |event| {
        let chosen = event_target_value(&event);
        let feature = known.with_untracked(|views| {
            views.iter().flat_map(|(_, features)| features).find(|feature| feature.name == chosen).cloned()
        });
        if let Some(feature) = feature {
            draft.set(&feature);
        }
    };
    let option = |feature: OwnFeature| view! { <option value=feature.name.clone()>{feature.name.clone()}</option> };
    let group = move |(view, features): (ObjectId, Vec<OwnFeature>)| {
        view! { <optgroup label=view.name()>{features.into_iter().map(option).collect_view()}</optgroup> }
    };
    view! {
        <label class="own-feature">
            "Begin with a feature of the catalogue"
            <select on:change=take>
                <option value="">"none"</option>
                {move || known.get().into_iter().map(group).collect_view()}
            </select>
        </label>
    }
}

/// The button that takes the draft into the next run.
#[component]
fn Plan(draft: Draft, answer: Memo<Option<Arc<FeaturePreview>>>) -> impl IntoView {
    let store = use_store();
    // Only what the worker has found good in just this form.
    let is_good = Memo::new(move |_| {
        let draft = draft.feature();
        answer.with(|answer| answer.as_ref().is_some_and(|a| a.result.is_ok() && a.request.feature == draft))
    });
    let planned = Memo::new(move |_| {
        let draft = draft.feature();
        store.settings.with(|settings| settings.features.iter().find(|known| known.name == draft.name).cloned())
    });
    let is_planned = move || planned.get().is_some_and(|planned| planned == draft.feature());
    let label = move || match planned.get() {
        _ if is_planned() => "In the next run",
        Some(_) => "Change it in the next run",
        None => "Add to the next run",
    };
    let destination = move || {
        let is_planned = is_planned();
        let answer = answer.get()?;
        answer.result.as_ref().ok().map(|found| preview::destination(found, is_planned))
    };
    let add = move |_| {
        let feature = OwnFeature { name: draft.name.get_untracked(), formula: draft.formula.get_untracked() };
        store.change_settings(|settings| settings.features = preview::with(&settings.features, feature));
    };
    view! {
        <p class="own-plan">
            <button type="button" disabled=move || !is_good.get() || is_planned() on:click=add>{label}</button>
            <span class="quiet-line" role="status">{destination}</span>
        </p>
    }
}

/// What the next run computes beside the catalogue.
#[component]
fn Planned(draft: Draft) -> impl IntoView {
    let store = use_store();
    let features = Memo::new(move |_| store.settings.with(|settings| settings.features.clone()));
    let row = move |feature: OwnFeature| view! { <PlannedRow feature=feature draft=draft store=store/> };
    let list = move || {
        let features = features.get();
        if features.is_empty() {
            return view! {
                <Empty text="None yet. A feature that is added here is computed by the next run, for training rows as of their own dates and for all customers as of now; the continuous model is trained with it, and it stands in the exported SQL. The address of the page carries it along."/>
            }
            .into_any();
        }
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Own features of the next run">
                <table data-testid="own-features">
                    <thead><tr><th scope="col">"Feature"</th><th scope="col">"Formula"</th><th scope="col"></th></tr></thead>
                    <tbody>{features.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <Panel title="Own features of the next run" note="Run pipeline computes them and trains with them">{list}</Panel>
    }
}

#[component]
fn PlannedRow(feature: OwnFeature, draft: Draft, store: Store) -> impl IntoView {
    let OwnFeature { name, formula } = feature.clone();
    let remove = {
        let name = name.clone();
        move |_| store.change_settings(|settings| settings.features.retain(|known| known.name != name))
    };
    let (edit_label, remove_label) = (format!("Edit {name}"), format!("Remove {name}"));
    view! {
        <tr>
            <th scope="row"><code>{name}</code></th>
            <td class="wrap definition"><code class="formula">{formula}</code></td>
            <td class="row-actions">
                <button type="button" class="quiet" aria-label=edit_label on:click=move |_| draft.set(&feature)>"Edit"</button>
                <button type="button" class="quiet" aria-label=remove_label on:click=remove>"Remove"</button>
            </td>
        </tr>
    }
}

/// The formula with what is wrong in it marked, and what is allowed there.
#[component]
fn Mistake(answer: Memo<Option<Arc<FeaturePreview>>>, fault: PreviewFault) -> impl IntoView {
    let formula = answer.get_untracked().map(|answer| answer.request.feature.formula.clone()).unwrap_or_default();
    let Marked { before, wrong, after } = preview::marked(&formula, fault.begin, fault.end);
    view! {
        <pre class="formula-fault">{before}<mark>{wrong}</mark>{after}</pre>
        <p class="fault">{fault.sentence}</p>
    }
}

/// What the worker has computed of the draft.
#[component]
fn Found() -> impl IntoView {
    let store = use_store();
    let found = store.select(|state| state.preview.as_ref().and_then(|answer| answer.result.as_ref().ok().cloned()));
    move || found.get().map(|found| view! { <Values found=found/> })
}

#[component]
fn Values(found: PreviewedFeature) -> impl IntoView {
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
        <Panel title="The feature as SQL" note=format!("the part of {} that computes it", found.view)>
            <div class="code-pair">
                <CodeBlock title="Serving: all customers as of one date" text=found.sql_serving/>
                <CodeBlock title="Training: a spine of customers and dates" text=found.sql_training/>
            </div>
        </Panel>
    }
}
