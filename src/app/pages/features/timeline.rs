//! Timeline: one customer's life, and every feature as of any day of it.

use leptos::prelude::*;

#[component]
pub fn Timeline() -> impl IntoView {}
