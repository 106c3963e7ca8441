//! The picture of the tables: where they stand for a width, and what stands in each. Sources at the left, dynamic tables in layers to the right
//! of whatever they read. Deliberately no colours, and nothing of a state in the places: these change only when tables or the width do.

use super::{action_word, clock, mode_word, table_of};
use crate::present::layers::{Columns, Layered, flowing_path};
use crate::present::{Progress, format};
use crate::protocol::{Kind, LiveEntry, LiveState, LiveTable, ObjectId, RefreshAction, RefreshState};

/// From this width on the picture runs from left to right; below it is a list.
pub const WIDE_FROM_PX: f64 = 840.0;
const SOURCE_PX: f64 = 92.0;
const TABLE_PX: f64 = 132.0;
const GAP_PX: f64 = 14.0;
const LARGEST_NODE_PX: f64 = 260.0;
/// A bar is full at so many target lags.
const FULL_BAR: f64 = 1.0;

/// The names of the tables and what each reads: whatever the places depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub sources: Vec<String>,
    pub tables: Vec<(String, Vec<String>)>,
}

pub fn shape(state: Option<&LiveState>) -> Shape {
    let Some(state) = state else { return Shape::default() };
    Shape {
        sources: state.sources.iter().map(|source| source.name.clone()).collect(),
        tables: state.tables.iter().map(|table| (table.name.clone(), table.reads.clone())).collect(),
    }
}

/// A node's rectangle.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub name: String,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// An edge as an SVG path, by the names at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: String,
    pub to: String,
    pub path: String,
}

/// Places for a given width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub nodes: Vec<Drawn>,
    pub edges: Vec<Edge>,
}

/// The picture for a width; `None` where a list has to do.
pub fn layout(shape: &Shape, width: f64) -> Option<Layout> {
    if !(width.is_finite() && width >= WIDE_FROM_PX) || shape.tables.is_empty() {
        return None;
    }
    let n_sources = shape.sources.len();
    let names: Vec<&str> =
        shape.sources.iter().chain(shape.tables.iter().map(|(name, _)| name)).map(String::as_str).collect();
    let mut layers = vec![0; n_sources];
    let mut edges = Vec::new();
    for (nth, (_, reads)) in shape.tables.iter().enumerate() {
        // A table that is read stands before its readers; anything else would be a circle.
        let known: Vec<usize> = reads.iter().filter_map(|read| names.iter().position(|name| name == read)).collect();
        let known: Vec<usize> = known.into_iter().filter(|place| *place < n_sources + nth).collect();
        layers.push(known.iter().map(|place| layers[*place] + 1).max().unwrap_or(1));
        edges.extend(known.into_iter().map(|place| (place, n_sources + nth)));
    }
    let n_layers = layers.iter().max().map_or(1, |last| last + 1);
    let gap = (width / n_layers as f64 * 0.2).clamp(28.0, 72.0);
    let node_width = ((width + gap) / n_layers as f64 - gap).min(LARGEST_NODE_PX);
    let pitch = (width - node_width) / (n_layers - 1).max(1) as f64;
    let columns = Columns { left: 0.0, pitch, width: node_width };
    let height_of = |nth: usize| if nth < n_sources { SOURCE_PX } else { TABLE_PX };
    let boxes: Vec<(usize, f64)> = layers.iter().enumerate().map(|(nth, layer)| (*layer, height_of(nth))).collect();
    let mut graph = Layered::new(&boxes, &edges);
    let height = graph.arrange(GAP_PX);
    let node = |(nth, name): (usize, &&str)| {
        let (x, y) = graph.corner(nth, columns, 0.0);
        Drawn { name: (*name).to_owned(), x, y, width: node_width, height: height_of(nth) }
    };
    let edge = |((from, to), points): (&(usize, usize), Vec<(f64, f64)>)| Edge {
        from: names[*from].to_owned(),
        to: names[*to].to_owned(),
        path: flowing_path(&points),
    };
    let nodes = names.iter().enumerate().map(node).collect();
    let edges = edges.iter().zip(graph.routes(columns, 0.0)).map(edge).collect();
    Some(Layout { width, height, nodes, edges })
}

/// The kind of a table, for its colour and glyph.
pub fn kind_of(name: &str) -> Kind {
    match ObjectId::by_name(name) {
        Some(object) => object.kind(),
        None if name.ends_with("_PREDICTIONS") => Kind::Predictions,
        None if name.ends_with("_FEATURES") || name.ends_with("_PATTERNS") => Kind::FeatureView,
        None => Kind::RawTable,
    }
}

/// How a dynamic table stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeState {
    /// A table that is filled from outside.
    #[default]
    Source,
    Empty,
    Executing,
    Succeeded,
    NoData,
    Failed,
    UpstreamFailed,
    Suspended,
    Held,
}

