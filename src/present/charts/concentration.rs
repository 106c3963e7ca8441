//! Concentration of spend: the share held by the customers who spend most, against their share of all customers.

use super::axis::{Frame, Labels};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::{format, words};
use crate::protocol::Concentration;

/// At most two curves; more than this would need a legend.
const MAX_CURVES: usize = 2;
/// Percent between two marks.
const MARK_STEP: usize = 5;
const N_POINTS: usize = 101;

/// A curve for each kind of spend.
#[derive(Clone, Debug, PartialEq)]
pub struct ConcentrationChart {
    pub curves: Vec<Concentration>,
}

impl ConcentrationChart {
    fn shown(&self) -> impl Iterator<Item = &Concentration> {
        self.curves.iter().filter(|curve| curve.held_by_top.len() == N_POINTS).take(MAX_CURVES)
    }

    pub fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }

    pub fn title(&self) -> String {
        "How much of the spend the best customers hold".to_owned()
    }

    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "The share of spend held by the best customers appears here once the pipeline has run.".to_owned();
        }
        let sentences = self.shown().map(|curve| {
            format!(
                "The top fifth of {} hold {} of the {} ({}; Gini {:.2}).",
                format::counted(curve.n_customers, "customer", "customers"),
                format::percent(curve.held_by_top[20]),
                curve.spend,
                format::money_short(curve.total_dollars),
                curve.gini
            )
        });
        sentences.collect::<Vec<_>>().join(" ")
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Top customers"]);
        if !self.is_empty() {
            table.headers.extend(self.shown().map(|curve| curve.spend.clone()));
            for percent in [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] {
                let mut row = vec![format!("{percent}\u{a0}%")];
                row.extend(self.shown().map(|curve| format::percent(curve.held_by_top[percent])));
                table.rows.push(row);
            }
            let mut gini = vec!["Gini coefficient".to_owned()];
            gini.extend(self.shown().map(|curve| format::score(curve.gini)));
            table.rows.push(gini);
            let mut zeros = vec!["Without any spend".to_owned()];
            zeros.extend(self.shown().map(|curve| format::percent(curve.zero_share)));
            table.rows.push(zeros);
        }
        table
    }

    fn frame(style: &Style) -> Frame {
        Frame::new(style, (0.0, 1.0), (0.0, 1.0), 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = Self::frame(pen.style);
        let palette = pen.style.palette;
        let ticks: Vec<_> = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|share| (share, format::percent(share))).to_vec();
        let labels = Labels {
            x_ticks: &ticks,
            y_ticks: &ticks,
            x_name: "share of customers, those who spend most first",
            y_name: "share of spend held by them",
            grid_x: true,
        };
        frame.draw(pen, &labels)?;
        let at = |x: f64, y: f64| (frame.x.px(x), frame.y.px(y));
        pen.line(at(0.0, 0.0), at(1.0, 1.0), palette.secondary, 1.0)?;
        pen.text("all spend the same", at(0.98, 0.86), Anchor::Right, palette.secondary)?;
        for (position, curve) in self.shown().enumerate() {
            let ink = colour(position, palette);
            let points: Vec<_> =
                curve.held_by_top.iter().enumerate().map(|(i, held)| at(i as f64 / 100.0, *held)).collect();
            pen.path(&points, ink, 2.0)?;
            // In the empty corner below the curves, each with a stroke of its colour.
            let y = frame.y.low_px - 34.0 + 18.0 * position as f64;
            let x = frame.x.high_px - 4.0;
            let label = words::scenario_meaning(curve.table.scenario()).split(',').next().unwrap_or_default();
            pen.text(label, (x, y), Anchor::Right, palette.text)?;
            let begin = x - pen.text_width(label) - 8.0;
            pen.line((begin - 16.0, y), (begin, y), ink, 3.0)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = Self::frame(style);
        let width = frame.x.px(MARK_STEP as f64 / 100.0) - frame.x.px(0.0);
        let mark = |percent: usize| {
            let held = self
                .shown()
                .map(|curve| format!("{} of the {}", format::percent(curve.held_by_top[percent]), curve.spend));
            Mark {
                x: (frame.x.px(percent as f64 / 100.0) - width / 2.0).min(frame.x.high_px - width),
                y: frame.y.high_px,
                width,
                height: frame.y.low_px - frame.y.high_px,
                text: format!("The top {percent}\u{a0}% hold {}", held.collect::<Vec<_>>().join(", ")),
            }
        };
        (MARK_STEP..=100).step_by(MARK_STEP).map(mark).collect()
    }
}

fn colour(position: usize, palette: Palette) -> Ink {
    if position == 0 { palette.train } else { palette.validation }
}
