//! Charts as values: what is drawn on any plotters backend, what it says in one sentence, its figures as a table, and the
//! marks that hover and arrow keys step through. Deliberately no canvas, no fonts of its own and no colours but those given.

mod association;
mod axis;
mod belief;
mod concentration;
mod contribution;
mod deciles;
mod density;
mod dependence;
mod drift;
mod heat;
mod histogram;
mod importance;
mod learning_curve;
mod life;
mod lines;
mod metric_rows;
mod parallel;
mod path;
mod pen;
mod retention;
mod shares;
mod svg;
mod swarm;
mod tree;
mod tree_layout;
mod trials;

pub use association::{AssociationChart, measure, strength};
pub use belief::BeliefChart;
pub use concentration::ConcentrationChart;
pub use contribution::ContributionChart;
pub use deciles::DecilesChart;
pub use density::{Compared, DensityChart};
pub use dependence::DependenceChart;
pub use drift::DriftChart;
pub use heat::{HeatChart, HeatUnit};
pub use histogram::{HistogramChart, HistogramUnit};
pub use importance::ImportanceChart;
pub use learning_curve::{CurvePoint, LearningCurveChart};
pub use life::LifeChart;
pub use lines::{Along, Line, LinesChart, LinesUnit};
pub use metric_rows::{MetricRow, MetricRowsChart};
pub use parallel::{ParallelChart, Part, value_along};
pub use path::PathChart;
pub use pen::{Drawn, FONT, Pen, Surface, TEXT_PX, Undrawn};
pub use retention::RetentionChart;
pub use shares::SharesChart;
pub use swarm::SwarmChart;
pub use tree::TreeChart;
pub use trials::TrialsChart;

use svg::SvgSurface;

/// A colour of the design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Ink {
    /// Reads `#rrggbb`.
    pub fn parse(hex: &str) -> Option<Self> {
        let digits = hex.trim().strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    /// This colour laid over another one, `share` 0–1 of it.
    pub fn over(self, below: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) * share + f64::from(b) * (1.0 - share) + 0.5) as u8;
        Self(mix(self.0, below.0), mix(self.1, below.1), mix(self.2, below.2))
    }

    fn lightness(self) -> f64 {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)
    }

    /// This colour or the other one, whichever reads better on a surface.
    pub fn or_more_legible(self, other: Self, surface: Self) -> Self {
        let distance = |ink: Self| (ink.lightness() - surface.lightness()).abs();
        if distance(self) >= distance(other) { self } else { other }
    }
}

/// The colours a chart uses, read from the tokens of the theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    pub panel: Ink,
    pub text: Ink,
    pub secondary: Ink,
    pub hairline: Ink,
    pub train: Ink,
    pub validation: Ink,
    pub test: Ink,
    pub oracle: Ink,
    pub baseline: Ink,
    /// Ends of the diverging scale.
    pub negative: Ink,
    pub positive: Ink,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Style {
    pub palette: Palette,
    /// Device pixels per CSS pixel.
    pub scale: f64,
    pub width_px: f64,
    pub height_px: f64,
}

/// The figures of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartTable {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl ChartTable {
    fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    /// The first rows, about so many cells.
    pub fn beginning(mut self, n_cells: usize) -> Self {
        self.rows.truncate((n_cells / self.headers.len().max(1)).max(1));
        self
    }
}

/// A thing in a chart that can be pointed at, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub text: String,
}

/// The mark nearest to a point.
pub fn nearest(marks: &[Mark], x: f64, y: f64) -> Option<usize> {
    let outside = |at: f64, from: f64, length: f64| (from - at).max(at - from - length).max(0.0);
    let distance = |mark: &Mark| {
        let (dx, dy) = (outside(x, mark.x, mark.width), outside(y, mark.y, mark.height));
        dx * dx + dy * dy
    };
    (0..marks.len()).min_by(|a, b| distance(&marks[*a]).total_cmp(&distance(&marks[*b])))
}

/// A chart with its figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    Histogram(HistogramChart),
    LearningCurve(LearningCurveChart),
    Importance(ImportanceChart),
    Density(DensityChart),
    Association(AssociationChart),
    Retention(RetentionChart),
    Concentration(ConcentrationChart),
    Life(LifeChart),
    Drift(DriftChart),
    Tree(TreeChart),
    Deciles(DecilesChart),
    Dependence(DependenceChart),
    Path(PathChart),
    Swarm(SwarmChart),
    Heat(HeatChart),
    Contribution(ContributionChart),
    Trials(TrialsChart),
    Parallel(ParallelChart),
    Shares(SharesChart),
    Belief(BeliefChart),
    MetricRows(MetricRowsChart),
    Lines(LinesChart),
}

