//! Prediction against truth by tenth: rows in the order of their prediction, and for each tenth of them the mean that was predicted
//! beside the mean that was spent. Deliberately means only; how much single rows scatter is the density chart's matter.

use super::axis::{Frame, Labels, Tick, draw_legend, round_step};
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::Decile;

/// Tenths of rows, those with the lowest predictions first.
#[derive(Clone, Debug, PartialEq)]
pub struct DecilesChart {
    pub title: String,
    pub deciles: Vec<Decile>,
    /// What the rows are.
    pub subject: &'static str,
    /// When there will be some.
    pub awaits: &'static str,
}

impl Default for DecilesChart {
    fn default() -> Self {
        Self { title: String::new(), deciles: Vec::new(), subject: "test rows", awaits: "the model is trained" }
    }
}

impl DecilesChart {
    pub fn is_empty(&self) -> bool {
        self.deciles.is_empty()
    }

    pub fn summary(&self) -> String {
        let (Some(first), Some(last)) = (self.deciles.first(), self.deciles.last()) else {
            return format!(
                "What was predicted and what was spent appear here by tenth of the {}, once {}.",
                self.subject, self.awaits
            );
        };
        format!(
            "The tenth with the highest predictions was predicted {} and spent {} on average; the lowest {} and {}.",
            format::money(last.predicted),
            format::money(last.actual),
            format::money(first.predicted),
            format::money(first.actual)
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Tenth", "Mean predicted", "Mean actual", "Actual − predicted"]);
        for (tenth, decile) in (1..).zip(&self.deciles) {
            table.rows.push(vec![
                format::count(tenth),
                format::money(decile.predicted),
                format::money(decile.actual),
                format::money_change(decile.actual - decile.predicted),
            ]);
        }
        table
    }

    /// From 0, or from below where a mean prediction is negative.
    fn frame(&self, style: &Style) -> Frame {
        let values = self.deciles.iter().flat_map(|d| [d.predicted, d.actual]).filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0f64, 1.0f64), |(low, high), value| (low.min(value), high.max(value)));
        let step = round_step((high - low) / 5.0);
        let low = if step.is_finite() { (low / step).floor() * step } else { low };
        Frame::new(style, (0.0, self.deciles.len() as f64), (low, high * 1.05), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let x_ticks: Vec<Tick> =
            (0..self.deciles.len()).map(|i| (i as f64 + 0.5, format::count(i as u64 + 1))).collect();
        let labels = Labels {
            x_ticks: &x_ticks,
            y_ticks: &frame.y_ticks(format::money_short),
            x_name: &format!("tenth of the {}, by prediction", self.subject),
            y_name: "mean spend",
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        let zero = frame.y.px(0.0);
        let width = frame.x.px(1.0) - frame.x.px(0.0);
        let gap = (width * 0.14).min(10.0);
        let half = (width / 2.0 - gap).max(1.0);
        for (position, decile) in self.deciles.iter().enumerate() {
            let left = frame.x.px(position as f64) + gap;
            for (begin, value, ink) in
                [(left, decile.predicted, palette.train), (left + half, decile.actual, palette.test)]
            {
                // A mean that is not zero is never drawn as nothing.
                let end = match value {
                    v if v > 0.0 => frame.y.px(v).min(zero - 1.0),
                    v if v < 0.0 => frame.y.px(v).max(zero + 1.0),
                    _ => continue,
                };
                pen.rect((begin, end.min(zero)), (begin + half - 1.0, end.max(zero)), ink, 1.0)?;
            }
        }
        if frame.y.low < 0.0 {
            pen.line((frame.x.low_px, zero), (frame.x.high_px, zero), palette.secondary, 1.0)?;
        }
        draw_legend(pen, frame.x.high_px, &[("predicted", palette.train), ("actual", palette.test)])
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let frame = self.frame(style);
        let mark = |(position, decile): (usize, &Decile)| {
            let (left, right) = (frame.x.px(position as f64), frame.x.px((position + 1) as f64));
            let text = format!(
                "Tenth {}: predicted {}, spent {} on average",
                position + 1,
                format::money(decile.predicted),
                format::money(decile.actual)
            );
            Mark { x: left, y: frame.y.high_px, width: right - left, height: frame.y.low_px - frame.y.high_px, text }
        };
        self.deciles.iter().enumerate().map(mark).collect()
    }
}
