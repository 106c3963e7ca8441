//! The picture of the pipeline: where its objects stand and how its edges run, for a given width. Two lanes, cold start above
//! continuous; wide windows get a layered layout from left to right, narrow ones a list (see `pipeline_column`).
//! Deliberately no states and no colours: those belong to what is drawn at these places.
//!
//! Layers are longest paths from a source; objects of the last three kinds stand in one column in both lanes. Within the layers
//! `layers` finds the places.

use super::layers::{Columns, Layered, flowing_path};
use super::words;
use crate::protocol::{Kind, ObjectId, Scenario};

/// From this width on the picture runs from left to right.
pub const WIDE_FROM_PX: f64 = 840.0;
/// Height of one line of a name, and width of one of its letters.
pub const LINE_PX: f64 = 14.0;
const LETTER_PX: f64 = 7.25;
/// Height of a node without its name: paddings and the line of state.
const NODE_FRAME_PX: f64 = 30.0;
const NODE_PADDING_PX: f64 = 8.0;
const LANE_HEAD_PX: f64 = 30.0;
const LANE_PADDING_PX: f64 = 12.0;
const LANE_GAP_PX: f64 = 12.0;
const HEADINGS_PX: f64 = 22.0;
const ROW_GAP_PX: f64 = 10.0;

/// A node's rectangle with its name cut into lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub object: ObjectId,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub name_lines: Vec<String>,
}

/// An edge with the points it runs through.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: ObjectId,
    pub to: ObjectId,
    pub points: Vec<(f64, f64)>,
    /// The same as an SVG path.
    pub path: String,
}

/// The band of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub scenario: Scenario,
    pub y: f64,
    pub height: f64,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    pub text: String,
    pub x: f64,
}

/// Places for a given width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub lanes: Vec<Lane>,
    pub headings: Vec<Heading>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// The picture for a width in CSS pixels; widths below 240 are drawn as 240.
pub fn layout(width: f64) -> Layout {
    let width = if width.is_finite() { width.clamp(240.0, 4000.0) } else { WIDE_FROM_PX };
    if width < WIDE_FROM_PX { super::pipeline_column::layout(width) } else { wide(width) }
}

/// The objects of a lane, in the order of the data's flow.
pub(super) fn objects_of(scenario: Scenario) -> impl Iterator<Item = ObjectId> {
    ObjectId::ALL.iter().copied().filter(move |object| object.scenario() == scenario)
}

/// A node of that width, with its height.
pub(super) fn node(object: ObjectId, x: f64, y: f64, width: f64) -> Node {
    let letters = ((width - 2.0 * NODE_PADDING_PX) / LETTER_PX).max(6.0) as usize;
    let name_lines = wrapped(object.name(), letters);
    let height = name_lines.len() as f64 * LINE_PX + NODE_FRAME_PX;
    Node { object, x, y, width, height, name_lines }
}

