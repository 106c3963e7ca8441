//! Dollars against dollars of the same customers as a density over a grid of dollars or of log10(1 + dollars), with the line on which a prediction
//! would be right.

use super::axis::{Frame, Labels, Tick};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::order;
use crate::present::format;
use crate::protocol::Density;

/// What is held against what.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// A model's predictions (y) against what was spent (x).
    WithActual { model: &'static str },
    /// The predictions of a second version (y) against those of the first (x).
    Versions { first: String, second: String },
    /// A version's errors (y) against its predictions (x).
    Errors { version: String },
}

/// Counts of test rows.
#[derive(Clone, Debug, PartialEq)]
pub struct DensityChart {
    pub compared: Compared,
    pub density: Density,
}

impl DensityChart {
    fn n_columns(&self) -> usize {
        self.density.x_edges.len().saturating_sub(1)
    }

    fn n_rows(&self) -> usize {
        self.density.y_edges.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        let n = self.n_columns() * self.n_rows();
        n == 0 || self.density.counts.len() != n || self.total() == 0
    }

    fn total(&self) -> u64 {
        self.density.counts.iter().sum()
    }

    pub fn title(&self) -> String {
        match &self.compared {
            Compared::WithActual { model } => format!("Predicted against actual spend, test rows of {model}"),
            Compared::Versions { first, second } => format!("Predictions of {second} against those of {first}"),
            Compared::Errors { version } => format!("Errors of {version} by its prediction"),
        }
    }

    pub fn summary(&self) -> String {
        if self.is_empty() {
            return match self.compared {
                Compared::WithActual { .. } => {
                    "Predictions against what customers really spent appear here once the model is trained."
                }
                Compared::Versions { .. } => "The predictions of two versions appear here once there are two.",
                Compared::Errors { .. } => "Errors appear here once the model is trained.",
            }
            .to_owned();
        }
        let outside = match self.density.n_outside {
            0 => String::new(),
            n => format!(" {} outside the picture.", format::counted(n, "customer lies", "customers lie")),
        };
        let share = |is_so: &dyn Fn(f64, f64) -> bool| {
            let found = self
                .cells()
                .filter(|(_, x, y)| is_so(middle(&self.density.x_dollars, *x), middle(&self.density.y_dollars, *y)));
            format::percent(found.map(|(count, ..)| count).sum::<u64>() as f64 / self.total().max(1) as f64)
        };
        let diagonal = match self.compared {
            Compared::WithActual { .. } => "prediction equals spend",
            Compared::Versions { .. } => "both predict the same",
            Compared::Errors { .. } => {
                let above = share(&|_, error| error > 0.0);
                return format!(
                    "{} test customers; {above} of them are predicted too much.{outside}",
                    format::count(self.total())
                );
            }
        };
        let near = share(&|x, y| (1.0 + x) <= 2.0 * (1.0 + y) && (1.0 + y) <= 2.0 * (1.0 + x));
        format!(
            "{} test customers; {near} of them lie within a factor of two of the diagonal, where {diagonal}.{outside}",
            format::count(self.total()),
        )
    }

    /// What the axes measure.
    fn axes(&self) -> [String; 2] {
        match &self.compared {
            Compared::WithActual { .. } => ["Actual", "Predicted"].map(str::to_owned),
            Compared::Versions { first, second } => [first.clone(), second.clone()],
            Compared::Errors { .. } => ["Predicted", "Error"].map(str::to_owned),
        }
    }

    /// Count, column and row of every cell that is not empty, row after row.
    fn cells(&self) -> impl Iterator<Item = (u64, usize, usize)> {
        let n_columns = self.n_columns().max(1);
        let counts = self.density.counts.iter().enumerate();
        counts.filter(|(_, n)| **n > 0).map(move |(i, n)| (*n, i % n_columns, i / n_columns))
    }

