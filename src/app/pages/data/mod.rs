//! Data: the raw tables, how they are generated, what must be true of them, and the reader's own data instead.

mod checks;
mod columns;
mod generator;
mod glance;
mod own_data;
mod own_file;
mod own_result;
mod tables;

use crate::app::components::SectionTabs;
use crate::app::memo::Memo;
use crate::app::store::use_store;
use crate::present::route::{Page, Section};
use leptos::prelude::*;

#[component]
pub fn Data() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    view! {
        <SectionTabs page=Page::Data first="Tables"/>
        {move || match section.get() {
            None => view! { <tables::Tables/> }.into_any(),
            Some(Section::Generator) => view! { <generator::Generator/> }.into_any(),
            Some(Section::Checks) => view! { <checks::Checks/> }.into_any(),
            Some(Section::OwnData) => view! { <own_data::OwnData/> }.into_any(),
            Some(_) => ().into_any(),
        }}
    }
}
