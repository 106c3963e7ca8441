//! The page's wasm file: starts the app and nothing else. Natively empty, so that one `cargo` command covers the package.

fn main() {
    #[cfg(target_arch = "wasm32")]
    clv_lab::app::start();
}
