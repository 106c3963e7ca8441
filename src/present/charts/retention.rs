//! Retention of sign-up cohorts: a triangle of cells, a row a cohort, a column a period after sign-up. One hue, from the panel's
//! colour to the full one for the highest share after the first period.

use super::pen::Anchor;
use super::{ChartTable, Drawn, Mark, Pen, Style};
use crate::present::format;
use crate::protocol::{Cohort, Retention};

const ROW_PX: f64 = 16.0;
const LEFT_PX: f64 = 62.0;
const TOP_PX: f64 = 38.0;
const LEGEND_PX: f64 = 34.0;
const RAMP_PX: f64 = 96.0;
/// Cells as wide as this have their figure written in them.
const WRITTEN_CELL_PX: f64 = 26.0;

/// Who is still buying, by sign-up.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionChart {
    /// `None` before it was computed.
    pub retention: Option<Retention>,
}

impl RetentionChart {
    fn cohorts(&self) -> &[Cohort] {
        self.retention.as_ref().map_or(&[], |found| &found.cohorts)
    }

    fn n_periods(&self) -> usize {
        self.cohorts().iter().map(|cohort| cohort.n_active.len()).max().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.n_periods() == 0
    }

    fn period(&self) -> &'static str {
        match self.retention.as_ref().map_or(1, |found| found.months_per_cohort) {
            3 => "quarter",
            6 => "half-year",
            12 => "year",
            _ => "month",
        }
    }

    pub fn title(&self) -> String {
        "How many keep buying, by sign-up".to_owned()
    }

    pub fn summary(&self) -> String {
        let (false, Some(found)) = (self.is_empty(), &self.retention) else {
            return "The share of each sign-up cohort that buys in each month after sign-up appears here once the pipeline has run."
                .to_owned();
        };
        let mean = |period: usize| {
            let seen = found.cohorts.iter().filter_map(|c| Some((c.n_active.get(period)?, c.n_customers)));
            let (active, all) = seen.fold((0, 0), |sum, (n, of)| (sum.0 + n, sum.1 + of));
            active as f64 / all.max(1) as f64
        };
        let late = 12.min(self.n_periods() - 1);
        format!(
            "Of all customers {} buy in the {} days from sign-up and {} in {} {late}; only cells whose days lie before {} for the whole cohort.",
            format::percent(mean(0)),
            found.days_per_period,
            format::percent(mean(late)),
            self.period(),
            found.now
        )
    }

    fn share(cohort: &Cohort, period: usize) -> f64 {
        cohort.n_active.get(period).map_or(0.0, |n| *n as f64 / cohort.n_customers.max(1) as f64)
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Signed up", "Customers"]);
        if self.is_empty() {
            return table;
        }
        let n = self.n_periods();
        table.headers.extend((0..n).map(|period| format!("{} {period}", self.period())));
        for cohort in self.cohorts() {
            let mut row = vec![cohort.from.clone(), format::count(cohort.n_customers)];
            row.extend((0..n).map(|period| match cohort.n_active.get(period) {
                Some(_) => format::percent(Self::share(cohort, period)),
                None => String::new(),
            }));
            table.rows.push(row);
        }
        table
    }

    pub fn height_px(&self) -> f64 {
        TOP_PX + self.cohorts().len() as f64 * ROW_PX + LEGEND_PX
    }

    fn cell_px(&self, width_px: f64) -> f64 {
        ((width_px - LEFT_PX - 2.0) / self.n_periods().max(1) as f64).clamp(1.0, 48.0)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, &Cohort)> {
        self.cohorts()
            .iter()
            .enumerate()
            .flat_map(|(row, cohort)| (0..cohort.n_active.len()).map(move |p| (row, p, cohort)))
    }

    /// The highest share after the first period: nearly everybody's first purchase would leave no shades for the rest.
    fn darkest(&self) -> f64 {
        let later = self.cells().filter(|(_, period, _)| *period > 0 || self.n_periods() == 1);
        later.map(|(_, period, cohort)| Self::share(cohort, period)).fold(0.01, f64::max)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let cell_px = self.cell_px(pen.style.width_px);
        let palette = pen.style.palette;
        let most = self.darkest();
        pen.text(&format!("{} after sign-up", self.period()), (LEFT_PX, 8.0), Anchor::Left, palette.secondary)?;
        // Room for about three digits a tick.
        let every = [1, 2, 3, 6, 12].into_iter().find(|every| *every as f64 * cell_px >= 24.0).unwrap_or(24);
        for period in (0..self.n_periods()).step_by(every) {
            let x = LEFT_PX + (period as f64 + 0.5) * cell_px;
            pen.text(&period.to_string(), (x, 26.0), Anchor::Center, palette.secondary)?;
        }
        for (row, cohort) in self.cohorts().iter().enumerate() {
            let y = TOP_PX + (row as f64 + 0.5) * ROW_PX;
            pen.text(&cohort.from, (LEFT_PX - 8.0, y), Anchor::Right, palette.text)?;
        }
        for (row, period, cohort) in self.cells() {
            let (x, y) = (LEFT_PX + period as f64 * cell_px, TOP_PX + row as f64 * ROW_PX);
            let share = Self::share(cohort, period);
            let ink = palette.train.over(palette.panel, 0.04 + 0.96 * (share / most).min(1.0));
            let gap = if cell_px > 6.0 { 0.5 } else { 0.0 };
            pen.rect((x + gap, y + 0.5), (x + cell_px - gap, y + ROW_PX - 0.5), ink, 1.0)?;
            if cell_px >= WRITTEN_CELL_PX {
                let on = palette.text.or_more_legible(palette.panel, ink);
                let text = format!("{:.0}", share * 100.0);
                pen.text(&text, (x + cell_px / 2.0, y + ROW_PX / 2.0), Anchor::Center, on)?;
            }
        }
        let y = TOP_PX + self.cohorts().len() as f64 * ROW_PX + 18.0;
        pen.text("0 %", (LEFT_PX - 8.0, y), Anchor::Right, palette.secondary)?;
        for step in 0..12 {
            let (from, to) = (f64::from(step) / 12.0, f64::from(step + 1) / 12.0);
            let ink = palette.train.over(palette.panel, 0.04 + 0.96 * to);
            pen.rect((LEFT_PX + RAMP_PX * from, y - 5.0), (LEFT_PX + RAMP_PX * to, y + 5.0), ink, 1.0)?;
        }
        let legend = format!("{} and more of a cohort bought", format::percent(most));
        pen.text(&legend, (LEFT_PX + RAMP_PX + 8.0, y), Anchor::Left, palette.secondary)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let cell_px = self.cell_px(style.width_px);
        let mark = |(row, period, cohort): (usize, usize, &Cohort)| Mark {
            x: LEFT_PX + period as f64 * cell_px,
            y: TOP_PX + row as f64 * ROW_PX,
            width: cell_px,
            height: ROW_PX,
            text: format!(
                "Signed up from {}: {} of {} bought in {} {period} after sign-up, {}",
                cohort.from,
                format::count(cohort.n_active[period]),
                format::counted(cohort.n_customers, "customer", "customers"),
                self.period(),
                format::percent(Self::share(cohort, period))
            ),
        };
        self.cells().map(mark).collect()
    }
}