impl Chart {
    pub fn title(&self) -> String {
        match self {
            Self::Histogram(chart) => chart.title.clone(),
            Self::LearningCurve(chart) => chart.title(),
            Self::Importance(chart) => chart.title(),
            Self::Density(chart) => chart.title(),
            Self::Association(chart) => chart.title(),
            Self::Retention(chart) => chart.title(),
            Self::Concentration(chart) => chart.title(),
            Self::Life(chart) => chart.title(),
            Self::Drift(chart) => chart.title(),
            Self::Tree(chart) => chart.title.clone(),
            Self::Deciles(chart) => chart.title.clone(),
            Self::Dependence(chart) => chart.title(),
            Self::Path(chart) => chart.title.clone(),
            Self::Heat(chart) => chart.title.clone(),
            Self::Swarm(_) => "What the inputs contribute".to_owned(),
            Self::Contribution(chart) => chart.title(),
            Self::Trials(_) => "Trials in their order".to_owned(),
            Self::Parallel(_) => "Parameters of the trials".to_owned(),
            Self::Shares(_) => "Which parameters matter".to_owned(),
            Self::Belief(chart) => chart.title(),
            Self::MetricRows(chart) => chart.title.clone(),
            Self::Lines(chart) => chart.title.clone(),
        }
    }

    /// What the picture says, in one sentence; for an empty chart what will appear and how to make it appear.
    pub fn summary(&self) -> String {
        match self {
            Self::Histogram(chart) => chart.summary(),
            Self::LearningCurve(chart) => chart.summary(),
            Self::Importance(chart) => chart.summary(),
            Self::Density(chart) => chart.summary(),
            Self::Association(chart) => chart.summary(),
            Self::Retention(chart) => chart.summary(),
            Self::Concentration(chart) => chart.summary(),
            Self::Life(chart) => chart.summary(),
            Self::Drift(chart) => chart.summary(),
            Self::Tree(chart) => chart.summary(),
            Self::Deciles(chart) => chart.summary(),
            Self::Dependence(chart) => chart.summary(),
            Self::Path(chart) => chart.summary(),
            Self::Heat(chart) => chart.summary.clone(),
            Self::Swarm(chart) => chart.summary(),
            Self::Contribution(chart) => chart.summary(),
            Self::Trials(chart) => chart.summary(),
            Self::Parallel(chart) => chart.summary(),
            Self::Shares(chart) => chart.summary(),
            Self::Belief(chart) => chart.summary(),
            Self::MetricRows(chart) => chart.summary.clone(),
            Self::Lines(chart) => chart.summary.clone(),
        }
    }

    pub fn table(&self) -> ChartTable {
        match self {
            Self::Histogram(chart) => chart.table(),
            Self::LearningCurve(chart) => chart.table(),
            Self::Importance(chart) => chart.table(),
            Self::Density(chart) => chart.table(),
            Self::Association(chart) => chart.table(),
            Self::Retention(chart) => chart.table(),
            Self::Concentration(chart) => chart.table(),
            Self::Life(chart) => chart.table(),
            Self::Drift(chart) => chart.table(),
            Self::Tree(chart) => chart.table(),
            Self::Deciles(chart) => chart.table(),
            Self::Dependence(chart) => chart.table(),
            Self::Path(chart) => chart.table(),
            Self::Heat(chart) => chart.table(),
            Self::Swarm(chart) => chart.table(),
            Self::Contribution(chart) => chart.table(),
            Self::Trials(chart) => chart.table(),
            Self::Parallel(chart) => chart.table(),
            Self::Shares(chart) => chart.table(),
            Self::Belief(chart) => chart.table(),
            Self::MetricRows(chart) => chart.table(),
            Self::Lines(chart) => chart.table(),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Histogram(chart) => chart.is_empty(),
            Self::LearningCurve(chart) => chart.is_empty(),
            Self::Importance(chart) => chart.is_empty(),
            Self::Density(chart) => chart.is_empty(),
            Self::Association(chart) => chart.is_empty(),
            Self::Retention(chart) => chart.is_empty(),
            Self::Concentration(chart) => chart.is_empty(),
            Self::Life(chart) => chart.is_empty(),
            Self::Drift(chart) => chart.is_empty(),
            Self::Tree(chart) => chart.is_empty(),
            Self::Deciles(chart) => chart.is_empty(),
            Self::Dependence(chart) => chart.is_empty(),
            Self::Path(chart) => chart.is_empty(),
            Self::Heat(chart) => chart.is_empty(),
            Self::Swarm(chart) => chart.is_empty(),
            Self::Contribution(chart) => chart.is_empty(),
            Self::Trials(chart) => chart.is_empty(),
            Self::Parallel(chart) => chart.is_empty(),
            Self::Shares(chart) => chart.is_empty(),
            Self::Belief(chart) => chart.is_empty(),
            Self::MetricRows(chart) => chart.is_empty(),
            Self::Lines(chart) => chart.is_empty(),
        }
    }

