//! One tree, top down: branches as wide as the share of rows that take them, leaves in the colour of what they add, and the way of
//! one customer as a line with its questions written out. Deliberately no zoom: a deep tree is a shape, and its table has the rest.

use super::association::{shortened, three_quarters};
use super::pen::Anchor;
use super::tree_layout::{Place, children, places};
use super::{ChartTable, Drawn, Ink, Mark, Palette, Pen, Style};
use crate::order;
use crate::present::format;
use crate::protocol::{TreeNode, TreeView};

/// Surfaces as wide as this have the customer's questions left of the tree, on the level where each is asked.
const WIDE_PX: f64 = 760.0;
const GUTTER_PX: f64 = 288.0;
/// Around the branches.
const MARGIN_PX: f64 = 12.0;
/// From the top to the root.
const HEAD_PX: f64 = 40.0;
/// Height of all levels together, within what a single one may have.
const LEVELS_PX: f64 = 320.0;
/// From the lowest leaves to the end of the legend.
const FOOT_PX: f64 = 62.0;
const ROW_PX: f64 = 20.0;
/// Rows of the list below the tree that are kept free for longer ways.
const KEPT_ROWS: usize = 9;
const BOX_PX: f64 = 20.0;
/// Beside the root's box, for what its two sides mean.
const ANSWER_PX: f64 = 32.0;
/// No box is narrower, unless its question is short.
const LEAST_BOX_PX: f64 = 96.0;
/// Mean width of a character of a question.
const CHARACTER_PX: f64 = 7.6;
/// Leaves as far apart have their figure written below them; no leaves stand further apart than the other.
const WRITTEN_LEAF_PX: f64 = 50.0;
const WIDEST_LEAF_PX: f64 = 190.0;
const LEAF_PX: f64 = 12.0;
const RAMP_PX: f64 = 96.0;

/// A tree and, where one is chosen, a customer's way through it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeChart {
    /// "Tree 12": begins the summary too.
    pub title: String,
    /// `None` before the first tree.
    pub tree: Option<TreeView>,
    /// Leaves add to the logarithm of the prediction, so that they multiply it.
    pub is_log: bool,
}

/// Where everything stands, in CSS pixels.
struct Picture<'a> {
    nodes: &'a [TreeNode],
    places: Vec<Option<Place>>,
    left: f64,
    right: f64,
    n_leaves: f64,
    leaf_px: f64,
    level_px: f64,
    /// By level: room of a question's box; 0 where there are only dots.
    rooms: Vec<f64>,
    /// Width of a branch that all rows take.
    band_px: f64,
    /// The largest size of a leaf's value.
    most: f64,
}

impl Picture<'_> {
    fn at(&self, place: Place) -> (f64, f64) {
        let middle = (self.left + self.right) / 2.0;
        (middle + (place.x + 0.5 - self.n_leaves / 2.0) * self.leaf_px, HEAD_PX + place.depth as f64 * self.level_px)
    }

    /// Every node that the root leads to.
    fn drawn(&self) -> impl Iterator<Item = (usize, &TreeNode, Place)> {
        let all = self.nodes.iter().zip(&self.places).enumerate();
        all.filter_map(|(i, (node, place))| Some((i, node, (*place)?)))
    }

    fn depth(&self) -> usize {
        self.rooms.len().saturating_sub(1)
    }

    /// Where the lowest leaves stand.
    fn bottom(&self) -> f64 {
        HEAD_PX + self.depth() as f64 * self.level_px
    }

    fn share(&self, node: usize) -> f64 {
        let cover = |i: usize| self.nodes.get(i).map_or(0.0, |node| node.cover);
        let share = cover(node) / cover(0);
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Left end and width of a question's box.
    fn span(&self, node: &TreeNode, place: Place) -> Option<(f64, f64)> {
        let room = self.rooms.get(place.depth).copied().filter(|room| *room > 0.0)?;
        let width = room.min(box_px(&node.question));
        let aside = if place.depth == 0 { ANSWER_PX } else { 0.0 };
        let left = (self.at(place).0 - width / 2.0).min(self.right - aside - width).max(self.left + aside);
        Some((left, width))
    }

    /// A leaf's colour; small values would vanish on a linear scale.
    fn ink(&self, value: f64, palette: Palette) -> Ink {
        let full = if value < 0.0 { palette.negative } else { palette.positive };
        let size = if self.most > 0.0 { (value.abs() / self.most).min(1.0) } else { 0.0 };
        full.over(palette.panel, if size.is_finite() { 0.08 + 0.92 * three_quarters(size) } else { 0.0 })
    }
}

