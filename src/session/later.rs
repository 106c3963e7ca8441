//! What a session does only when somebody asks: versions in detail, explanations, profiles, documents. In the browser this code is a file of its own,
//! fetched before it is first needed; commands that need it wait. Deliberately four functions: everything that only they reach goes with them.

use super::host::Host;
use super::live::Live;
use super::{Session, life, preview};
use crate::protocol::{Command, Event, LiveRequest, Problem, TrainRequest};

/// The code, once it is there.
#[derive(Clone, Copy)]
pub struct Later {
    pub(super) handle: fn(&mut Session, Command) -> Vec<Event>,
    pub(super) answer: fn(&mut Session, &dyn Host) -> Vec<Event>,
    pub(super) work: fn(&mut Session, &dyn Host) -> Vec<Event>,
    pub(super) train_found: fn(&mut Session, u32, TrainRequest) -> Vec<Event>,
}

impl Later {
    /// The code as it is linked into whatever calls this.
    pub fn linked() -> Self {
        Self { handle, answer, work, train_found }
    }
}

/// Where there is nothing to fetch from, everything is there from the beginning.
pub(super) struct Code(pub Option<Later>);

impl Default for Code {
    fn default() -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(None);
        #[cfg(not(target_arch = "wasm32"))]
        return Self(Some(Later::linked()));
    }
}

/// Takes a command that is nobody else's.
fn handle(session: &mut Session, command: Command) -> Vec<Event> {
    let Session { store, run, questions, moment, preview, lab, searches, projects, live, .. } = session;
    match command {
        Command::Profile(table) => questions.ask_profile(table, store),
        Command::Glance => questions.ask_glance(store),
        Command::Checks => questions.ask_checks(store),
        Command::Life(choice) => vec![life::life(&choice, store)],
        Command::FeaturesAt(request) => {
            *moment = Some(request);
            Vec::new()
        }
        Command::FeatureHealth => questions.ask_health(store),
        Command::CompareVersions => questions.ask_versions(store),
        Command::PreviewFeature(request) => {
            *preview = Some(request);
            Vec::new()
        }
        Command::Search(_) | Command::PlaceTrial(_) | Command::Surrogate(_) => {
            searches.handle(command, store, run.as_ref())
        }
        Command::Registry(request) => {
            let events = projects.handle(request, run.is_some(), store);
            live.iter_mut().for_each(|live| live.follow(store));
            events
        }
        Command::Live(request) => {
            if run.is_some() {
                let what = "The simulation does not move.";
                return vec![Event::Refused(Problem::new(what, "The pipeline is running.", "Wait until it is done."))];
            }
            if live.is_none() || request == LiveRequest::Restart {
                match Live::new(store) {
                    Ok(begun) => *live = Some(Box::new(begun)),
                    Err(problem) => return vec![Event::Refused(problem)],
                }
            }
            live.as_mut().map_or_else(Vec::new, |live| live.handle(request, store))
        }
        Command::Document { name } => vec![session.document(&name)],
        command => lab.handle(command, store, run.as_ref()),
    }
}

/// Answers what somebody waits for.
fn answer(session: &mut Session, host: &dyn Host) -> Vec<Event> {
    if let Some(request) = session.moment.take() {
        return vec![life::features_at(request, &session.store, host)];
    }
    if let Some(request) = session.preview.take() {
        return vec![preview::preview(request, &session.store, host)];
    }
    if session.lab.is_asked() {
        let events = session.lab.answer(&mut session.store, host);
        return session.with_registered(events);
    }
    session.searches.answer().into_iter().collect()
}

/// Works on what nobody waits for, while there is no run.
fn work(session: &mut Session, host: &dyn Host) -> Vec<Event> {
    if session.lab.is_training() {
        let events = session.lab.step(&mut session.store, host);
        return session.with_registered(events);
    }
    if session.questions.are_open() {
        return session.questions.step(&session.store, host);
    }
    session.live.as_mut().map_or_else(Vec::new, |live| live.step(&session.store, host))
}

fn train_found(session: &mut Session, trial: u32, request: TrainRequest) -> Vec<Event> {
    session.lab.train_found(trial, request, &session.store)
}
