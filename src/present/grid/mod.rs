//! The table view as plain decisions: which rows a scroll position shows, which blocks of them to ask for, where a key leads,
//! what a filter's fields mean, what a header says. Deliberately no element: `app::components::grid` draws it.

mod blocks;
mod columns;
mod filter;
mod header;
mod keys;
mod scroll;

pub use blocks::{BLOCK_ROWS, Fetching, RowBlocks, RowOf};
pub use columns::{columns_in_view, filling, left_showing};
pub use filter::{Bound, Fault, chip, fields, not_held, range, row_number, row_of, summary};
pub use header::{Statistics, column_width, number_width, row_height, sorted_as, statistics};
pub use keys::{CellAt, moved};
pub use scroll::Scroller;
