//! What the browser says of the device. Deliberately only what changes a warning.

use wasm_bindgen::JsValue;

/// Memory in gigabytes, rounded by the browser; absent where it keeps that to itself.
pub fn memory_gigabytes() -> Option<f64> {
    let navigator = web_sys::window()?.navigator();
    js_sys::Reflect::get(&navigator, &JsValue::from_str("deviceMemory")).ok()?.as_f64()
}
