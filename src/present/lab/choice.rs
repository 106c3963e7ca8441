//! What the reader has chosen and typed about trainings: as fields, as what using one does, and as the question that the worker is asked
//! for it. Deliberately no numbers of a model: these come from the worker.

use super::{Lab, id};
use crate::present::fields::{self, Control, Field, MODELS};
use crate::present::route::Section;
use crate::present::{format, number};
use crate::protocol::{
    AttributionRequest, Command, CounterfactualRequest, CounterfactualView, DependenceRequest, ObjectId, ObjectiveInfo,
    RoundRequest, TrainRequest, TrainerInfo, Training, TrainingId, TrainingParameter, WhatIfRequest,
};
use std::sync::Arc;

/// Texts by name, in the order in which they were first typed.
type Texts = Vec<(String, String)>;

/// The reader's choice, the same on all parts of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub model: ObjectId,
    /// Empty for the latest.
    version: String,
    /// Row of the test part.
    row: u32,
    engine: usize,
    objective: usize,
    values: Texts,
    /// Trees of the slow motion.
    pub at: u32,
    pub is_playing: bool,
    /// Of the partial dependence; empty for the most important one.
    input: String,
    changes: Texts,
    /// The prediction that the customer is to reach, as typed; empty for twice the present one.
    target: String,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            model: ObjectId::ContinuousModel,
            version: String::new(),
            row: 0,
            engine: 0,
            objective: 0,
            values: Texts::new(),
            at: 1,
            is_playing: false,
            input: String::new(),
            changes: Texts::new(),
            target: String::new(),
        }
    }
}

impl Choice {
    /// The version looked at, once there is one.
    pub fn training(&self, lab: &Lab) -> Option<Arc<Training>> {
        lab.find(self.model, &self.version)
    }

    /// Rows of the model's test part, once an answer has told.
    fn n_rows(&self, lab: &Lab) -> u32 {
        let of_round = lab.round.as_ref().filter(|round| round.request.training.model == self.model);
        let of_one = lab.what_if.as_ref().filter(|found| found.request.training.model == self.model);
        of_round.map(|round| round.n_rows).or(of_one.map(|found| found.n_rows)).unwrap_or(0)
    }

    fn n_trees(&self, lab: &Lab) -> u32 {
        self.training(lab).map_or(0, |training| training.n_trees)
    }

