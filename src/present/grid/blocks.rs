//! Blocks of rows that came from the worker, and which one to ask for next. Keeps the blocks around what is in view; asks for
//! few at a time, so that a fast scroll asks for where it ends and not for everything it passed.

use crate::protocol::{TablePage, TableQuery};
use std::ops::Range;
use std::sync::Arc;

/// Rows of a block.
pub const BLOCK_ROWS: u64 = 128;
/// 3,000 rows: some screens in each direction.
const MAX_BLOCKS: usize = 24;
/// Requests under way at once.
const MAX_PENDING: usize = 2;

/// A block, told from others by its request alone.
#[derive(Clone, Debug)]
struct Block(Arc<TablePage>);

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.0.request == other.0.request
    }
}

impl Block {
    fn index(&self) -> u64 {
        self.0.offset / BLOCK_ROWS
    }
}

/// A row of a block.
#[derive(Clone, Debug)]
pub struct RowOf {
    page: Arc<TablePage>,
    idx: usize,
}

impl PartialEq for RowOf {
    fn eq(&self, other: &Self) -> bool {
        (self.page.request, self.idx) == (other.page.request, other.idx)
    }
}

impl RowOf {
    /// The row's number in the table, from 0.
    pub fn number(&self) -> u64 {
        self.page.row_numbers.get(self.idx).copied().unwrap_or_default().into()
    }

    /// `None` is a null.
    pub fn cell(&self, column_idx: usize) -> Option<&str> {
        self.page.rows.get(self.idx)?.get(column_idx)?.as_deref()
    }
}

/// What is known of the rows that the last query found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBlocks {
    pub query: TableQuery,
    /// Rows that the query found.
    pub n_rows: u64,
    pub n_rows_total: u64,
    pub elapsed_ms: f64,
    newest_request: u32,
    blocks: Vec<Block>,
}

impl RowBlocks {
    /// Takes a block in. One of another query than the last one asked for is late.
    pub fn insert(&mut self, page: TablePage) {
        if page.query != self.query || self.blocks.is_empty() {
            if page.request < self.newest_request {
                return;
            }
            self.query = page.query.clone();
            self.blocks.clear();
        }
        self.newest_request = self.newest_request.max(page.request);
        (self.n_rows, self.n_rows_total, self.elapsed_ms) = (page.n_rows, page.n_rows_total, page.elapsed_ms);
        let block = Block(Arc::new(page));
        let here = block.index();
        self.blocks.retain(|known| known.index() != here);
        if self.blocks.len() == MAX_BLOCKS
            && let Some(farthest) = (0..MAX_BLOCKS).max_by_key(|&i| self.blocks[i].index().abs_diff(here))
        {
            self.blocks.swap_remove(farthest);
        }
        self.blocks.push(block);
    }

    /// The row at a position among those found.
    pub fn row(&self, position: u64) -> Option<RowOf> {
        let block = self.block(position / BLOCK_ROWS)?;
        let idx = (position % BLOCK_ROWS) as usize;
        (idx < block.0.rows.len()).then(|| RowOf { page: block.0.clone(), idx })
    }

    fn block(&self, index: u64) -> Option<&Block> {
        self.blocks.iter().find(|block| block.index() == index)
    }
}

/// The requests under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetching {
    /// The rows' digest and the query: with another of them everything is asked anew.
    source: (String, TableQuery),
    pending: Vec<u64>,
}

impl Fetching {
    /// The block to ask for now, if any: what is in view first, then what follows, then what precedes.
    pub fn next(&mut self, digest: &str, query: &TableQuery, blocks: &RowBlocks, visible: &Range<u64>) -> Option<u64> {
        if self.source.0 != digest || self.source.1 != *query {
            *self = Self { source: (digest.to_owned(), query.clone()), pending: Vec::new() };
        }
        if blocks.query != *query || blocks.blocks.is_empty() {
            // How many rows there are is not known yet.
            return self.begin(0);
        }
        self.pending.retain(|index| blocks.block(*index).is_none());
        let n_blocks = blocks.n_rows.div_ceil(BLOCK_ROWS);
        let seen = visible.start / BLOCK_ROWS..visible.end.div_ceil(BLOCK_ROWS);
        let around = [seen.end, seen.start.wrapping_sub(1)];
        let missing = seen
            .chain(around)
            .find(|index| *index < n_blocks && blocks.block(*index).is_none() && !self.pending.contains(index))?;
        self.begin(missing)
    }

    fn begin(&mut self, index: u64) -> Option<u64> {
        if self.pending.len() >= MAX_PENDING || self.pending.contains(&index) {
            return None;
        }
        self.pending.push(index);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_ROWS, Fetching, MAX_BLOCKS, RowBlocks};
    use crate::protocol::{ColumnSort, ObjectId, TablePage, TableQuery};

    const N: u64 = 5_000_000;

    fn sorted(column: &str) -> TableQuery {
        TableQuery { filters: vec![], sort: Some(ColumnSort { column: column.to_owned(), descending: false }) }
    }

