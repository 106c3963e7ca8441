//! The worker's wasm file: starts it, and says what is a file of its own, fetched when somebody first asks for it. Cut off here and not in the
//! library, like the pages in `app`.

#[cfg(target_arch = "wasm32")]
mod parts {
    use clv_lab::session::Later;
    use clv_lab::worker::{Arriving, Lost};
    use wasm_split_helpers::wasm_split;

    pub fn fetch() -> Arriving {
        Box::pin(later())
    }

    #[wasm_split(later, fallible)]
    fn later() -> Result<Later, Lost> {
        Ok(Later::linked())
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    clv_lab::worker::start(parts::fetch);
}
