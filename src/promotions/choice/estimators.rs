//! What a policy would have brought, told from the log of another one.
//!
//! With w = π(a|x)/p: IPS = mean(w·r) (Horvitz and Thompson 1952), SNIPS = Σ w·r / Σ w (Swaminathan and Joachims 2015),
//! DR = mean(q(x,π) + w·(r − q(x,a))) (Dudík, Langford and Li 2011); effective sample size (Σ w)²/Σ w² (Kong 1992).
//! Intervals are percentiles of a bootstrap over the decisions (Efron 1979).

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ChoiceError;
use crate::progress::Progress;

/// One decision of the log, seen from a policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    /// w = π(a|x)/p
    pub weight: f64,
    pub reward: f64,
    /// q(x, π): what the model expects of the policy.
    pub expected: f64,
    /// q(x, a): what it expects of what was shown.
    pub expected_shown: f64,
}

/// A mean reward a decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub value: f64,
    pub standard_error: f64,
    /// 95 % interval.
    pub low: f64,
    pub high: f64,
    /// The value when no weight counts more than the clip.
    pub clipped: f64,
    /// What clipping changes: clipped − value.
    pub bias: f64,
}

/// A policy's value by all three estimators.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub ips: Estimate,
    pub snips: Estimate,
    pub dr: Estimate,
    /// Decisions of the policy itself that would say as much: (Σ w)²/Σ w².
    pub effective_sample_size: f64,
    pub largest_weight: f64,
    /// Share of the decisions whose weight is above the clip.
    pub clipped_rows: f64,
}

/// How values are estimated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bootstrap {
    pub clip: f64,
    pub replicates: usize,
    pub seed: u64,
}

/// Sums over decisions that all three estimators come from.
#[derive(Clone, Copy)]
struct Points {
    ips: f64,
    snips: f64,
    dr: f64,
}

/// The summands of a policy, a column each, [3][decisions].
struct Columns {
    weighted: Vec<f64>,
    weights: Vec<f64>,
    robust: Vec<f64>,
}

impl Columns {
    fn of(terms: &[Term], clip: f64) -> Self {
        let weight = |term: &Term| term.weight.min(clip);
        Self {
            weighted: terms.iter().map(|term| weight(term) * term.reward).collect(),
            weights: terms.iter().map(weight).collect(),
            robust: terms
                .iter()
                .map(|term| term.expected + weight(term) * (term.reward - term.expected_shown))
                .collect(),
        }
    }

    /// The estimates when decision i counts `counts[i]` times, `n` in all.
    fn points(&self, counts: &[f64], n: f64) -> Points {
        let (weighted, weights) = (
            quick_dot(&self.weighted, counts),
            quick_dot(&self.weights, counts),
        );
        Points {
            ips: weighted / n,
            snips: if weights > 0.0 { weighted / weights } else { 0.0 },
            dr: quick_dot(&self.robust, counts) / n,
        }
    }
}

impl Bootstrap {
    /// The values of all policies on the same decisions, `[policies][decisions]`.
    pub fn values(&self, policies: &[Vec<Term>], progress: &Progress) -> Result<Vec<Values>, ChoiceError> {
        let columns: Vec<Columns> = policies
            .iter()
            .map(|terms| Columns::of(terms, f64::INFINITY))
            .collect();
        let decisions = policies.first().map_or(0, Vec::len);
        let replicates = self.replicates(&columns, decisions, progress)?;
        let value = |(at, terms): (usize, &Vec<Term>)| {
            let drawn: Vec<Points> = replicates.iter().map(|points| points[at]).collect();
            self.one(terms, &columns[at], &drawn)
        };
        Ok(policies.iter().enumerate().map(value).collect())
    }

    /// All estimates on decisions drawn anew with replacement, `[replicates][policies]`; the same decisions for every policy.
    fn replicates(
        &self,
        columns: &[Columns],
        decisions: usize,
        progress: &Progress,
    ) -> Result<Vec<Vec<Points>>, ChoiceError> {
        const AT_ONCE: usize = 100;
        let mut all = Vec::with_capacity(self.replicates);
        let replicate = |number: usize| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed.wrapping_add(number as u64));
            let mut counts = vec![0.0; decisions];
            (0..decisions).for_each(|_| counts[random.random_range(0..decisions as u32) as usize] += 1.0);
            columns
                .iter()
                .map(|columns| columns.points(&counts, decisions as f64))
                .collect::<Vec<Points>>()
        };
        while all.len() < self.replicates {
            progress.step("bootstrap", all.len() as u64, self.replicates as u64)?;
            let end = (all.len() + AT_ONCE).min(self.replicates);
            all.par_extend((all.len()..end).into_par_iter().map(replicate));
        }
        Ok(all)
    }

    fn one(&self, terms: &[Term], columns: &Columns, drawn: &[Points]) -> Values {
        let (ones, n) = (vec![1.0; terms.len()], terms.len().max(1) as f64);
        let (plain, clipped) = (
            columns.points(&ones, n),
            Columns::of(terms, self.clip).points(&ones, n),
        );
        let estimate = |of: fn(&Points) -> f64| {
            let drawn: Vec<f64> = drawn.iter().map(of).collect();
            Estimate::new(of(&plain), of(&clipped), drawn)
        };
        let sum: f64 = columns.weights.iter().sum();
        let squares: f64 = columns.weights.iter().map(|weight| weight * weight).sum();
        Values {
            ips: estimate(|points| points.ips),
            snips: estimate(|points| points.snips),
            dr: estimate(|points| points.dr),
            effective_sample_size: if squares > 0.0 { sum * sum / squares } else { 0.0 },
            largest_weight: columns.weights.iter().copied().fold(0.0, f64::max),
            clipped_rows: columns
                .weights
                .iter()
                .filter(|weight| **weight > self.clip)
                .count() as f64
                / n,
        }
    }
}