    /// The height that suits a width, in CSS pixels.
    pub fn height_px(&self, width_px: f64) -> f64 {
        match self {
            Self::Histogram(_) | Self::Drift(_) | Self::Deciles(_) | Self::Path(_) => 260.0,
            Self::Trials(_) | Self::Parallel(_) => 320.0,
            Self::Shares(chart) => chart.height_px(),
            Self::MetricRows(chart) => chart.height_px(),
            Self::Swarm(chart) => chart.height_px(),
            Self::Lines(chart) => chart.height_px(width_px),
            Self::Belief(_) => (width_px * 0.7).clamp(320.0, 420.0),
            Self::LearningCurve(_) | Self::Dependence(_) | Self::Contribution(_) | Self::Heat(_) => {
                (width_px * 0.7).clamp(240.0, 360.0)
            }
            Self::Importance(chart) => chart.height_px(),
            Self::Density(_) => (width_px * 0.8).clamp(260.0, 460.0),
            Self::Association(chart) => chart.height_px(width_px),
            Self::Retention(chart) => chart.height_px(),
            Self::Concentration(_) => (width_px * 0.7).clamp(280.0, 460.0),
            Self::Life(chart) => chart.height_px(),
            Self::Tree(chart) => chart.height_px(width_px),
        }
    }

    /// The part of an axis that a drag from one point to another narrows; `None` for charts without such axes.
    pub fn dragged(&self, style: &Style, from: (f64, f64), to: (f64, f64)) -> Option<Part> {
        match self {
            Self::Parallel(chart) => chart.dragged(style, from, to),
            _ => None,
        }
    }

    /// What can be pointed at, in reading order.
    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        match self {
            Self::Histogram(chart) => chart.marks(style),
            Self::LearningCurve(chart) => chart.marks(style),
            Self::Importance(chart) => chart.marks(style),
            Self::Density(chart) => chart.marks(style),
            Self::Association(chart) => chart.marks(style),
            Self::Retention(chart) => chart.marks(style),
            Self::Concentration(chart) => chart.marks(style),
            Self::Life(chart) => chart.marks(style),
            Self::Drift(chart) => chart.marks(style),
            Self::Tree(chart) => chart.marks(style),
            Self::Deciles(chart) => chart.marks(style),
            Self::Dependence(chart) => chart.marks(style),
            Self::Path(chart) => chart.marks(style),
            Self::Heat(chart) => chart.marks(style),
            Self::Swarm(chart) => chart.marks(style),
            Self::Contribution(chart) => chart.marks(style),
            Self::Trials(chart) => chart.marks(style),
            Self::Parallel(chart) => chart.marks(style),
            Self::Shares(chart) => chart.marks(style),
            Self::Belief(chart) => chart.marks(style),
            Self::MetricRows(chart) => chart.marks(style),
            Self::Lines(chart) => chart.marks(style),
        }
    }

    /// The chart as a document of its own, in these colours; `width_px` measures a text of the size [`TEXT_PX`].
    pub fn svg(&self, style: &Style, width_px: &dyn Fn(&str) -> f64) -> Result<String, Undrawn> {
        let mut text = String::new();
        let mut surface = SvgSurface::new(&mut text, style, width_px);
        self.draw(&mut surface, style)?;
        // What the backend writes last it writes when it is dropped.
        drop(surface);
        Ok(text)
    }

    /// The name of a file that holds the chart, without its ending: words of the title in small letters.
    pub fn file_name(&self) -> String {
        let title = self.title().to_lowercase();
        let words: Vec<&str> =
            title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.join("-")
    }

    /// Draws the chart; an empty one as an empty surface, since its summary says what is missing.
    pub fn draw(&self, surface: &mut dyn Surface, style: &Style) -> Drawn {
        let mut pen = Pen::new(surface, style);
        pen.clear()?;
        if !self.is_empty() {
            match self {
                Self::Histogram(chart) => chart.draw(&mut pen)?,
                Self::LearningCurve(chart) => chart.draw(&mut pen)?,
                Self::Importance(chart) => chart.draw(&mut pen)?,
                Self::Density(chart) => chart.draw(&mut pen)?,
                Self::Association(chart) => chart.draw(&mut pen)?,
                Self::Retention(chart) => chart.draw(&mut pen)?,
                Self::Concentration(chart) => chart.draw(&mut pen)?,
                Self::Life(chart) => chart.draw(&mut pen)?,
                Self::Drift(chart) => chart.draw(&mut pen)?,
                Self::Tree(chart) => chart.draw(&mut pen)?,
                Self::Deciles(chart) => chart.draw(&mut pen)?,
                Self::Dependence(chart) => chart.draw(&mut pen)?,
                Self::Path(chart) => chart.draw(&mut pen)?,
                Self::Heat(chart) => chart.draw(&mut pen)?,
                Self::Swarm(chart) => chart.draw(&mut pen)?,
                Self::Contribution(chart) => chart.draw(&mut pen)?,
                Self::Trials(chart) => chart.draw(&mut pen)?,
                Self::Parallel(chart) => chart.draw(&mut pen)?,
                Self::Shares(chart) => chart.draw(&mut pen)?,
                Self::Belief(chart) => chart.draw(&mut pen)?,
                Self::MetricRows(chart) => chart.draw(&mut pen)?,
                Self::Lines(chart) => chart.draw(&mut pen)?,
            }
        }
        surface.present()
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod search_tests;
