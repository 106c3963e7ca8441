//! Everything the worker remembers and does, without knowing that it is a worker: commands in, events out, long work cut into
//! steps of some milliseconds so that a cancel is an ordinary message. The host (a browser's worker, a terminal, a test) gives
//! the time and calls [`Session::step`] while there is work.

mod attainable;
mod documents;
mod estimate;
mod fitting;
mod generator;
mod health;
mod host;
mod lab;
mod later;
mod life;
mod live;
mod own;
mod own_features;
mod pool;
mod preview;
mod questions;
mod registry;
mod rows;
mod run;
mod search;
mod stages;
mod store;
mod summaries;
mod trial;
mod versions;

pub use documents::{names as document_names, write as document};
pub use estimate::estimate;
pub use generator::{configuration as generator_config, description as generator_description};
pub use host::Host;
pub use lab::purchase_histories;
pub use later::Later;
pub use registry::{KeeperAnswer, KeeperRequest, Kept, Listed, Memory, Record};
pub use search::default_request as search_defaults;
pub use store::{Dataset, DatasetPart, Store, TrainedModel, views_as_of};
pub use trial::TrialWorker;

use crate::protocol::{
    BUILD_ID, Command, Event, FeaturesRequest, Hello, ObjectId, OwnDataPart, PROTOCOL_VERSION, PoolEvent,
    PreviewRequest, Problem, RunConfig, RunReport, limits,
};
use attainable::Bounding;
use lab::Lab;
use later::Code;
use live::Live;
use own::{Arriving, OwnData};
use questions::Questions;
use registry::Projects;
use rows::Rows;
use run::Run;
use search::Searches;

/// One visitor's work.
#[derive(Default)]
pub struct Session {
    store: Store,
    run: Option<Run>,
    /// Of the last run that came to its end.
    report: Option<Box<RunReport>>,
    /// Tables that runs begin with instead of generated ones.
    own: Option<OwnData>,
    /// Own tables of which some pieces are missing.
    arriving: Option<Arriving>,
    /// Begun by the end of a run.
    fair_bound: Option<Bounding>,
    rows: Rows,
    questions: Questions,
    /// The last day of a customer's life that was asked for.
    moment: Option<FeaturesRequest>,
    /// The last feature that was to be tried.
    preview: Option<PreviewRequest>,
    /// Trainings beside the run's.
    lab: Lab,
    searches: Searches,
    /// The registry's changes and where they are kept.
    projects: Projects,
    /// Live predictions, once somebody has asked for them.
    live: Option<Box<Live>>,
    /// What answers most questions.
    code: Code,
    /// Commands that wait for it.
    waiting: Vec<Command>,
}

impl Session {
    /// A session whose host keeps projects: it carries out what [`take_requests`](Self::take_requests) gives, one after the other, and
    /// answers each with [`answered`](Self::answered). Any other session keeps them as long as it lives.
    pub fn with_keeper() -> Self {
        Self { projects: Projects::kept_by_host(), ..Self::default() }
    }

    /// What the host should do for the keeping of projects.
    pub fn take_requests(&mut self) -> Vec<KeeperRequest> {
        self.projects.take_requests()
    }

    /// What came of such a request.
    pub fn answered(&mut self, answer: KeeperAnswer) -> Vec<Event> {
        self.projects.answered(answer, &mut self.store)
    }

    /// True while commands wait for [`Later`], which the host should fetch and give to [`arrived`](Self::arrived).
    pub fn wants_later(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The code is there: carries out what has waited for it.
    pub fn arrived(&mut self, later: Later) -> Vec<Event> {
        self.code.0 = Some(later);
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().flat_map(|command| self.handle(command)).collect()
    }

    /// The code did not come: nothing waits for it any longer.
    pub fn missed(&mut self) -> Vec<Event> {
        if std::mem::take(&mut self.waiting).is_empty() {
            return Vec::new();
        }
        vec![Event::Refused(Problem::new(
            "This cannot be answered now.",
            "The part of the program that does it could not be fetched.",
            "Check the network connection, then ask again.",
        ))]
    }

    /// The first messages of a session.
    pub fn greetings() -> [Event; 4] {
        let hello = Hello { build_id: BUILD_ID.to_owned(), protocol_version: PROTOCOL_VERSION };
        [
            Event::Ready(hello),
            Event::Generator(Box::new(generator::description())),
            Event::Trainers(lab::trainers()),
            Event::SearchSpace(search::default_space()),
        ]
    }

    /// What has been made so far.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.is_hurried()
            || self.searches.has_work()
            || self.run.as_ref().is_some_and(|run| !run.is_waiting())
            || (self.run.is_none() && (self.is_busy() || self.fair_bound.is_some()))
    }

