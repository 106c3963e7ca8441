//! How each input's contributions to many predictions are spread: a density on a shared axis, coloured by where the inputs' values stand among all,
//! with one customer's place in it. Deliberately bins, not points: thousands of points would hide each other.

use super::association::shortened;
use super::axis::{Frame, Labels};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::{format, lab};
use crate::protocol::{AttributionView, InputAttribution};
use std::sync::Arc;

const MAX_ROWS: usize = 15;
const ROW_PX: f64 = 30.0;
const TOP_PX: f64 = 28.0;
const BOTTOM_PX: f64 = 46.0;
/// Half the height of the fullest bin.
const HALF_PX: f64 = 12.0;
const NAME_SHARE: f64 = 0.45;

/// The contributions of a version's inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwarmChart {
    pub view: Option<Arc<AttributionView>>,
    /// A customer's name, and what each input contributes to the prediction.
    pub customer: Option<(String, Vec<(String, f64)>)>,
}

/// The colour of a rank: from the lowest value to the highest.
pub(super) fn rank_ink(palette: &Palette, rank: Option<f32>) -> Ink {
    match rank.map(f64::from) {
        None => palette.baseline,
        Some(rank) if rank < 0.5 => palette.negative.over(palette.hairline, 1.0 - 2.0 * rank),
        Some(rank) => palette.positive.over(palette.hairline, 2.0 * rank - 1.0),
    }
}

/// The ramp of [`rank_ink`] with the names of its ends, right-aligned above what it explains.
pub(super) fn draw_ramp(pen: &mut Pen, right_px: f64, of: &str) -> Drawn {
    let palette = pen.style.palette;
    let (low, high) = ("low", format!("high {of}"));
    let end = right_px - pen.text_width(&high) - 6.0;
    pen.text(&high, (right_px, 10.0), Anchor::Right, palette.text)?;
    let begin = end - 60.0;
    for step in 0..12 {
        let (from, to) = (f64::from(step) / 12.0, f64::from(step + 1) / 12.0);
        let ink = rank_ink(&palette, Some((from + to) as f32 / 2.0));
        pen.rect((begin + 60.0 * from, 5.0), (begin + 60.0 * to, 15.0), ink, 1.0)?;
    }
    pen.text(low, (begin - 6.0, 10.0), Anchor::Right, palette.text)
}

impl SwarmChart {
    fn rows(&self) -> &[InputAttribution] {
        let inputs = self.view.as_ref().map_or(&[][..], |view| &view.inputs);
        &inputs[..inputs.len().min(MAX_ROWS)]
    }

    pub fn is_empty(&self) -> bool {
        self.view.as_ref().is_none_or(|view| view.inputs.is_empty() || view.n_rows == 0)
    }

