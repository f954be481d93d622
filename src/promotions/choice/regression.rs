//! Bayesian linear regression from sums that rows are added to one by one (Bishop 2006, section 3.3).
//!
//! Rewards are y = w·x + noise of variance σ², weights are drawn w ~ N(centre, σ²·diag(1/prior)). The posterior is
//! N(mean, σ²·A⁻¹) with A = diag(prior) + Σ x·xᵀ and mean = A⁻¹(prior∘centre + Σ x·y): a prior of n counts like n rows.

use serde::{Deserialize, Serialize};

use crate::cholesky::{factorise, solve};

/// Rounding of rank-one updates piles up; after this many the inverse is made anew.
const REFRESH: u64 = 1_000;

/// What rows leave behind: additive, so sums without a fold are a difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub rows: f64,
    /// Σ x·xᵀ, `[width × width]`
    pub gram: Vec<f64>,
    /// Σ x·y, `[width]`
    pub moment: Vec<f64>,
    /// Σ y²
    pub squares: f64,
}

impl Sums {
    pub fn new(width: usize) -> Self {
        Self {
            rows: 0.0,
            gram: vec![0.0; width * width],
            moment: vec![0.0; width],
            squares: 0.0,
        }
    }

    pub fn add(&mut self, x: &[f64], y: f64) {
        self.rows += 1.0;
        self.squares += y * y;
        for (i, xi) in x.iter().enumerate() {
            self.moment[i] += xi * y;
            let row = &mut self.gram[i * x.len()..(i + 1) * x.len()];
            row.iter_mut().zip(x).for_each(|(sum, xj)| *sum += xi * xj);
        }
    }

    /// Adds `factor` times the other sums.
    pub fn merge(&mut self, other: &Self, factor: f64) {
        let into = |sums: &mut [f64], others: &[f64]| {
            sums.iter_mut()
                .zip(others)
                .for_each(|(sum, other)| *sum += factor * other);
        };
        self.rows += factor * other.rows;
        self.squares += factor * other.squares;
        into(&mut self.gram, &other.gram);
        into(&mut self.moment, &other.moment);
    }

    /// The posterior's mean, `[width]`.
    pub fn weights(&self, prior: &[f64], centre: &[f64]) -> Vec<f64> {
        let width = prior.len();
        let mut precision = self.gram.clone();
        prior
            .iter()
            .enumerate()
            .for_each(|(i, prior)| precision[i * width + i] += prior);
        if !factorise(&mut precision, width) {
            return centre.to_vec();
        }
        let mut weights: Vec<f64> = (0..width)
            .map(|i| self.moment[i] + prior[i] * centre[i])
            .collect();
        solve(&precision, &mut weights);
        weights
    }

    /// Σ (y − w·x)² of these rows.
    pub fn squared_error(&self, weights: &[f64]) -> f64 {
        let through: f64 = weights
            .iter()
            .zip(self.gram.chunks_exact(weights.len()))
            .map(|(weight, row)| weight * dot(row, weights))
            .sum();
        (self.squares - 2.0 * dot(weights, &self.moment) + through).max(0.0)
    }
}

/// A posterior kept up to date row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    prior: Vec<f64>,
    sums: Sums,
    /// A⁻¹, `[width × width]`
    inverse: Vec<f64>,
    since_refresh: u64,
}

impl Regression {
    pub fn new(prior: Vec<f64>) -> Self {
        let width = prior.len();
        let mut inverse = vec![0.0; width * width];
        prior
            .iter()
            .enumerate()
            .for_each(|(i, prior)| inverse[i * width + i] = 1.0 / prior);
        Self {
            sums: Sums::new(width),
            inverse,
            prior,
            since_refresh: 0,
        }
    }

    pub fn rows(&self) -> f64 {
        self.sums.rows
    }

    /// Learns a row: rank-one update of the inverse (Sherman and Morrison 1950).
    pub fn add(&mut self, x: &[f64], y: f64) {
        self.sums.add(x, y);
        self.since_refresh += 1;
        if self.since_refresh >= REFRESH {
            self.refresh();
            return;
        }
        let reach = self.reach(x);
        let scale = 1.0 / (1.0 + dot(&reach, x));
        for (row, ri) in self.inverse.chunks_exact_mut(x.len()).zip(&reach) {
            row.iter_mut()
                .zip(&reach)
                .for_each(|(cell, rj)| *cell -= scale * ri * rj);
        }
    }

