//! Something of the customers who rank highest, by how many of them are taken: the share of all spend that they bring, or the profit of
//! contacting them. One line for each way to rank. Deliberately equal steps of one percent.

use super::axis::{Frame, Labels};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::format;

/// Every which percent is in the table and can be pointed at.
const STEP: usize = 5;
const LEGEND_ROW_PX: f64 = 17.0;

/// What the lines measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByShareUnit {
    #[default]
    Share,
    Dollars,
}

/// A line: its name and its values at 0, 1, … 100 % of the customers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareLine {
    pub name: String,
    pub values: Vec<f64>,
}

/// Lines by the share of customers; the first one is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByShareChart {
    pub title: String,
    /// What the picture says, or what will appear while there are no lines.
    pub summary: String,
    pub measure: &'static str,
    pub unit: ByShareUnit,
    pub lines: Vec<ShareLine>,
    /// The percent that stands out of the first line, with its name.
    pub best: Option<(u32, String)>,
}

impl ByShareChart {
    fn shown(&self) -> impl Iterator<Item = &ShareLine> {
        self.lines.iter().filter(|line| line.values.len() > 1 && line.values.iter().all(|value| value.is_finite()))
    }

    pub fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }

    fn text(&self, value: f64) -> String {
        match self.unit {
            ByShareUnit::Share => format::percent(value),
            ByShareUnit::Dollars => format::money(value),
        }
    }

    pub fn table(&self) -> ChartTable {
        let names: Vec<&str> = self.shown().map(|line| line.name.as_str()).collect();
        let headers: Vec<&str> = std::iter::once("Customers").chain(names).collect();
        let mut table = ChartTable::new(&headers);
        for percent in (0..=100).step_by(STEP) {
            let cells = self.shown().map(|line| line.values.get(percent).map_or(String::new(), |v| self.text(*v)));
            table.rows.push(std::iter::once(format!("{percent} %")).chain(cells).collect());
        }
        table
    }

    pub fn height_px(&self, width_px: f64) -> f64 {
        (width_px * 0.62).clamp(260.0, 360.0) + LEGEND_ROW_PX * self.lines.len().saturating_sub(1) as f64
    }

    fn frame(&self, style: &Style) -> Frame {
        let values = self.shown().flat_map(|line| &line.values);
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let high = if high > low { high } else { low + 1.0 };
        let mut frame = Frame::new(style, (0.0, 100.0), (low, high + (high - low) * 0.04), 28.0);
        frame.y.high_px += LEGEND_ROW_PX * self.shown().count().saturating_sub(1) as f64 + 8.0;
        frame
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let y_ticks = match self.unit {
            ByShareUnit::Share => frame.y_ticks(format::percent),
            ByShareUnit::Dollars => frame.y_ticks(format::money_short),
        };
        let x_ticks = frame.x_ticks(|percent| format!("{percent} %"));
        let labels = Labels {
            x_ticks: &x_ticks,
            y_ticks: &y_ticks,
            x_name: "customers, the highest ranked first",
            y_name: self.measure,
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        if frame.y.low < 0.0 {
            let zero = frame.y.px(0.0);
            pen.line((frame.x.low_px, zero), (frame.x.high_px, zero), palette.secondary, 1.0)?;
        }
        let n_lines = self.shown().count();
        // The first line lies on top.
        for (nth, line) in self.shown().enumerate().collect::<Vec<_>>().into_iter().rev() {
            let last = (line.values.len() - 1) as f64;
            let place = |(at, value): (usize, &f64)| (frame.x.px(at as f64 / last * 100.0), frame.y.px(*value));
            let points: Vec<(f64, f64)> = line.values.iter().enumerate().map(place).collect();
            pen.path(&points, ink(&palette, nth, n_lines), if nth == 0 { 2.5 } else { 1.5 })?;
        }
        if let Some((percent, name)) = &self.best {
            frame.draw_moment(pen, frame.x.px(f64::from(*percent)), frame.y.low_px, name)?;
        }
        for (nth, line) in self.shown().enumerate() {
            let y = 10.0 + LEGEND_ROW_PX * nth as f64;
            let right = frame.x.high_px;
            pen.text(&line.name, (right, y), Anchor::Right, palette.text)?;
            let begin = right - pen.text_width(&line.name) - 16.0;
            pen.rect((begin, y - 5.0), (begin + 10.0, y + 5.0), ink(&palette, nth, n_lines), 1.0)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let half = (frame.x.px(STEP as f64) - frame.x.px(0.0)) / 2.0;
        let mark = |percent: usize| {
            let of = |line: &ShareLine| {
                let value = line.values.get(percent)?;
                Some(format!("{} {}", line.name, self.text(*value)))
            };
            let values: Vec<String> = self.shown().filter_map(of).collect();
            let (x, top) = (frame.x.px(percent as f64), frame.y.high_px);
            let text = format!("{percent} % of customers: {}", values.join(", "));
            Mark { x: x - half, y: top, width: 2.0 * half, height: frame.y.low_px - top, text }
        };
        (0..=100).step_by(STEP).map(mark).collect()
    }
}

/// The last of several lines is what they are measured against.
fn ink(palette: &Palette, nth: usize, n_lines: usize) -> Ink {
    if nth > 0 && nth + 1 == n_lines {
        return palette.baseline;
    }
    let quiet = palette.text.over(palette.panel, 0.7);
    [palette.test, palette.train, palette.validation, quiet, palette.negative][nth % 5]
}
