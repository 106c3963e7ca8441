//! The shell of a worker of the pool: orders in, reports out, some trees between two messages. Deliberately without a session.

use super::{Browser, Stepper, say, say_panics};
use crate::protocol::decode;
use crate::session::TrialWorker;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

pub(super) fn start(scope: &DedicatedWorkerGlobalScope) {
    say_panics(scope);
    let worker = Rc::new(RefCell::new(TrialWorker::default()));
    let browser = Browser::of(scope);
    let (stepped, posting) = (worker.clone(), scope.clone());
    let Some(stepper) = Stepper::new(move || {
        let report = stepped.borrow_mut().step(&browser);
        report.iter().for_each(|report| say(&posting, report));
        stepped.borrow().has_work()
    }) else {
        return;
    };
    let posting = scope.clone();
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let Ok(command) = decode(&Uint8Array::new(&message.data()).to_vec()) else { return };
        let answer = worker.borrow_mut().handle(command);
        answer.iter().for_each(|answer| say(&posting, answer));
        if worker.borrow().has_work() {
            stepper.schedule();
        }
    });
    scope.set_onmessage(Some(receive.as_ref().unchecked_ref()));
    receive.forget();
    say(scope, &TrialWorker::greeting());
}