    fn trainer<'l>(&self, lab: &'l Lab) -> Option<(&'l TrainerInfo, &'l ObjectiveInfo)> {
        let trainer = lab.trainers.get(self.engine)?;
        Some((trainer, trainer.objectives.get(self.objective)?))
    }

    /// What stands in a parameter's field, and its value or why it has none. Before anything is typed that is what the run's own model has,
    /// where the same engine trained it.
    fn typed(&self, lab: &Lab, engine: &str, parameter: &TrainingParameter) -> (String, Result<f64, String>) {
        if let Some(text) = text_of(&self.values, &parameter.name) {
            return (text.to_owned(), accept(parameter, number::read(text.trim())));
        }
        let own = lab.trainings.iter().find(|t| t.model == self.model && t.version == "V1" && t.engine == engine);
        let own = own.and_then(|own| own.params.iter().find(|(name, _)| *name == parameter.name));
        let value = own.map_or(parameter.default, |(_, value)| *value);
        (value.to_string(), Ok(value))
    }

    /// Using a field or a button: changes the choice, and perhaps asks for something.
    pub fn act(&mut self, lab: &Lab, id: &str, value: &str) -> Option<Command> {
        match id {
            "engine" => {
                let at = lab.trainers.iter().position(|trainer| trainer.label == value);
                (self.engine, self.objective, self.values) = (at.unwrap_or(0), 0, Texts::new());
            }
            "objective" => {
                let (trainer, _) = self.trainer(lab)?;
                self.objective = trainer.objectives.iter().position(|objective| objective.label == value).unwrap_or(0);
            }
            "train" => return self.request(lab),
            "stop" => return Some(Command::Cancel),
            "version" => {
                value.clone_into(&mut self.version);
                self.changes.clear();
            }
            "previous" => self.go_to(lab, i64::from(self.row) - 1),
            "next" => self.go_to(lab, i64::from(self.row) + 1),
            // Far away, and in the end at everybody.
            "another" => {
                self.go_to(
                    lab,
                    (i64::from(self.row) + i64::from(self.n_rows(lab)) / 7 + 1) % i64::from(self.n_rows(lab).max(1)),
                );
            }
            "trees" => (self.at, self.is_playing) = (value.parse().unwrap_or(0), false),
            "play" => {
                if !self.is_playing && self.at >= self.n_trees(lab) {
                    self.at = 0;
                }
                self.is_playing = !self.is_playing;
            }
            "-10" | "-1" | "+1" | "+10" => {
                let by: i64 = id.parse().unwrap_or(0);
                let at = (i64::from(self.at) + by).clamp(0, self.n_trees(lab).into());
                (self.at, self.is_playing) = (at as u32, false);
            }
            "input" => value.clone_into(&mut self.input),
            "undo" => self.changes.clear(),
            "target" => value.clone_into(&mut self.target),
            "nearest" => return self.nearest(lab),
            "take" => {
                let found = self.found(lab)?;
                self.changes = found.changes.iter().map(|(input, _, after)| (input.clone(), after.clone())).collect();
            }
            other => {
                if let Some(model) = MODELS.into_iter().find(|model| model.name() == other) {
                    *self = Self {
                        model,
                        engine: self.engine,
                        objective: self.objective,
                        values: self.values.clone(),
                        ..Self::default()
                    };
                } else if let Some(name) = other.strip_prefix(PARAMETER) {
                    put(&mut self.values, name, value);
                } else if let Some(name) = other.strip_prefix(INPUT) {
                    put(&mut self.changes, name, value);
                }
            }
        }
        None
    }

    /// The input looked at: the chosen one, else the one whose partial dependence is shown.
    fn shown_input(&self, lab: &Lab, training: &TrainingId) -> String {
        let shown = lab.dependence.as_ref().filter(|found| found.request.training == *training);
        match shown {
            Some(found) if self.input.is_empty() => found.input.clone(),
            _ => self.input.clone(),
        }
    }

    /// The nearest change that was found for this customer.
    fn found<'l>(&self, lab: &'l Lab) -> Option<&'l CounterfactualView> {
        let id = id(&*self.training(lab)?);
        let found = lab.counterfactual.as_ref()?;
        (found.request.training == id && found.request.row == self.row).then_some(found)
    }

    /// What is to be reached: as typed, else twice what is predicted.
    fn target(&self, lab: &Lab) -> Result<f64, String> {
        if self.target.trim().is_empty() {
            let before = lab.what_if.as_ref().map_or(0.0, |found| found.before);
            return Ok((2.0 * before.abs().max(10.0)).round());
        }
        let typed = number::read(self.target.trim()).filter(|value| (-1e9..=1e9).contains(value));
        typed.ok_or_else(|| "Must be dollars, such as 500.".to_owned())
    }

    fn nearest(&self, lab: &Lab) -> Option<Command> {
        let training = id(&*self.training(lab)?);
        let target = self.target(lab).ok()?;
        Some(Command::Counterfactual(CounterfactualRequest { training, row: self.row, target }))
    }

    fn go_to(&mut self, lab: &Lab, row: i64) {
        self.row = row.clamp(0, i64::from(self.n_rows(lab)) - 1).max(0) as u32;
        self.changes.clear();
    }

    /// The next tree of the slow motion, once this one is shown; it ends with the last.
    pub fn go_on(&mut self, lab: &Lab) {
        if self.at >= self.n_trees(lab) {
            self.is_playing = false;
        } else {
            self.at += 1;
        }
    }

    fn request(&self, lab: &Lab) -> Option<Command> {
        let (trainer, objective) = self.trainer(lab)?;
        let parameters = objective.parameter.iter().chain(&trainer.parameters);
        let values: Option<Vec<(String, f64)>> =
            parameters.map(|p| Some((p.name.clone(), self.typed(lab, &trainer.name, p).1.ok()?))).collect();
        Some(Command::Train(TrainRequest {
            model: self.model,
            engine: trainer.name.clone(),
            objective: objective.name.clone(),
            values: values?,
        }))
    }

    /// What the worker is asked for a part of the page.
    pub fn question(&self, lab: &Lab, section: Option<Section>) -> [Option<Command>; 3] {
        let Some(training) = self.training(lab).map(|training| id(&training)) else { return [None, None, None] };
        let row = self.row;
        match section {
            Some(Section::Rounds) => {
                let n_trees = self.at.min(self.n_trees(lab));
                [Some(Command::Round(RoundRequest { training, n_trees, row })), None, None]
            }
            Some(Section::Explain) => {
                let changes = self.changes.clone();
                [
                    Some(Command::WhatIf(WhatIfRequest { training: training.clone(), row, changes })),
                    Some(Command::Dependence(DependenceRequest {
                        training: training.clone(),
                        input: self.input.clone(),
                    })),
                    Some(Command::Attribution(AttributionRequest {
                        input: self.shown_input(lab, &training),
                        training,
                    })),
                ]
            }
            _ => [None, None, None],
        }
    }

    /// The models as buttons.
    pub fn models(&self) -> Vec<Field> {
        fields::models(self.model)
    }

    /// Model, version and customer.
    pub fn which(&self, lab: &Lab) -> Vec<Field> {
        let versions = lab.of(self.model).iter().map(|training| training.version.clone()).collect();
        let chosen = self.training(lab).map(|training| training.version.clone()).unwrap_or_default();
        let mut fields = self.models();
        fields.push(Field::new("version", "Version", Control::Select(versions), chosen));
        fields.push(Field::button("previous", "Previous", self.row == 0));
        fields.push(Field::button("next", "Next", self.row + 1 >= self.n_rows(lab)));
        fields.push(Field::button("another", "Another", self.n_rows(lab) < 2));
        fields
    }

    /// "Customer 17, 3 of 5,000 in the test part".
    pub fn customer(&self, lab: &Lab) -> String {
        let named = lab.round.as_ref().filter(|round| round.request.row == self.row).map(|round| &round.customer);
        let named =
            named.or(lab.what_if.as_ref().filter(|found| found.request.row == self.row).map(|found| &found.customer));
        let place = format!(
            "{} of {} in the test part",
            format::count(u64::from(self.row) + 1),
            format::count(self.n_rows(lab).into())
        );
        named.map_or(String::new(), |customer| format!("Customer {customer}, {place}"))
    }

    /// Engine and objective.
    pub fn engine(&self, lab: &Lab) -> Vec<Field> {
        let Some((trainer, objective)) = self.trainer(lab) else { return Vec::new() };
        let engines = lab.trainers.iter().map(|trainer| trainer.label.clone()).collect();
        let objectives = trainer.objectives.iter().map(|objective| objective.label.clone()).collect();
        let select = |id, label, options, value: &str, note: &str| Field {
            note: note.to_owned(),
            ..Field::new(id, label, Control::Select(options), value)
        };
        vec![
            select("engine", "Engine", engines, &trainer.label, &trainer.meaning),
            select("objective", "Objective", objectives, &objective.label, &objective.meaning),
        ]
    }

    /// The parameters of the engine and the objective.
    pub fn parameters(&self, lab: &Lab) -> Vec<Field> {
        let Some((trainer, objective)) = self.trainer(lab) else { return Vec::new() };
        let field = |parameter: &TrainingParameter| {
            let (text, value) = self.typed(lab, &trainer.name, parameter);
            let id = [PARAMETER, &parameter.name].concat();
            Field {
                note: format!("{}; {}", parameter.meaning, parameter.bound),
                problem: value.err().unwrap_or_default(),
                ..Field::new(&id, &parameter.name, Control::Text, text)
            }
        };
        objective.parameter.iter().chain(&trainer.parameters).map(field).collect()
    }

    /// What the engine does not have: name and why.
    pub fn absent(&self, lab: &Lab) -> Vec<(String, String)> {
        self.trainer(lab).map(|(trainer, _)| trainer.absent.clone()).unwrap_or_default()
    }

    pub fn train(&self, lab: &Lab, can_train: bool) -> Vec<Field> {
        let is_fit = self.request(lab).is_some();
        vec![
            Field { control: Control::Primary, ..Field::button("train", "Train model", !can_train || !is_fit) },
            Field::button("stop", "Stop training", lab.growing.is_none()),
        ]
    }

    /// The controls of the slow motion.
    pub fn motion(&self, lab: &Lab) -> Vec<Field> {
        let label = if self.is_playing { "Pause" } else { "Play" };
        let last = self.n_trees(lab);
        let mut fields = vec![
            Field::new("trees", "Trees", Control::Range(last), self.at.min(last).to_string()),
            Field { control: Control::Primary, ..Field::button("play", label, false) },
        ];
        fields.extend(["-10", "-1", "+1", "+10"].map(|by| Field::button(by, &by.replace('-', "−"), false)));
        fields
    }

    /// Every input of the customer, with what it contributes.
    pub fn inputs(&self, lab: &Lab) -> Vec<Field> {
        let Some(found) = &lab.what_if else { return Vec::new() };
        let field = |input: &crate::protocol::WhatIfInput| {
            let control = if input.levels.is_empty() { Control::Text } else { Control::Select(input.levels.clone()) };
            let value = text_of(&self.changes, &input.name).unwrap_or(&input.before);
            Field {
                note: if value == input.before { String::new() } else { format!("was {}", input.before) },
                aside: super::part(input.contribution, found.is_log),
                problem: input.problem.clone().unwrap_or_default(),
                ..Field::new(&[INPUT, &input.name].concat(), &input.name, control, value)
            }
        };
        found.inputs.iter().map(field).collect()
    }

    pub fn undo(&self) -> Vec<Field> {
        vec![Field::button("undo", "Take all changes back", self.changes.is_empty())]
    }

    /// What prediction is to be reached, and what can be done about it.
    pub fn counterfactual(&self, lab: &Lab) -> Vec<Field> {
        let target = self.target(lab);
        let shown = match &target {
            Ok(target) if self.target.is_empty() => target.to_string(),
            _ => self.target.clone(),
        };
        let can_take = self.found(lab).is_some_and(|found| !found.changes.is_empty());
        let problem = target.err().unwrap_or_default();
        let is_odd = !problem.is_empty();
        vec![
            Field { problem, ..Field::new("target", "Prediction to reach, $", Control::Text, shown) },
            Field::button("nearest", "Find the nearest change", is_odd),
            Field::button("take", "Use it above", !can_take),
        ]
    }

    /// What was found, for this customer.
    pub fn counterfactual_in_words(&self, lab: &Lab) -> String {
        self.found(lab).map_or(String::new(), super::counterfactual_in_words)
    }

    /// Which input's partial dependence.
    pub fn input(&self, lab: &Lab) -> Vec<Field> {
        let Some(found) = &lab.dependence else { return Vec::new() };
        vec![Field::new(
            "input",
            "Input, most important first",
            Control::Select(found.inputs.clone()),
            found.input.clone(),
        )]
    }
}