fn box_px(question: &str) -> f64 {
    question.chars().count() as f64 * CHARACTER_PX + 16.0
}

impl TreeChart {
    fn nodes(&self) -> &[TreeNode] {
        self.tree.as_ref().map_or(&[], |tree| &tree.nodes)
    }

    pub fn is_empty(&self) -> bool {
        self.nodes().is_empty()
    }

    /// The customer's nodes from the root on, and how each was answered.
    fn path(&self) -> Vec<(&TreeNode, Option<bool>)> {
        let nodes = self.nodes();
        let mut path = Vec::new();
        let mut next = Some(0);
        while let Some((i, node)) = next.and_then(|i| Some((i, nodes.get(i).filter(|node| node.on_path)?))) {
            let is_on = |child: usize| nodes.get(child).is_some_and(|node| node.on_path);
            let answer = children(nodes, i)
                .and_then(|(yes, no)| if is_on(yes) { Some((yes, true)) } else { is_on(no).then_some((no, false)) });
            path.push((node, answer.map(|(_, answer)| answer)));
            next = answer.map(|(child, _)| child);
        }
        path
    }

    /// What a leaf does to a prediction: +$3.20, or ×1.03.
    fn effect(&self, value: f64) -> String {
        if self.is_log { format!("×{}", format::statistic(libm::exp(value))) } else { format::money_change(value) }
    }

    fn adds(&self, value: f64) -> String {
        format!("{} {}", if self.is_log { "takes the prediction" } else { "adds" }, self.effect(value))
    }

    pub fn summary(&self) -> String {
        let nodes = self.nodes();
        if nodes.is_empty() {
            return "The tree just added appears here once a model is trained and at least one of its trees is taken."
                .to_owned();
        }
        let n_questions = (0..nodes.len()).filter(|i| children(nodes, *i).is_some()).count() as u64;
        let path = self.path();
        let what = match (path.split_last(), n_questions) {
            (Some(((leaf, None), before)), _) => format!(
                "for this customer it {} after {}",
                self.adds(leaf.value),
                format::counted(before.len() as u64, "answer", "answers")
            ),
            _ => {
                let leaves = (0..nodes.len()).filter(|i| children(nodes, *i).is_none()).map(|i| nodes[i].value);
                let (low, high) =
                    leaves.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
                format!("its leaves stand for {} to {}", self.effect(low), self.effect(high))
            }
        };
        format!("{} asks {}; {what}.", self.title, format::counted(n_questions, "question", "questions"))
    }

    pub fn table(&self) -> ChartTable {
        let adds = if self.is_log { "Takes the prediction" } else { "Adds" };
        let mut table = ChartTable::new(&["Node", "Reached from", "Question", "Cover", adds, "On the path"]);
        let nodes = self.nodes();
        let mut from = vec![String::new(); nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            let is_leaf = children(nodes, i).is_none();
            if let Some((yes, no)) = children(nodes, i) {
                from[yes] = format!("{i}, yes");
                from[no] = format!("{i}, no");
            }
            table.rows.push(vec![
                i.to_string(),
                std::mem::take(&mut from[i]),
                if is_leaf { "leaf".to_owned() } else { node.question.clone() },
                format::count(cover(node)),
                if is_leaf { self.effect(node.value) } else { String::new() },
                if node.on_path { "yes" } else { "no" }.to_owned(),
            ]);
        }
        table
    }

