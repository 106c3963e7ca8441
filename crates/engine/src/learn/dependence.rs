//! What a model does when one input moves and the others stay: predictions of the same rows with some columns set again and again.
//! Their mean is partial dependence (Friedman 2001, section 8.2), each row's are an individual conditional expectation (Goldstein et al.
//! 2015, arXiv:1309.6392). Deliberately no choice of values or rows.

use super::ensemble::Ensemble;
use super::error::LearnError;
use crate::dataset::Matrix;

impl Ensemble {
    /// The predictions of all rows for each setting of some columns: settings × rows. A setting has one value a column.
    pub fn dependence(
        &self,
        rows: &Matrix,
        columns: &[usize],
        settings: &[Vec<f32>],
    ) -> Result<Vec<Vec<f32>>, LearnError> {
        let mut moved = rows.clone();
        let predictions = settings.iter().map(|setting| {
            for (&column_idx, &value) in columns.iter().zip(setting) {
                moved.set_column(column_idx, value);
            }
            self.predict(&moved)
        });
        predictions.collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::Matrix;
    use crate::learn::{Booster, Params};

    #[test]
    fn a_row_set_to_its_own_value_keeps_its_prediction_and_the_mean_follows_the_input() {
        let x: Vec<f32> = (0..200).map(|i| (i % 20) as f32).collect();
        let z: Vec<f32> = (0..200).map(|i| (i % 7) as f32).collect();
        let y: Vec<f32> = x.iter().zip(&z).map(|(x, z)| 3.0 * x + z).collect();
        let matrix = Matrix::new(vec![("X".to_owned(), x), ("Z".to_owned(), z)]).unwrap();
        let mut booster = Booster::start(&matrix, &y, None, Params::default().check().unwrap()).unwrap();
        while booster.grow_tree().is_some() {}
        let model = booster.finish();
        let settings: Vec<Vec<f32>> = (0..20).map(|value| vec![value as f32]).collect();
        let found = model.dependence(&matrix, &[0], &settings).unwrap();
        let predicted = model.predict(&matrix).unwrap();
        for row in 0..200 {
            assert_eq!(found[row % 20][row].to_bits(), predicted[row].to_bits());
        }
        let means: Vec<f32> = found.iter().map(|row| row.iter().sum::<f32>() / 200.0).collect();
        assert!(means.windows(2).all(|pair| (1.0..5.0).contains(&(pair[1] - pair[0]))), "{means:?}");
    }
}
