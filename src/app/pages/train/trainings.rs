//! Other versions of a model: a form for every engine, the curve as it grows, all versions side by side, and models from elsewhere.

use super::which::{ModelChoice, Which};
use crate::app::components::{Accept, ChartFigure, CheckedField, Empty, FiguresTable, Panel};
use crate::app::pages::document_button::DownloadDocument;
use crate::app::store::{Store, use_store};
use crate::present::charts::{Chart, CurvePoint, LearningCurveChart};
use crate::present::state::Severity;
use crate::present::{RunState, format, lab, number};
use crate::protocol::{Command, ObjectId, TrainRequest, TrainerInfo, Training, TrainingParameter};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;

/// Larger ones are refused before they are read.
const MOST_BYTES: f64 = 200e6;

#[component]
pub fn Trainings(which: Which) -> impl IntoView {
    let store = use_store();
    let trainers = store.select(|state| state.lab.trainers.clone());
    view! {
        <div class="grid">
            <Panel title="Train a version" note="on the training set of the last run; its predictions stay those of V1" span="half">
                <ModelChoice which=which/>
                {move || view! { <Form which=which trainers=trainers.get()/> }}
            </Panel>
            <section class="panel" data-span="half"><Curve which=which/></section>
            <Panel title="All versions" note="in this session, on the same rows">
                <Versions which=which/>
                <Import which=which/>
            </Panel>
        </div>
    }
}

/// What is typed, by parameter; what is not typed has its default.
#[derive(Clone, Copy)]
struct Draft {
    engine: RwSignal<usize>,
    objective: RwSignal<usize>,
    values: RwSignal<BTreeMap<String, f64>>,
}

#[component]
fn Form(which: Which, trainers: Arc<Vec<TrainerInfo>>) -> impl IntoView {
    let store = use_store();
    let draft = Draft { engine: RwSignal::new(0), objective: RwSignal::new(0), values: RwSignal::new(BTreeMap::new()) };
    let trainer = {
        let trainers = trainers.clone();
        Memo::new(move |_| trainers.get(draft.engine.get()).cloned().unwrap_or_default())
    };
    let objective =
        Memo::new(move |_| trainer.with(|t| t.objectives.get(draft.objective.get()).cloned().unwrap_or_default()));
    let options = |labels: Vec<String>| {
        let option = |(at, label): (usize, String)| view! { <option value=at.to_string()>{label}</option> };
        labels.into_iter().enumerate().map(option).collect_view()
    };
    let choose = move |signal: RwSignal<usize>| {
        move |event| {
            draft.objective.set(0);
            draft.values.set(BTreeMap::new());
            signal.set(event_target_value(&event).parse().unwrap_or(0));
        }
    };
    let fields = move || {
        let own = objective.get().parameter;
        let parameters = trainer.with(|t| t.parameters.clone());
        own.into_iter().chain(parameters).map(|p| view! { <Parameter draft=draft parameter=p/> }).collect_view()
    };
    let growing = store.select(|state| state.lab.growing.is_some());
    let can_train =
        store.select(move |state| state.run != RunState::Running && state.has_training_set(which.model.get()));
    let has_problem = Memo::new(move |_| store.unfit.with(|all| all.keys().any(|id| id.starts_with(FIELD))));
    let train = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        store.send(&Command::Train(TrainRequest {
            model: which.model.get_untracked(),
            engine: trainer.with_untracked(|t| t.name.clone()),
            objective: objective.with_untracked(|o| o.name.clone()),
            values: draft.values.get_untracked().into_iter().collect(),
        }));
    };
    let absent = move || {
        let absent = trainer.with(|t| t.absent.clone());
        (!absent.is_empty()).then(|| view! {
            <details>
                <summary>{format!("{} that this engine does not have", format::counted(absent.len() as u64, "parameter", "parameters"))}</summary>
                <dl class="absent">
                    {absent.into_iter().map(|(name, why)| view! { <dt><code>{name}</code></dt><dd>{why}"."</dd> }).collect_view()}
                </dl>
            </details>
        })
    };
    view! {
        <form class="train-form" on:submit=train>
            <label class="train-field">
                "Engine"
                <select on:change=choose(draft.engine)>{options(trainers.iter().map(|t| t.label.clone()).collect())}</select>
            </label>
            <p class="train-meaning">{move || trainer.with(|t| t.meaning.clone())}</p>
            <label class="train-field">
                "Objective"
                <select on:change=choose(draft.objective)>
                    {move || options(trainer.with(|t| t.objectives.iter().map(|o| o.label.clone()).collect()))}
                </select>
            </label>
            <p class="train-meaning">{move || objective.with(|o| o.meaning.clone())}</p>
            <div class="train-fields">{fields}</div>
            {absent}
            <div class="choice">
                <button type="submit" class="primary" disabled=move || !can_train.get() || has_problem.get()>"Train model"</button>
                <button type="button" class="quiet" disabled=move || !growing.get()
                    on:click=move |_| store.send(&Command::Cancel)>"Stop training"</button>
            </div>
            <p class="quiet-line" hidden=move || can_train.get()>"There is a training set once the pipeline has run."</p>
        </form>
    }
}

