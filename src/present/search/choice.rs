//! What the reader has chosen and typed about searches: as fields, as what using one does, and as the question that the worker is asked.
//! Deliberately no trials: these come from the worker.

use super::SearchShown;
use crate::present::charts::{Part, value_along};
use crate::present::fields::{self, Control, Field, MODELS};
use crate::present::number;
use crate::protocol::{
    Command, ObjectId, PlaceTrial, SearchDimension, SearchMethod, SearchOrder, SearchPhase, SearchRequest,
    SurrogateRequest, TrialState, limits,
};

/// Methods with the words for them.
const METHODS: [(SearchMethod, &str, &str); 4] = [
    (
        SearchMethod::UpperConfidence,
        "Gaussian process, upper confidence bound",
        "Tries where the error may be lowest: expected error less 2.5 standard deviations, as the original pipeline does.",
    ),
    (
        SearchMethod::ExpectedImprovement,
        "Gaussian process, expected improvement",
        "Tries where the best error is expected to be undercut by most.",
    ),
    (SearchMethod::Sobol, "Sobol sequence", "Spreads trials evenly and learns nothing from them."),
    (SearchMethod::Random, "Random", "Draws every trial at random."),
];
const SCALES: [&str; 2] = ["linear", "logarithmic"];
/// Positions of a range's slider.
const STEPS: u32 = 100;

/// The reader's choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub model: ObjectId,
    n_trials: String,
    n_workers: String,
    method: usize,
    is_pruned: bool,
    /// By dimension, as typed: low, high, logarithmic.
    space: Vec<(SearchDimension, String, String)>,
    /// Of the surrogate: positions in the space, and the trial it goes through.
    dimension: u32,
    other: Option<u32>,
    anchor: Option<u32>,
    /// Of the parallel axes: the one that is narrowed, and to which positions.
    narrowed: usize,
    from: u32,
    to: u32,
    /// The point to place, as typed; empty before a search.
    point: Vec<String>,
}

impl Choice {
    /// A form filled in with what a run searches.
    pub fn new(space: &[SearchDimension]) -> Self {
        let typed = |d: &SearchDimension| (d.clone(), d.low.to_string(), d.high.to_string());
        Self {
            model: ObjectId::ContinuousModel,
            n_trials: "20".to_owned(),
            n_workers: String::new(),
            method: 0,
            is_pruned: false,
            space: space.iter().map(typed).collect(),
            dimension: 2.min(space.len().saturating_sub(1)) as u32,
            other: None,
            anchor: None,
            narrowed: 0,
            from: 0,
            to: STEPS,
            point: Vec::new(),
        }
    }

