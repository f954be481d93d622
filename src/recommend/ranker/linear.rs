//! The linear rankers: ridge regression in closed form and logistic regression by Newton's steps.
//!
//! Both solve with `X'WX + λI`, `[(width + 1) × (width + 1)]`, the constant unpenalised (Hastie, Tibshirani and Friedman
//! 2009, sections 3.4.1 and 4.4.1). Where columns have directions, each step is found by descent along one weight after
//! another, none over its bound (Friedman, Hastie and Tibshirani 2010, "Regularization Paths"). All sums are in f64: a million rows lose too much in f32.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Features, RankerError, Settings, Target};
use crate::cholesky::{factorise, solve};
use crate::progress::Progress;

/// Newton's steps at most; five or six are usual.
const STEPS: u64 = 30;
/// A step that moves no weight further ends the descent.
const SETTLED: f64 = 1e-7;
/// The default penalty: it leaves chances as they are.
const LITTLE: f64 = 1.0;
/// Rounds over all weights, where some have bounds, at most.
const SWEEPS: usize = 1_000;
/// The least weight of a row in the logistic's curvature: saturated rows must not make it singular.
const LEAST_CURVATURE: f64 = 1e-9;
const CHUNK: usize = 4096;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Linear {
    /// `[width]`
    weights: Vec<f32>,
    constant: f32,
}

impl Linear {
    /// `rows`: standardised.
    pub(super) fn fit(
        rows: &Features,
        targets: &[f32],
        target: Target,
        settings: &Settings,
        progress: &Progress,
    ) -> Result<Self, RankerError> {
        let problem = Problem {
            rows,
            targets,
            penalty: f64::from(settings.penalty),
            directions: &settings.directions,
        };
        let weights = match target {
            Target::Value => {
                progress.step("linear", 0, 1)?;
                // The squared error is its own second-order model: one step from 0 is exact.
                let start = vec![0.0; rows.width() + 1];
                let step = problem.newton(&start, |score, target| (score - target, 1.0));
                start
                    .iter()
                    .zip(step?)
                    .map(|(start, step)| start - step)
                    .collect()
            }
            Target::Chance => problem.as_sure_as_rows(problem.logistic(progress)?, progress)?,
        };
        progress.step("linear", 1, 1)?;
        if weights.iter().any(|weight: &f64| !weight.is_finite()) {
            return Err(RankerError::Diverged);
        }
        Ok(Self {
            weights: weights[..rows.width()]
                .iter()
                .map(|weight| *weight as f32)
                .collect(),
            constant: weights[rows.width()] as f32,
        })
    }

    /// The value or the log-odds for a standardised row.
    pub(super) fn score(&self, row: &[f32]) -> f32 {
        self.constant + self.weights.iter().zip(row).map(|(w, x)| w * x).sum::<f32>()
    }
}

struct Problem<'a> {
    /// `[rows × width]`
    rows: &'a Features,
    /// `[rows]`
    targets: &'a [f32],
    penalty: f64,
    /// `[width]`, or empty.
    directions: &'a [i8],
}

/// Gradient `[width + 1]` and the lower triangle of the curvature `[(width + 1) × (width + 1)]`; the last place of each
/// is the constant's.
struct Moments {
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

impl Problem<'_> {
    fn logistic(&self, progress: &Progress) -> Result<Vec<f64>, RankerError> {
        let mut weights = vec![0.0; self.rows.width() + 1];
        let mut loss = self.logistic_loss(&weights);
        for round in 0..STEPS {
            progress.step("linear", round, STEPS)?;
            let step = self.newton(&weights, |score, target| {
                let chance = logistic(score);
                (chance - target, (chance * (1.0 - chance)).max(LEAST_CURVATURE))
            })?;
            // Far from the minimum a whole step may overshoot; then half of it, and so on.
            let shares = (0..12).map(|halvings| 0.5f64.powi(halvings));
            let moved = |share: f64| weights.iter().zip(&step).map(|(w, s)| w - share * s).collect();
            let next = shares
                .map(moved)
                .map(|weights: Vec<f64>| (self.logistic_loss(&weights), weights))
                .find(|(next, _)| *next <= loss);
            let Some((next_loss, next)) = next else { break };
            let furthest = next
                .iter()
                .zip(&weights)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            (weights, loss) = (next, next_loss);
            if furthest < SETTLED {
                break;
            }
        }
        Ok(weights)
    }

