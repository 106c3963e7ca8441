//! Lines over a shared axis: what the customers who rank highest bring by how many of them are taken, purchases over days, purchases by how often
//! somebody bought before. The first line is looked at, the last of several is what they are measured against.

use super::axis::{Frame, Labels, Tick, round_step};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::present::live::clock;
use crate::present::{day, format};

/// Of a hundred percent, every which is in the table and can be pointed at.
const STEP: usize = 5;
/// At most so many places of other axes.
const MOST_PLACES: usize = 40;
const LEGEND_ROW_PX: f64 = 17.0;
/// Lines with colours of their own; further ones are dashed.
const N_INKS: usize = 4;
const DASH_PX: f64 = 6.0;
/// Minutes of a day, and round steps of moments up to some days.
const DAY: f64 = 1_440.0;
const MOMENT_STEPS: [f64; 12] =
    [1.0, 5.0, 15.0, 30.0, 60.0, 180.0, 360.0, 720.0, DAY, 2.0 * DAY, 7.0 * DAY, 14.0 * DAY];
/// Room of a moment's label.
const MOMENT_PX: f64 = 96.0;

/// What the lines measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinesUnit {
    #[default]
    Share,
    Dollars,
    Number,
}

/// Where the values of a line stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Along {
    /// 0, 1, … 100 % of the customers, the highest ranked first.
    #[default]
    Percent,
    /// Days since 1970-01-01.
    Days(Vec<f64>),
    /// Simulated minutes since 1970-01-01 00:00.
    Moments(Vec<f64>),
    /// One place a name.
    Names(Vec<String>),
}

/// A line with its name; it has a gap where a value is not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub name: String,
    pub values: Vec<f64>,
}

/// Lines over an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinesChart {
    pub title: String,
    /// What the picture says, or what will appear while there are no lines.
    pub summary: String,
    pub along: Along,
    pub x_name: &'static str,
    pub measure: &'static str,
    pub unit: LinesUnit,
    pub lines: Vec<Line>,
    /// Places that stand out, with their names.
    pub moments: Vec<(f64, String)>,
    /// Where the axis ends at the highest: values above stand at its end.
    pub most: Option<f64>,
}

