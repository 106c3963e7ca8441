//! Expectations of every feature as a table: what must be true of its values, and whether it is.

use crate::app::components::Panel;
use crate::present::health;
use crate::protocol::{ExpectationFinding, FeatureHealth};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Expectations(found: Arc<FeatureHealth>) -> impl IntoView {
    let rows = health::by_gravity(&found).into_iter().map(row).collect_view();
    view! {
        <Panel title="Expectations of every feature" note="part of each definition, held against the values as of now">
            <div class="table-scroll" tabindex="0" role="region" aria-label="Expectations of every feature">
                <table class="expectations" data-testid="expectations">
                    <thead>
                        <tr>
                            <th scope="col">"Verdict"</th>
                            <th scope="col">"Feature"</th>
                            <th scope="col">"Expectation"</th>
                            <th scope="col">"If not"</th>
                            <th scope="col">"Rows"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <details>
                <summary>"How this is computed"</summary>
                <p class="prose">
                    "Every value of a feature is held against what its definition expects. That a feature is never null follows from its null rule; a null breaks nothing else. “fail” means that the definition or the data are wrong, “warn” that the values are unusual and may still be right."
                </p>
            </details>
        </Panel>
    }
}

fn row(finding: &ExpectationFinding) -> impl IntoView + use<> {
    let (state, sign) = health::finding_sign(finding);
    view! {
        <tr data-state=state>
            <td><span class="check-sign">{sign}</span></td>
            <th scope="row"><code>{finding.feature.clone()}</code><span class="quiet-line">{finding.view.name()}</span></th>
            <td>{finding.rule.clone()}</td>
            <td>{health::severity_word(finding.severity)}</td>
            <td>{health::finding(finding)}</td>
        </tr>
    }
}
