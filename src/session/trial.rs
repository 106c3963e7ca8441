//! A worker of the pool, without knowing that it is one: rows come once, then parameters; it fits some trees a step and says how far it is.
//! Deliberately knows nothing of the search: what its losses mean is somebody else's business.

use super::host::Host;
use crate::engine::learn::{Booster, PARAMETERS, Params, Prepared};
use crate::protocol::{
    BUILD_ID, FitEnd, FitProgress, FitRequest, Hello, PROTOCOL_VERSION, PoolCommand, PoolEvent, decode,
};

/// Steps end after this long, so that an order is heard.
const STEP_MS: f64 = 25.0;

/// One worker's rows and its fit under way.
#[derive(Default)]
pub struct TrialWorker {
    rows: Option<Prepared>,
    fit: Option<Fit>,
}

struct Fit {
    booster: Booster,
    /// Numbers of trees at which the loss is reported, ascending.
    milestones: Vec<u32>,
    progress: FitProgress,
}

impl TrialWorker {
    /// The first message of a worker.
    pub fn greeting() -> PoolEvent {
        PoolEvent::Ready(Hello { build_id: BUILD_ID.to_owned(), protocol_version: PROTOCOL_VERSION })
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.fit.is_some()
    }

    /// Takes an order; an answer comes at once only where nothing can be fitted.
    pub fn handle(&mut self, command: PoolCommand) -> Option<PoolEvent> {
        match command {
            PoolCommand::Rows(rows) => {
                (self.rows, self.fit) = (decode(&rows.prepared).ok(), None);
                None
            }
            PoolCommand::Stop => {
                self.fit = None;
                None
            }
            PoolCommand::Fit(request) => {
                let (search, trial) = (request.search, request.trial);
                let mut progress = FitProgress { search, trial, ..FitProgress::default() };
                match begin(self.rows.as_ref(), &request) {
                    Ok((booster, n_trees)) => {
                        progress.n_trees_planned = n_trees;
                        let at = |share: &f64| libm::ceil(share * f64::from(n_trees)) as u32;
                        let milestones = request.milestones.iter().map(at).collect();
                        self.fit = Some(Fit { booster, milestones, progress });
                        None
                    }
                    Err(why) => {
                        progress.end = Some(FitEnd::Failed(why));
                        Some(PoolEvent::Fit(progress))
                    }
                }
            }
        }
    }

    /// Fits for some milliseconds.
    pub fn step(&mut self, host: &dyn Host) -> Option<PoolEvent> {
        let Fit { booster, milestones, progress } = self.fit.as_mut()?;
        progress.reached.clear();
        let begin_ms = host.now_ms();
        let mut elapsed_ms = 0.0;
        while elapsed_ms < STEP_MS {
            let Some(round) = booster.grow_tree() else { break };
            progress.n_trees = round.n_trees;
            progress.train = round.loss_train;
            progress.validation = round.loss_validation.unwrap_or(f64::NAN);
            let n_passed = milestones.iter().filter(|&&at| at == round.n_trees).count();
            progress.reached.extend(std::iter::repeat_n(progress.validation, n_passed));
            elapsed_ms = host.now_ms() - begin_ms;
        }
        progress.elapsed_ms += host.now_ms() - begin_ms;
        if !booster.is_done() {
            return Some(PoolEvent::Fit(progress.clone()));
        }
        let mut fit = self.fit.take()?;
        fit.progress.end = Some(FitEnd::Complete);
        Some(PoolEvent::Fit(fit.progress))
    }
}

/// The training and the number of its trees.
fn begin(rows: Option<&Prepared>, request: &FitRequest) -> Result<(Booster, u32), String> {
    let rows = rows.ok_or("the worker has no rows to train on")?;
    let params = params(&request.params, request.seed)?.check().map_err(|error| format!("the {error}"))?;
    let booster = rows.train(params).map_err(|error| error.to_string())?;
    Ok((booster, params.n_estimators))
}

/// The parameters of these names and values; the others have their defaults.
pub(super) fn params(values: &[(String, f64)], seed: u64) -> Result<Params, String> {
    let mut params = Params { seed, ..Params::default() };
    for (name, value) in values {
        let known = PARAMETERS.iter().find(|known| known.name == name);
        (known.ok_or_else(|| format!("there is no parameter called {name}"))?.set)(&mut params, *value);
    }
    Ok(params)
}