impl LinesChart {
    fn shown(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.values.iter().filter(|value| value.is_finite()).count() > 1)
    }

    pub fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }

    fn text(&self, value: f64) -> String {
        match self.unit {
            LinesUnit::Share => format::percent(value),
            LinesUnit::Dollars => format::money(value),
            LinesUnit::Number => format::statistic(value),
        }
    }

    /// Place of the n-th value on the axis.
    fn at(&self, nth: usize) -> f64 {
        match &self.along {
            Along::Days(at) | Along::Moments(at) => at.get(nth).copied().unwrap_or_default(),
            Along::Percent | Along::Names(_) => nth as f64,
        }
    }

    /// What the n-th value is of.
    fn name(&self, nth: usize) -> String {
        match &self.along {
            Along::Percent => format!("{nth} % of customers"),
            Along::Days(_) => day::to_iso(self.at(nth) as i64),
            Along::Moments(_) => clock::short(self.at(nth) as i64),
            Along::Names(names) => names.get(nth).cloned().unwrap_or_default(),
        }
    }

    /// What is in the table and can be pointed at.
    fn places(&self) -> Vec<usize> {
        let n = self.shown().map(|line| line.values.len()).max().unwrap_or(0);
        let step = match self.along {
            Along::Percent => STEP,
            Along::Days(_) | Along::Moments(_) | Along::Names(_) => n.div_ceil(MOST_PLACES).max(1),
        };
        (0..n).step_by(step).collect()
    }

    pub fn table(&self) -> ChartTable {
        let first = match self.along {
            Along::Percent => "Customers",
            Along::Days(_) => "Day",
            Along::Moments(_) => "At",
            Along::Names(_) => self.x_name,
        };
        let headers: Vec<&str> = std::iter::once(first).chain(self.shown().map(|line| line.name.as_str())).collect();
        let mut table = ChartTable::new(&headers);
        for nth in self.places() {
            let cells = self.shown().map(|line| line.values.get(nth).map_or(String::new(), |v| self.text(*v)));
            table.rows.push(std::iter::once(self.name(nth)).chain(cells).collect());
        }
        table
    }

    pub fn height_px(&self, width_px: f64) -> f64 {
        (width_px * 0.62).clamp(260.0, 360.0) + LEGEND_ROW_PX * self.lines.len().saturating_sub(1) as f64
    }

    fn frame(&self, style: &Style) -> Frame {
        let values = self.shown().flat_map(|line| &line.values).filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let high = if high > low { high } else { low + 1.0 };
        let high = self.most.map_or(high, |most| high.min(most));
        let last = self.shown().map(|line| line.values.len()).max().unwrap_or(1).saturating_sub(1);
        let x = match self.along {
            Along::Percent => (0.0, 100.0),
            Along::Days(_) | Along::Moments(_) | Along::Names(_) => (self.at(0), self.at(last)),
        };
        let mut frame = Frame::new(style, x, (low, high + (high - low) * 0.04), 28.0);
        frame.y.high_px += LEGEND_ROW_PX * self.shown().count().saturating_sub(1) as f64 + 8.0;
        frame
    }

    fn x_ticks(&self, frame: &Frame) -> Vec<Tick> {
        match &self.along {
            Along::Percent => frame.x_ticks(|percent| format!("{percent} %")),
            Along::Days(_) => frame.x.ticks(120.0).into_iter().map(|at| (at, day::to_iso(at as i64))).collect(),
            Along::Moments(_) => moment_ticks(frame),
            Along::Names(names) => (0..).zip(names).map(|(at, name)| (f64::from(at), name.clone())).collect(),
        }
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let frame = self.frame(pen.style);
        let palette = pen.style.palette;
        let y_ticks = match self.unit {
            LinesUnit::Share => frame.y_ticks(format::percent),
            LinesUnit::Dollars => frame.y_ticks(format::money_short),
            LinesUnit::Number => frame.y_ticks(format::short),
        };
        let x_ticks = self.x_ticks(&frame);
        let labels =
            Labels { x_ticks: &x_ticks, y_ticks: &y_ticks, x_name: self.x_name, y_name: self.measure, grid_x: false };
        frame.draw(pen, &labels)?;
        if frame.y.low < 0.0 {
            let zero = frame.y.px(0.0);
            pen.line((frame.x.low_px, zero), (frame.x.high_px, zero), palette.secondary, 1.0)?;
        }
        let n_lines = self.shown().count();
        // The first line lies on top.
        for (nth, line) in self.shown().enumerate().collect::<Vec<_>>().into_iter().rev() {
            let place =
                |(at, value): (usize, &f64)| value.is_finite().then(|| (frame.x.px(self.at(at)), frame.y.px(*value)));
            let points: Vec<Option<(f64, f64)>> = line.values.iter().enumerate().map(place).collect();
            let width = if nth == 0 { 2.5 } else { 1.5 };
            for run in points.split(Option::is_none) {
                for piece in pieces(run.iter().copied().flatten().collect(), is_dashed(nth, n_lines)) {
                    pen.path(&piece, ink(&palette, nth, n_lines), width)?;
                }
            }
        }
        for (at, name) in &self.moments {
            frame.draw_moment(pen, frame.x.px(*at), frame.y.low_px, name)?;
        }
        for (nth, line) in self.shown().enumerate() {
            let y = 10.0 + LEGEND_ROW_PX * nth as f64;
            let right = frame.x.high_px;
            pen.text(&line.name, (right, y), Anchor::Right, palette.text)?;
            let begin = right - pen.text_width(&line.name) - 22.0;
            for piece in pieces(vec![(begin, y), (begin + 16.0, y)], is_dashed(nth, n_lines)) {
                pen.path(&piece, ink(&palette, nth, n_lines), 3.0)?;
            }
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let frame = self.frame(style);
        let places = self.places();
        let half = (frame.x.high_px - frame.x.low_px) / places.len().saturating_sub(1).max(1) as f64 / 2.0;
        let mark = |nth: usize| {
            let of = |line: &Line| {
                let value = line.values.get(nth)?;
                Some(format!("{} {}", line.name, self.text(*value)))
            };
            let values: Vec<String> = self.shown().filter_map(of).collect();
            let (x, top) = (frame.x.px(self.at(nth)), frame.y.high_px);
            let text = format!("{}: {}", self.name(nth), values.join(", "));
            Mark { x: x - half, y: top, width: 2.0 * half, height: frame.y.low_px - top, text }
        };
        places.into_iter().map(mark).collect()
    }
}

