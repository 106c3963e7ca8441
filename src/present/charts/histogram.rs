//! A histogram: bars over bins. Bins of equal width stand on a linear axis; unequal ones side by side with their borders as
//! labels, and the axis says so.

use super::axis::{Frame, Labels, Tick};
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::Histogram;

/// What the bins measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramUnit {
    Dollars,
    Number,
}

/// A histogram with its words.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramChart {
    pub title: String,
    /// What is counted, plural: "customers".
    pub subject: &'static str,
    /// What the axis measures.
    pub axis: &'static str,
    pub unit: HistogramUnit,
    pub histogram: Histogram,
}

impl HistogramChart {
    pub fn is_empty(&self) -> bool {
        let h = &self.histogram;
        h.counts.is_empty() || h.edges.len() != h.counts.len() + 1 || self.total() == 0
    }

    fn total(&self) -> u64 {
        self.histogram.counts.iter().fold(self.histogram.n_above, |sum, n| sum.saturating_add(*n))
    }

    fn value(&self, value: f64) -> String {
        match self.unit {
            HistogramUnit::Dollars => format::money_short(value),
            HistogramUnit::Number => format::short(value),
        }
    }

    fn range(&self, bin: usize) -> String {
        format!("{} to {}", self.value(self.histogram.edges[bin]), self.value(self.histogram.edges[bin + 1]))
    }

    fn share(&self, count: u64) -> String {
        format::percent(count as f64 / self.total().max(1) as f64)
    }

    pub fn summary(&self) -> String {
        if self.is_empty() {
            return format!("How many {} fall into each range appears here once the pipeline has run.", self.subject);
        }
        let counts = &self.histogram.counts;
        let top = (0..counts.len()).max_by_key(|i| (counts[*i], usize::MAX - i)).unwrap_or(0);
        let above = match self.histogram.n_above {
            0 => String::new(),
            n => format!("; {} lie above the last bar", format::count(n)),
        };
        format!(
            "{} {}; the most common range is {} with {}{above}.",
            format::count(self.total()),
            self.subject,
            self.range(top),
            self.share(counts[top])
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&[self.axis, "Count", "Share"]);
        if !self.is_empty() {
            for (bin, count) in self.histogram.counts.iter().enumerate() {
                table.rows.push(vec![self.range(bin), format::count(*count), self.share(*count)]);
            }
            if self.histogram.n_above > 0 {
                let last = self.histogram.edges[self.histogram.counts.len()];
                let n = self.histogram.n_above;
                table.rows.push(vec![format!("above {}", self.value(last)), format::count(n), self.share(n)]);
            }
        }
        table
    }

    /// True when all bins are equally wide.
    fn is_uniform(&self) -> bool {
        let edges = &self.histogram.edges;
        let first = edges[1] - edges[0];
        first > 0.0 && edges.windows(2).all(|e| ((e[1] - e[0]) / first - 1.0).abs() < 1e-6)
    }

    fn frame(&self, style: &Style) -> Frame {
        let edges = &self.histogram.edges;
        let most = self.histogram.counts.iter().max().map_or(1.0, |n| *n as f64).max(1.0);
        let x = if self.is_uniform() { (edges[0], edges[edges.len() - 1]) } else { (0.0, (edges.len() - 1) as f64) };
        Frame::new(style, x, (0.0, most * 1.05), 16.0)
    }

    fn bar(&self, frame: &Frame, bin: usize) -> (f64, f64) {
        if self.is_uniform() {
            (frame.x.px(self.histogram.edges[bin]), frame.x.px(self.histogram.edges[bin + 1]))
        } else {
            (frame.x.px(bin as f64), frame.x.px((bin + 1) as f64))
        }
    }

    fn x_ticks(&self, frame: &Frame) -> Vec<Tick> {
        if self.is_uniform() {
            return frame.x_ticks(|v| self.value(v));
        }
        let n = self.histogram.edges.len();
        let room = ((frame.x.high_px - frame.x.low_px) / 56.0).max(1.0);
        let every = ((n as f64 / room).ceil() as usize).max(1);
        (0..n).step_by(every).map(|i| (i as f64, self.value(self.histogram.edges[i]))).collect()
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let (x_ticks, y_ticks) = (self.x_ticks(&frame), frame.y_ticks(format::short));
        let x_name = if self.is_uniform() { self.axis.to_owned() } else { format!("{} (unequal ranges)", self.axis) };
        let labels =
            Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: &x_name, y_name: self.subject, grid_x: false };
        frame.draw(pen, &labels)?;
        for (bin, count) in self.histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (left, right) = self.bar(&frame, bin);
            let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
            // A count that is not zero is never drawn as nothing.
            let top = frame.y.px(*count as f64).min(frame.y.low_px - 1.0);
            pen.rect((left, top), (right - gap, frame.y.low_px), pen.style.palette.train, 1.0)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let mark = |(bin, count): (usize, &u64)| {
            let (left, right) = self.bar(&frame, bin);
            let text =
                format!("{}: {} {}, {}", self.range(bin), format::count(*count), self.subject, self.share(*count));
            Mark { x: left, y: frame.y.high_px, width: right - left, height: frame.y.low_px - frame.y.high_px, text }
        };
        self.histogram.counts.iter().enumerate().map(mark).collect()
    }
}
