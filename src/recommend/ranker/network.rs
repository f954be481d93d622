//! A network of one hidden layer: standardised features → 64 ReLU → 1. Trained with tensors, served without.
//!
//! libtorch's random numbers are left alone while training: other users of tch may run beside it.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::features::CONSTANT;
use super::student::{Epochs, Lesson, learn};
use super::{Features, RankerError, Settings, Target};
use crate::progress::Progress;

pub(super) const HIDDEN: usize = 64;
/// So many rows are learnt from together by the networks of a [`Network`]: few rows, several networks.
const ROWS_TOGETHER: usize = 200_000;
const MOST_NETWORKS: usize = 5;

/// The mean of networks that each held out another tenth of the rows. Of few rows each follows the noise another way, and
/// the mean less; with many rows it is one network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Network(Vec<Layers>);

/// `targets ≈ bias + outer · relu(row · inner + inner_bias)`, of the standardised row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Layers {
    /// `[width × HIDDEN]`, row by row
    pub(super) inner: Vec<f32>,
    /// `[HIDDEN]`
    pub(super) inner_bias: Vec<f32>,
    /// `[HIDDEN]`
    pub(super) outer: Vec<f32>,
    pub(super) bias: f32,
}

impl Network {
    /// `rows`: standardised.
    pub(super) fn fit(
        rows: &Features,
        targets: &[f32],
        target: Target,
        settings: &Settings,
        progress: &Progress,
    ) -> Result<Self, RankerError> {
        // The layers are small: two threads inside one product wait for each other longer than one computes, and beside
        // any other work they wait for the most part of a second.
        tch::set_num_threads(1);
        let scale = Scale::of(targets, target);
        let scaled: Vec<f32> = targets.iter().map(|value| scale.down(*value)).collect();
        let all = Lesson {
            rows: Tensor::from_slice(rows.values()).view([rows.len() as i64, rows.width() as i64]),
            targets: Tensor::from_slice(&scaled),
        };
        let count = (ROWS_TOGETHER / rows.len()).clamp(1, MOST_NETWORKS);
        let mut random = StdRng::seed_from_u64(settings.seed);
        let own = settings.epochs.max(1);
        let mut networks = Vec::with_capacity(count);
        for at in 0..count {
            let epochs = Epochs {
                before: at * own,
                own,
                all: count * own,
                progress,
            };
            networks.push(learn(&all, target, &scale, &epochs, &mut random)?);
        }
        Ok(Self(networks))
    }

    /// The value or the log-odds for a standardised row.
    pub(super) fn score(&self, row: &[f32]) -> f32 {
        self.0.iter().map(|layers| layers.score(row)).sum::<f32>() / self.0.len().max(1) as f32
    }
}

impl Layers {
    fn score(&self, row: &[f32]) -> f32 {
        let mut hidden = [0f32; HIDDEN];
        hidden.copy_from_slice(&self.inner_bias);
        for (value, weights) in row.iter().zip(self.inner.chunks_exact(HIDDEN)) {
            for (sum, weight) in hidden.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
        let products = hidden.iter().zip(&self.outer).map(|(h, w)| h.max(0.0) * w);
        self.bias + products.sum::<f32>()
    }
}

/// Targets as the network learns them: of mean 0 and deviation 1, so that the learning rate fits any unit. Chances stay.
pub(super) struct Scale {
    pub(super) mean: f32,
    pub(super) deviation: f32,
}

impl Scale {
    fn of(targets: &[f32], target: Target) -> Self {
        let count = targets.len() as f64;
        let mean = targets.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
        let squares = targets.iter().map(|value| (f64::from(*value) - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt();
        // Rounding of the mean gives targets that are all alike a tiny deviation.
        let constant = deviation <= CONSTANT * mean.abs().max(f64::from(f32::MIN_POSITIVE));
        let (mean, deviation) = match target {
            Target::Value if constant => (mean, 1.0),
            Target::Value => (mean, deviation),
            Target::Chance => (0.0, 1.0),
        };
        Self {
            mean: mean as f32,
            deviation: deviation as f32,
        }
    }

    fn down(&self, value: f32) -> f32 {
        (value - self.mean) / self.deviation
    }
}
