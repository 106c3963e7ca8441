//! A warehouse name that may break after its underscores, and nowhere else as long as there is room. The text stays whole.

use leptos::prelude::*;

/// A name in places of any width.
#[component]
pub fn ObjectName(name: &'static str) -> impl IntoView {
    let part = |part: &'static str| view! { {part}<wbr/> };
    name.split_inclusive('_').map(part).collect_view()
}
