//! The reader's own features.

use leptos::prelude::*;

#[component]
pub fn Editor() -> impl IntoView {}
