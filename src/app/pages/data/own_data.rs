//! The reader's own tables instead of generated ones.

use leptos::prelude::*;

#[component]
pub fn OwnData() -> impl IntoView {}
