//! Other versions of a model, boosting in slow motion, and one prediction taken apart. What stands in the fields and what using them does is
//! decided in `present::lab`; here it is only put on the page.

use crate::app::clock;
use crate::app::components::{ChartFigure, Empty, Fields, FiguresTable, FileText, MetricCard, Panel, Used};
use crate::app::memo::Memo;
use crate::app::pages::document_button::DownloadDocument;
use crate::app::store::Store;
use crate::present::charts::{
    Chart, ContributionChart, CurvePoint, DecilesChart, DependenceChart, HistogramChart, HistogramUnit,
    LearningCurveChart, PathChart, SwarmChart, TreeChart,
};
use crate::present::fields::Field;
use crate::present::lab::{self, Choice, Lab};
use crate::present::route::Section;
use crate::present::{RunState, format};
use crate::protocol::{Command, ObjectId, Training, WhatIf};
use leptos::prelude::*;
use std::sync::Arc;

/// Larger ones are refused before they are read.
const MOST_BYTES: f64 = 200e6;
/// A tree stands so long while it plays.
const FRAME_MS: u32 = 160;

/// What the parts of the page share: what came from the worker, and what the reader chose.
#[derive(Clone, Copy)]
pub struct Bench {
    store: Store,
    lab: Memo<Lab>,
    choice: RwSignal<Choice>,
}

impl Bench {
    /// Asks the worker whatever the part of the page that is shown needs to know.
    pub fn new(store: Store, section: Memo<Option<Section>>) -> Self {
        let bench =
            Self { store, lab: store.select(|state| state.lab.clone()), choice: RwSignal::new(Choice::default()) };
        for nth in 0..3 {
            let question = Memo::new(move |_| {
                let mut questions = bench.look(|lab, choice| choice.question(lab, section.get()));
                questions[nth].take()
            });
            Effect::new(move || question.with(|question| question.iter().for_each(|command| store.send(command))));
        }
        bench
    }

    /// Something made of both, made again when one of them changes.
    fn look<T>(self, what: impl FnOnce(&Lab, &Choice) -> T) -> T {
        self.lab.with(|lab| self.choice.with(|choice| what(lab, choice)))
    }

    fn fields(self, what: fn(&Choice, &Lab) -> Vec<Field>) -> Signal<Vec<Field>> {
        Signal::derive(move || self.look(|lab, choice| what(choice, lab)))
    }

    fn words(self, what: fn(&Lab, &Choice) -> String) -> Signal<String> {
        Signal::derive(move || self.look(what))
    }

    fn chart(self, what: fn(&Lab, &Choice) -> Chart) -> AnyView {
        view! { <ChartFigure chart=Signal::derive(move || self.look(what))/> }.into_any()
    }

    fn used(self) -> Used {
        Used::new(move |(id, value): (String, String)| {
            let asked = self.lab.with_untracked(|lab| self.choice.try_update(|choice| choice.act(lab, &id, &value)));
            asked.flatten().iter().for_each(|command| self.store.send(command));
        })
    }

    /// Fields in a row or grid.
    fn form(self, class: &'static str, what: fn(&Choice, &Lab) -> Vec<Field>) -> AnyView {
        view! { <Fields fields=self.fields(what) on=self.used() class=class/> }.into_any()
    }

    /// True once there is a version to look at.
    fn has_version(self) -> Memo<bool> {
        Memo::new(move |_| self.look(|lab, choice| choice.training(lab).is_some()))
    }
}

/// Instead of a part of the page that needs a model.
fn nothing_yet(title: &'static str, text: &'static str) -> AnyView {
    view! { <Panel title=title><Empty text=text/></Panel> }.into_any()
}

pub fn trainings(bench: Bench) -> AnyView {
    let store = bench.store;
    let can_train = store.select(move |state| {
        [ObjectId::ColdstartModel, ObjectId::ContinuousModel]
            .map(|model| state.run != RunState::Running && state.has_training_set(model))
    });
    let can_train = Memo::new(move |_| {
        let model = bench.choice.with(|choice| choice.model);
        can_train.get()[usize::from(model == ObjectId::ContinuousModel)]
    });
    let buttons = Signal::derive(move || bench.look(|lab, choice| choice.train(lab, can_train.get())));
    let absent = move || {
        let rows = bench.look(|lab, choice| choice.absent(lab));
        let summary =
            format!("{} that this engine does not have", format::counted(rows.len() as u64, "parameter", "parameters"));
        let line = |(name, why): (String, String)| view! { <p class="quiet-line"><code>{name}</code>": "{why}"."</p> };
        (!rows.is_empty()).then(
            || view! { <details><summary>{summary}</summary>{rows.into_iter().map(line).collect_view()}</details> },
        )
    };
    view! {
        <div class="grid">
            <Panel title="Train a version" note="on the last run’s training set; its predictions stay those of V1" span="half">
                {bench.form("controls", |choice, _| choice.models())}
                {bench.form("fields", Choice::engine)}
                {bench.form("fields", Choice::parameters)}
                {absent}
                <Fields fields=buttons on=bench.used() class="controls"/>
                <p class="quiet-line" hidden=move || can_train.get()>"There is a training set once the pipeline has run."</p>
            </Panel>
            <section class="panel" data-span="half">
                <p class="train-progress" role="status" data-testid="training">
                    {bench.words(|lab, _| lab.growing.as_ref().map_or(String::new(), lab::progress))}
                </p>
                {bench.chart(growing)}
            </section>
            <Panel title="All versions" note="in this session, on the same rows">
                {versions(bench)}
                {import(bench)}
            </Panel>
        </div>
    }
    .into_any()
}

