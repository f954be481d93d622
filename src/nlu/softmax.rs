//! Multinomial logistic regression on the encoder's vectors, fitted by L-BFGS (Nocedal and Wright, algorithm 7.5).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::Vector;
use crate::progress::{Cancelled, Progress};

/// Pairs of steps that L-BFGS remembers.
const MEMORY: usize = 10;
const ROUNDS: usize = 120;
/// The fit is done when a round lowers the loss by less than this share.
const TOLERANCE: f64 = 1e-5;

/// Weights, `[classes × (dimensions + 1)]` in rows; the last of each row is the class's constant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Softmax {
    weights: Vec<f32>,
    dimensions: usize,
}

impl Softmax {
    /// Minimises ½‖W‖² + C·Σ cross-entropy, the constants unpenalised, as scikit-learn does.
    pub(super) fn fit(
        vectors: &[Vector],
        labels: &[usize],
        classes: usize,
        c: f64,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let dimensions = vectors.first().map_or(0, |vector| vector.len());
        let problem = Problem::new(vectors, labels, classes, dimensions, c);
        let weights = minimise(&problem, progress)?;
        let mut values = vec![0f32; classes * (dimensions + 1)];
        let count = values.len();
        weights.copy_data(&mut values, count);
        Ok(Self {
            weights: values,
            dimensions,
        })
    }

    /// The logits of a vector, one per class.
    pub(super) fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let logit = |row: &[f32]| dot(&row[..self.dimensions], vector) + row[self.dimensions];
        self.weights.chunks(self.dimensions + 1).map(logit).collect()
    }
}

/// The dot product, in eight running sums that the compiler keeps in vector registers.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0f32; 8];
    for (a, b) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

struct Problem {
    /// `[n × (dimensions + 1)]`; the last column is 1.
    rows: Tensor,
    /// `[n × classes]`, one-hot.
    targets: Tensor,
    /// `[1 × (dimensions + 1)]`: 1 where weights are penalised.
    penalised: Tensor,
    classes: i64,
    c: f64,
}

impl Problem {
    fn new(vectors: &[Vector], labels: &[usize], classes: usize, dimensions: usize, c: f64) -> Self {
        let n = vectors.len() as i64;
        let flat: Vec<f32> = vectors
            .iter()
            .flat_map(|vector| vector.iter().copied().chain([1.0]))
            .collect();
        let rows = Tensor::from_slice(&flat).view([n, dimensions as i64 + 1]);
        let labels: Vec<i64> = labels.iter().map(|label| *label as i64).collect();
        let targets = Tensor::from_slice(&labels)
            .one_hot(classes as i64)
            .to_kind(Kind::Float);
        let mut penalised = vec![1f32; dimensions + 1];
        penalised[dimensions] = 0.0;
        let penalised = Tensor::from_slice(&penalised).view([1, dimensions as i64 + 1]);
        Self {
            rows,
            targets,
            penalised,
            classes: classes as i64,
            c,
        }
    }

    /// Loss and gradient at `weights`, both divided by C·n so that their size doesn't depend on the data's.
    fn loss_and_gradient(&self, weights: &Tensor) -> (f64, Tensor) {
        let scale = self.c * self.rows.size()[0] as f64;
        let log_probabilities = self.rows.matmul(&weights.tr()).log_softmax(-1, Kind::Float); // [n × classes]
        let entropy = -(&self.targets * &log_probabilities)
            .sum(Kind::Float)
            .double_value(&[]);
        let kept = weights * &self.penalised;
        let penalty = 0.5 * (&kept * &kept).sum(Kind::Float).double_value(&[]);
        let gradient = (log_probabilities.exp() - &self.targets).tr().matmul(&self.rows) * self.c + kept;
        ((self.c * entropy + penalty) / scale, gradient / scale)
    }
}

fn minimise(problem: &Problem, progress: &Progress) -> Result<Tensor, Cancelled> {
    let _no_gradients = tch::no_grad_guard();
    let mut weights = Tensor::zeros(
        [problem.classes, problem.rows.size()[1]],
        (Kind::Float, tch::Device::Cpu),
    );
    let (mut loss, mut gradient) = problem.loss_and_gradient(&weights);
    let mut pairs: VecDeque<(Tensor, Tensor, f64)> = VecDeque::new();
    for round in 0..ROUNDS {
        progress.step("fitting intents", round as u64, ROUNDS as u64)?;
        let direction = direction(&gradient, &pairs);
        let slope = product(&gradient, &direction);
        let mut step = if pairs.is_empty() {
            1.0 / product(&gradient, &gradient).sqrt().max(1e-12)
        } else {
            1.0
        };
        // Backtracking until the loss falls as the slope promises (Armijo).
        let accepted = loop {
            let candidate = &weights + &direction * step;
            let (new_loss, new_gradient) = problem.loss_and_gradient(&candidate);
            if new_loss <= loss + 1e-4 * step * slope {
                break Some((candidate, new_loss, new_gradient));
            }
            step *= 0.5;
            if step < 1e-8 {
                break None;
            }
        };
        let Some((new_weights, new_loss, new_gradient)) = accepted else {
            break;
        };
        let (moved, turned) = (&new_weights - &weights, &new_gradient - &gradient);
        let curvature = product(&moved, &turned);
        if curvature > 1e-12 {
            pairs.push_back((moved, turned, 1.0 / curvature));
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        let gain = (loss - new_loss) / loss.abs().max(1e-12);
        (weights, loss, gradient) = (new_weights, new_loss, new_gradient);
        if gain < TOLERANCE {
            break;
        }
    }
    Ok(weights)
}

/// The two-loop recursion: the gradient times the remembered curvature, downhill.
fn direction(gradient: &Tensor, pairs: &VecDeque<(Tensor, Tensor, f64)>) -> Tensor {
    let mut direction = -gradient;
    let mut shares = Vec::with_capacity(pairs.len());
    for (moved, turned, inverse) in pairs.iter().rev() {
        let share = inverse * product(moved, &direction);
        direction -= turned * share;
        shares.push(share);
    }
    if let Some((_, turned, inverse)) = pairs.back() {
        direction *= 1.0 / (inverse * product(turned, turned)).max(1e-12);
    }
    for ((moved, turned, inverse), share) in pairs.iter().zip(shares.into_iter().rev()) {
        let correction = share - inverse * product(turned, &direction);
        direction += moved * correction;
    }
    direction
}

fn product(a: &Tensor, b: &Tensor) -> f64 {
    (a * b).sum(Kind::Double).double_value(&[])
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
        let model = Softmax::fit(&vectors, &[0, 0, 1, 1], 2, 10.0, &Progress::silent()).unwrap();
        let logits = model.logits(&[0.8, 0.2]);
        assert!(logits[0] > logits[1] + 1.0, "{logits:?}");
    }

    #[test]
    fn dot_product_with_a_rest() {
        let a: Vec<f32> = (0..11).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 385.0);
    }
}
