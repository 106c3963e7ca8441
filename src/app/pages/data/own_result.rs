//! What came of reading: rows by table, what was derived, rows that were left out, and the button that makes runs begin with it.

use crate::app::components::MetricCard;
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::format;
use crate::present::own_data::{about_horizon, horizons};
use crate::protocol::{ImportSummary, Rejection, RejectionCount};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn ReadResult(summary: Arc<ImportSummary>) -> impl IntoView {
    let source = &summary.source;
    let card = |label: String, value: String| view! { <MetricCard label=label value=Signal::stored(value)/> };
    let tables =
        source.tables.iter().map(|(object, rows)| card(object.name().to_owned(), format::count(*rows))).collect_view();
    let dates = card("Dates".to_owned(), format!("{} – {}", source.dates.first, source.dates.last));
    let left_out = card("Rows left out".to_owned(), format::count(summary.n_rejected));
    let remarks = summary.remarks.iter().map(|remark| view! { <li>{remark.clone()}</li> }).collect_view();
    view! {
        <dl class="metrics" data-size="small" aria-label="What was read">{tables}{dates}{left_out}</dl>
        <ul class="plain-list remarks">{remarks}</ul>
        <Use summary=summary.clone()/>
        {(summary.n_rejected > 0).then(|| view! { <LeftOut summary=summary.clone()/> })}
    }
}

/// The horizon, where there is a choice, and the button.
#[component]
fn Use(summary: Arc<ImportSummary>) -> impl IntoView {
    let store = use_store();
    let offered = horizons(&summary.source);
    let horizon = RwSignal::new(offered.first().copied().unwrap_or(365));
    let held = Memo::new(move |_| store.own.state.with(|state| state.held));
    let in_use = store.select(|state| state.own.is_some());
    let about = about_horizon(&summary.source);
    let option = |days: &u32| view! { <option value=days.to_string()>{format!("{days} days")}</option> };
    let change = move |event| horizon.set(event_target_value(&event).parse().unwrap_or(365));
    let choice = (about.is_some() && offered.len() > 1).then(|| {
        view! {
            <label class="field"><span>"Target window"</span><select on:change=change>{offered.iter().map(option).collect_view()}</select></label>
        }
    });
    view! {
        {about.map(|about| view! { <p class="prose">{about}</p> })}
        <div class="own-actions">
            {choice}
            <button type="button" class="primary" disabled=move || !held.get() on:click=move |_| store.use_own_tables(horizon.get_untracked())>
                "Use these tables"
            </button>
            <span class="prose" role="status">
                {move || match (held.get(), in_use.get()) {
                    (true, _) => "Then press “Run pipeline”. Results of earlier runs stay until then.",
                    (false, true) => "In use: press “Run pipeline”.",
                    (false, false) => "No longer in use: read the files again to use them.",
                }}
            </span>
        </div>
    }
}

/// Rows that were left out: by reason, and one by one.
#[component]
fn LeftOut(summary: Arc<ImportSummary>) -> impl IntoView {
    let reason = |count: &RejectionCount| {
        view! {
            <tr>
                <td class="number">{format::count(count.rows)}</td><td>{count.file.clone()}</td><td><code>{count.column.clone()}</code></td>
                <td class="wrap">{count.reason.clone()}</td>
            </tr>
        }
    };
    let row = |row: &Rejection| {
        view! {
            <tr>
                <td>{row.file.clone()}</td><td class="number">{format::count(row.line)}</td><td><code>{row.column.clone()}</code></td>
                <td><code>{row.text.clone()}</code></td><td class="wrap">{row.reason.clone()}</td>
            </tr>
        }
    };
    let listed = summary.rejections.len() as u64;
    let all = if listed < summary.n_rejected {
        format!("The first {} of them", format::count(listed))
    } else {
        "Each of them".to_owned()
    };
    view! {
        <h3>"Rows left out, by reason"</h3>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Rows left out, by reason">
            <table>
                <thead><tr><th scope="col" class="number">"Rows"</th><th scope="col">"File"</th><th scope="col">"Column"</th><th scope="col">"Reason"</th></tr></thead>
                <tbody>{summary.reasons.iter().map(reason).collect_view()}</tbody>
            </table>
        </div>
        <details>
            <summary>{all}</summary>
            <div class="table-scroll rejections" tabindex="0" role="region" aria-label="Rows left out">
                <table>
                    <thead><tr>
                        <th scope="col">"File"</th><th scope="col" class="number">"Line"</th><th scope="col">"Column"</th>
                        <th scope="col">"What stands there"</th><th scope="col">"Reason"</th>
                    </tr></thead>
                    <tbody>{summary.rejections.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}
