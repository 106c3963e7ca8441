//! Feature importance: each input's share of the total gain as a bar, the most important first. Deliberately at most fifteen
//! bars; the table has them all.

use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::Importance;

const MAX_BARS: usize = 15;
const ROW_PX: f64 = 24.0;
const BAR_PX: f64 = 14.0;
const TOP_PX: f64 = 8.0;
const VALUE_PX: f64 = 56.0;

/// Inputs of a model by gain.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportanceChart {
    pub model: &'static str,
    pub inputs: Vec<Importance>,
}

impl ImportanceChart {
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    pub fn title(&self) -> String {
        format!("What {} looks at", self.model)
    }

    pub fn summary(&self) -> String {
        let Some(first) = self.inputs.first() else {
            return "Each input’s share of the model’s gain appears here once the model is trained.".to_owned();
        };
        let of_five: f64 = self.inputs.iter().take(5).map(|i| i.gain_share).sum();
        format!(
            "{} brings {} of the gain, and moves a prediction by {} on average; the first five of {} bring {} of the gain.",
            first.input,
            format::percent(first.gain_share),
            format::money(first.mean_contribution),
            format::counted(self.inputs.len() as u64, "input", "inputs"),
            format::percent(of_five)
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Input", "Share of gain", "Share of cover", "Splits", "Mean contribution"]);
        for input in &self.inputs {
            table.rows.push(vec![
                input.input.clone(),
                format::percent(input.gain_share),
                format::percent(input.cover_share),
                format::count(input.n_splits),
                format::money(input.mean_contribution),
            ]);
        }
        table
    }

    pub fn height_px(&self) -> f64 {
        2.0 * TOP_PX + self.inputs.len().clamp(5, MAX_BARS) as f64 * ROW_PX
    }

    /// Left end and full length of the bars. Names get the room of the longest one, half of the width at most.
    fn extent(&self, style: &Style, name_width: impl Fn(&str) -> f64) -> (f64, f64) {
        let names = self.inputs.iter().take(MAX_BARS).map(|i| name_width(&i.input)).fold(60.0, f64::max);
        let left = (names + 12.0).min(style.width_px * 0.55);
        (left, (style.width_px - left - VALUE_PX).max(10.0))
    }

    fn length(&self, full: f64, input: &Importance) -> f64 {
        let most = self.inputs.iter().map(|i| i.gain_share).fold(1e-9, f64::max);
        (input.gain_share / most).clamp(0.0, 1.0) * full
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let (left, full) = self.extent(pen.style, |name| pen.text_width(name));
        let palette = pen.style.palette;
        for (row, input) in self.inputs.iter().take(MAX_BARS).enumerate() {
            let middle = TOP_PX + (row as f64 + 0.5) * ROW_PX;
            let right = left + self.length(full, input).max(1.0);
            pen.text(&input.input, (left - 8.0, middle), Anchor::Right, palette.text)?;
            pen.rect((left, middle - BAR_PX / 2.0), (right, middle + BAR_PX / 2.0), palette.train, 1.0)?;
            pen.text(&format::percent(input.gain_share), (right + 6.0, middle), Anchor::Left, palette.secondary)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let mark = |(row, input): (usize, &Importance)| Mark {
            x: 0.0,
            y: TOP_PX + row as f64 * ROW_PX,
            width: style.width_px,
            height: ROW_PX,
            text: format!(
                "{}: {} of the gain in {}; moves a prediction by {} on average",
                input.input,
                format::percent(input.gain_share),
                format::counted(input.n_splits, "split", "splits"),
                format::money(input.mean_contribution)
            ),
        };
        self.inputs.iter().take(MAX_BARS).enumerate().map(mark).collect()
    }
}
