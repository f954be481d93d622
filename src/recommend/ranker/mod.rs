//! Rankers: what a shopper will make of an item, R(u,i) = f(I_u, P_i, S_ui), learnt from rows of the shopper's interests,
//! the item's attributes and how alike the two are.
//!
//! The room owns the feature table ([`Features`]), four kinds of ranker behind one trait ([`Ranker`], [`fit`]) and the
//! exam that compares them on a plain table ([`evaluate_table`]). Training may take seconds: run it off the async threads.
//! Serving is plain arithmetic on vectors, microseconds a row.

mod error;
mod features;
mod grow;
mod linear;
mod metrics;
mod model;
mod network;
mod report;
mod student;
mod table;
#[cfg(test)]
mod tests;
mod trees;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use error::RankerError;
pub use features::{Features, Split, Standardiser};
pub use metrics::{Relevance, Scores, area_under_curve, mean_cross_entropy, mean_squared_error};
pub use model::{Average, Model, fit};
pub use report::{Evaluation, Report, ReportLine, evaluate_table};
pub use table::{RowError, Table};

/// Says how good an item is for a shopper.
pub trait Ranker: Send + Sync {
    fn name(&self) -> &'static str;

    /// The value or, for [`Target::Chance`], the probability. `row`: `[width]` in the order of the training's columns, not
    /// standardised; a missing value counts as the column's mean, one too many is left out.
    fn predict(&self, row: &[f32]) -> f32;

    /// The predictions for some rows, one after another.
    fn predict_each(&self, rows: &[&[f32]]) -> Vec<f32> {
        rows.iter().map(|row| self.predict(row)).collect()
    }

    /// The predictions for all rows on all cores, `[rows]`.
    fn predict_all(&self, rows: &Features) -> Vec<f32> {
        let rows: Vec<&[f32]> = rows.rows().collect();
        rows.par_chunks(256)
            .flat_map_iter(|rows| self.predict_each(rows))
            .collect()
    }
}

/// What learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A weight a column: logistic regression for chances, ridge regression for values.
    Logistic,
    Network,
    Tree,
    Forest,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Logistic, Self::Network, Self::Tree, Self::Forest];

    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Network => "network",
            Self::Tree => "tree",
            Self::Forest => "forest",
        }
    }

    /// The kind of that name; `average` is none, it is made of the others.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Any finite number; the squared error is minimised.
    Value,
    /// 0 or 1; the cross-entropy is minimised (the trees': the squared error) and predictions are probabilities.
    Chance,
}

/// How training goes. The defaults suit from a hundred to a million rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The same seed, rows and settings give the same model.
    pub seed: u64,
    /// The network's passes over the rows, at most; it ends by itself when it stops getting better.
    pub epochs: usize,
    /// λ of the linear rankers' ½λ‖w‖², beside the sum (not the mean) of the rows' losses.
    pub penalty: f32,
    /// Which way each column may move the linear rankers' predictions: above 0 only up with it, below 0 only down, 0
    /// both; empty: all are free. Known to others as monotone constraints.
    pub directions: Vec<i8>,
    /// Trees of the forest.
    pub trees: usize,
    /// Rows that a tree of the forest is grown from at most, drawn anew for each.
    pub forest_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            epochs: 200,
            penalty: 1.0,
            directions: Vec::new(),
            trees: 64,
            forest_rows: 15_000,
        }
    }
}

/// The probability of log-odds.
fn sigmoid(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
