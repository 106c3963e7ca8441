//! A warehouse name that may break after its underscores, and nowhere else as long as there is room. The text stays whole.

use leptos::prelude::*;

/// A name in places of any width.
#[component]
pub fn ObjectName(#[prop(into)] name: String) -> impl IntoView {
    let part = |part: &str| view! { {part.to_owned()}<wbr/> };
    name.split_inclusive('_').map(part).collect_view()
}
