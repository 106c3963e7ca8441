//! The reader's own tables instead of generated ones: files in, columns chosen, rows read, runs begun with them.

use super::own_file::FilePanel;
use super::own_result::ReadResult;
use crate::app::components::Panel;
use crate::app::memo::Memo;
use crate::app::own_files::OwnFiles;
use crate::app::store::use_store;
use crate::present::format;
use crate::present::own_data::{FileNews, Phase};
use crate::protocol::{Command, Problem};
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub fn OwnData() -> impl IntoView {
    let store = use_store();
    let own = store.own;
    let over = RwSignal::new(false);
    let drag = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let drop_files = move |event: leptos::ev::DragEvent| {
        // Without this the browser would leave the page for the file.
        event.prevent_default();
        over.set(false);
        if let Some(list) = event.data_transfer().and_then(|data| data.files()) {
            own.add(&list);
        }
    };
    let ids = Memo::new(move |_| own.state.with(|state| state.files.iter().map(|file| file.id).collect::<Vec<_>>()));
    view! {
        <div class="grid own" on:dragover=drag on:dragleave=move |_| over.set(false) on:drop=drop_files>
            <Panel title="Your own tables" note="nothing leaves this browser">
                <Introduction/>
                <DropZone own=own over=over/>
                <Source/>
            </Panel>
            <For each=move || ids.get() key=|id| *id children=move |id| view! { <FilePanel id=id/> }/>
            <Show when=move || ids.with(|ids| !ids.is_empty())>
                <Panel title="Read and use"><Reading/></Panel>
            </Show>
        </div>
    }
}

#[component]
fn Introduction() -> impl IntoView {
    view! {
        <p class="prose">
            "Run the pipeline on your own customers. CSV and Parquet files are read on this device, piece by piece; no row is sent anywhere. "
            "A file of transactions is enough: customer, date and amount. Interactions and a table of customers make the features richer. "
            "For the cold-start model, bring new customers with their first 30 days and what they spent in 12 months."
        </p>
        <details>
            <summary>"What is read, and how far"</summary>
            <ul class="plain-list prose">
                <li>"Text: comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252; 1,234.56 or 1.234,56; most ways of writing a date. Days count as written, times of day are read over."</li>
                <li>"Parquet: flat columns, uncompressed or with Snappy, gzip or LZ4."</li>
                <li>"At most 5,000,000 transactions, 50,000,000 interactions, 500,000 customers, 1,000 columns, 1 MB a line. A row that cannot be read is left out and listed."</li>
                <li>"NOW is the last date in your files. The generator’s hidden truth does not exist for your customers, so nothing is compared with it."</li>
                <li>"Memory: about 30 bytes a transaction and 13 an interaction; twice that at the end of reading."</li>
            </ul>
        </details>
    }
}

#[component]
fn DropZone(own: OwnFiles, over: RwSignal<bool>) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(list) = input.files() {
            own.add(&list);
        }
        // The same file can be chosen again.
        input.set_value("");
    };
    let open = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <div class="drop-zone" data-over=move || over.get().to_string()>
            <p>"Drop files here, or"</p>
            <button type="button" on:click=open>"Choose files"</button>
            <input node_ref=input type="file" multiple class="visually-hidden" tabindex="-1" aria-label="Files of your own data"
                accept=".csv,.tsv,.txt,.parquet,.pq,text/csv,text/plain" on:change=chosen/>
        </div>
    }
}

/// Where runs begin, and the way back.
#[component]
fn Source() -> impl IntoView {
    let store = use_store();
    let own = store.select(|state| state.own.is_some());
    view! {
        <Show when=move || own.get()>
            <div class="own-actions">
                <button type="button" on:click=move |_| store.send(&Command::UseGenerated)>"Back to generated data"</button>
                <span class="prose">"The worker forgets your tables; the files stay listed here."</span>
            </div>
        </Show>
    }
}

/// The button, the progress, or what came of it.
#[component]
fn Reading() -> impl IntoView {
    let own = use_store().own;
    let phase = Memo::new(move |_| own.state.with(|state| state.phase.clone()));
    let reading = Memo::new(move |_| own.state.with(crate::present::own_data::OwnData::is_reading));
    let content = move || match phase.get() {
        Phase::Choosing => ().into_any(),
        Phase::Reading { what, done_bytes, total_bytes, rows } => {
            let rows = (rows > 0).then(|| format!(", {}", format::counted(rows, "row", "rows")));
            let words = format!("{what}: {} of {}", format::bytes(done_bytes), format::bytes(total_bytes));
            let share = done_bytes as f64 / total_bytes.max(1) as f64;
            view! {
                <div class="own-progress">
                    <p>{words}{rows}</p>
                    <progress max="1" value=share.to_string() aria-label="Progress of reading"></progress>
                </div>
            }
            .into_any()
        }
        Phase::Read(summary) => view! { <ReadResult summary=summary/> }.into_any(),
        Phase::Failed(problem) => view! { <Trouble problem=problem/> }.into_any(),
    };
    view! {
        <Show when=move || reading.get() fallback=move || view! { <ReadButton/> }>
            <div class="own-actions">
                <button type="button" class="stop" on:click=move |_| own.cancel()>"Cancel reading"</button>
            </div>
        </Show>
        {content}
    }
}

#[component]
fn ReadButton() -> impl IntoView {
    let own = use_store().own;
    let blocked = Memo::new(move |_| own.state.with(crate::present::own_data::OwnData::blocked));
    let held = Memo::new(move |_| own.state.with(|state| state.held));
    view! {
        <div class="own-actions">
            <button type="button" class:primary=move || !held.get() disabled=move || blocked.with(Option::is_some)
                aria-describedby="own-blocked" on:click=move |_| own.tell(FileNews::ReadAsked)>"Read the files"</button>
            <span class="prose" id="own-blocked" role="status">{move || blocked.get()}</span>
        </div>
    }
}

/// What happened, why, what to do.
#[component]
pub fn Trouble(problem: Problem) -> impl IntoView {
    view! {
        <div class="trouble" role="alert" data-testid="own-problem">
            <p><strong>{problem.what}</strong>" "{problem.why}</p>
            <p>{problem.remedy}</p>
        </div>
    }
}
