//! Drift of training against served data, and expectations of every feature.

use leptos::prelude::*;

#[component]
pub fn Health() -> impl IntoView {}
