//! The classical model of repeat buying and its pictures. What they say is decided in `present::evaluation`; here they are only put on the page.

use super::detail::Bench;
use crate::app::components::{ChartFigure, Empty, Panel};
use crate::app::memo::Memo;
use crate::present::charts::Chart;
use crate::present::evaluation::{self, repeat as pictures};
use crate::protocol::RepeatView;
use leptos::prelude::*;

pub fn repeat(bench: Bench) -> AnyView {
    let view = Memo::new(move |_| bench.found.with(|found| found.repeat.clone()));
    let chart = move |what: fn(Option<&RepeatView>) -> Chart| {
        let chart = Signal::derive(move || what(view.get().as_deref()));
        view! { <section class="panel" data-span="half"><ChartFigure chart=chart/></section> }
    };
    let words = move |what: fn(&RepeatView) -> String| move || view.get().map(|view| what(&view));
    let none = move || {
        view.get().is_none().then(
            || view! { <Empty text="This appears once the pipeline has trained the continuous model. Press “Run pipeline”."/> },
        )
    };
    view! {
        <div class="grid">
            <Panel title="Repeat buying" note="BG/NBD with gamma-gamma spend, the classical model of lifetime value">
                <p class="prose">
                    "A customer buys at a rate of their own, and after each purchase may leave for good without a word. From how often somebody bought, when last, and how long ago it began, the model says who is still a customer and how many purchases are to come. It was fitted to the purchases of the training customers up to their observation dates, and sees nothing else of them."
                </p>
                <p class="quiet-line" role="status" data-testid="repeat">
                    {words(|view| evaluation::purchase_model(&view.purchases))}
                </p>
                {none}
            </Panel>
            {chart(|view| Chart::Heat(pictures::matrix(view, true)))}
            {chart(|view| Chart::Heat(pictures::matrix(view, false)))}
            {chart(|view| Chart::Lines(pictures::holdout(view)))}
            <section class="panel" data-span="half">
                <ChartFigure chart=Signal::derive(move || Chart::Histogram(pictures::alive(view.get().as_deref())))/>
                <p class="quiet-line">{words(pictures::alive_in_words)}</p>
            </section>
            <section class="panel">
                <ChartFigure chart=Signal::derive(move || Chart::Lines(pictures::tracking(view.get().as_deref())))/>
                <p class="quiet-line">{words(pictures::tracking_note)}</p>
            </section>
        </div>
    }
    .into_any()
}
