//! What must be true of the generated data, each with its measured value and expected range.

use leptos::prelude::*;

#[component]
pub fn Checks() -> impl IntoView {}
