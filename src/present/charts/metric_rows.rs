//! A metric of a model's versions on every split, a row for each version: what a newer version won, and what it only won on the rows it was
//! fitted to. Deliberately no line from version to version: they are no series in time.

use super::axis::{Frame, Labels, draw_legend, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::format;

const ROW_PX: f64 = 30.0;
const TOP_PX: f64 = 28.0;
const BOTTOM_PX: f64 = 46.0;
const DOT_PX: f64 = 5.0;
/// Training, validation, test.
pub const SPLITS: [&str; 3] = ["train", "validation", "test"];

/// A version by its values on [`SPLITS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricRow {
    /// "V2 (champion)".
    pub version: String,
    pub values: [Option<f64>; 3],
    pub texts: [String; 3],
}

/// Versions by one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricRowsChart {
    pub metric: &'static str,
    pub more_is_better: bool,
    pub rows: Vec<MetricRow>,
}

impl MetricRowsChart {
    fn values(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().flat_map(|row| row.values).flatten().filter(|value| value.is_finite())
    }

    pub fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    pub fn title(&self) -> String {
        format!("{} of every version", self.metric)
    }

    /// The row with the best value on the test rows.
    fn best(&self) -> Option<&MetricRow> {
        let rows = self.rows.iter().filter_map(|row| Some((row, row.values[2].filter(|value| value.is_finite())?)));
        let sign = if self.more_is_better { 1.0 } else { -1.0 };
        rows.max_by(|a, b| (a.1 * sign).total_cmp(&(b.1 * sign))).map(|(row, _)| row)
    }

    pub fn summary(&self) -> String {
        let Some(best) = self.best() else {
            return "A metric of every version appears here once the pipeline has trained a model.".to_owned();
        };
        let [train, _, test] = &best.texts;
        if self.rows.len() == 1 {
            return format!("{} has {test} on the test rows and {train} on those it was trained on.", best.version);
        }
        format!(
            "Of {} {} has the best {} on the test rows, {test}; on the rows it was trained on it has {train}.",
            format::counted(self.rows.len() as u64, "version", "versions"),
            best.version,
            self.metric
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Version", "Train", "Validation", "Test"]);
        for row in &self.rows {
            let cells = [&row.version].into_iter().chain(&row.texts);
            table.rows.push(cells.cloned().collect());
        }
        table
    }

    pub fn height_px(&self) -> f64 {
        TOP_PX + BOTTOM_PX + self.rows.len().max(3) as f64 * ROW_PX
    }

    fn frame(&self, style: &Style, name_px: f64) -> Frame {
        let (low, high) = self.values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let step = round_step(((high - low) / 5.0).max(high.abs() * 1e-3).max(1e-9));
        let ends = ((low / step).floor() * step, (high / step).ceil() * step);
        let ends = if ends.0 < ends.1 { ends } else { (ends.0 - step, ends.1 + step) };
        let mut frame = Frame::new(style, ends, (0.0, 1.0), 16.0);
        frame.x.low_px = name_px.min(frame.x.high_px - 20.0);
        frame
    }

    /// The share of the axis's height at which so many rows end; the first row is on top.
    fn place(&self, n_rows: f64) -> f64 {
        1.0 - n_rows / self.rows.len().max(1) as f64
    }

    /// Of the longest name, which stands left of the axis.
    fn name_px(&self, width: impl Fn(&str) -> f64) -> f64 {
        self.rows.iter().map(|row| width(&row.version)).fold(40.0, f64::max) + 16.0
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let palette = pen.style.palette;
        let frame = self.frame(pen.style, self.name_px(|text| pen.text_width(text)));
        let x_ticks = frame.x_ticks(format::short);
        frame.draw(pen, &Labels { x_ticks: &x_ticks, y_ticks: &[], x_name: self.metric, y_name: "", grid_x: true })?;
        for (nth, row) in self.rows.iter().enumerate() {
            let y = frame.y.px(self.place(nth as f64 + 0.5));
            pen.text(&row.version, (frame.x.low_px - 10.0, y), Anchor::Right, palette.text)?;
            pen.line((frame.x.low_px, y), (frame.x.high_px, y), palette.hairline, 1.0)?;
            for (value, ink) in row.values.iter().zip(inks(&palette)) {
                if let Some(x) = value.filter(|value| value.is_finite()).map(|value| frame.x.px(value)) {
                    pen.rect((x - DOT_PX, y - DOT_PX), (x + DOT_PX, y + DOT_PX), ink, 1.0)?;
                }
            }
        }
        let names = SPLITS.into_iter().zip(inks(&palette)).collect::<Vec<_>>();
        draw_legend(pen, frame.x.high_px, &names)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style, 0.0);
        let mark = |(nth, row): (usize, &MetricRow)| {
            let (top, bottom) = (frame.y.px(self.place(nth as f64)), frame.y.px(self.place(nth as f64 + 1.0)));
            let [train, validation, test] = &row.texts;
            let text = format!("{}: {train} on train, {validation} on validation, {test} on test rows", row.version);
            Mark { x: 0.0, y: top, width: style.width_px, height: bottom - top, text }
        };
        self.rows.iter().enumerate().map(mark).collect()
    }
}

fn inks(palette: &Palette) -> [Ink; 3] {
    [palette.train, palette.validation, palette.test]
}