    pub fn summary(&self) -> String {
        let Some((view, first)) = self.view.as_ref().and_then(|view| Some((view, view.inputs.first()?))) else {
            return "What each input contributes to the predictions of some hundred test customers appears here."
                .to_owned();
        };
        let (low, high) = first.range;
        format!(
            "{} contributes most: {} on average of {}, from {} to {}.",
            first.name,
            lab::size(first.mean_size, view.is_log),
            format::counted(view.n_rows.into(), "test customer", "test customers"),
            lab::part(low, view.is_log),
            lab::part(high, view.is_log)
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Input", "Mean size", "Least", "Greatest", "This customer"]);
        let Some(view) = &self.view else { return table };
        for input in &view.inputs {
            table.rows.push(vec![
                input.name.clone(),
                lab::size(input.mean_size, view.is_log),
                lab::part(input.range.0, view.is_log),
                lab::part(input.range.1, view.is_log),
                self.own(&input.name).map_or(format::ABSENT.to_owned(), |own| lab::part(own, view.is_log)),
            ]);
        }
        table
    }

    /// What an input contributes to the customer's prediction.
    fn own(&self, input: &str) -> Option<f64> {
        let (_, parts) = self.customer.as_ref()?;
        parts.iter().find(|(name, _)| name == input).map(|(_, part)| *part)
    }

    pub fn height_px(&self) -> f64 {
        TOP_PX + BOTTOM_PX + self.rows().len().max(5) as f64 * ROW_PX
    }

    fn frame(&self, style: &Style, name_px: f64) -> Frame {
        let ends = self.view.as_ref().map_or((0.0, 1.0), |view| (view.low.min(0.0), view.high.max(0.0)));
        let ends = if ends.0 < ends.1 { ends } else { (-1.0, 1.0) };
        let mut frame = Frame::new(style, ends, (0.0, 1.0), 16.0);
        frame.x.low_px = name_px.min(style.width_px * NAME_SHARE).min(frame.x.high_px - 20.0);
        frame
    }

    fn name_px(&self, width: impl Fn(&str) -> f64) -> f64 {
        self.rows().iter().map(|row| width(&row.name)).fold(40.0, f64::max) + 16.0
    }

    /// The middle of a row.
    fn middle(&self, frame: &Frame, nth: usize) -> f64 {
        frame.y.px(1.0 - (nth as f64 + 0.5) / self.rows().len().max(1) as f64)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some(view) = &self.view else { return Ok(()) };
        let palette = pen.style.palette;
        let frame = self.frame(pen.style, self.name_px(|text| pen.text_width(text)));
        let x_ticks = frame.x_ticks(|value| lab::part_short(value, view.is_log));
        let x_name = if view.is_log { "contribution, factor" } else { "contribution" };
        frame.draw(pen, &Labels { x_ticks: &x_ticks, y_ticks: &[], x_name, y_name: "", grid_x: true })?;
        let zero = frame.x.px(0.0);
        pen.line((zero, frame.y.high_px), (zero, frame.y.low_px), palette.secondary, 1.0)?;
        for (nth, input) in self.rows().iter().enumerate() {
            let y = self.middle(&frame, nth);
            let name = shortened(&input.name, frame.x.low_px - 14.0, |text| pen.text_width(text));
            pen.text(&name, (frame.x.low_px - 10.0, y), Anchor::Right, palette.text)?;
            let most = input.bins.iter().map(|(count, _)| *count).max().unwrap_or(1).max(1);
            let width = (view.high - view.low) / input.bins.len().max(1) as f64;
            for (bin, (count, rank)) in input.bins.iter().enumerate().filter(|(_, (count, _))| *count > 0) {
                let (left, right) =
                    (frame.x.px(view.low + width * bin as f64), frame.x.px(view.low + width * (bin + 1) as f64));
                // The root keeps a single customer visible beside hundreds.
                let half = (HALF_PX * (f64::from(*count) / f64::from(most)).sqrt()).max(1.0);
                pen.rect((left, y - half), (right, y + half), rank_ink(&palette, *rank), 1.0)?;
            }
            if let Some(own) = self.own(&input.name) {
                let x = frame.x.px(own.clamp(frame.x.low, frame.x.high));
                pen.line((x, y - HALF_PX - 2.0), (x, y + HALF_PX + 2.0), palette.text, 2.0)?;
            }
        }
        draw_ramp(pen, frame.x.high_px, "value")?;
        if let Some((customer, _)) = &self.customer {
            pen.line((6.0, 4.0), (6.0, 16.0), palette.text, 2.0)?;
            pen.text(&format!("customer {customer}"), (12.0, 10.0), Anchor::Left, palette.text)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some(view) = self.view.as_ref().filter(|_| !self.is_empty()) else { return Vec::new() };
        let frame = self.frame(style, 0.0);
        let mark = |(nth, input): (usize, &InputAttribution)| {
            let own = self
                .own(&input.name)
                .map_or(String::new(), |own| format!("; {} for this customer", lab::part(own, view.is_log)));
            let text = format!(
                "{}: {} on average, from {} to {}{own}",
                input.name,
                lab::size(input.mean_size, view.is_log),
                lab::part(input.range.0, view.is_log),
                lab::part(input.range.1, view.is_log)
            );
            let y = self.middle(&frame, nth) - ROW_PX / 2.0;
            Mark { x: 0.0, y, width: style.width_px, height: ROW_PX, text }
        };
        self.rows().iter().enumerate().map(mark).collect()
    }
}
