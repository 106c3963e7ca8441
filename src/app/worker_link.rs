//! The line to the worker: starts it, sends commands, queues events for the store, watches it and replaces it when it is
//! lost. Deliberately no decisions: when to replace and what to replay is `present::supervisor`.

use crate::app::clock::now_ms;
use crate::present::state::{News, Severity};
use crate::present::supervisor::{Order, Supervisor, TICK_MS, Verdict};
use crate::protocol::{BUILD_ID, Command, Event, Hello, PROTOCOL_VERSION, Problem, RunConfig, decode, encode};
use gloo::timers::callback::{Interval, Timeout};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// The file that Trunk writes beside the page; relative, so that it is found under any path.
const WORKER_FILE: &str = "./worker_loader.js";
/// News wait for so long, so that many of them make one update.
const GATHER_MS: u32 = 16;

/// A running worker with its listeners.
struct Connection {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// Takes news from the front of the queue.
type Deliver = Box<dyn Fn(&mut VecDeque<News>)>;

struct Inner {
    connection: RefCell<Option<Connection>>,
    /// Number of the worker; what an earlier one still says is not heard.
    generation: Cell<u32>,
    supervisor: RefCell<Supervisor>,
    replay: Cell<Option<RunConfig>>,
    queue: RefCell<VecDeque<News>>,
    gathering: Cell<bool>,
    deliver: Deliver,
}

/// Handle of the line.
#[derive(Clone)]
pub struct WorkerLink(Rc<Inner>);

impl WorkerLink {
    /// Starts a worker. `deliver` takes news from the front of the queue, as many as fit into a frame.
    pub fn open(deliver: impl Fn(&mut VecDeque<News>) + 'static) -> Self {
        let link = Self(Rc::new(Inner {
            connection: RefCell::new(None),
            generation: Cell::new(0),
            supervisor: RefCell::new(Supervisor::default()),
            replay: Cell::new(None),
            queue: RefCell::new(VecDeque::new()),
            gathering: Cell::new(false),
            deliver: Box::new(deliver),
        }));
        link.spawn();
        let watched = link.clone();
        Interval::new(TICK_MS, move || watched.tick()).forget();
        link
    }

    /// Sends a command to the worker.
    pub fn send(&self, command: &Command) {
        if let Command::Run(config) = command {
            self.0.supervisor.borrow_mut().run_begins(config.clone(), false);
        }
        self.post(command);
    }

    /// Puts news into the queue.
    pub fn tell(&self, news: News) {
        self.0.queue.borrow_mut().push_back(news);
        self.gather();
    }

    fn post(&self, command: &Command) {
        match encode(command) {
            Ok(bytes) => self.post_encoded(&Uint8Array::from(bytes.as_slice())),
            Err(error) => self.tell(News::Notice(Severity::Problem, error.to_string())),
        }
    }

    /// Sends a command that somebody else encoded; its bytes are gone afterwards.
    pub fn post_encoded(&self, bytes: &Uint8Array) {
        if let Some(connection) = &*self.0.connection.borrow() {
            let transfer = js_sys::Array::of1(&bytes.buffer());
            // A message of plain bytes can always be cloned; a dead worker is noticed by the watchdog.
            let _ = connection.worker.post_message_with_transfer(bytes, &transfer);
        }
    }

    fn gather(&self) {
        if self.0.gathering.replace(true) {
            return;
        }
        let link = self.clone();
        Timeout::new(GATHER_MS, move || {
            link.0.gathering.set(false);
            (link.0.deliver)(&mut link.0.queue.borrow_mut());
            if !link.0.queue.borrow().is_empty() {
                link.gather();
            }
        })
        .forget();
    }

    fn spawn(&self) {
        let generation = self.0.generation.get() + 1;
        self.0.generation.set(generation);
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(WORKER_FILE, &options) else {
            return self.tell(News::WorkerGone(not_started()));
        };
        let link = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if link.0.generation.get() == generation {
                link.heard(&message.data());
            }
        });
        let link = self.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            if link.0.generation.get() == generation {
                link.lose(&format!("it stopped ({})", first_line(&error.message())));
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let connection = Connection { worker, _on_message: on_message, _on_error: on_error };
        *self.0.connection.borrow_mut() = Some(connection);
    }

