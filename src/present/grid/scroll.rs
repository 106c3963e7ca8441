//! From a scroll position to rows and back. Browsers draw no element higher than some 17 million pixels, and 5 million rows
//! are ten times as high: above a limit the scrollbar stands for all rows, and scrolling by wheel, touch or key still moves row
//! by row. Deliberately pixels of one axis only; columns need no such care.
//!
//! The content's place is one number, `shift_px`: row r lies at r · row height − shift. Small moves leave it alone, so that what
//! the browser itself scrolls is right before anybody is asked; a jump of the scrollbar sets it anew.

use std::ops::Range;

/// Height of the scrolled content at most: below every browser's limit, and exact in single precision.
const MAX_SPACER_PX: f64 = 8_000_000.0;
/// A move of more than so many views is the scrollbar's.
const JUMP_VIEWS: f64 = 4.0;
/// Room that is left for small moves after a jump, in views.
const ROOM_VIEWS: f64 = 40.0;
/// Rows drawn beyond the visible ones, for what the browser scrolls before it asks.
const OVERSCAN: u64 = 12;

/// What is in view of a column of equally high rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scroller {
    n_rows: u64,
    row_px: f64,
    view_px: f64,
    scroll_px: f64,
    shift_px: f64,
}

impl Scroller {
    /// Other rows, heights or a view of another size; the first row in view stays where that is possible.
    pub fn resized(self, n_rows: u64, row_px: f64, view_px: f64) -> Self {
        if self.row_px <= 0.0 {
            return Self { n_rows, row_px, view_px, ..Self::default() };
        }
        let first = self.top_px() / self.row_px;
        Self { n_rows, row_px, view_px, ..self }.anchored(first * row_px)
    }

    /// Height of the scrolled content.
    pub fn spacer_px(&self) -> f64 {
        self.total_px().min(MAX_SPACER_PX)
    }

    /// Where the browser's scroll position must be.
    pub fn scroll_px(&self) -> f64 {
        self.scroll_px
    }

    /// Height of the view.
    pub fn view_px(&self) -> f64 {
        self.view_px
    }

    /// Where a row lies in the scrolled content.
    pub fn y_px(&self, row: u64) -> f64 {
        row as f64 * self.row_px - self.shift_px
    }

    /// The rows that can be seen, whole or in part.
    pub fn visible(&self) -> Range<u64> {
        if self.row_px <= 0.0 || self.view_px <= 0.0 {
            return 0..0;
        }
        let first = (self.top_px() / self.row_px).floor().max(0.0) as u64;
        let end = ((self.top_px() + self.view_px) / self.row_px).ceil().max(0.0) as u64;
        first.min(self.n_rows)..end.min(self.n_rows)
    }

    /// The rows to draw.
    pub fn drawn(&self) -> Range<u64> {
        let Range { start, end } = self.visible();
        if start == end {
            return start..end;
        }
        start.saturating_sub(OVERSCAN)..(end + OVERSCAN).min(self.n_rows)
    }

    /// Rows that fit into the view whole; at least one.
    pub fn page_rows(&self) -> u64 {
        if self.row_px > 0.0 { ((self.view_px / self.row_px).floor() as u64).max(1) } else { 1 }
    }

    /// The browser scrolled there. The result's [`scroll_px`](Self::scroll_px) differs where the scrollbar has to be moved.
    pub fn scrolled_to(self, scroll_px: f64) -> Self {
        let scroll_px = scroll_px.clamp(0.0, self.max_scroll_px());
        if (scroll_px - self.scroll_px).abs() > JUMP_VIEWS * self.view_px {
            let share = if self.max_scroll_px() > 0.0 { scroll_px / self.max_scroll_px() } else { 0.0 };
            return Self { scroll_px, ..self }.with_top(share * self.max_top_px());
        }
        let moved = Self { scroll_px, ..self };
        // The scrollbar came to its end before the rows did.
        if moved.room_is_short(moved.view_px) { moved.anchored(moved.top_px()) } else { moved }
    }

    /// After some time without scrolling: makes room for small moves where a jump left too little.
    pub fn rested(self) -> Self {
        if self.room_is_short(ROOM_VIEWS * self.view_px) { self.anchored(self.top_px()) } else { self }
    }

    /// A row at the upper edge.
    pub fn jumped_to(self, row: u64) -> Self {
        self.anchored(row.min(self.n_rows) as f64 * self.row_px)
    }

