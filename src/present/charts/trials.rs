//! The trials of a search in their order: the validation loss of each, its training loss, and the best so far as a line. Trials without a loss
//! leave a mark on the base line. Deliberately no smoothing.

use super::axis::{Frame, Labels, draw_legend, round_step};
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::present::search::state_word;
use crate::protocol::{TrialState, TrialView};
use std::sync::Arc;

/// All trials so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialsChart {
    pub trials: Vec<Arc<TrialView>>,
    pub n_planned: u32,
}

impl TrialsChart {
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "Each trial’s error appears here, and the best so far as a line, once a search begins.".to_owned();
        }
        let n_complete = self.complete().count();
        let (Some(first), Some(best)) = (self.complete().next(), self.best()) else {
            return format!(
                "{} begun, none has finished yet.",
                format::counted(self.trials.len() as u64, "trial is", "trials are")
            );
        };
        let gain = 1.0 - best.1 / first.1;
        let better = if best.0 == first.0 {
            "the first is still the best".to_owned()
        } else {
            format!("{} below the first", format::percent(gain))
        };
        format!(
            "{} finished; the lowest validation error is {} in trial {}, {better}.",
            format::counted(n_complete as u64, "trial has", "trials have"),
            format::money(best.1),
            best.0 + 1
        )
    }

    /// Number and loss of complete trials.
    fn complete(&self) -> impl Iterator<Item = (u32, f64)> {
        let complete = self.trials.iter().filter(|trial| trial.state == TrialState::Complete);
        complete.filter_map(|trial| Some((trial.number, trial.validation.filter(|loss| loss.is_finite())?)))
    }

    fn best(&self) -> Option<(u32, f64)> {
        self.complete().min_by(|a, b| a.1.total_cmp(&b.1))
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Trial", "State", "RMSE train", "RMSE validation", "Best so far"]);
        let mut best = f64::INFINITY;
        let money = |loss: Option<f64>| loss.map_or(format::ABSENT.to_owned(), format::money);
        for trial in &self.trials {
            if trial.state == TrialState::Complete {
                best = best.min(trial.validation.unwrap_or(f64::INFINITY));
            }
            table.rows.push(vec![
                format::count(u64::from(trial.number) + 1),
                state_word(trial.state).to_owned(),
                money(trial.train),
                money(trial.validation),
                money(Some(best).filter(|best| best.is_finite())),
            ]);
        }
        table
    }

    /// The best loss whole, the worst ones cut: a poor trial must not press all others flat.
    fn frame(&self, style: &Style) -> Frame {
        let mut losses: Vec<f64> = self.trials.iter().filter_map(|trial| trial.validation).collect();
        losses.extend(self.trials.iter().filter_map(|trial| trial.train));
        losses.retain(|loss| loss.is_finite());
        let (low, high) = losses.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
        let best = self.best().map_or(high, |(_, loss)| loss);
        let high = high.min(best * 1.6).max(low);
        let step = round_step(((high - low) / 5.0).max(high * 1e-3));
        let ends =
            if step.is_finite() { ((low / step).floor() * step, (high / step).ceil() * step) } else { (0.0, 1.0) };
        let n = (self.n_planned as usize).max(self.trials.len());
        Frame::new(style, (0.5, n as f64 + 0.5), ends, 16.0)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let x_ticks = frame.x_ticks(format::short).into_iter().filter(|(at, _)| at.fract() == 0.0).collect::<Vec<_>>();
        let labels = Labels {
            x_ticks: &x_ticks,
            y_ticks: &frame.y_ticks(format::money_short),
            x_name: "trial",
            y_name: "RMSE",
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        let (mut best, mut line) = (f64::INFINITY, Vec::new());
        for (number, loss) in self.complete() {
            let x = frame.x.px(f64::from(number) + 1.0);
            if best.is_finite() {
                line.push((x, frame.y.px(best)));
            }
            best = best.min(loss);
            line.push((x, frame.y.px(best)));
        }
        if best.is_finite() {
            line.push((frame.x.px(self.trials.len() as f64 + 0.5), frame.y.px(best)));
        }
        pen.path(&line, palette.validation, 2.0)?;
        for trial in &self.trials {
            let x = frame.x.px(f64::from(trial.number) + 1.0);
            let faint = palette.validation.over(palette.panel, 0.45);
            let ink = if trial.state == TrialState::Complete { palette.validation } else { faint };
            for (loss, ink, half) in [(trial.train, palette.train, 2.0), (trial.validation, ink, 3.5)] {
                if let Some(loss) = loss.filter(|loss| loss.is_finite()) {
                    let y = frame.y.px(loss);
                    pen.rect((x - half, y - half), (x + half, y + half), ink, 1.0)?;
                }
            }
            if matches!(trial.state, TrialState::Failed | TrialState::Cancelled) && trial.validation.is_none() {
                let y = frame.y.low_px;
                pen.line((x - 4.0, y - 8.0), (x + 4.0, y), palette.secondary, 1.5)?;
                pen.line((x - 4.0, y), (x + 4.0, y - 8.0), palette.secondary, 1.5)?;
            }
        }
        draw_legend(
            pen,
            frame.x.high_px,
            &[("training", palette.train), ("validation, best so far", palette.validation)],
        )
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let half = (frame.x.px(2.0) - frame.x.px(1.0)) / 2.0;
        let mark = |trial: &Arc<TrialView>| {
            let losses = match (trial.train, trial.validation) {
                (Some(train), Some(validation)) => {
                    format!(
                        ", {} on training rows, {} on validation rows",
                        format::money(train),
                        format::money(validation)
                    )
                }
                _ => String::new(),
            };
            Mark {
                x: frame.x.px(f64::from(trial.number) + 1.0) - half,
                y: frame.y.high_px,
                width: 2.0 * half,
                height: frame.y.low_px - frame.y.high_px,
                text: format!("Trial {}: {}{losses}", trial.number + 1, state_word(trial.state)),
            }
        };
        self.trials.iter().map(mark).collect()
    }
}
