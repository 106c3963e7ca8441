//! The learning curve: the loss after each tree on training and validation rows, while a model trains and afterwards.

use super::axis::{Frame, Labels, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::Curve;

/// The loss with so many trees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    pub n_trees: u32,
    pub train: f64,
    pub validation: f64,
}

impl CurvePoint {
    /// The points of a complete curve.
    pub fn all_of(curve: &Curve) -> Vec<Self> {
        let pairs = curve.train.iter().zip(&curve.validation);
        let point = |(n_trees, (train, validation)): (u32, (&f64, &f64))| Self {
            n_trees,
            train: *train,
            validation: *validation,
        };
        (1..).zip(pairs).map(point).collect()
    }
}

/// The loss by number of trees.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurveChart {
    pub model: &'static str,
    pub points: Vec<CurvePoint>,
    pub n_trees_planned: u32,
    /// Its name; empty before anything was trained.
    pub loss: String,
    /// A number of trees to point out, while somebody steps through them.
    pub at: Option<u32>,
}

impl LearningCurveChart {
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    pub fn title(&self) -> String {
        format!("Learning curve of {}", self.model)
    }

    pub fn summary(&self) -> String {
        let (Some(last), Some(best)) = (self.points.last(), self.best()) else {
            return "The error after each tree appears here while the model trains; run the pipeline to see it."
                .to_owned();
        };
        format!(
            "After {} the {} is {} on training rows and {} on validation rows; validation was lowest at tree {} with {}.",
            format::counted(last.n_trees.into(), "tree", "trees"),
            self.loss,
            self.figure(last.train),
            self.figure(last.validation),
            best.n_trees,
            self.figure(best.validation)
        )
    }

    /// Everything but Tweedie's loss is in dollars.
    fn figure(&self, loss: f64) -> String {
        if self.loss.starts_with("Tweedie") { format::statistic(loss) } else { format::money(loss) }
    }

    fn best(&self) -> Option<&CurvePoint> {
        self.points.iter().min_by(|a, b| a.validation.total_cmp(&b.validation))
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Trees", "Training", "Validation"]);
        let n = self.points.len();
        // Fifty rows tell the same as three hundred.
        let every = n.div_ceil(50).max(1);
        for (i, point) in self.points.iter().enumerate() {
            if i == 0 || i + 1 == n || (i + 1) % every == 0 {
                let money = [point.train, point.validation].map(|loss| self.figure(loss));
                table.rows.push([vec![format::count(point.n_trees.into())], money.to_vec()].concat());
            }
        }
        table
    }

    fn frame(&self, style: &Style) -> Frame {
        let values = self.points.iter().flat_map(|p| [p.train, p.validation]).filter(|v| v.is_finite());
        let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
        let step = round_step(((high - low) / 5.0).max(high * 1e-3));
        let (low, high) =
            if step.is_finite() { ((low / step).floor() * step, (high / step).ceil() * step) } else { (0.0, 1.0) };
        let n_trees = self.points.last().map_or(0, |p| p.n_trees).max(self.n_trees_planned);
        Frame::new(style, (0.0, f64::from(n_trees)), (low, high), 84.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let (x_ticks, y_ticks) = (
            frame.x_ticks(format::short),
            frame.y_ticks(if self.loss.starts_with("Tweedie") { format::statistic } else { format::money_short }),
        );
        let labels =
            Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: "trees", y_name: &self.loss, grid_x: false };
        frame.draw(pen, &labels)?;
        if let Some(at) = self.at {
            frame.draw_moment(pen, frame.x.px(at.into()), frame.y.low_px, &format!("tree {at}"))?;
        }
        let palette = pen.style.palette;
        let line = |value: fn(&CurvePoint) -> f64| -> Vec<(f64, f64)> {
            self.points.iter().map(|p| (frame.x.px(p.n_trees.into()), frame.y.px(value(p)))).collect()
        };
        let (train, validation) = (line(|p| p.train), line(|p| p.validation));
        pen.path(&train, palette.train, 2.0)?;
        pen.path(&validation, palette.validation, 2.0)?;
        if let Some(best) = self.best() {
            let (x, y) = (frame.x.px(best.n_trees.into()), frame.y.px(best.validation));
            pen.rect((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), palette.validation, 1.0)?;
        }
        let (Some(end_train), Some(end_validation)) = (train.last(), validation.last()) else { return Ok(()) };
        // Labels keep a line's height apart and off the base line, the upper line's label above.
        let middle = ((end_train.1 + end_validation.1) / 2.0).min(frame.y.low_px - 18.0);
        let apart = ((end_train.1 - end_validation.1).abs() / 2.0).max(8.0);
        let sign = if end_train.1 >= end_validation.1 { 1.0 } else { -1.0 };
        let y = |sign: f64| (middle + sign * apart).min(frame.y.low_px - 10.0);
        pen.text("training", (end_train.0 + 8.0, y(sign)), Anchor::Left, palette.train)?;
        pen.text("validation", (end_validation.0 + 8.0, y(-sign)), Anchor::Left, palette.validation)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let half = ((frame.x.px(1.0) - frame.x.px(0.0)) / 2.0).max(0.5);
        let mark = |point: &CurvePoint| Mark {
            x: frame.x.px(point.n_trees.into()) - half,
            y: frame.y.high_px,
            width: 2.0 * half,
            height: frame.y.low_px - frame.y.high_px,
            text: format!(
                "Tree {}: {} {} on training rows, {} on validation rows",
                point.n_trees,
                self.loss,
                self.figure(point.train),
                self.figure(point.validation)
            ),
        };
        self.points.iter().map(mark).collect()
    }
}
