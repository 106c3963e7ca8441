//! The workers of the pool as the session's worker sees them: started from its own file under another name, spoken to in bytes. Deliberately no
//! decisions: who does what is `session::pool`.

use crate::protocol::{PoolCommand, PoolEvent, decode, encode};
use gloo::timers::callback::Timeout;
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// The name under which this project's worker only fits.
pub(super) const TRIAL_WORKER: &str = "trial";
/// A worker that has said nothing for so long is not waited for.
const START_MS: u32 = 20_000;

/// What a worker of the pool did; `None` when it died.
pub(super) type Hear = Rc<dyn Fn(usize, Option<PoolEvent>)>;

#[derive(Default)]
pub(super) struct Workers {
    running: RefCell<Vec<Running>>,
}

struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
    _started: Rc<RefCell<Option<Timeout>>>,
}

impl Workers {
    pub fn len(&self) -> usize {
        self.running.borrow().len()
    }

    /// Makes sure that there are so many; returns how many there are.
    pub fn start(&self, wanted: usize, file: &str, hear: &Hear) -> usize {
        let mut running = self.running.borrow_mut();
        if running.len() != wanted {
            running.drain(..).for_each(|old| old.worker.terminate());
            running.extend((0..wanted).map_while(|idx| start(idx, file, hear)));
        }
        running.len()
    }

    pub fn send(&self, idx: usize, command: &PoolCommand) {
        let running = self.running.borrow();
        let (Some(one), Ok(bytes)) = (running.get(idx), encode(command)) else { return };
        let bytes = Uint8Array::from(bytes.as_slice());
        // Plain bytes can always be cloned; a dead worker has said so, or will.
        let _ = one.worker.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }
}

fn start(idx: usize, file: &str, hear: &Hear) -> Option<Running> {
    let options = WorkerOptions::new();
    options.set_name(TRIAL_WORKER);
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(file, &options).ok()?;
    let silent = hear.clone();
    let started = Rc::new(RefCell::new(Some(Timeout::new(START_MS, move || silent(idx, None)))));
    let (heard, waiting) = (hear.clone(), started.clone());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        waiting.borrow_mut().take();
        // The text of a panic is no bytes.
        let data = message.data();
        heard(idx, data.dyn_ref::<Uint8Array>().and_then(|bytes| decode(&bytes.to_vec()).ok()));
    });
    let (lost, waiting) = (hear.clone(), started.clone());
    let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
        // It would be reported by the session's own worker, too, which is well.
        error.prevent_default();
        waiting.borrow_mut().take();
        lost(idx, None);
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    Some(Running { worker, _on_message: on_message, _on_error: on_error, _started: started })
}
