//! How one customer's prediction came about: a step after each tree, the number of trees looked at, and what was really spent.
//! Deliberately one customer; how all of them fare is the learning curve's matter.

use super::axis::{Frame, Labels, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;

/// Room right of the plot for the name of the actual value.
const RIGHT_PX: f64 = 92.0;

/// A prediction by number of trees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathChart {
    pub title: String,
    /// After 0, 1, 2, … trees, dollars.
    pub path: Vec<f64>,
    /// How many trees are looked at.
    pub at: u32,
    /// What was really spent, dollars.
    pub actual: f64,
}

impl PathChart {
    pub fn is_empty(&self) -> bool {
        self.path.is_empty()
    }

    fn n_trees(&self) -> usize {
        self.path.len().saturating_sub(1)
    }

    fn at(&self) -> usize {
        self.n_trees().min(self.at as usize)
    }

    pub fn summary(&self) -> String {
        let (Some(last), Some(now)) = (self.path.last(), self.path.get(self.at())) else {
            return "One customer’s prediction after each tree appears here once the model is trained.".to_owned();
        };
        let all = format::counted(self.n_trees() as u64, "tree", "trees");
        let (now, last, actual) = (format::money(*now), format::money(*last), format::money(self.actual));
        if self.at() == self.n_trees() {
            return format!("After all {all} the prediction is {last}; {actual} were really spent.");
        }
        let at = format::count(self.at() as u64);
        format!("After {at} of {all} the prediction is {now}, after all of them {last}; {actual} were really spent.")
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Trees", "Prediction", "Last tree", "Actual − predicted"]);
        let n = self.path.len();
        // Fifty rows tell the same as three hundred; the one looked at is always there.
        let every = n.div_ceil(50).max(1);
        for (i, value) in self.path.iter().enumerate() {
            if i % every == 0 || i + 1 == n || i == self.at() {
                let change = i.checked_sub(1).and_then(|before| self.path.get(before)).map(|before| value - before);
                table.rows.push(vec![
                    format::count(i as u64),
                    format::money(*value),
                    change.map_or(String::new(), format::money_change),
                    format::money_change(self.actual - value),
                ]);
            }
        }
        table
    }

    fn frame(&self, style: &Style) -> Frame {
        let values = self.path.iter().chain([&self.actual]).filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0f64, 1.0f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let step = round_step((high - low) / 5.0);
        let low = if step.is_finite() { (low / step).floor() * step } else { low };
        Frame::new(style, (0.0, self.n_trees().max(1) as f64), (low, high * 1.05), RIGHT_PX)
    }

    /// The corners of the steps after `from` to `to` trees; a value holds until the next tree.
    fn steps(&self, frame: &Frame, from: usize, to: usize) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (i, value) in self.path.iter().enumerate().take(to + 1).skip(from) {
            let (x, y) = (frame.x.px(i as f64), frame.y.px(*value));
            if let Some((_, before)) = points.last() {
                points.push((x, *before));
            }
            points.push((x, y));
        }
        points
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let labels = Labels {
            x_ticks: &frame.x_ticks(format::short),
            y_ticks: &frame.y_ticks(format::money_short),
            x_name: "trees",
            y_name: "prediction",
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        let now = self.at();
        // Trees still to come are there, but behind.
        let later = palette.train.over(palette.panel, 0.4);
        pen.path(&self.steps(&frame, now, self.n_trees()), later, 1.5)?;
        if self.actual.is_finite() {
            let y = frame.y.px(self.actual);
            let mut x = frame.x.low_px;
            while x < frame.x.high_px {
                pen.line((x, y), ((x + 6.0).min(frame.x.high_px), y), palette.test, 1.5)?;
                x += 10.0;
            }
            let name = format!("spent {}", format::money(self.actual));
            let y = y.min(frame.y.low_px - 8.0);
            pen.text(&name, (frame.x.high_px + 8.0, y), Anchor::Left, palette.test)?;
        }
        let Some(value) = self.path.get(now) else { return Ok(()) };
        let (x, y) = (frame.x.px(now as f64), frame.y.px(*value));
        let name = format!("{}: {}", format::counted(now as u64, "tree", "trees"), format::money(*value));
        frame.draw_moment(pen, x, frame.y.low_px, &name)?;
        pen.path(&self.steps(&frame, 0, now), palette.train, 2.0)?;
        pen.rect((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), palette.train, 1.0)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let frame = self.frame(style);
        let half = ((frame.x.px(1.0) - frame.x.px(0.0)) / 2.0).clamp(0.5, 12.0);
        let mark = |(n_trees, value): (u64, &f64)| Mark {
            x: frame.x.px(n_trees as f64) - half,
            y: frame.y.high_px,
            width: 2.0 * half,
            height: frame.y.low_px - frame.y.high_px,
            text: format!(
                "After {}: {}; {} were spent",
                format::counted(n_trees, "tree", "trees"),
                format::money(*value),
                format::money(self.actual)
            ),
        };
        (0..).zip(&self.path).map(mark).collect()
    }
}
