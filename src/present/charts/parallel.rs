//! Trials as lines across one upright axis for each parameter, ending at their loss: which values the good ones share. Deliberately the
//! parameters that vary first; those that are fixed tell nothing and stay out.

use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::{SearchDimension, TrialState, TrialView};
use std::sync::Arc;

const TOP_PX: f64 = 40.0;
const BOTTOM_PX: f64 = 22.0;
const SIDE_PX: f64 = 40.0;
/// Narrower axes are not told apart.
const LEAST_APART_PX: f64 = 46.0;
/// Half the width of what is narrowed, and how near a drag must begin to an axis.
const BRUSH_PX: f64 = 7.0;
const REACH_PX: f64 = 22.0;
/// Shorter drags are presses.
const PRESS_PX: f64 = 3.0;

/// Complete and pruned trials of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParallelChart {
    pub dimensions: Vec<SearchDimension>,
    pub trials: Vec<Arc<TrialView>>,
    /// Trials that stand out; all when empty.
    pub chosen: Vec<bool>,
    /// The axis that is narrowed, and to which part of it.
    pub narrowed: Option<Part>,
}

/// A part of an axis: its name, and shares of its length from below.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub axis: String,
    pub from: f64,
    pub to: f64,
}

/// The value at a share of an axis's length from below.
pub fn value_along(low: f64, high: f64, is_log: bool, share: f64) -> f64 {
    if share <= 0.0 {
        return low;
    }
    if share >= 1.0 {
        return high;
    }
    if !is_log {
        return low + (high - low) * share;
    }
    let (from, to) = (libm::log(low), libm::log(high));
    libm::exp(from + (to - from) * share)
}

/// An axis: name, ends as values, and where a trial crosses it, 0 to 1 from below.
struct Rail<'c> {
    name: &'c str,
    low: f64,
    high: f64,
    is_log: bool,
    dimension: Option<usize>,
}