/// Moments at round times of day, or days.
fn moment_ticks(frame: &Frame) -> Vec<Tick> {
    let n_wanted = ((frame.x.high_px - frame.x.low_px) / MOMENT_PX).clamp(1.0, 20.0);
    let least = (frame.x.high - frame.x.low) / n_wanted;
    let step = MOMENT_STEPS.into_iter().find(|step| *step >= least).unwrap_or_else(|| round_step(least / DAY) * DAY);
    if !(step.is_finite() && step > 0.0) {
        return Vec::new();
    }
    let first = (frame.x.low / step).ceil();
    let at = (0..40).map(|nth| (first + f64::from(nth)) * step).take_while(|at| *at <= frame.x.high);
    let label = |at: f64| match at as i64 {
        minutes if at % DAY == 0.0 || step >= DAY => clock::day_of(minutes),
        minutes => clock::time(minutes),
    };
    at.map(|at| (at, label(at))).collect()
}

/// The last of several lines is what they are measured against.
fn ink(palette: &Palette, nth: usize, n_lines: usize) -> Ink {
    if nth > 0 && nth + 1 == n_lines {
        return palette.baseline;
    }
    [palette.test, palette.train, palette.validation, palette.oracle].get(nth).copied().unwrap_or(palette.text)
}

fn is_dashed(nth: usize, n_lines: usize) -> bool {
    nth >= N_INKS && nth + 1 < n_lines
}

/// A line whole, or its dashes.
fn pieces(points: Vec<(f64, f64)>, is_dashed: bool) -> Vec<Vec<(f64, f64)>> {
    if !is_dashed {
        return vec![points];
    }
    let mut dashes = Vec::new();
    let (mut dash, mut walked) = (Vec::new(), 0.0);
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)).sqrt();
        let n = libm::ceil(length).max(1.0);
        for step in 0..n as usize {
            let share = step as f64 / n;
            let is_on = (((walked + length * share) / DASH_PX) as u64).is_multiple_of(2);
            if is_on {
                dash.push((x0 + (x1 - x0) * share, y0 + (y1 - y0) * share));
            } else if !dash.is_empty() {
                dashes.push(std::mem::take(&mut dash));
            }
        }
        walked += length;
    }
    dashes.push(dash);
    dashes.retain(|dash| dash.len() > 1);
    dashes
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn dashes_lie_on_the_line_and_leave_about_half_of_it() {
        let line = vec![(0.0, 0.0), (60.0, 0.0), (60.0, 60.0)];
        assert_eq!(pieces(line.clone(), false).concat(), line);
        let dashes = pieces(line, true);
        assert_eq!(dashes.len(), 10);
        let length = |dash: &Vec<(f64, f64)>| {
            dash.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs() + (pair[1].1 - pair[0].1).abs()).sum::<f64>()
        };
        assert!((45.0..60.0).contains(&dashes.iter().map(length).sum::<f64>()));
        assert!(dashes.iter().flatten().all(|(x, y)| *y == 0.0 || *x == 60.0));
        assert!(pieces(Vec::new(), true).is_empty());
    }
}
