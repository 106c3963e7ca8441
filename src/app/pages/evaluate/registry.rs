//! The registry: every version with its chips, the open version's card, a metric across versions, and where all of it is kept. What stands in
//! the fields and what using them does is decided in `present::registry`; here it is only put on the page.

use super::{Desk, session};
use crate::app::components::{ChartFigure, Empty, FiguresTable, Panel};
use crate::app::memo::Memo;
use crate::app::pages::document_button::DownloadDocument;
use crate::present::charts::Chart;
use crate::present::registry::{self, Chip, VersionRow};
use crate::protocol::ModelCard;
use leptos::ev::DragEvent;
use leptos::prelude::*;

pub fn registry(desk: Desk) -> AnyView {
    let across = desk.store.select(|state| state.lab.trainings.clone());
    let across = Signal::derive(move || {
        let chart = desk.look(|registry, choice| {
            across.with(|trainings| registry::across(registry, trainings, choice.model, choice.metric))
        });
        Chart::MetricRows(chart)
    });
    view! {
        {trouble(desk)}
        <div class="grid">
            <Panel title="Versions" note="the default serves; move an alias by dragging its chip, or press it and then the version it shall name">
                {desk.form("controls", |_, choice| choice.models())}
                {versions(desk)}
                {desk.buttons(|registry, choice| registry.history(choice.model))}
                <p class="quiet-line" data-testid="keeping">{desk.words(|registry, _| registry::keeping(&registry.view.keeping))}</p>
                {remarks(desk)}
            </Panel>
            {open_version(desk)}
            <section class="panel" data-span="half">
                <ChartFigure chart=across/>
                {desk.form("controls", |_, choice| choice.metrics())}
            </section>
            {session::session(desk)}
        </div>
    }
    .into_any()
}

/// What is kept cannot be used, or disagrees: the reader decides.
fn trouble(desk: Desk) -> impl IntoView {
    let held = Memo::new(move |_| desk.look(|registry, _| !registry.settling().is_empty()));
    move || {
        held.get().then(|| {
            view! {
                <div class="trouble" role="alert" data-testid="kept-problem">
                    <p>{desk.words(|registry, _| registry::keeping(&registry.view.keeping))}</p>
                    {desk.buttons(|registry, _| registry.settling())}
                </div>
            }
        })
    }
}

fn remarks(desk: Desk) -> impl IntoView {
    let remarks = Memo::new(move |_| desk.look(|registry, _| registry.view.remarks.clone()));
    let line = |remark: String| view! { <p class="quiet-line">{remark}</p> };
    move || remarks.get().into_iter().map(line).collect_view()
}

/// A row for each version; a row is where a chip can be put.
fn versions(desk: Desk) -> impl IntoView {
    let trainings = desk.store.select(|state| state.lab.trainings.clone());
    let rows = Memo::new(move |_| {
        desk.look(|registry, choice| trainings.with(|trainings| registry::rows(registry, trainings, choice)))
    });
    move || {
        let rows = rows.get();
        if rows.is_empty() {
            return view! { <Empty text="Every version appears here with its aliases once the pipeline has trained a model. Press “Run pipeline”."/> }
                .into_any();
        }
        let heads = ["Version", "Marks", "From", "R² test", "RMSE test", "Trees"];
        let head = |(at, text): (usize, &'static str)| {
            let is_number = at > 2;
            view! { <th scope="col" class:number=is_number>{text}</th> }
        };
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Versions">
                <table class="versions-table" data-testid="versions">
                    <caption class="visually-hidden">"Versions"</caption>
                    <thead><tr>{heads.into_iter().enumerate().map(head).collect_view()}</tr></thead>
                    <tbody>{rows.into_iter().map(|row| version_row(desk, row)).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    }
}

fn version_row(desk: Desk, row: VersionRow) -> impl IntoView {
    let carried = Memo::new(move |_| desk.choice.with(|choice| choice.carried.clone()));
    let name = StoredValue::new(row.version.clone());
    let over = RwSignal::new(false);
    let dragged_over = move |event: DragEvent| {
        if carried.with_untracked(Option::is_some) {
            event.prevent_default();
            over.set(true);
        }
    };
    let put = move || desk.act("put", &name.get_value());
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        put();
    };
    let put_here = move || {
        carried.get().map(|alias| {
            view! { <button type="button" class="quiet put" on:click=move |_| put()>{format!("Put {alias} here")}</button> }
        })
    };
    let open = move |_| desk.act("version", &name.get_value());
    view! {
        <tr data-version=row.version.clone() data-open=row.is_open.to_string() data-over=move || over.get().to_string()
            on:dragover=dragged_over on:dragleave=move |_| over.set(false) on:drop=dropped>
            <th scope="row">
                <button type="button" class="quiet" aria-pressed=row.is_open.to_string() on:click=open>{row.version.clone()}</button>
            </th>
            <td><span class="marks">{row.chips.into_iter().map(|mark| chip(desk, mark)).collect_view()}{put_here}</span></td>
            <td>{row.origin}{row.remark.map(|remark| view! { <small class="quiet-line">{remark}</small> })}</td>
            {row.figures.map(|figure| view! { <td class="number">{figure}</td> })}
        </tr>
    }
}