    /// A row in view, moved as little as possible.
    pub fn showing(self, row: u64) -> Self {
        let begin = row.min(self.n_rows) as f64 * self.row_px;
        let end = begin + self.row_px;
        let top = if begin < self.top_px() {
            begin
        } else if end > self.top_px() + self.view_px {
            end - self.view_px
        } else {
            return self;
        };
        let near = self.scroll_px + top - self.top_px();
        let moved = self.scrolled_to(near);
        if moved.scroll_px == near && (moved.top_px() - top).abs() < 1.0 { moved } else { self.anchored(top) }
    }

    fn total_px(&self) -> f64 {
        self.n_rows as f64 * self.row_px
    }

    /// Pixels from the first row to the upper edge of the view.
    fn top_px(&self) -> f64 {
        self.scroll_px + self.shift_px
    }

    fn max_scroll_px(&self) -> f64 {
        (self.spacer_px() - self.view_px).max(0.0)
    }

    fn max_top_px(&self) -> f64 {
        (self.total_px() - self.view_px).max(0.0)
    }

    /// True when less than `room` can be scrolled in a direction in which there are more rows than that.
    fn room_is_short(&self, room: f64) -> bool {
        let (above, below) = (self.scroll_px, self.max_scroll_px() - self.scroll_px);
        let (rows_above, rows_below) = (self.top_px(), self.max_top_px() - self.top_px());
        (above < room && rows_above > above + 0.5) || (below < room && rows_below > below + 0.5)
    }

    /// That upper edge, with the scroll position left as it is.
    fn with_top(self, top_px: f64) -> Self {
        let surplus = self.total_px() - self.spacer_px();
        Self { shift_px: (top_px - self.scroll_px).round().clamp(0.0, surplus), ..self }
    }

