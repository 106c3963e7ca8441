//! What the model of the losses believes: along one parameter as a line with its uncertainty and, below it, what the search maximises; over two
//! parameters as a surface. Trials stand where they were tried. Deliberately the model as it is: between trials it may be wrong, and the band says
//! how sure it is.

use super::axis::{Axis, Frame, Labels, Tick, draw_legend, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::{SearchDimension, Surrogate, TrialState, TrialView};
use std::sync::Arc;

/// Height of the strip that shows the acquisition.
const STRIP_PX: f64 = 56.0;

/// A line or a surface; `None` before anything was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeliefChart {
    pub surrogate: Option<Arc<Surrogate>>,
    pub dimensions: Vec<SearchDimension>,
    pub trials: Vec<Arc<TrialView>>,
}

/// What is shown, found complete.
struct Shown<'c> {
    found: &'c Surrogate,
    x: &'c SearchDimension,
    other: Option<&'c SearchDimension>,
}

/// The place of a value on an axis that may be logarithmic.
fn place(dimension: &SearchDimension, value: f64) -> f64 {
    if dimension.is_log { libm::log(value) } else { value }
}

/// 1, 2 and 5 times powers of ten within a logarithmic axis; round values within another.
fn ticks(dimension: &SearchDimension, axis: &Axis) -> Vec<Tick> {
    if !dimension.is_log {
        return axis.ticks(70.0).into_iter().map(|value| (value, format::statistic(value))).collect();
    }
    let powers =
        (-12..12).map(|power| (0..i32::abs(power)).fold(1.0, |v, _| if power < 0 { v / 10.0 } else { v * 10.0 }));
    let values = powers.flat_map(|power: f64| [power, 2.0 * power, 5.0 * power]);
    let within = values.filter(|value| *value >= dimension.low * 0.999 && *value <= dimension.high * 1.001);
    within.map(|value| (libm::log(value), format::statistic(value))).collect()
}

