//! Where a feature has moved: for each bin of its PSI the share of training rows beside the share of rows served now. The bins
//! are those of the measure, so that the picture and the number say the same.

use super::association::shortened;
use super::axis::{Frame, Labels, draw_legend};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::{format, health};
use crate::protocol::{DriftBin, FeatureDrift};

/// Room that a label needs at least.
const LABEL_PX: f64 = 44.0;
const TICKS_PX: f64 = 34.0;

/// One feature; `None` before anything was computed.
#[derive(Clone, Debug, PartialEq)]
pub struct DriftChart {
    pub drift: Option<FeatureDrift>,
}

impl DriftChart {
    /// The feature with its bins, when it has some.
    fn shown(&self) -> Option<&FeatureDrift> {
        self.drift
            .as_ref()
            .filter(|drift| !drift.bins.is_empty() && drift.training.n_rows > 0 && drift.served.n_rows > 0)
    }

    pub fn is_empty(&self) -> bool {
        self.shown().is_none()
    }

    pub fn title(&self) -> String {
        match &self.drift {
            Some(drift) => format!("{}, then and now", drift.feature),
            None => "A feature, then and now".to_owned(),
        }
    }

    pub fn summary(&self) -> String {
        let Some(drift) = self.shown() else {
            return "The values that a model was trained on appear here beside those served now, once the pipeline has run."
                .to_owned();
        };
        let most = drift.bins.iter().reduce(|a, b| if b.contribution > a.contribution { b } else { a });
        let part = most.filter(|bin| bin.contribution > 0.0).map_or_else(String::new, |bin| {
            let [then, now] = shares(drift, bin);
            format!(
                " Most of it comes from {}: {} of the training rows, {} of the served ones.",
                health::range(drift, &bin.range),
                format::percent(then),
                format::percent(now)
            )
        });
        format!("PSI {}, {}.{part}", format::score(drift.psi), health::verdict_words(drift))
    }

    pub fn table(&self) -> ChartTable {
        let headers = ["Bin", "Training rows", "Share of them", "Served rows", "Share of them", "Part of the PSI"];
        let mut table = ChartTable::new(&headers);
        if let Some(drift) = self.shown() {
            for bin in &drift.bins {
                let [then, now] = shares(drift, bin);
                table.rows.push(vec![
                    health::range(drift, &bin.range),
                    format::count(bin.n_training),
                    format::percent(then),
                    format::count(bin.n_served),
                    format::percent(now),
                    format::score(bin.contribution),
                ]);
            }
        }
        table
    }

    fn frame(drift: &FeatureDrift, style: &Style) -> Frame {
        let most = drift.bins.iter().flat_map(|bin| shares(drift, bin)).fold(0.01, f64::max);
        Frame::new(style, (0.0, drift.bins.len() as f64), (0.0, most * 1.05), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some(drift) = self.shown() else { return Ok(()) };
        let frame = Self::frame(drift, pen.style);
        let palette = pen.style.palette;
        let y_ticks: Vec<_> =
            frame.y.ticks(TICKS_PX).into_iter().map(|share| (share, format::percent(share))).collect();
        let x_name = if drift.unit.is_empty() { "bins of the PSI" } else { &drift.unit };
        let labels = Labels { x_ticks: &[], y_ticks: &y_ticks, x_name, y_name: "share of rows", grid_x: false };
        frame.draw(pen, &labels)?;
        let width = frame.x.px(1.0) - frame.x.px(0.0);
        let every = libm::ceil(LABEL_PX / width.max(1.0)).max(1.0) as usize;
        for (position, bin) in drift.bins.iter().enumerate() {
            let left = frame.x.px(position as f64);
            let gap = (width * 0.12).min(6.0);
            let half = (width / 2.0 - gap).max(1.0);
            for (side, (share, ink)) in shares(drift, bin).into_iter().zip([palette.train, palette.test]).enumerate() {
                let begin = left + gap + half * side as f64;
                // A share that is not zero is never drawn as nothing.
                let top = if share > 0.0 { frame.y.px(share).min(frame.y.low_px - 1.0) } else { frame.y.low_px };
                pen.rect((begin, top), (begin + half - 1.0, frame.y.low_px), ink, 1.0)?;
            }
            if position % every == 0 {
                let room = width * every as f64 - 6.0;
                let text = shortened(&health::short_range(drift, &bin.range), room, |text| pen.text_width(text));
                pen.text(&text, (left + width / 2.0, frame.y.low_px + 15.0), Anchor::Center, palette.secondary)?;
            }
        }
        draw_legend(pen, frame.x.high_px, &[("training rows", palette.train), ("served now", palette.test)])
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some(drift) = self.shown() else { return Vec::new() };
        let frame = Self::frame(drift, style);
        let mark = |(position, bin): (usize, &DriftBin)| {
            let (left, right) = (frame.x.px(position as f64), frame.x.px((position + 1) as f64));
            let [then, now] = shares(drift, bin);
            let text = format!(
                "{}: {} of the training rows, {} of the served ones, {} of the PSI",
                health::range(drift, &bin.range),
                format::percent(then),
                format::percent(now),
                format::score(bin.contribution)
            );
            Mark { x: left, y: frame.y.high_px, width: right - left, height: frame.y.low_px - frame.y.high_px, text }
        };
        drift.bins.iter().enumerate().map(mark).collect()
    }
}

/// Share of training rows and of served rows in a bin.
fn shares(drift: &FeatureDrift, bin: &DriftBin) -> [f64; 2] {
    let share = |count: u64, total: u64| count as f64 / total.max(1) as f64;
    [share(bin.n_training, drift.training.n_rows), share(bin.n_served, drift.served.n_rows)]
}
