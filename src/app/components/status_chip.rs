//! The one component that shows how far something is.

use super::glyph::{self, Glyph};
use crate::present::{Progress, format};
use leptos::prelude::*;

/// A state as glyph and word.
#[component]
pub fn StatusChip(
    #[prop(into)] progress: Signal<Progress>,
    /// Another word for the state.
    #[prop(into, optional)]
    label: Option<Signal<&'static str>>,
) -> impl IntoView {
    let path = Signal::derive(move || progress.with(glyph::of_progress));
    let word = move || label.map_or_else(|| progress.with(Progress::label), |label| label.get().to_owned());
    view! {
        <span class="chip" data-state=move || progress.with(Progress::word)>
            <Glyph path=path/>
            {word}
        </span>
    }
}

/// How far running work is, with its count.
#[component]
pub fn ProgressLine(#[prop(into)] progress: Signal<Progress>) -> impl IntoView {
    let counted = move || {
        progress.with(|progress| match progress {
            Progress::Running { done, total, unit } => format::done_of(*done, *total, unit),
            Progress::Idle | Progress::Ready | Progress::Stale | Progress::Failed => String::new(),
        })
    };
    view! {
        <Show when=move || progress.with(Progress::is_running)>
            <div class="progress-line">
                <progress max="1" value=move || progress.with(Progress::fraction).to_string() aria-label="Progress"></progress>
                <span>{counted}</span>
            </div>
        </Show>
    }
}
