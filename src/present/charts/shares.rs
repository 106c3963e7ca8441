//! Which parameters the loss depends on: of each the share of the loss's variance that it explains alone, and with all others. Deliberately not
//! a sum to 1: shares with others overlap.

use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;

const ROW_PX: f64 = 26.0;
const BAR_PX: f64 = 14.0;
const TOP_PX: f64 = 8.0;
const VALUE_PX: f64 = 56.0;

/// Parameters, most important first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharesChart {
    /// Name, share alone, share with all others.
    pub parts: Vec<(String, f64, f64)>,
    /// Trials that it was reckoned from.
    pub n_trials: u32,
}

impl SharesChart {
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub fn summary(&self) -> String {
        let Some((name, alone, total)) = self.parts.first() else {
            return "Which parameters the error depends on appears here after a few trials.".to_owned();
        };
        format!(
            "{name} explains {} of the error’s variance over the space alone and {} together with others, as believed after {}.",
            format::percent(*alone),
            format::percent(*total),
            format::counted(self.n_trials.into(), "trial", "trials")
        )
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Parameter", "Alone", "With others"]);
        for (name, alone, total) in &self.parts {
            table.rows.push(vec![name.clone(), format::percent(*alone), format::percent(*total)]);
        }
        table
    }

    pub fn height_px(&self) -> f64 {
        2.0 * TOP_PX + self.parts.len().max(4) as f64 * ROW_PX
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let palette = pen.style.palette;
        let names = self.parts.iter().map(|(name, ..)| pen.text_width(name)).fold(60.0, f64::max);
        let left = (names + 12.0).min(pen.style.width_px * 0.55);
        let full = (pen.style.width_px - left - VALUE_PX).max(10.0);
        for (row, (name, alone, total)) in self.parts.iter().enumerate() {
            let middle = TOP_PX + (row as f64 + 0.5) * ROW_PX;
            let end = |share: f64| left + (share.clamp(0.0, 1.0) * full).max(1.0);
            pen.text(name, (left - 8.0, middle), Anchor::Right, palette.text)?;
            for (share, ink) in [(*total, palette.train.over(palette.panel, 0.35)), (*alone, palette.train)] {
                pen.rect((left, middle - BAR_PX / 2.0), (end(share), middle + BAR_PX / 2.0), ink, 1.0)?;
            }
            pen.text(
                &format::percent(*total),
                (end(alone.max(*total)) + 6.0, middle),
                Anchor::Left,
                palette.secondary,
            )?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let mark = |(row, (name, alone, total)): (usize, &(String, f64, f64))| Mark {
            x: 0.0,
            y: TOP_PX + row as f64 * ROW_PX,
            width: style.width_px,
            height: ROW_PX,
            text: format!("{name}: {} alone, {} with others", format::percent(*alone), format::percent(*total)),
        };
        self.parts.iter().enumerate().map(mark).collect()
    }
}
