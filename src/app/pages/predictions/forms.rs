//! What comes by hand: a purchase, a customer, a file.

use super::desk::Desk;
use crate::app::components::FileText;
use crate::present::live::{EXPECTED, MOST_BYTES};
use crate::protocol::{Command, LiveRequest};
use leptos::prelude::*;

pub fn forms(desk: Desk) -> AnyView {
    let read = Callback::new(move |(file, text): (String, String)| {
        desk.store.send(&Command::Live(LiveRequest::File { file, text }));
    });
    let expected = |(table, columns): (&'static str, &'static str)| {
        view! { <dt><code>{table}</code></dt><dd><code class="formula">{columns}</code></dd> }
    };
    view! {
        <section class="panel" data-span="half">
            <div class="panel-head"><h2>"Add a purchase"</h2><p class="panel-note">"loaded now; the next refresh takes it in"</p></div>
            {desk.form("fields", |state, choice| choice.purchase(state))}
        </section>
        <section class="panel" data-span="half">
            <div class="panel-head"><h2>"Add rows from a file"</h2><p class="panel-note">"nothing leaves this browser"</p></div>
            <FileText
                label="A CSV file with a header, one staging table a file; choose it or drop it here"
                accept=".csv,.txt,text/csv,text/plain"
                most_bytes=MOST_BYTES
                too_large="Divide it into several batches."
                on=read
            />
            <details>
                <summary>"Which columns are expected"</summary>
                <dl class="stories">{EXPECTED.map(expected)}</dl>
            </details>
        </section>
        <section class="panel">
            <details>
                <summary>"Add a new customer"</summary>
                <p class="prose">"A customer whose first 30 days are over comes into COLDSTART_CUSTOMERS_STAGING and is scored at the next refresh."</p>
                {desk.form("fields", |state, choice| choice.newcomer(state))}
            </details>
        </section>
    }
    .into_any()
}
