//! The worker's shell: bytes in, bytes out, a loop that gives the session time between messages, and what the session wants kept carried
//! out one after the other. Deliberately no logic; what a command means stands in `session`.
//!
//! Every message to the page is a `Uint8Array` with an encoded event, except the text of a panic, which is a string: after a
//! panic nothing but that text can be trusted, and the page replaces the worker.

pub mod keeper;

use crate::protocol::{Command, Environment, Event, Problem, RunConfig, decode, encode};
use crate::session::{Host, KeeperRequest, Session};
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Performance, WorkerNavigator};

/// The browser's clock and navigator.
struct Browser {
    performance: Option<Performance>,
    navigator: WorkerNavigator,
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
            workers: 1,
            wasm_memory_bytes: Some(memory_bytes()),
        }
    }
}

fn memory_bytes() -> u64 {
    // Memory never shrinks: its size at the end of a run is the peak.
    (core::arch::wasm32::memory_size(0) as u64) << 16
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
    /// Posting here calls `work` as soon as waiting messages are handled; timers would be clamped to 4 ms.
    next_step: MessageChannel,
    /// What is to be kept or fetched; the first is being carried out while `is_keeping`.
    keeping: RefCell<VecDeque<KeeperRequest>>,
    is_keeping: Cell<bool>,
}

/// Starts the worker; called once by its binary.
pub fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let panic_scope = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        // Posting can only fail while the page is being torn down.
        let _ = panic_scope.post_message(&JsValue::from_str(&info.to_string()));
    }));
    let Ok(next_step) = MessageChannel::new() else {
        let _ = scope.post_message(&JsValue::from_str("This browser gives the worker no message channel."));
        return;
    };
    let browser = Browser { performance: scope.performance(), navigator: scope.navigator() };
    let warm_up = RefCell::new(Some(Session::default()));
    let shell = Rc::new(Shell {
        scope,
        session: RefCell::new(Session::with_keeper()),
        warm_up,
        browser,
        next_step,
        keeping: RefCell::default(),
        is_keeping: Cell::new(false),
    });
    let work = Closure::<dyn FnMut(MessageEvent)>::new({
        let shell = shell.clone();
        move |_| shell.work()
    });
    shell.next_step.port1().set_onmessage(Some(work.as_ref().unchecked_ref()));
    let receive = Closure::<dyn FnMut(MessageEvent)>::new({
        let shell = shell.clone();
        move |message: MessageEvent| shell.receive(&message)
    });
    shell.scope.set_onmessage(Some(receive.as_ref().unchecked_ref()));
    // Both live as long as the worker.
    work.forget();
    receive.forget();
    Session::greetings().iter().for_each(|event| shell.post(event));
    if let Some(session) = shell.warm_up.borrow_mut().as_mut() {
        session.handle(Command::Run(RunConfig { customers: WARM_UP_CUSTOMERS, ..RunConfig::default() }));
    }
    shell.schedule();
}

impl Shell {
    fn post(&self, event: &Event) {
        let Ok(bytes) = encode(event) else { return };
        let array = Uint8Array::from(bytes.as_slice());
        let transfer = Array::of1(&array.buffer());
        // Posting can only fail while the page is being torn down.
        let _ = self.scope.post_message_with_transfer(&array, &transfer);
    }

    fn receive(self: &Rc<Self>, message: &MessageEvent) {
        let bytes = Uint8Array::new(&message.data()).to_vec();
        let events = match decode::<Command>(&bytes) {
            Ok(command) => {
                let is_scheduled = self.session.borrow().has_work() || self.warm_up.borrow().is_some();
                if !matches!(command, Command::Ping { .. } | Command::Estimate(_)) {
                    self.warm_up.take();
                }
                let events = self.session.borrow_mut().handle(command);
                if !is_scheduled && self.session.borrow().has_work() {
                    self.schedule();
                }
                events
            }
            Err(error) => vec![Event::Refused(Problem::new(
                "A command was not understood.",
                &error.to_string(),
                "Reload the page.",
            ))],
        };
        events.iter().for_each(|event| self.post(event));
        self.keep();
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
                let events = shell.session.borrow_mut().answered(answer);
                events.iter().for_each(|event| shell.post(event));
                shell.keeping.borrow_mut().extend(shell.session.borrow_mut().take_requests());
            }
            shell.is_keeping.set(false);
        });
    }

    fn work(self: &Rc<Self>) {
        let events = self.session.borrow_mut().step(&self.browser);
        events.iter().for_each(|event| self.post(event));
        self.keep();
        if self.session.borrow().has_work() {
            self.schedule();
            return;
        }
        let warm_up = self.warm_up.take();
        if let Some(mut session) = warm_up {
            let events = session.step(&self.browser);
            let is_over = |event: &Event| matches!(event, Event::RunFinished { .. } | Event::RunFailed(_));
            if session.has_work() && !events.iter().any(is_over) {
                self.warm_up.replace(Some(session));
                self.schedule();
            }
        }
    }

    fn schedule(&self) {
        let _ = self.next_step.port2().post_message(&JsValue::NULL);
    }
}
