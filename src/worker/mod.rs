//! The worker's shell: bytes in, bytes out, a loop that gives the session time between messages, and what the session wants kept carried
//! out one after the other. Deliberately no logic; what a command means stands in `session`.
//!
//! Every message to the page is a `Uint8Array` with an encoded event, except the text of a panic, which is a string: after a
//! panic nothing but that text can be trusted, and the page replaces the worker.

pub mod keeper;
mod pool;
mod trial;

use crate::protocol::{
    Command, Environment, Event, PoolCommand, PoolEvent, Problem, RunConfig, RunScope, decode, encode,
};
use crate::session::{Host, KeeperRequest, Later, Session};
use js_sys::{Array, Uint8Array};
use pool::{Hear, TRIAL_WORKER, Workers};
use serde::Serialize;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Performance, WorkerNavigator};

/// Why the rest of the worker's code did not come; the browser's console says more.
pub use wasm_split_helpers::SplitLoaderError as Lost;

/// The rest of the worker's code on its way.
pub type Arriving = Pin<Box<dyn Future<Output = Result<Later, Lost>>>>;
/// Fetches it.
pub type Fetch = fn() -> Arriving;

/// The browser's clock, navigator and workers.
struct Browser {
    performance: Option<Performance>,
    navigator: WorkerNavigator,
    /// The file that this worker was started from.
    file: String,
    workers: Workers,
    /// Hears the pool; a worker that has none gives none.
    hear: OnceCell<Hear>,
}

impl Browser {
    fn of(scope: &DedicatedWorkerGlobalScope) -> Self {
        Self {
            performance: scope.performance(),
            navigator: scope.navigator(),
            file: scope.location().href(),
            workers: Workers::default(),
            hear: OnceCell::new(),
        }
    }
}

impl Host for Browser {
    fn now_ms(&self) -> f64 {
        self.performance.as_ref().map_or(0.0, Performance::now)
    }

    fn wall_ms(&self) -> Option<f64> {
        Some(js_sys::Date::now())
    }

    fn environment(&self) -> Environment {
        Environment {
            user_agent: self.navigator.user_agent().ok(),
            cores: Some(self.navigator.hardware_concurrency() as u32),
            workers: self.workers.len().max(1) as u32,
            wasm_memory_bytes: Some(memory_bytes()),
        }
    }

    fn start_pool(&self, wanted: usize) -> usize {
        self.hear.get().map_or(0, |hear| self.workers.start(wanted, &self.file, hear))
    }

    fn to_pool(&self, worker: usize, command: &PoolCommand) {
        self.workers.send(worker, command);
    }
}

fn memory_bytes() -> u64 {
    // Memory never shrinks: its size at the end of a run is the peak.
    (core::arch::wasm32::memory_size(0) as u64) << 16
}

/// Posts an encoded value to whoever started this worker.
fn say<T: Serialize>(scope: &DedicatedWorkerGlobalScope, value: &T) {
    let Ok(bytes) = encode(value) else { return };
    let array = Uint8Array::from(bytes.as_slice());
    // Posting can only fail while the page is being torn down.
    let _ = scope.post_message_with_transfer(&array, &Array::of1(&array.buffer()));
}

fn say_panics(scope: &DedicatedWorkerGlobalScope) {
    let scope = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        let _ = scope.post_message(&JsValue::from_str(&info.to_string()));
    }));
}

/// Calls some work again and again while it says that there is more, each time after waiting messages are handled; timers would be clamped to
/// 4 ms.
#[derive(Clone)]
struct Stepper {
    channel: MessageChannel,
    is_scheduled: Rc<Cell<bool>>,
}

impl Stepper {
    fn new(work: impl Fn() -> bool + 'static) -> Option<Self> {
        let stepper = Self { channel: MessageChannel::new().ok()?, is_scheduled: Rc::default() };
        let again = stepper.clone();
        let work = Closure::<dyn FnMut(MessageEvent)>::new(move |_| {
            again.is_scheduled.set(false);
            if work() {
                again.schedule();
            }
        });
        stepper.channel.port1().set_onmessage(Some(work.as_ref().unchecked_ref()));
        // Lives as long as the worker.
        work.forget();
        Some(stepper)
    }

    fn schedule(&self) {
        if !self.is_scheduled.replace(true) {
            let _ = self.channel.port2().post_message(&JsValue::NULL);
        }
    }
}

/// Enough for the browser to notice which functions are hot.
const WARM_UP_CUSTOMERS: u32 = 1_000;

/// The running worker.
struct Shell {
    scope: DedicatedWorkerGlobalScope,
    session: RefCell<Session>,
    /// A small run whose results nobody sees, until the first command: browsers compile wasm quickly first and well later, where it
    /// proves hot. Generating at full size for the first time takes about a sixth less time after it.
    warm_up: RefCell<Option<Session>>,
    browser: Browser,
    stepper: OnceCell<Stepper>,
    /// What is to be kept or fetched; the first is being carried out while `is_keeping`.
    keeping: RefCell<VecDeque<KeeperRequest>>,
    is_keeping: Cell<bool>,
    fetch: Fetch,
    /// What is fetched is on its way.
    is_fetching: Cell<bool>,
}