    /// The mean of w·x and its variance as a share of σ². `centre`: the prior's weights, `[width]`.
    pub fn predict(&self, x: &[f64], centre: &[f64]) -> (f64, f64) {
        let reach = self.reach(x);
        let pulls = self.sums.moment.iter().zip(&self.prior).zip(centre);
        let mean = reach
            .iter()
            .zip(pulls)
            .map(|(reach, ((moment, prior), centre))| reach * (moment + prior * centre));
        (mean.sum(), dot(&reach, x).max(0.0))
    }

    /// The posterior's mean around a prior at 0, `[width]`.
    pub fn weights(&self) -> Vec<f64> {
        self.reach(&self.sums.moment)
    }

    /// A⁻¹·x
    fn reach(&self, x: &[f64]) -> Vec<f64> {
        self.inverse
            .chunks_exact(x.len())
            .map(|row| dot(row, x))
            .collect()
    }

    fn refresh(&mut self) {
        self.since_refresh = 0;
        let width = self.prior.len();
        let mut precision = self.sums.gram.clone();
        self.prior
            .iter()
            .enumerate()
            .for_each(|(i, prior)| precision[i * width + i] += prior);
        if !factorise(&mut precision, width) {
            return;
        }
        for i in 0..width {
            let mut column = vec![0.0; width];
            column[i] = 1.0;
            solve(&precision, &mut column);
            // Symmetric, so a column is a row.
            self.inverse[i * width..(i + 1) * width].copy_from_slice(&column);
        }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<([f64; 3], f64)> {
        (0..2_500)
            .map(|i| {
                let (a, b) = (f64::from(i % 7) - 3.0, f64::from(i % 11) - 5.0);
                ([1.0, a, b], 2.0 + 0.5 * a - 0.25 * b + f64::from(i % 3) - 1.0)
            })
            .collect()
    }

    #[test]
    fn rank_one_updates_equal_the_solution_at_once() {
        let prior = vec![1.0, 5.0, 5.0];
        let (mut online, mut sums) = (Regression::new(prior.clone()), Sums::new(3));
        for (x, y) in rows() {
            online.add(&x, y);
            sums.add(&x, y);
        }
        let centre = [0.3, -0.2, 0.1];
        let weights = sums.weights(&prior, &centre);
        let x = [1.0, 2.0, -3.0];
        let (mean, variance) = online.predict(&x, &centre);
        assert!((mean - dot(&weights, &x)).abs() < 1e-9, "{mean}");
        assert!((1e-4..1e-2).contains(&variance), "{variance}");
        assert!(
            (weights[0] - 2.0).abs() < 0.02 && (weights[1] - 0.5).abs() < 0.02,
            "{weights:?}"
        );
        let direct: f64 = rows().iter().map(|(x, y)| (y - dot(&weights, x)).powi(2)).sum();
        assert!((sums.squared_error(&weights) - direct).abs() < 1e-6);
    }

    #[test]
    fn without_rows_the_centre_is_what_is_believed() {
        let regression = Regression::new(vec![4.0, 10.0]);
        let (mean, variance) = regression.predict(&[1.0, 2.0], &[0.5, 0.25]);
        assert!((mean - 1.0).abs() < 1e-12 && (variance - 0.65).abs() < 1e-12);
        assert_eq!(Sums::new(2).weights(&[1.0, 1.0], &[3.0, 4.0]), [3.0, 4.0]);
    }

    #[test]
    fn sums_without_a_part_are_the_sums_of_the_rest() {
        let (mut all, mut part, mut rest) = (Sums::new(3), Sums::new(3), Sums::new(3));
        for (i, (x, y)) in rows().into_iter().enumerate() {
            all.add(&x, y);
            if i % 5 == 0 {
                part.add(&x, y)
            } else {
                rest.add(&x, y)
            }
        }
        all.merge(&part, -1.0);
        assert!(all.gram.iter().zip(&rest.gram).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(all.rows, rest.rows);
    }
}
