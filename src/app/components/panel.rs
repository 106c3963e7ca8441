//! The surfaces of a page: its head, panels, and what stands where there is nothing yet.

use leptos::prelude::*;

/// Title, one sentence, and actions at the right.
#[component]
pub fn PageHead(
    title: &'static str,
    purpose: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <div class="page-head-words">
                <h1 tabindex="-1" id="page-title">{title}</h1>
                <p>{purpose}</p>
            </div>
            <div class="page-head-actions">{children.map(|children| children())}</div>
        </header>
    }
}

/// A titled surface.
#[component]
pub fn Panel(
    #[prop(into)] title: String,
    /// Columns of the twelve, as a word of the layout: "full", "half", "third".
    #[prop(default = "full")]
    span: &'static str,
    #[prop(into, optional)] note: String,
    children: Children,
) -> impl IntoView {
    let noted = !note.is_empty();
    view! {
        <section class="panel" data-span=span>
            <div class="panel-head">
                <h2>{title}</h2>
                {noted.then(|| view! { <p class="panel-note">{note}</p> })}
            </div>
            {children()}
        </section>
    }
}

/// What will appear here and how to make it appear.
#[component]
pub fn Empty(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="empty">{text}</p> }
}
