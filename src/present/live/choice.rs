//! What the reader has chosen and typed about live predictions: as fields, as what using one does, and as the questions that the worker is asked
//! for it.

use super::clock::{self, Speed};
use super::{Fault, Live, forms, table_of};
use crate::present::fields::{Control, Field};
use crate::present::format;
use crate::protocol::{Breakage, DeclaredMode, LiveLook, LiveRequest, LiveState, TableOrder};
use std::collections::BTreeMap;

/// Rows on a page.
const PAGE: u32 = 20;
/// Places of the slider over the time that has gone by.
pub const SCRUB_STEPS: u32 = 1_000;
/// Steps back and on from the moment looked at: id, label, minutes.
const STEPS: [(&str, &str, i64); 4] = [
    ("back-day", "−1 day", -1_440),
    ("back-hour", "−1 hour", -60),
    ("on-hour", "+1 hour", 60),
    ("on-day", "+1 day", 1_440),
];
const MODES: [(&str, DeclaredMode); 3] =
    [("AUTO", DeclaredMode::Auto), ("INCREMENTAL", DeclaredMode::Incremental), ("FULL", DeclaredMode::Full)];
/// The table that can be made to fail.
const FAILING: &str = "CONTINUOUS_CUSTOMER_FEATURES";
const FAULT_IDS: [(&str, Breakage); 6] = [
    ("late", Breakage::LateRows),
    ("duplicated", Breakage::DuplicatedBatch),
    ("unknown", Breakage::UnknownCategory),
    ("hundredfold", Breakage::HundredfoldAmounts),
    ("drift", Breakage::ChannelDrift),
    ("failing", Breakage::FailingRefresh),
];

/// The reader's choice, the same on all parts of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    pub speed: Speed,
    /// Minutes per second that the worker keeps up with, where that is less than was wanted.
    pub reached: Option<f64>,
    /// Where the clock was when it was sent far.
    pub left: i64,
    /// Empty for the first predictions.
    table: String,
    /// The moment looked at; `None` = now.
    pub at: Option<i64>,
    offset: u64,
    customer: String,
    /// The customer who is explained.
    pub explained: Option<i32>,
    /// What was typed into the forms, by field.
    typed: BTreeMap<String, String>,
}

/// The id of the button that breaks something.
pub fn fault_id(fault: Breakage) -> &'static str {
    FAULT_IDS.iter().find(|(_, known)| *known == fault).map_or("", |(id, _)| *id)
}

impl Choice {
    /// The table looked at: the chosen one, else predictions, else any.
    pub fn table<'s>(&'s self, state: &'s LiveState) -> &'s str {
        let is_known = |name: &&str| {
            state.tables.iter().any(|table| table.name == *name) || state.sources.iter().any(|s| s.name == *name)
        };
        let first = || state.sides.first().map(|side| &side.table).or(state.tables.last().map(|table| &table.name));
        Some(self.table.as_str()).filter(is_known).or_else(|| first().map(String::as_str)).unwrap_or_default()
    }

    /// True while the clock is sent far: while it plays, each step is on its way for a moment too.
    pub fn is_away(&self, state: &LiveState) -> bool {
        state.going_to.is_some() && self.speed == Speed::Paused
    }

    /// What the worker is asked for the rows that are shown.
    pub fn look(&self, state: &LiveState) -> Option<LiveLook> {
        let table = self.table(state);
        (!table.is_empty()).then(|| LiveLook { table: table.to_owned(), at: self.at, offset: self.offset, limit: PAGE })
    }

    /// What the worker is asked for the customer who is explained.
    pub fn explain(&self) -> Option<LiveRequest> {
        self.explained.map(|customer_id| LiveRequest::Explain { customer_id, at: self.at })
    }

