//! Where a key leads from a cell, as the ARIA grid pattern has it. Deliberately no scrolling: the view follows the cell.

/// A cell: position of its row among those found, and its column; column 0 holds the row numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellAt {
    pub row: u64,
    pub column: usize,
}

/// The cell that a key leads to, or `None` when the key means nothing here. `n_columns` counts the row numbers' column.
pub fn moved(at: CellAt, key: &str, ctrl: bool, page_rows: u64, n_rows: u64, n_columns: usize) -> Option<CellAt> {
    let (last_row, last_column) = (n_rows.checked_sub(1)?, n_columns.checked_sub(1)?);
    let row = |row: u64| CellAt { row: row.min(last_row), ..at };
    let column = |column: usize| CellAt { column: column.min(last_column), ..at };
    Some(match (key, ctrl) {
        ("ArrowUp", true) => row(0),
        ("ArrowDown", true) => row(last_row),
        ("ArrowLeft", true) | ("Home", false) => column(0),
        ("ArrowRight", true) | ("End", false) => column(last_column),
        ("ArrowUp", false) => row(at.row.saturating_sub(1)),
        ("ArrowDown", false) => row(at.row + 1),
        ("ArrowLeft", false) => column(at.column.saturating_sub(1)),
        ("ArrowRight", false) => column(at.column + 1),
        ("PageUp", _) => row(at.row.saturating_sub(page_rows)),
        ("PageDown", _) => row(at.row.saturating_add(page_rows)),
        ("Home", true) => CellAt::default(),
        ("End", true) => CellAt { row: last_row, column: last_column },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{CellAt, moved};

    #[test]
    fn keys_lead_where_the_grid_pattern_says_and_never_out_of_the_table() {
        let at = |row, column| CellAt { row, column };
        for (from, key, ctrl, to) in [
            (at(5, 2), "ArrowDown", false, at(6, 2)),
            (at(99, 2), "ArrowDown", false, at(99, 2)),
            (at(0, 2), "ArrowUp", false, at(0, 2)),
            (at(5, 0), "ArrowLeft", false, at(5, 0)),
            (at(5, 3), "ArrowRight", false, at(5, 3)),
            (at(5, 2), "PageDown", false, at(25, 2)),
            (at(95, 2), "PageDown", false, at(99, 2)),
            (at(5, 2), "PageUp", false, at(0, 2)),
            (at(5, 2), "Home", false, at(5, 0)),
            (at(5, 2), "End", false, at(5, 3)),
            (at(5, 2), "Home", true, at(0, 0)),
            (at(5, 2), "End", true, at(99, 3)),
            (at(5, 2), "ArrowDown", true, at(99, 2)),
        ] {
            assert_eq!(moved(from, key, ctrl, 20, 100, 4), Some(to), "{key}");
        }
        assert_eq!(moved(at(5, 2), "a", false, 20, 100, 4), None);
        assert_eq!(moved(at(5, 2), "Tab", false, 20, 100, 4), None);
        assert_eq!(moved(at(0, 0), "ArrowDown", false, 20, 0, 4), None);
        assert_eq!(moved(at(500, 9), "ArrowUp", false, 20, 100, 4), Some(at(99, 9)));
    }
}
