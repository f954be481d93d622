//! A trained ranker of any kind, and the average of several.

use serde::{Deserialize, Serialize};

use super::linear::Linear;
use super::network::Network;
use super::trees::Trees;
use super::{Features, Kind, Ranker, RankerError, Settings, Standardiser, Target, sigmoid};
use crate::progress::Progress;

/// Two are enough to standardise by; how many are enough to learn from is the caller's to say.
const FEWEST_ROWS: usize = 2;
/// Keeps the log-odds of a tree that is certain finite.
const LEAST_CHANCE: f32 = 1e-6;

/// A trained ranker with the standardiser of its training rows. Saved by serde: postcard for size, JSON to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    kind: Kind,
    target: Target,
    columns: Vec<String>,
    standardiser: Standardiser,
    learned: Learned,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Learned {
    Linear(Linear),
    Network(Network),
    Trees(Trees),
}

/// Trains a ranker. `targets`: `[rows]`. Errors name the row that can't be learnt from; a cancelled training leaves nothing.
pub fn fit(
    kind: Kind,
    rows: &Features,
    targets: &[f32],
    target: Target,
    settings: &Settings,
    progress: &Progress,
) -> Result<Model, RankerError> {
    check(rows, targets, target)?;
    let standardiser = Standardiser::fit(rows);
    let scaled = standardiser.apply_all(rows);
    let learned = match kind {
        Kind::Logistic => Learned::Linear(Linear::fit(&scaled, targets, target, settings, progress)?),
        Kind::Network => Learned::Network(Network::fit(&scaled, targets, target, settings, progress)?),
        Kind::Tree => Learned::Trees(Trees::one(&scaled, targets, target, settings, progress)?),
        Kind::Forest => Learned::Trees(Trees::many(&scaled, targets, target, settings, progress)?),
    };
    Ok(Model {
        kind,
        target,
        columns: rows.names().to_vec(),
        standardiser,
        learned,
    })
}

fn check(rows: &Features, targets: &[f32], target: Target) -> Result<(), RankerError> {
    if rows.width() == 0 {
        return Err(RankerError::NoFeatures);
    }
    if rows.len() < FEWEST_ROWS {
        return Err(RankerError::TooFewRows {
            found: rows.len(),
            needed: FEWEST_ROWS,
        });
    }
    if targets.len() != rows.len() {
        return Err(RankerError::TargetCount {
            rows: rows.len(),
            targets: targets.len(),
        });
    }
    let expected = match target {
        Target::Value => "a finite number",
        Target::Chance => "0 or 1",
    };
    let bad = |value: f32| match target {
        Target::Value => !value.is_finite(),
        Target::Chance => value != 0.0 && value != 1.0,
    };
    match targets.iter().position(|value| bad(*value)) {
        None => Ok(()),
        Some(row) => Err(RankerError::Target {
            row,
            value: targets[row],
            expected,
        }),
    }
}

impl Model {
    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn target(&self) -> Target {
        self.target
    }

    /// The columns it was trained on: rows to predict must have them in this order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn standardiser(&self) -> &Standardiser {
        &self.standardiser
    }

    /// From the value or log-odds to the prediction. A tree's leaves hold chances already.
    fn finish(&self, score: f32) -> f32 {
        match (self.target, &self.learned) {
            (Target::Chance, Learned::Linear(_) | Learned::Network(_)) => sigmoid(score),
            _ => score,
        }
    }
}

impl Ranker for Model {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    fn predict(&self, row: &[f32]) -> f32 {
        self.predict_each(&[row]).first().copied().unwrap_or_default()
    }

    fn predict_each(&self, rows: &[&[f32]]) -> Vec<f32> {
        let width = self.standardiser.width();
        let mut scaled = Vec::with_capacity(rows.len() * width);
        rows.iter()
            .for_each(|row| scaled.extend(self.standardiser.scaled(row)));
        let scaled = scaled.chunks_exact(width.max(1));
        let scores = match &self.learned {
            Learned::Linear(linear) => scaled.map(|row| linear.score(row)).collect(),
            Learned::Network(network) => scaled.map(|row| network.score(row)).collect(),
            Learned::Trees(trees) => trees.score(scaled),
        };
        scores.into_iter().map(|score| self.finish(score)).collect()
    }
}

/// The mean of several rankers: of their predictions or, for chances, of their log-odds, so that one that is sure counts
/// for more than one that isn't.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Average(pub Vec<Model>);

impl Average {
    pub const NAME: &'static str = "average";
}

impl Ranker for Average {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// The mean for a row; 0 without any model.
    fn predict(&self, row: &[f32]) -> f32 {
        let count = self.0.len().max(1) as f32;
        let mean =
            |of: &dyn Fn(f32) -> f32| self.0.iter().map(|model| of(model.predict(row))).sum::<f32>() / count;
        if self.0.first().is_some_and(|model| model.target == Target::Chance) {
            sigmoid(mean(&|chance| log_odds(chance)))
        } else {
            mean(&|value| value)
        }
    }
}

fn log_odds(chance: f32) -> f32 {
    let chance = chance.clamp(LEAST_CHANCE, 1.0 - LEAST_CHANCE);
    (chance / (1.0 - chance)).ln()
}
