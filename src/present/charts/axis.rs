//! Axes: from values to pixels, with ticks at round numbers, a light grid and no box. Deliberately only linear ones; a chart
//! that shows logarithms says so and labels its ticks itself.

use super::pen::Anchor;
use super::{Drawn, Ink, Pen, Style};

/// Values on a line of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub low_px: f64,
    pub high_px: f64,
}

impl Axis {
    /// The place of a value; a value out of the axis is put at its end.
    pub fn px(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        let share = if span > 0.0 { ((value - self.low) / span).clamp(0.0, 1.0) } else { 0.0 };
        self.low_px + share * (self.high_px - self.low_px)
    }

    /// Round values on the axis, about one every `spacing_px`.
    pub fn ticks(&self, spacing_px: f64) -> Vec<f64> {
        let n_wanted = ((self.high_px - self.low_px).abs() / spacing_px).clamp(1.0, 20.0);
        let step = round_step((self.high - self.low) / n_wanted);
        if !(step.is_finite() && step > 0.0) {
            return Vec::new();
        }
        let first = (self.low / step - 1e-9).ceil();
        (0..40).map(|i| (first + f64::from(i)) * step).take_while(|tick| *tick <= self.high + step * 1e-9).collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
pub fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return f64::NAN;
    }
    let power = power_of_ten_up_to(least);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= least * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

/// The largest power of ten that is not above a positive number. Multiplied, not raised: the tables of a power function are large.
fn power_of_ten_up_to(value: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= value {
        power *= 10.0;
    }
    let mut divisor = 1.0;
    while power / divisor > value {
        divisor *= 10.0;
    }
    power / divisor
}

/// A value with its label on an axis.
pub type Tick = (f64, String);

/// The area of a chart with its two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub x: Axis,
    pub y: Axis,
}

/// What stands beside a frame's axes.
pub struct Labels<'a> {
    pub x_ticks: &'a [Tick],
    pub y_ticks: &'a [Tick],
    pub x_name: &'a str,
    pub y_name: &'a str,
    /// Vertical grid lines as well.
    pub grid_x: bool,
}

const LEFT_PX: f64 = 56.0;
const TOP_PX: f64 = 28.0;
const BOTTOM_PX: f64 = 46.0;

impl Frame {
    /// A frame for these ranges, leaving room for labels and `right_px` at the right.
    pub fn new(style: &Style, x: (f64, f64), y: (f64, f64), right_px: f64) -> Self {
        let right = (style.width_px - right_px).max(LEFT_PX + 20.0);
        let bottom = (style.height_px - BOTTOM_PX).max(TOP_PX + 20.0);
        Self {
            x: Axis { low: x.0, high: x.1, low_px: LEFT_PX, high_px: right },
            y: Axis { low: y.0, high: y.1, low_px: bottom, high_px: TOP_PX },
        }
    }

    /// Round ticks of the horizontal axis.
    pub fn x_ticks(&self, label: impl Fn(f64) -> String) -> Vec<Tick> {
        self.x.ticks(80.0).into_iter().map(|value| (value, label(value))).collect()
    }

    /// Round ticks of the vertical axis.
    pub fn y_ticks(&self, label: impl Fn(f64) -> String) -> Vec<Tick> {
        self.y.ticks(34.0).into_iter().map(|value| (value, label(value))).collect()
    }

    /// Draws grid, base line, ticks and names.
    pub fn draw(&self, pen: &mut Pen, labels: &Labels) -> Drawn {
        let palette = pen.style.palette;
        for (value, label) in labels.y_ticks {
            let y = self.y.px(*value);
            pen.line((self.x.low_px, y), (self.x.high_px, y), palette.hairline, 1.0)?;
            pen.text(label, (self.x.low_px - 8.0, y), Anchor::Right, palette.secondary)?;
        }
        for (value, label) in labels.x_ticks {
            let x = self.x.px(*value);
            let top = if labels.grid_x { self.y.high_px } else { self.y.low_px };
            pen.line((x, top), (x, self.y.low_px + 5.0), palette.hairline, 1.0)?;
            pen.text(label, (x, self.y.low_px + 15.0), Anchor::Center, palette.secondary)?;
        }
        let base = (self.x.low_px, self.y.low_px);
        pen.line(base, (self.x.high_px, self.y.low_px), palette.secondary, 1.0)?;
        pen.text(labels.y_name, (4.0, 10.0), Anchor::Left, palette.secondary)?;
        pen.text(labels.x_name, (self.x.high_px, self.y.low_px + 34.0), Anchor::Right, palette.secondary)
    }

    /// A vertical line at the place where somebody stands, down to `bottom_px`, with its name on the side that has room.
    pub fn draw_moment(&self, pen: &mut Pen, x: f64, bottom_px: f64, name: &str) -> Drawn {
        let ink = pen.style.palette.text;
        pen.line((x, self.y.high_px - 8.0), (x, bottom_px), ink, 1.5)?;
        let is_left = x + 8.0 + pen.text_width(name) > self.x.high_px;
        let (anchor, at) = if is_left { (Anchor::Right, x - 6.0) } else { (Anchor::Left, x + 6.0) };
        pen.text(name, (at, self.y.high_px - 4.0), anchor, ink)
    }
}

/// Series by name, the last one right-aligned, above what they name.
pub fn draw_legend(pen: &mut Pen, right_px: f64, series: &[(&str, Ink)]) -> Drawn {
    let mut right = right_px;
    for (name, ink) in series.iter().rev() {
        pen.text(name, (right, 10.0), Anchor::Right, pen.style.palette.text)?;
        let begin = right - pen.text_width(name) - 16.0;
        pen.rect((begin, 5.0), (begin + 10.0, 15.0), *ink, 1.0)?;
        right = begin - 14.0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Axis, round_step};

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        let axis = |low, high| Axis { low, high, low_px: 0.0, high_px: 400.0 };
        assert_eq!(axis(0.0, 100.0).ticks(80.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(axis(13.0, 47.0).ticks(80.0), [20.0, 30.0, 40.0]);
        assert!(axis(5.0, 5.0).ticks(80.0).is_empty());
        assert!(axis(0.0, f64::NAN).ticks(80.0).is_empty());
    }

    #[test]
    fn steps_are_one_two_or_five() {
        for (least, step) in [(0.3, 0.5), (1.0, 1.0), (3.0, 5.0), (51.0, 100.0), (1100.0, 2000.0)] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}");
        }
        assert!(round_step(0.0).is_nan());
    }
}
