//! Multinomial logistic regression on the encoder's vectors.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::lbfgs::Descent;
use super::tensors::floats;
use super::{TrainSettings, Vector};
use crate::dot::dot;
use crate::progress::{Cancelled, Progress};

const DESCENT: Descent = Descent {
    rounds: 120,
    tolerance: 1e-5,
    memory: 10,
};

/// What is fitted: a vector and a class per row.
pub(super) struct Examples<'a> {
    pub vectors: &'a [Vector],
    pub labels: &'a [usize],
    pub classes: usize,
}

/// Weights, `[classes × (dimensions + 1)]` in rows; the last of each row is the class's constant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Softmax {
    weights: Vec<f32>,
    dimensions: usize,
}

impl Softmax {
    /// Minimises ½‖W‖² + C·Σ cross-entropy, the constants unpenalised, as scikit-learn does.
    pub(super) fn fit(
        examples: &Examples<'_>,
        settings: &TrainSettings,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let dimensions = examples.vectors.first().map_or(0, |vector| vector.len());
        let problem = Problem::new(examples, dimensions, settings);
        let start = vec![0.0; examples.classes * (dimensions + 1)];
        let weights = DESCENT.minimise(start, |weights| problem.loss_and_gradient(weights), progress)?;
        Ok(Self { weights, dimensions })
    }

    /// A layer of these weights, `[classes × dimensions]` in rows, all constants 0.
    pub(super) fn without_constants(weights: &[f32], dimensions: usize) -> Self {
        let rows = weights.chunks(dimensions);
        Self {
            weights: rows.flat_map(|row| row.iter().copied().chain([0.0])).collect(),
            dimensions,
        }
    }

    /// The logits of a vector, one per class.
    pub(super) fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let logit = |row: &[f32]| dot(&row[..self.dimensions], vector) + row[self.dimensions];
        self.weights.chunks(self.dimensions + 1).map(logit).collect()
    }
}

struct Problem {
    /// `[n × (dimensions + 1)]`; the last column is 1.
    rows: Tensor,
    /// `[n × classes]`: what each row's probabilities shall be.
    targets: Tensor,
    /// `[n × 1]`: how much each row counts, 1 on average.
    counts: Tensor,
    /// `[1 × (dimensions + 1)]`: 1 where weights are penalised.
    penalised: Tensor,
    c: f64,
}

impl Problem {
    fn new(examples: &Examples<'_>, dimensions: usize, settings: &TrainSettings) -> Self {
        let (n, classes) = (examples.vectors.len() as i64, examples.classes as i64);
        let flat: Vec<f32> = examples
            .vectors
            .iter()
            .flat_map(|vector| vector.iter().copied().chain([1.0]))
            .collect();
        let rows = Tensor::from_slice(&flat).view([n, dimensions as i64 + 1]);
        let labels: Vec<i64> = examples.labels.iter().map(|label| *label as i64).collect();
        let targets = Tensor::from_slice(&labels).one_hot(classes).to_kind(Kind::Float)
            * (1.0 - settings.smoothing)
            + settings.smoothing / classes as f64;
        let counts = if settings.balanced {
            balanced(examples)
        } else {
            vec![1.0; examples.labels.len()]
        };
        let mut penalised = vec![1f32; dimensions + 1];
        penalised[dimensions] = 0.0;
        let penalised = Tensor::from_slice(&penalised).view([1, dimensions as i64 + 1]);
        Self {
            rows,
            targets,
            counts: Tensor::from_slice(&counts).view([n, 1]),
            penalised,
            c: settings.c,
        }
    }

    /// Loss and gradient at `weights`, both divided by C·n so that their size doesn't depend on the data's.
    fn loss_and_gradient(&self, weights: &[f32]) -> (f64, Vec<f32>) {
        let _no_gradients = tch::no_grad_guard();
        let weights = &Tensor::from_slice(weights).view([-1, self.rows.size()[1]]);
        let scale = self.c * self.rows.size()[0] as f64;
        let log_probabilities = self.rows.matmul(&weights.tr()).log_softmax(-1, Kind::Float); // [n × classes]
        let entropy = -(&self.targets * &log_probabilities * &self.counts)
            .sum(Kind::Float)
            .double_value(&[]);
        let kept = weights * &self.penalised;
        let penalty = 0.5 * (&kept * &kept).sum(Kind::Float).double_value(&[]);
        let error = (log_probabilities.exp() - &self.targets) * &self.counts;
        let gradient = error.tr().matmul(&self.rows) * self.c + kept;
        ((self.c * entropy + penalty) / scale, floats(&(gradient / scale)))
    }
}

/// Weights with which every class that has rows counts alike, 1 on average.
fn balanced(examples: &Examples<'_>) -> Vec<f32> {
    let mut sizes = vec![0usize; examples.classes];
    examples.labels.iter().for_each(|label| sizes[*label] += 1);
    let present = sizes.iter().filter(|size| **size > 0).count();
    let mean = examples.labels.len() as f32 / present.max(1) as f32;
    examples
        .labels
        .iter()
        .map(|label| mean / sizes[*label] as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_what_can_be_separated() {
        let vectors: Vec<Vector> = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]
            .iter()
            .map(|v| Vector::from(v.as_slice()))
            .collect();
        let examples = Examples {
            vectors: &vectors,
            labels: &[0, 0, 1, 1],
            classes: 2,
        };
        let model = Softmax::fit(&examples, &TrainSettings::default(), &Progress::silent()).unwrap();
        let logits = model.logits(&[0.8, 0.2]);
        assert!(logits[0] > logits[1] + 1.0, "{logits:?}");
    }
}