/// The curve of the training under way, else of the version looked at.
fn growing(lab: &Lab, choice: &Choice) -> Chart {
    match &lab.growing {
        Some(growing) => Chart::LearningCurve(LearningCurveChart {
            model: growing.now.training.model.name(),
            points: growing.curve.points.clone(),
            n_trees_planned: growing.curve.n_trees_planned,
            loss: growing.now.loss.clone(),
            at: None,
        }),
        None => curve(lab, choice, None),
    }
}

fn curve(lab: &Lab, choice: &Choice, at: Option<u32>) -> Chart {
    let training = choice.training(lab);
    Chart::LearningCurve(LearningCurveChart {
        model: choice.model.name(),
        points: training.as_ref().map(|training| CurvePoint::all_of(&training.curve)).unwrap_or_default(),
        n_trees_planned: training.as_ref().map_or(0, |training| training.n_trees),
        loss: training.map(|training| training.loss.clone()).unwrap_or_default(),
        at,
    })
}

fn versions(bench: Bench) -> impl IntoView {
    let trainings = Memo::new(move |_| bench.look(|lab, choice| lab.of(choice.model)));
    let document = |training: &Arc<Training>| {
        let name = lab::document(training);
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
            <div class="controls">{trainings.iter().map(document).collect_view()}</div>
        }
        .into_any()
    }
}

/// A model in XGBoost's JSON.
fn import(bench: Bench) -> impl IntoView {
    let read = Callback::new(move |(file, text): (String, String)| {
        let model = bench.choice.with_untracked(|choice| choice.model);
        bench.store.send(&Command::ImportModel { model, file, text });
    });
    view! {
        <FileText
            label="Import a model trained elsewhere on the same columns (XGBoost JSON, squared error)"
            accept=".json,application/json"
            most_bytes=MOST_BYTES
            too_large="Export a model with fewer trees."
            on=read
        />
    }
}

pub fn rounds(bench: Bench) -> AnyView {
    let has_version = bench.has_version();
    // The next tree once this one has been shown for a while.
    let shown = Memo::new(move |_| {
        bench.look(|lab, choice| {
            let at = lab.round.as_ref().map(|round| round.request.n_trees);
            (choice.is_playing && at == Some(choice.at)).then_some(choice.at)
        })
    });
    Effect::new(move || {
        if shown.get().is_some() {
            clock::after(FRAME_MS, move || {
                let lab = bench.lab.try_get_untracked().unwrap_or_default();
                let _ = bench.choice.try_update(|choice| {
                    if choice.is_playing {
                        choice.go_on(&lab);
                    }
                });
            });
        }
    });
    let content = move || {
        if !has_version.get() {
            return nothing_yet(
                "Slow motion",
                "Once a model is trained, its trees can be added one by one here, and residuals, tenths and one customer’s prediction move with them. Press “Run pipeline”.",
            );
        }
        view! {
            <div class="grid">
                <section class="panel">
                    {bench.form("controls", Choice::which)}
                    <p class="quiet-line">{bench.words(|lab, choice| choice.customer(lab))}</p>
                    {bench.form("motion", Choice::motion)}
                    <p class="observation-words" role="status" data-testid="round">
                        {bench.words(|lab, _| lab.round.as_ref().map_or(String::new(), |round| lab::round_in_words(round)))}
                    </p>
                </section>
                <section class="panel">{bench.chart(tree)}</section>
                <section class="panel" data-span="half">{bench.chart(path)}</section>
                <section class="panel" data-span="half">{bench.chart(|lab, choice| curve(lab, choice, Some(choice.at)))}</section>
                <section class="panel" data-span="half">{bench.chart(residuals)}</section>
                <section class="panel" data-span="half">{bench.chart(deciles)}</section>
            </div>
        }
        .into_any()
    };
    content.into_any()
}