/// The default is a mark only; an alias can be carried to another version, or removed.
fn chip(desk: Desk, chip: Chip) -> AnyView {
    let Chip { label, is_alias } = chip;
    if !is_alias {
        return view! { <span class="mark" data-mark="default">{label}</span> }.into_any();
    }
    let alias = StoredValue::new(label.clone());
    let is_carried =
        move || desk.choice.with(|choice| choice.carried.as_deref() == Some(&alias.get_value())).to_string();
    let drag = move |event: DragEvent| {
        if let Some(data) = event.data_transfer() {
            // A browser that refuses the text still drags.
            let _ = data.set_data("text/plain", &alias.get_value());
            data.set_effect_allowed("move");
        }
        // Drawing the row anew inside the event would end the drag.
        set_timeout(
            move || {
                if desk.choice.with_untracked(|choice| choice.carried.is_none()) {
                    desk.act("carry", &alias.get_value());
                }
            },
            std::time::Duration::ZERO,
        );
    };
    view! {
        <span class="mark" data-mark="alias" draggable="true" on:dragstart=drag on:dragend=move |_| desk.act("drop", "")>
            <button type="button" class="mark-carry" aria-pressed=is_carried title="Press, then choose the version that it shall name"
                on:click=move |_| desk.act("carry", &alias.get_value())>{label.clone()}</button>
            <button type="button" class="mark-remove" aria-label=format!("Remove the alias {label}")
                on:click=move |_| desk.act("remove-alias", &alias.get_value())>"×"</button>
        </span>
    }
    .into_any()
}

/// What can be done with the open version, and everything known of it.
fn open_version(desk: Desk) -> impl IntoView {
    let name = Memo::new(move |_| desk.look(|registry, choice| choice.version(registry).map(|v| v.version.clone())));
    move || {
        name.get().map(|name| {
            view! {
                <Panel title=name note="what can be done with it, and its card">
                    {desk.buttons(|registry, choice| choice.id(registry).map_or_else(Vec::new, |id| registry.actions(&id)))}
                    {desk.form("controls marking", |registry, choice| choice.marks(registry))}
                    {tags(desk)}
                    {card(desk)}
                </Panel>
            }
        })
    }
}

fn tags(desk: Desk) -> impl IntoView {
    let tags = Memo::new(move |_| {
        desk.look(|registry, choice| choice.version(registry).map_or_else(Vec::new, |version| version.tags.clone()))
    });
    let tag = move |(key, value): (String, String)| {
        let label = format!("Remove the tag {key}");
        view! {
            <span class="mark" data-mark="tag">
                <span>{format!("{key}: {value}")}</span>
                <button type="button" class="mark-remove" aria-label=label on:click=move |_| desk.act("remove-tag", &key)>"×"</button>
            </span>
        }
    };
    view! { <p class="marks" data-testid="tags">{move || tags.get().into_iter().map(tag).collect_view()}</p> }
}

fn card(desk: Desk) -> impl IntoView {
    let card = Memo::new(move |_| {
        desk.look(|registry, choice| {
            let id = choice.id(registry)?;
            registry.card.clone().filter(|card| card.version == id)
        })
    });
    move || card.get().map(|card| view! { <Card card=card/> })
}

#[component]
fn Card(card: std::sync::Arc<ModelCard>) -> impl IntoView {
    let fact = |(name, value): (String, String)| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> };
    let n_inputs = card.inputs.len();
    view! {
        <h3>"Model card"</h3>
        <dl class="facts" data-testid="card">{card.facts.iter().cloned().map(fact).collect_view()}</dl>
        <details>
            <summary>{format!("Signature: {n_inputs} inputs, one output")}</summary>
            <FiguresTable table=registry::signature(&card) caption="Signature"/>
        </details>
        <details>
            <summary>"Sample input with predictions"</summary>
            <FiguresTable table=registry::sample(&card) caption="Sample input with predictions"/>
        </details>
        <p><DownloadDocument name=card.document.clone() label="The card as JSON"/></p>
    }
}
