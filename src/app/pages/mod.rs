//! The pages, one file each, in the order of the data's flow. Their heads are the frame's. Deliberately no choice between them:
//! each is reached through `parts` alone, so that its program can be a file of its own.

mod data;
mod document_button;
mod evaluate;
mod export;
mod features;
mod overview;
mod pipeline_graph;
mod predictions;
mod train;

use leptos::prelude::*;

pub fn overview() -> AnyView {
    view! { <overview::Overview/> }.into_any()
}

pub fn data() -> AnyView {
    view! { <data::Data/> }.into_any()
}

pub fn features() -> AnyView {
    view! { <features::Features/> }.into_any()
}

pub fn train() -> AnyView {
    view! { <train::Train/> }.into_any()
}

pub fn evaluate() -> AnyView {
    view! { <evaluate::Evaluate/> }.into_any()
}

pub fn predictions() -> AnyView {
    view! { <predictions::PredictionsPage/> }.into_any()
}

pub fn export() -> AnyView {
    view! { <export::Export/> }.into_any()
}
