//! A plotters backend on a canvas at device resolution: plotters-canvas draws, but texts are measured with `measureText`
//! (plotters-canvas itself inserts an inline-styled element, which the page's content security policy forbids).

use crate::present::charts::{FONT, TEXT_PX};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

type Error = <CanvasBackend as DrawingBackend>::ErrorType;
type Done = Result<(), DrawingErrorKind<Error>>;

/// The surface of a chart.
pub struct PageCanvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
}

impl PageCanvas {
    /// Gives the canvas that many device pixels and begins to draw on it.
    pub fn new(canvas: &HtmlCanvasElement, width_px: f64, height_px: f64, scale: f64) -> Option<Self> {
        canvas.set_width((width_px * scale).round() as u32);
        canvas.set_height((height_px * scale).round() as u32);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.set_line_join("round");
        Some(Self { inner: CanvasBackend::with_canvas_object(canvas.clone())?, context })
    }
}

/// Width of a chart's text, in CSS pixels.
pub fn text_width(canvas: &HtmlCanvasElement, text: &str) -> f64 {
    let context = canvas.get_context("2d").ok().flatten().and_then(|of| of.dyn_into::<CanvasRenderingContext2d>().ok());
    context.map_or(0.0, |context| {
        context.set_font(&format!("{TEXT_PX}px {FONT}"));
        context.measure_text(text).map_or(0.0, |metrics| metrics.width())
    })
}

impl DrawingBackend for PageCanvas {
    type ErrorType = Error;

    fn get_size(&self) -> (u32, u32) {
        self.inner.get_size()
    }

    fn ensure_prepared(&mut self) -> Done {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Done {
        self.inner.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        self.inner.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.inner.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Done {
        self.inner.draw_rect(from, to, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        self.inner.draw_path(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        self.inner.draw_text(text, style, at)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Error>> {
        self.context.set_font(&format!("{} {}px {}", style.style().as_str(), style.size(), style.family().as_str()));
        let width = self.context.measure_text(text).map_or(0.0, |metrics| metrics.width());
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}
