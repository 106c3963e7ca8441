//! What a model does when one input moves: the mean prediction over many rows as a strong line, over the faint lines of single
//! rows. Deliberately no interval around the mean: the single lines show what it hides.

use super::association::shortened;
use super::axis::{Frame, Labels, Tick, draw_legend};
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::order;
use crate::present::format;
use crate::protocol::Dependence;
use std::sync::Arc;

/// Room that the name of a level needs at least.
const LEVEL_PX: f64 = 44.0;
/// Share of the single lines that are seen whole; a few large customers would press all others flat.
const SEEN_WHOLE: f64 = 0.8;

/// One input; `None` before anything was computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DependenceChart {
    pub dependence: Option<Arc<Dependence>>,
}

impl DependenceChart {
    /// What can be drawn: as many means and labels as places, and all of them numbers.
    fn shown(&self) -> Option<&Dependence> {
        self.dependence.as_deref().filter(|found| {
            let n = found.at.len();
            let is_finite = found.at.iter().chain(&found.mean).all(|value| value.is_finite());
            n > 0 && found.mean.len() == n && found.labels.len() == n && is_finite
        })
    }

    pub fn is_empty(&self) -> bool {
        self.shown().is_none()
    }

    pub fn title(&self) -> String {
        match &self.dependence {
            Some(found) => format!("When {} moves", found.input),
            None => "When an input moves".to_owned(),
        }
    }

    pub fn summary(&self) -> String {
        let Some(found) = self.shown() else {
            return "The mean prediction by the values of one input appears here once the model is trained.".to_owned();
        };
        let (Some(least), Some(most)) = (extreme(found, false), extreme(found, true)) else { return String::new() };
        let rows = format::counted(found.n_rows.into(), "test customer", "test customers");
        let money = |i: usize| format::money(found.mean[i]);
        let (_, high) = y_range(found);
        let is_cut = found.curves.iter().flatten().any(|value| *value > high);
        let cut = if is_cut {
            format!(" Single customers above {} are cut off.", format::money(high))
        } else {
            String::new()
        };
        if found.is_category {
            return format!(
                "The mean prediction over {rows} lies between {} ({}) and {} ({}).{cut}",
                money(least),
                found.labels[least],
                money(most),
                found.labels[most]
            );
        }
        let last = found.at.len() - 1;
        let (begin, end) = (found.mean[0], found.mean[last]);
        let to = if money(0) == money(last) {
            format!("begins and ends at {}", money(0))
        } else {
            format!("{} from {} to {}", if end > begin { "rises" } else { "falls" }, money(0), money(last))
        };
        // Where the ends alone would hide a hill or a valley.
        let part = (found.mean[most] - found.mean[least]) * 0.1;
        let between = |i: usize, word: &str| format!("; {word} is {} at {}", money(i), found.labels[i]);
        let hill = if found.mean[most] > begin.max(end) + part { between(most, "its highest") } else { String::new() };
        let valley =
            if found.mean[least] < begin.min(end) - part { between(least, "its lowest") } else { String::new() };
        format!(
            "As {} goes from {} to {} the mean prediction over {rows} {to}{hill}{valley}.{cut}",
            found.input, found.labels[0], found.labels[last]
        )
    }

    pub fn table(&self) -> ChartTable {
        let Some(found) = self.shown() else { return ChartTable::new(&["Value", "Mean prediction"]) };
        let mut table =
            ChartTable::new(&[&found.input, "Mean prediction", "Lowest single line", "Highest single line"]);
        for (i, label) in found.labels.iter().enumerate() {
            let (low, high) = range(found, i);
            let row = [label.clone(), format::money(found.mean[i]), format::money(low), format::money(high)];
            table.rows.push(row.to_vec());
        }
        table
    }

