//! The line to the file reader: starts it when it is first needed, sends one request at a time with its files, ends it. It
//! remembers nothing, so ending it is how a request is cancelled. Deliberately no decisions: what to ask is `present::own_data`.

use crate::present::own_data::Request;
use crate::protocol::{BUILD_ID, IoCommand, IoEvent, PROTOCOL_VERSION, decode, encode};
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageEvent, Worker};

/// The file that Trunk writes beside the page.
const READER_FILE: &str = "./io_loader.js";

/// What comes back.
pub enum Answer {
    Event(IoEvent),
    /// An encoded command for the worker.
    Part(Uint8Array),
    Lost(String),
}

struct Connection {
    worker: Worker,
    ready: bool,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

struct Inner {
    connection: RefCell<Option<Connection>>,
    /// Number of the reader; what an earlier one still says is not heard.
    generation: Cell<u32>,
    /// Waits until the reader is ready.
    waiting: RefCell<Option<Array>>,
    hear: Box<dyn Fn(Answer)>,
}

/// Handle of the line.
#[derive(Clone)]
pub struct IoLink(Rc<Inner>);

impl IoLink {
    pub fn new(hear: impl Fn(Answer) + 'static) -> Self {
        Self(Rc::new(Inner {
            connection: RefCell::new(None),
            generation: Cell::new(0),
            waiting: RefCell::new(None),
            hear: Box::new(hear),
        }))
    }

    /// Sends a request with its files.
    pub fn ask(&self, request: Request, files: &[File]) {
        let command = match request {
            Request::Inspect(_, choices) => IoCommand::Inspect { choices },
            Request::Import(plans) => IoCommand::Import { files: plans.into_iter().map(|(_, plan)| plan).collect() },
        };
        let bytes = match encode(&command) {
            Ok(bytes) => Uint8Array::from(bytes.as_slice()),
            Err(error) => return (self.0.hear)(Answer::Lost(error.to_string())),
        };
        let message = Array::of1(&bytes);
        for file in files {
            message.push(file);
        }
        if self.0.connection.borrow().is_none() && !self.start() {
            return (self.0.hear)(Answer::Lost("the browser refused to start it".to_owned()));
        }
        *self.0.waiting.borrow_mut() = Some(message);
        self.send_waiting();
    }

    /// Ends the reader and whatever it is doing; its memory is free again.
    pub fn end(&self) {
        self.0.generation.set(self.0.generation.get() + 1);
        self.0.waiting.borrow_mut().take();
        if let Some(connection) = self.0.connection.borrow().as_ref() {
            connection.worker.set_onmessage(None);
            connection.worker.set_onerror(None);
            connection.worker.terminate();
        }
        // Its own listener may be running: it is dropped in a later task.
        let ended = self.0.connection.borrow_mut().take();
        gloo::timers::callback::Timeout::new(0, move || drop(ended)).forget();
    }

    fn start(&self) -> bool {
        let generation = self.0.generation.get() + 1;
        self.0.generation.set(generation);
        let Ok(worker) = Worker::new(READER_FILE) else { return false };
        let link = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if link.0.generation.get() == generation {
                link.heard(&message.data());
            }
        });
        let link = self.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            if link.0.generation.get() == generation {
                link.lose(&error.message());
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let connection = Connection { worker, ready: false, _on_message: on_message, _on_error: on_error };
        *self.0.connection.borrow_mut() = Some(connection);
        true
    }

    fn send_waiting(&self) {
        let connection = self.0.connection.borrow();
        if let Some(connection) = connection.as_ref().filter(|connection| connection.ready)
            && let Some(message) = self.0.waiting.borrow_mut().take()
        {
            // Bytes and files can always be cloned; a dead reader says so through its error event.
            let _ = connection.worker.post_message(&message);
        }
    }

    fn lose(&self, reason: &str) {
        self.end();
        let reason: String = reason.lines().next().unwrap_or_default().chars().take(120).collect();
        (self.0.hear)(Answer::Lost(if reason.is_empty() { "without a message".to_owned() } else { reason }));
    }

    fn heard(&self, data: &JsValue) {
        if let Some(text) = data.as_string() {
            return self.lose(&text);
        }
        let parts = Array::from(data);
        match decode::<IoEvent>(&Uint8Array::new(&parts.get(0)).to_vec()) {
            Ok(IoEvent::Ready(hello)) if hello.build_id != BUILD_ID || hello.protocol_version != PROTOCOL_VERSION => {
                self.lose("it belongs to another build; reload the page");
            }
            Ok(IoEvent::Ready(_)) => {
                if let Some(connection) = self.0.connection.borrow_mut().as_mut() {
                    connection.ready = true;
                }
                self.send_waiting();
            }
            Ok(IoEvent::Part { .. }) => {
                if let Ok(part) = parts.get(1).dyn_into() {
                    (self.0.hear)(Answer::Part(part));
                }
            }
            Ok(event) => (self.0.hear)(Answer::Event(event)),
            Err(error) => self.lose(&error.to_string()),
        }
    }
}