fn tree(lab: &Lab, _: &Choice) -> Chart {
    let round = lab.round.as_ref();
    Chart::Tree(TreeChart {
        title: round.map_or("Tree".to_owned(), |round| format!("Tree {}", round.request.n_trees)),
        tree: round.and_then(|round| round.tree.clone()),
        is_log: round.is_some_and(|round| round.is_log),
    })
}

fn path(lab: &Lab, _: &Choice) -> Chart {
    let round = lab.round.as_ref();
    let title = round.map_or(String::new(), |round| format!("Prediction for customer {}", round.customer));
    let (path, at, actual) = round.map_or((Vec::new(), 0, 0.0), |r| (r.path.clone(), r.request.n_trees, r.actual));
    Chart::Path(PathChart { title, path, at, actual })
}

fn residuals(lab: &Lab, _: &Choice) -> Chart {
    Chart::Histogram(HistogramChart {
        title: "Residuals on the test rows".to_owned(),
        subject: "rows",
        axis: "actual − predicted",
        unit: HistogramUnit::Dollars,
        histogram: lab.round.as_ref().map(|round| round.residuals.clone()).unwrap_or_default(),
    })
}

fn deciles(lab: &Lab, _: &Choice) -> Chart {
    Chart::Deciles(DecilesChart {
        title: "Tenths of the test rows, by the whole model’s prediction".to_owned(),
        deciles: lab.round.as_ref().map(|round| round.deciles.clone()).unwrap_or_default(),
        ..DecilesChart::default()
    })
}

/// Many predictions, with the chosen customer's place among them.
fn swarm(lab: &Lab, _: &Choice) -> Chart {
    let of_one = |found: &Arc<WhatIf>| {
        let parts = found.inputs.iter().map(|input| (input.name.clone(), input.contribution)).collect();
        (found.customer.clone(), parts)
    };
    Chart::Swarm(SwarmChart { view: lab.attribution.clone(), customer: lab.what_if.as_ref().map(of_one) })
}

pub fn explain(bench: Bench) -> AnyView {
    let has_version = bench.has_version();
    let content = move || {
        if !has_version.get() {
            return nothing_yet(
                "What if",
                "Once a model is trained, any of its test customers can be scored here with other inputs, and each input’s part in the prediction is shown. Press “Run pipeline”.",
            );
        }
        let figure = |nth: usize| {
            let text = move |part: usize| {
                Signal::derive(move || {
                    bench.lab.with(|lab| {
                        lab.what_if.as_ref().map_or(String::new(), |found| lab::figures(found)[nth][part].clone())
                    })
                })
            };
            view! { <MetricCard label=lab::FIGURES[nth] value=text(0) note=text(1)/> }
        };
        view! {
            <div class="grid">
                <section class="panel">
                    {bench.form("controls", Choice::which)}
                    <p class="quiet-line">{bench.words(|lab, choice| choice.customer(lab))}</p>
                    <dl class="metrics" data-size="small">{(0..lab::FIGURES.len()).map(figure).collect_view()}</dl>
                    <p class="prose">{bench.words(|lab, _| lab.what_if.as_ref().map_or(String::new(), |found| lab::parts_in_words(found)))}</p>
                    {bench.form("fields inputs", Choice::inputs)}
                    {bench.form("controls", |choice, _| choice.undo())}
                </section>
                <Panel title="Nearest change" note="which other numbers would have brought another prediction">
                    {bench.form("controls", Choice::counterfactual)}
                    <p class="prose" role="status" data-testid="counterfactual">{bench.words(|lab, choice| choice.counterfactual_in_words(lab))}</p>
                    <details>
                        <summary>"How this is found"</summary>
                        <p class="prose">
                            "Trees are constant between their thresholds, so one value of each interval is tried, the nearest to the customer’s own. If one changed number suffices, it is the nearest of all, measured in standard deviations; else up to four are changed, found step by step, and taken back as far as possible. Categories stay. Numbers move independently here, which a real customer’s do not: a change says what the model listens to, not what can be done."
                        </p>
                    </details>
                </Panel>
                <section class="panel">{bench.chart(swarm)}</section>
                <section class="panel" data-span="half">
                    {bench.form("controls", Choice::input)}
                    {bench.chart(|lab, _| Chart::Dependence(DependenceChart { dependence: lab.dependence.clone() }))}
                    <p class="quiet-line">{bench.words(|lab, _| lab.dependence.as_ref().map_or(String::new(), |found| lab::dependence_in_words(found)))}</p>
                </section>
                <section class="panel" data-span="half">
                    {bench.chart(|lab, _| Chart::Contribution(ContributionChart { view: lab.attribution.clone() }))}
                </section>
            </div>
        }
        .into_any()
    };
    content.into_any()
}