/// Beginning of the fields' ids.
const FIELD: &str = "train-";

#[component]
fn Parameter(draft: Draft, parameter: TrainingParameter) -> impl IntoView {
    let id = format!("{FIELD}{}", parameter.name);
    let (name, default) = (parameter.name.clone(), parameter.default);
    let value =
        Memo::new(move |_| lab::plain(draft.values.with(|values| values.get(&name).copied().unwrap_or(default))));
    let (label, meaning) = (parameter.name.clone(), format!("{}; {}", parameter.meaning, parameter.bound));
    let accept = Accept::new(move |text: String| {
        let value = lab::accept(&parameter, number::read(&text))?;
        draft.values.update(|values| {
            values.insert(parameter.name.clone(), value);
        });
        Ok(lab::plain(value))
    });
    let described = format!("{id}-meaning");
    view! {
        <div class="train-field">
            <label for=id.clone()><code>{label}</code></label>
            <CheckedField id=id value=value accept=accept described_by=described.clone()/>
            <small id=described>{meaning}</small>
        </div>
    }
}

/// The curve of the training under way, else of the latest version.
#[component]
fn Curve(which: Which) -> impl IntoView {
    let store = use_store();
    let training = which.training(store);
    let growing = store.select(|state| state.lab.growing.clone());
    let chart = Signal::derive(move || {
        let (points, n_trees_planned, loss) = match (growing.get(), training.get()) {
            (Some(growing), _) => (growing.curve.points, growing.curve.n_trees_planned, growing.now.loss),
            (None, Some(training)) => (CurvePoint::all_of(&training.curve), training.n_trees, training.loss.clone()),
            (None, None) => (Vec::new(), 0, String::new()),
        };
        Chart::LearningCurve(LearningCurveChart {
            model: which.model.get().name(),
            points,
            n_trees_planned,
            loss,
            at: None,
        })
    });
    let words = move || growing.with(|growing| growing.as_ref().map(lab::progress));
    view! {
        <p class="train-progress" role="status" data-testid="training">{words}</p>
        <ChartFigure chart=chart/>
    }
}

#[component]
fn Versions(which: Which) -> impl IntoView {
    let store = use_store();
    let trainings = Memo::new(move |_| {
        let model = which.model.get();
        store.select_now(|state| state.lab.of(model))
    });
    let document = |training: &Arc<Training>| {
        let name = match training.version.as_str() {
            "V1" => format!("models/{}.json", training.model.name()),
            version => format!("models/{}.{version}.json", training.model.name()),
        };
        view! { <DownloadDocument name=name label=format!("{} as XGBoost JSON", training.version)/> }
    };
    move || {
        let trainings = trainings.get();
        if trainings.is_empty() {
            return view! { <Empty text="The run’s own model appears here as V1, and beside it whatever is trained or imported after it. Press “Run pipeline”."/> }
                .into_any();
        }
        view! {
            <FiguresTable table=lab::comparison(&trainings) caption="Versions"/>
            <p class="prose">{lab::verdict(&trainings)}</p>
            <div class="choice">{trainings.iter().map(document).collect_view()}</div>
        }
        .into_any()
    }
}

/// A model in XGBoost's JSON.
#[component]
fn Import(which: Which) -> impl IntoView {
    let store = use_store();
    let chosen = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again.
        input.set_value("");
        if file.size() > MOST_BYTES {
            store.notify(
                Severity::Problem,
                &format!(
                    "{} was not imported. It is larger than 200 MB. Export a model with fewer trees.",
                    file.name()
                ),
            );
            return;
        }
        let model = which.model.get_untracked();
        spawn_local(import(store, model, file));
    };
    view! {
        <label class="train-import">
            "Import a model trained elsewhere on the same columns (XGBoost JSON, squared error)"
            <input type="file" accept=".json,application/json" on:change=chosen/>
        </label>
    }
}

async fn import(store: Store, model: ObjectId, file: web_sys::File) {
    let name = file.name();
    match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
        Some(text) => store.send(&Command::ImportModel { model, file: name, text }),
        None => store.notify(
            Severity::Problem,
            &format!("{name} was not imported. The browser could not read it. Choose it again."),
        ),
    }
}
