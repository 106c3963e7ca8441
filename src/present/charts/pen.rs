//! A pen over any plotters backend that speaks CSS pixels and draws in device pixels. Deliberately only the five strokes that
//! the charts need, called through a table: the charts' program exists once for all backends.

use super::{Ink, Style};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, TextStyle};
use plotters_backend::{BackendColor, BackendStyle, DrawingBackend};

/// The backend refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undrawn;

/// What drawing returns.
pub type Drawn = Result<(), Undrawn>;

/// Of all texts in charts.
pub const FONT: &str = "system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";
/// Size of all texts in charts.
pub const TEXT_PX: f64 = 12.0;

/// What a pen draws on; every plotters backend. In device pixels.
pub trait Surface {
    fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn;
    fn rect(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn;
    fn path(&mut self, points: &[(i32, i32)], stroke: &Stroke) -> Drawn;
    fn text(&mut self, text: &str, style: &TextStyle, at: (i32, i32)) -> Drawn;
    fn text_width(&self, text: &str, style: &TextStyle) -> f64;
    fn present(&mut self) -> Drawn;
}

impl<DB: DrawingBackend> Surface for DB {
    fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn {
        self.draw_line(from, to, stroke).map_err(|_| Undrawn)
    }

    fn rect(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn {
        self.draw_rect(from, to, stroke, true).map_err(|_| Undrawn)
    }

    fn path(&mut self, points: &[(i32, i32)], stroke: &Stroke) -> Drawn {
        self.draw_path(points.iter().copied(), stroke).map_err(|_| Undrawn)
    }

    fn text(&mut self, text: &str, style: &TextStyle, at: (i32, i32)) -> Drawn {
        self.draw_text(text, style, at).map_err(|_| Undrawn)
    }

    fn text_width(&self, text: &str, style: &TextStyle) -> f64 {
        self.estimate_text_size(text, style).map_or(0.0, |(width, _)| f64::from(width))
    }

    fn present(&mut self) -> Drawn {
        DrawingBackend::present(self).map_err(|_| Undrawn)
    }
}

/// How a line is drawn, or a rectangle filled.
pub struct Stroke {
    color: BackendColor,
    width: u32,
}

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Center,
    Right,
}

/// Draws on a backend.
pub struct Pen<'a> {
    surface: &'a mut dyn Surface,
    pub style: &'a Style,
}

impl<'a> Pen<'a> {
    pub fn new(surface: &'a mut dyn Surface, style: &'a Style) -> Self {
        Self { surface, style }
    }

    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.style.scale + 0.5).floor() as i32, (y * self.style.scale + 0.5).floor() as i32)
    }

    fn stroke(&self, ink: Ink, width_px: f64, alpha: f64) -> Stroke {
        let width = (width_px * self.style.scale + 0.5).max(1.0) as u32;
        Stroke { color: BackendColor { alpha, rgb: (ink.0, ink.1, ink.2) }, width }
    }

    /// Covers everything with the panel's colour.
    pub fn clear(&mut self) -> Drawn {
        let style = self.style;
        self.rect((0.0, 0.0), (style.width_px, style.height_px), style.palette.panel, 1.0)
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width_px: f64) -> Drawn {
        let stroke = self.stroke(ink, width_px, 1.0);
        self.surface.line(self.at(from), self.at(to), &stroke)
    }

    /// A filled rectangle between two corners.
    pub fn rect(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, alpha: f64) -> Drawn {
        let stroke = self.stroke(ink, 1.0, alpha);
        self.surface.rect(self.at(from), self.at(to), &stroke)
    }

    pub fn path(&mut self, points: &[(f64, f64)], ink: Ink, width_px: f64) -> Drawn {
        let stroke = self.stroke(ink, width_px, 1.0);
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        self.surface.path(&points, &stroke)
    }

    /// A text, vertically centred on its point.
    pub fn text(&mut self, text: &str, at: (f64, f64), anchor: Anchor, ink: Ink) -> Drawn {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Center => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let style = TextStyle {
            pos: Pos::new(horizontal, VPos::Center),
            color: BackendColor { alpha: 1.0, rgb: (ink.0, ink.1, ink.2) },
            font: self.font(),
        };
        self.surface.text(text, &style, self.at(at))
    }

    /// Width of a text in CSS pixels, as the backend measures it.
    pub fn text_width(&self, text: &str) -> f64 {
        let style = TextStyle {
            pos: Pos::new(HPos::Left, VPos::Center),
            color: BackendColor { alpha: 1.0, rgb: (0, 0, 0) },
            font: self.font(),
        };
        self.surface.text_width(text, &style) / self.style.scale.max(0.1)
    }

    fn font(&self) -> FontDesc<'static> {
        FontDesc::new(FontFamily::Name(FONT), TEXT_PX * self.style.scale, FontStyle::Normal)
    }
}