    /// Somebody waits for an answer.
    fn is_hurried(&self) -> bool {
        self.rows.has_work() || self.is_asked()
    }

    fn is_asked(&self) -> bool {
        self.moment.is_some() || self.preview.is_some() || self.lab.is_asked() || self.searches.is_asked()
    }

    /// There is something to do that nobody waits for.
    fn is_busy(&self) -> bool {
        self.lab.is_training() || self.questions.are_open() || self.live.as_ref().is_some_and(|live| live.has_work())
    }

    /// What a worker of the pool said.
    pub fn hear(&mut self, worker: usize, event: PoolEvent) {
        self.searches.hear(worker, event);
    }

    /// A worker of the pool has died or could not be started.
    pub fn lose(&mut self, worker: usize) {
        self.searches.lose(worker);
    }

    /// Answers a command; long work is only begun.
    pub fn handle(&mut self, command: Command) -> Vec<Event> {
        match command {
            Command::Run(config) => self.begin(config),
            Command::Estimate(config) => {
                let found = estimate(&config, self.report.as_deref());
                found.map(|estimate| Event::Estimate { config, estimate }).into_iter().collect()
            }
            Command::Cancel => {
                self.searches.cancel();
                match self.run.take() {
                    Some(_) => {
                        let mut events = self.projects.end(&mut self.store);
                        events.push(Event::RunCancelled);
                        events
                    }
                    None => self.lab.cancel(),
                }
            }
            Command::Reset => {
                // The visitor's own tables are no result, and neither is what is kept; only the visitor gives them up.
                self.projects.close(&mut self.store);
                self.searches.clear();
                let (own, projects) = (self.own.take(), std::mem::take(&mut self.projects));
                let (searches, code) = (std::mem::take(&mut self.searches), Code(self.code.0));
                *self = Self { own, projects, searches, code, ..Self::default() };
                vec![Event::ResetDone]
            }
            Command::Page(request) => self.rows.ask(request, &self.store).into_iter().collect(),
            Command::OwnData(part) => self.take_own(part),
            Command::UseOwnData { horizon_days } => self.use_own(horizon_days),
            Command::UseGenerated => {
                (self.own, self.arriving) = (None, None);
                vec![Event::SourceChanged(None)]
            }
            Command::Ping { nonce } => vec![Event::Pong { nonce }],
            // A search is paused and stopped at once.
            Command::SearchOrder { .. } | Command::PoolSize(_) => {
                self.searches.handle(command, &self.store, self.run.as_ref())
            }
            command => match self.code.0 {
                Some(later) => (later.handle)(self, command),
                None => {
                    self.waiting.push(command);
                    Vec::new()
                }
            },
        }
    }

