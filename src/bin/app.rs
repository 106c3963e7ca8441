//! The page's wasm file: starts the app, and says which pages are files of their own, fetched later. They are cut off here and
//! not in the library, because what is exported for it would be linked into the other files too. Natively empty, so that one
//! `cargo` command covers the package.

#[cfg(target_arch = "wasm32")]
mod parts {
    use clv_lab::app::pages;
    use clv_lab::app::parts::{Arriving, Lost, View};
    use clv_lab::present::route::Page;
    use std::future::ready;
    use wasm_split_helpers::wasm_split;

    /// The page's view, once its part is there.
    pub fn fetch(page: Page) -> Arriving {
        match page {
            Page::Overview => Box::pin(ready(Ok(pages::overview as View))),
            Page::Data => Box::pin(data()),
            Page::Features => Box::pin(features()),
            Page::Train => Box::pin(train()),
            Page::Evaluate => Box::pin(evaluate()),
            Page::Predictions => Box::pin(predictions()),
            Page::Export => Box::pin(export()),
        }
    }

    macro_rules! cut {
        ($($part:ident: $($page:ident)*;)*) => {$($(
            #[wasm_split($part, fallible)]
            fn $page() -> Result<View, Lost> {
                Ok(pages::$page)
            }
        )*)*};
    }

    cut! {
        data: data;
        features: features;
        models: train evaluate predictions export;
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    clv_lab::app::start(parts::fetch);
}
