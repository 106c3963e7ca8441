//! How strongly columns go together: a triangle of cells, the target first. Rank correlations run from one colour over the panel's
//! to another; pairs with a category have no sign and a colour of their own. A narrow figure shows the columns that go together
//! with the target most; the table has all pairs with the target and the strongest of the others.

use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::order;
use crate::present::format;
use crate::protocol::{Association, Associations, Measure};

const ROW_PX: f64 = 22.0;
const MIN_CELL_PX: f64 = 17.0;
const MAX_CELL_PX: f64 = 64.0;
/// Cells as wide as this have their figure written in them.
const WRITTEN_CELL_PX: f64 = 32.0;
/// Mean width of a character of a name in capitals.
const CHARACTER_PX: f64 = 8.2;
const LEGEND_PX: f64 = 48.0;
const RAMP_PX: f64 = 72.0;
/// More rows are read by nobody.
const MAX_TABLE_ROWS: usize = 200;

/// The pairs of a table's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct AssociationChart {
    pub table: &'static str,
    /// `None` before they were computed.
    pub associations: Option<Associations>,
}

struct Layout {
    n_shown: usize,
    left: f64,
    cell_px: f64,
}

impl AssociationChart {
    fn columns(&self) -> &[String] {
        self.associations.as_ref().map_or(&[], |found| &found.columns)
    }

    fn cell(&self, row: usize, column: usize) -> Option<Association> {
        let n = self.columns().len();
        self.associations.as_ref().and_then(|found| found.cells.get(row * n + column)).copied()
    }

    pub fn is_empty(&self) -> bool {
        let n = self.columns().len();
        n < 2 || self.associations.as_ref().is_none_or(|found| found.cells.len() != n * n)
    }

    pub fn title(&self) -> String {
        format!("What goes together in {}", self.table)
    }

    pub fn summary(&self) -> String {
        let (false, Some(found)) = (self.is_empty(), &self.associations) else {
            return format!(
                "How strongly the columns of {} go together appears here once the pipeline has made them.",
                self.table
            );
        };
        let strongest = self.cell(0, 1).map_or(String::new(), strength);
        let rows = if u64::from(found.n_rows) < found.n_rows_total {
            format!("{} of {} rows", format::count(found.n_rows.into()), format::count(found.n_rows_total))
        } else {
            format::counted(found.n_rows_total, "row", "rows")
        };
        format!(
            "{} goes together most with {} ({strongest}); columns stand in that order, measured on {rows}.",
            found.columns[0], found.columns[1]
        )
    }

    fn pairs(&self, n: usize) -> impl Iterator<Item = (usize, usize, Association)> {
        (1..n).flat_map(move |row| (0..row).filter_map(move |column| Some((row, column, self.cell(row, column)?))))
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Column", "With", "Strength", "Measure", "Rows"]);
        if self.is_empty() {
            return table;
        }
        let columns = self.columns();
        let mut pairs: Vec<_> = self.pairs(columns.len()).map(|(row, column, cell)| (column, row, cell)).collect();
        let weakness = |cell: &Association| -cell.value.filter(|value| value.is_finite()).map_or(-1.0, f64::abs);
        order::sort_by(&mut pairs, |a, b| (a.0 > 0).cmp(&(b.0 > 0)).then(weakness(&a.2).total_cmp(&weakness(&b.2))));
        for (column, row, cell) in pairs.into_iter().take(MAX_TABLE_ROWS) {
            table.rows.push(vec![
                columns[column].clone(),
                columns[row].clone(),
                strength(cell),
                measure(cell.measure).to_owned(),
                format::count(cell.n_rows.into()),
            ]);
        }
        table
    }

    fn layout(&self, width_px: f64) -> Layout {
        let n = self.columns().len();
        let longest = self.columns().iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let left = (longest as f64 * CHARACTER_PX + 8.0).min(width_px * 0.56);
        let room = (width_px - left - 2.0).max(0.0);
        let n_shown = ((room / MIN_CELL_PX) as usize).clamp(2, n.max(2));
        Layout { n_shown, left, cell_px: (room / n_shown as f64).clamp(1.0, MAX_CELL_PX) }
    }

