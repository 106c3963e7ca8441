//! The parameters of the generator: scenario, rates, sizes.

use leptos::prelude::*;

#[component]
pub fn Generator() -> impl IntoView {}
