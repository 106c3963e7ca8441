//! One customer's life: purchases as stems, interactions as rows of ticks below, up to the observation date in ink and after it
//! in grey, since no feature may see them; the rows behind the selected feature stand out.

use super::axis::{Axis, Frame, Labels, Tick};
use super::pen::Anchor;
use super::{ChartTable, Drawn, Ink, Mark, Pen, Style};
use crate::order;
use crate::present::{day, format};
use crate::protocol::Life;
use std::sync::Arc;

const LANE_PX: f64 = 18.0;
const STEMS_PX: f64 = 150.0;
/// Between the base line's label and the first lane's.
const GAP_PX: f64 = 8.0;
/// Room right of the plot; the page's slider leaves the same.
pub const RIGHT_PX: f64 = 16.0;
/// Room above the stems and below the lanes.
const AROUND_PX: f64 = 28.0 + 26.0;

/// A customer as of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifeChart {
    pub life: Option<Arc<Life>>,
    /// The observation date, days since 1970-01-01.
    pub as_of: i32,
    /// The selected feature, and the purchases and interactions behind it.
    pub selected: Option<String>,
    pub purchases: Vec<u32>,
    pub interactions: Vec<u32>,
}

/// How an event is seen from the observation date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Selected,
    Seen,
    Later,
}

impl LifeChart {
    pub fn is_empty(&self) -> bool {
        self.life.is_none()
    }

    pub fn title(&self) -> String {
        self.life.as_ref().map_or("A customer’s life".to_owned(), |life| format!("Customer {}", life.customer))
    }

    pub fn summary(&self) -> String {
        let Some(life) = &self.life else {
            return "A customer’s purchases and interactions appear here once the pipeline has computed the features."
                .to_owned();
        };
        let until = |n: usize, all: usize, one: &str, many: &str| {
            format!("{} of {}", format::count(n as u64), format::counted(all as u64, one, many))
        };
        let n_purchases = life.purchases.iter().filter(|purchase| purchase.day <= self.as_of).count();
        let n_interactions = life.interactions.iter().filter(|event| event.day <= self.as_of).count();
        let seen = format!(
            "As of {}, {} and {} are seen",
            day::to_iso(self.as_of.into()),
            until(n_purchases, life.purchases.len(), "purchase", "purchases"),
            until(n_interactions, life.interactions.len(), "interaction", "interactions"),
        );
        match &self.selected {
            Some(feature) => {
                let n_rows = (self.purchases.len() + self.interactions.len()) as u64;
                format!("{seen}; {feature} is computed from {} of them.", format::count(n_rows))
            }
            None => format!("{seen}; the rest lies in the future and no feature may know it."),
        }
    }

    pub fn table(&self) -> ChartTable {
        let mut table = ChartTable::new(&["Day", "What", "Amount", "Seen"]);
        let Some(life) = &self.life else { return table };
        let mut rows: Vec<(i32, Vec<String>)> = Vec::new();
        let seen = |sight: Sight| match sight {
            Sight::Selected => "yes, and used",
            Sight::Seen => "yes",
            Sight::Later => "no",
        };
        for (position, purchase) in life.purchases.iter().enumerate() {
            let sight = self.sight(purchase.day, position, &self.purchases);
            let row = vec![
                day::to_iso(purchase.day.into()),
                format!("purchase, {}", purchase.category),
                format::money(purchase.dollars),
                seen(sight).to_owned(),
            ];
            rows.push((purchase.day, row));
        }
        for (position, event) in life.interactions.iter().enumerate() {
            let sight = self.sight(event.day, position, &self.interactions);
            let kind = life.kinds.get(usize::from(event.kind)).cloned().unwrap_or_default();
            let row = vec![day::to_iso(event.day.into()), kind, String::new(), seen(sight).to_owned()];
            rows.push((event.day, row));
        }
        order::sort_by(&mut rows, |a, b| a.0.cmp(&b.0));
        table.rows = rows.into_iter().map(|(_, row)| row).collect();
        table
    }

    pub fn height_px(&self) -> f64 {
        let n_lanes = self.life.as_ref().map_or(0, |life| life.kinds.len());
        AROUND_PX + STEMS_PX + GAP_PX + LANE_PX * n_lanes as f64
    }

    fn sight(&self, day: i32, position: usize, selected: &[u32]) -> Sight {
        if day > self.as_of {
            Sight::Later
        } else if selected.binary_search(&(position as u32)).is_ok() {
            Sight::Selected
        } else {
            Sight::Seen
        }
    }