    pub fn height_px(&self, width_px: f64) -> f64 {
        self.layout(width_px).n_shown as f64 * ROW_PX + LEGEND_PX
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let layout = self.layout(pen.style.width_px);
        let palette = pen.style.palette;
        for (row, name) in self.columns().iter().take(layout.n_shown).enumerate() {
            let middle = (row as f64 + 0.5) * ROW_PX;
            let name = shortened(name, layout.left - 8.0, |text| pen.text_width(text));
            pen.text(&name, (layout.left - 8.0, middle), Anchor::Right, palette.text)?;
            // The diagonal heads the column below it.
            let x = layout.left + (row as f64 + 0.5) * layout.cell_px;
            pen.text(&(row + 1).to_string(), (x, middle), Anchor::Center, palette.secondary)?;
        }
        for (row, column, cell) in self.pairs(layout.n_shown.min(self.columns().len())) {
            let (x, y) = (layout.left + column as f64 * layout.cell_px, row as f64 * ROW_PX);
            let ink = ink(cell, palette);
            pen.rect((x + 0.5, y + 0.5), (x + layout.cell_px - 0.5, y + ROW_PX - 0.5), ink, 1.0)?;
            if layout.cell_px >= WRITTEN_CELL_PX && cell.value.is_some() {
                let on = palette.text.or_more_legible(palette.panel, ink);
                pen.text(&short(cell), (x + layout.cell_px / 2.0, y + ROW_PX / 2.0), Anchor::Center, on)?;
            }
        }
        self.draw_legend(pen, layout.n_shown as f64 * ROW_PX + 12.0)
    }

    fn draw_legend(&self, pen: &mut Pen, top: f64) -> Drawn {
        let palette = pen.style.palette;
        let ramps = [
            (Measure::Spearman, -1.0, "−1", "1  two numbers: rank correlation"),
            (Measure::CorrelationRatio, 0.0, "0", "1  with a category: no sign"),
        ];
        for (line, (measure, low, from, to)) in ramps.into_iter().enumerate() {
            let y = top + 18.0 * line as f64 + 6.0;
            pen.text(from, (18.0, y), Anchor::Right, palette.secondary)?;
            let n = 12;
            for step in 0..n {
                let share = (f64::from(step) + 0.5) / f64::from(n);
                let cell = Association { measure, value: Some(low + share * (1.0 - low)), n_rows: 0 };
                let x = 24.0 + RAMP_PX * f64::from(step) / f64::from(n);
                pen.rect((x, y - 5.0), (x + RAMP_PX / f64::from(n), y + 5.0), ink(cell, palette), 1.0)?;
            }
            pen.text(to, (24.0 + RAMP_PX + 6.0, y), Anchor::Left, palette.secondary)?;
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let layout = self.layout(style.width_px);
        let columns = self.columns();
        let mark = |(row, column, cell): (usize, usize, Association)| Mark {
            x: layout.left + column as f64 * layout.cell_px,
            y: row as f64 * ROW_PX,
            width: layout.cell_px,
            height: ROW_PX,
            text: format!(
                "{} and {}: {} {} in {}",
                columns[column],
                columns[row],
                measure(cell.measure),
                strength(cell),
                format::counted(cell.n_rows.into(), "row", "rows")
            ),
        };
        self.pairs(layout.n_shown.min(columns.len())).map(mark).collect()
    }
}

/// How a pair was measured.
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Spearman => "Spearman’s rank correlation",
        Measure::CorrelationRatio => "correlation ratio of ranks",
        Measure::CramersV => "Cramér’s V",
    }
}

/// The strength of a pair, with its sign where it has one.
pub fn strength(cell: Association) -> String {
    match (cell.value, cell.measure) {
        (None, _) => "not measurable, one of them does not vary".to_owned(),
        (Some(value), Measure::Spearman) if value >= 0.0005 => format!("+{value:.3}"),
        (Some(value), _) => format::score(value),
    }
}

fn short(cell: Association) -> String {
    let text = format!("{:.2}", cell.value.unwrap_or(0.0).abs());
    let text = text.strip_prefix('0').unwrap_or(&text).to_owned();
    let is_negative = cell.value.is_some_and(|value| value <= -0.005);
    if is_negative { format!("−{text}") } else { text }
}

fn ink(cell: Association, palette: Palette) -> Ink {
    let share = cell.value.filter(|value| value.is_finite()).unwrap_or(0.0).clamp(-1.0, 1.0);
    let full = match cell.measure {
        Measure::Spearman if share < 0.0 => palette.negative,
        Measure::Spearman => palette.positive,
        Measure::CorrelationRatio | Measure::CramersV => palette.baseline,
    };
    // Weak ones would vanish on a linear scale.
    full.over(palette.panel, 0.04 + 0.96 * three_quarters(share.abs()))
}

/// The text, cut with an ellipsis where it is wider than the room.
pub(super) fn shortened(text: &str, room_px: f64, width: impl Fn(&str) -> f64) -> String {
    let mut cut = text.to_owned();
    while width(&cut) > room_px && cut.chars().count() > 4 {
        cut.truncate(cut.char_indices().nth_back(1).map_or(0, |(at, _)| at));
        cut.push('…');
    }
    cut
}

/// x^¾.
pub(super) fn three_quarters(x: f64) -> f64 {
    x.sqrt() * x.sqrt().sqrt()
}
