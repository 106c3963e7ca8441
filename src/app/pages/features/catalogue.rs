//! The catalogue: a field that looks for features in all views, and what it finds.

use crate::app::components::ObjectName;
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::Route;
use crate::present::{catalogue, format};
use leptos::prelude::*;

#[component]
pub fn Catalogue() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let hits = Memo::new(move |_| typed.with(|text| store.select_now(|state| catalogue::search(&state.views, text))));
    let n_features = store.select(|state| state.views.values().map(|view| view.features.len()).sum::<usize>());
    let words = move || {
        let n_found = hits.with(Vec::len) as u64;
        typed.with(|text| {
            if text.trim().is_empty() {
                String::new()
            } else {
                format::counted(n_found, "feature found", "features found")
            }
        })
    };
    let row = |hit: catalogue::Hit| {
        view! {
            <tr>
                <th scope="row"><a href=Route::to_object(hit.view).href()><code>{hit.name}</code></a></th>
                <td><ObjectName name=hit.view.name()/></td>
                <td class="wrap definition">{hit.meaning}<code class="formula">{hit.formula}</code></td>
            </tr>
        }
    };
    let found = move || {
        let hits = hits.get();
        (!hits.is_empty()).then(|| view! {
            <div class="table-scroll catalogue-hits" tabindex="0" role="region" aria-label="Features found">
                <table>
                    <thead><tr><th scope="col">"Feature"</th><th scope="col">"View"</th><th scope="col">"Definition"</th></tr></thead>
                    <tbody>{hits.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        })
    };
    view! {
        <Show when=move || { n_features.get() > 0 }>
            <search class="catalogue">
                <label>
                    {move || format!("Find in {}", format::counted(n_features.get() as u64, "feature", "features"))}
                    <input type="search" autocomplete="off" placeholder="name, meaning or formula"
                        on:input=move |event| typed.set(event_target_value(&event))/>
                </label>
                <span class="quiet-line" role="status">{words}</span>
                {found}
            </search>
        </Show>
    }
}