    /// Of the stems; the lanes hang below it.
    fn frame(life: &Life, style: &Style) -> Frame {
        let most = life.purchases.iter().map(|purchase| purchase.dollars).fold(1.0, f64::max);
        let days = (f64::from(life.signup_day), f64::from(life.last_day));
        let mut frame = Frame::new(style, days, (0.0, most * 1.05), RIGHT_PX);
        frame.y = Axis { low_px: frame.y.high_px + STEMS_PX, ..frame.y };
        frame
    }

    fn lane_y(frame: &Frame, lane: usize) -> f64 {
        frame.y.low_px + GAP_PX + LANE_PX * (lane as f64 + 0.5)
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let Some(life) = &self.life else { return Ok(()) };
        let frame = Self::frame(life, pen.style);
        let palette = pen.style.palette;
        let bottom = frame.y.low_px + GAP_PX + LANE_PX * life.kinds.len() as f64;
        let until = frame.x.px(f64::from(self.as_of));
        pen.rect((until, frame.y.high_px), (frame.x.high_px, bottom), palette.hairline, 0.35)?;
        frame.draw(
            pen,
            &Labels {
                x_ticks: &[],
                y_ticks: &frame.y_ticks(format::money_short),
                x_name: "",
                y_name: "amount of a purchase",
                grid_x: false,
            },
        )?;
        for (value, label) in months(&frame.x) {
            let x = frame.x.px(value);
            pen.line((x, bottom), (x, bottom + 5.0), palette.hairline, 1.0)?;
            pen.text(&label, (x, bottom + 15.0), Anchor::Center, palette.secondary)?;
        }
        let ink = |sight: Sight| match sight {
            Sight::Selected => palette.validation,
            Sight::Seen => palette.train,
            Sight::Later => palette.baseline.over(palette.panel, 0.5),
        };
        for (lane, kind) in life.kinds.iter().enumerate() {
            let y = Self::lane_y(&frame, lane);
            pen.line((frame.x.low_px, y + LANE_PX / 2.0), (frame.x.high_px, y + LANE_PX / 2.0), palette.hairline, 1.0)?;
            pen.text(short(kind), (frame.x.low_px - 8.0, y), Anchor::Right, palette.secondary)?;
        }
        self.draw_events(pen, &frame, ink)?;
        frame.draw_moment(pen, until, bottom, &day::to_iso(self.as_of.into()))
    }

    /// What is selected last, so that nothing covers it.
    fn draw_events(&self, pen: &mut Pen, frame: &Frame, ink: impl Fn(Sight) -> Ink) -> Drawn {
        let Some(life) = &self.life else { return Ok(()) };
        for wanted in [Sight::Later, Sight::Seen, Sight::Selected] {
            let width = if wanted == Sight::Selected { 2.5 } else { 1.5 };
            for (position, event) in life.interactions.iter().enumerate() {
                if self.sight(event.day, position, &self.interactions) == wanted {
                    let (x, y) = (frame.x.px(f64::from(event.day)), Self::lane_y(frame, usize::from(event.kind)));
                    pen.line((x, y - 5.0), (x, y + 5.0), ink(wanted), width)?;
                }
            }
            for (position, purchase) in life.purchases.iter().enumerate() {
                if self.sight(purchase.day, position, &self.purchases) == wanted {
                    let (x, y) = (frame.x.px(f64::from(purchase.day)), frame.y.px(purchase.dollars));
                    pen.line((x, frame.y.low_px), (x, y), ink(wanted), width)?;
                    pen.rect((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), ink(wanted), 1.0)?;
                }
            }
        }
        Ok(())
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        let Some(life) = &self.life else { return Vec::new() };
        let frame = Self::frame(life, style);
        let mut marks: Vec<(i32, Mark)> = Vec::new();
        for purchase in &life.purchases {
            let (x, y) = (frame.x.px(f64::from(purchase.day)), frame.y.px(purchase.dollars));
            let text = format!(
                "{}: purchase of {}, {}",
                day::to_iso(purchase.day.into()),
                format::money(purchase.dollars),
                purchase.category
            );
            marks.push((purchase.day, Mark { x: x - 5.0, y: y - 5.0, width: 10.0, height: 10.0, text }));
        }
        for event in &life.interactions {
            let (x, y) = (frame.x.px(f64::from(event.day)), Self::lane_y(&frame, usize::from(event.kind)));
            let kind = life.kinds.get(usize::from(event.kind)).map_or("", String::as_str);
            let text = format!("{}: {kind}", day::to_iso(event.day.into()));
            marks.push((event.day, Mark { x: x - 3.0, y: y - 7.0, width: 6.0, height: 14.0, text }));
        }
        order::sort_by(&mut marks, |a, b| a.0.cmp(&b.0));
        marks.into_iter().map(|(_, mark)| mark).collect()
    }
}

