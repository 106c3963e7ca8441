//! The tables as a picture: sources at the left, dynamic tables right of what they read, and dots along the edges where rows have flowed. Nodes stay
//! while their texts change. On narrow screens a list.

use super::desk::Desk;
use crate::app::components::glyph::{self, Glyph};
use crate::app::components::{ObjectName, StatusChip};
use crate::app::memo::Memo;
use crate::app::sizes;
use crate::present::live::{self, Drawn, Edge, Layout, NodeWords, Shape};
use crate::present::words;
use leptos::html::Div;
use leptos::prelude::*;

pub fn graph(desk: Desk) -> AnyView {
    let frame = NodeRef::<Div>::new();
    let width = sizes::width_of(frame);
    let shape = Memo::new(move |_| desk.state.with(|state| live::shape(state.as_deref())));
    let content = move || {
        let (shape, width) = (shape.get(), width.get());
        (width > 0.0).then(|| match live::layout(&shape, width) {
            Some(layout) => picture(desk, layout),
            None => list(desk, shape),
        })
    };
    view! {
        <section class="panel" data-testid="live-graph">
            <div class="panel-head">
                <h2>"Tables"</h2>
                <p class="panel-note">"staging tables fill, dynamic tables follow within their target lag; press one to look into it"</p>
            </div>
            <div class="live-graph" node_ref=frame>{content}</div>
        </section>
    }
    .into_any()
}

fn picture(desk: Desk, layout: Layout) -> AnyView {
    let Layout { width, height, nodes, edges } = layout;
    view! {
        <div class="live-picture" style:height=format!("{height}px")>
            <svg class="live-edges" viewBox=format!("0 0 {width} {height}") width=width height=height aria-hidden="true">
                {edges.into_iter().map(|edge| edge_line(desk, edge)).collect_view()}
            </svg>
            {nodes.into_iter().map(|place| node(desk, place.name.clone(), Some(place))).collect_view()}
        </div>
    }
    .into_any()
}

fn list(desk: Desk, shape: Shape) -> AnyView {
    let names = shape.sources.into_iter().chain(shape.tables.into_iter().map(|(name, _)| name));
    view! { <div class="live-list">{names.map(|name| node(desk, name, None)).collect_view()}</div> }.into_any()
}

/// A line, and a dot that runs along it once whenever its table has changed rows; while one runs, further ones are not begun.
fn edge_line(desk: Desk, edge: Edge) -> impl IntoView {
    let Edge { to, path, .. } = edge;
    let n_flows = desk.store.select(move |state| state.live.n_flows(&to));
    let runs = StoredValue::new(false);
    let run = RwSignal::new("");
    Effect::new(move |before: Option<u32>| {
        let now = n_flows.get();
        if before.is_some_and(|before| before != now) && !runs.get_value() {
            runs.set_value(true);
            // The animation begins anew because its name changes.
            run.update(|run| *run = if *run == "odd" { "even" } else { "odd" });
        }
        now
    });
    view! {
        <path class="edge" data-state="ready" d=path.clone()/>
        <circle class="live-dot" r="4" data-run=move || run.get() style:offset-path=format!("path('{path}')")
            on:animationend=move |_| runs.set_value(false)/>
    }
}

fn node(desk: Desk, name: String, place: Option<Drawn>) -> impl IntoView {
    let of = name.clone();
    let words = Memo::new(move |_| {
        desk.state.with(|state| state.as_deref().map_or_else(NodeWords::default, |state| live::node(state, &of)))
    });
    let text = move |of: fn(&NodeWords) -> &String| Signal::derive(move || words.with(|words| of(words).clone()));
    let kind = live::kind_of(&name);
    let is_dynamic = words.with_untracked(|words| words.is_dynamic);
    let (pressed_name, press_name, shown) = (name.clone(), name.clone(), name.clone());
    let chosen = desk.memo(|state, choice| choice.table(state).to_owned());
    let is_pressed = move || (chosen.get() == pressed_name).to_string();
    let press = move |_| desk.act(&format!("table:{press_name}"), "");
    let progress = Signal::derive(move || words.with(|words| words.state.progress()));
    let label = Signal::derive(move || words.with(|words| words.state.label()));
    let lag_width = move || format!("{:.1}", words.with(|words| words.lag_share) * 100.0);
    let is_late = move || words.with(|words| words.is_late).to_string();
    let px = |length: fn(&Drawn) -> f64| place.as_ref().map(|place| format!("{:.1}px", length(place)));
    let is_placed = place.is_some();
    let dynamic = is_dynamic.then(|| {
        view! {
            <span class="live-state">
                <StatusChip progress=progress label=label/>" "
                <span class="live-mode" title=text(|words| &words.reason)>{text(|words| &words.mode)}</span>
            </span>
            <span class="live-lag" data-late=is_late>
                <svg class="live-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="live-bar-track" width="100" height="6"/>
                    <rect class="live-bar-length" width=lag_width height="6"/>
                </svg>
                <span>{text(|words| &words.lag)}</span>
            </span>
        }
    });
    view! {
        <button type="button" class="live-node" data-kind=words::kind_word(kind) data-table=name aria-pressed=is_pressed
            style:left=px(|place| place.x) style:top=px(|place| place.y) style:width=px(|place| place.width)
            style:height=px(|place| place.height) on:click=press>
            <span class="live-name"><Glyph path=glyph::of_kind(kind)/><code><ObjectName name=shown/></code></span>
            {dynamic}
            <span class="live-rows">
                <span>{text(|words| &words.rows)}</span>" "
                <span class="live-action" title=text(|words| &words.action_in_words)>{text(|words| &words.action)}</span>
            </span>
            {(!is_placed || !is_dynamic).then(|| view! { <span class="live-reads">{text(|words| &words.reads)}</span> })}
        </button>
    }
}