    fn n_trials(&self) -> Option<u32> {
        let n = number::read(self.n_trials.trim()).filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n <= 1e6)? as u32;
        Some(n).filter(|n| limits::TRIALS.contains(n))
    }

    /// The space as typed; `None` where something is no number. What is out of bounds the worker says best.
    fn space(&self) -> Option<Vec<SearchDimension>> {
        let read = |(d, low, high): &(SearchDimension, String, String)| {
            let (low, high) = (number::read(low.trim())?, number::read(high.trim())?);
            Some(SearchDimension { low, high, ..d.clone() })
        };
        self.space.iter().map(read).collect()
    }

    fn request(&self, seed: u64) -> Option<SearchRequest> {
        Some(SearchRequest {
            model: self.model,
            n_trials: self.n_trials()?,
            method: METHODS[self.method].0,
            batch: 4,
            is_pruned: self.is_pruned,
            seed,
            space: self.space()?,
        })
    }

    /// Using a field or a button: changes the choice, and perhaps asks for something.
    pub fn act(&mut self, search: Option<&SearchShown>, seed: u64, id: &str, value: &str) -> Option<Command> {
        let order = |order| Some(Command::SearchOrder { model: self.model, order });
        match id {
            "search" => return Some(Command::Search(Box::new(self.request(seed)?))),
            "pause" => {
                let is_paused = search.is_some_and(|search| search.state.phase == SearchPhase::Paused);
                return order(if is_paused { SearchOrder::Resume } else { SearchOrder::Pause });
            }
            "stop" => return order(SearchOrder::Stop),
            "trials" => value.clone_into(&mut self.n_trials),
            "workers" => {
                value.clone_into(&mut self.n_workers);
                let wanted = number::read(value.trim()).filter(|n| n.fract() == 0.0 && (1.0..=64.0).contains(n))?;
                return Some(Command::PoolSize(wanted as u32));
            }
            "method" => self.method = METHODS.iter().position(|(_, label, _)| *label == value).unwrap_or(0),
            "prune" => self.is_pruned = !self.is_pruned,
            "along" => self.dimension = self.position(search, value).unwrap_or(0),
            "across" => self.other = self.position(search, value),
            "through" => self.anchor = value.strip_prefix("trial ").and_then(|n| n.parse::<u32>().ok()?.checked_sub(1)),
            "axis" => {
                let names = axes(search);
                self.narrowed = names.iter().position(|name| name == value).unwrap_or(0);
                (self.from, self.to) = (0, STEPS);
            }
            "from" => self.from = value.parse().unwrap_or(0).min(self.to),
            "to" => self.to = value.parse().unwrap_or(STEPS).max(self.from),
            "narrow" => self.narrow(search, value),
            "copy" => self.point = of_best(search),
            "place" => {
                let point: Option<Vec<f64>> = self.point(search).iter().map(|text| number::read(text.trim())).collect();
                return Some(Command::PlaceTrial(PlaceTrial { model: self.model, point: point? }));
            }
            other => self.act_on_part(search, other, value),
        }
        None
    }

    fn act_on_part(&mut self, search: Option<&SearchShown>, id: &str, value: &str) {
        if let Some(model) = MODELS.into_iter().find(|model| model.name() == id) {
            (self.model, self.anchor, self.point) = (model, None, Vec::new());
            (self.from, self.to) = (0, STEPS);
            return;
        }
        let Some((what, name)) = id.split_once(':') else { return };
        if what == "point" {
            self.point = self.point(search);
            let at = search.and_then(|s| s.info.request.space.iter().position(|dimension| dimension.name == name));
            if let Some(text) = at.and_then(|at| self.point.get_mut(at)) {
                value.clone_into(text);
            }
        }
        if let Some((dimension, low, high)) = self.space.iter_mut().find(|(dimension, ..)| dimension.name == name) {
            match what {
                "low" => value.clone_into(low),
                "high" => value.clone_into(high),
                "scale" => dimension.is_log = value == SCALES[1],
                _ => {}
            }
        }
    }

    fn position(&self, search: Option<&SearchShown>, name: &str) -> Option<u32> {
        let space = &search?.info.request.space;
        space.iter().position(|dimension| dimension.name == name).map(|at| at as u32)
    }

    /// What the worker is asked whenever trials have ended.
    pub fn question(&self, search: Option<&SearchShown>) -> Option<Command> {
        let search = search?;
        (search.n_ended() >= 2).then(|| {
            Command::Surrogate(SurrogateRequest {
                model: self.model,
                dimension: self.dimension,
                other: self.other.filter(|other| *other != self.dimension),
                anchor: self.anchor,
            })
        })
    }

    pub fn models(&self) -> Vec<Field> {
        fields::models(self.model)
    }

    /// Method, trials, workers.
    pub fn settings(&self, n_workers: u32) -> Vec<Field> {
        let labels = METHODS.iter().map(|(_, label, _)| (*label).to_owned()).collect();
        let (_, label, meaning) = METHODS[self.method];
        let problem = if self.n_trials().is_none() { "A whole number from 1 to 200." } else { "" };
        let workers =
            if self.n_workers.is_empty() && n_workers > 0 { n_workers.to_string() } else { self.n_workers.clone() };
        vec![
            Field { note: meaning.to_owned(), ..Field::new("method", "Method", Control::Select(labels), label) },
            Field {
                note: "four are chosen at a time, whatever the number of workers".to_owned(),
                problem: problem.to_owned(),
                ..Field::new("trials", "Trials", Control::Text, self.n_trials.clone())
            },
            Field {
                note: "try side by side, from the next trial on; the result does not depend on it".to_owned(),
                ..Field::new("workers", "Workers", Control::Text, workers)
            },
        ]
    }

    /// Bounds and scale of every parameter.
    pub fn bounds(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        for (dimension, low, high) in &self.space {
            let name = &dimension.name;
            for (end, text) in [("low", low), ("high", high)] {
                let problem = if number::read(text.trim()).is_none() { "A number." } else { "" };
                fields.push(Field {
                    problem: problem.to_owned(),
                    ..Field::new(&format!("{end}:{name}"), &format!("{name}, {end}"), Control::Text, text.clone())
                });
            }
            let scale = Control::Select(SCALES.map(str::to_owned).to_vec());
            let value = SCALES[usize::from(dimension.is_log)];
            fields.push(Field::new(&format!("scale:{name}"), &format!("{name}, scale"), scale, value));
        }
        fields
    }

    pub fn buttons(&self, search: Option<&SearchShown>, can_search: bool) -> Vec<Field> {
        let is_under_way = search.is_some_and(SearchShown::is_under_way);
        let is_paused = search.is_some_and(|search| search.state.phase == SearchPhase::Paused);
        let is_fit = self.request(0).is_some();
        vec![
            Field {
                control: Control::Primary,
                ..Field::button("search", "Search", !can_search || is_under_way || !is_fit)
            },
            Field::button("pause", if is_paused { "Resume" } else { "Pause" }, !is_under_way),
            Field::button("stop", "Stop search", !is_under_way),
            Field { is_pressed: Some(self.is_pruned), ..Field::button("prune", "Give up hopeless trials", false) },
        ]
    }

    /// Which line or surface is shown.
    pub fn looks(&self, search: Option<&SearchShown>) -> Vec<Field> {
        let Some(search) = search else { return Vec::new() };
        let names: Vec<String> = search.info.request.space.iter().map(|d| d.name.clone()).collect();
        let along = names.get(self.dimension as usize).cloned().unwrap_or_default();
        let across = self.other.and_then(|other| names.get(other as usize).cloned()).unwrap_or(NOBODY.to_owned());
        let others = std::iter::once(NOBODY.to_owned()).chain(names.iter().cloned()).collect();
        let complete = search.trials.iter().filter(|trial| trial.state == TrialState::Complete);
        let trials =
            std::iter::once(BEST.to_owned()).chain(complete.map(|t| format!("trial {}", t.number + 1))).collect();
        let through = self.anchor.map_or(BEST.to_owned(), |number| format!("trial {}", number + 1));
        vec![
            Field::new("along", "Along", Control::Select(names), along),
            Field::new("across", "And", Control::Select(others), across),
            Field::new("through", "Others as in", Control::Select(trials), through),
        ]
    }

    /// The narrowing of the parallel axes.
    pub fn narrowing(&self, search: Option<&SearchShown>) -> Vec<Field> {
        let names = axes(search);
        let Some(name) = names.get(self.narrowed).cloned() else { return Vec::new() };
        let aside = |step| {
            let value = along(search, self.narrowed, step);
            if value.is_finite() { crate::present::format::statistic(value) } else { String::new() }
        };
        let slider = |id, label, step: u32| Field {
            aside: aside(step),
            ..Field::new(id, label, Control::Range(STEPS), step.to_string())
        };
        vec![
            Field::new("axis", "Only trials with", Control::Select(names), name),
            slider("from", "from", self.from),
            slider("to", "to", self.to),
        ]
    }

    /// Trials within the narrowed range, by number.
    pub fn chosen(&self, search: Option<&SearchShown>) -> Vec<bool> {
        let n_dimensions = search.map_or(0, |search| search.info.request.space.len());
        // Rounding of the ends must not leave a trial out that lies on one.
        let (from, to) = (along(search, self.narrowed, self.from), along(search, self.narrowed, self.to));
        let (from, to) = (from - from.abs() * 1e-9, to + to.abs() * 1e-9);
        let is_within = |value: f64| value >= from && value <= to;
        let trials = search.map(|search| search.trials.as_slice()).unwrap_or_default();
        let value = |trial: &crate::protocol::TrialView| {
            if self.narrowed < n_dimensions { trial.point.get(self.narrowed).copied() } else { trial.validation }
        };
        trials.iter().map(|trial| (self.from, self.to) == (0, STEPS) || value(trial).is_some_and(is_within)).collect()
    }

    /// A part of an axis that was dragged along, as "AXIS:FROM:TO" in steps.
    fn narrow(&mut self, search: Option<&SearchShown>, dragged: &str) {
        let mut words = dragged.rsplitn(3, ':');
        let mut step = || words.next()?.parse::<u32>().ok().filter(|step| *step <= STEPS);
        let (Some(to), Some(from)) = (step(), step()) else { return };
        let name = words.next().unwrap_or_default();
        if let Some(axis) = axes(search).iter().position(|known| known == name) {
            (self.narrowed, self.from, self.to) = (axis, from.min(to), to);
        }
    }

    /// What is narrowed, for the chart.
    pub fn part(&self, search: Option<&SearchShown>) -> Option<Part> {
        let share = |step: u32| f64::from(step) / f64::from(STEPS);
        let axis = axes(search).get(self.narrowed)?.clone();
        ((self.from, self.to) != (0, STEPS)).then(|| Part { axis, from: share(self.from), to: share(self.to) })
    }

    /// The value of [`narrow`](Self::act) for a part of an axis.
    pub fn dragged(part: &Part) -> String {
        let step = |share: f64| (share.clamp(0.0, 1.0) * f64::from(STEPS)).round() as u32;
        format!("{}:{}:{}", part.axis, step(part.from), step(part.to))
    }

    fn point(&self, search: Option<&SearchShown>) -> Vec<String> {
        if self.point.is_empty() { of_best(search) } else { self.point.clone() }
    }

    /// A value for each parameter, to be tried next.
    pub fn by_hand(&self, search: Option<&SearchShown>) -> Vec<Field> {
        let Some(search) = search else { return Vec::new() };
        let field = |(dimension, text): (&SearchDimension, String)| {
            let value = number::read(text.trim());
            let is_in = value.is_some_and(|value| {
                (dimension.low..=dimension.high).contains(&value) && (!dimension.is_whole || value.fract() == 0.0)
            });
            let kind = if dimension.is_whole { "a whole number" } else { "a number" };
            let bound = format!("{kind} from {} to {}", dimension.low, dimension.high);
            Field {
                problem: if is_in { String::new() } else { format!("Must be {bound}.") },
                ..Field::new(&format!("point:{}", dimension.name), &dimension.name, Control::Text, text)
            }
        };
        let space = &search.info.request.space;
        space.iter().zip(self.point(Some(search))).map(field).collect()
    }

    pub fn placing(&self, search: Option<&SearchShown>) -> Vec<Field> {
        let is_fit = search.is_some() && self.by_hand(search).iter().all(|field| field.problem.is_empty());
        vec![
            Field::button("place", "Try this point next", !is_fit),
            Field::button("copy", "Begin with the best", search.and_then(SearchShown::best).is_none()),
        ]
    }
}

