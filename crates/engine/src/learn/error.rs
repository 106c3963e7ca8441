//! Why something cannot be trained or predicted. Deliberately not the bounds of parameters, which `params` states.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    #[error("the {split} matrix has {n_rows} rows but {n_targets} targets; pass one target per row")]
    TargetCount { split: &'static str, n_rows: usize, n_targets: usize },
    #[error("the {split} data has no rows, so nothing can be learnt from it; choose more customers or a longer period")]
    NoRows { split: &'static str },
    #[error("the training data has {n_rows} rows, more than the {most} that a tree can count; train on a sample")]
    TooManyRows { n_rows: usize, most: usize },
    #[error("the {split} target in row {row} is not a number below 1e15; fill or drop it before training")]
    Target { split: &'static str, row: usize },
    #[error(
        "the {split} target in row {row} is negative, which Tweedie loss is not defined for; choose another objective"
    )]
    NegativeTarget { split: &'static str, row: usize },
    #[error("every training target is 0, so that there is nothing for Tweedie loss to scale; choose another objective")]
    AllZero,
    #[error("the matrix has {found} columns but the model was trained on {expected}; use the same preprocessing")]
    ColumnCount { expected: usize, found: usize },
    #[error("the matrix has column {found} where the model was trained on {expected}; use the same preprocessing")]
    ColumnName { expected: String, found: String },
    #[error("early stopping needs validation rows to watch; pass some or turn it off")]
    EarlyStoppingBlind,
    #[error("the rows were prepared with at most {prepared} bins a column, but max_bin is {asked}; prepare them anew")]
    OtherBins { prepared: u32, asked: u32 },
}