    /// That upper edge, with the scrollbar where it belongs and room to both sides.
    fn anchored(self, top_px: f64) -> Self {
        let top_px = top_px.clamp(0.0, self.max_top_px());
        let share = if self.max_top_px() > 0.0 { top_px / self.max_top_px() } else { 0.0 };
        let room = ROOM_VIEWS * self.view_px;
        let lowest = top_px.min(room);
        let highest = self.max_scroll_px() - (self.max_top_px() - top_px).min(room);
        let scroll_px = (share * self.max_scroll_px()).min(highest).max(lowest);
        let scroll_px = if self.total_px() > MAX_SPACER_PX { scroll_px.round() } else { top_px };
        Self { scroll_px, ..self }.with_top(top_px)
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{MAX_SPACER_PX, Scroller};
    use proptest::prelude::*;

    fn of(n_rows: u64) -> Scroller {
        Scroller::default().resized(n_rows, 32.0, 500.0)
    }

    #[test]
    fn few_rows_scroll_as_they_are() {
        let scroller = of(1_000).scrolled_to(3_200.0);
        assert_eq!(scroller.visible(), 100..116);
        assert_eq!(scroller.y_px(100), 3_200.0);
        assert_eq!(scroller.scroll_px(), 3_200.0);
        assert_eq!(of(1_000).scrolled_to(1e9).visible(), 984..1_000);
        assert_eq!(of(3).visible(), 0..3);
        assert_eq!(of(0).visible(), 0..0);
        assert_eq!(of(0).scrolled_to(50.0).scroll_px(), 0.0);
    }

    #[test]
    fn five_million_rows_are_reached_to_the_last_one() {
        let n = 5_000_000;
        assert_eq!(of(n).spacer_px(), MAX_SPACER_PX);
        let dragged = of(n).scrolled_to(MAX_SPACER_PX - 500.0);
        assert_eq!(dragged.visible().end, n);
        let middle = of(n).scrolled_to((MAX_SPACER_PX - 500.0) / 2.0).visible();
        assert!((2_499_000..2_501_000).contains(&middle.start), "{middle:?}");
        assert_eq!(of(n).jumped_to(n - 1).visible().end, n);
        assert_eq!(of(n).jumped_to(1_234_567).visible().start, 1_234_567);
        assert_eq!(of(n).jumped_to(1_234_567).showing(0).visible().start, 0);
    }

    #[test]
    fn the_wheel_moves_row_by_row_and_is_never_stuck() {
        let n = 5_000_000;
        // The scrollbar was dragged almost to the end: thousands of rows lie beyond its last pixels.
        let mut scroller = of(n).scrolled_to(MAX_SPACER_PX - 700.0);
        let mut first = scroller.visible().start;
        assert!(first < n - 100);
        while scroller.visible().end < n {
            let next = scroller.scrolled_to(scroller.scroll_px() + 96.0);
            assert!((2..=4).contains(&(next.visible().start - first)) || next.visible().end == n);
            (scroller, first) = (next, next.visible().start);
        }
        let mut scroller = of(n).scrolled_to(2_300.0);
        while scroller.top_px() > 0.0 {
            let next = scroller.scrolled_to(scroller.scroll_px() - 96.0);
            assert!(next.top_px() < scroller.top_px());
            scroller = next;
        }
        assert_eq!((scroller.scroll_px(), scroller.visible().start), (0.0, 0));
    }

    #[test]
    fn another_size_keeps_the_first_row() {
        let scroller = of(5_000_000).jumped_to(777_777).resized(5_000_000, 44.0, 900.0);
        assert_eq!(scroller.visible().start, 777_777);
        assert_eq!(scroller.resized(10, 44.0, 900.0).visible(), 0..10);
        assert_eq!(Scroller::default().drawn(), 0..0);
    }

    #[derive(Clone, Debug)]
    enum Move {
        By(f64),
        To(f64),
        Jump(f64),
        Show(f64),
        Rest,
        Resize(u64, f64),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let share = 0.0..1.0;
        let one = prop_oneof![
            4 => (-1_500.0..1_500.0).prop_map(Move::By),
            1 => share.clone().prop_map(Move::To),
            1 => share.clone().prop_map(Move::Jump),
            1 => share.prop_map(Move::Show),
            1 => Just(Move::Rest),
            1 => (0..50_000_000_u64, 100.0..2_000.0).prop_map(|(n, view)| Move::Resize(n, view)),
        ];
        prop::collection::vec(one, 1..40)
    }

    proptest! {
        #[test]
        fn whatever_is_done_the_view_is_full_and_small_moves_are_exact(
            n in 0..50_000_000_u64, moves in moves()
        ) {
            let (mut n, mut view) = (n, 500.0);
            let mut scroller = of(n);
            for one in moves {
                let before = scroller;
                let row = |share: f64| (n as f64 * share) as u64;
                scroller = match one {
                    Move::By(px) => {
                        let next = scroller.scrolled_to(scroller.scroll_px + px);
                        let wanted = (before.top_px() + px).clamp(0.0, before.max_top_px());
                        if px.abs() < 4.0 * view && before.scroll_px + px >= 0.0 && before.scroll_px + px <= before.max_scroll_px() {
                            prop_assert!((next.top_px() - wanted).abs() <= 1.0, "{before:?} by {px} gave {next:?}");
                        }
                        next
                    }
                    Move::To(share) => scroller.scrolled_to(share * scroller.max_scroll_px()),
                    Move::Jump(share) => {
                        let next = scroller.jumped_to(row(share));
                        let last = n.saturating_sub(next.page_rows() + 1);
                        prop_assert!(n == 0 || next.visible().start.abs_diff(row(share).min(last)) <= 1 || row(share) > last);
                        next
                    }
                    Move::Show(share) => {
                        let next = scroller.showing(row(share));
                        prop_assert!(n == 0 || next.visible().contains(&row(share).min(n - 1)));
                        next
                    }
                    Move::Rest => {
                        let next = scroller.rested();
                        prop_assert!((next.top_px() - before.top_px()).abs() <= 1.0);
                        prop_assert!(!next.room_is_short(next.view_px * 2.0));
                        next
                    }
                    Move::Resize(rows, height) => {
                        (n, view) = (rows, height);
                        scroller.resized(rows, 32.0, height)
                    }
                };
                prop_assert!(scroller.scroll_px >= 0.0 && scroller.scroll_px <= scroller.max_scroll_px() + 1.0);
                let visible = scroller.visible();
                prop_assert!(visible.end <= n);
                let expected = n.min((view / 32.0) as u64);
                prop_assert!(visible.end - visible.start >= expected, "{scroller:?} shows {visible:?}");
                if let Some(first) = visible.clone().next() {
                    let y = scroller.y_px(first);
                    prop_assert!((-1.0..=MAX_SPACER_PX).contains(&y));
                }
            }
        }
    }
}