    fn frame(found: &Dependence, style: &Style) -> Frame {
        let ends = if found.is_category {
            (-0.5, found.at.len() as f64 - 0.5)
        } else {
            found.at.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), at| (a.min(*at), b.max(*at)))
        };
        Frame::new(style, ends, y_range(found), 16.0)
    }

    /// Places in pixels.
    fn line(frame: &Frame, found: &Dependence, values: &[f64]) -> Vec<(f64, f64)> {
        found.at.iter().zip(values).map(|(at, value)| (frame.x.px(*at), frame.y.px(*value))).collect()
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some(found) = self.shown() else { return Ok(()) };
        let frame = Self::frame(found, pen.style);
        let palette = pen.style.palette;
        let x_ticks = if found.is_category { Self::levels(&frame, found, pen) } else { frame.x_ticks(format::short) };
        let is_unitless = found.unit.is_empty() || found.is_category;
        let x_name = if is_unitless { found.input.clone() } else { format!("{}, {}", found.input, found.unit) };
        let x_name = shortened(&x_name, frame.x.high_px - 4.0, |text| pen.text_width(text));
        let labels = Labels {
            x_ticks: &x_ticks,
            y_ticks: &frame.y_ticks(format::money_short),
            x_name: &x_name,
            y_name: "prediction",
            grid_x: false,
        };
        frame.draw(pen, &labels)?;
        let faint = palette.baseline.over(palette.panel, 0.4);
        for curve in &found.curves {
            for part in within(&frame, found, curve) {
                pen.path(&part, faint, 1.0)?;
            }
        }
        let mean = Self::line(&frame, found, &found.mean);
        pen.path(&mean, palette.train, if found.is_category { 1.0 } else { 3.0 })?;
        if found.is_category || mean.len() == 1 {
            for (x, y) in mean {
                pen.rect((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), palette.train, 1.0)?;
            }
        }
        draw_legend(pen, frame.x.high_px, &[("single customers", palette.baseline), ("mean", palette.train)])
    }

    /// Names of levels, of as many as there is room for.
    fn levels(frame: &Frame, found: &Dependence, pen: &Pen) -> Vec<Tick> {
        let width = (frame.x.high_px - frame.x.low_px) / found.at.len().max(1) as f64;
        let every = libm::ceil(LEVEL_PX / width.max(1.0)).max(1.0);
        let name = |label: &String| shortened(label, width * every - 6.0, |text| pen.text_width(text));
        found.at.iter().zip(&found.labels).step_by(every as usize).map(|(at, label)| (*at, name(label))).collect()
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some(found) = self.shown() else { return Vec::new() };
        let frame = Self::frame(found, style);
        let x = |i: usize| found.at.get(i).map(|at| frame.x.px(*at));
        let mark = |(i, label): (usize, &String)| {
            let at = x(i).unwrap_or(frame.x.low_px);
            // Halfway to the neighbours; a level as wide as its place.
            let half = if found.is_category { (frame.x.px(1.0) - frame.x.px(0.0)) / 2.0 } else { 6.0 };
            let left = i.checked_sub(1).and_then(x).map_or(at - half, |before| (before + at) / 2.0);
            let right = x(i + 1).map_or(at + half, |after| (after + at) / 2.0);
            let (low, high) = range(found, i);
            let text = format!(
                "{} {label}: {} on average, single customers {} to {}",
                found.input,
                format::money(found.mean[i]),
                format::money(low),
                format::money(high)
            );
            let height = frame.y.low_px - frame.y.high_px;
            Mark { x: left, y: frame.y.high_px, width: (right - left).max(1.0), height, text }
        };
        found.labels.iter().enumerate().map(mark).collect()
    }
}

/// The dollars that are seen: the means whole, most of the single lines whole.
fn y_range(found: &Dependence) -> (f64, f64) {
    let mut peaks: Vec<f64> = found.curves.iter().map(|curve| curve.iter().copied().fold(0.0, f64::max)).collect();
    order::sort_by(&mut peaks, f64::total_cmp);
    let seen = (libm::ceil(peaks.len() as f64 * SEEN_WHOLE) as usize).saturating_sub(1);
    let most = found.mean.iter().chain(peaks.get(seen)).filter(|v| v.is_finite()).fold(1.0f64, |a, b| a.max(*b));
    let least = found.mean.iter().chain(found.curves.iter().flatten()).filter(|v| v.is_finite());
    let least = least.fold(0.0f64, |a, b| a.min(*b)).max(-most);
    (least, most * 1.05)
}

/// Position of the lowest or the highest mean.
fn extreme(found: &Dependence, highest: bool) -> Option<usize> {
    let sign = if highest { -1.0 } else { 1.0 };
    (0..found.mean.len()).min_by(|a, b| (sign * found.mean[*a]).total_cmp(&(sign * found.mean[*b])))
}

/// Lowest and highest of the single lines at a place.
fn range(found: &Dependence, i: usize) -> (f64, f64) {
    let values = found.curves.iter().filter_map(|curve| curve.get(i)).filter(|value| value.is_finite());
    values.fold((f64::NAN, f64::NAN), |(low, high), value| (low.min(*value), high.max(*value)))
}

/// A line's pieces inside the frame, cut where they cross its upper or lower end.
fn within(frame: &Frame, found: &Dependence, values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    let (low, high) = (frame.y.low, frame.y.high);
    let points: Vec<(f64, f64)> = found.at.iter().copied().zip(values.iter().copied()).collect();
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let cut = |y: f64| if y1 == y0 { 0.0 } else { ((y - y0) / (y1 - y0)).clamp(0.0, 1.0) };
        let (a, b) = if y1 >= y0 { (cut(low), cut(high)) } else { (cut(high), cut(low)) };
        let is_out = y0.max(y1) < low || y0.min(y1) > high || !(y0.is_finite() && y1.is_finite());
        let (a, b) = if y0 == y1 { (0.0, 1.0) } else { (a, b) };
        if is_out || b <= a {
            pieces.push(Vec::new());
            continue;
        }
        let at = |t: f64| (frame.x.px(x0 + t * (x1 - x0)), frame.y.px(y0 + t * (y1 - y0)));
        if let Some(piece) = pieces.last_mut() {
            if piece.is_empty() {
                piece.push(at(a));
            }
            piece.push(at(b));
        }
        if b < 1.0 {
            pieces.push(Vec::new());
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
