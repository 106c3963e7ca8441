//! The file reader's shell: a worker of its own, started when the first file is opened, that reads files in slices and answers
//! with bytes. Remembers nothing between two requests, so that the page cancels one by ending the worker. Deliberately no logic;
//! what a file means stands in `import`.

use crate::import::{Import, ImportError, Source, inspect};
use crate::protocol::{BUILD_ID, Command, Hello, IoCommand, IoEvent, PROTOCOL_VERSION, Problem, decode, encode};
use js_sys::{Array, Uint8Array};
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, File, FileReaderSync, MessageEvent};

/// Between two messages about progress.
const PROGRESS_MS: f64 = 100.0;

/// A file of the visitor's, read where it lies.
struct Opened {
    file: File,
    reader: FileReaderSync,
}

impl Source for Opened {
    fn len(&self) -> u64 {
        self.file.size() as u64
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let slice = self.file.slice_with_f64_and_f64(offset as f64, (offset + length as u64) as f64);
        let buffer = slice.and_then(|slice| self.reader.read_as_array_buffer(&slice));
        buffer.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|error| {
            let name = js_sys::Reflect::get(&error, &JsValue::from_str("name")).ok().and_then(|name| name.as_string());
            name.unwrap_or_else(|| "it was moved, changed or locked".to_owned())
        })
    }
}

/// Starts the file reader; called once by its binary.
pub fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let panic_scope = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        // Posting can only fail while the page is being torn down.
        let _ = panic_scope.post_message(&JsValue::from_str(&info.to_string()));
    }));
    let receiver = scope.clone();
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| handle(&receiver, &message));
    scope.set_onmessage(Some(receive.as_ref().unchecked_ref()));
    // It lives as long as the worker.
    receive.forget();
    let hello = Hello { build_id: BUILD_ID.to_owned(), protocol_version: PROTOCOL_VERSION };
    post(&scope, &IoEvent::Ready(hello), None);
}

/// Every message is an array: an encoded event, and the payload that some events announce.
fn post(scope: &DedicatedWorkerGlobalScope, event: &IoEvent, payload: Option<&[u8]>) {
    let Ok(bytes) = encode(event) else { return };
    let (message, transfer) = (Array::new(), Array::new());
    for part in [Some(bytes.as_slice()), payload].into_iter().flatten() {
        let array = Uint8Array::from(part);
        transfer.push(&array.buffer());
        message.push(&array);
    }
    let _ = scope.post_message_with_transfer(&message, &transfer);
}

fn handle(scope: &DedicatedWorkerGlobalScope, message: &MessageEvent) {
    let parts = Array::from(&message.data());
    let bytes = Uint8Array::new(&parts.get(0)).to_vec();
    let files: Vec<File> = parts.iter().skip(1).filter_map(|part| part.dyn_into().ok()).collect();
    let event = match decode::<IoCommand>(&bytes) {
        Ok(IoCommand::Inspect { choices }) => match files.first() {
            Some(file) => open(file).and_then(|source| inspect(&file.name(), &source, &choices, today())).map_or_else(
                |error| failed(&error, Some(&file.name())),
                |inspection| IoEvent::Inspected { inspection: Box::new(inspection) },
            ),
            None => failed(&ImportError::Plan, None),
        },
        Ok(IoCommand::Import { files: plans }) => {
            let mut import = Import::new(today());
            let all_bytes: f64 = files.iter().map(|file| file.size()).sum();
            let mut before = 0_u64;
            let mut failure = None;
            for (file, plan) in files.iter().zip(&plans) {
                let name = file.name();
                let mut last_ms = f64::NEG_INFINITY;
                let mut progress = |bytes: u64, rows: u64| {
                    let now_ms = js_sys::Date::now();
                    if now_ms - last_ms >= PROGRESS_MS {
                        last_ms = now_ms;
                        let what = format!("Reading {name}");
                        let done_bytes = before + bytes;
                        post(scope, &IoEvent::Progress { what, done_bytes, total_bytes: all_bytes as u64, rows }, None);
                    }
                };
                let outcome = open(file).and_then(|source| import.read(&name, &source, plan, &mut progress));
                if let Err(error) = outcome {
                    failure = Some(failed(&error, Some(&name)));
                    break;
                }
                before += file.size() as u64;
            }
            failure.unwrap_or_else(|| finish(scope, import, all_bytes as u64))
        }
        Err(error) => IoEvent::Failed(Problem::new(
            "The file reader did not understand the page.",
            &error.to_string(),
            "Reload the page.",
        )),
    };
    post(scope, &event, None);
}

fn open(file: &File) -> Result<Arc<dyn Source>, ImportError> {
    let reader = FileReaderSync::new().map_err(|_| ImportError::Read("it gives workers no file access".to_owned()))?;
    Ok(Arc::new(Opened { file: file.clone(), reader }))
}

/// Hands the tables over; the summary comes last.
fn finish(scope: &DedicatedWorkerGlobalScope, import: Import, bytes: u64) -> IoEvent {
    let what = "Sorting by customer and day".to_owned();
    post(scope, &IoEvent::Progress { what, done_bytes: bytes, total_bytes: bytes, rows: 0 }, None);
    let (assembled, summary) = match import.finish() {
        Ok(finished) => finished,
        Err(error) => return failed(&error, None),
    };
    let handed_over = assembled.hand_over(|part| {
        let part = encode(&Command::OwnData(part))?;
        post(scope, &IoEvent::Part { bytes: part.len() as u64 }, Some(&part));
        Ok(())
    });
    match handed_over {
        Ok(()) => IoEvent::Imported { summary: Box::new(summary) },
        Err(error) => IoEvent::Failed(codec_problem(&error)),
    }
}

fn codec_problem(error: &crate::protocol::CodecError) -> Problem {
    Problem::new("The tables could not be handed over.", &error.to_string(), "Reload the page.")
}

fn failed(error: &ImportError, file: Option<&str>) -> IoEvent {
    IoEvent::Failed(error.problem(file))
}

/// Only to rule out days that have not happened: no result depends on it.
fn today() -> i32 {
    (js_sys::Date::now() / 86_400_000.0).floor() as i32
}
