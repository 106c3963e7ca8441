//! The search for a model's parameters, while it goes on and afterwards. What stands in the fields and what using them does is decided in
//! `present::search`; here it is only put on the page.

use crate::app::components::{ChartFigure, Empty, Fields, FiguresTable, Panel, Used};
use crate::app::memo::Memo;
use crate::app::store::Store;
use crate::order;
use crate::present::RunState;
use crate::present::charts::{BeliefChart, Chart, ParallelChart, Part, SharesChart, TrialsChart};
use crate::present::fields::Field;
use crate::present::search::{self, Choice, SearchShown};
use crate::protocol::ObjectId;
use leptos::prelude::*;
use std::sync::Arc;

/// What the parts of the page share: the search from the worker, and what the reader chose.
#[derive(Clone, Copy)]
struct Desk {
    store: Store,
    shown: Memo<Option<Arc<SearchShown>>>,
    choice: RwSignal<Choice>,
}

impl Desk {
    fn new(store: Store) -> Self {
        let space = store.select(|state| state.search_space.clone());
        let choice = RwSignal::new(Choice::new(&space.get_untracked()));
        // The worker may say what is searched after the page is shown.
        Effect::new(move || choice.set(Choice::new(&space.get())));
        let of_models = store.select(|state| state.searches.clone());
        let shown = Memo::new(move |_| of_models.with(|all| choice.with(|choice| all.get(&choice.model).cloned())));
        let desk = Self { store, shown, choice };
        let question = Memo::new(move |_| {
            let n_ended = shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.n_ended()));
            (desk.look(|shown, choice| choice.question(shown)), n_ended)
        });
        Effect::new(move || question.with(|(question, _)| question.iter().for_each(|command| store.send(command))));
        desk
    }

    /// Something made of both, made again when one of them changes.
    fn look<T>(self, what: impl FnOnce(Option<&SearchShown>, &Choice) -> T) -> T {
        self.shown.with(|shown| self.choice.with(|choice| what(shown.as_deref(), choice)))
    }

    fn used(self) -> Used {
        Used::new(move |(id, value): (String, String)| {
            let seed = self.store.select_now(|state| state.config.as_ref().map_or(0, |config| config.seed));
            let asked = self.shown.with_untracked(|shown| {
                self.choice.try_update(|choice| choice.act(shown.as_deref(), seed, &id, &value))
            });
            asked.flatten().iter().for_each(|command| self.store.send(command));
        })
    }

    fn form(self, class: &'static str, what: fn(Option<&SearchShown>, &Choice) -> Vec<Field>) -> AnyView {
        let fields = Signal::derive(move || self.look(what));
        view! { <Fields fields=fields on=self.used() class=class/> }.into_any()
    }

    fn words(self, what: fn(&SearchShown) -> String) -> Signal<String> {
        Signal::derive(move || self.shown.with(|shown| shown.as_deref().map_or(String::new(), what)))
    }

    fn chart(self, what: fn(Option<&SearchShown>, &Choice) -> Chart) -> AnyView {
        view! { <ChartFigure chart=Signal::derive(move || self.look(what))/> }.into_any()
    }
}

