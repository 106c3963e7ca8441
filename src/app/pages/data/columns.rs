//! The columns of a table, one a row: what each means, its distribution, quantiles, nulls and distinct values.

use crate::app::components::MiniHistogram;
use crate::present::columns::{self, STATISTICS};
use crate::present::format;
use crate::protocol::{ColumnProfile, ObjectSummary, TableColumn, TableProfile};
use leptos::prelude::*;
use std::sync::Arc;

/// `profile` comes a little later than the summary.
#[component]
pub fn Columns(summary: Arc<ObjectSummary>, profile: Option<Arc<TableProfile>>) -> impl IntoView {
    let row = |column: &TableColumn| {
        let found = profile.as_ref().and_then(|p| p.columns.iter().find(|c| c.column == column.name));
        view! { <tr>{head(column)}{figures(column, found, summary.rows)}</tr> }
    };
    let number_head = |name: &&'static str| view! { <th scope="col" class="number">{*name}</th> };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Columns">
            <table class="profile" data-testid="profile">
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        <th scope="col">"Distribution"</th>
                        {STATISTICS.iter().map(number_head).collect_view()}
                        <th scope="col" class="number">"Nulls"</th>
                        <th scope="col" class="number">"Distinct"</th>
                    </tr>
                </thead>
                <tbody>{summary.columns.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn head(column: &TableColumn) -> impl IntoView + use<> {
    let unit = if column.unit.is_empty() { String::new() } else { format!(", {}", column.unit) };
    view! {
        <th scope="row" class="wrap">
            <code>{column.name.clone()}</code>
            <span class="column-type">{format!("{}{unit}", column.sql_type)}</span>
            <span class="quiet-line">{column.meaning.clone()}</span>
        </th>
    }
}

fn figures(column: &TableColumn, found: Option<&ColumnProfile>, n_rows: u64) -> AnyView {
    let Some(found) = found else {
        let width = (STATISTICS.len() + 3).to_string();
        return view! { <td colspan=width class="null">"counted as soon as the worker is free"</td> }.into_any();
    };
    let nulls = match found.n_null {
        0 if column.nullable => "none".to_owned(),
        0 => "never".to_owned(),
        n => format::percent(n as f64 / n_rows.max(1) as f64),
    };
    let last = view! {
        <td class="number" title=format::counted(found.n_null, "null", "nulls")>{nulls}</td>
        <td class="number">{format::count(found.n_distinct)}</td>
    };
    let of_levels = !found.levels.is_empty();
    let label = format!("{} of {}", if of_levels { "Rows per level" } else { "Histogram" }, column.name);
    let bars = found.histogram.clone().or_else(|| of_levels.then(|| columns::level_bars(&found.levels)));
    let line = if of_levels { Some(columns::level_shares(&found.levels)) } else { columns::line(column, found) };
    let value = |text: String| view! { <td class="number">{text}</td> };
    let width = STATISTICS.len().to_string();
    view! {
        <td>{bars.map(|bars| view! { <MiniHistogram histogram=bars label=label/> })}</td>
        {match line {
            Some(line) => view! { <td colspan=width class="wrap levels">{line}</td> }.into_any(),
            None => columns::statistics(column, found).into_iter().map(value).collect_view().into_any(),
        }}
        {last}
    }
    .into_any()
}
