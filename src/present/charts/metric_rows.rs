//! A metric by rows, some series in each: versions of a model on every split, or what a test promised and what came of it. Deliberately no line
//! from row to row: rows are no series in time.

use super::association::shortened;
use super::axis::{Frame, Labels, draw_legend, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::format;

const ROW_PX: f64 = 30.0;
const TOP_PX: f64 = 28.0;
const BOTTOM_PX: f64 = 46.0;
const DOT_PX: f64 = 5.0;
/// Names get this share of the width at most.
const NAME_SHARE: f64 = 0.5;

/// A row with a value and its text for each series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricRow {
    /// "V2 (champion)".
    pub name: String,
    pub values: Vec<Option<f64>>,
    pub texts: Vec<String>,
}

/// Rows by one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricRowsChart {
    pub title: String,
    pub summary: String,
    /// What the axis shows.
    pub metric: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// At most three.
    pub series: &'static [&'static str],
    /// Where the axis begins at the lowest: values below stand at its end.
    pub least: Option<f64>,
    pub rows: Vec<MetricRow>,
}

impl MetricRowsChart {
    fn values(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().flat_map(|row| row.values.iter().copied()).flatten().filter(|value| value.is_finite())
    }

    pub fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    pub fn table(&self) -> ChartTable {
        let headers: Vec<&str> = [self.row].into_iter().chain(self.series.iter().copied()).collect();
        let mut table = ChartTable::new(&headers);
        for row in &self.rows {
            let cells = [&row.name].into_iter().chain(&row.texts);
            table.rows.push(cells.cloned().collect());
        }
        table
    }

    pub fn height_px(&self) -> f64 {
        TOP_PX + BOTTOM_PX + self.rows.len().max(3) as f64 * ROW_PX
    }

    fn frame(&self, style: &Style, name_px: f64) -> Frame {
        let (low, high) = self.values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let low = self.least.map_or(low, |least| low.max(least));
        let step = round_step(((high - low) / 5.0).max(high.abs() * 1e-3).max(1e-9));
        let ends = ((low / step).floor() * step, (high / step).ceil() * step);
        let ends = if ends.0 < ends.1 { ends } else { (ends.0 - step, ends.1 + step) };
        let mut frame = Frame::new(style, ends, (0.0, 1.0), 16.0);
        frame.x.low_px = name_px.min(style.width_px * NAME_SHARE).min(frame.x.high_px - 20.0);
        frame
    }

    /// The share of the axis's height at which so many rows end; the first row is on top.
    fn place(&self, n_rows: f64) -> f64 {
        1.0 - n_rows / self.rows.len().max(1) as f64
    }

    /// Of the longest name, which stands left of the axis.
    fn name_px(&self, width: impl Fn(&str) -> f64) -> f64 {
        self.rows.iter().map(|row| width(&row.name)).fold(40.0, f64::max) + 16.0
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let palette = pen.style.palette;
        let frame = self.frame(pen.style, self.name_px(|text| pen.text_width(text)));
        let x_ticks = frame.x_ticks(format::short);
        frame.draw(pen, &Labels { x_ticks: &x_ticks, y_ticks: &[], x_name: self.metric, y_name: "", grid_x: true })?;
        for (nth, row) in self.rows.iter().enumerate() {
            let y = frame.y.px(self.place(nth as f64 + 0.5));
            let name = shortened(&row.name, frame.x.low_px - 14.0, |text| pen.text_width(text));
            pen.text(&name, (frame.x.low_px - 10.0, y), Anchor::Right, palette.text)?;
            pen.line((frame.x.low_px, y), (frame.x.high_px, y), palette.hairline, 1.0)?;
            let place = |value: &Option<f64>| value.filter(|value| value.is_finite()).map(|value| frame.x.px(value));
            let places: Vec<Option<f64>> = row.values.iter().map(place).collect();
            let shown = || places.iter().flatten().copied();
            let ends = (shown().fold(f64::INFINITY, f64::min), shown().fold(f64::NEG_INFINITY, f64::max));
            if ends.0 < ends.1 {
                pen.line((ends.0, y), (ends.1, y), palette.secondary, 1.5)?;
            }
            for (x, ink) in places.iter().zip(inks(&palette)).filter_map(|(x, ink)| Some(((*x)?, ink))) {
                pen.rect((x - DOT_PX, y - DOT_PX), (x + DOT_PX, y + DOT_PX), ink, 1.0)?;
            }
        }
        let names: Vec<(&str, Ink)> = self.series.iter().copied().zip(inks(&palette)).collect();
        draw_legend(pen, frame.x.high_px, &names)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style, 0.0);
        let mark = |(nth, row): (usize, &MetricRow)| {
            let (top, bottom) = (frame.y.px(self.place(nth as f64)), frame.y.px(self.place(nth as f64 + 1.0)));
            let named: Vec<String> =
                self.series.iter().zip(&row.texts).map(|(series, text)| format!("{text} {series}")).collect();
            let text = format!("{}: {}", row.name, named.join(", "));
            Mark { x: 0.0, y: top, width: style.width_px, height: bottom - top, text }
        };
        self.rows.iter().enumerate().map(mark).collect()
    }
}

fn inks(palette: &Palette) -> [Ink; 3] {
    [palette.train, palette.validation, palette.test]
}