    fn page(request: u32, query: &TableQuery, block: u64) -> TablePage {
        let offset = block * BLOCK_ROWS;
        let end = (offset + BLOCK_ROWS).min(N);
        TablePage {
            request,
            table: ObjectId::Interactions,
            query: query.clone(),
            offset,
            n_rows: N,
            n_rows_total: N,
            row_numbers: (offset as u32..end as u32).collect(),
            rows: (offset..end).map(|row| vec![Some(row.to_string()), None]).collect(),
            elapsed_ms: 0.0,
        }
    }

    fn blocks(of: impl IntoIterator<Item = u64>) -> RowBlocks {
        let mut blocks = RowBlocks::default();
        for (request, block) in (0..).zip(of) {
            blocks.insert(page(request, &TableQuery::default(), block));
        }
        blocks
    }

    #[test]
    fn a_row_is_found_in_its_block() {
        let blocks = blocks([0, 39_062]);
        let row = blocks.row(100).unwrap();
        assert_eq!((row.number(), row.cell(0), row.cell(1)), (100, Some("100"), None));
        assert_eq!(blocks.row(N - 1).unwrap().cell(0), Some("4999999"));
        assert_eq!(blocks.row(BLOCK_ROWS), None);
        assert_eq!(blocks.row(N), None);
    }

    #[test]
    fn blocks_far_from_the_newest_go_first() {
        let blocks = blocks((0..MAX_BLOCKS as u64).chain([1_000, 1_001, 1_002]));
        assert!(blocks.row(0).is_none());
        for block in [1_000, 1_001, 1_002, MAX_BLOCKS as u64 - 1] {
            assert!(blocks.row(block * BLOCK_ROWS).is_some(), "{block}");
        }
    }

    #[test]
    fn a_late_block_of_an_earlier_query_is_not_taken_in() {
        let mut blocks = blocks([0]);
        blocks.insert(page(9, &sorted("A"), 0));
        assert_eq!(blocks.query, sorted("A"));
        blocks.insert(page(8, &sorted("B"), 0));
        assert_eq!(blocks.query, sorted("A"));
        blocks.insert(page(8, &sorted("A"), 1));
        assert!(blocks.row(BLOCK_ROWS).is_some());
    }

    #[test]
    fn what_is_in_view_is_asked_for_first_then_its_neighbours() {
        let mut fetching = Fetching::default();
        let query = TableQuery::default();
        let mut known = blocks([0]);
        let visible = 12_800..12_830;
        assert_eq!(fetching.next("d", &query, &known, &visible), Some(100));
        assert_eq!(fetching.next("d", &query, &known, &visible), Some(101));
        assert_eq!(fetching.next("d", &query, &known, &visible), None, "two are under way");
        known.insert(page(50, &query, 100));
        assert_eq!(fetching.next("d", &query, &known, &visible), Some(99));
        known.insert(page(51, &query, 101));
        known.insert(page(52, &query, 99));
        assert_eq!(fetching.next("d", &query, &known, &visible), None, "everything is there");
        assert_eq!(fetching.next("d", &query, &known, &(N - 10..N)), Some(39_062));
        assert_eq!(fetching.next("d", &query, &known, &(N - 10..N)), Some(39_061));
    }

    #[test]
    fn a_fast_scroll_asks_for_where_it_ends() {
        let mut fetching = Fetching::default();
        let (query, mut known) = (TableQuery::default(), blocks([0, 1]));
        let asked: Vec<u64> = (0..1_000)
            .filter_map(|step| fetching.next("d", &query, &known, &(step * 4_000..step * 4_000 + 20)))
            .collect();
        assert_eq!(asked.len(), 2, "{asked:?}");
        known.insert(page(70, &query, asked[0]));
        assert_eq!(fetching.next("d", &query, &known, &(3_996_000..3_996_020)), Some(3_996_000 / BLOCK_ROWS));
    }

    #[test]
    fn another_query_or_another_run_asks_anew_from_the_first_row() {
        let mut fetching = Fetching::default();
        let known = blocks([0, 1]);
        assert_eq!(fetching.next("d", &TableQuery::default(), &known, &(0..20)), None);
        assert_eq!(fetching.next("d", &sorted("A"), &known, &(9_000..9_020)), Some(0));
        assert_eq!(fetching.next("d", &sorted("A"), &known, &(9_000..9_020)), None);
        assert_eq!(fetching.next("e", &sorted("A"), &known, &(0..20)), Some(0));
        assert_eq!(fetching.next("e", &TableQuery::default(), &RowBlocks::default(), &(0..20)), Some(0));
    }

    #[test]
    fn a_query_that_finds_nothing_is_not_asked_again() {
        let mut fetching = Fetching::default();
        let mut known = RowBlocks::default();
        known.insert(TablePage { n_rows: 0, rows: vec![], row_numbers: vec![], ..page(1, &sorted("A"), 0) });
        assert_eq!(fetching.next("d", &sorted("A"), &known, &(0..0)), None);
    }
}
