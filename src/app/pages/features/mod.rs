//! Features: the views of the store, one customer's features day by day, drift and expectations, features of the reader's own,
//! versions.

mod catalogue;
mod editor;
mod expectations;
mod health;
mod timeline;
mod versions;
mod view;

use crate::app::components::{ObjectTabs, SectionTabs, selected_object};
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::{Page, Section};
use leptos::prelude::*;

#[component]
pub fn Features() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    view! {
        <SectionTabs page=Page::Features first="Views"/>
        {move || match section.get() {
            None => view! { <Views/> }.into_any(),
            Some(Section::Timeline) => view! { <timeline::Timeline/> }.into_any(),
            Some(Section::Health) => view! { <health::Health/> }.into_any(),
            Some(Section::Editor) => view! { <editor::Editor/> }.into_any(),
            Some(Section::Versions) => view! { <versions::Versions/> }.into_any(),
            Some(_) => ().into_any(),
        }}
    }
}

#[component]
fn Views() -> impl IntoView {
    let store = use_store();
    let selected = selected_object(store, Page::Features);
    view! {
        <catalogue::Catalogue/>
        <ObjectTabs page=Page::Features selected=selected/>
        {move || view! { <view::FeatureView object=selected.get()/> }}
    }
}
