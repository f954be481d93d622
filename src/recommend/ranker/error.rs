//! What can be wrong with a table of features, its targets, or a training.

use crate::progress::Cancelled;

/// Rows count from 0 in memory (`row`), lines of a file from 1 (`line`).
#[derive(Debug, thiserror::Error)]
pub enum RankerError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{found} rows: a ranker needs at least {needed}")]
    TooFewRows { found: usize, needed: usize },
    #[error("no feature columns: at least one is needed")]
    NoFeatures,
    #[error("row {row} has {found} features, expected {expected}")]
    Width {
        row: usize,
        found: usize,
        expected: usize,
    },
    #[error("row {row}, column {column}: {value} is not a finite number")]
    NotFinite { row: usize, column: String, value: f32 },
    #[error("{targets} targets for {rows} rows: expected one a row")]
    TargetCount { rows: usize, targets: usize },
    #[error("the target of row {row} is {value}, expected {expected}")]
    Target {
        row: usize,
        value: f32,
        expected: &'static str,
    },
    #[error("the features leave the weights undetermined: raise the penalty above 0")]
    Undetermined,
    #[error(
        "a training that isn't a number came of the rows: are some values larger than a million deviations?"
    )]
    Diverged,
    #[error("training a tree: {0}")]
    Tree(String),
    #[error("training the network: {0}")]
    Tensor(#[from] tch::TchError),
    #[error("reading the table: {0}")]
    Csv(#[from] csv::Error),
    #[error("column {name} occurs twice in the header")]
    DuplicateColumn { name: String },
    #[error(
        "column {name}: expected user_interest_*, product_attribute_*, user_product_similarity, x_* or recommendation_score"
    )]
    UnknownColumn { name: String },
    #[error("no column recommendation_score: it holds the target")]
    NoTarget,
    #[error("{bad} of {rows} rows are bad, the first in line {line}: {message}")]
    MostlyBad {
        bad: usize,
        rows: usize,
        line: u64,
        message: String,
    },
    #[error("{text:?}: expected name=value, with a finite number as value")]
    Pair { text: String },
    #[error("{name}: the ranker has no such column; it has {columns}")]
    NoSuchColumn { name: String, columns: String },
    #[error("{name} is given twice")]
    GivenTwice { name: String },
    #[error("no value for {}", names.join(", "))]
    MissingColumns { names: Vec<String> },
}
