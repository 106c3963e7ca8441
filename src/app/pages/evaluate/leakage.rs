//! The leakage lab: switches that spoil the training set, and what becomes of the model. What stands in the fields and what using them does is
//! decided in `present::evaluation`; here it is only put on the page.

use super::detail::Bench;
use crate::app::components::{ChartFigure, Empty, FiguresTable, Panel};
use crate::app::memo::Memo;
use crate::present::charts::Chart;
use crate::present::evaluation::leakage;
use leptos::prelude::*;

pub fn leakage(bench: Bench) -> AnyView {
    let found = bench.found;
    // What is tried changes seldom, the progress all the time.
    let leaks = Memo::new(move |_| found.with(|found| found.leaks.clone()));
    let chart = Signal::derive(move || Chart::MetricRows(leaks.with(|leaks| leakage::rows(leaks))));
    let progress = move || found.with(|found| found.leak_progress.as_ref().map_or(String::new(), leakage::progress));
    let is_empty = Memo::new(move |_| leaks.with(Vec::is_empty));
    let none = move || {
        is_empty
            .get()
            .then(|| view! { <Empty text="What each training set promised, what came of it, and why, appears here."/> })
    };
    let stories = move || {
        let story = |(name, text): (String, String)| view! { <dt>{name}</dt><dd class="prose">{text}</dd> };
        leaks.with(|leaks| leakage::stories(leaks)).into_iter().map(story).collect_view()
    };
    let table = move || {
        view! { <FiguresTable table=leaks.with(|leaks| leakage::table(leaks)) caption="Training sets offline and in use"/> }
    };
    view! {
        <div class="grid">
            <Panel title="Leakage lab" note="what a training set lets a model see that it will not see when it is used">
                <p class="prose">
                    "Choose what is done wrong. The continuous model is trained with the run’s parameters on such a training set and tested on its own test rows; then it is used: on every customer as of the last day, and held against what they spend in the year after, which the generator goes on to simulate."
                </p>
                {bench.form("fields", |choice, _, _| choice.leaks())}
                {bench.form("controls", |choice, lab, found| choice.leak_buttons(lab, found))}
                <p class="quiet-line" role="status" data-testid="leakage">{progress}</p>
            </Panel>
            <section class="panel"><ChartFigure chart=chart/></section>
            <Panel title="What happened, and why">
                {none}
                <dl class="stories">{stories}</dl>
                <details hidden=move || is_empty.get()>
                    <summary>"All figures"</summary>
                    {table}
                </details>
            </Panel>
        </div>
    }
    .into_any()
}
