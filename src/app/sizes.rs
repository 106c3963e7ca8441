//! The size of an element as a signal, from a ResizeObserver. Deliberately rounded to whole pixels, so that nothing redraws
//! for a fraction.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};

fn width_px(element: &Element) -> f64 {
    element.get_bounding_client_rect().width().floor()
}

/// Width of the element's box in CSS pixels; 0 before it is laid out.
pub fn width_of<E>(element: NodeRef<E>) -> ReadSignal<f64>
where
    E: leptos::html::ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let (width, set_width) = signal(0.0);
    on_resize(element, move || {
        let measured = element.try_get_untracked().flatten().map(|e| width_px(e.as_ref()));
        if let Some(measured) = measured.filter(|measured| Some(*measured) != width.try_get_untracked()) {
            let _ = set_width.try_set(measured);
        }
    });
    width
}

/// Calls `measure` as soon as the element is there, and whenever its size changes.
pub fn on_resize<E>(element: NodeRef<E>, measure: impl Fn() + Copy + 'static)
where
    E: leptos::html::ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        // At once, so that places are kept before the first paint; the observer speaks only after it.
        measure();
        let changed = Closure::<dyn FnMut()>::new(measure);
        if let Ok(resize) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            resize.observe(element.as_ref());
            observer.set_value(Some((resize, changed)));
        }
    });
    on_cleanup(move || {
        let _ = observer.try_update_value(|observer| {
            if let Some((resize, _)) = observer.take() {
                resize.disconnect();
            }
        });
    });
}
