//! Drift of training against served data, and expectations of every feature.

use super::expectations::Expectations;
use crate::app::clock::{next_task, nth_task};
use crate::app::components::{ChartFigure, Empty, MiniOverlay, Panel};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::charts::{Chart, DriftChart};
use crate::present::{format, health};
use crate::protocol::{Command, Comparison, FeatureDrift, FeatureHealth, Scenario};
use leptos::html::Section;
use leptos::prelude::*;
use std::sync::Arc;

/// Which feature the chart shows.
type Picked = RwSignal<Option<(Scenario, String)>>;

#[component]
pub fn Health() -> impl IntoView {
    let store = use_store();
    store.ask_when(|state| state.wants_health(), Command::FeatureHealth);
    let found = store.select(|state| state.health.clone());
    let awaiting = store.select(health::awaiting);
    // Kept when another answer comes.
    let picked = RwSignal::new(None);
    move || match found.get() {
        Some(found) => view! { <Report found=found picked=picked/> }.into_any(),
        None => view! { <Panel title="Drift and expectations"><Empty text=awaiting.get()/></Panel> }.into_any(),
    }
}

#[component]
fn Report(found: Arc<FeatureHealth>, picked: Picked) -> impl IntoView {
    let figure = NodeRef::<Section>::new();
    // The tables stand below what is seen first, and come in tasks of their own.
    let (drifts, expectations) = (next_task(), nth_task(2));
    let with_drift = (!found.drifts.is_empty()).then(|| {
        let (charted, listed) = (found.clone(), found.clone());
        view! {
            <section class="panel drift-figure" data-span="full" node_ref=figure><Figure found=charted picked=picked/></section>
            {move || drifts.get().then(|| view! { <Drifts found=listed.clone() picked=picked figure=figure/> })}
        }
    });
    let expected = found.clone();
    view! {
        <div class="grid" data-testid="health">
            <Summary found=found/>
            {with_drift}
            {move || expectations.get().then(|| view! { <Expectations found=expected.clone()/> })}
        </div>
    }
}

#[component]
fn Summary(found: Arc<FeatureHealth>) -> impl IntoView {
    let basis = |of: &Comparison| {
        let chance = health::chance(&found, of.scenario);
        view! { <p class="prose">{health::comparison(of)}" "{chance}</p> }
    };
    let note = format!("computed in {}", format::duration(found.elapsed_ms));
    let bases = found.comparisons.iter().map(basis).collect_view();
    let (judgement, headline) = (health::judgement(&found).word(), health::headline(&found));
    view! {
        <Panel title="Drift and expectations" note=note>
            <p class="verdict" data-judgement=judgement data-testid="health-verdict">
                <strong>{headline}</strong>
            </p>
            {bases}
            <p class="prose">
                "Rows to train on are observed up to two years before now, because the spend that follows them must be known. Whatever grows with a customer’s time, such as tenure, counts and totals, is therefore expected to drift. A drift is a reason to look, not yet a fault."
            </p>
        </Panel>
    }
}

/// The picked feature; the one that has moved most until one is picked.
#[component]
fn Figure(found: Arc<FeatureHealth>, picked: Picked) -> impl IntoView {
    let chart = Memo::new(move |_| {
        let drift = picked.with(|picked| {
            let is_picked = |drift: &&FeatureDrift| {
                picked.as_ref().is_some_and(|(scenario, name)| drift.scenario == *scenario && drift.feature == *name)
            };
            let drifts = health::by_size(&found);
            drifts.iter().copied().find(is_picked).or(drifts.first().copied()).cloned()
        });
        Chart::Drift(DriftChart { drift })
    });
    view! { <ChartFigure chart=chart/> }
}

#[component]
fn Drifts(found: Arc<FeatureHealth>, picked: Picked, figure: NodeRef<Section>) -> impl IntoView {
    let first = health::by_size(&found).first().map(|drift| (drift.scenario, drift.feature.clone()));
    let row = |drift: &FeatureDrift| {
        view! { <Row drift=drift.clone() picked=picked first=first.clone() figure=figure/> }
    };
    let rows = health::by_size(&found).into_iter().map(row).collect_view();
    view! {
        <Panel title="Every model input, the largest drift first" note="a name shows the feature in the chart">
            <p class="series"><span data-series="training">"training rows"</span><span data-series="served">"served now"</span></p>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Drift of every model input">
                <table class="drifts" data-testid="drifts">
                    <thead>
                        <tr>
                            <th scope="col">"Feature"</th>
                            <th scope="col">"PSI"</th>
                            <th scope="col">"Verdict"</th>
                            <th scope="col" class="number">"KS"</th>
                            <th scope="col">"Then and now"</th>
                            <th scope="col" class="number">"Mean then"</th>
                            <th scope="col" class="number">"Mean now"</th>
                            <th scope="col" class="number">"Nulls then"</th>
                            <th scope="col" class="number">"Nulls now"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Method found=found/>
        </Panel>
    }
}

