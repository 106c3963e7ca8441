//! A version in detail: how well it orders customers, where it errs and for whom, what its intervals hold; and what a campaign by its predictions
//! would earn. What stands in the fields and what using them does is decided in `present::evaluation`; here it is only put on the page.

use crate::app::components::{ChartFigure, Empty, Fields, FiguresTable, MetricCard, Panel, Used};
use crate::app::memo::Memo;
use crate::app::store::Store;
use crate::present::charts::{Chart, ChartTable};
use crate::present::evaluation::{self, Choice, Evaluation};
use crate::present::fields::Field;
use crate::present::lab::Lab;
use crate::present::route::Section;
use crate::protocol::{EvaluationView, TrainingId};
use leptos::prelude::*;
use std::sync::Arc;

/// What the parts of the page share: what the worker told, and what the reader chose.
#[derive(Clone, Copy)]
pub struct Bench {
    store: Store,
    lab: Memo<Lab>,
    pub found: Memo<Evaluation>,
    choice: RwSignal<Choice>,
}

impl Bench {
    /// Asks the worker whatever the part of the page that is shown needs to know.
    pub fn new(store: Store, section: Memo<Option<Section>>) -> Self {
        let bench = Self {
            store,
            lab: store.select(|state| state.lab.clone()),
            found: store.select(|state| state.evaluation.clone()),
            choice: RwSignal::new(Choice::default()),
        };
        // What is attainable is known some seconds after a run, and then stands beside the rest.
        let n_bounds = store.select(|state| state.fair_bounds.len());
        for what in [Choice::question, Choice::rivals] {
            let question = Memo::new(move |_| {
                let question = bench.lab.with(|lab| bench.choice.with(|choice| what(choice, lab, section.get())));
                question.map(|question| (question, n_bounds.get()))
            });
            Effect::new(move || question.with(|asked| asked.iter().for_each(|(question, _)| store.send(question))));
        }
        bench
    }

    pub fn form(self, class: &'static str, what: fn(&Choice, &Lab, &Evaluation) -> Vec<Field>) -> AnyView {
        let fields = Signal::derive(move || {
            self.lab.with(|lab| self.found.with(|found| self.choice.with(|choice| what(choice, lab, found))))
        });
        let used = Used::new(move |(id, value): (String, String)| {
            let asked =
                self.found.with_untracked(|found| self.choice.try_update(|choice| choice.act(found, &id, &value)));
            asked.flatten().iter().for_each(|command| self.store.send(command));
        });
        view! { <Fields fields=fields on=used class=class/> }.into_any()
    }

    fn has_version(self) -> Memo<bool> {
        Memo::new(move |_| self.lab.with(|lab| self.choice.with(|choice| choice.has_version(lab))))
    }

    /// An answer, where it is of the version that is chosen now.
    fn answer<T: PartialEq + Send + Sync + 'static>(
        self,
        of: fn(&Evaluation) -> &Option<Arc<T>>,
        training: fn(&T) -> &TrainingId,
    ) -> Memo<Option<Arc<T>>> {
        Memo::new(move |_| {
            let answer = self.found.with(|found| of(found).clone())?;
            let is_of = self.lab.with(|lab| self.choice.with(|choice| choice.is_of(lab, training(&answer))));
            Some(answer).filter(|_| is_of)
        })
    }

    /// Which model and version, and that there is none yet.
    fn head(self) -> AnyView {
        let has_version = self.has_version();
        let none = move || {
            (!has_version.get()).then(
                || view! { <Empty text="This appears once the pipeline has trained a model. Press “Run pipeline”."/> },
            )
        };
        view! {
            {self.form("controls", |choice, lab, _| [choice.models(), choice.versions(lab)].concat())}
            {none}
        }
        .into_any()
    }
}

fn table<T: Send + Sync + PartialEq + 'static>(
    of: Memo<Option<Arc<T>>>,
    caption: &'static str,
    what: fn(&T) -> ChartTable,
) -> impl IntoView {
    move || of.get().map(|of| view! { <FiguresTable table=what(&of) caption=caption/> })
}

