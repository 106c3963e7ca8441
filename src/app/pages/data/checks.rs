//! What must be true of the data, each with its measured value and expected range.

use crate::app::components::{Empty, Panel};
use crate::app::store::use_store;
use crate::present::{checks, format};
use crate::protocol::{Command, TruthCheck, TruthReport};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Checks() -> impl IntoView {
    let store = use_store();
    store.ask_when(|state| state.wants_checks(), Command::Checks);
    let report = store.select(|state| state.checks.clone());
    move || {
        match report.get() {
        Some(report) => view! { <Report report=report/> }.into_any(),
        None => view! {
            <Panel title="Truth checks">
                <Empty text="What must be true of the raw tables is checked here as soon as a run is over: keys, dates, amounts, shares, rates, seasons, and what each column tells about the future. Press Run pipeline."/>
            </Panel>
        }
        .into_any(),
    }
    }
}

#[component]
fn Report(report: Arc<TruthReport>) -> impl IntoView {
    let judgement = if checks::all_hold(&report) { "good" } else { "warning" };
    let basis = if report.generated {
        "Each range is what the generator’s configuration implies, widened by the sampling error at this number of customers. Only visible columns are read: whoever exports the tables can repeat every check."
    } else {
        "These are your own data: only rules that hold for any customers are checked, no range of the generator."
    };
    let time = format!("measured in {}", format::duration(report.elapsed_ms));
    let failing: Vec<String> = report.checks.iter().filter(|c| !c.passes).map(|c| c.statement.clone()).collect();
    let failing = (!failing.is_empty()).then(|| view! { <p>"Not true of these data: " {failing.join("; ")} "."</p> });
    let group =
        |(title, checks): (&str, Vec<&TruthCheck>)| view! { <Group title=title.to_owned() checks=owned(&checks)/> };
    let headline = checks::headline(&report);
    let groups = checks::groups(&report).into_iter().map(group).collect_view();
    view! {
        <div class="grid">
            <Panel title="Truth checks" note=time>
                <div class="verdict" data-judgement=judgement data-testid="checks-verdict">
                    <p><strong>{headline}</strong></p>
                    {failing}
                </div>
                <p class="prose">{basis}</p>
            </Panel>
            {groups}
        </div>
    }
}

fn owned(checks: &[&TruthCheck]) -> Vec<TruthCheck> {
    checks.iter().map(|check| (*check).clone()).collect()
}

#[component]
fn Group(title: String, checks: Vec<TruthCheck>) -> impl IntoView {
    let n_held = checks.iter().filter(|check| check.passes).count();
    let note = format!("{n_held} of {}", checks.len());
    let label = title.clone();
    view! {
        <Panel title=title note=note>
            <div class="table-scroll" tabindex="0" role="region" aria-label=label>
                <table class="checks">
                    <thead>
                        <tr>
                            <th scope="col">"Verdict"</th>
                            <th scope="col">"Statement"</th>
                            <th scope="col" class="number">"Measured"</th>
                            <th scope="col" class="number">"Expected"</th>
                        </tr>
                    </thead>
                    <tbody>{checks.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Panel>
    }
}

fn row(check: TruthCheck) -> impl IntoView {
    let (state, sign) = if check.passes { ("held", "✓ holds") } else { ("broken", "✗ fails") };
    view! {
        <tr data-check=check.id.clone() data-state=state>
            <td><span class="check-sign">{sign}</span></td>
            <th scope="row" class="wrap">
                {check.statement.clone()}
                <span class="quiet-line">{checks::separated(&check.detail)}</span>
                <span class="check-figures">{format!("Measured {}, expected {}", checks::measured(&check), checks::expected(&check))}</span>
                <details><summary>"Why it matters"</summary><p>{check.why.clone()}</p></details>
            </th>
            <td class="number">{checks::measured(&check)}</td>
            <td class="number">{checks::expected(&check)}</td>
        </tr>
    }
}
