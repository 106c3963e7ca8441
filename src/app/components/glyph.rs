//! Glyphs as inline SVG, drawn with the text's colour on a grid of 16: kinds of objects, pages, states, actions.

use crate::present::Progress;
use crate::present::recipe::Theme;
use crate::present::route::Page;
use crate::protocol::Kind;
use leptos::prelude::*;

pub const COPY: &str = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3";
pub const HELP: &str = "M8 1.8a6.2 6.2 0 1 0 .01 0M6.1 6.2a1.9 1.9 0 1 1 2.7 1.9c-.6.3-.8.6-.8 1.3M8 11.6v.1";
pub const LINK: &str = "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.9-.9";
pub const RESET: &str = "M3.2 8a4.8 4.8 0 1 0 1.6-3.6L3 6M3 2.6V6h3.4";
pub const CHECK: &str = "M3.4 8.4l3 3 6.2-6.6";
pub const FILTER: &str = "M2.4 4h11.2M4.6 8h6.8M6.8 12h2.4";
pub const CLOSE: &str = "M4 4l8 8M12 4l-8 8";

/// The glyph of a kind.
pub fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Generator => "M2.8 2.8h10.4v10.4H2.8zM5.8 5.8h.1M10.2 5.8h.1M8 8h.1M5.8 10.2h.1M10.2 10.2h.1",
        Kind::RawTable => "M2.5 3.2h11v9.6h-11zM2.5 6.4h11M2.5 9.6h11M6.5 6.4v6.4",
        Kind::FeatureStore => "M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4",
        Kind::FeatureView => "M2.3 3h11.4L9.6 8v5l-3.2-1.6V8z",
        Kind::TrainingData => "M2.5 3.2h11v9.6h-11zM8.8 3.2v9.6M11.2 3.2v9.6",
        Kind::Model => "M8 2.2v3.6M8 5.8L4 9.2M8 5.8l4 3.4M2.4 9.2h3.2v3.4H2.4zM10.4 9.2h3.2v3.4h-3.2z",
        Kind::Registry => "M3 5l5-2.6L13 5v6l-5 2.6L3 11zM3 5l5 2.6L13 5M8 7.6v6",
        Kind::Predictions => "M2.2 13.4h11.6M4.5 11v-2M8 11V6.4M11.5 11V3",
    }
}

/// The glyph of a page.
pub fn of_page(page: Page) -> &'static str {
    match page {
        Page::Overview => {
            "M2.2 6.2h3.4v3.6H2.2zM10.4 2.4h3.4V6h-3.4zM10.4 10h3.4v3.6h-3.4zM5.6 8H8V4.2h2.4M8 8v3.8h2.4"
        }
        Page::Data => of_kind(Kind::RawTable),
        Page::Features => of_kind(Kind::FeatureView),
        Page::Train => of_kind(Kind::Model),
        Page::Evaluate => "M8 1.8a6.2 6.2 0 1 0 .01 0M8 5a3 3 0 1 0 .01 0M8 7.9v.1",
        Page::Predictions => of_kind(Kind::Predictions),
        Page::Export => "M8 2.2v7.4M4.8 6.6L8 9.8l3.2-3.2M2.8 11v2.6h10.4V11",
    }
}

/// The glyph of a state.
pub fn of_progress(progress: &Progress) -> &'static str {
    match progress {
        Progress::Idle => "M8 3.6a4.4 4.4 0 1 0 .01 0",
        Progress::Running { .. } => "M8 3.6a4.4 4.4 0 1 0 .01 0M8 3.6v8.8M10 4.2v7.6M9 3.8v8.4",
        Progress::Ready => CHECK,
        Progress::Stale => "M8 2.8a5.2 5.2 0 1 0 .01 0M8 5v3.2l2 1.4",
        Progress::Failed => "M4.4 4.4l7.2 7.2M11.6 4.4l-7.2 7.2",
    }
}

/// The glyph of a theme.
pub fn of_theme(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "M8 2.4a5.6 5.6 0 1 0 .01 0M8 2.4v11.2M10 3v10M12 4.2v7.6",
        Theme::Light => {
            "M8 5.2a2.8 2.8 0 1 0 .01 0M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M3.3 12.7l1-1M11.7 4.3l1-1"
        }
        Theme::Dark => "M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z",
    }
}

/// A glyph beside a text that says the same.
#[component]
pub fn Glyph(#[prop(into)] path: Signal<&'static str>) -> impl IntoView {
    view! {
        <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=move || path.get() fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>
        </svg>
    }
}