impl Estimate {
    fn new(value: f64, clipped: f64, mut drawn: Vec<f64>) -> Self {
        drawn.sort_by(f64::total_cmp);
        let count = drawn.len().max(1) as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|drawn| (drawn - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        let at = |share: f64| {
            let place = (share * (count - 1.0)).round() as usize;
            drawn.get(place).copied().unwrap_or(value)
        };
        Self {
            value,
            standard_error: variance.sqrt(),
            low: at(0.025),
            high: at(0.975),
            clipped,
            bias: clipped - value,
        }
    }
}

/// The dot product in four lanes, which the compiler can keep side by side.
fn quick_dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_four, b_four) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_four
        .remainder()
        .iter()
        .zip(b_four.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_four.zip(b_four) {
        lanes
            .iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(lane, (a, b))| *lane += a * b);
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(weight: f64, reward: f64, expected: f64, expected_shown: f64) -> Term {
        Term {
            weight,
            reward,
            expected,
            expected_shown,
        }
    }

    fn values(terms: &[Term], clip: f64) -> Values {
        let bootstrap = Bootstrap {
            clip,
            replicates: 1_000,
            seed: 3,
        };
        bootstrap.values(&[terms.to_vec()], &Progress::silent()).unwrap()[0]
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn estimators_equal_what_is_computed_by_hand() {
        let terms = [
            term(2.0, 1.0, 0.6, 0.5),
            term(0.0, 1.0, 0.4, 0.7),
            term(4.0, 0.0, 0.5, 0.25),
            term(1.0, 3.0, 1.0, 2.0),
        ];
        let values = values(&terms, 3.0);
        // (2·1 + 0 + 0 + 3) / 4; (5) / (2 + 0 + 4 + 1)
        assert!(near(values.ips.value, 1.25) && near(values.snips.value, 5.0 / 7.0));
        // (0.6 + 2·0.5) + (0.4 + 0) + (0.5 − 4·0.25) + (1 + 1·1) = 3.5, over 4
        assert!(near(values.dr.value, 0.875), "{}", values.dr.value);
        // The third weight counts 3 instead of 4.
        assert!(near(values.ips.clipped, 1.25) && near(values.snips.clipped, 5.0 / 6.0));
        assert!(near(values.dr.clipped, 0.9375) && near(values.dr.bias, 0.0625));
        // 7² / (4 + 16 + 1)
        assert!(near(values.effective_sample_size, 49.0 / 21.0));
        assert!(near(values.clipped_rows, 0.25) && near(values.largest_weight, 4.0));
    }

    #[test]
    fn intervals_and_errors_are_those_of_a_mean() {
        let terms: Vec<Term> = (0..400)
            .map(|at| term(1.0, f64::from(at % 2), 0.0, 0.0))
            .collect();
        let dr = values(&terms, 20.0).dr;
        assert!((dr.standard_error - 0.025).abs() < 0.002, "{dr:?}");
        assert!(
            (dr.low - 0.451).abs() < 0.008 && (dr.high - 0.549).abs() < 0.008,
            "{dr:?}"
        );
        assert_eq!(dr.bias, 0.0);
    }

    #[test]
    fn a_seed_gives_the_same_intervals_and_a_cancelled_estimate_ends() {
        let terms: Vec<Term> = (0..50).map(|at| term(1.5, f64::from(at % 3), 0.3, 0.2)).collect();
        assert_eq!(values(&terms, 20.0), values(&terms, 20.0));
        let (progress, bootstrap) = (
            Progress::silent(),
            Bootstrap {
                clip: 20.0,
                replicates: 10,
                seed: 0,
            },
        );
        progress.cancel();
        let error = bootstrap.values(&[terms], &progress).unwrap_err();
        assert!(matches!(error, ChoiceError::Cancelled(_)));
    }

    #[test]
    fn a_policy_that_never_does_what_was_logged_has_no_sample() {
        let values = values(&[term(0.0, 1.0, 0.5, 0.5); 10], 20.0);
        assert_eq!(
            (values.effective_sample_size, values.snips.value, values.dr.value),
            (0.0, 0.0, 0.5)
        );
    }
}
