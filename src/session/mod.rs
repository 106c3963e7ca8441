//! Everything the worker remembers and does, without knowing that it is a worker: commands in, events out, long work cut into
//! steps of some milliseconds so that a cancel is an ordinary message. The host (a browser's worker, a terminal, a test) gives
//! the time and calls [`Session::step`] while there is work.

mod attainable;
mod documents;
mod generator;
mod host;
mod questions;
mod rows;
mod run;
mod stages;
mod store;
mod summaries;

pub use documents::{names as document_names, write as document};
pub use generator::{configuration as generator_config, description as generator_description};
pub use host::Host;
pub use store::{Dataset, DatasetPart, Store, TrainedModel};

use crate::protocol::{BUILD_ID, Command, Event, Hello, ObjectId, PROTOCOL_VERSION, Problem, RunConfig};
use attainable::FairBound;
use questions::Questions;
use rows::Rows;
use run::Run;

/// One visitor's work.
#[derive(Default)]
pub struct Session {
    store: Store,
    run: Option<Run>,
    /// Begun by the end of a run.
    fair_bound: Option<FairBound>,
    rows: Rows,
    questions: Questions,
}

impl Session {
    /// The first messages of a session.
    pub fn greetings() -> [Event; 2] {
        let hello = Hello { build_id: BUILD_ID.to_owned(), protocol_version: PROTOCOL_VERSION };
        [Event::Ready(hello), Event::Generator(Box::new(generator::description()))]
    }

    /// What has been made so far.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.run.is_some() || self.rows.has_work() || self.questions.are_open() || self.fair_bound.is_some()
    }

    /// Answers a command; long work is only begun.
    pub fn handle(&mut self, command: Command) -> Vec<Event> {
        match command {
            Command::Run(config) => self.begin(config),
            Command::Cancel => self.run.take().map_or_else(Vec::new, |_| vec![Event::RunCancelled]),
            Command::Reset => {
                *self = Self::default();
                vec![Event::ResetDone]
            }
            Command::Page(request) => self.rows.ask(request, &self.store).into_iter().collect(),
            Command::Profile(table) => self.questions.ask_profile(table, &self.store),
            Command::Glance => self.questions.ask_glance(&self.store),
            Command::Checks => self.questions.ask_checks(&self.store),
            Command::Document { name } => vec![self.document(&name)],
            Command::Ping { nonce } => vec![Event::Pong { nonce }],
        }
    }

    /// Works for some milliseconds.
    pub fn step(&mut self, host: &dyn Host) -> Vec<Event> {
        if self.rows.has_work() {
            // Somebody waits for these; a run waits for nobody.
            return self.rows.step(&self.store, host);
        }
        if let Some(run) = &mut self.run {
            let (events, finished) = run.step(&mut self.store, host);
            if finished {
                self.run = None;
                self.fair_bound = FairBound::of(&self.store);
            }
            return events;
        }
        // A run is timed: questions about its tables wait until it is over. The fair bound waits for them.
        if self.questions.are_open() {
            return self.questions.step(&self.store, host);
        }
        let Some(fair_bound) = &mut self.fair_bound else { return Vec::new() };
        let (events, finished) = fair_bound.step(&self.store, host);
        if finished {
            self.fair_bound = None;
        }
        for event in &events {
            if let Event::FairBoundReady { model, splits } = event
                && let Some(trained) = self.store.models.get_mut(model)
            {
                trained.report.fair_bound.clone_from(splits);
            }
        }
        events
    }

    fn begin(&mut self, config: RunConfig) -> Vec<Event> {
        let run = match config.check().and_then(|config| Run::new(&config)) {
            Ok(run) => run,
            Err(problem) => return vec![Event::Refused(problem)],
        };
        let mut events = if self.run.take().is_some() { vec![Event::RunCancelled] } else { Vec::new() };
        self.store = Store::default();
        self.fair_bound = None;
        self.rows = Rows::default();
        self.questions = Questions::default();
        events.push(Event::RunStarted { config: run.config().clone(), stages: run.stage_names() });
        self.run = Some(run);
        events
    }

    fn document(&self, name: &str) -> Event {
        documents::write(&self.store, name).map_or_else(
            || {
                Event::Refused(Problem::new(
                    &format!("{name} cannot be downloaded."),
                    "No run has made it yet.",
                    "Run the pipeline to the end, then try again.",
                ))
            },
            Event::Document,
        )
    }
}

fn missing(object: ObjectId) -> Problem {
    Problem::new(
        &format!("{} cannot be shown.", object.name()),
        "It has not been made in this session, or it was cleared.",
        "Run the pipeline, then try again.",
    )
}
