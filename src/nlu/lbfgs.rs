//! L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) with backtracking.

use std::collections::VecDeque;

use tch::Kind;
use tch::Tensor;

use crate::progress::{Cancelled, Progress};

/// When a descent ends, and how much it remembers.
pub(super) struct Descent {
    pub rounds: usize,
    /// Done when a round lowers the loss by less than this share.
    pub tolerance: f64,
    /// Pairs of steps that are remembered, each twice as large as the weights.
    pub memory: usize,
}

impl Descent {
    /// The weights with the least loss. `problem`: loss and gradient at some weights.
    pub(super) fn minimise(
        &self,
        start: Tensor,
        problem: impl Fn(&Tensor) -> (f64, Tensor),
        progress: &Progress,
    ) -> Result<Tensor, Cancelled> {
        let _no_gradients = tch::no_grad_guard();
        let mut weights = start;
        let (mut loss, mut gradient) = problem(&weights);
        let mut pairs: VecDeque<(Tensor, Tensor, f64)> = VecDeque::new();
        for round in 0..self.rounds {
            progress.step("fitting intents", round as u64, self.rounds as u64)?;
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
                let (new_loss, new_gradient) = problem(&candidate);
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
                if pairs.len() > self.memory {
                    pairs.pop_front();
                }
            }
            let gain = (loss - new_loss) / loss.abs().max(1e-12);
            (weights, loss, gradient) = (new_weights, new_loss, new_gradient);
            if gain < self.tolerance {
                break;
            }
        }
        Ok(weights)
    }
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