    /// Using a field or a button: changes the choice, and perhaps asks for something.
    pub fn act(&mut self, live: &Live, id: &str, value: &str) -> Option<LiveRequest> {
        let state = live.state.as_deref()?;
        let (verb, of) = id.split_once(':').unwrap_or((id, ""));
        match verb {
            "speed" => {
                self.speed = Speed::ALL.into_iter().find(|speed| speed.id() == id).unwrap_or_default();
                self.reached = None;
            }
            "next" => return self.go(state, LiveRequest::NextRefresh),
            "jump" => return self.go(state, LiveRequest::Jump),
            "halt" => return Some(LiveRequest::Halt),
            "restart" => {
                *self = Self { table: std::mem::take(&mut self.table), ..Self::default() };
                return Some(LiveRequest::Restart);
            }
            "table" => (self.table, self.offset) = (of.to_owned(), 0),
            "scrub" => self.scrub(state, value),
            "now" => (self.at, self.offset) = (None, 0),
            "earlier" => self.offset = self.offset.saturating_sub(PAGE.into()),
            "later" => self.offset += u64::from(PAGE),
            "refresh" => return self.order(state, of, TableOrder::Refresh),
            "suspend" => return self.order(state, of, TableOrder::Suspend),
            "resume" => return self.order(state, of, TableOrder::Resume),
            "repair" => return Some(LiveRequest::Repair { table: self.named(state, of) }),
            "declare" => {
                let mode = MODES.iter().find(|(word, _)| *word == value)?.1;
                return self.order(state, "", TableOrder::Declare(mode));
            }
            "customer" => value.clone_into(&mut self.customer),
            "explain" => {
                if !of.is_empty() {
                    of.clone_into(&mut self.customer);
                }
                self.explained = self.customer.trim().parse().ok().or(self.explained);
            }
            "measure" => return Some(LiveRequest::Measure),
            "outcome" => return Some(LiveRequest::Outcome),
            "break" => return FAULT_IDS.iter().find(|(known, _)| *known == of).map(|(_, b)| LiveRequest::Break(*b)),
            "delete" => return of.parse().ok().map(LiveRequest::DeleteBatch),
            "purchase" => return Some(LiveRequest::Purchase(forms::purchase(&self.typed, self.explained, state))),
            "newcomer" => return Some(LiveRequest::Customer(forms::newcomer(&self.typed, state))),
            "form" => drop(self.typed.insert(of.to_owned(), value.to_owned())),
            _ => self.step(state, id),
        }
        None
    }

    /// The clock is sent somewhere and stays there.
    fn go(&mut self, state: &LiveState, request: LiveRequest) -> Option<LiveRequest> {
        (self.speed, self.reached, self.left) = (Speed::Paused, None, state.now);
        Some(request)
    }

    fn named(&self, state: &LiveState, of: &str) -> String {
        if of.is_empty() { self.table(state).to_owned() } else { of.to_owned() }
    }

    fn order(&self, state: &LiveState, of: &str, order: TableOrder) -> Option<LiveRequest> {
        Some(LiveRequest::Table { table: self.named(state, of), order })
    }

    /// The slider: its right end is now.
    fn scrub(&mut self, state: &LiveState, value: &str) {
        let step: u32 = value.parse().unwrap_or(SCRUB_STEPS);
        let gone = state.now - state.began;
        let at = state.began + gone * i64::from(step.min(SCRUB_STEPS)) / i64::from(SCRUB_STEPS);
        (self.at, self.offset) = ((step < SCRUB_STEPS).then_some(at), 0);
    }

    fn step(&mut self, state: &LiveState, id: &str) {
        let Some((_, _, minutes)) = STEPS.iter().find(|(known, ..)| *known == id) else { return };
        let at = (self.at.unwrap_or(state.now) + minutes).max(state.began);
        (self.at, self.offset) = ((at < state.now).then_some(at), 0);
    }

    /// Where the slider stands.
    pub fn scrubbed(&self, state: &LiveState) -> u32 {
        let gone = (state.now - state.began).max(1);
        let Some(at) = self.at else { return SCRUB_STEPS };
        ((at - state.began) * i64::from(SCRUB_STEPS) / gone).clamp(0, i64::from(SCRUB_STEPS)) as u32
    }

    /// What is said above what is not of now; empty when it is.
    pub fn as_of(&self) -> String {
        self.at.map_or(String::new(), |at| {
            format!(
                "As of {}. The rows and the customer below are those of that moment; the clock stays where it is.",
                clock::moment(at)
            )
        })
    }

    pub fn steps(&self, _: &LiveState) -> Vec<Field> {
        let step = |(id, label, _): (&str, &str, i64)| Field::button(id, label, false);
        STEPS.map(step).into_iter().chain([Field::button("now", "Now", self.at.is_none())]).collect()
    }

