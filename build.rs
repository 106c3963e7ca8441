//! Has the files of the page and of the worker linked with their relocations kept: the build cuts them into parts along these. Deliberately
//! nothing else.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-bin=app=--emit-relocs");
        println!("cargo::rustc-link-arg-bin=worker=--emit-relocs");
    }
}