const NOBODY: &str = "nothing else";
const BEST: &str = "the best trial";

/// The parameters and the loss.
fn axes(search: Option<&SearchShown>) -> Vec<String> {
    let Some(search) = search else { return Vec::new() };
    let names = search.info.request.space.iter().map(|dimension| dimension.name.clone());
    names.chain(["RMSE".to_owned()]).collect()
}

/// The value at a step of an axis.
fn along(search: Option<&SearchShown>, axis: usize, step: u32) -> f64 {
    let Some(search) = search else { return f64::NAN };
    let share = f64::from(step) / f64::from(STEPS);
    match search.info.request.space.get(axis) {
        Some(dimension) => value_along(dimension.low, dimension.high, dimension.is_log, share),
        None => {
            let has_ended = |state| matches!(state, TrialState::Complete | TrialState::Pruned);
            let ended = search.trials.iter().filter(|trial| has_ended(trial.state));
            let losses = ended.filter_map(|trial| trial.validation).filter(|loss| loss.is_finite());
            let (low, high) =
                losses.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), loss| (a.min(loss), b.max(loss)));
            value_along(low, high, false, share)
        }
    }
}

/// The best trial's values, else the middle of the space.
fn of_best(search: Option<&SearchShown>) -> Vec<String> {
    let Some(search) = search else { return Vec::new() };
    if let Some(best) = search.best() {
        return best.point.iter().map(f64::to_string).collect();
    }
    let middle = |d: &SearchDimension| {
        let middle = (d.low + d.high) / 2.0;
        if d.is_whole { middle.floor() } else { middle }
    };
    search.info.request.space.iter().map(|dimension| middle(dimension).to_string()).collect()
}