    /// The weights, all times one number, with another constant: those with the least loss when their length costs
    /// little. A high penalty makes chances timid, and a mean with other rankers' chances would hardly heed them.
    fn as_sure_as_rows(&self, weights: Vec<f64>, progress: &Progress) -> Result<Vec<f64>, RankerError> {
        if self.penalty <= LITTLE {
            return Ok(weights);
        }
        let mut scores = Features::new(vec!["score".into()]);
        for row in self.rows.values().chunks_exact(self.rows.width()) {
            scores.push_row(&[linear_score(&weights, row) as f32])?;
        }
        let along = Problem {
            rows: &scores,
            targets: self.targets,
            penalty: LITTLE,
            directions: &[],
        };
        let found = along.logistic(progress)?;
        let [times, more] = found[..] else {
            return Ok(weights);
        };
        let last = weights.len() - 1;
        let scaled = weights.iter().enumerate();
        Ok(scaled
            .map(|(at, weight)| weight * times + if at == last { more } else { 0.0 })
            .collect())
    }

    /// Σ cross-entropy + ½λ‖w‖².
    fn logistic_loss(&self, weights: &[f64]) -> f64 {
        let (_, slopes) = weights.split_last().unwrap_or((&0.0, &[]));
        let losses: Vec<f64> = self
            .chunks()
            .map(|(rows, targets)| {
                rows.chunks_exact(self.rows.width())
                    .zip(targets)
                    .map(|(row, target)| {
                        let score = linear_score(weights, row);
                        // log(1 + e^s) - t·s, without overflow.
                        score.max(0.0) + (-score.abs()).exp().ln_1p() - f64::from(*target) * score
                    })
                    .sum()
            })
            .collect();
        losses.iter().sum::<f64>() + 0.5 * self.penalty * slopes.iter().map(|w| w * w).sum::<f64>()
    }

    /// The step that Newton's method subtracts from `weights`. `slope`: first and second derivative of a row's loss by
    /// its score, from score and target.
    fn newton(
        &self,
        weights: &[f64],
        slope: impl Fn(f64, f64) -> (f64, f64) + Sync,
    ) -> Result<Vec<f64>, RankerError> {
        let size = weights.len();
        let parts: Vec<Moments> = self
            .chunks()
            .map(|(rows, targets)| self.moments(rows, targets, weights, &slope))
            .collect();
        let mut total = Moments::zero(size);
        parts.iter().for_each(|part| total.add(part));
        for (at, weight) in weights.iter().enumerate().take(size - 1) {
            total.gradient[at] += self.penalty * weight;
            total.curvature[at * size + at] += self.penalty;
        }
        if !self.directions.is_empty() {
            return self.bounded(&total, weights);
        }
        if !factorise(&mut total.curvature, size) {
            return Err(RankerError::Undetermined);
        }
        solve(&total.curvature, &mut total.gradient);
        Ok(total.gradient)
    }

    /// The step of [`Self::newton`] where weights have bounds: the least value of the second-order model within them.
    fn bounded(&self, total: &Moments, weights: &[f64]) -> Result<Vec<f64>, RankerError> {
        let size = weights.len();
        let curvature = |a: usize, b: usize| total.curvature[a.max(b) * size + a.min(b)];
        if (0..size).any(|at| curvature(at, at) <= 0.0) {
            return Err(RankerError::Undetermined);
        }
        let mut step = vec![0.0; size];
        let mut slopes = total.gradient.clone();
        for _ in 0..SWEEPS {
            let mut furthest = 0.0f64;
            for at in 0..size {
                let wanted = weights[at] - step[at] - slopes[at] / curvature(at, at);
                let allowed = match self.directions.get(at).copied().unwrap_or_default().signum() {
                    1 => wanted.max(0.0),
                    -1 => wanted.min(0.0),
                    _ => wanted,
                };
                let change = allowed - (weights[at] - step[at]);
                if change != 0.0 {
                    step[at] -= change;
                    let slopes = slopes.iter_mut().enumerate();
                    slopes.for_each(|(other, slope)| *slope += change * curvature(at, other));
                }
                furthest = furthest.max(change.abs());
            }
            if furthest < SETTLED {
                break;
            }
        }
        Ok(step)
    }

    fn moments(
        &self,
        rows: &[f32],
        targets: &[f32],
        weights: &[f64],
        slope: &(impl Fn(f64, f64) -> (f64, f64) + Sync),
    ) -> Moments {
        let size = weights.len();
        let mut moments = Moments::zero(size);
        let mut extended = vec![1.0; size]; // the row, then 1 for the constant
        for (row, target) in rows.chunks_exact(size - 1).zip(targets) {
            extended
                .iter_mut()
                .zip(row)
                .for_each(|(wide, value)| *wide = f64::from(*value));
            let (first, second) = slope(linear_score(weights, row), f64::from(*target));
            for (at, value) in extended.iter().enumerate() {
                moments.gradient[at] += first * value;
                let scaled = second * value;
                let lower = &mut moments.curvature[at * size..=at * size + at];
                lower
                    .iter_mut()
                    .zip(&extended)
                    .for_each(|(sum, other)| *sum += scaled * other);
            }
        }
        moments
    }

