//! The document around the app: attributes of `<html>`, the title, the address. Deliberately nothing below `<body>`.

use crate::present::recipe::Recipe;

pub fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Sets an attribute of `<html>`.
pub fn set_attribute(name: &str, value: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // The names are constants of this crate and valid.
        let _ = root.set_attribute(name, value);
    }
}

/// Removes an attribute of `<html>`.
pub fn remove_attribute(name: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = root.remove_attribute(name);
    }
}

pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// The fragment with its `#`.
pub fn fragment() -> String {
    location().and_then(|location| location.hash().ok()).unwrap_or_default()
}

/// The query with its `?`.
pub fn query() -> String {
    location().and_then(|location| location.search().ok()).unwrap_or_default()
}

/// The link that leads to this recipe and the page shown.
pub fn link_to(recipe: &Recipe) -> String {
    let href = location().and_then(|location| location.href().ok()).unwrap_or_default();
    let base = href.split(['?', '#']).next().unwrap_or_default();
    format!("{base}{}{}", recipe.to_query(), fragment())
}

/// Writes the recipe into the address without a new entry in the history.
pub fn show_in_address(recipe: &Recipe) {
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
    // Some browsers refuse this for files; the address is a convenience there.
    let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&link_to(recipe)));
}

fn location() -> Option<web_sys::Location> {
    Some(web_sys::window()?.location())
}
