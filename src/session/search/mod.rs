//! Searches for the parameters of models: of a run, or asked for on the page. One is under way at a time; those that ended stay, so that they can
//! be asked, and go on. Deliberately without mathematics, which is `engine::tune`, and without trees, which the pool grows.

mod ask;
mod job;

use super::host::Host;
use super::pool::Pool;
use super::run::Run;
use super::store::Store;
use crate::engine::learn::PARAMETERS;
use crate::protocol::{
    Command, Event, ObjectId, PlaceTrial, PoolEvent, Problem, RunConfig, SearchDimension, SearchInfo, SearchMethod,
    SearchOrder, SearchPhase, SearchRequest, SurrogateRequest, TrainRequest, TrialReport, not_searched,
};
use ask::Insight;
use job::Search;
use std::collections::BTreeMap;

/// All searches of a session.
#[derive(Default)]
pub(super) struct Searches {
    of_model: BTreeMap<ObjectId, Search>,
    /// The one under way.
    active: Option<ObjectId>,
    n_begun: u32,
    pool: Pool,
    /// How many workers the visitor wants; `None` for one less than there are cores.
    n_workers: Option<u32>,
    question: Option<SurrogateRequest>,
    insight: Option<Insight>,
}

/// The space of the original pipeline.
pub(super) fn default_space() -> Vec<SearchDimension> {
    let dimension = |name: &str, low, high, is_log| SearchDimension {
        name: name.to_owned(),
        low,
        high,
        is_log,
        is_whole: PARAMETERS.iter().any(|parameter| parameter.name == name && parameter.is_whole),
    };
    vec![
        dimension("n_estimators", 100.0, 300.0, false),
        dimension("max_depth", 3.0, 8.0, false),
        dimension("learning_rate", 0.01, 0.3, true),
        dimension("min_child_weight", 3.0, 7.0, false),
        dimension("subsample", 0.7, 0.9, false),
        dimension("colsample_bytree", 0.7, 0.9, false),
        dimension("reg_alpha", 0.0, 0.5, false),
        dimension("reg_lambda", 1.0, 2.0, false),
    ]
}

/// What a run searches, and what the page's form begins with.
pub fn default_request(model: ObjectId, n_trials: u32, seed: u64) -> SearchRequest {
    SearchRequest {
        model,
        n_trials,
        method: SearchMethod::default(),
        batch: 4,
        is_pruned: false,
        seed,
        space: default_space(),
    }
}