/// Beginnings of the fields' ids.
const PARAMETER: &str = "parameter-";
const INPUT: &str = "input-";

fn text_of<'t>(texts: &'t Texts, name: &str) -> Option<&'t str> {
    texts.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

fn put(texts: &mut Texts, name: &str, text: &str) {
    match texts.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => text.clone_into(known),
        None => texts.push((name.to_owned(), text.to_owned())),
    }
}

/// What was typed as a parameter's value, or why it does not fit.
fn accept(parameter: &TrainingParameter, typed: Option<f64>) -> Result<f64, String> {
    let is_whole = |value: &f64| !parameter.is_whole || value.fract() == 0.0;
    let kind = if parameter.is_whole { "a whole number" } else { "a number" };
    typed
        .filter(|value| is_whole(value) && (parameter.least..=parameter.most).contains(value))
        .ok_or_else(|| format!("{} must be {kind} {}.", parameter.name, parameter.bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::lab::tests::training;
    use crate::protocol::{WhatIf, WhatIfInput};

    fn lab() -> Lab {
        let parameter = |name: &str, default, most, is_whole| TrainingParameter {
            name: name.to_owned(),
            default,
            least: 0.0,
            most,
            bound: format!("from 0 to {most}"),
            is_whole,
            ..TrainingParameter::default()
        };
        let objective = |label: &str, parameter| ObjectiveInfo {
            name: format!("reg:{label}"),
            label: label.to_owned(),
            parameter,
            ..ObjectiveInfo::default()
        };
        let trainer = |name: &str| TrainerInfo {
            name: name.to_owned(),
            label: name.to_uppercase(),
            objectives: vec![objective("mean", None), objective("quantile", Some(parameter("level", 0.5, 1.0, false)))],
            parameters: vec![parameter("max_depth", 4.0, 16.0, true)],
            ..TrainerInfo::default()
        };
        let trainings = ["V1", "V2"].map(|version| Arc::new(training(version, "hist", Some(20.0), 4.0))).to_vec();
        Lab { trainers: Arc::new(vec![trainer("hist"), trainer("gbdt")]), trainings, ..Lab::default() }
    }

    #[test]
    fn a_form_is_sent_as_it_stands_and_not_with_a_value_that_does_not_fit() {
        let (lab, mut choice) = (lab(), Choice::default());
        choice.act(&lab, "engine", "GBDT");
        choice.act(&lab, "objective", "quantile");
        assert_eq!(choice.act(&lab, "parameter-level", "0.9"), None);
        let Some(Command::Train(request)) = choice.act(&lab, "train", "") else { panic!("nothing is sent") };
        assert_eq!((request.engine.as_str(), request.objective.as_str()), ("gbdt", "reg:quantile"));
        assert_eq!(request.values, [("level".to_owned(), 0.9), ("max_depth".to_owned(), 4.0)]);
        for bad in ["17", "2.5", "deep", ""] {
            choice.act(&lab, "parameter-max_depth", bad);
            let field = choice.parameters(&lab).pop().unwrap();
            assert_eq!(
                (field.value.as_str(), field.problem.as_str()),
                (bad, "max_depth must be a whole number from 0 to 16.")
            );
            assert!(choice.act(&lab, "train", "").is_none() && choice.train(&lab, true)[0].is_disabled);
        }
        choice.act(&lab, "engine", "HIST");
        assert!(choice.parameters(&lab)[0].problem.is_empty(), "another engine begins with its defaults");
    }

    #[test]
    fn slow_motion_stays_within_the_trees_and_stops_at_the_last() {
        let (lab, mut choice) = (lab(), Choice::default());
        choice.act(&lab, "+10", "");
        assert_eq!(choice.at, 10, "all ten trees");
        choice.act(&lab, "play", "");
        assert_eq!((choice.at, choice.is_playing), (0, true));
        for _ in 0..12 {
            choice.go_on(&lab);
        }
        assert_eq!((choice.at, choice.is_playing), (10, false));
        choice.act(&lab, "-1", "");
        choice.act(&lab, "trees", "3");
        let [Some(Command::Round(request)), None, None] = choice.question(&lab, Some(Section::Rounds)) else {
            panic!()
        };
        assert_eq!((request.n_trees, request.training.version.as_str()), (3, "V2"));
        assert_eq!(choice.question(&Lab::default(), Some(Section::Rounds)), [None, None, None]);
    }

    #[test]
    fn changed_inputs_are_asked_for_and_forgotten_with_the_customer() {
        let mut lab = lab();
        let input = WhatIfInput {
            name: "FREQUENCY".to_owned(),
            before: "4".to_owned(),
            value: "9".to_owned(),
            ..WhatIfInput::default()
        };
        let mut choice = Choice::default();
        choice.act(&lab, "version", "V1");
        choice.act(&lab, "input-FREQUENCY", "9");
        let [Some(Command::WhatIf(request)), Some(Command::Dependence(_)), Some(Command::Attribution(_))] =
            choice.question(&lab, Some(Section::Explain))
        else {
            panic!()
        };
        assert_eq!(request.changes, [("FREQUENCY".to_owned(), "9".to_owned())]);
        assert_eq!(request.training.version, "V1");
        lab.what_if = Some(Arc::new(WhatIf {
            request,
            customer: "17".to_owned(),
            n_rows: 50,
            actual: 1.0,
            before: 2.0,
            prediction: 3.0,
            is_log: false,
            base_value: 0.5,
            inputs: vec![input],
            residual: 0.0,
            elapsed_ms: 0.1,
        }));
        let field = &choice.inputs(&lab)[0];
        assert_eq!((field.value.as_str(), field.note.as_str()), ("9", "was 4"));
        assert_eq!(choice.customer(&lab), "Customer 17, 1 of 50 in the test part");
        choice.act(&lab, "another", "");
        assert_eq!((choice.row, choice.undo()[0].is_disabled), (8, true));
        choice.act(&lab, "previous", "");
        choice.act(&lab, "COLDSTART_CLV_MODEL", "");
        assert_eq!((choice.row, choice.model), (0, ObjectId::ColdstartModel));
    }

    #[test]
    fn a_change_is_looked_for_and_used_only_for_the_customer_it_is_of() {
        let (mut lab, mut choice) = (lab(), Choice::default());
        assert_eq!(choice.counterfactual(&lab)[0].value, "20", "before anything is known");
        choice.act(&lab, "target", "a lot");
        assert!(choice.counterfactual(&lab)[1].is_disabled && choice.act(&lab, "nearest", "").is_none());
        choice.act(&lab, "target", "500");
        let Some(Command::Counterfactual(request)) = choice.act(&lab, "nearest", "") else { panic!() };
        assert_eq!((request.row, request.target, request.training.version.as_str()), (0, 500.0, "V2"));
        assert!(choice.counterfactual(&lab)[2].is_disabled && choice.counterfactual_in_words(&lab).is_empty());
        lab.counterfactual = Some(Arc::new(CounterfactualView {
            request,
            customer: "17".to_owned(),
            before: 200.0,
            prediction: 510.0,
            is_reached: true,
            most_changes: 4,
            changes: vec![("FREQUENCY".to_owned(), "4".to_owned(), "9".to_owned())],
            elapsed_ms: 3.0,
        }));
        let said = choice.counterfactual_in_words(&lab);
        assert!(
            said.contains("With FREQUENCY 9 instead of 4 customer 17 would be predicted $510 instead of $200"),
            "{said}"
        );
        choice.act(&lab, "take", "");
        let [Some(Command::WhatIf(asked)), ..] = choice.question(&lab, Some(Section::Explain)) else { panic!() };
        assert_eq!(asked.changes, [("FREQUENCY".to_owned(), "9".to_owned())]);
        choice.row = 1;
        assert!(choice.counterfactual_in_words(&lab).is_empty() && choice.counterfactual(&lab)[2].is_disabled);
    }
}
