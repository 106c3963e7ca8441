//! The model matrix: what the trees see. Dense, column after column, float32; NaN is a missing value. The pipeline's own have none:
//! nulls were filled and categories one-hot encoded before. Deliberately no knowledge of how its columns came about.

/// A dense matrix of named float32 columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    names: Vec<String>,
    columns: Vec<Vec<f32>>,
    n_rows: usize,
    has_missing: bool,
}

/// Why columns do not make a matrix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    #[error("matrix column {column} has {found} rows, the first column {expected}")]
    Length { column: String, expected: usize, found: usize },
    #[error("matrix column {column} holds an infinite value in row {row}; limit it before training")]
    NotFinite { column: String, row: usize },
    #[error("the matrix has no columns")]
    Empty,
}

impl Matrix {
    /// A matrix of (name, values) columns.
    pub fn new(named_columns: Vec<(String, Vec<f32>)>) -> Result<Self, MatrixError> {
        let n_rows = named_columns.first().ok_or(MatrixError::Empty)?.1.len();
        for (name, values) in &named_columns {
            if values.len() != n_rows {
                return Err(MatrixError::Length { column: name.clone(), expected: n_rows, found: values.len() });
            }
            if let Some(row) = values.iter().position(|value| value.is_infinite()) {
                return Err(MatrixError::NotFinite { column: name.clone(), row });
            }
        }
        let has_missing = named_columns.iter().any(|(_, values)| values.iter().any(|value| value.is_nan()));
        let (names, columns) = named_columns.into_iter().unzip();
        Ok(Self { names, columns, n_rows, has_missing })
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    pub fn has_missing(&self) -> bool {
        self.has_missing
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of a column, one a row.
    pub fn column(&self, column_idx: usize) -> &[f32] {
        &self.columns[column_idx]
    }

    /// Gives every row the same value in a column; NaN is missing.
    pub fn set_column(&mut self, column_idx: usize, value: f32) {
        self.columns[column_idx].fill(value);
        self.has_missing |= value.is_nan();
    }

    /// Changes every value of a column; what becomes NaN is missing.
    pub fn map_column(&mut self, column_idx: usize, change: impl Fn(f32) -> f32) {
        self.columns[column_idx].iter_mut().for_each(|value| *value = change(*value));
        self.has_missing |= self.columns[column_idx].iter().any(|value| value.is_nan());
    }

    /// The rows at some positions, in that order.
    pub fn select_rows(&self, rows: &[u32]) -> Self {
        Self {
            names: self.names.clone(),
            columns: self.columns.iter().map(|c| rows.iter().map(|&row| c[row as usize]).collect()).collect(),
            n_rows: rows.len(),
            has_missing: self.has_missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Matrix, MatrixError};

    #[test]
    fn ragged_and_infinite_columns_are_refused_by_name() {
        let column = |name: &str, values: &[f32]| (name.to_owned(), values.to_vec());
        assert!(Matrix::new(vec![column("A", &[1.0]), column("B", &[2.0])]).is_ok());
        assert_eq!(Matrix::new(vec![]), Err(MatrixError::Empty));
        assert!(matches!(Matrix::new(vec![column("A", &[1.0]), column("B", &[])]), Err(MatrixError::Length { .. })));
        assert!(matches!(Matrix::new(vec![column("A", &[f32::INFINITY])]), Err(MatrixError::NotFinite { row: 0, .. })));
    }
}
