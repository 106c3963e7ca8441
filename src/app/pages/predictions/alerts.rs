//! What should be looked at, with its way from the cause to the predictions.

use super::desk::Desk;
use crate::app::components::{Empty, StatusChip};
use crate::present::live;
use crate::protocol::LiveAlert;
use leptos::prelude::*;

pub fn alerts(desk: Desk) -> AnyView {
    let alerts = desk.memo(|state, _| state.alerts.clone());
    let content = move || {
        let alerts = alerts.get();
        if alerts.is_empty() {
            return view! { <Empty text="Nothing alarms. Lags beyond their targets, failures, drift, and batches with late, repeated or unknown rows appear here."/> }
                .into_any();
        }
        view! { <ul class="live-alerts">{alerts.into_iter().map(alert).collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="panel" data-testid="alerts">
            <div class="panel-head"><h2>"Alerts"</h2><p class="panel-note">"what is seen, why it is said, what to do"</p></div>
            {content}
        </section>
    }
    .into_any()
}

fn alert(of: LiveAlert) -> impl IntoView {
    let progress = live::severity_progress(of.severity);
    let state = progress.word();
    let word = live::severity(of.severity);
    let step = |(nth, name): (usize, String)| {
        let arrow = (nth > 0).then(|| view! { <span aria-hidden="true">"→"</span>" " });
        view! { <li>{arrow}<span class="mark">{name}</span></li> }
    };
    view! {
        <li class="live-alert" data-state=state>
            <p><StatusChip progress=Signal::stored(progress) label=Signal::stored(word)/>" "<strong>{of.what}</strong></p>
            <p class="prose">{of.why}" "{of.remedy}</p>
            <ol class="lineage" aria-label="From the cause to the predictions">{of.lineage.into_iter().enumerate().map(step).collect_view()}</ol>
        </li>
    }
}
