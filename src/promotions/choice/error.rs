//! What can be wrong with a choice, its features or a log of choices.

use crate::progress::Cancelled;

/// Columns are named as the caller named them; lines of a file count from 1.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(
        "column {column}: {ground} is a protected attribute and can't decide who gets an offer; leave the column out"
    )]
    Protected { column: String, ground: &'static str },
    #[error("column {column} occurs twice")]
    DuplicateColumn { column: String },
    #[error("column {column}: expected x_*, action, propensity, reward or cost")]
    UnknownColumn { column: String },
    #[error("no column {column}: a log of choices needs x_* features, action, propensity and reward")]
    MissingColumn { column: &'static str },
    #[error("{found} rows: at least {needed} are needed")]
    TooFewRows { found: usize, needed: usize },
    #[error("{bad} of {rows} rows are bad, the first in line {line}: {message}")]
    MostlyBad {
        bad: usize,
        rows: usize,
        line: u64,
        message: String,
    },
    #[error("{found} actions in the log: at least 2 are needed to choose between")]
    TooFewActions { found: usize },
    #[error("the log has no action {name:?}, it has {actions}")]
    UnknownAction { name: String, actions: String },
    #[error("{found} features, expected {expected}")]
    Width { found: usize, expected: usize },
    #[error("feature {at} is {value}, expected a finite number")]
    NotFinite { at: usize, value: f64 },
    #[error("no offer is eligible: pass at least one, be it none")]
    NothingEligible,
    #[error("offer {arm} is unknown to the policy, it has {arms}")]
    UnknownArm { arm: usize, arms: usize },
    #[error("offer {arm} occurs twice among the eligible, or was chosen without being one of them")]
    NotEligible { arm: usize },
    #[error("{what} is {value}, expected {expected}")]
    Setting {
        what: &'static str,
        value: f64,
        expected: &'static str,
    },
    #[error("reading the log: {0}")]
    Csv(#[from] csv::Error),
}