    fn picture(&self, width_px: f64) -> Picture<'_> {
        let nodes = self.nodes();
        let places = places(nodes);
        let is_wide = width_px >= WIDE_PX && !self.path().is_empty();
        let left = if is_wide { GUTTER_PX } else { MARGIN_PX };
        let right = (width_px - MARGIN_PX).max(left + 20.0);
        let is_leaf = |i: usize| children(nodes, i).is_none();
        let reached = || places.iter().enumerate().filter_map(|(i, place)| Some((i, (*place)?)));
        let n_leaves = reached().filter(|(i, _)| is_leaf(*i)).count().max(1) as f64;
        let leaf_px = ((right - left) / n_leaves).min(WIDEST_LEAF_PX);
        let depth = reached().map(|(_, place)| place.depth).max().unwrap_or(0);
        let level_px = (LEVELS_PX / depth.max(1) as f64).clamp(28.0, 84.0);
        let values = nodes.iter().enumerate().filter(|(i, _)| is_leaf(*i)).map(|(_, node)| node.value.abs());
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let band_px = ((right - left) * 0.03).clamp(10.0, 22.0);
        let mut picture =
            Picture { nodes, places, left, right, n_leaves, leaf_px, level_px, rooms: Vec::new(), band_px, most };
        picture.rooms = rooms(&picture, depth);
        picture
    }

    pub fn height_px(&self, width_px: f64) -> f64 {
        let picture = self.picture(width_px);
        let n_steps = self.path().len();
        let n_rows = if width_px < WIDE_PX && n_steps > 0 {
            // Room for the longest way too, so that the figure does not jump from customer to customer.
            1 + n_steps.max((picture.depth() + 1).min(KEPT_ROWS))
        } else {
            0
        };
        picture.bottom() + FOOT_PX + n_rows as f64 * ROW_PX
    }

    pub fn draw(&self, pen: &mut Pen) -> Drawn {
        let picture = self.picture(pen.style.width_px);
        let palette = pen.style.palette;
        let width_note = "branches as wide as their share of the cover";
        pen.text(width_note, (picture.left.max(4.0), 10.0), Anchor::Left, palette.secondary)?;
        self.draw_list(pen, &picture)?;
        let faint = palette.baseline.over(palette.panel, 0.3);
        for (i, _, place) in picture.drawn() {
            let Some((yes, no)) = children(picture.nodes, i) else { continue };
            let from = picture.at(place);
            // Branches leave side by side, as wide together as what came.
            let [wide, narrow] = [yes, no].map(|child| picture.share(child) * picture.band_px);
            let begin = from.0 - (wide + narrow) / 2.0;
            for (child, width, x) in [(yes, wide, begin + wide / 2.0), (no, narrow, begin + wide + narrow / 2.0)] {
                if let Some(to) = picture.places.get(child).copied().flatten() {
                    pen.path(&curve((x, from.1), picture.at(to)), faint, width.max(0.6))?;
                }
            }
        }
        Self::draw_answers(pen, &picture)?;
        for (i, _, place) in picture.drawn().filter(|(_, node, _)| node.on_path) {
            for child in children(picture.nodes, i).into_iter().flat_map(|(yes, no)| [yes, no]) {
                if let (Some(node), Some(to)) = (picture.nodes.get(child), picture.places.get(child).copied().flatten())
                    && node.on_path
                {
                    pen.path(&curve(picture.at(place), picture.at(to)), palette.text, 2.0)?;
                }
            }
        }
        // What is on the path last, so that nothing covers it.
        for is_on_path in [false, true] {
            for (i, node, place) in picture.drawn().filter(|(_, node, _)| node.on_path == is_on_path) {
                if children(picture.nodes, i).is_some() {
                    Self::draw_question(pen, &picture, node, place)?;
                } else {
                    self.draw_leaf(pen, &picture, node, place)?;
                }
            }
        }
        self.draw_legend(pen, &picture)
    }

    /// A box where there is room, else a dot.
    fn draw_question(pen: &mut Pen, picture: &Picture, node: &TreeNode, place: Place) -> Drawn {
        let palette = pen.style.palette;
        let (x, y) = picture.at(place);
        let ink = if node.on_path { palette.text } else { palette.baseline };
        let Some((left, width)) = picture.span(node, place) else {
            let half = if node.on_path { 3.5 } else { (picture.leaf_px * 0.5).clamp(0.0, 2.5) };
            return if half < 1.0 { Ok(()) } else { pen.rect((x - half, y - half), (x + half, y + half), ink, 1.0) };
        };
        let (top, right, bottom) = (y - BOX_PX / 2.0, left + width, y + BOX_PX / 2.0);
        let edge = if node.on_path { 2.0 } else { 1.0 };
        pen.rect((left, top), (right, bottom), ink, 1.0)?;
        pen.rect((left + edge, top + edge), (right - edge, bottom - edge), palette.panel, 1.0)?;
        let text = shortened(&node.question, width - 10.0, |text| pen.text_width(text));
        pen.text(&text, (left + width / 2.0, y), Anchor::Center, palette.text)
    }

    fn draw_leaf(&self, pen: &mut Pen, picture: &Picture, node: &TreeNode, place: Place) -> Drawn {
        let palette = pen.style.palette;
        let (x, y) = picture.at(place);
        let gap = if picture.leaf_px > 4.0 { 1.0 } else { 0.0 };
        let half = ((picture.leaf_px - gap) / 2.0).clamp(0.5, LEAF_PX / 2.0);
        let (top, bottom) = (y - LEAF_PX / 2.0, y + LEAF_PX / 2.0);
        let is_written = picture.leaf_px >= WRITTEN_LEAF_PX;
        if node.on_path {
            let half = half.max(2.0) + 2.0;
            pen.rect((x - half, top - 2.0), (x + half, bottom + 2.0), palette.text, 1.0)?;
            pen.rect((x - half + 2.0, top), (x + half - 2.0, bottom), picture.ink(node.value, palette), 1.0)?;
        } else {
            if half >= 3.0 {
                pen.rect((x - half, top), (x + half, bottom), palette.baseline, 1.0)?;
            }
            let edge = if half >= 3.0 { 1.0 } else { 0.0 };
            let ink = picture.ink(node.value, palette);
            pen.rect((x - half + edge, top + edge), (x + half - edge, bottom - edge), ink, 1.0)?;
        }
        if !(is_written || node.on_path) {
            return Ok(());
        }
        let text = self.effect(node.value);
        let half = pen.text_width(&text) / 2.0;
        let x = x.min(picture.right - half).max(picture.left + half);
        let y = y + 18.0;
        if !is_written {
            pen.rect((x - half - 3.0, y - 8.0), (x + half + 3.0, y + 8.0), palette.panel, 0.9)?;
        }
        pen.text(&text, (x, y), Anchor::Center, if node.on_path { palette.text } else { palette.secondary })
    }

    /// Once, beside the root: which side is which.
    fn draw_answers(pen: &mut Pen, picture: &Picture) -> Drawn {
        let root = picture.drawn().next().filter(|(i, ..)| children(picture.nodes, *i).is_some());
        let Some((left, width)) = root.and_then(|(_, node, place)| picture.span(node, place)) else { return Ok(()) };
        let palette = pen.style.palette;
        for (name, anchor, x, begin) in [
            ("yes", Anchor::Right, left - 6.0, left - ANSWER_PX),
            ("no", Anchor::Left, left + width + 6.0, left + width),
        ] {
            pen.rect((begin, HEAD_PX - 8.0), (begin + ANSWER_PX, HEAD_PX + 8.0), palette.panel, 1.0)?;
            pen.text(name, (x, HEAD_PX), anchor, palette.secondary)?;
        }
        Ok(())
    }

    /// The customer's questions and answers: beside the levels, or below the tree where that is too narrow.
    fn draw_list(&self, pen: &mut Pen, picture: &Picture) -> Drawn {
        let path = self.path();
        if path.is_empty() {
            return Ok(());
        }
        let palette = pen.style.palette;
        let is_wide = picture.left >= GUTTER_PX;
        let top = picture.bottom() + FOOT_PX;
        let right = if is_wide { GUTTER_PX - 40.0 } else { pen.style.width_px - 4.0 };
        let head = if is_wide { 10.0 } else { top + ROW_PX / 2.0 };
        pen.text("this customer’s answers", (4.0, head), Anchor::Left, palette.secondary)?;
        for (row, (node, answer)) in path.iter().enumerate() {
            let y = if is_wide { HEAD_PX + row as f64 * picture.level_px } else { top + (row as f64 + 1.5) * ROW_PX };
            let rule =
                if is_wide { ((right + 8.0, y), (picture.right, y)) } else { ((4.0, y - 10.0), (right, y - 10.0)) };
            pen.line(rule.0, rule.1, palette.hairline, 1.0)?;
            let (text, said) = match answer {
                Some(is_yes) => (node.question.clone(), if *is_yes { "yes" } else { "no" }),
                None => (self.adds(node.value), ""),
            };
            let text = shortened(&text, right - 40.0, |text| pen.text_width(text));
            pen.text(&text, (4.0, y), Anchor::Left, palette.text)?;
            pen.text(said, (right, y), Anchor::Right, palette.text)?;
        }
        Ok(())
    }

    fn draw_legend(&self, pen: &mut Pen, picture: &Picture) -> Drawn {
        let palette = pen.style.palette;
        let y = picture.bottom() + FOOT_PX - 16.0;
        let low = self.effect(-picture.most);
        let left = (picture.left + pen.text_width(&low) + 6.0).floor();
        pen.text(&low, (left - 6.0, y), Anchor::Right, palette.secondary)?;
        for step in 0..24 {
            let [from, to] = [0.0, 1.0].map(|end| left + RAMP_PX * (f64::from(step) + end) / 24.0);
            let value = picture.most * ((f64::from(step) + 0.5) / 12.0 - 1.0);
            pen.rect((from, y - 5.0), (to, y + 5.0), picture.ink(value, palette), 1.0)?;
        }
        let what = if self.is_log { "by a leaf" } else { "added by a leaf" };
        let text = format!("{} {what}", self.effect(picture.most));
        pen.text(&text, (left + RAMP_PX + 6.0, y), Anchor::Left, palette.secondary)
    }

    pub fn marks(&self, style: &Style) -> Vec<Mark> {
        if self.is_empty() {
            return Vec::new();
        }
        let picture = self.picture(style.width_px);
        let mut marks: Vec<(Place, Mark)> = Vec::new();
        for (i, node, place) in picture.drawn() {
            let (x, y) = picture.at(place);
            let split = children(picture.nodes, i);
            let dot = (picture.leaf_px / 2.0).clamp(0.5, LEAF_PX / 2.0);
            let (left, width) = match split.and_then(|_| picture.span(node, place)) {
                Some(span) => span,
                None => (x - dot, 2.0 * dot),
            };
            let half = if width > 2.0 * dot { BOX_PX / 2.0 } else { LEAF_PX / 2.0 };
            let text = match split {
                Some((yes, _)) => {
                    let is_yes = picture.nodes.get(yes).is_some_and(|node| node.on_path);
                    let answer = if is_yes { "; this customer: yes" } else { "; this customer: no" };
                    let answer = if node.on_path { answer } else { "" };
                    format!("{}: {}{answer}", node.question, cover_in_words(node))
                }
                None => {
                    let own = if node.on_path { "; this customer’s" } else { "" };
                    format!("leaf: {}, {}{own}", self.adds(node.value), cover_in_words(node))
                }
            };
            marks.push((place, Mark { x: left, y: y - half, width, height: 2.0 * half, text }));
        }
        order::sort_by(&mut marks, |(a, _), (b, _)| a.depth.cmp(&b.depth).then(a.x.total_cmp(&b.x)));
        marks.into_iter().map(|(_, mark)| mark).collect()
    }
}

