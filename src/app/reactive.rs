//! Memos over boxed closures: one instance of the machinery per type, where a bare closure would bring 3 to 6 kB of wasm each.

use leptos::prelude::*;

/// A value that is computed when what it reads has changed, and tells only of real differences.
pub fn memo<T>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    of_boxed(Box::new(compute))
}

fn of_boxed<T>(compute: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| compute())
}