    /// What moves the clock otherwise than by a speed.
    pub fn clock_buttons(&self, state: &LiveState) -> Vec<Field> {
        let is_going = self.is_away(state);
        let is_at_end = state.now >= state.last;
        let mut buttons = vec![
            Field::button("next", "To the next refresh", is_going || is_at_end),
            Field {
                note: "On the way tables are refreshed on the first of each month only; they end up the same."
                    .to_owned(),
                ..Field::button("jump", "Jump 12 months", is_going || is_at_end)
            },
        ];
        if is_going {
            buttons.push(Field::button("halt", "Halt", false));
        }
        buttons.push(Field {
            note: "What has come and what was done is forgotten; the run’s own results stay.".to_owned(),
            ..Field::button("restart", "Begin anew", is_going)
        });
        buttons
    }

    /// What can be done to the table looked at.
    pub fn orders(&self, state: &LiveState) -> Vec<Field> {
        let Some(table) = table_of(state, self.table(state)) else { return Vec::new() };
        let mode = MODES.iter().find(|(_, mode)| *mode == table.declared).map_or("", |(word, _)| *word);
        let modes = MODES.iter().map(|(word, _)| (*word).to_owned()).collect();
        let is_going = self.is_away(state);
        let mut fields = vec![
            Field::button("refresh", "Refresh now", is_going || table.is_suspended),
            if table.is_suspended {
                Field::button("resume", "Resume", is_going)
            } else {
                Field::button("suspend", "Suspend", is_going)
            },
        ];
        if table.is_broken {
            fields.push(Field::button("repair", "Repair", is_going));
        }
        fields.push(Field::new("declare", "REFRESH_MODE", Control::Select(modes), mode));
        fields
    }

    /// Turning the pages of the rows.
    pub fn pages(&self, n_rows: u64) -> Vec<Field> {
        if n_rows <= PAGE.into() && self.offset == 0 {
            return Vec::new();
        }
        vec![
            Field::button("earlier", "Rows before", self.offset == 0),
            Field::button("later", "Rows after", self.offset + u64::from(PAGE) >= n_rows),
        ]
    }

    /// Which rows these are: "Rows 21 to 40 of 5,012.".
    pub fn page_in_words(&self, n_rows: u64, n_shown: u64) -> String {
        if n_shown == 0 {
            return "No rows.".to_owned();
        }
        format!(
            "Rows {} to {} of {}.",
            format::count(self.offset + 1),
            format::count(self.offset + n_shown),
            format::count(n_rows)
        )
    }

    /// Looking for a customer.
    pub fn search(&self, _: &LiveState) -> Vec<Field> {
        let text = self.customer.trim();
        let is_number = text.parse::<i32>().is_ok();
        vec![
            Field {
                problem: if is_number || text.is_empty() {
                    String::new()
                } else {
                    "Must be a whole number.".to_owned()
                },
                ..Field::new("customer", "Customer", Control::Text, self.customer.as_str())
            },
            Field::button("explain", "Show customer", !is_number),
        ]
    }

    pub fn purchase(&self, state: &LiveState) -> Vec<Field> {
        forms::purchase_fields(&self.typed, self.explained, state, self.is_away(state))
    }

    pub fn newcomer(&self, state: &LiveState) -> Vec<Field> {
        forms::newcomer_fields(&self.typed, state, self.is_away(state))
    }

    pub fn measuring(&self, state: &LiveState) -> Vec<Field> {
        vec![Field::button("measure", "Measure both modes", self.is_away(state))]
    }

    /// Breaking something, and what mends a table that fails.
    pub fn fault_buttons(&self, state: &LiveState, fault: &Fault) -> Vec<Field> {
        let mut buttons = vec![Field::button(&fault.id(), fault.button, self.is_away(state))];
        if fault.breakage == Breakage::FailingRefresh {
            let of = table_of(state, FAILING);
            buttons.push(Field::button(&format!("repair:{FAILING}"), "Repair", !of.is_some_and(|of| of.is_broken)));
            buttons.push(Field::button(&format!("resume:{FAILING}"), "Resume", !of.is_some_and(|of| of.is_suspended)));
        }
        buttons
    }

    /// Asking again: the rest is on the clock.
    pub fn outcome_buttons(&self, state: &LiveState) -> Vec<Field> {
        vec![Field::button("outcome", "Look again", self.is_away(state))]
    }
}