impl BeliefChart {
    fn shown(&self) -> Option<Shown<'_>> {
        let found = self.surrogate.as_deref()?;
        let x = self.dimensions.get(found.request.dimension as usize)?;
        let other = match (found.request.other, found.other_at.len()) {
            (Some(other), 1..) => Some(self.dimensions.get(other as usize)?),
            _ => None,
        };
        let n = found.at.len() * found.other_at.len().max(1);
        let is_whole = n > 0 && found.mean.len() == n && found.sd.len() == n && found.acquisition.len() == n;
        let is_finite = found.mean.iter().chain(&found.sd).all(|value| value.is_finite());
        (is_whole && is_finite).then_some(Shown { found, x, other })
    }

    pub fn is_empty(&self) -> bool {
        self.shown().is_none()
    }

    pub fn title(&self) -> String {
        match self.shown() {
            Some(Shown { x, other: Some(other), .. }) => format!("Expected error over {} and {}", x.name, other.name),
            Some(Shown { x, other: None, .. }) => format!("Expected error along {}", x.name),
            None => "Expected error".to_owned(),
        }
    }

    pub fn summary(&self) -> String {
        let Some(Shown { found, x, other }) = self.shown() else {
            return "What the search believes of the error between its trials appears here after two of them."
                .to_owned();
        };
        let n_x = found.at.len();
        let of = |least: &[f64], sign: f64| {
            (0..least.len()).min_by(|a, b| (sign * least[*a]).total_cmp(&(sign * least[*b])))
        };
        let (Some(low), Some(next)) = (of(&found.mean, 1.0), of(&found.acquisition, -1.0)) else {
            return String::new();
        };
        let name = |at: usize| {
            let first = format!("{} {}", x.name, format::statistic(found.at[at % n_x]));
            match other {
                Some(other) => format!("{first} and {} {}", other.name, format::statistic(found.other_at[at / n_x])),
                None => first,
            }
        };
        format!(
            "With the other parameters as in the chosen trial, the error is expected to be lowest, {} ± {}, at {}; trying promises most at {}.",
            format::money(found.mean[low]),
            format::money(found.sd[low]),
            name(low),
            name(next)
        )
    }

    pub fn table(&self) -> ChartTable {
        let Some(Shown { found, x, other }) = self.shown() else {
            return ChartTable::new(&["Value", "Expected error"]);
        };
        let mut headers = vec![x.name.as_str()];
        headers.extend(other.map(|other| other.name.as_str()));
        headers.extend(["Expected error", "± (one sd)", "Promise"]);
        let mut table = ChartTable::new(&headers);
        for at in 0..found.mean.len() {
            let mut row = vec![format::statistic(found.at[at % found.at.len()])];
            row.extend(other.map(|_| format::statistic(found.other_at[at / found.at.len()])));
            row.extend([
                format::money(found.mean[at]),
                format::money(found.sd[at]),
                format::statistic(found.acquisition[at]),
            ]);
            table.rows.push(row);
        }
        table
    }

    /// Complete trials with their losses.
    fn losses(&self) -> impl Iterator<Item = (&Arc<TrialView>, f64)> {
        let complete = self.trials.iter().filter(|trial| trial.state == TrialState::Complete);
        complete.filter_map(|trial| Some((trial, trial.validation?)))
    }

    fn frame(&self, shown: &Shown, style: &Style) -> Frame {
        let ends = |dimension: &SearchDimension| (place(dimension, dimension.low), place(dimension, dimension.high));
        let x = ends(shown.x);
        if let Some(other) = shown.other {
            return Frame::new(style, x, ends(other), 16.0);
        }
        let found = shown.found;
        let band = found.mean.iter().zip(&found.sd).flat_map(|(mean, sd)| [mean - sd, mean + sd]);
        let (low, high) = band.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let best = self.losses().map(|(_, loss)| loss).fold(low, f64::min);
        let step = round_step(((high - best) / 4.0).max(high.abs() * 1e-3));
        let (low, high) =
            if step.is_finite() { ((best / step).floor() * step, (high / step).ceil() * step) } else { (0.0, 1.0) };
        let strip = Style { height_px: style.height_px - STRIP_PX, ..*style };
        Frame::new(&strip, x, (low, high), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some(shown) = self.shown() else { return Ok(()) };
        let frame = self.frame(&shown, pen.style);
        match shown.other {
            Some(other) => self.draw_surface(pen, &shown, other, &frame),
            None => self.draw_line(pen, &shown, &frame),
        }
    }

    fn draw_line(&self, pen: &mut Pen, shown: &Shown, frame: &Frame) -> Drawn {
        let (palette, found) = (pen.style.palette, shown.found);
        let x = |at: usize| frame.x.px(place(shown.x, found.at[at]));
        let (train, faint) = (palette.train, palette.train.over(palette.panel, 0.18));
        let n = found.at.len();
        for at in 0..n {
            // Each value's part of the band reaches halfway to its neighbours.
            let left = at.checked_sub(1).map_or(x(at), |before| (x(before) + x(at)) / 2.0);
            let right = if at + 1 < n { (x(at) + x(at + 1)) / 2.0 } else { x(at) };
            let (top, bottom) = (found.mean[at] + found.sd[at], found.mean[at] - found.sd[at]);
            let wide = if n == 1 { 6.0 } else { 0.0 };
            pen.rect((left - wide, frame.y.px(top)), (right + wide, frame.y.px(bottom)), faint, 1.0)?;
        }
        let ticks = ticks(shown.x, &frame.x);
        let name = if shown.x.is_log { format!("{}, log scale", shown.x.name) } else { shown.x.name.clone() };
        let labels = Labels {
            x_ticks: &ticks,
            y_ticks: &frame.y_ticks(format::money_short),
            x_name: &name,
            y_name: "RMSE",
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        let mean: Vec<(f64, f64)> = (0..n).map(|at| (x(at), frame.y.px(found.mean[at]))).collect();
        pen.path(&mean, train, 2.0)?;
        for (trial, loss) in self.losses().filter(|(_, loss)| *loss <= frame.y.high) {
            let value = trial.point.get(found.request.dimension as usize).copied().unwrap_or(f64::NAN);
            let (x, y) = (frame.x.px(place(shown.x, value)), frame.y.px(loss));
            pen.rect((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), palette.validation, 1.0)?;
        }
        // The strip below: what the search maximises.
        let (low, high) =
            found.acquisition.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let (top, bottom) = (frame.y.low_px + 48.0, pen.style.height_px - 4.0);
        let strip = Axis { low, high, low_px: bottom, high_px: top };
        let promise: Vec<(f64, f64)> = (0..n).map(|at| (x(at), strip.px(found.acquisition[at]))).collect();
        pen.line((frame.x.low_px, bottom), (frame.x.high_px, bottom), palette.hairline, 1.0)?;
        pen.path(&promise, palette.test, 2.0)?;
        pen.text("promise", (frame.x.low_px - 8.0, (top + bottom) / 2.0), Anchor::Right, palette.secondary)?;
        draw_legend(
            pen,
            frame.x.high_px,
            &[("expected ± sd", palette.train), ("trials", palette.validation), ("promise", palette.test)],
        )
    }

    fn draw_surface(&self, pen: &mut Pen, shown: &Shown, other: &SearchDimension, frame: &Frame) -> Drawn {
        let (palette, found) = (pen.style.palette, shown.found);
        let (low, high) =
            found.mean.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        for mark in self.cells(shown, other, frame) {
            let (cell, left, top, right, bottom) = mark;
            let good = if high > low { (high - found.mean[cell]) / (high - low) } else { 0.5 };
            // Steps instead of a gradient: their borders are the contour lines.
            let good = libm::round(good * 8.0) / 8.0;
            pen.rect((left, top), (right, bottom), palette.train.over(palette.panel, 0.08 + 0.84 * good), 1.0)?;
        }
        let names = [shown.x, other].map(|d| if d.is_log { format!("{}, log scale", d.name) } else { d.name.clone() });
        let labels = Labels {
            x_ticks: &ticks(shown.x, &frame.x),
            y_ticks: &ticks(other, &frame.y),
            x_name: &names[0],
            y_name: &names[1],
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        for (trial, _) in self.losses() {
            let value = |at: u32| trial.point.get(at as usize).copied().unwrap_or(f64::NAN);
            let x = frame.x.px(place(shown.x, value(found.request.dimension)));
            let y = frame.y.px(place(other, value(found.request.other.unwrap_or(0))));
            pen.rect((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), palette.panel, 1.0)?;
            pen.rect((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), palette.validation, 1.0)?;
        }
        draw_legend(pen, frame.x.high_px, &[("lower error is darker", palette.train), ("trials", palette.validation)])
    }

    /// Position, left, top, right and bottom of each cell.
    fn cells(&self, shown: &Shown, other: &SearchDimension, frame: &Frame) -> Vec<(usize, f64, f64, f64, f64)> {
        let found = shown.found;
        let edges = |axis: &Axis, dimension: &SearchDimension, values: &[f64]| -> Vec<f64> {
            let px: Vec<f64> = values.iter().map(|value| axis.px(place(dimension, *value))).collect();
            let between = px.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
            std::iter::once(axis.low_px).chain(between).chain([axis.high_px]).collect()
        };
        let (x, y) = (edges(&frame.x, shown.x, &found.at), edges(&frame.y, other, &found.other_at));
        let cell = |at: usize| {
            let (column, row) = (at % found.at.len(), at / found.at.len());
            (at, x[column], y[row + 1], x[column + 1], y[row])
        };
        (0..found.mean.len()).map(cell).collect()
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some(shown) = self.shown() else { return Vec::new() };
        let (frame, found) = (self.frame(&shown, style), shown.found);
        let words = |at: usize| {
            let column = at % found.at.len();
            let other = shown.other.map_or(String::new(), |other| {
                format!(", {} {}", other.name, format::statistic(found.other_at[at / found.at.len()]))
            });
            format!(
                "{} {}{other}: {} ± {} expected, promise {}",
                shown.x.name,
                format::statistic(found.at[column]),
                format::money(found.mean[at]),
                format::money(found.sd[at]),
                format::statistic(found.acquisition[at])
            )
        };
        if let Some(other) = shown.other {
            let mark = |(at, left, top, right, bottom): (usize, f64, f64, f64, f64)| Mark {
                x: left,
                y: top,
                width: right - left,
                height: bottom - top,
                text: words(at),
            };
            return self.cells(&shown, other, &frame).into_iter().map(mark).collect();
        }
        let mark = |at: usize| {
            let x = frame.x.px(place(shown.x, found.at[at]));
            Mark {
                x: x - 4.0,
                y: frame.y.high_px,
                width: 8.0,
                height: frame.y.low_px - frame.y.high_px,
                text: words(at),
            }
        };
        (0..found.at.len()).map(mark).collect()
    }
}
