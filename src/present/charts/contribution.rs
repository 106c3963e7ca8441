//! One input's contributions row by row over its values, coloured by the input that goes with them most: where equal values contribute
//! differently, something else decides.

use super::axis::{Frame, Labels, Tick};
use super::swarm::{draw_ramp, rank_ink};
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::order;
use crate::present::{format, lab};
use crate::protocol::{AttributionPoint, AttributionView, CloseLook};
use std::sync::Arc;

/// Half the side of a point.
const DOT_PX: f64 = 2.5;
/// The axis of a number leaves out this share of the rows on its right.
const TAIL: f64 = 0.01;
/// Levels are spread over this share of their place.
const SPREAD: f64 = 0.7;
const N_SLICES: usize = 24;

/// An input of a version, closely.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContributionChart {
    pub view: Option<Arc<AttributionView>>,
}

impl ContributionChart {
    fn shown(&self) -> Option<(&AttributionView, &CloseLook)> {
        self.view.as_ref().filter(|view| !view.close.points.is_empty()).map(|view| (view.as_ref(), &view.close))
    }

    pub fn is_empty(&self) -> bool {
        self.shown().is_none()
    }

    pub fn title(&self) -> String {
        self.shown()
            .map_or("Contribution by value".to_owned(), |(_, close)| format!("What {} contributes", close.input))
    }

    pub fn summary(&self) -> String {
        let Some((view, close)) = self.shown() else {
            return "What one input contributes, customer by customer, appears here.".to_owned();
        };
        let (low, high) = ends(close.points.iter().map(|point| point.contribution));
        let range = format!(
            "{} contributes between {} and {} to the predictions of {}.",
            close.input,
            lab::part(low, view.is_log),
            lab::part(high, view.is_log),
            format::counted(view.n_rows.into(), "test customer", "test customers")
        );
        match &close.partner {
            Some((partner, strength)) => format!(
                "{range} Where its value is about the same, {partner} goes with the difference most (mean correlation {}).",
                format::score(*strength)
            ),
            None => range,
        }
    }

    /// Slices of the axis, about the same number of customers in each, as (first, last, rows).
    fn slices(close: &CloseLook) -> Vec<Vec<AttributionPoint>> {
        let mut points: Vec<AttributionPoint> =
            close.points.iter().copied().filter(|point| point.at.is_finite()).collect();
        order::sort_by(&mut points, |a, b| a.at.total_cmp(&b.at));
        if !close.levels.is_empty() {
            return points.chunk_by(|a, b| a.at == b.at).map(<[_]>::to_vec).collect();
        }
        let n = points.len().div_ceil(N_SLICES).max(1);
        points.chunks(n).map(<[_]>::to_vec).collect()
    }

    fn name(close: &CloseLook, slice: &[AttributionPoint]) -> String {
        let (first, last) = ends(slice.iter().map(|point| point.at));
        match close.levels.get(first as usize) {
            Some(level) => level.clone(),
            None if first == last => format::statistic(first),
            None => format!("{} to {}", format::statistic(first), format::statistic(last)),
        }
    }

    pub fn table(&self) -> ChartTable {
        let Some((view, close)) = self.shown() else {
            return ChartTable::new(&["Value", "Customers", "Mean contribution", "Least", "Greatest"]);
        };
        let mut table = ChartTable::new(&[&close.input, "Customers", "Mean contribution", "Least", "Greatest"]);
        for slice in Self::slices(close) {
            let (low, high) = ends(slice.iter().map(|point| point.contribution));
            table.rows.push(vec![
                Self::name(close, &slice),
                format::count(slice.len() as u64),
                lab::part(mean(&slice), view.is_log),
                lab::part(low, view.is_log),
                lab::part(high, view.is_log),
            ]);
        }
        table
    }