/// A kind of event as its lane calls it, within the room left of the plot.
fn short(kind: &str) -> &str {
    kind.split('_').next_back().unwrap_or(kind)
}

/// First days of months, of as many as there is room for.
fn months(axis: &Axis) -> Vec<Tick> {
    const LABEL_PX: f64 = 64.0;
    let n_months = (axis.high - axis.low) / 30.44;
    let room = ((axis.high_px - axis.low_px) / LABEL_PX).max(1.0);
    let step =
        [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|&step| n_months / f64::from(step) <= room).unwrap_or(240);
    let first_year: i64 = day::to_iso(axis.low as i64).get(..4).and_then(|year| year.parse().ok()).unwrap_or(1970);
    let n_years = (n_months / 12.0) as i64 + 2;
    let months = (0..n_years * 12).step_by(step as usize).map(|month| (first_year + month / 12, month % 12 + 1));
    months
        .filter_map(|(year, month)| {
            let label = format!("{year:04}-{month:02}");
            Some((day::from_iso(&format!("{label}-01"))? as f64, label))
        })
        .filter(|(day, _)| (axis.low..=axis.high).contains(day))
        .collect()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::present::charts::{Chart, Palette};
    use crate::protocol::{LifeInteraction, LifePurchase};
    use plotters::prelude::SVGBackend;

    fn chart(as_of: i32, purchases: Vec<u32>) -> LifeChart {
        let purchase = |day: i32, dollars: f64| LifePurchase { day, dollars, category: "toys".to_owned() };
        let life = Life {
            customer: "17".to_owned(),
            row: 16,
            n_customers: 20,
            signup_day: 19_000,
            last_day: 20_269,
            purchases: vec![purchase(19_010, 12.5), purchase(19_400, 70.0), purchase(20_200, 5.0)],
            interactions: vec![LifeInteraction { day: 19_005, kind: 1 }, LifeInteraction { day: 20_269, kind: 0 }],
            kinds: vec!["website_visit".to_owned(), "email_open".to_owned()],
        };
        let selected = (!purchases.is_empty()).then(|| "FREQUENCY".to_owned());
        LifeChart { life: Some(Arc::new(life)), as_of, selected, purchases, interactions: Vec::new() }
    }

    #[test]
    fn words_and_table_tell_what_was_seen_and_what_was_used() {
        let unselected = chart(19_400, vec![]);
        let expected = "As of 2023-02-12, 2 of 3 purchases and 1 of 2 interactions are seen;";
        assert!(unselected.summary().starts_with(expected), "{}", unselected.summary());
        let selected = chart(19_400, vec![0, 1]);
        assert!(selected.summary().ends_with("FREQUENCY is computed from 2 of them."));
        let seen: Vec<String> = selected.table().rows.into_iter().map(|row| row[3].clone()).collect();
        assert_eq!(seen, ["yes", "yes, and used", "yes, and used", "no", "no"]);
        assert!(LifeChart::default().is_empty() && LifeChart::default().summary().contains("appear"));
    }

    #[test]
    fn it_draws_within_any_surface_and_marks_every_event() {
        for (width_px, scale) in [(1_200.0, 1.0), (320.0, 3.0), (0.0, 1.0)] {
            for as_of in [0, 19_000, 19_500, 20_269] {
                let chart = Chart::Life(chart(as_of, vec![0]));
                let height_px = chart.height_px(width_px);
                let style = Style { palette: Palette::default(), scale, width_px, height_px };
                let mut out = String::new();
                let size = ((width_px * scale) as u32, (height_px * scale) as u32);
                chart.draw(&mut SVGBackend::with_string(&mut out, size), &style).unwrap();
                assert_eq!(chart.marks(&style).len(), 5);
            }
        }
    }

    #[test]
    fn ticks_are_first_days_of_months_with_room_between_them() {
        let axis = Axis { low: 19_000.0, high: 20_269.0, low_px: 0.0, high_px: 640.0 };
        let labels: Vec<String> = months(&axis).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["2022-07", "2023-01", "2023-07", "2024-01", "2024-07", "2025-01"]);
        assert!(months(&Axis { high: 19_000.0, ..axis }).len() <= 1);
    }
}
