//! The learning curve: RMSE after each tree on training and validation rows, while a model trains and afterwards.

use super::axis::{Frame, Labels, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::Curve;
use plotters_backend::DrawingBackend;

/// RMSE by number of trees.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurveChart {
    pub model: &'static str,
    pub curve: Curve,
    pub n_trees_planned: u32,
}

impl LearningCurveChart {
    fn n_trees(&self) -> usize {
        self.curve.rmse_train.len().min(self.curve.rmse_validation.len())
    }

    pub fn is_empty(&self) -> bool {
        self.n_trees() == 0
    }

    pub fn title(&self) -> String {
        format!("Learning curve of {}", self.model)
    }

    pub fn summary(&self) -> String {
        let n = self.n_trees();
        if n == 0 {
            return "The error after each tree appears here while the model trains; run the pipeline to see it."
                .to_owned();
        }
        let best = self.best();
        format!(
            "After {} the error is {} on training rows and {} on validation rows; validation was lowest at tree {} with {}.",
            format::counted(n as u64, "tree", "trees"),
            format::money(self.curve.rmse_train[n - 1]),
            format::money(self.curve.rmse_validation[n - 1]),
            best + 1,
            format::money(self.curve.rmse_validation[best])
        )
    }

    fn best(&self) -> usize {
        let validation = &self.curve.rmse_validation;
        (0..self.n_trees()).min_by(|a, b| validation[*a].total_cmp(&validation[*b])).unwrap_or(0)
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Trees", "RMSE training", "RMSE validation"]);
        let n = self.n_trees();
        // Fifty rows tell the same as three hundred.
        let every = n.div_ceil(50).max(1);
        for i in (0..n).filter(|i| (i + 1) % every == 0 || *i == 0 || i + 1 == n) {
            let money = |v: f64| format::money(v);
            let row = [money(self.curve.rmse_train[i]), money(self.curve.rmse_validation[i])];
            table.rows.push([vec![(i + 1).to_string()], row.to_vec()].concat());
        }
        table
    }

    fn frame(&self, style: &Style) -> Frame {
        let n = self.n_trees();
        let values =
            || self.curve.rmse_train[..n].iter().chain(&self.curve.rmse_validation[..n]).filter(|v| v.is_finite());
        let (low, high) = values().fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(*v), high.max(*v)));
        let step = round_step(((high - low) / 5.0).max(high * 1e-3));
        let (low, high) =
            if step.is_finite() { ((low / step).floor() * step, (high / step).ceil() * step) } else { (0.0, 1.0) };
        Frame::new(style, (0.0, f64::from(self.n_trees_planned).max(n as f64)), (low, high), 84.0)
    }

    pub fn draw<DB: DrawingBackend>(&self, pen: &mut Pen<DB>) -> Drawn<DB> {
        let (frame, n) = (self.frame(pen.style), self.n_trees());
        let (x_ticks, y_ticks) = (frame.x_ticks(format::short), frame.y_ticks(format::money_short));
        let labels = Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: "trees", y_name: "RMSE", grid_x: false };
        frame.draw(pen, &labels)?;
        let palette = pen.style.palette;
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            values.iter().enumerate().map(|(i, v)| (frame.x.px((i + 1) as f64), frame.y.px(*v))).collect()
        };
        let (train, validation) = (points(&self.curve.rmse_train[..n]), points(&self.curve.rmse_validation[..n]));
        pen.path(&train, palette.train, 2.0)?;
        pen.path(&validation, palette.validation, 2.0)?;
        let (end_train, end_validation) = (train[n - 1], validation[n - 1]);
        let best = validation[self.best()];
        pen.rect((best.0 - 3.0, best.1 - 3.0), (best.0 + 3.0, best.1 + 3.0), palette.validation, 1.0)?;
        // Labels keep a line's height apart, the upper line's label above.
        let middle = (end_train.1 + end_validation.1) / 2.0;
        let apart = ((end_train.1 - end_validation.1).abs() / 2.0).max(8.0);
        let sign = if end_train.1 >= end_validation.1 { 1.0 } else { -1.0 };
        pen.text("training", (end_train.0 + 8.0, middle + sign * apart), Anchor::Left, palette.train)?;
        pen.text("validation", (end_validation.0 + 8.0, middle - sign * apart), Anchor::Left, palette.validation)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let half = ((frame.x.px(1.0) - frame.x.px(0.0)) / 2.0).max(0.5);
        let mark = |i: usize| Mark {
            x: frame.x.px((i + 1) as f64) - half,
            y: frame.y.high_px,
            width: 2.0 * half,
            height: frame.y.low_px - frame.y.high_px,
            text: format!(
                "Tree {}: RMSE {} on training rows, {} on validation rows",
                i + 1,
                format::money(self.curve.rmse_train[i]),
                format::money(self.curve.rmse_validation[i])
            ),
        };
        (0..self.n_trees()).map(mark).collect()
    }
}