    fn frame(close: &CloseLook, style: &Style) -> Frame {
        let x = if close.levels.is_empty() {
            let mut at: Vec<f64> = close.points.iter().map(|point| point.at).filter(|at| at.is_finite()).collect();
            order::sort_numbers(&mut at);
            let last = at.get(((at.len() as f64 * (1.0 - TAIL)) as usize).min(at.len().saturating_sub(1)));
            (at.first().copied().unwrap_or(0.0), last.copied().unwrap_or(1.0))
        } else {
            (-0.5, close.levels.len() as f64 - 0.5)
        };
        let x = if x.0 < x.1 { x } else { (x.0 - 0.5, x.0 + 0.5) };
        let (low, high) = ends(close.points.iter().map(|point| point.contribution));
        let y = (low.min(0.0), high.max(0.0));
        let pad = ((y.1 - y.0) * 0.05).max(1e-9);
        Frame::new(style, x, (y.0 - pad, y.1 + pad), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some((view, close)) = self.shown() else { return Ok(()) };
        let palette = pen.style.palette;
        let frame = Self::frame(close, pen.style);
        let x_ticks: Vec<Tick> = if close.levels.is_empty() {
            frame.x_ticks(format::short)
        } else {
            let room = frame.x.px(1.0) - frame.x.px(0.0) - 6.0;
            let name = |level: &String| super::association::shortened(level, room, |text| pen.text_width(text));
            (0..).zip(&close.levels).map(|(at, level)| (f64::from(at), name(level))).collect()
        };
        let y_ticks = frame.y_ticks(|value| lab::part_short(value, view.is_log));
        let x_name =
            if close.unit.is_empty() { close.input.clone() } else { format!("{}, {}", close.input, close.unit) };
        let labels =
            Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: &x_name, y_name: "contribution", grid_x: false };
        frame.draw(pen, &labels)?;
        let zero = frame.y.px(0.0);
        pen.line((frame.x.low_px, zero), (frame.x.high_px, zero), palette.secondary, 1.0)?;
        for (nth, point) in close.points.iter().enumerate() {
            let at = if close.levels.is_empty() { point.at } else { point.at + spread(nth) };
            if at.is_finite() && at <= frame.x.high {
                let (x, y) = (frame.x.px(at), frame.y.px(point.contribution));
                let ink = rank_ink(&palette, point.rank);
                pen.rect((x - DOT_PX, y - DOT_PX), (x + DOT_PX, y + DOT_PX), ink, 0.85)?;
            }
        }
        match &close.partner {
            Some((partner, _)) => draw_ramp(pen, frame.x.high_px, partner),
            None => Ok(()),
        }
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some((view, close)) = self.shown() else { return Vec::new() };
        let frame = Self::frame(close, style);
        let mark = |slice: &Vec<AttributionPoint>| {
            let (first, last) = ends(slice.iter().map(|point| point.at));
            let half = if close.levels.is_empty() { 0.0 } else { 0.5 };
            let px = |at: f64| frame.x.px(at.clamp(frame.x.low, frame.x.high));
            let (left, right) = (px(first - half), px(last + half));
            let text = format!(
                "{} {}: {} on average of {}",
                close.input,
                Self::name(close, slice),
                lab::part(mean(slice), view.is_log),
                format::counted(slice.len() as u64, "customer", "customers")
            );
            let height = frame.y.low_px - frame.y.high_px;
            Mark { x: left, y: frame.y.high_px, width: (right - left).max(2.0), height, text }
        };
        Self::slices(close).iter().map(mark).collect()
    }
}

/// Points of a level stand beside each other, each always in the same place.
fn spread(nth: usize) -> f64 {
    // Multiples of the golden section fill an interval evenly.
    let share = nth as f64 * 0.618_033_988_749_895;
    (share - libm::floor(share) - 0.5) * SPREAD
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn mean(points: &[AttributionPoint]) -> f64 {
    points.iter().map(|point| point.contribution).sum::<f64>() / points.len().max(1) as f64
}