pub fn detail(bench: Bench) -> AnyView {
    let view = bench.answer(|found| &found.view, |view| &view.request.training);
    let rivals = bench.answer(|found| &found.rivals, |view| &view.training);
    let figures = move || {
        let figures = view.get().map(|view| evaluation::figures(&view)).unwrap_or_default();
        let card = |of: evaluation::Figure| {
            view! { <MetricCard label=of.label value=Signal::stored(of.value) note=Signal::stored(of.note)/> }
        };
        figures.into_iter().map(card).collect_view()
    };
    let chart = move |what: fn(Option<&EvaluationView>) -> Chart| {
        view! { <ChartFigure chart=Signal::derive(move || what(view.get().as_deref()))/> }
    };
    let scatter = Signal::derive(move || {
        let is_linear = bench.choice.with(|choice| choice.is_linear);
        Chart::Density(evaluation::scatter(view.get().as_deref(), is_linear))
    });
    let words = move |what: fn(&EvaluationView) -> String| move || view.get().map(|view| what(&view));
    view! {
        <div class="grid">
            <Panel title="In detail" note="on the test customers, whom no tree has seen">
                {bench.head()}
                <dl class="metrics" data-testid="ranking">{figures}</dl>
            </Panel>
            <section class="panel" data-span="half">{chart(|view| Chart::Lines(evaluation::gains(view)))}</section>
            <section class="panel" data-span="half">
                {chart(|view| Chart::Deciles(evaluation::tenths(view)))}
                <details>
                    <summary>"Lift of every tenth"</summary>
                    {table(view, "Lift of every tenth", evaluation::lifts)}
                </details>
            </section>
            <section class="panel" data-span="half">
                {bench.form("controls", |choice, _, _| choice.scales())}
                <ChartFigure chart=scatter/>
            </section>
            <section class="panel" data-span="half">{chart(|view| Chart::Density(evaluation::residuals(view)))}</section>
            <Panel title="Beside others" note="fitted to the training customers; all but the oracle see only what was known on the day of observation">
                <p class="prose" role="status" data-testid="rivals">{move || rivals.get().map(|view| evaluation::rivals_in_words(&view))}</p>
                {table(rivals, "Beside others", evaluation::rivals)}
                <p class="quiet-line">{move || rivals.get().map(|view| view.purchases.as_ref().map(evaluation::purchase_model))}</p>
            </Panel>
            <Panel title="For whom it errs" note="intervals hold with 95 % confidence">
                {bench.form("controls", |choice, _, found| choice.columns(found))}
                <p class="prose" role="status" data-testid="slices">{words(evaluation::slices_in_words)}</p>
                {table(view, "Errors by the values of a column", evaluation::slices)}
            </Panel>
            <section class="panel" data-span="half">
                {chart(|view| Chart::Histogram(evaluation::errors(view)))}
                <p class="quiet-line">{words(evaluation::errors_below)}</p>
            </section>
            <Panel title="Worst cases" span="half">{table(view, "Worst cases", evaluation::worst)}</Panel>
            <Panel title="How sure a prediction is" note="made on the validation customers, measured on the test customers">
                {table(view, "Prediction intervals", evaluation::intervals)}
                <details>
                    <summary>"How this is computed"</summary>
                    <p class="prose">
                        "Split conformal prediction: the errors of the validation customers, in dollars or as multiples of the prediction, are put in order, and the one that nine in ten do not exceed becomes the margin around every prediction. If later customers were like those, nine in ten would lie inside. They are later, and a search has chosen its parameters by the validation customers, so it is measured."
                    </p>
                </details>
            </Panel>
        </div>
    }
    .into_any()
}

pub fn money(bench: Bench) -> AnyView {
    let view = bench.answer(|found| &found.targeting, |view| &view.request.training);
    let chart = Signal::derive(move || Chart::Lines(evaluation::profits(view.get().as_deref())));
    view! {
        <div class="grid">
            <Panel title="Money" note="whom to contact, and what it earns on the test customers">
                {bench.head()}
                {bench.form("fields", |choice, _, _| choice.campaign())}
                <details>
                    <summary>"How this is computed"</summary>
                    <p class="prose">
                        "Profit = margin × what the contacted customers really spent × uplift − cost × contacts. That a contact adds the same share to everybody’s spend is an assumption; the page shows what follows from it. Intervals come from 200 resamples of the customers."
                    </p>
                </details>
            </Panel>
            <section class="panel" data-testid="profit"><ChartFigure chart=chart/></section>
            <Panel title="The best share by each way to choose">
                {table(view, "The best share by each way to choose", evaluation::best_shares)}
            </Panel>
        </div>
    }
    .into_any()
}