    fn heard(&self, data: &JsValue) {
        self.0.supervisor.borrow_mut().heard();
        if let Some(text) = data.as_string() {
            return self.lose(&format!("it stopped ({})", first_line(&text)));
        }
        let Some(bytes) = data.dyn_ref::<Uint8Array>() else { return };
        match decode::<Event>(&bytes.to_vec()) {
            Ok(Event::Ready(hello)) => self.greeted(hello),
            Ok(Event::Pong { .. }) => {}
            Ok(event) => {
                self.watch(&event);
                self.tell(News::Worker(event));
            }
            Err(error) => self.tell(News::Notice(Severity::Problem, error.to_string())),
        }
    }

    /// Tells the supervisor what would have to be replayed.
    fn watch(&self, event: &Event) {
        let mut supervisor = self.0.supervisor.borrow_mut();
        match event {
            Event::RunStarted { config, .. } => supervisor.run_begins(config.clone(), true),
            Event::RunFinished { .. } | Event::RunCancelled | Event::RunFailed(_) | Event::ResetDone => {
                supervisor.run_ended();
            }
            Event::SourceChanged(own) => supervisor.own_data(own.is_some()),
            _ => {}
        }
    }

    fn greeted(&self, hello: Hello) {
        if hello.protocol_version != PROTOCOL_VERSION || hello.build_id != BUILD_ID {
            self.0.supervisor.borrow_mut().stop();
            return self.tell(News::WorkerGone(Problem::new(
                "The page and its worker belong to different builds.",
                &format!("The page is {BUILD_ID}, the worker is {}.", hello.build_id),
                "Reload the page without its cache (Ctrl or ⌘ + Shift + R).",
            )));
        }
        self.0.supervisor.borrow_mut().ready();
        self.tell(News::Worker(Event::Ready(hello)));
        if let Some(config) = self.0.replay.take() {
            self.0.supervisor.borrow_mut().run_begins(config.clone(), true);
            self.post(&Command::Run(config));
        }
    }

    fn tick(&self) {
        let order = self.0.supervisor.borrow_mut().tick(now_ms());
        match order {
            Order::Nothing => {}
            Order::Ping(nonce) => self.post(&Command::Ping { nonce }),
            Order::Replace(reason) => self.lose(&reason),
        }
    }

    /// Ends the worker and, once its own listener has returned, starts another one.
    fn lose(&self, reason: &str) {
        self.0.generation.set(self.0.generation.get() + 1);
        if let Some(connection) = &*self.0.connection.borrow() {
            connection.worker.terminate();
        }
        let verdict = self.0.supervisor.borrow_mut().lost();
        match &verdict {
            Verdict::Replace { replay } => {
                self.0.replay.set(replay.clone());
                self.tell(News::WorkerReplaced { reason: reason.to_owned(), replaying: replay.is_some() });
            }
            Verdict::GiveUp => self.tell(News::WorkerGone(Problem::new(
                "The run was given up.",
                &format!("Its worker was replaced twice and was lost again: {reason}."),
                "Try fewer customers, or close other tabs to free memory, and run again.",
            ))),
        }
        if self.0.supervisor.borrow().is_hopeless() {
            return;
        }
        let link = self.clone();
        Timeout::new(0, move || link.spawn()).forget();
    }
}

fn not_started() -> Problem {
    Problem::new(
        "The worker could not be started.",
        "The browser refused the file that the computing runs in.",
        "Reload the page, or use a recent Chromium, Firefox or Safari.",
    )
}

/// The first line, short enough for a sentence.
fn first_line(text: &str) -> String {
    let line: String = text.lines().next().unwrap_or_default().chars().take(120).collect();
    if line.is_empty() { "without a message".to_owned() } else { line }
}
