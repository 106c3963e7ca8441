//! The theme: the choice kept in the browser, applied to `<html>`, and the colours that charts read from its tokens.

use crate::app::document_root;
use crate::present::charts::{Ink, Palette};
use crate::present::recipe::Theme;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

const STORAGE_KEY: &str = "clv-lab-theme";

/// The chosen theme, and a number that changes whenever colours change.
#[derive(Clone, Copy)]
pub struct ThemeChoice {
    pub chosen: RwSignal<Theme>,
    pub version: RwSignal<u32>,
}

impl ThemeChoice {
    /// The link's theme wins over the stored one; it is not stored.
    pub fn new(from_link: Option<Theme>) -> Self {
        let stored = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten());
        let theme = from_link.or_else(|| Theme::by_word(&stored?)).unwrap_or_default();
        let choice = Self { chosen: RwSignal::new(theme), version: RwSignal::new(0) };
        document_root::set_attribute("data-theme", theme.word());
        choice.follow_system();
        choice
    }

    /// The next theme, kept for the next visit.
    pub fn toggle(self) {
        let next = self.chosen.get_untracked().next();
        document_root::set_attribute("data-theme", next.word());
        if let Some(storage) = storage() {
            // A full or forbidden storage only means that the choice is not kept.
            let _ = storage.set_item(STORAGE_KEY, next.word());
        }
        self.chosen.set(next);
        self.version.update(|version| *version += 1);
    }

    fn follow_system(self) {
        let query = web_sys::window().and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten());
        let Some(query) = query else { return };
        let changed = Closure::<dyn FnMut()>::new(move || self.version.update(|version| *version += 1));
        query.set_onchange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
        // The query must live as long as its listener.
        std::mem::forget(query);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The colours of the theme in force.
pub fn palette() -> Palette {
    let style = web_sys::window().zip(document_root::document().and_then(|d| d.document_element()));
    let style = style.and_then(|(window, root)| window.get_computed_style(&root).ok().flatten());
    let ink = |token: &str| {
        let value = style.as_ref().and_then(|style| style.get_property_value(token).ok());
        value.and_then(|value| Ink::parse(&value)).unwrap_or(Ink(128, 128, 128))
    };
    Palette {
        panel: ink("--panel"),
        text: ink("--text"),
        secondary: ink("--text-secondary"),
        hairline: ink("--hairline"),
        train: ink("--series-train"),
        validation: ink("--series-validation"),
        test: ink("--series-test"),
        oracle: ink("--series-oracle"),
        baseline: ink("--series-baseline"),
        negative: ink("--accent"),
        positive: ink("--series-validation"),
    }
}
