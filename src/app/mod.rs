//! The page: Leptos components over the state that `present` folds, and the browser around them. Deliberately no judgement
//! about the domain (that is in `present`) and no computing (that is in the worker).

mod canvas;
mod clock;
mod components;
mod device;
mod document_root;
mod hand_over;
mod io_link;
mod long_tasks;
mod memo;
mod own_files;
pub mod pages;
pub mod parts;
mod shell;
mod sizes;
mod store;
mod theme;
mod worker_link;

use crate::present::number;
use parts::Fetch;
use wasm_bindgen::{JsCast, JsValue};

/// Replaces the static skeleton by the app, which fetches its pages so.
pub fn start(fetch: Fetch) {
    console_error_panic_hook::set_once();
    number::read_with(|text| f64::try_from(JsValue::from_str(text)).unwrap_or(f64::NAN));
    long_tasks::observe();
    // A task of its own: starting the program and building the page together would hold up the browser for too long.
    gloo::timers::callback::Timeout::new(0, move || mount(fetch)).forget();
}

fn mount(fetch: Fetch) {
    let host = document_root::document().and_then(|document| document.get_element_by_id("app"));
    let Some(host) = host.and_then(|host| host.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    host.set_text_content(None);
    leptos::mount::mount_to(host, move || shell::app(fetch)).forget();
}
