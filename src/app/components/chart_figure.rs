//! A chart as a figure: canvas, caption, a read-out that follows pointer and arrow keys, and its figures as a table.

use super::FiguresTable;
use crate::app::canvas::{PageCanvas, text_width};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::app::{hand_over, sizes, theme};
use crate::present::charts::{Chart, Mark, Part, Style, nearest};
use crate::present::state::Severity;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// Cells of the table that stand ready before it is opened; thousands that nobody may look at would hold up the page.
const UNOPENED_CELLS: usize = 200;

/// Shows a chart, redrawn at most once a frame.
#[component]
pub fn ChartFigure(
    #[prop(into)] chart: Signal<Chart>,
    /// Hears which part of an axis a drag of mouse or pen narrows, while it goes on; a finger scrolls.
    #[prop(optional)]
    on_drag: Option<Callback<Part>>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let plot = NodeRef::<Div>::new();
    let width = sizes::width_of(plot);
    let height = Memo::new(move |_| chart.with(|chart| chart.height_px(width.get())));
    redraw_on_change(canvas, chart, width, height);
    let marks = Memo::new(move |_| {
        let style = Style { width_px: width.get(), height_px: height.get(), scale: 1.0, ..Style::default() };
        chart.with(|chart| chart.marks(&style))
    });
    let (pointed, point) = signal(None::<usize>);
    let mark = Memo::new(move |_| pointed.get().and_then(|i| marks.with(|marks| marks.get(i).cloned())));
    let dragging = StoredValue::new(None::<(f64, f64)>);
    let drag = move |to: (f64, f64)| {
        let Some((from, on_drag)) = dragging.get_value().zip(on_drag) else { return };
        let style = Style {
            width_px: width.get_untracked(),
            height_px: height.get_untracked(),
            scale: 1.0,
            ..Style::default()
        };
        if let Some(part) = chart.with_untracked(|chart| chart.dragged(&style, from, to)) {
            on_drag.run(part);
        }
    };
    let on_press = move |event: PointerEvent| {
        if on_drag.is_some() && event.pointer_type() != "touch" {
            dragging.set_value(Some((f64::from(event.offset_x()), f64::from(event.offset_y()))));
            if let Some(canvas) = canvas.get_untracked() {
                // Without it a drag ends where the pointer leaves the chart.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let on_release = move |event: PointerEvent| {
        drag((f64::from(event.offset_x()), f64::from(event.offset_y())));
        dragging.set_value(None);
    };
    let on_pointer = move |event: PointerEvent| {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        drag((x, y));
        point.set(marks.with_untracked(|marks| nearest(marks, x, y)));
    };
    let on_key = move |event: KeyboardEvent| {
        let last = marks.with_untracked(Vec::len).saturating_sub(1);
        let next = match (event.key().as_str(), pointed.get_untracked()) {
            ("ArrowRight" | "ArrowDown", now) => Some(now.map_or(0, |i| (i + 1).min(last))),
            ("ArrowLeft" | "ArrowUp", now) => Some(now.map_or(last, |i| i.saturating_sub(1))),
            ("Home", _) => Some(0),
            ("End", _) => Some(last),
            ("Escape", _) => None,
            _ => return,
        };
        event.prevent_default();
        point.set(next);
    };
    let opened = RwSignal::new(false);
    let empty = Memo::new(move |_| chart.with(Chart::is_empty));
    let summary = Memo::new(move |_| chart.with(Chart::summary));
    let title = Memo::new(move |_| chart.with(Chart::title));
    let read_out = move || match mark.get() {
        Some(mark) => mark.text,
        None if empty.get() => String::new(),
        None => "Point at the chart, or focus it and use the arrow keys, to read single figures.".to_owned(),
    };
    view! {
        <figure class="figure" data-empty=move || empty.get().to_string()>
            <figcaption>
                <h2>{move || title.get()}</h2>
                <p class:empty=move || empty.get()>{move || summary.get()}</p>
            </figcaption>
            <div class="figure-plot" node_ref=plot>
                <canvas
                    node_ref=canvas
                    tabindex=move || if empty.get() { "-1" } else { "0" }
                    role="img"
                    aria-label=move || format!("{}. {}", title.get(), summary.get())
                    style:height=move || format!("{}px", height.get())
                    on:pointerdown=on_press
                    on:pointerup=on_release
                    on:pointercancel=move |_| dragging.set_value(None)
                    on:pointermove=on_pointer
                    on:pointerleave=move |_| point.set(None)
                    on:keydown=on_key
                    on:blur=move |_| point.set(None)
                ></canvas>
                <Outline mark=mark/>
            </div>
            <p class="figure-read-out" aria-live="polite">{read_out}</p>
            <Show when=move || !empty.get()>
                <Saving chart=chart canvas=canvas width=width height=height/>
                <details on:toggle=move |_| opened.set(true)>
                    <summary>"Figures as a table"</summary>
                    {move || {
                        let table = chart.with(Chart::table);
                        let table = if opened.get() { table } else { table.beginning(UNOPENED_CELLS) };
                        view! { <FiguresTable table=table caption=title.get_untracked()/> }
                    }}
                </details>
            </Show>
        </figure>
    }
}

/// The chart as a file: a drawing of lines, or the pixels on the screen.
#[component]
fn Saving(chart: Signal<Chart>, canvas: NodeRef<Canvas>, width: ReadSignal<f64>, height: Memo<f64>) -> impl IntoView {
    let store = use_store();
    let refused = move || store.notify(Severity::Problem, "The chart was not saved: the browser refused it.");
    let as_lines = move |_| {
        let style = Style {
            palette: theme::palette(),
            scale: 1.0,
            width_px: width.get_untracked(),
            height_px: height.get_untracked(),
        };
        let canvas = canvas.get_untracked();
        let width_px = move |text: &str| canvas.as_ref().map_or(0.0, |canvas| text_width(canvas, text));
        let saved = chart.with_untracked(|chart| {
            let text = chart.svg(&style, &width_px).ok()?;
            hand_over::save(&format!("{}.svg", chart.file_name()), "image/svg+xml", &text).ok()
        });
        if saved.is_none() {
            refused();
        }
    };
    let as_pixels = move |_| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let name = format!("{}.png", chart.with_untracked(Chart::file_name));
        let save = move |blob: JsValue| {
            let saved = blob.dyn_into::<Blob>().and_then(|blob| hand_over::save_blob(&name, &blob));
            if saved.is_err() {
                refused();
            }
        };
        if canvas.to_blob(Closure::once_into_js(save).unchecked_ref()).is_err() {
            refused();
        }
    };
    view! {
        <p class="figure-save">
            <button type="button" class="quiet" on:click=as_lines>"Save as SVG"</button>
            <button type="button" class="quiet" on:click=as_pixels>"Save as PNG"</button>
        </p>
    }
}

/// The frame around the mark that is read.
#[component]
fn Outline(mark: Memo<Option<Mark>>) -> impl IntoView {
    let place = move |length: fn(&Mark) -> f64| mark.with(|mark| mark.as_ref().map_or(0.0, length));
    view! {
        <div
            class="figure-mark"
            hidden=move || mark.with(Option::is_none)
            style:left=move || format!("{}px", place(|m| m.x))
            style:top=move || format!("{}px", place(|m| m.y))
            style:width=move || format!("{}px", place(|m| m.width))
            style:height=move || format!("{}px", place(|m| m.height))
        ></div>
    }
}

fn redraw_on_change(canvas: NodeRef<Canvas>, chart: Signal<Chart>, width: ReadSignal<f64>, height: Memo<f64>) {
    let colours = use_store().theme.version;
    let waiting = StoredValue::new(false);
    let draw = move || {
        let Some(element) = canvas.try_get_untracked().flatten() else { return };
        let (Some(width_px), Some(height_px)) = (width.try_get_untracked(), height.try_get_untracked()) else { return };
        let scale = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio()).clamp(1.0, 4.0);
        let style = Style { palette: theme::palette(), scale, width_px, height_px };
        if width_px > 0.0
            && let Some(mut surface) = PageCanvas::new(&element, width_px, height_px, scale)
        {
            // A canvas that refuses to draw leaves the caption and the table, which say the same.
            let _ = chart.try_with_untracked(|chart| chart.draw(&mut surface, &style).is_ok());
        }
    };
    Effect::new(move || {
        chart.track();
        width.track();
        height.track();
        colours.track();
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        request_animation_frame(move || {
            if waiting.try_set_value(false).is_none() {
                draw();
            }
        });
    });
}
