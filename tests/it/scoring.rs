//! Many rows at once against each row alone, natively and in the browser: both ways give the same bits.

use clv_lab::engine::dataset::Matrix;
use clv_lab::engine::learn::{Booster, Params};

const N_ROWS: usize = 3_001;

/// Columns with few and many values, and what is grown on them to several depths; the first row that differs, if one does.
pub fn many_rows_like_each_alone() -> Result<(), String> {
    let number = |row: usize, column: usize| ((row * (37 + 12 * column) + column * 101) % 1_009) as f32;
    let columns: Vec<(String, Vec<f32>)> = (0..6)
        .map(|column| {
            let value = |row| match column {
                0 | 1 => (number(row, column) / 400.0).floor(),
                _ => number(row, column) / 7.0 - 60.0,
            };
            (format!("C{column}"), (0..N_ROWS).map(value).collect())
        })
        .collect();
    let target: Vec<f32> = (0..N_ROWS)
        .map(|row| columns[2].1[row] * columns[0].1[row] - columns[3].1[row].abs() + number(row, 9))
        .collect();
    let matrix = Matrix::new(columns).map_err(|error| error.to_string())?;
    for max_depth in [1, 4, 6, 8, 11] {
        let params = Params { n_estimators: 20, max_depth, ..Params::default() };
        let params = params.check().map_err(|error| error.to_string())?;
        let mut booster = Booster::start(&matrix, &target, None, params).map_err(|error| error.to_string())?;
        while booster.grow_tree().is_some() {}
        let model = booster.finish();
        let many = model.predict(&matrix).map_err(|error| error.to_string())?;
        for (row, prediction) in many.iter().enumerate() {
            let values: Vec<f32> = (0..matrix.n_columns()).map(|column| matrix.column(column)[row]).collect();
            let alone = model.predict_row(&values);
            if prediction.to_bits() != alone.to_bits() {
                return Err(format!("depth {max_depth}, row {row}: {prediction} and {alone}"));
            }
        }
    }
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn many_rows_are_scored_like_each_alone() {
    assert_eq!(many_rows_like_each_alone(), Ok(()));
}