impl Rail<'_> {
    fn value(&self, trial: &TrialView) -> Option<f64> {
        match self.dimension {
            Some(dimension) => trial.point.get(dimension).copied(),
            None => trial.validation,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let of = |value: f64| if self.is_log { libm::log(value) } else { value };
        let (low, high) = (of(self.low), of(self.high));
        if high > low { ((of(value) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }

    fn word(&self, value: f64) -> String {
        if self.dimension.is_none() { format::money_short(value) } else { format::statistic(value) }
    }
}

impl ParallelChart {
    fn shown(&self) -> impl Iterator<Item = &Arc<TrialView>> {
        let has_ended = |state| matches!(state, TrialState::Complete | TrialState::Pruned);
        self.trials.iter().filter(move |trial| has_ended(trial.state) && trial.validation.is_some_and(f64::is_finite))
    }

    pub fn is_empty(&self) -> bool {
        self.shown().next().is_none() || self.rails().len() < 2
    }

    fn is_chosen(&self, trial: &TrialView) -> bool {
        self.chosen.get(trial.number as usize).copied().unwrap_or(true)
    }

    fn rails(&self) -> Vec<Rail<'_>> {
        let varying = self.dimensions.iter().enumerate().filter(|(_, dimension)| dimension.low < dimension.high);
        let mut rails: Vec<Rail> = varying
            .map(|(at, d)| Rail { name: &d.name, low: d.low, high: d.high, is_log: d.is_log, dimension: Some(at) })
            .collect();
        let losses = self.shown().filter_map(|trial| trial.validation);
        let (low, high) = losses.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        rails.push(Rail { name: "RMSE", low, high, is_log: false, dimension: None });
        rails
    }

    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "Every finished trial becomes a line across its parameters here; the darker, the lower its error."
                .to_owned();
        }
        let n = self.shown().count() as u64;
        let n_chosen = self.shown().filter(|trial| self.is_chosen(trial)).count() as u64;
        let best = self.shown().filter(|trial| self.is_chosen(trial)).filter_map(|trial| trial.validation);
        let best = best.fold(f64::INFINITY, f64::min);
        let of = if n_chosen < n {
            format!("{} of {}", format::count(n_chosen), format::count(n))
        } else {
            format::count(n)
        };
        let lowest = if best.is_finite() {
            format!("; the lowest error among them is {}", format::money(best))
        } else {
            String::new()
        };
        format!("{of} finished trials as lines, the darker the lower their error{lowest}.")
    }

    pub fn table(&self) -> ChartTable {
        let rails = self.rails();
        let headers: Vec<&str> = std::iter::once("Trial").chain(rails.iter().map(|rail| rail.name)).collect();
        let mut table = ChartTable::new(&headers);
        for trial in self.shown().filter(|trial| self.is_chosen(trial)) {
            let cells = rails.iter().map(|rail| rail.value(trial).map_or(format::ABSENT.to_owned(), |v| rail.word(v)));
            table.rows.push(std::iter::once(format::count(u64::from(trial.number) + 1)).chain(cells).collect());
        }
        table
    }

    /// Where the axes stand, those that there is room for; the loss always.
    fn places(&self, style: &Style) -> Vec<(usize, f64)> {
        let n = self.rails().len();
        let room = style.width_px - 2.0 * SIDE_PX;
        let most = ((room / LEAST_APART_PX) as usize + 1).clamp(2, n.max(2));
        let kept: Vec<usize> = if n <= most { (0..n).collect() } else { (0..most - 1).chain([n - 1]).collect() };
        let apart = room / (kept.len() as f64 - 1.0).max(1.0);
        kept.into_iter().enumerate().map(|(nth, rail)| (rail, SIDE_PX + nth as f64 * apart)).collect()
    }

    fn line(&self, trial: &TrialView, style: &Style) -> Vec<(f64, f64)> {
        let rails = self.rails();
        let (top, bottom) = (TOP_PX, style.height_px - BOTTOM_PX);
        let places = self.places(style).into_iter();
        let y = |place: f64| bottom - place * (bottom - top);
        places.filter_map(|(rail, x)| Some((x, y(rails[rail].place(rails[rail].value(trial)?))))).collect()
    }

    /// The part of an axis that was dragged along, in CSS pixels; all of the axis for a press, `None` beside every axis.
    pub fn dragged(&self, style: &Style, from: (f64, f64), to: (f64, f64)) -> Option<Part> {
        if self.is_empty() {
            return None;
        }
        let rails = self.rails();
        let places = self.places(style).into_iter().map(|(rail, x)| (rail, (x - from.0).abs()));
        let (rail, _) = places.filter(|(_, far)| *far <= REACH_PX).min_by(|a, b| a.1.total_cmp(&b.1))?;
        let (top, bottom) = (TOP_PX, style.height_px - BOTTOM_PX);
        let share = |y: f64| ((bottom - y) / (bottom - top).max(1.0)).clamp(0.0, 1.0);
        let (a, b) = (share(from.1), share(to.1));
        let (from, to) = if (from.1 - to.1).abs() < PRESS_PX { (0.0, 1.0) } else { (a.min(b), a.max(b)) };
        Some(Part { axis: rails[rail].name.to_owned(), from, to })
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let palette = pen.style.palette;
        let rails = self.rails();
        let Some(loss) = rails.last() else { return Ok(()) };
        let mut trials: Vec<&Arc<TrialView>> = self.shown().collect();
        // The best lie on top.
        crate::order::sort_by(&mut trials, |a, b| b.validation.unwrap_or(0.0).total_cmp(&a.validation.unwrap_or(0.0)));
        for is_chosen in [false, true] {
            for trial in trials.iter().filter(|trial| self.is_chosen(trial) == is_chosen) {
                let good = 1.0 - loss.place(trial.validation.unwrap_or(loss.high));
                let ink = palette.train.over(palette.panel, 0.2 + 0.8 * good * good);
                let ink = if is_chosen { ink } else { palette.hairline };
                pen.path(&self.line(trial, pen.style), ink, if is_chosen { 1.0 + good } else { 1.0 })?;
            }
        }
        let (top, bottom) = (TOP_PX, pen.style.height_px - BOTTOM_PX);
        for (nth, (rail, x)) in self.places(pen.style).into_iter().enumerate() {
            let rail = &rails[rail];
            pen.line((x, top), (x, bottom), palette.secondary, 1.0)?;
            if let Some(part) = self.narrowed.as_ref().filter(|part| part.axis == rail.name) {
                let y = |share: f64| bottom - share * (bottom - top);
                let ink = palette.validation.over(palette.panel, 0.5);
                pen.rect((x - BRUSH_PX, y(part.to)), (x + BRUSH_PX, y(part.from)), ink, 0.7)?;
            }
            // Names side by side would run into each other: every other one stands higher.
            let y = if nth % 2 == 0 { 10.0 } else { 26.0 };
            let anchor = if nth == 0 { Anchor::Left } else { Anchor::Center };
            let (anchor, at) = if rail.dimension.is_none() { (Anchor::Right, x + SIDE_PX - 4.0) } else { (anchor, x) };
            let at = if anchor == Anchor::Left { 4.0 } else { at };
            pen.text(rail.name, (at, y), anchor, palette.text)?;
            for (value, y) in [(rail.high, top + 8.0), (rail.low, bottom - 8.0)] {
                self.end(pen, &rail.word(value), (x, y), palette.secondary)?;
            }
            if rail.is_log {
                pen.text("log", (x, bottom + 12.0), Anchor::Center, palette.secondary)?;
            }
        }
        Ok(())
    }

    /// The value at an axis's end, on a patch of the surface so that lines do not cross it.
    fn end(&self, pen: &mut Pen, text: &str, (x, y): (f64, f64), ink: Ink) -> Drawn {
        let half = pen.text_width(text) / 2.0 + 3.0;
        let panel = pen.style.palette.panel;
        pen.rect((x - half, y - 8.0), (x + half, y + 8.0), panel, 0.85)?;
        pen.text(text, (x, y), Anchor::Center, ink)
    }

    /// Where each line crosses each axis.
    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let rails = self.rails();
        let mut marks = Vec::new();
        for trial in self.shown().filter(|trial| self.is_chosen(trial)) {
            let values: Vec<String> = rails
                .iter()
                .filter_map(|rail| Some(format!("{} {}", rail.name, rail.word(rail.value(trial)?))))
                .collect();
            let text = format!("Trial {}: {}", trial.number + 1, values.join(", "));
            let Some((x, y)) = self.line(trial, style).pop() else { continue };
            marks.push(Mark { x: x - 5.0, y: y - 5.0, width: 10.0, height: 10.0, text });
        }
        marks
    }
}
