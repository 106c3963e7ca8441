//! One search: asks the study for points, gives them to the pool, tells how they ended, and says all of it to the page. Deliberately the same for
//! a run's search and for one that the page asked for.

use crate::engine::learn::{Params, Prepared};
use crate::engine::tune::{
    Acquisition, CheckedSpace, Dimension, Kind, MILESTONES, Method, Next, Origin, Outcome, PointError, Pruning, Scale,
    Settings, Space, Study, Trial,
};
use crate::protocol::{
    Event, FitEnd, FitProgress, FitRequest, PoolRows, Problem, SearchDimension, SearchMethod, SearchOrder, SearchPhase,
    SearchRequest, SearchState, TrialOrigin, TrialReason, TrialReport, TrialState, TrialView, encode, limits,
    not_searched,
};
use crate::session::fitting;
use crate::session::host::Host;
use crate::session::pool::Pool;
use crate::session::store::Dataset;
use crate::session::trial::params;
use std::collections::VecDeque;

/// A trial whose worker dies is tried so often.
const MOST_TRIES: u32 = 3;

pub(super) struct Search {
    number: u32,
    request: SearchRequest,
    is_of_run: bool,
    study: Study,
    /// Given to the pool with the first trial.
    rows: Option<Box<PoolRows>>,
    /// What is not searched.
    fixed: Vec<(String, f64)>,
    phase: SearchPhase,
    order: Option<SearchOrder>,
    /// The study has more to say before an outcome is told.
    is_asking: bool,
    n_planned: u32,
    /// Asked for and not given to the pool.
    queue: VecDeque<u32>,
    /// By number.
    details: Vec<Detail>,
    clock: Clock,
}

/// What the study does not know of a trial.
#[derive(Clone, Default)]
struct Detail {
    state: TrialState,
    n_trees: u32,
    n_trees_planned: u32,
    train: Option<f64>,
    validation: Option<f64>,
    elapsed_ms: f64,
    problem: Option<String>,
    n_tries: u32,
}

/// Time without pauses.
#[derive(Default)]
struct Clock {
    before_ms: f64,
    since_ms: Option<f64>,
}

impl Clock {
    fn set(&mut self, runs: bool, now_ms: f64) {
        match (runs, self.since_ms) {
            (true, None) => self.since_ms = Some(now_ms),
            (false, Some(since_ms)) => {
                self.before_ms += now_ms - since_ms;
                self.since_ms = None;
            }
            _ => {}
        }
    }

    fn elapsed_ms(&self, now_ms: f64) -> f64 {
        self.before_ms + self.since_ms.map_or(0.0, |since_ms| now_ms - since_ms)
    }
}

impl Search {
    pub fn new(
        number: u32,
        (request, is_of_run): (SearchRequest, bool),
        dataset: &Dataset,
        base: Option<Params>,
    ) -> Result<Self, Problem> {
        if !limits::TRIALS.contains(&request.n_trials) {
            let (least, most) = (limits::TRIALS.start(), limits::TRIALS.end());
            let why = format!("The number of trials is {}, and must lie between {least} and {most}.", request.n_trials);
            return Err(not_searched(&why, "Change it and search again."));
        }
        if let Some(problem) = fitting::too_small(request.model.name(), dataset, true) {
            return Err(problem);
        }
        let refused = |error: String| not_searched(&sentence(&error), "Change it and search again.");
        let space = space(&request.space).map_err(refused)?;
        let study = Study::new(space, settings(&request)).map_err(|error| refused(error.to_string()))?;
        let base = Params { early_stopping_rounds: 0, ..base.unwrap_or_default() };
        let is_searched = |name: &str| request.space.iter().any(|dimension| dimension.name == name);
        let fixed = base.named_values().into_iter().filter(|(name, _)| !is_searched(name));
        let fixed: Vec<(String, f64)> = fixed.map(|(name, value)| (name.to_owned(), value)).collect();
        // Bounds that cannot be trained are refused before anything is tried.
        for low in [true, false] {
            let end = request.space.iter().map(|d| (d.name.clone(), if low { d.low } else { d.high }));
            let values: Vec<(String, f64)> = end.chain(fixed.iter().cloned()).collect();
            let checked = params(&values, 0).and_then(|params| params.check().map_err(|error| error.to_string()));
            checked.map_err(refused)?;
        }
        let rows = rows(number, dataset, base.max_bin).map_err(refused)?;
        let n_planned = request.n_trials;
        Ok(Self {
            number,
            request,
            is_of_run,
            study,
            rows: Some(Box::new(rows)),
            fixed,
            phase: SearchPhase::Running,
            order: None,
            is_asking: true,
            n_planned,
            queue: VecDeque::new(),
            details: Vec::new(),
            clock: Clock::default(),
        })
    }

    pub fn request(&self) -> &SearchRequest {
        &self.request
    }

    /// True until it goes on after its run.
    pub fn is_of_run(&self) -> bool {
        self.is_of_run
    }

    pub fn study(&self) -> &Study {
        &self.study
    }

