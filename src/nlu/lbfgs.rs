//! L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) with backtracking.

use std::collections::VecDeque;

use crate::progress::{Cancelled, Progress};

/// When a descent ends, and how much it remembers.
pub(super) struct Descent {
    pub rounds: usize,
    /// Done when a round lowers the loss by less than this share.
    pub tolerance: f64,
    /// Pairs of steps that are remembered, each twice as large as the weights.
    pub memory: usize,
}

/// What is descended upon: weights, gradients and steps are of one kind.
pub(super) trait Point: Clone {
    fn product(&self, other: &Self) -> f64;
    /// Adds `factor` times the other.
    fn add(&mut self, factor: f64, other: &Self);
    fn multiply(&mut self, factor: f64);
}

impl Point for Vec<f32> {
    fn product(&self, other: &Self) -> f64 {
        // Long sums lose digits in single precision, short ones don't.
        let blocks = self.chunks(1024).zip(other.chunks(1024));
        blocks.map(|(a, b)| f64::from(crate::dot::dot(a, b))).sum()
    }

    fn add(&mut self, factor: f64, other: &Self) {
        let factor = factor as f32;
        self.iter_mut()
            .zip(other)
            .for_each(|(value, other)| *value += factor * other);
    }

    fn multiply(&mut self, factor: f64) {
        self.iter_mut().for_each(|value| *value *= factor as f32);
    }
}

impl Descent {
    /// The weights with the least loss. `problem`: loss and gradient at some weights.
    pub(super) fn minimise<P: Point>(
        &self,
        start: P,
        problem: impl Fn(&P) -> (f64, P),
        progress: &Progress,
    ) -> Result<P, Cancelled> {
        let mut weights = start;
        let (mut loss, mut gradient) = problem(&weights);
        let mut pairs: VecDeque<(P, P, f64)> = VecDeque::new();
        for round in 0..self.rounds {
            progress.step("fitting intents", round as u64, self.rounds as u64)?;
            let direction = direction(&gradient, &pairs);
            let slope = gradient.product(&direction);
            let mut step = if pairs.is_empty() {
                1.0 / gradient.product(&gradient).sqrt().max(1e-12)
            } else {
                1.0
            };
            // Backtracking until the loss falls as the slope promises (Armijo).
            let accepted = loop {
                let mut candidate = weights.clone();
                candidate.add(step, &direction);
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
            let (mut moved, mut turned) = (direction, new_gradient.clone());
            moved.multiply(step);
            turned.add(-1.0, &gradient);
            let curvature = moved.product(&turned);
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
fn direction<P: Point>(gradient: &P, pairs: &VecDeque<(P, P, f64)>) -> P {
    let mut direction = gradient.clone();
    direction.multiply(-1.0);
    let mut shares = Vec::with_capacity(pairs.len());
    for (moved, turned, inverse) in pairs.iter().rev() {
        let share = inverse * moved.product(&direction);
        direction.add(-share, turned);
        shares.push(share);
    }
    if let Some((_, turned, inverse)) = pairs.back() {
        direction.multiply(1.0 / (inverse * turned.product(turned)).max(1e-12));
    }
    for ((moved, turned, inverse), share) in pairs.iter().zip(shares.into_iter().rev()) {
        let correction = share - inverse * turned.product(&direction);
        direction.add(correction, moved);
    }
    direction
}
