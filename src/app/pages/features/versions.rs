//! Versions: views that own features have changed, beside the catalogue's, and the snapshots that models train on.

use crate::app::components::{Empty, FiguresTable, MiniOverlay, Panel};
use crate::app::store::use_store;
use crate::present::versions::{self, NOTHING_CHANGED};
use crate::present::{format, health};
use crate::protocol::{Command, DiffLine, FeatureRevision, VersionComparison, ViewVersions};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Versions() -> impl IntoView {
    let store = use_store();
    store.ask_when(|state| state.wants_versions(), Command::CompareVersions);
    let found = store.select(|state| state.versions.clone());
    let snapshots = store.select(versions::snapshots);
    let compared = move || match found.get() {
        Some(found) => view! { <Compared found=found/> }.into_any(),
        None => view! { <Panel title="Versions of views"><Empty text=NOTHING_CHANGED/></Panel> }.into_any(),
    };
    let kept = move || {
        match snapshots.get() {
        Some(table) => view! { <FiguresTable table=table caption="Dataset snapshots"/> }.into_any(),
        None => view! { <Empty text="The data sets that models train on appear here after a run, each with the hash of its content."/> }.into_any(),
    }
    };
    view! {
        <div class="grid" data-testid="versions">
            {compared}
            <Panel title="Dataset snapshots" note="never changed once made">
                {kept}
                <p class="prose">
                    "The hash is XXH3-128 over column names, types, null flags and values: the same data have the same hash in every browser and in the terminal. Another seed, another size or another feature makes another snapshot."
                </p>
            </Panel>
        </div>
    }
}

#[component]
fn Compared(found: Arc<ViewVersions>) -> impl IntoView {
    let one = |comparison: &VersionComparison| view! { <Comparison comparison=comparison.clone()/> };
    found.comparisons.iter().map(one).collect_view()
}

#[component]
fn Comparison(comparison: VersionComparison) -> impl IntoView {
    let title = format!("{}: {} beside {}", comparison.view.name(), comparison.after, comparison.before);
    let n_rows = comparison.n_rows;
    let row = |revision: &FeatureRevision| view! { <Revision revision=revision.clone() n_rows=n_rows/> };
    let line = |line: &DiffLine| {
        let (state, sign) = versions::line_sign(line.change);
        view! { <span data-change=state>{format!("{sign} {}\n", line.text)}</span> }
    };
    let rows = comparison.features.iter().map(row).collect_view();
    let table = (!comparison.features.is_empty()).then(|| {
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=title.clone()>
                <table class="drifts" data-testid="revisions">
                    <thead>
                        <tr>
                            <th scope="col">"Feature"</th>
                            <th scope="col">"Change"</th>
                            <th scope="col" class="number">"Other value"</th>
                            <th scope="col">"Before and after"</th>
                            <th scope="col" class="number">"Mean before"</th>
                            <th scope="col" class="number">"Mean after"</th>
                            <th scope="col" class="number">"PSI"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    view! {
        <Panel title=title.clone() note=versions::note(&comparison)>
            {table}
            <p class="prose">{versions::headline(&comparison)}</p>
            <details>
                <summary>{versions::sql_headline(&comparison)}</summary>
                <pre class="diff" tabindex="0" role="region" aria-label=format!("SQL of {title}")>
                    {comparison.sql.iter().map(line).collect_view()}
                </pre>
            </details>
        </Panel>
    }
}

#[component]
fn Revision(revision: FeatureRevision, n_rows: u64) -> impl IntoView {
    let before = revision.formula_before.clone().filter(|before| *before != revision.formula_after);
    let old = before.map(|text| view! { <code class="formula" data-change="removed">{text}</code> });
    let share = format::percent(revision.n_different as f64 / n_rows.max(1) as f64);
    let drift = revision.drift.clone();
    let figure = |of: Option<String>| of.unwrap_or_else(|| format::ABSENT.to_owned());
    let means = drift.as_ref().map(|d| [health::mean(d, &d.training), health::mean(d, &d.served)]);
    let [mean_before, mean_after] = means.map_or([None, None], |[before, after]| [Some(before), Some(after)]);
    let overlay = drift.as_ref().map(|drift| {
        let [filled, outlined] = health::shape(drift);
        view! { <MiniOverlay filled=filled outlined=outlined label=format!("{}: before and after", revision.name)/> }
    });
    let psi = drift.as_ref().map(|drift| format::score(drift.psi));
    view! {
        <tr data-feature=revision.name.clone()>
            <th scope="row">
                <code>{revision.name.clone()}</code>
                {old}
                <code class="formula" data-change="added">{revision.formula_after.clone()}</code>
            </th>
            <td>{versions::change_word(&revision)}</td>
            <td class="number">{share}</td>
            <td>{overlay}</td>
            <td class="number">{figure(mean_before)}</td>
            <td class="number">{figure(mean_after)}</td>
            <td class="number">{figure(psi)}</td>
        </tr>
    }
}
