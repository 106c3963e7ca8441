//! Fields and buttons as plain values, for parts of a page that the worker describes: one component draws them all. Deliberately without
//! what happens when one is used.

use crate::protocol::ObjectId;

/// The models that a part of a page can be about.
pub const MODELS: [ObjectId; 2] = [ObjectId::ColdstartModel, ObjectId::ContinuousModel];

/// One button a model, whose id is the model's name; the chosen one stays pressed.
pub fn models(chosen: ObjectId) -> Vec<Field> {
    let button = |model: ObjectId| Field {
        is_pressed: Some(model == chosen),
        ..Field::button(model.name(), model.name(), false)
    };
    MODELS.into_iter().map(button).collect()
}

/// A field or a button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub id: String,
    pub label: String,
    pub control: Control,
    /// What stands in it.
    pub value: String,
    /// What explains it.
    pub note: String,
    /// A figure beside it.
    pub aside: String,
    /// Why what was typed does not fit.
    pub problem: String,
    pub is_disabled: bool,
    /// Of a button that stays pressed.
    pub is_pressed: Option<bool>,
}

/// How a field is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Control {
    #[default]
    Text,
    /// One of these.
    Select(Vec<String>),
    /// A whole number from 0 on.
    Range(u32),
    Button,
    /// The button that a part of a page is for.
    Primary,
}

impl Field {
    pub fn new(id: &str, label: &str, control: Control, value: impl Into<String>) -> Self {
        Self { id: id.to_owned(), label: label.to_owned(), control, value: value.into(), ..Self::default() }
    }

    pub fn button(id: &str, label: &str, is_disabled: bool) -> Self {
        Self { is_disabled, ..Self::new(id, label, Control::Button, "") }
    }

    /// What makes it another field, so that one that is being typed in stays the same.
    pub fn shape(&self) -> (String, String, Control, bool) {
        (self.id.clone(), self.label.clone(), self.control.clone(), self.is_pressed.is_some())
    }
}
