//! Pages that are files of their own: fetched when one is opened, or before that, once the browser has nothing to do.
//! Deliberately no list of them: what is cut off stands in `bin/app.rs`.

use crate::app::clock::after;
use crate::present::route::Page;
use crate::present::words;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen_futures::spawn_local;

/// Why a page did not come; the browser's console says more.
pub use wasm_split_helpers::SplitLoaderError as Lost;

/// Draws a page below its head.
pub type View = fn() -> AnyView;
/// A page on its way.
pub type Arriving = Pin<Box<dyn Future<Output = Result<View, Lost>>>>;
/// Fetches a page; one that has come before is there at once.
pub type Fetch = fn(Page) -> Arriving;

/// Where browsers do not tell when they have nothing to do.
const SURELY_IDLE_MS: u32 = 1_000;

#[derive(Clone, Copy)]
enum Arrival {
    Awaited,
    There(View),
    Absent,
}

/// Handle of the parts; copies share it.
#[derive(Clone, Copy)]
pub struct Parts {
    fetch: Fetch,
    /// The first page is there, or did not come.
    pub settled: RwSignal<bool>,
}

impl Parts {
    pub fn new(fetch: Fetch) -> Self {
        Self { fetch, settled: RwSignal::new(false) }
    }

    /// The page, or what stands in its place until it is there.
    pub fn view_of(self, page: Page) -> AnyView {
        let arrival = RwSignal::new(Arrival::Awaited);
        let mut arriving = (self.fetch)(page);
        // A page that has come before is shown at once, without anything in its place.
        match arriving.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => self.arrived(found, arrival),
            Poll::Pending => self.wait(arriving, arrival),
        }
        let again = move |_| {
            arrival.set(Arrival::Awaited);
            self.wait((self.fetch)(page), arrival);
        };
        (move || match arrival.get() {
            Arrival::There(view) => view(),
            Arrival::Absent => absent(again),
            Arrival::Awaited => awaited(),
        })
        .into_any()
    }

    fn wait(self, arriving: Arriving, arrival: RwSignal<Arrival>) {
        spawn_local(async move { self.arrived(arriving.await, arrival) });
    }

    fn arrived(self, found: Result<View, Lost>, arrival: RwSignal<Arrival>) {
        // The reader may have left the page meanwhile.
        let _ = arrival.try_set(found.map_or(Arrival::Absent, Arrival::There));
        self.settled.set(true);
    }

    /// Fetches all pages, one after another, once the browser has nothing to do. One that does not come is missed when it is opened.
    pub fn fetch_ahead(self) {
        let begin = move || {
            spawn_local(async move {
                for page in Page::ALL {
                    let _ = (self.fetch)(page).await;
                }
            });
        };
        if request_idle_callback_with_handle(begin).is_err() {
            after(SURELY_IDLE_MS, begin);
        }
    }
}

fn awaited() -> AnyView {
    view! { <p class="empty" aria-busy="true" data-testid="arriving">"Fetching this page’s program"</p> }.into_any()
}

fn absent(again: impl Fn(MouseEvent) + 'static) -> AnyView {
    view! {
        <div class="notice" role="alert" data-severity="problem">
            <p>{words::PAGE_ABSENT}</p>
            <button type="button" on:click=again>"Try again"</button>
        </div>
    }
    .into_any()
}
