//! The pipeline as an SVG: nodes in the colours of their kinds with state, rows and duration; every node leads to the page of
//! its object.

use crate::app::clock::next_task;
use crate::app::components::glyph;
use crate::app::memo::Memo;
use crate::app::sizes;
use crate::app::store::use_store;
use crate::present::pipeline::{self, Edge, Heading, LINE_PX, Lane, Layout, Node, WIDE_FROM_PX};
use crate::present::route::Route;
use crate::present::{Progress, format, words};
use crate::protocol::{Kind, ObjectId};
use leptos::html::Div;
use leptos::prelude::*;

/// In wider windows the picture is enlarged as a whole.
const LARGEST_LAYOUT_PX: f64 = 1360.0;
/// Width of a digit in a node.
const DIGIT_PX: f64 = 7.2;

#[component]
pub fn PipelineGraph() -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = sizes::width_of(frame);
    let layout = Memo::new(move |_| (width.get() > 0.0).then(|| pipeline::layout(width.get().min(LARGEST_LAYOUT_PX))));
    // The place is kept at once, the many nodes come in a task of their own, so that opening the page stays one short task.
    let height_px = move || layout.with(|layout| layout.as_ref().map_or(0.0, |l| l.height * width.get() / l.width));
    let begun = next_task();
    view! {
        <div class="graph" node_ref=frame style:min-height=move || format!("{}px", height_px())>
            {move || layout.get().filter(|_| begun.get()).map(|layout| view! { <Drawing layout=layout/> })}
        </div>
    }
}

#[component]
fn Drawing(layout: Layout) -> impl IntoView {
    let Layout { width, height, lanes, headings, nodes, edges } = layout;
    let heading = |heading: Heading| view! { <text class="graph-heading" x=heading.x y="16">{heading.text}</text> };
    view! {
        <svg
            class="graph-picture"
            viewBox=format!("0 0 {width} {height}")
            role="group"
            aria-label="The pipeline: two lanes of objects, each a link to its page"
        >
            <g aria-hidden="true">
                {lanes.into_iter().map(|lane| view! { <LaneBand lane=lane width=width/> }).collect_view()}
                {headings.into_iter().map(heading).collect_view()}
                {edges.into_iter().map(|edge| view! { <EdgeLine edge=edge/> }).collect_view()}
            </g>
            {nodes.into_iter().map(|node| view! { <NodeLink node=node/> }).collect_view()}
        </svg>
    }
}

#[component]
fn LaneBand(lane: Lane, width: f64) -> impl IntoView {
    // Narrow lanes have the room below the name, wide ones beside it.
    let wide = width >= WIDE_FROM_PX;
    let (x, dx, dy) = if wide { (None, Some("8"), "0") } else { (Some("12"), None, "16") };
    view! {
        <g class="lane">
            <rect class="lane-band" x="0.5" y=lane.y + 0.5 width=width - 1.0 height=lane.height - 1.0 rx="6"/>
            <text class="lane-label" x="12" y=lane.y + 20.0>
                {words::scenario_label(lane.scenario)}
                <tspan class="lane-meaning" x=x dx=dx dy=dy>{words::scenario_meaning(lane.scenario)}</tspan>
            </text>
        </g>
    }
}

#[component]
fn EdgeLine(edge: Edge) -> impl IntoView {
    let store = use_store();
    let (source, target) = (store.progress(edge.from), store.progress(edge.to));
    let state = move || match (source.get(), target.get()) {
        (_, Progress::Running { .. }) => "running",
        (_, Progress::Ready) => "ready",
        (_, Progress::Stale) => "stale",
        (_, Progress::Idle | Progress::Failed) => "idle",
    };
    view! { <path class="edge" data-state=state d=edge.path/> }
}

#[component]
fn NodeLink(node: Node) -> impl IntoView {
    let store = use_store();
    let Node { object, x, y, width, height, name_lines } = node;
    let progress = store.progress(object);
    let made = store.select(move |state| state.objects.get(&object).map(|o| (o.rows, o.elapsed_ms)));
    let wide = width >= 132.0;
    let left = move || progress.with(|progress| left_words(object, progress, made.get(), wide));
    let right = move || {
        let words = progress.with(|progress| right_words(progress, made.get()));
        // What does not fit beside the rows is still in the link's description.
        let room_px = width - 33.0 - left().chars().count() as f64 * DIGIT_PX;
        if words.chars().count() as f64 * DIGIT_PX > room_px { String::new() } else { words }
    };
    let line = |(i, text): (usize, String)| {
        view! { <tspan x=x + 8.0 y=y + 18.0 + i as f64 * LINE_PX>{text}</tspan> }
    };
    // The link is named by its visible text; what only colour and glyph show is its description.
    let description = move || {
        let time = progress.with(|progress| right_words(progress, made.get()));
        progress.with(|p| format!("{}, {} {time}", words::kind_label(object.kind()), p.label()))
    };
    let foot = y + height - 10.0;
    view! {
        <g class="node" data-kind=words::kind_word(object.kind()) data-state=move || progress.with(Progress::word)>
            <a href=Route::to_object(object).href() aria-description=description>
                <rect class="node-box" x=x y=y width=width height=height rx="6"/>
                <rect
                    class="node-progress"
                    x=x + 1.0
                    y=y + height - 4.0
                    width=move || format!("{:.1}", (width - 2.0) * progress.with(Progress::fraction))
                    height="3"
                />
                <text class="node-name">{name_lines.into_iter().enumerate().map(line).collect_view()}</text>
                " "
                <path class="node-glyph" d=glyph::of_kind(object.kind()) transform=format!("translate({} {}) scale(.8125)", x + 8.0, foot - 10.5)/>
                <text class="node-rows" x=x + 25.0 y=foot>{left}</text>
                " "
                <text class="node-time" x=x + width - 8.0 y=foot text-anchor="end">{right}</text>
            </a>
        </g>
    }
}

/// Rows or trees, once there are some; otherwise the state.
fn left_words(object: ObjectId, progress: &Progress, made: Option<(u64, f64)>, wide: bool) -> String {
    let amount = |n: u64| match (object.kind(), wide) {
        (Kind::Model, _) => format::counted(n, "tree", "trees"),
        (_, true) => format::count(n),
        (_, false) => format::short(n as f64),
    };
    match (progress, made) {
        (Progress::Ready | Progress::Stale, Some((rows, _))) => amount(rows),
        (Progress::Ready, None) => "done".to_owned(),
        (Progress::Running { .. }, _) => "running".to_owned(),
        (Progress::Idle, _) => "not yet".to_owned(),
        (Progress::Stale, None) => String::new(),
        (Progress::Failed, _) => "failed".to_owned(),
    }
}

fn right_words(progress: &Progress, made: Option<(u64, f64)>) -> String {
    match (progress, made) {
        (Progress::Ready, Some((_, elapsed_ms))) => format::duration(elapsed_ms),
        (Progress::Stale, _) => "stale".to_owned(),
        (Progress::Running { total, .. }, _) if *total > 0 => format::percent(progress.fraction()),
        _ => String::new(),
    }
}
