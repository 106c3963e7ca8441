//! What the reader has chosen and typed about a version in detail and a campaign: as fields, as what using one does, and as the question that
//! the worker is asked for it.

use super::{Evaluation, leakage};
use crate::present::fields::{self, Control, Field, MODELS};
use crate::present::lab::Lab;
use crate::present::number;
use crate::present::route::Section;
use crate::protocol::{Command, EvaluationRequest, LeakageRequest, ObjectId, TargetingRequest, TrainingId};

/// A field of the campaign: id, label, what stands in it first, note, and its bounds in what is shown.
const CAMPAIGN: [(&str, &str, &str, &str, f64); 4] = [
    ("margin", "Margin, %", "30", "of spend that is earned", 100.0),
    ("uplift", "Uplift, %", "10", "an assumption: what a contact adds to spend", 1_000.0),
    ("cost", "Cost of a contact, $", "5", "", 1e9),
    ("budget", "Budget, $", "", "empty for none", 1e12),
];

/// Scales of dollars: id and label.
const SCALES: [(&str, &str); 2] = [("log", "Log scale"), ("linear", "Linear scale")];

/// The reader's choice, the same on all parts of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub model: ObjectId,
    /// Empty for the latest.
    version: String,
    /// Of the slices; empty for the first.
    column: String,
    campaign: [String; 4],
    leak: LeakageRequest,
    /// Of predicted against spent.
    pub is_linear: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            model: ObjectId::ContinuousModel,
            version: String::new(),
            column: String::new(),
            campaign: CAMPAIGN.map(|(_, _, value, ..)| value.to_owned()),
            leak: LeakageRequest::default(),
            is_linear: false,
        }
    }
}

impl Choice {
    /// The version looked at: the chosen one, else the run's own.
    fn training(&self, lab: &Lab) -> Option<TrainingId> {
        let of_model = lab.of(self.model);
        let chosen = of_model.iter().find(|training| training.version == self.version);
        chosen.or(of_model.first()).map(|training| crate::present::lab::id(training))
    }

    /// True once there is a version.
    pub fn has_version(&self, lab: &Lab) -> bool {
        self.training(lab).is_some()
    }

    /// The value of a field, or why it has none; an empty budget is no limit.
    fn typed(&self, at: usize) -> Result<Option<f64>, String> {
        let (_, _, _, _, most) = CAMPAIGN[at];
        let text = self.campaign[at].trim();
        if text.is_empty() && CAMPAIGN[at].0 == "budget" {
            return Ok(None);
        }
        match number::read(text).filter(|value| (0.0..=most).contains(value)) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("Must be a number from 0 to {most}.")),
        }
    }

    /// The version to hold against its rivals, where that is shown.
    pub fn rivals(&self, lab: &Lab, section: Option<Section>) -> Option<Command> {
        self.training(lab).filter(|_| section == Some(Section::Detail)).map(Command::Rivals)
    }

    /// What the worker has to be asked for the part of the page that is shown.
    pub fn question(&self, lab: &Lab, section: Option<Section>) -> Option<Command> {
        if section == Some(Section::Repeat) {
            return (!lab.of(ObjectId::ContinuousModel).is_empty()).then_some(Command::Repeat);
        }
        let training = self.training(lab)?;
        match section? {
            Section::Detail => Some(Command::Evaluate(EvaluationRequest { training, column: self.column.clone() })),
            Section::Money => {
                let value = |at| self.typed(at).ok();
                Some(Command::Target(TargetingRequest {
                    training,
                    margin: value(0)?? / 100.0,
                    uplift: value(1)?? / 100.0,
                    contact_cost: value(2)??,
                    budget: value(3)?,
                }))
            }
            _ => None,
        }
    }

    /// True where the answer is to what is chosen now.
    pub fn is_of(&self, lab: &Lab, training: &TrainingId) -> bool {
        self.training(lab).as_ref() == Some(training)
    }

    /// Using a field or a button: changes the choice, and perhaps asks for something.
    pub fn act(&mut self, found: &Evaluation, id: &str, value: &str) -> Option<Command> {
        if let Some(model) = MODELS.into_iter().find(|model| model.name() == id) {
            (self.model, self.version, self.column) = (model, String::new(), String::new());
        } else if let Some(at) = CAMPAIGN.iter().position(|(known, ..)| *known == id) {
            value.clone_into(&mut self.campaign[at]);
        } else if id == "version" {
            value.clone_into(&mut self.version);
        } else if id == "column" {
            value.clone_into(&mut self.column);
        } else if let Some(at) = SCALES.iter().position(|(known, _)| *known == id) {
            self.is_linear = at == 1;
        } else {
            leakage::set(&mut self.leak, id, value);
        }
        leakage::asked(id, self.leak, found)
    }

    /// One button a model.
    pub fn models(&self) -> Vec<Field> {
        fields::models(self.model)
    }

    /// Which version is looked at, where there are several.
    pub fn versions(&self, lab: &Lab) -> Vec<Field> {
        let names: Vec<String> = lab.of(self.model).iter().map(|training| training.version.clone()).collect();
        match self.training(lab) {
            Some(id) if names.len() > 1 => vec![Field::new("version", "Version", Control::Select(names), id.version)],
            _ => Vec::new(),
        }
    }

    /// By which column the rows are divided.
    pub fn columns(&self, evaluation: &Evaluation) -> Vec<Field> {
        let Some(view) = &evaluation.view else { return Vec::new() };
        vec![Field::new("column", "Divided by", Control::Select(view.columns.clone()), view.column.as_str())]
    }

    /// On which scale predictions stand against what was spent.
    pub fn scales(&self) -> Vec<Field> {
        let button = |(at, (id, label)): (usize, (&str, &str))| Field {
            is_pressed: Some(self.is_linear == (at == 1)),
            ..Field::button(id, label, false)
        };
        SCALES.into_iter().enumerate().map(button).collect()
    }

    /// What is wrong with the training set of the leakage lab.
    pub fn leaks(&self) -> Vec<Field> {
        leakage::switches(&self.leak)
    }

    /// What can be done in the leakage lab.
    pub fn leak_buttons(&self, lab: &Lab, found: &Evaluation) -> Vec<Field> {
        leakage::buttons(found, !lab.of(ObjectId::ContinuousModel).is_empty())
    }

    /// The campaign.
    pub fn campaign(&self) -> Vec<Field> {
        let field = |(at, (id, label, _, note, _)): (usize, &(&str, &str, &str, &str, f64))| Field {
            note: (*note).to_owned(),
            problem: self.typed(at).err().unwrap_or_default(),
            ..Field::new(id, label, Control::Text, self.campaign[at].as_str())
        };
        CAMPAIGN.iter().enumerate().map(field).collect()
    }
}
