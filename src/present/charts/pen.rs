//! A pen over any plotters backend that speaks CSS pixels and draws in device pixels. Deliberately only the five strokes that
//! the charts need.

use super::{Ink, Style};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, TextStyle};
use plotters_backend::{BackendColor, BackendStyle, DrawingBackend, DrawingErrorKind};

/// What drawing on a backend returns.
pub type Drawn<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

const FONT: &str = "system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";
/// Size of all texts in charts.
pub const TEXT_PX: f64 = 12.0;

struct Stroke {
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
pub struct Pen<'a, DB: DrawingBackend> {
    backend: &'a mut DB,
    pub style: &'a Style,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    pub fn new(backend: &'a mut DB, style: &'a Style) -> Self {
        Self { backend, style }
    }

    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.style.scale + 0.5).floor() as i32, (y * self.style.scale + 0.5).floor() as i32)
    }

    fn stroke(&self, ink: Ink, width_px: f64, alpha: f64) -> Stroke {
        let width = (width_px * self.style.scale + 0.5).max(1.0) as u32;
        Stroke { color: BackendColor { alpha, rgb: (ink.0, ink.1, ink.2) }, width }
    }

    /// Covers everything with the panel's colour.
    pub fn clear(&mut self) -> Drawn<DB> {
        let style = self.style;
        self.rect((0.0, 0.0), (style.width_px, style.height_px), style.palette.panel, 1.0)
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width_px: f64) -> Drawn<DB> {
        let stroke = self.stroke(ink, width_px, 1.0);
        self.backend.draw_line(self.at(from), self.at(to), &stroke)
    }

    /// A filled rectangle between two corners.
    pub fn rect(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, alpha: f64) -> Drawn<DB> {
        let stroke = self.stroke(ink, 1.0, alpha);
        self.backend.draw_rect(self.at(from), self.at(to), &stroke, true)
    }

    pub fn path(&mut self, points: &[(f64, f64)], ink: Ink, width_px: f64) -> Drawn<DB> {
        let stroke = self.stroke(ink, width_px, 1.0);
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        self.backend.draw_path(points, &stroke)
    }

    /// A text, vertically centred on its point.
    pub fn text(&mut self, text: &str, at: (f64, f64), anchor: Anchor, ink: Ink) -> Drawn<DB> {
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
        self.backend.draw_text(text, &style, self.at(at))
    }

    /// Width of a text in CSS pixels, as the backend measures it.
    pub fn text_width(&self, text: &str) -> f64 {
        let style = TextStyle {
            pos: Pos::new(HPos::Left, VPos::Center),
            color: BackendColor { alpha: 1.0, rgb: (0, 0, 0) },
            font: self.font(),
        };
        let width = self.backend.estimate_text_size(text, &style).map_or(0.0, |(width, _)| f64::from(width));
        width / self.style.scale.max(0.1)
    }

    fn font(&self) -> FontDesc<'static> {
        FontDesc::new(FontFamily::Name(FONT), TEXT_PX * self.style.scale, FontStyle::Normal)
    }
}
