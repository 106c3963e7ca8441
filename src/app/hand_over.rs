//! Handing something to the reader: as a file or through the clipboard. Deliberately nothing about where it comes from.

use crate::app::document_root;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves a text as a file.
pub fn save(file_name: &str, media_type: &str, text: &str) -> Result<(), JsValue> {
    save_part(file_name, media_type, &JsValue::from_str(text))
}

/// Saves bytes as a file.
pub fn save_bytes(file_name: &str, media_type: &str, bytes: &[u8]) -> Result<(), JsValue> {
    save_part(file_name, media_type, &js_sys::Uint8Array::from(bytes))
}

fn save_part(file_name: &str, media_type: &str, part: &JsValue) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    save_blob(file_name, &Blob::new_with_blob_sequence_and_options(&js_sys::Array::of1(part), &options)?)
}

/// Saves what the browser has made as a file.
pub fn save_blob(file_name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let document = document_root::document().ok_or(JsValue::NULL)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(file_name);
    anchor.click();
    // The browser reads the file after this task; a minute is enough for any text.
    gloo::timers::callback::Timeout::new(60_000, move || drop(Url::revoke_object_url(&url))).forget();
    Ok(())
}

/// Copies a text; then `done` hears whether that worked.
pub fn copy(text: String, done: impl FnOnce(bool) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let copied = match clipboard() {
            Some(clipboard) => wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
            None => false,
        };
        done(copied);
    });
}

/// Absent on pages that were not loaded securely.
fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = web_sys::window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    (!clipboard.is_undefined()).then(|| clipboard.unchecked_into())
}