    fn chunks(&self) -> impl IndexedParallelIterator<Item = (&[f32], &[f32])> {
        let rows = self.rows.values().par_chunks(CHUNK * self.rows.width());
        rows.zip(self.targets.par_chunks(CHUNK))
    }
}

impl Moments {
    fn zero(size: usize) -> Self {
        Self {
            gradient: vec![0.0; size],
            curvature: vec![0.0; size * size],
        }
    }

    fn add(&mut self, other: &Self) {
        let pairs = |sums: &mut [f64], parts: &[f64]| {
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        };
        pairs(&mut self.gradient, &other.gradient);
        pairs(&mut self.curvature, &other.curvature);
    }
}

/// `weights`: the row's, then the constant.
fn linear_score(weights: &[f64], row: &[f32]) -> f64 {
    let constant = weights.last().copied().unwrap_or_default();
    let products = weights.iter().zip(row).map(|(w, x)| w * f64::from(*x));
    constant + products.sum::<f64>()
}

fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Three columns that say much the same; the target rises with the first and falls with the second.
    fn alike() -> (Features, Vec<f32>) {
        let mut random = StdRng::seed_from_u64(7);
        let mut rows = Features::new(vec!["a".into(), "b".into(), "c".into()]);
        let mut targets = Vec::new();
        for _ in 0..500 {
            let common: f32 = random.random_range(-1.0..1.0);
            let mut near = || common + random.random_range(-0.3..0.3f32);
            let row = [near(), near(), near()];
            rows.push_row(&row).unwrap();
            let odds = 4.0 * row[0] - 2.0 * row[1] + random.random_range(-2.0..2.0f32);
            targets.push(f32::from(u8::from(odds > 0.0)));
        }
        (rows, targets)
    }

    fn solved(directions: &[i8]) -> (Vec<f64>, Vec<f64>) {
        let (rows, targets) = alike();
        let problem = Problem {
            rows: &rows,
            targets: &targets,
            penalty: 2.0,
            directions,
        };
        let weights = problem.logistic(&Progress::silent()).unwrap();
        let slope = |score: f64, target: f64| (logistic(score) - target, 1.0);
        let mut slopes = problem
            .moments(rows.values(), &targets, &weights, &slope)
            .gradient;
        let penalised = slopes.iter_mut().zip(&weights).take(3);
        penalised.for_each(|(slope, weight)| *slope += 2.0 * weight);
        (weights, slopes)
    }

    #[test]
    fn a_high_penalty_leaves_chances_as_sure_as_the_rows() {
        let (rows, targets) = alike();
        let mut first = Features::new(vec!["a".into()]);
        let each = rows.values().chunks_exact(3);
        each.for_each(|row| first.push_row(&row[..1]).unwrap());
        let mean_of = |penalty: f32| {
            let settings = Settings {
                penalty,
                ..Settings::default()
            };
            let linear =
                Linear::fit(&first, &targets, Target::Chance, &settings, &Progress::silent()).unwrap();
            let wanted = first.values().iter().zip(&targets);
            let wanted = wanted.filter(|(_, target)| **target > 0.5);
            wanted.map(|(value, _)| linear.score(&[*value])).sum::<f32>() / targets.iter().sum::<f32>()
        };
        let (little, much) = (mean_of(1.0), mean_of(40.0));
        assert!(much > 0.9 * little, "{much} after {little}");
    }

    #[test]
    fn free_directions_change_nothing() {
        let ((free, _), (plain, slopes)) = (solved(&[0, 0, 0]), solved(&[]));
        assert!(plain[1] < -0.5 && slopes.iter().all(|slope| slope.abs() < 1e-4));
        let pairs = free.iter().zip(&plain);
        assert!(pairs.map(|(a, b)| (a - b).abs()).all(|gap| gap < 1e-5));
    }

    #[test]
    fn weights_keep_to_their_directions_and_the_rest_is_at_its_best() {
        let (weights, slopes) = solved(&[1, 1, 1]);
        assert_eq!((weights[1], weights[2]), (0.0, 0.0));
        assert!(weights[0] > 0.5);
        // Both would go on below 0.
        assert!(slopes[1] > 0.0 && slopes[2] > 0.0, "{slopes:?}");
        assert!(slopes[0].abs() < 1e-4 && slopes[3].abs() < 1e-4, "{slopes:?}");
        let (weights, slopes) = solved(&[-1, 0, 0]);
        assert!(weights[0] == 0.0 && slopes[0] < 0.0, "{weights:?} {slopes:?}");
    }
}
