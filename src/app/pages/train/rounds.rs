//! Boosting in slow motion: how a model stood after each of its trees. Deliberately nothing is computed here; the worker answers for the
//! tree that is asked for.

use super::which::{Which, WhichVersion};
use crate::app::clock;
use crate::app::components::{ChartFigure, Empty, Panel};
use crate::app::store::use_store;
use crate::present::charts::{
    Chart, CurvePoint, DecilesChart, HistogramChart, HistogramUnit, LearningCurveChart, PathChart, TreeChart,
};
use crate::present::lab;
use crate::protocol::{Command, Histogram, RoundRequest, RoundView};
use leptos::prelude::*;

/// A tree stands so long while it plays.
const FRAME_MS: u32 = 160;

#[component]
pub fn Rounds(which: Which) -> impl IntoView {
    let store = use_store();
    let id = which.id(store);
    let has_model = Memo::new(move |_| id.with(Option::is_some));
    move || {
        if has_model.get() {
            view! { <Motion which=which/> }.into_any()
        } else {
            view! {
                <Panel title="Slow motion">
                    <Empty text="Once a model is trained, its trees can be added one by one here, and residuals, tenths and one customer’s prediction move with them. Press “Run pipeline”."/>
                </Panel>
            }
            .into_any()
        }
    }
}

#[component]
fn Motion(which: Which) -> impl IntoView {
    let store = use_store();
    let (id, training) = (which.id(store), which.training(store));
    let at = RwSignal::new(1_u32);
    let playing = RwSignal::new(false);
    let last = Memo::new(move |_| training.with(|training| training.as_ref().map_or(0, |training| training.n_trees)));
    let round = store.select(|state| state.lab.round.clone());
    Effect::new(move || {
        if let Some(training) = id.get() {
            let (n_trees, row) = (at.get().min(last.get()), which.row.get());
            store.send(&Command::Round(RoundRequest { training, n_trees, row }));
        }
    });
    // The next tree once this one has been shown.
    Effect::new(move || {
        let shown = round.with(|round| round.as_ref().map_or(0, |round| round.request.n_trees));
        if !playing.get() || shown != at.get() {
            return;
        }
        if shown >= last.get() {
            playing.set(false);
            return;
        }
        clock::after(FRAME_MS, move || {
            if playing.try_get_untracked() == Some(true) {
                at.update(|at| *at = (shown + 1).max(*at));
            }
        });
    });
    let view_of = move || round.get();
    let of_round = move |chart: fn(Option<&RoundView>) -> Chart| Signal::derive(move || chart(view_of().as_deref()));
    let curve = Signal::derive(move || {
        let training = training.get();
        let points = training.as_ref().map(|training| CurvePoint::all_of(&training.curve)).unwrap_or_default();
        let loss = training.map(|training| training.loss.clone()).unwrap_or_default();
        let model = which.model.get().name();
        Chart::LearningCurve(LearningCurveChart {
            model,
            points,
            n_trees_planned: last.get(),
            loss,
            at: Some(at.get()),
        })
    });
    let n_rows = Signal::derive(move || view_of().map_or(0, |round| round.n_rows));
    let customer = Signal::derive(move || view_of().map_or(String::new(), |round| round.customer.clone()));
    let step = move |by: i64| {
        playing.set(false);
        at.update(|at| *at = (i64::from(*at) + by).clamp(0, last.get_untracked().into()) as u32);
    };
    let button = move |label: &'static str, by: i64| {
        view! { <button type="button" class="quiet" on:click=move |_| step(by)>{label}</button> }
    };
    let play = move |_| {
        if !playing.get_untracked() && at.get_untracked() >= last.get_untracked() {
            at.set(0);
        }
        playing.update(|playing| *playing = !*playing);
    };
    let words = move || view_of().map(|round| lab::round_in_words(&round));
    view! {
        <div class="grid">
            <section class="panel">
                <WhichVersion which=which n_rows=n_rows customer=customer/>
                <div class="observation">
                    <input type="range" class="round-slider" aria-label="Trees" min="0" max=move || last.get().to_string() step="1"
                        prop:value=move || at.get().to_string()
                        on:input=move |event| {
                            playing.set(false);
                            at.set(event_target_value(&event).parse().unwrap_or(0));
                        }/>
                    <p class="observation-words" role="status" data-testid="round">{words}</p>
                    <div class="observation-steps">
                        <button type="button" class="primary" on:click=play>{move || if playing.get() { "Pause" } else { "Play" }}</button>
                        {button("−10", -10)} {button("−1", -1)} {button("+1", 1)} {button("+10", 10)}
                    </div>
                </div>
            </section>
            <section class="panel"><ChartFigure chart=of_round(tree)/></section>
            <section class="panel" data-span="half"><ChartFigure chart=of_round(path)/></section>
            <section class="panel" data-span="half"><ChartFigure chart=curve/></section>
            <section class="panel" data-span="half"><ChartFigure chart=of_round(residuals)/></section>
            <section class="panel" data-span="half"><ChartFigure chart=of_round(deciles)/></section>
        </div>
    }
}

fn tree(round: Option<&RoundView>) -> Chart {
    let title = round.map_or("Tree".to_owned(), |round| format!("Tree {}", round.request.n_trees));
    Chart::Tree(TreeChart {
        title,
        tree: round.and_then(|round| round.tree.clone()),
        is_log: round.is_some_and(|round| round.is_log),
    })
}

fn path(round: Option<&RoundView>) -> Chart {
    let title = round.map_or(String::new(), |round| format!("Prediction for customer {}", round.customer));
    let (path, at, actual) = round.map_or((Vec::new(), 0, 0.0), |r| (r.path.clone(), r.request.n_trees, r.actual));
    Chart::Path(PathChart { title, path, at, actual })
}

fn residuals(round: Option<&RoundView>) -> Chart {
    Chart::Histogram(HistogramChart {
        title: "Residuals on the test rows".to_owned(),
        subject: "rows",
        axis: "actual − predicted",
        unit: HistogramUnit::Dollars,
        histogram: round.map_or(Histogram::default(), |round| round.residuals.clone()),
    })
}

fn deciles(round: Option<&RoundView>) -> Chart {
    Chart::Deciles(DecilesChart {
        title: "Tenths of the test rows, by the whole model’s prediction".to_owned(),
        deciles: round.map(|round| round.deciles.clone()).unwrap_or_default(),
    })
}
