//! Boxes in layers from left to right, and how the edges between them run: where the pictures of the pipeline and of live predictions put
//! their nodes. Deliberately no names and no colours.
//!
//! An edge that passes a layer gets a slot there, so that it never runs through a node. Slots and nodes of a layer are ordered by the mean
//! place of their neighbours and moved as little as their sizes allow (isotonic regression, pool adjacent violators).

use crate::order;
use std::fmt::Write as _;

const SLOT_HEIGHT_PX: f64 = 6.0;

/// A node or a passing edge within a layer.
struct Item {
    layer: usize,
    height: f64,
    center: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Boxes first, in the order in which they were given, then the slots of passing edges.
pub struct Layered {
    items: Vec<Item>,
    /// For every edge: its items from source to target.
    chains: Vec<Vec<usize>>,
}

/// Where the layers stand.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Left end of the first layer, and from one to the next.
    pub left: f64,
    pub pitch: f64,
    /// Of a box.
    pub width: f64,
}

impl Columns {
    pub fn x(&self, layer: usize) -> f64 {
        self.left + layer as f64 * self.pitch
    }
}

impl Layered {
    /// Boxes as layer and height, and edges between them, each from a lower layer to a higher one.
    pub fn new(boxes: &[(usize, f64)], edges: &[(usize, usize)]) -> Self {
        let mut layered = Self { items: Vec::new(), chains: Vec::new() };
        for (layer, height) in boxes {
            layered.add(*layer, *height);
        }
        for (source, target) in edges {
            let mut chain = vec![*source];
            for layer in boxes[*source].0 + 1..boxes[*target].0 {
                chain.push(layered.add(layer, SLOT_HEIGHT_PX));
            }
            chain.push(*target);
            for pair in chain.windows(2) {
                layered.items[pair[0]].after.push(pair[1]);
                layered.items[pair[1]].before.push(pair[0]);
            }
            layered.chains.push(chain);
        }
        layered
    }

    fn add(&mut self, layer: usize, height: f64) -> usize {
        let center = self.items.len() as f64;
        self.items.push(Item { layer, height, center, before: Vec::new(), after: Vec::new() });
        self.items.len() - 1
    }

    /// Orders and places all layers, `gap_px` apart at the least; afterwards the topmost item begins at 0. Returns the height.
    pub fn arrange(&mut self, gap_px: f64) -> f64 {
        let n_layers = self.items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
        for sweep in 0..8 {
            let forward = sweep % 2 == 0;
            for step in 0..n_layers {
                self.place_layer(if forward { step } else { n_layers - 1 - step }, forward, gap_px);
            }
        }
        let top = self.items.iter().map(|i| i.center - i.height / 2.0).fold(f64::INFINITY, f64::min);
        self.items.iter_mut().for_each(|item| item.center -= top);
        self.items.iter().map(|i| i.center + i.height / 2.0).fold(0.0, f64::max)
    }

    fn place_layer(&mut self, layer: usize, forward: bool, gap_px: f64) {
        let mut members: Vec<(f64, usize)> = (0..self.items.len())
            .filter(|i| self.items[*i].layer == layer)
            .map(|i| {
                let item = &self.items[i];
                let neighbours = if forward { &item.before } else { &item.after };
                let sum: f64 = neighbours.iter().map(|n| self.items[*n].center).sum();
                (if neighbours.is_empty() { item.center } else { sum / neighbours.len() as f64 }, i)
            })
            .collect();
        order::sort_by(&mut members, |a, b| a.0.total_cmp(&b.0));
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(members.len());
        for (position, (_, i)) in members.iter().enumerate() {
            if position > 0 {
                let above = &self.items[members[position - 1].1];
                offset += (above.height + self.items[*i].height) / 2.0 + gap_px;
            }
            offsets.push(offset);
        }
        let wanted: Vec<f64> = members.iter().zip(&offsets).map(|((center, _), offset)| center - offset).collect();
        for (((_, i), offset), level) in members.iter().zip(&offsets).zip(isotonic(&wanted)) {
            self.items[*i].center = level + offset;
        }
    }

    /// Left and upper end of a box.
    pub fn corner(&self, nth: usize, columns: Columns, top: f64) -> (f64, f64) {
        let item = &self.items[nth];
        (columns.x(item.layer), top + item.center - item.height / 2.0)
    }

    /// The points that each edge runs through, in the order of the edges.
    pub fn routes(&self, columns: Columns, top: f64) -> Vec<Vec<(f64, f64)>> {
        let route = |chain: &Vec<usize>| {
            let mut points = Vec::new();
            for (position, i) in chain.iter().enumerate() {
                let (item, left) = (&self.items[*i], columns.x(self.items[*i].layer));
                if position > 0 {
                    points.push((left, top + item.center));
                }
                if position + 1 < chain.len() {
                    points.push((left + columns.width, top + item.center));
                }
            }
            points
        };
        self.chains.iter().map(route).collect()
    }
}

/// The non-decreasing sequence nearest to `wanted` in squares.
fn isotonic(wanted: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in wanted {
        blocks.push((*value, 1));
        while let [.., (a, n_a), (b, n_b)] = blocks[..] {
            if a <= b {
                break;
            }
            let n = n_a + n_b;
            blocks.truncate(blocks.len() - 2);
            blocks.push(((a * n_a as f64 + b * n_b as f64) / n as f64, n));
        }
    }
    blocks.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n)).collect()
}

/// Curves between columns, straight lines through them, as an SVG path.
pub fn flowing_path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (position, (x, y)) in points.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = if position == 0 {
            write!(path, "M{x:.1} {y:.1}")
        } else if position % 2 == 1 {
            let (from_x, from_y) = points[position - 1];
            let middle = (from_x + x) / 2.0;
            write!(path, "C{middle:.1} {from_y:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
        } else {
            write!(path, "H{x:.1}")
        };
    }
    path
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::isotonic;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nearest_ordered_places_are_ordered_and_keep_the_mean(wanted in proptest::collection::vec(-50.0f64..50.0, 1..9)) {
            let placed = isotonic(&wanted);
            prop_assert!(placed.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
            prop_assert!((placed.iter().sum::<f64>() - wanted.iter().sum::<f64>()).abs() < 1e-6);
        }
    }
}