impl NodeState {
    fn of(table: &LiveTable) -> Self {
        let last = table.last.as_ref();
        match last.map(|last| last.state) {
            _ if table.is_suspended => Self::Suspended,
            _ if table.is_held => Self::Held,
            None | Some(RefreshState::Scheduled | RefreshState::Cancelled) if table.lag.is_none() => Self::Empty,
            Some(RefreshState::Executing) => Self::Executing,
            Some(RefreshState::Failed) => Self::Failed,
            Some(RefreshState::UpstreamFailed) => Self::UpstreamFailed,
            _ if last.and_then(|last| last.action) == Some(RefreshAction::NoData) => Self::NoData,
            _ => Self::Succeeded,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Source => "filled from outside",
            Self::Empty => "holds nothing yet",
            Self::Executing => "executing",
            Self::Succeeded => "succeeded",
            Self::NoData => "no new data",
            Self::Failed => "failed",
            Self::UpstreamFailed => "upstream failed",
            Self::Suspended => "suspended",
            Self::Held => "held",
        }
    }

    /// The same for glyph and colour.
    pub fn progress(self) -> Progress {
        match self {
            Self::Source | Self::Empty => Progress::Idle,
            Self::Executing => Progress::begun(),
            Self::Succeeded | Self::NoData => Progress::Ready,
            Self::Suspended | Self::Held => Progress::Stale,
            Self::Failed | Self::UpstreamFailed => Progress::Failed,
        }
    }
}

/// What stands in a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeWords {
    pub is_dynamic: bool,
    pub state: NodeState,
    pub rows: String,
    /// "lag 20 min of 1 h".
    pub lag: String,
    /// The bar's length, 0 to 1.
    pub lag_share: f64,
    pub is_late: bool,
    pub mode: String,
    /// Why it is refreshed so.
    pub reason: String,
    /// "+12 ~3 −0", or what there is instead.
    pub action: String,
    /// The same with words instead of signs.
    pub action_in_words: String,
    /// What it reads, for the list that has no edges.
    pub reads: String,
}

/// The words of a node, by the table's name.
pub fn node(state: &LiveState, name: &str) -> NodeWords {
    if let Some(table) = table_of(state, name) {
        return dynamic(table);
    }
    let Some(source) = state.sources.iter().find(|source| source.name == name) else { return NodeWords::default() };
    NodeWords {
        rows: match &source.as_of {
            Some(day) => format!("as of {day}"),
            None => format::counted(source.n_rows, "row", "rows"),
        },
        action: if source.n_new > 0 { format!("+{}", format::count(source.n_new)) } else { String::new() },
        action_in_words: format!("{} by the last step", format::counted(source.n_new, "new row", "new rows")),
        reads: if source.is_staging { "staging table".to_owned() } else { String::new() },
        ..NodeWords::default()
    }
}

fn dynamic(table: &LiveTable) -> NodeWords {
    let target = clock::span(table.target_lag);
    let share = table.lag.map(|lag| lag as f64 / table.target_lag.max(1) as f64);
    let last = table.last.as_ref();
    NodeWords {
        is_dynamic: true,
        state: NodeState::of(table),
        rows: format::counted(table.n_rows, "row", "rows"),
        lag: match table.lag {
            Some(lag) => format!("lag {} of {target}", clock::span(lag)),
            None => format!("target lag {target}"),
        },
        lag_share: share.map_or(0.0, |share| (share / FULL_BAR).clamp(0.0, 1.0)),
        is_late: share.is_some_and(|share| share > 1.0),
        mode: mode_word(table.is_full).to_owned(),
        reason: table.mode_reason.clone(),
        action: last.map_or(String::new(), changes),
        action_in_words: last.map_or("not refreshed yet".to_owned(), changes_in_words),
        reads: format!("reads {}", table.reads.join(", ")),
    }
}

fn changes(entry: &LiveEntry) -> String {
    match entry.action {
        None => entry.error.as_ref().map_or(String::new(), |_| "error".to_owned()),
        Some(RefreshAction::NoData) => "no data".to_owned(),
        Some(_) => format!(
            "+{} ~{} −{}",
            format::count(entry.inserted),
            format::count(entry.updated),
            format::count(entry.deleted)
        ),
    }
}

fn changes_in_words(entry: &LiveEntry) -> String {
    let when = clock::short(entry.at);
    match (&entry.error, entry.action) {
        (Some(error), _) => format!("Refresh {} at {when}: {error}", entry.refresh),
        (None, Some(RefreshAction::NoData)) => format!("Refresh {} at {when} found nothing new", entry.refresh),
        (None, action) => format!(
            "Refresh {} at {when}, {}: {} inserted, {} updated, {} deleted",
            entry.refresh,
            action.map_or("none", action_word),
            format::count(entry.inserted),
            format::count(entry.updated),
            format::count(entry.deleted)
        ),
    }
}