/// With squared error and quantiles the training rows that the tree saw here, else the sum of their hessians.
fn cover(node: &TreeNode) -> u64 {
    if node.cover > 0.0 { (node.cover + 0.5) as u64 } else { 0 }
}

fn cover_in_words(node: &TreeNode) -> String {
    format!("cover {}", format::count(cover(node)))
}

/// Of each level, from the root to the first one without room for boxes.
fn rooms(picture: &Picture, depth: usize) -> Vec<f64> {
    let mut rooms = vec![0.0; depth + 1];
    for (level, room) in rooms.iter_mut().enumerate() {
        let mut xs = Vec::new();
        let mut longest = 0.0f64;
        for (i, node, place) in picture.drawn().filter(|(.., place)| place.depth == level) {
            xs.push(picture.at(place).0);
            if children(picture.nodes, i).is_some() {
                longest = longest.max(box_px(&node.question));
            }
        }
        order::sort_by(&mut xs, f64::total_cmp);
        let mut found = picture.right - picture.left - 2.0 * ANSWER_PX;
        if let (true, Some(first), Some(last)) = (xs.len() > 1, xs.first(), xs.last()) {
            let ends = (first - picture.left).min(picture.right - last);
            found = xs.windows(2).map(|pair| pair[1] - pair[0]).fold(2.0 * ends, f64::min) - 10.0;
        }
        if picture.level_px < BOX_PX + 8.0 || found < longest.min(LEAST_BOX_PX) {
            break;
        }
        *room = found;
    }
    rooms
}

/// From a node down to its child, upright at both ends.
fn curve(from: (f64, f64), to: (f64, f64)) -> Vec<(f64, f64)> {
    let n = if (to.0 - from.0).abs() < 3.0 { 1 } else { 12 };
    let point = |step: i32| {
        let t = f64::from(step) / f64::from(n);
        (from.0 + (to.0 - from.0) * t * t * (3.0 - 2.0 * t), from.1 + (to.1 - from.1) * t)
    };
    (0..=n).map(point).collect()
}