    /// Works for some milliseconds.
    pub fn step(&mut self, host: &dyn Host) -> Vec<Event> {
        if self.rows.has_work() {
            // Somebody waits for these; a run waits for nobody.
            return self.rows.step(&self.store, host);
        }
        if let (Some(later), true) = (self.code.0, self.is_asked()) {
            return (later.answer)(self, host);
        }
        if let Some(run) = &mut self.run {
            let (mut events, finished) = run.step(&mut self.store, &mut self.searches, host);
            if finished {
                self.run = None;
                self.fair_bound = Bounding::of(&self.store);
                // The end is told last.
                let at = events.len().saturating_sub(1);
                events.splice(at..at, self.projects.end(&mut self.store));
            }
            if let Some(Event::RunFinished { report, .. }) = events.last() {
                let text = report.to_json();
                self.report = Some(report.clone());
                events.insert(events.len() - 1, Event::ReportText(text));
            }
            return events;
        }
        if self.searches.has_work() {
            let (mut events, to_train) = self.searches.step(host);
            if let (Some(later), Some((trial, request))) = (self.code.0, to_train) {
                events.extend((later.train_found)(self, trial, request));
            }
            return events;
        }
        // A run is timed: questions about its tables wait until it is over. The fair bound waits for them.
        if let (Some(later), true) = (self.code.0, self.is_busy()) {
            return (later.work)(self, host);
        }
        let Some(fair_bound) = &mut self.fair_bound else { return Vec::new() };
        let (mut events, finished) = fair_bound.step(&mut self.store, host);
        if finished {
            self.fair_bound = None;
        }
        let mut texts = Vec::new();
        for event in &events {
            let Event::FairBoundReady(bound) = event else { continue };
            if let Some(trained) = self.store.models.get_mut(&bound.model) {
                trained.report.fair_bound.clone_from(&bound.splits);
            }
            if let Some(report) = &mut self.report {
                report.add_fair_bound(bound.model.name(), &bound.splits);
                texts.push(Event::ReportText(report.to_json()));
            }
        }
        events.append(&mut texts);
        events
    }

    /// Events of the lab, and what follows from a version among them.
    fn with_registered(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        if events.iter().any(|event| matches!(event, Event::TrainingReady(_))) {
            events.extend(self.projects.added(&mut self.store));
        }
        events
    }

    fn begin(&mut self, config: RunConfig) -> Vec<Event> {
        let begun = config
            .check()
            .and_then(|config| Ok((own_features::views(&config.features)?, Run::new(&config, self.own.as_ref())?)));
        let (views, run) = match begun {
            Ok(begun) => begun,
            Err(problem) => return vec![Event::Refused(problem)],
        };
        let mut events = if self.run.take().is_some() { vec![Event::RunCancelled] } else { Vec::new() };
        self.projects.close(&mut self.store);
        self.store = Store { views, ..Store::default() };
        (self.fair_bound, self.report) = (None, None);
        // What was asked about the last run's tables is no question any more.
        self.waiting.retain(|command| matches!(command, Command::Registry(_)));
        self.rows = Rows::default();
        self.questions = Questions::default();
        events.extend(self.lab.cancel());
        self.lab = Lab::default();
        self.live = None;
        self.searches.clear();
        let own = self.own.as_ref().map(|own| &own.in_use);
        events.extend(self.projects.begin(run.config(), own, &mut self.store));
        events.push(Event::RunStarted { config: run.config().clone(), stages: run.stage_names() });
        self.run = Some(run);
        events
    }

    fn take_own(&mut self, part: OwnDataPart) -> Vec<Event> {
        let taken = match (part, &mut self.arriving) {
            (OwnDataPart::Begin(head), _) => Arriving::new(*head).map(|arriving| self.arriving = Some(arriving)),
            (OwnDataPart::Column { object, column, values, present }, Some(arriving)) => {
                arriving.take(object, column, &values, &present)
            }
            (OwnDataPart::Column { .. }, None) => Err(own::OwnError::OutOfTurn),
        };
        taken.map_or_else(|error| self.refuse_own(&error), |()| Vec::new())
    }

    /// What was in use stays in use.
    fn refuse_own(&mut self, error: &own::OwnError) -> Vec<Event> {
        self.arriving = None;
        vec![Event::Refused(Problem::new(
            "The own tables were not taken over.",
            &format!("{error}."),
            "Read the files again; if it happens again, report it with this sentence.",
        ))]
    }

    fn use_own(&mut self, horizon_days: u32) -> Vec<Event> {
        if !limits::HORIZON_DAYS.contains(&horizon_days) {
            return self.refuse_own(&own::OwnError::Horizon(horizon_days));
        }
        match self.arriving.take().map(Arriving::finish) {
            Some(Ok(own)) => self.own = Some(own),
            Some(Err(error)) => return self.refuse_own(&error),
            None => {}
        }
        match &mut self.own {
            Some(own) => {
                own.in_use.horizon_days = horizon_days;
                vec![Event::SourceChanged(Some(Box::new(own.in_use.clone())))]
            }
            None => self.refuse_own(&own::OwnError::OutOfTurn),
        }
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