    pub fn table(&self) -> ChartTable {
        let [x, y] = self.axes();
        let mut table = ChartTable::new(&[&x, &y, "Customers"]);
        if !self.is_empty() {
            let mut cells: Vec<_> = self.cells().collect();
            order::sort_by(&mut cells, |a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
            for (count, x, y) in cells.into_iter().take(100) {
                let row = [range(&self.density.x_dollars, x), range(&self.density.y_dollars, y), format::count(count)];
                table.rows.push(row.to_vec());
            }
        }
        table
    }

    fn frame(&self, style: &Style) -> Frame {
        let ends = |edges: &[f64]| (edges[0], edges[edges.len() - 1]);
        Frame::new(style, ends(&self.density.x_edges), ends(&self.density.y_edges), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let (x_ticks, y_ticks) = if self.density.is_log {
            (dollar_ticks(frame.x.low, frame.x.high), dollar_ticks(frame.y.low, frame.y.high))
        } else {
            (frame.x_ticks(format::money_short), frame.y_ticks(format::money_short))
        };
        let scale = if self.density.is_log { ", log scale" } else { "" };
        let (x_name, y_name, line) = match &self.compared {
            Compared::WithActual { .. } => {
                (format!("actual spend{scale}"), format!("predicted spend{scale}"), "prediction = spend")
            }
            Compared::Versions { first, second } => {
                (format!("predicted by {first}{scale}"), format!("predicted by {second}{scale}"), "equal")
            }
            Compared::Errors { .. } => ("prediction".to_owned(), "predicted less spent".to_owned(), ""),
        };
        let labels = Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: &x_name, y_name: &y_name, grid_x: true };
        frame.draw(pen, &labels)?;
        let most = self.cells().map(|(count, ..)| count).max().unwrap_or(1) as f64;
        for (count, x, y) in self.cells() {
            let (left, right) = span(|v| frame.x.px(v), &self.density.x_edges, x);
            let (bottom, top) = span(|v| frame.y.px(v), &self.density.y_edges, y);
            let share = 0.14 + 0.86 * (count as f64 / most).sqrt();
            pen.rect((left, top), (right, bottom), palette.test.over(palette.panel, share), 1.0)?;
        }
        if let Compared::Errors { .. } = self.compared {
            let zero = frame.y.px(0.0);
            return pen.line((frame.x.low_px, zero), (frame.x.high_px, zero), palette.text, 1.0);
        }
        let low = frame.x.low.max(frame.y.low);
        let high = frame.x.high.min(frame.y.high);
        if low < high {
            let at = |v: f64| (frame.x.px(v), frame.y.px(v));
            pen.line(at(low), at(high), palette.text, 1.0)?;
            let end = at(low + (high - low) * 0.98);
            pen.text(line, (end.0 - 12.0, end.1 + 2.0), Anchor::Right, palette.text)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let names = self.axes();
        let mark = |(count, x, y): (u64, usize, usize)| {
            let (left, right) = span(|v| frame.x.px(v), &self.density.x_edges, x);
            let (bottom, top) = span(|v| frame.y.px(v), &self.density.y_edges, y);
            let text = format!(
                "{} {}, {} {}: {}",
                names[0],
                range(&self.density.x_dollars, x),
                names[1],
                range(&self.density.y_dollars, y),
                format::counted(count, "customer", "customers")
            );
            Mark { x: left, y: top, width: right - left, height: bottom - top, text }
        };
        self.cells().map(mark).collect()
    }
}

fn span(px: impl Fn(f64) -> f64, edges: &[f64], bin: usize) -> (f64, f64) {
    (px(edges[bin]), px(edges[bin + 1]))
}

fn middle(edges: &[f64], bin: usize) -> f64 {
    (edges[bin] + edges[bin + 1]) / 2.0
}

fn range(dollars: &[f64], bin: usize) -> String {
    let end =
        |edge: usize| dollars.get(edge).map_or_else(|| format::ABSENT.to_owned(), |&end| format::money_short(end));
    format!("{} to {}", end(bin), end(bin + 1))
}

/// Dollars with their place on an axis of log10(1 + dollars).
const TICKS: [(f64, f64); 9] = [
    (0.0, 0.0),
    (1.0, std::f64::consts::LOG10_2),
    (10.0, 1.041_392_685_158_225),
    (100.0, 2.004_321_373_782_642_6),
    (1e3, 3.000_434_077_479_319),
    (1e4, 4.000_043_427_276_863),
    (1e5, 5.000_004_342_923_104),
    (1e6, 6.000_000_434_294_264_7),
    (1e7, 7.000_000_043_429_446),
];

/// Powers of ten of dollars on the axis, and zero.
fn dollar_ticks(low: f64, high: f64) -> Vec<Tick> {
    let within = TICKS.into_iter().filter(|(_, place)| (low..=high).contains(place));
    within.map(|(amount, place)| (place, format::money_short(amount))).collect()
}

#[cfg(test)]
mod tests {
    use super::TICKS;

    #[test]
    fn ticks_stand_at_their_logarithms() {
        for (amount, place) in TICKS {
            assert!((libm::log10(1.0 + amount) - place).abs() < 1e-12, "{amount}");
        }
    }
}