pub fn search(store: Store) -> AnyView {
    let desk = Desk::new(store);
    let can_search = store.select(move |state| {
        [ObjectId::ColdstartModel, ObjectId::ContinuousModel]
            .map(|model| state.run != RunState::Running && state.has_training_set(model))
    });
    let can_search = Memo::new(move |_| {
        let model = desk.choice.with(|choice| choice.model);
        can_search.get()[usize::from(model == ObjectId::ContinuousModel)]
    });
    let narrowed = Callback::new(move |part: Part| desk.used().run(("narrow".to_owned(), Choice::dragged(&part))));
    let buttons = Signal::derive(move || desk.look(|shown, choice| choice.buttons(shown, can_search.get())));
    view! {
        <div class="grid">
            <Panel title="Search" note="for the parameters with the least error on the validation rows; the best are trained as another version">
                {desk.form("controls", |_, choice| choice.models())}
                {desk.form("fields", |shown, choice| choice.settings(shown.map_or(0, |shown| shown.state.n_workers)))}
                <details>
                    <summary>"Where to search"</summary>
                    {desk.form("fields bounds", |_, choice| choice.bounds())}
                </details>
                <Fields fields=buttons on=desk.used() class="controls"/>
                <p class="train-progress" role="status" data-testid="search">{desk.words(search::progress)}</p>
                <p class="quiet-line" hidden=move || can_search.get()>"There is a training set once the pipeline has run."</p>
            </Panel>
            <section class="panel" data-span="half">{desk.chart(trials)}</section>
            <section class="panel" data-span="half">
                {desk.chart(belief)}
                {desk.form("controls", |shown, choice| choice.looks(shown))}
                <p class="prose">{desk.words(search::reason)}</p>
            </section>
            <section class="panel" data-span="half">
                <ChartFigure chart=Signal::derive(move || desk.look(parallel)) on_drag=narrowed/>
                <p class="quiet-line">"Drag along an axis to see only the trials within that part of it; a press on the axis shows all again."</p>
                {desk.form("fields", |shown, choice| choice.narrowing(shown))}
            </section>
            <section class="panel" data-span="half">{desk.chart(shares)}</section>
            <Panel title="Try a point of your own" note="it comes before whatever the search would try next; a search that has ended goes on with it">
                {desk.form("fields", |shown, choice| choice.by_hand(shown))}
                {desk.form("controls", |shown, choice| choice.placing(shown))}
            </Panel>
            <Panel title="Trials" note="the newest first">{table(desk)}</Panel>
        </div>
    }
    .into_any()
}

fn trials(shown: Option<&SearchShown>, _: &Choice) -> Chart {
    let trials = shown.map(|shown| shown.trials.clone()).unwrap_or_default();
    Chart::Trials(TrialsChart { trials, n_planned: shown.map_or(0, |shown| shown.state.n_trials) })
}

fn belief(shown: Option<&SearchShown>, _: &Choice) -> Chart {
    Chart::Belief(shown.map_or_else(BeliefChart::default, |shown| BeliefChart {
        surrogate: shown.surrogate.clone(),
        dimensions: shown.info.request.space.clone(),
        trials: shown.trials.clone(),
    }))
}

fn parallel(shown: Option<&SearchShown>, choice: &Choice) -> Chart {
    Chart::Parallel(shown.map_or_else(ParallelChart::default, |found| ParallelChart {
        dimensions: found.info.request.space.clone(),
        trials: found.trials.clone(),
        chosen: choice.chosen(shown),
        narrowed: choice.part(shown),
    }))
}

fn shares(shown: Option<&SearchShown>, _: &Choice) -> Chart {
    let Some((shown, found)) = shown.and_then(|shown| Some((shown, shown.surrogate.as_ref()?))) else {
        return Chart::Shares(SharesChart::default());
    };
    let space = &shown.info.request.space;
    let part = |(at, alone, total): &(u32, f64, f64)| Some((space.get(*at as usize)?.name.clone(), *alone, *total));
    let mut parts: Vec<(String, f64, f64)> = found.importance.iter().filter_map(part).collect();
    order::sort_by(&mut parts, |a, b| b.2.total_cmp(&a.2));
    Chart::Shares(SharesChart { parts, n_trials: found.n_trials })
}

fn table(desk: Desk) -> impl IntoView {
    let table = Memo::new(move |_| desk.shown.with(|shown| shown.as_deref().map(search::table)));
    move || match table.get() {
        None => {
            view! { <Empty text="Every trial appears here with its parameters and its error, once a search begins."/> }
                .into_any()
        }
        Some(table) => view! { <FiguresTable table=table caption="Trials"/> }.into_any(),
    }
}