/// Starts the worker; called once by its binary.
pub fn start(fetch: Fetch) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    if scope.name() == TRIAL_WORKER {
        return trial::start(&scope);
    }
    say_panics(&scope);
    let browser = Browser::of(&scope);
    let warm_up = RefCell::new(Some(Session::default()));
    let shell = Rc::new(Shell {
        scope,
        session: RefCell::new(Session::with_keeper()),
        warm_up,
        browser,
        stepper: OnceCell::new(),
        keeping: RefCell::default(),
        is_keeping: Cell::new(false),
        fetch,
        is_fetching: Cell::new(false),
    });
    let working = shell.clone();
    let Some(stepper) = Stepper::new(move || working.work()) else {
        let _ = shell.scope.post_message(&JsValue::from_str("This browser gives the worker no message channel."));
        return;
    };
    let _ = shell.stepper.set(stepper);
    let hearing = shell.clone();
    let _ = shell.browser.hear.set(Rc::new(move |worker, event| hearing.hear(worker, event)));
    let receiving = shell.clone();
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| receiving.receive(&message));
    shell.scope.set_onmessage(Some(receive.as_ref().unchecked_ref()));
    receive.forget();
    Session::greetings().iter().for_each(|event| say(&shell.scope, event));
    if let Some(session) = shell.warm_up.borrow_mut().as_mut() {
        let config = RunConfig { customers: WARM_UP_CUSTOMERS, scope: RunScope::Train, ..RunConfig::default() };
        session.handle(Command::Run(config));
    }
    shell.schedule();
}

impl Shell {
    fn receive(self: &Rc<Self>, message: &MessageEvent) {
        let bytes = Uint8Array::new(&message.data()).to_vec();
        let events = match decode::<Command>(&bytes) {
            Ok(command) => {
                if !matches!(command, Command::Ping { .. } | Command::Estimate(_)) {
                    self.warm_up.take();
                }
                self.in_session(|session| session.handle(command))
            }
            Err(error) => vec![Event::Refused(Problem::new(
                "A command was not understood.",
                &error.to_string(),
                "Reload the page.",
            ))],
        };
        events.iter().for_each(|event| say(&self.scope, event));
        self.keep();
        if self.session.borrow().wants_later() {
            self.fetch_later();
        }
    }

    /// Fetches the rest of the code, once: later calls find it there.
    fn fetch_later(self: &Rc<Self>) {
        if self.is_fetching.replace(true) {
            return;
        }
        let shell = self.clone();
        spawn_local(async move {
            let found = (shell.fetch)().await;
            shell.is_fetching.set(false);
            let events = shell.in_session(|session| match found {
                Ok(later) => session.arrived(later),
                Err(_) => session.missed(),
            });
            events.iter().for_each(|event| say(&shell.scope, event));
            shell.keep();
        });
    }

    /// Carries out what the session wants kept, in its order: a later request may depend on an earlier one.
    fn keep(self: &Rc<Self>) {
        self.keeping.borrow_mut().extend(self.session.borrow_mut().take_requests());
        if self.keeping.borrow().is_empty() || self.is_keeping.replace(true) {
            return;
        }
        let shell = self.clone();
        spawn_local(async move {
            loop {
                let Some(request) = shell.keeping.borrow_mut().pop_front() else { break };
                let answer = keeper::carry_out(request).await;
                let events = shell.in_session(|session| session.answered(answer));
                events.iter().for_each(|event| say(&shell.scope, event));
                shell.keeping.borrow_mut().extend(shell.session.borrow_mut().take_requests());
            }
            shell.is_keeping.set(false);
        });
    }

    fn hear(&self, worker: usize, event: Option<PoolEvent>) {
        self.in_session(|session| match event {
            Some(event) => session.hear(worker, event),
            None => session.lose(worker),
        });
    }

    /// Lets the session take something in, and work on it.
    fn in_session<T>(&self, take: impl FnOnce(&mut Session) -> T) -> T {
        let taken = take(&mut self.session.borrow_mut());
        if self.session.borrow().has_work() {
            self.schedule();
        }
        taken
    }

    /// True when there is more to do.
    fn work(self: &Rc<Self>) -> bool {
        let events = self.session.borrow_mut().step(&self.browser);
        events.iter().for_each(|event| say(&self.scope, event));
        self.keep();
        // Whoever has run the pipeline will look at what it made.
        if events.iter().any(|event| matches!(event, Event::RunFinished { .. })) {
            self.fetch_later();
        }
        if self.session.borrow().has_work() {
            return true;
        }
        let Some(mut session) = self.warm_up.take() else { return false };
        let events = session.step(&self.browser);
        let is_over = |event: &Event| matches!(event, Event::RunFinished { .. } | Event::RunFailed(_));
        let goes_on = session.has_work() && !events.iter().any(is_over);
        if goes_on {
            self.warm_up.replace(Some(session));
        }
        goes_on
    }

    fn schedule(&self) {
        if let Some(stepper) = self.stepper.get() {
            stepper.schedule();
        }
    }
}
