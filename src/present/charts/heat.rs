//! A number for every pair of two things, as shades: what frequency and recency say together. Deliberately with its own scale from 0 to its
//! greatest value, and white where a pair cannot be.

use super::axis::{Frame, Labels, Tick};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;

const RAMP_PX: f64 = 90.0;
/// A shade at 0 is still not the panel.
const FAINTEST: f64 = 0.05;

/// What the shades measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeatUnit {
    #[default]
    Share,
    Number,
}

/// Values by column and row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatChart {
    pub title: String,
    /// What the picture says, or what will appear while there is nothing.
    pub summary: String,
    pub x_name: &'static str,
    pub y_name: &'static str,
    /// What columns and rows stand for; rows from below.
    pub columns: Vec<String>,
    pub rows: Vec<String>,
    /// Row after row; `None` for a pair that cannot be.
    pub values: Vec<Option<f64>>,
    pub unit: HeatUnit,
}

impl HeatChart {
    pub fn is_empty(&self) -> bool {
        self.values.len() != self.columns.len() * self.rows.len() || self.values.iter().all(Option::is_none)
    }

    fn text(&self, value: f64) -> String {
        match self.unit {
            HeatUnit::Share => format::percent(value),
            HeatUnit::Number => format::statistic(value),
        }
    }

    fn most(&self) -> f64 {
        match self.unit {
            HeatUnit::Share => 1.0,
            HeatUnit::Number => self.values.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max),
        }
    }

    /// Column, row and value of every pair that can be.
    fn cells(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let n = self.columns.len().max(1);
        self.values.iter().enumerate().filter_map(move |(i, value)| Some((i % n, i / n, (*value)?)))
    }

    pub fn table(&self) -> ChartTable {
        let headers: Vec<&str> = [self.y_name].into_iter().chain(self.columns.iter().map(String::as_str)).collect();
        let mut table = ChartTable::new(&headers);
        for (name, values) in self.rows.iter().zip(self.values.chunks(self.columns.len().max(1))) {
            let cells = values.iter().map(|value| value.map_or(String::new(), |value| self.text(value)));
            table.rows.push([name.clone()].into_iter().chain(cells).collect());
        }
        table
    }

    fn frame(&self, style: &Style) -> Frame {
        let end = |n: usize| (0.0, n.max(1) as f64);
        Frame::new(style, end(self.columns.len()), end(self.rows.len()), 16.0)
    }

    /// Names of places that are not too near to each other, in the middle of theirs.
    fn ticks(names: &[String], place_px: f64, room_px: f64) -> Vec<Tick> {
        let every = libm::ceil(room_px / place_px.max(1.0)).max(1.0) as usize;
        names.iter().enumerate().step_by(every).map(|(nth, name)| (nth as f64 + 0.5, name.clone())).collect()
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let (width, height) = (frame.x.px(1.0) - frame.x.px(0.0), frame.y.px(0.0) - frame.y.px(1.0));
        let x_ticks = Self::ticks(&self.columns, width, 44.0);
        let y_ticks = Self::ticks(&self.rows, height, 18.0);
        let labels =
            Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: self.x_name, y_name: self.y_name, grid_x: false };
        frame.draw(pen, &labels)?;
        let most = self.most();
        let shade =
            |value: f64| palette.train.over(palette.panel, FAINTEST + (1.0 - FAINTEST) * (value / most).min(1.0));
        for (column, row, value) in self.cells() {
            let (left, top) = (frame.x.px(column as f64), frame.y.px(row as f64 + 1.0));
            pen.rect((left + 0.5, top + 0.5), (left + width - 0.5, top + height - 0.5), shade(value), 1.0)?;
        }
        let end = self.text(most);
        let right = frame.x.high_px - pen.text_width(&end) - 6.0;
        pen.text(&end, (frame.x.high_px, 10.0), Anchor::Right, palette.text)?;
        for step in 0..12 {
            let (from, to) = (f64::from(step) / 12.0, f64::from(step + 1) / 12.0);
            let begin = right - RAMP_PX;
            pen.rect((begin + RAMP_PX * from, 5.0), (begin + RAMP_PX * to, 15.0), shade(most * to), 1.0)?;
        }
        pen.text("0", (right - RAMP_PX - 6.0, 10.0), Anchor::Right, palette.text)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let mark = |(column, row, value): (usize, usize, f64)| {
            let (left, right) = (frame.x.px(column as f64), frame.x.px(column as f64 + 1.0));
            let (bottom, top) = (frame.y.px(row as f64), frame.y.px(row as f64 + 1.0));
            let text = format!(
                "{} {}, {} {}: {}",
                self.y_name,
                self.rows[row],
                self.x_name,
                self.columns[column],
                self.text(value)
            );
            Mark { x: left, y: top, width: right - left, height: bottom - top, text }
        };
        self.cells().map(mark).collect()
    }
}
