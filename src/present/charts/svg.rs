//! An SVG document to draw on. plotters' own backend measures texts, in a browser, by an element with an inline style, which the page's content
//! security policy forbids: here somebody else measures them.

use super::pen::Stroke;
use super::{Drawn, Style, Surface, TEXT_PX};
use plotters::prelude::SVGBackend;
use plotters::style::TextStyle;

/// Draws into a text.
pub struct SvgSurface<'a> {
    inner: SVGBackend<'a>,
    width_px: &'a dyn Fn(&str) -> f64,
}

impl<'a> SvgSurface<'a> {
    pub fn new(text: &'a mut String, style: &Style, width_px: &'a dyn Fn(&str) -> f64) -> Self {
        let size = [style.width_px, style.height_px].map(|px| (px * style.scale).round() as u32);
        Self { inner: SVGBackend::with_string(text, size.into()), width_px }
    }
}

impl Surface for SvgSurface<'_> {
    fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn {
        self.inner.line(from, to, stroke)
    }

    fn rect(&mut self, from: (i32, i32), to: (i32, i32), stroke: &Stroke) -> Drawn {
        self.inner.rect(from, to, stroke)
    }

    fn path(&mut self, points: &[(i32, i32)], stroke: &Stroke) -> Drawn {
        self.inner.path(points, stroke)
    }

    fn text(&mut self, text: &str, style: &TextStyle, at: (i32, i32)) -> Drawn {
        self.inner.text(text, style, at)
    }

    fn text_width(&self, text: &str, style: &TextStyle) -> f64 {
        (self.width_px)(text) * style.font.get_size() / TEXT_PX
    }

    fn present(&mut self) -> Drawn {
        self.inner.present()
    }
}