#[component]
fn Row(
    drift: FeatureDrift,
    picked: Picked,
    first: Option<(Scenario, String)>,
    figure: NodeRef<Section>,
) -> impl IntoView {
    let own = (drift.scenario, drift.feature.clone());
    let pick = {
        let own = own.clone();
        move |_| {
            picked.set(Some(own.clone()));
            if let Some(figure) = figure.get_untracked() {
                figure.scroll_into_view();
            }
        }
    };
    let pressed = move || {
        let is_shown = picked.with(|picked| picked.as_ref().or(first.as_ref()) == Some(&own));
        is_shown.to_string()
    };
    let [then, now] = health::shape(&drift);
    let label = format!("{}: training rows and served now", drift.feature);
    let chance = health::is_chance(&drift)
        .then(|| view! { <span class="quiet-line" title=format!("Chance alone makes up to {}", format::score(drift.by_chance))>"within chance"</span> });
    view! {
        <tr data-feature=drift.feature.clone() data-verdict=health::verdict_word(drift.verdict)>
            <th scope="row">
                <button type="button" class="quiet" aria-pressed=pressed on:click=pick><code>{drift.feature.clone()}</code></button>
                <span class="quiet-line">{drift.object.name()}</span>
            </th>
            <td><span class="psi"><PsiBar share=health::bar(&drift)/>{format::score(drift.psi)}</span></td>
            <td><span class="drift-word">{health::verdict_word(drift.verdict)}</span>{chance}</td>
            <td class="number">{drift.ks.map_or_else(|| format::ABSENT.to_owned(), format::score)}</td>
            <td><MiniOverlay filled=then outlined=now label=label/></td>
            <td class="number">{health::mean(&drift, &drift.training)}</td>
            <td class="number">{health::mean(&drift, &drift.served)}</td>
            <td class="number">{health::nulls(&drift.training)}</td>
            <td class="number">{health::nulls(&drift.served)}</td>
        </tr>
    }
}

const BAR_PX: f64 = 56.0;

#[component]
fn PsiBar(share: f64) -> impl IntoView {
    let length = (share * BAR_PX).max(1.0).to_string();
    view! {
        <svg class="psi-bar" width=BAR_PX.to_string() height="8" aria-hidden="true">
            <rect class="psi-track" width="100%" height="8"/>
            <rect class="psi-length" width=length height="8"/>
        </svg>
    }
}

/// The formulas, their borders and where they come from.
#[component]
fn Method(found: Arc<FeatureHealth>) -> impl IntoView {
    let rule = format!(
        "Below {} a feature counts as stable, up to {} as moderately moved, above as far moved: the rule of credit scorecards (Siddiqi 2006, Credit Risk Scorecards). A full bar is a PSI of {} and more.",
        found.moderate_from,
        found.large_above,
        health::FULL_BAR_PSI
    );
    view! {
        <details>
            <summary>"How this is computed"</summary>
            <p class="prose">
                "PSI, the population stability index, is Σ (q − p) · ln(q ÷ p) over bins, where p is the share of training rows in a bin and q that of the rows served now. Bins of a number end at the deciles of the training values, equal deciles counting once; each level of a category is a bin, and so are the nulls. A share is (n + ½) ÷ (N + ½ · bins), so that an empty bin has a logarithm."
            </p>
            <p class="prose">{rule}</p>
            <p class="prose">
                "Few rows alone make a PSI: without any drift it is distributed like χ² with (bins − 1) degrees of freedom times 1 ÷ n + 1 ÷ m for n training and m served rows (Yurdakul 2018). “Within chance” is a drift that does not exceed the 95\u{a0}% quantile of that."
            </p>
            <p class="prose">
                "KS, the two-sample statistic of Kolmogorov and Smirnov, is the greatest distance between the two cumulated shares of a number, from 0 to 1, nulls left out. Training rows are those of the part “train”. Days such as FIRST_PURCHASE_DATE are no model inputs, and are left out."
            </p>
        </details>
    }
}