    pub fn phase(&self) -> SearchPhase {
        self.phase
    }

    /// Trials that have ended, and planned ones.
    pub fn progress(&self) -> (u32, u32) {
        let ended = self.study.trials().iter().filter(|trial| trial.outcome.is_some()).count();
        (ended as u32, self.n_planned)
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn is_ready(&self, pool: &Pool) -> bool {
        let goes_on = self.phase == SearchPhase::Running
            && (self.can_ask() || (!self.queue.is_empty() && pool.is_free()) || self.is_over());
        self.order.is_some() || goes_on
    }

    fn can_ask(&self) -> bool {
        self.is_asking && (self.study.trials().len() as u32) < self.n_planned
    }

    fn is_over(&self) -> bool {
        let (ended, planned) = self.progress();
        ended >= planned
    }

    pub fn order(&mut self, order: SearchOrder) {
        self.order = Some(order);
    }

    /// Tries a point before any other; a search that has ended goes on with it.
    pub fn place(&mut self, point: Vec<f64>) -> Result<(), PointError> {
        self.study.enqueue(point)?;
        let is_over = matches!(self.phase, SearchPhase::Stopped | SearchPhase::Done);
        let n_tried = self.study.trials().len() as u32;
        self.n_planned = if is_over { n_tried } else { self.n_planned } + 1;
        self.is_asking = true;
        if is_over {
            (self.phase, self.is_of_run) = (SearchPhase::Running, false);
        }
        Ok(())
    }

    /// Gives up; finished trials stay.
    pub fn stop(&mut self, pool: &mut Pool) -> Vec<Event> {
        self.phase = SearchPhase::Stopped;
        self.queue.clear();
        let mut events = Vec::new();
        for number in 0..self.details.len() as u32 {
            if self.study.trials()[number as usize].outcome.is_none() {
                pool.stop(self.number, number);
                events.push(self.end(number, TrialState::Cancelled, Outcome::Cancelled));
            }
        }
        self.n_planned = self.study.trials().len() as u32;
        events
    }

    /// Goes on for some milliseconds.
    pub fn step(&mut self, pool: &mut Pool, host: &dyn Host) -> Vec<Event> {
        let now_ms = host.now_ms();
        let mut events = Vec::new();
        let phase = self.phase;
        match self.order.take() {
            Some(SearchOrder::Stop) => events = self.stop(pool),
            Some(SearchOrder::Pause) => self.phase = SearchPhase::Paused,
            Some(SearchOrder::Resume) => self.phase = SearchPhase::Running,
            None => {}
        }
        if let Some(rows) = self.rows.take() {
            pool.use_rows(rows);
        }
        while let Some(progress) = pool.next_report() {
            events.extend(self.hear(progress, pool));
        }
        if self.phase == SearchPhase::Running {
            while pool.is_free()
                && let Some(number) = self.queue.pop_front()
            {
                events.push(self.submit(number, pool));
            }
            if self.can_ask() {
                events.extend(self.ask());
            }
        }
        pool.step(host);
        if self.phase == SearchPhase::Running && self.is_over() {
            self.phase = SearchPhase::Done;
        }
        self.clock.set(self.phase == SearchPhase::Running, now_ms);
        if !events.is_empty() || phase != self.phase {
            events.push(Event::SearchState(SearchState {
                model: self.request.model,
                phase: self.phase,
                n_trials: self.n_planned,
                elapsed_ms: self.clock.elapsed_ms(host.now_ms()),
                n_workers: pool.n_workers() as u32,
            }));
        }
        events
    }

    fn ask(&mut self) -> Option<Event> {
        match self.study.ask() {
            Next::Thinking => None,
            Next::Waiting => {
                self.is_asking = false;
                None
            }
            Next::Exhausted => {
                self.n_planned = self.study.trials().len() as u32;
                None
            }
            Next::Trial { number, .. } => {
                self.details.push(Detail::default());
                self.queue.push_back(number);
                Some(self.view(number))
            }
        }
    }

    fn submit(&mut self, number: u32, pool: &mut Pool) -> Event {
        let detail = &mut self.details[number as usize];
        detail.state = TrialState::Running;
        detail.n_tries += 1;
        pool.submit(FitRequest {
            search: self.number,
            trial: number,
            params: self.params(number),
            seed: self.request.seed,
            milestones: MILESTONES.to_vec(),
        });
        self.view(number)
    }

    /// All parameters of a trial by name.
    fn params(&self, number: u32) -> Vec<(String, f64)> {
        let names = self.request.space.iter().map(|dimension| dimension.name.clone());
        let point = self.study.trials()[number as usize].point.iter().copied();
        names.zip(point).chain(self.fixed.iter().cloned()).collect()
    }

    fn hear(&mut self, progress: FitProgress, pool: &mut Pool) -> Option<Event> {
        let number = progress.trial;
        let detail = self.details.get_mut(number as usize).filter(|_| progress.search == self.number)?;
        if detail.state != TrialState::Running {
            return None;
        }
        if progress.n_trees > 0 {
            (detail.n_trees, detail.n_trees_planned) = (progress.n_trees, progress.n_trees_planned);
            (detail.train, detail.validation) = (Some(progress.train), Some(progress.validation));
            detail.elapsed_ms = progress.elapsed_ms;
        }
        for loss in progress.reached {
            if self.study.report(number, loss).unwrap_or(false) {
                pool.stop(self.number, number);
                return Some(self.end(number, TrialState::Pruned, Outcome::Pruned(loss)));
            }
        }
        match progress.end {
            None => Some(self.view(number)),
            Some(FitEnd::Complete) => {
                Some(self.end(number, TrialState::Complete, Outcome::Complete(progress.validation)))
            }
            Some(FitEnd::Failed(why)) => {
                self.details[number as usize].problem = Some(sentence(&why));
                Some(self.end(number, TrialState::Failed, Outcome::Failed))
            }
            Some(FitEnd::Lost) => {
                let detail = &mut self.details[number as usize];
                if detail.n_tries < MOST_TRIES {
                    detail.state = TrialState::Waiting;
                    self.queue.push_front(number);
                    return Some(self.view(number));
                }
                detail.problem = Some("Its workers died.".to_owned());
                Some(self.end(number, TrialState::Failed, Outcome::Failed))
            }
        }
    }

    fn end(&mut self, number: u32, state: TrialState, outcome: Outcome) -> Event {
        self.details[number as usize].state = state;
        // Only of a trial that runs: it was asked for and has not ended.
        let _ = self.study.tell(number, outcome);
        self.is_asking = true;
        self.view(number)
    }

    fn view(&self, number: u32) -> Event {
        let (trial, detail) = (&self.study.trials()[number as usize], &self.details[number as usize]);
        Event::TrialChanged(self.request.model, Box::new(trial_view(trial, detail)))
    }

    /// The best complete trial, counted from 1, and its parameters.
    pub fn best(&self) -> Option<(u32, Vec<(String, f64)>)> {
        self.study.best().map(|trial| (trial.number + 1, self.params(trial.number)))
    }

    /// Every trial, for the run report.
    pub fn report(&self) -> Vec<TrialReport> {
        let of = |(number, detail): (u32, &Detail)| TrialReport {
            params: self.params(number),
            rmse_validation: detail.validation,
            ms: detail.elapsed_ms,
            state: detail.state.name(),
        };
        (0..).zip(&self.details).map(of).collect()
    }
}

fn trial_view(trial: &Trial, detail: &Detail) -> TrialView {
    let (origin, reason) = match &trial.origin {
        Origin::ByHand => (TrialOrigin::ByHand, None),
        Origin::Random => (TrialOrigin::Random, None),
        Origin::Sobol => (TrialOrigin::Sobol, None),
        Origin::Model(why) => {
            (TrialOrigin::Model, Some(TrialReason { mean: why.mean, sd: why.sd, exploration: why.exploration }))
        }
    };
    TrialView {
        number: trial.number,
        point: trial.point.clone(),
        origin,
        state: detail.state,
        n_trees: detail.n_trees,
        n_trees_planned: detail.n_trees_planned,
        train: detail.train,
        validation: detail.validation,
        elapsed_ms: detail.elapsed_ms,
        problem: detail.problem.clone(),
        reason,
    }
}

fn settings(request: &SearchRequest) -> Settings {
    let method = match request.method {
        SearchMethod::UpperConfidence => Method::GaussianProcess(Acquisition::default()),
        SearchMethod::ExpectedImprovement => Method::GaussianProcess(Acquisition::ExpectedImprovement),
        SearchMethod::Random => Method::Random,
        SearchMethod::Sobol => Method::Sobol,
    };
    let pruning = request.is_pruned.then(Pruning::default);
    Settings { method, seed: request.seed, batch: request.batch, pruning, ..Settings::default() }
}

fn space(dimensions: &[SearchDimension]) -> Result<CheckedSpace, String> {
    let dimension = |asked: &SearchDimension| Dimension {
        name: asked.name.clone(),
        low: asked.low,
        high: asked.high,
        scale: if asked.is_log { Scale::Log } else { Scale::Linear },
        kind: if asked.is_whole { Kind::Whole } else { Kind::Real },
    };
    let space = Space { dimensions: dimensions.iter().map(dimension).collect() };
    space.check().map_err(|error| error.to_string())
}

fn rows(number: u32, dataset: &Dataset, max_bin: u32) -> Result<PoolRows, String> {
    let [train, validation, _] = &dataset.parts;
    let matrix = |part| dataset.matrix(part).map_err(|error| error.to_string());
    let (train_matrix, validation_matrix) = (matrix(train)?, matrix(validation)?);
    let validation_target = validation.target();
    let validation = Some((&validation_matrix, validation_target.as_slice()));
    let prepared =
        Prepared::new(&train_matrix, &train.target(), validation, max_bin).map_err(|error| error.to_string())?;
    Ok(PoolRows { number, prepared: encode(&prepared).map_err(|error| error.to_string())? })
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(letters).chain(['.']).collect()
}
