//! The picture of the pipeline for narrow windows: one object below the other, edges as lines in a gutter at the left, one
//! track for each source. Deliberately without headings: every node names its kind.

use super::pipeline::{Edge, Lane, Layout, Node, node, objects_of};
use crate::protocol::{ObjectId, Scenario};

const TRACK_PX: f64 = 9.0;
const GUTTER_MARGIN_PX: f64 = 10.0;
const ROW_GAP_PX: f64 = 10.0;
const LANE_HEAD_PX: f64 = 44.0;
const LANE_GAP_PX: f64 = 16.0;
/// A longer line than this is no easier to read.
const MAX_NODE_PX: f64 = 520.0;
const CORNER_PX: f64 = 5.0;
/// Distance between where edges leave a node and where they arrive.
const PORT_PX: f64 = 5.0;

pub(super) fn layout(width: f64) -> Layout {
    let tracks: Vec<(Scenario, Vec<Track>)> =
        [Scenario::ColdStart, Scenario::Continuous].into_iter().map(|scenario| (scenario, tracks(scenario))).collect();
    let n_tracks = tracks.iter().flat_map(|(_, t)| t).map(|t| t.index + 1).max().unwrap_or(0);
    let gutter = GUTTER_MARGIN_PX + n_tracks as f64 * TRACK_PX + GUTTER_MARGIN_PX;
    let mut layout = Layout { width, ..Layout::default() };
    let mut y = 0.0;
    for (scenario, tracks) in tracks {
        let lane_y = y;
        y += LANE_HEAD_PX;
        for object in objects_of(scenario) {
            let place = node(object, gutter, y, (width - gutter - GUTTER_MARGIN_PX).min(MAX_NODE_PX));
            y += place.height + ROW_GAP_PX;
            layout.nodes.push(place);
        }
        layout.lanes.push(Lane { scenario, y: lane_y, height: y - lane_y });
        y += LANE_GAP_PX;
        for track in tracks {
            let x = gutter - GUTTER_MARGIN_PX - track.index as f64 * TRACK_PX;
            for target in &track.targets {
                layout.edges.extend(edge(&layout.nodes, track.source, *target, x));
            }
        }
    }
    layout.height = y - LANE_GAP_PX;
    layout
}

/// The line that all edges of a source share.
struct Track {
    source: ObjectId,
    targets: Vec<ObjectId>,
    index: usize,
}

/// Gives every source of a lane the innermost track that is free from it to its last target.
fn tracks(scenario: Scenario) -> Vec<Track> {
    let objects: Vec<ObjectId> = objects_of(scenario).collect();
    let row = |object: ObjectId| objects.iter().position(|o| *o == object).unwrap_or(0);
    let mut taken_until: Vec<usize> = Vec::new();
    let mut tracks = Vec::new();
    for source in &objects {
        let targets: Vec<ObjectId> = objects.iter().copied().filter(|o| o.upstream().contains(source)).collect();
        let Some(last) = targets.iter().map(|target| row(*target)).max() else { continue };
        let free = taken_until.iter().position(|until| *until <= row(*source)).unwrap_or(taken_until.len());
        if free == taken_until.len() {
            taken_until.push(last);
        } else {
            taken_until[free] = last;
        }
        tracks.push(Track { source: *source, targets, index: free });
    }
    tracks
}

fn edge(nodes: &[Node], from: ObjectId, to: ObjectId, x: f64) -> Option<Edge> {
    let place = |object| nodes.iter().find(|node| node.object == object);
    let (source, target) = (place(from)?, place(to)?);
    let start = (source.x, source.y + source.height / 2.0 + PORT_PX);
    let end = (target.x, target.y + target.height / 2.0 - PORT_PX);
    let path = format!(
        "M{:.1} {:.1}H{:.1}Q{x:.1} {:.1} {x:.1} {:.1}V{:.1}Q{x:.1} {:.1} {:.1} {:.1}H{:.1}",
        start.0,
        start.1,
        x + CORNER_PX,
        start.1,
        start.1 + CORNER_PX,
        end.1 - CORNER_PX,
        end.1,
        x + CORNER_PX,
        end.1,
        end.0
    );
    Some(Edge { from, to, points: vec![start, (x, start.1), (x, end.1), end], path })
}
