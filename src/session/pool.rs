//! The workers that try parameters side by side: who is ready, who is busy with what, who was lost. Where there are none, the session does the
//! same work itself. Deliberately no order among trials: who gets which one changes no result.

use super::host::Host;
use super::trial::TrialWorker;
use crate::protocol::{BUILD_ID, FitEnd, FitProgress, FitRequest, PROTOCOL_VERSION, PoolCommand, PoolEvent, PoolRows};
use std::collections::VecDeque;

/// All workers of a session.
#[derive(Default)]
pub(super) struct Pool {
    workers: Vec<Worker>,
    /// Does the work where no worker can.
    own: TrialWorker,
    rows: Option<Box<PoolRows>>,
    /// The session itself has these rows.
    own_rows: Option<u32>,
    own_fit: Option<FitRequest>,
    inbox: VecDeque<FitProgress>,
    /// What was said to workers since the last step.
    outbox: Vec<(usize, PoolCommand)>,
}

/// A worker of the browser.
#[derive(Default)]
struct Worker {
    state: State,
    /// Number of the rows that it has.
    rows: Option<u32>,
    fit: Option<FitRequest>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Starting,
    Ready,
    /// It could not be started or has died.
    Lost,
}

impl Pool {
    /// Workers that can be given something, now or as soon as they have started.
    pub fn n_workers(&self) -> usize {
        self.workers.iter().filter(|worker| worker.state != State::Lost).count()
    }

    /// Asks the host for so many workers, fewer where it gives fewer.
    pub fn resize(&mut self, wanted: usize, host: &dyn Host) {
        let n = host.start_pool(wanted);
        if n != self.workers.len() {
            // The host has replaced all of them.
            (0..self.workers.len()).for_each(|idx| self.lose(idx));
            self.workers = (0..n).map(|_| Worker::default()).collect();
            self.outbox.clear();
        }
    }

    /// From now on fits are about these rows.
    pub fn use_rows(&mut self, rows: Box<PoolRows>) {
        self.rows = Some(rows);
    }

    /// True when a fit would begin at once.
    pub fn is_free(&self) -> bool {
        match self.n_workers() {
            0 => self.own_fit.is_none(),
            _ => self.workers.iter().any(|worker| worker.state == State::Ready && worker.fit.is_none()),
        }
    }

    /// Gives a fit to whoever is free.
    pub fn submit(&mut self, fit: FitRequest) {
        let Some(rows) = &self.rows else { return };
        let is_free = |worker: &Worker| worker.state == State::Ready && worker.fit.is_none();
        if let Some(idx) = self.workers.iter().position(is_free) {
            let worker = &mut self.workers[idx];
            if worker.rows != Some(rows.number) {
                worker.rows = Some(rows.number);
                self.outbox.push((idx, PoolCommand::Rows(rows.clone())));
            }
            worker.fit = Some(fit.clone());
            self.outbox.push((idx, PoolCommand::Fit(fit)));
            return;
        }
        if self.own_rows != Some(rows.number) {
            self.own_rows = Some(rows.number);
            self.own.handle(PoolCommand::Rows(rows.clone()));
        }
        self.own_fit = Some(fit.clone());
        if let Some(PoolEvent::Fit(ended)) = self.own.handle(PoolCommand::Fit(fit)) {
            self.own_fit = None;
            self.inbox.push_back(ended);
        }
    }

    /// Gives up one fit; what its worker still says of it is not heard.
    pub fn stop(&mut self, search: u32, trial: u32) {
        let is_it =
            |fit: &Option<FitRequest>| fit.as_ref().is_some_and(|fit| (fit.search, fit.trial) == (search, trial));
        for (idx, worker) in self.workers.iter_mut().enumerate().filter(|(_, worker)| is_it(&worker.fit)) {
            worker.fit = None;
            self.outbox.push((idx, PoolCommand::Stop));
        }
        if is_it(&self.own_fit) {
            self.own_fit = None;
            self.own.handle(PoolCommand::Stop);
        }
        self.inbox.retain(|progress| (progress.search, progress.trial) != (search, trial));
    }

    /// What a worker said.
    pub fn hear(&mut self, idx: usize, event: PoolEvent) {
        let Some(worker) = self.workers.get_mut(idx) else { return };
        match event {
            PoolEvent::Ready(hello) => {
                let is_ours = hello.build_id == BUILD_ID && hello.protocol_version == PROTOCOL_VERSION;
                worker.state = if is_ours { State::Ready } else { State::Lost };
            }
            PoolEvent::Fit(progress) => {
                let is_of = |fit: &FitRequest| (fit.search, fit.trial) == (progress.search, progress.trial);
                if worker.fit.as_ref().is_some_and(is_of) {
                    if progress.end.is_some() {
                        worker.fit = None;
                    }
                    self.inbox.push_back(progress);
                }
            }
        }
    }

    /// A worker has died. Its fit is done by another one, or by the session.
    pub fn lose(&mut self, idx: usize) {
        let Some(worker) = self.workers.get_mut(idx) else { return };
        worker.state = State::Lost;
        if let Some(fit) = worker.fit.take() {
            let end = Some(FitEnd::Lost);
            let FitRequest { search, trial, .. } = fit;
            self.inbox.push_back(FitProgress { search, trial, end, ..FitProgress::default() });
        }
    }

    /// The next report, whoever made it.
    pub fn next_report(&mut self) -> Option<FitProgress> {
        self.inbox.pop_front()
    }

    /// True while [`step`](Self::step) has something to do, or somebody a report to read.
    pub fn has_work(&self) -> bool {
        self.own.has_work() || !self.inbox.is_empty() || !self.outbox.is_empty()
    }

    /// Says what is to be said, and does the work that no worker can.
    pub fn step(&mut self, host: &dyn Host) {
        for (idx, command) in self.outbox.drain(..) {
            host.to_pool(idx, &command);
        }
        if let Some(PoolEvent::Fit(progress)) = self.own.step(host) {
            if progress.end.is_some() {
                self.own_fit = None;
            }
            self.inbox.push_back(progress);
        }
    }
}