impl Searches {
    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.is_asked() || self.pool.has_work() || self.active().is_some_and(|search| search.is_ready(&self.pool))
    }

    /// True while [`answer`](Self::answer) has something to do.
    pub fn is_asked(&self) -> bool {
        self.question.is_some()
    }

    fn active(&self) -> Option<&Search> {
        self.of_model.get(self.active.as_ref()?)
    }

    /// Starts the workers ahead of their first work.
    pub fn prepare(&mut self, host: &dyn Host) {
        let cores = host.environment().cores.unwrap_or(1);
        let wanted = self.n_workers.unwrap_or(cores.saturating_sub(1).max(1));
        self.pool.resize(wanted as usize, host);
    }

    /// Takes one of the commands about searches; any other one is ignored.
    pub fn handle(&mut self, command: Command, store: &Store, run: Option<&Run>) -> Vec<Event> {
        match command {
            Command::Search(request) => {
                let begun = match (run, self.active) {
                    (Some(_), _) => Err(("The pipeline is running.", "Wait until it is done, or cancel it.")),
                    (None, Some(_)) => Err(("Another search is under way.", "Stop it first.")),
                    (None, None) => Ok(()),
                };
                let begun = begun.map_err(|(why, remedy)| not_searched(why, remedy));
                match begun.and_then(|()| self.begin(*request, store, false)) {
                    Ok(event) => vec![event],
                    Err(problem) => vec![Event::Refused(problem)],
                }
            }
            Command::SearchOrder { model, order } => {
                if self.active == Some(model)
                    && let Some(search) = self.of_model.get_mut(&model)
                {
                    search.order(order);
                }
                Vec::new()
            }
            Command::PlaceTrial(place) => self.place(&place, run),
            Command::Surrogate(request) => {
                self.question = Some(request);
                Vec::new()
            }
            Command::PoolSize(n_workers) => {
                self.n_workers = Some(n_workers.clamp(1, 64));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Begins the search of a run.
    pub fn begin_of_run(&mut self, model: ObjectId, config: &RunConfig, store: &Store) -> Result<Event, String> {
        let request = default_request(model, config.trials, config.seed);
        self.begin(request, store, true).map_err(|problem| problem.why)
    }

    fn begin(&mut self, request: SearchRequest, store: &Store, is_of_run: bool) -> Result<Event, Problem> {
        let model = request.model;
        let dataset = store.datasets.get(&model.scenario());
        let dataset = dataset.ok_or_else(|| {
            not_searched(&format!("{} has no training set yet.", model.name()), "Run the pipeline first.")
        })?;
        self.n_begun += 1;
        let search = Search::new(
            self.n_begun,
            (request, is_of_run),
            dataset,
            store.models.get(&model).map(|model| model.params),
        )?;
        let info = SearchInfo { request: search.request().clone(), is_of_run };
        self.of_model.insert(model, search);
        (self.active, self.insight) = (Some(model), None);
        Ok(Event::SearchStarted(Box::new(info)))
    }

    fn place(&mut self, place: &PlaceTrial, run: Option<&Run>) -> Vec<Event> {
        let refused =
            |why: &str, remedy: &str| vec![Event::Refused(Problem::new("The trial was not placed.", why, remedy))];
        let is_other = self.active.is_some_and(|active| active != place.model);
        if is_other || (self.active.is_none() && run.is_some()) {
            return refused("Something else is under way.", "Wait until it is done, or stop it.");
        }
        let Some(search) = self.of_model.get_mut(&place.model) else {
            return refused("There is no search of this model yet.", "Search first.");
        };
        match search.place(place.point.clone()) {
            Ok(()) => {
                self.active = Some(place.model);
                Vec::new()
            }
            Err(error) => refused(&format!("{}.", sentence(&error.to_string())), ""),
        }
    }

    /// Gives up the search under way with the next step; finished trials stay.
    pub fn cancel(&mut self) {
        if let Some(search) = self.active.and_then(|model| self.of_model.get_mut(&model)) {
            search.order(SearchOrder::Stop);
        }
    }

    /// Forgets all searches; the workers stay.
    pub fn clear(&mut self) {
        if let Some(search) = self.active.take().and_then(|model| self.of_model.get_mut(&model)) {
            search.stop(&mut self.pool);
        }
        (self.of_model, self.question, self.insight) = (BTreeMap::new(), None, None);
    }

    /// What a worker of the pool said.
    pub fn hear(&mut self, worker: usize, event: PoolEvent) {
        self.pool.hear(worker, event);
    }

    /// A worker of the pool has died.
    pub fn lose(&mut self, worker: usize) {
        self.pool.lose(worker);
    }

    /// How the search of a model stands.
    pub fn phase(&self, model: ObjectId) -> Option<SearchPhase> {
        self.of_model.get(&model).map(Search::phase)
    }

    /// Trials that have ended, and planned ones.
    pub fn progress(&self, model: ObjectId) -> (u32, u32) {
        self.of_model.get(&model).map_or((0, 0), Search::progress)
    }

    /// The best complete trial, counted from 1, and its parameters.
    pub fn best(&self, model: ObjectId) -> Option<(u32, Vec<(String, f64)>)> {
        self.of_model.get(&model)?.best()
    }

    /// Every trial, for the run report.
    pub fn report(&self, model: ObjectId) -> Vec<TrialReport> {
        self.of_model.get(&model).map(Search::report).unwrap_or_default()
    }

    /// Goes on with the search under way for some milliseconds; its best trial with the request to train it where the page had asked for it.
    pub fn step(&mut self, host: &dyn Host) -> (Vec<Event>, Option<(u32, TrainRequest)>) {
        let Some(model) = self.active else {
            self.pool.step(host);
            while self.pool.next_report().is_some() {}
            return (Vec::new(), None);
        };
        if self.pool.n_workers() == 0 || self.n_workers.is_some_and(|wanted| wanted as usize != self.pool.n_workers()) {
            self.prepare(host);
        }
        let Some(search) = self.of_model.get_mut(&model) else { return (Vec::new(), None) };
        let events = search.step(&mut self.pool, host);
        let mut to_train = None;
        if matches!(search.phase(), SearchPhase::Stopped | SearchPhase::Done) {
            self.active = None;
            to_train = search.best().filter(|_| !search.is_of_run()).map(|(trial, values)| {
                let (engine, objective) = ("hist".to_owned(), "reg:squarederror".to_owned());
                (trial, TrainRequest { model, engine, objective, values })
            });
        }
        (events, to_train)
    }

    /// Works on the last question about a search for some milliseconds.
    pub fn answer(&mut self) -> Option<Event> {
        let request = self.question.take()?;
        let model = request.model;
        let search = self.of_model.get(&model)?;
        let mut insight = self.insight.take().filter(|insight| insight.is_of(model, search));
        let insight = self.insight.insert(insight.take().unwrap_or_else(|| Insight::begin(model, search)));
        if insight.step() {
            return Some(insight.answer(request, search));
        }
        self.question = Some(request);
        None
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
