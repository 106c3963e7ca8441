//! The help dialog: what this is, the terms of the field, the keys.

use crate::app::components::glyph::{self, Glyph};
use leptos::html::Dialog;
use leptos::prelude::*;

const TERMS: [(&str, &str); 15] = [
    ("Customer lifetime value (CLV, LTV)", "What a customer will spend; here over the next 12 months."),
    ("Cold start", "Customers in their first 30 days, of whom only sign-up data and early signals are known."),
    ("Continuous", "Customers with 90 days of history and more, described by what they bought and did."),
    ("Feature view", "A table of features per customer, kept fresh from the raw tables by one definition."),
    (
        "Scenario",
        "A named change of the market, such as a price rise: a short list of differences from the base configuration, which the page Data, Generator lists.",
    ),
    (
        "Target",
        "What a model learns to predict: the spend that really follows, or, to show what it hides, the formula of the original pipeline.",
    ),
    (
        "Version",
        "A view whose definition differs is another version of it; both stand beside each other, so that a model’s features stay what it was trained on.",
    ),
    (
        "Point in time",
        "Features as of an observation date use no row after it, so that training sees only what serving will see.",
    ),
    (
        "Drift, PSI",
        "How far the values served now lie from those trained on, in one number: 0 is no difference, above 0.25 a large one.",
    ),
    (
        "Contribution",
        "What an input adds to a prediction or takes from it: its exact Shapley value in the trees. All of them and the base value add up to the prediction.",
    ),
    (
        "Partial dependence",
        "The mean prediction over many customers with one input set to the same value for all of them; the thin lines are single customers.",
    ),
    (
        "Tweedie, quantile",
        "What a training can minimise instead of squared error: a loss for amounts that are often zero, and the amount below which a chosen share of customers stays.",
    ),
    ("Temporal split", "The earliest 70 % of rows train, the next 15 % validate, the latest 15 % test."),
    (
        "RMSE, MAE, MAPE",
        "Typical error in dollars (large errors weigh more), mean error in dollars, mean error in percent of spend.",
    ),
    (
        "R²",
        "Share of the differences between customers that the model explains: 1 is perfect, 0 is the mean for everyone.",
    ),
];

#[component]
pub fn HelpDialog(open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get().filter(|_| open.get()) {
            // Opening an open dialog is refused, which is what is wanted.
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let term = |(name, meaning): (&'static str, &'static str)| view! { <dt>{name}</dt><dd>{meaning}</dd> };
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title" on:close=move |_| open.set(false)>
            <div class="help-head">
                <h2 id="help-title">"What this is"</h2>
                <button type="button" class="icon" aria-label="Close" on:click=close><Glyph path=glyph::CLOSE/></button>
            </div>
            <p>
                "A complete machine-learning pipeline that predicts what customers will spend. It makes its own data from a seed, computes features, trains two models and scores every customer, all in this browser: nothing is sent anywhere. The same seed and size give the same result on every machine."
            </p>
            <p>"Choose a seed and a size, run the pipeline, then follow the pages in the order of the data’s flow. Scenario, target and every rate of the process stand under Data, Generator; one customer’s features on any day under Features, Timeline; features of your own, written as formulas and trained with, under Features, Own features; other versions of a model, boosting tree by tree, and a customer’s prediction with other inputs under Train. “Copy link” carries all settings and the page."</p>
            <h3>"Terms"</h3>
            <dl>{TERMS.into_iter().map(term).collect_view()}</dl>
            <h3>"Keys"</h3>
            <dl>
                <dt><kbd>"Tab"</kbd></dt><dd>"Every control and every node of the pipeline; the focus is always visible."</dd>
                <dt><kbd>"←"</kbd>" "<kbd>"→"</kbd></dt><dd>"In a chart: read one figure after another; Home and End for the ends, Esc to leave."</dd>
                <dt><kbd>"↑"</kbd>" "<kbd>"↓"</kbd>" "<kbd>"←"</kbd>" "<kbd>"→"</kbd></dt><dd>"In a table’s rows: cell by cell; Page Up and Page Down by screens, Ctrl + Home and Ctrl + End to the first and last row, Tab to the sort and the filter of the column."</dd>
            </dl>
        </dialog>
    }
}