/// A name cut after underscores, so that no line is longer than `letters` where that is possible.
fn wrapped(name: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in name.split_inclusive('_') {
        match lines.last_mut() {
            Some(line) if line.len() + part.len() <= letters => line.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// The layer of every object, in the order of `ObjectId::ALL`.
fn layers() -> Vec<usize> {
    let index = |object: ObjectId| ObjectId::ALL.iter().position(|o| *o == object).unwrap_or(0);
    let mut layers: Vec<usize> = Vec::with_capacity(ObjectId::ALL.len());
    for object in ObjectId::ALL {
        layers.push(object.upstream().iter().map(|up| layers[index(*up)] + 1).max().unwrap_or(0));
    }
    for kind in [Kind::TrainingData, Kind::Model, Kind::Predictions] {
        let same = |object: &ObjectId| object.kind() == kind;
        let column = ObjectId::ALL.iter().zip(&layers).filter(|(o, _)| same(o)).map(|(_, l)| *l).max().unwrap_or(0);
        for (object, layer) in ObjectId::ALL.iter().zip(&mut layers).filter(|(o, _)| same(o)) {
            debug_assert!(*layer <= column, "{}", object.name());
            *layer = column;
        }
    }
    layers
}

/// The lane's objects with their edges, by place in [`objects_of`].
fn lane_graph(scenario: Scenario, layers: &[usize], node_width: f64) -> (Vec<(ObjectId, ObjectId)>, Layered) {
    let layer_of = |object: ObjectId| ObjectId::ALL.iter().position(|o| *o == object).map_or(0, |i| layers[i]);
    let place = |object| objects_of(scenario).position(|o| o == object).unwrap_or(0);
    let upstream = |target: ObjectId| target.upstream().iter().map(move |source| (*source, target));
    let edges: Vec<(ObjectId, ObjectId)> =
        objects_of(scenario).flat_map(upstream).filter(|(source, _)| source.scenario() == scenario).collect();
    let boxes: Vec<(usize, f64)> =
        objects_of(scenario).map(|object| (layer_of(object), node(object, 0.0, 0.0, node_width).height)).collect();
    let by_place: Vec<(usize, usize)> = edges.iter().map(|(from, to)| (place(*from), place(*to))).collect();
    (edges, Layered::new(&boxes, &by_place))
}

fn wide(width: f64) -> Layout {
    let layers = layers();
    let n_layers = layers.iter().max().map_or(1, |last| last + 1);
    let inner = width - 2.0 * LANE_PADDING_PX;
    let gap = (inner / n_layers as f64 * 0.15).clamp(18.0, 44.0);
    let node_width = ((inner + gap) / n_layers as f64 - gap).min(220.0);
    let pitch = (inner - node_width) / (n_layers - 1).max(1) as f64;
    let columns = Columns { left: LANE_PADDING_PX, pitch, width: node_width };
    let mut layout =
        Layout { width, headings: headings(&layers, n_layers, |layer| columns.x(layer)), ..Layout::default() };
    let mut y = HEADINGS_PX;
    for scenario in [Scenario::ColdStart, Scenario::Continuous] {
        let (edges, mut graph) = lane_graph(scenario, &layers, node_width);
        let height = graph.arrange(ROW_GAP_PX);
        let top = y + LANE_HEAD_PX;
        for (nth, object) in objects_of(scenario).enumerate() {
            let (x, y) = graph.corner(nth, columns, top);
            layout.nodes.push(node(object, x, y, node_width));
        }
        for ((from, to), points) in edges.into_iter().zip(graph.routes(columns, top)) {
            layout.edges.push(Edge { from, to, path: flowing_path(&points), points });
        }
        let lane_height = LANE_HEAD_PX + height + LANE_PADDING_PX;
        layout.lanes.push(Lane { scenario, y, height: lane_height });
        y += lane_height + LANE_GAP_PX;
    }
    layout.height = y - LANE_GAP_PX;
    layout
}

fn headings(layers: &[usize], n_layers: usize, column_x: impl Fn(usize) -> f64) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    for layer in 0..n_layers {
        let kinds: Vec<Kind> =
            ObjectId::ALL.iter().zip(layers).filter(|(_, l)| **l == layer).map(|(object, _)| object.kind()).collect();
        let count = |kind: &Kind| kinds.iter().filter(|k| *k == kind).count();
        let Some(kind) = kinds.iter().max_by_key(|kind| count(kind)) else { continue };
        let text = words::kind_plural(*kind).to_owned();
        if headings.last().is_none_or(|last| last.text != text) {
            headings.push(Heading { text, x: column_x(layer) });
        }
    }
    headings
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{Layout, layout, wrapped};
    use crate::protocol::ObjectId;
    use proptest::prelude::*;

    fn check(layout: &Layout) {
        assert_eq!(layout.nodes.len(), ObjectId::ALL.len());
        let n_edges: usize = ObjectId::ALL.iter().map(|object| object.upstream().len()).sum();
        assert_eq!(layout.edges.len(), n_edges);
        for (i, a) in layout.nodes.iter().enumerate() {
            assert!(a.x >= 0.0 && a.y >= 0.0 && a.x + a.width <= layout.width + 0.01, "{}", a.object.name());
            assert!(a.y + a.height <= layout.height);
            for b in &layout.nodes[i + 1..] {
                let apart =
                    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
                assert!(apart, "{} and {} overlap", a.object.name(), b.object.name());
            }
        }
        for edge in &layout.edges {
            for pair in edge.points.windows(2) {
                let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
                for node in layout.nodes.iter() {
                    let over_x = x0.min(x1) < node.x + node.width - 0.01 && x0.max(x1) > node.x + 0.01;
                    let over_y = y0.min(y1) < node.y + node.height - 0.01 && y0.max(y1) > node.y + 0.01;
                    assert!(
                        !(over_x && over_y),
                        "{} → {} runs through {}",
                        edge.from.name(),
                        edge.to.name(),
                        node.object.name()
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_overlaps_at_any_width(width in 200.0f64..4200.0) {
            check(&layout(width));
        }
    }

    #[test]
    fn data_flows_to_the_right_in_a_wide_window_and_down_in_a_narrow_one() {
        let place = |layout: &Layout, object| layout.nodes.iter().find(|n| n.object == object).unwrap().clone();
        let (wide, narrow) = (layout(1200.0), layout(360.0));
        for object in ObjectId::ALL {
            for upstream in object.upstream() {
                assert!(place(&wide, *upstream).x < place(&wide, *object).x);
                assert!(place(&narrow, *upstream).y < place(&narrow, *object).y);
            }
        }
    }

    #[test]
    fn names_break_after_underscores_and_stay_whole() {
        assert_eq!(wrapped("CONTINUOUS_TRAINING_DATA", 15), ["CONTINUOUS_", "TRAINING_DATA"]);
        assert_eq!(wrapped("RFM_FEATURES", 15), ["RFM_FEATURES"]);
        for object in ObjectId::ALL {
            assert_eq!(wrapped(object.name(), 9).concat(), object.name());
        }
    }
}
