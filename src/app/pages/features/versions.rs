//! Versions: views that own features have changed, beside the catalogue's, and the snapshots that models train on.

use crate::app::components::{Empty, FiguresTable, MiniHistogram, MiniOverlay, Panel};
use crate::app::store::use_store;
use crate::present::versions::{self, NOTHING_CHANGED};
use crate::present::{format, health};
use crate::protocol::{Command, DiffLine, FeatureRevision, ObjectId, VersionComparison, ViewVersions};
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
        Some((snapshots, parts)) => view! {
            <FiguresTable table=snapshots caption="Dataset snapshots"/>
            <h3>"Their parts"</h3>
            <FiguresTable table=parts caption="Parts of the snapshots"/>
        }
        .into_any(),
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
    let (view, n_rows) = (comparison.view, comparison.n_rows);
    let row = |revision: &FeatureRevision| view! { <Revision revision=revision.clone() view=view n_rows=n_rows/> };
    let line = |line: &DiffLine| {
        let (state, sign) = versions::line_sign(line.change);
        view! { <span data-change=state>{format!("{sign} {}\n", line.text)}</span> }
    };
    let rows = comparison.features.iter().map(row).collect_view();
    let (before, after) = (comparison.before.clone(), comparison.after.clone());
    let table = (!comparison.features.is_empty()).then(|| {
        view! {
            <p class="series"><span data-series="training">{before}</span><span data-series="served">{after}</span></p>
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
fn Revision(revision: FeatureRevision, view: ObjectId, n_rows: u64) -> impl IntoView {
    let store = use_store();
    let FeatureRevision { name, formula_before, formula_after, n_different, drift } = revision.clone();
    let state = versions::formula_state(&revision);
    let old = formula_before.clone().filter(|_| state == Some("added"));
    let old = old.map(|text| view! { <code class="formula" data-change="removed">{text}</code> });
    let share = formula_before.map(|_| format::percent(n_different as f64 / n_rows.max(1) as f64));
    let label = format!("{name}: before and after");
    let shape = drift.as_ref().map(|drift| {
        let [filled, outlined] = health::shape(drift);
        view! { <MiniOverlay filled=filled outlined=outlined label=label/> }.into_any()
    });
    // A new feature has no other side: its own figures stand with the view.
    let detail =
        store.select_now(|state| state.views.get(&view)?.features.iter().find(|feature| feature.name == name).cloned());
    let alone = detail
        .as_ref()
        .and_then(|detail| detail.histogram.clone())
        .map(|histogram| view! { <MiniHistogram histogram=histogram label=format!("{name}: its values")/> }.into_any());
    let means = match (&drift, &detail) {
        (Some(drift), _) => [Some(health::mean(drift, &drift.training)), Some(health::mean(drift, &drift.served))],
        (None, Some(detail)) => [None, detail.mean.map(format::statistic)],
        (None, None) => [None, None],
    };
    let figure =
        |of: Option<String>| view! { <td class="number">{of.unwrap_or_else(|| format::ABSENT.to_owned())}</td> };
    view! {
        <tr data-feature=revision.name.clone()>
            <th scope="row">
                <code>{name}</code>
                {old}
                <code class="formula" data-change=state>{formula_after}</code>
            </th>
            <td>{versions::change_word(&revision)}</td>
            {figure(share)}
            <td>{shape.or(alone)}</td>
            {means.map(figure).collect_view()}
            {figure(drift.map(|drift| format::score(drift.psi)))}
        </tr>
    }
}
