//! The entry point of the worker that reads and writes files.

fn main() {
    #[cfg(target_arch = "wasm32")]
    clv_lab::io::start();
}
