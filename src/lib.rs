//! CLV Lab: a customer-lifetime-value machine-learning pipeline that runs in the browser.
//!
//! Reading order: [`protocol`] says what the page can ask and what it is told; [`session`] turns a command into resumable
//! steps; [`engine`] does the work, top to bottom as the data flows; [`present`] folds events into what the pages show;
//! `worker` and `app` are the only code that knows there is a browser.

pub mod engine;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod app;
pub mod present;
pub mod session;
#[cfg(target_arch = "wasm32")]
pub mod worker;
