//! Measures of rankers: losses, and how well what is relevant is told from what isn't.

use serde::{Deserialize, Serialize};

/// Keeps the logarithm of an impossible event finite.
const LEAST_CHANCE: f64 = 1e-7;

/// Mean of the squared differences; 0 of nothing.
pub fn mean_squared_error(predictions: &[f32], targets: &[f32]) -> f64 {
    mean(predictions, targets, |prediction, target| {
        (prediction - target).powi(2)
    })
}

/// Mean cross-entropy in nats of predicted probabilities and targets of 0 or 1; 0 of nothing.
pub fn mean_cross_entropy(predictions: &[f32], targets: &[f32]) -> f64 {
    mean(predictions, targets, |prediction, target| {
        let chance = prediction.clamp(LEAST_CHANCE, 1.0 - LEAST_CHANCE);
        -(target * chance.ln() + (1.0 - target) * (1.0 - chance).ln())
    })
}

fn mean(predictions: &[f32], targets: &[f32], of: impl Fn(f64, f64) -> f64) -> f64 {
    let pairs = predictions.iter().zip(targets);
    let sum: f64 = pairs.map(|(p, t)| of(f64::from(*p), f64::from(*t))).sum();
    sum / predictions.len().max(1) as f64
}

/// From which target on an item is relevant for the shopper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relevance {
    AtLeast(f32),
    Above(f32),
}

impl Relevance {
    /// From 0.5 on or, where targets leave 0..1, above their median.
    pub fn of(targets: &[f32]) -> Self {
        if targets.iter().all(|target| (0.0..=1.0).contains(target)) {
            return Self::AtLeast(0.5);
        }
        let mut sorted = targets.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        Self::Above(sorted[sorted.len() / 2])
    }

    pub fn holds(self, value: f32) -> bool {
        match self {
            Self::AtLeast(threshold) => value >= threshold,
            Self::Above(threshold) => value > threshold,
        }
    }
}

impl std::fmt::Display for Relevance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(threshold) => write!(f, "at least {threshold}"),
            Self::Above(threshold) => write!(f, "above {threshold}, the training's median"),
        }
    }
}

/// How well a ranker does on rows it wasn't trained on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    pub mse: f64,
    pub rmse: f64,
    /// Relevant among what was called relevant; 0 where nothing was.
    pub precision: f64,
    /// Called relevant among what is; 0 where nothing is.
    pub recall: f64,
    pub f1: f64,
    /// None where all or none of the rows are relevant.
    pub auc: Option<f64>,
}

impl Scores {
    pub fn of(predictions: &[f32], targets: &[f32], relevance: Relevance) -> Self {
        let called = |at: usize| relevance.holds(predictions[at]);
        let relevant: Vec<bool> = targets.iter().map(|target| relevance.holds(*target)).collect();
        let count = |test: &dyn Fn(usize) -> bool| (0..relevant.len()).filter(|at| test(*at)).count() as f64;
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let hits = count(&|at| called(at) && relevant[at]);
        let (all_called, all_relevant) = (count(&called), count(&|at| relevant[at]));
        let mse = mean_squared_error(predictions, targets);
        Self {
            mse,
            rmse: mse.sqrt(),
            precision: ratio(hits, all_called),
            recall: ratio(hits, all_relevant),
            f1: ratio(2.0 * hits, all_called + all_relevant),
            auc: area_under_curve(predictions, &relevant),
        }
    }
}

/// The probability that a relevant row has a higher prediction than another, ties counting half (Hanley and McNeil 1982).
/// None where all or none are relevant.
pub fn area_under_curve(predictions: &[f32], relevant: &[bool]) -> Option<f64> {
    let mut order: Vec<usize> = (0..predictions.len().min(relevant.len())).collect();
    order.sort_unstable_by(|a, b| predictions[*a].total_cmp(&predictions[*b]));
    let (mut rank_sum, mut below) = (0.0, 0.0);
    for ties in order.chunk_by(|a, b| predictions[*a] == predictions[*b]) {
        let hits = ties.iter().filter(|at| relevant[**at]).count() as f64;
        let count = ties.len() as f64;
        rank_sum += hits * (below + (count + 1.0) / 2.0);
        below += count;
    }
    let hits = order.iter().filter(|at| relevant[**at]).count() as f64;
    let pairs = hits * (below - hits);
    (pairs > 0.0).then(|| (rank_sum - hits * (hits + 1.0) / 2.0) / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_with_ties_and_without_pairs() {
        let relevant = [false, true, false, true];
        assert_eq!(area_under_curve(&[0.1, 0.9, 0.2, 0.8], &relevant), Some(1.0));
        assert_eq!(area_under_curve(&[0.5; 4], &relevant), Some(0.5));
        assert_eq!(area_under_curve(&[0.1, 0.2, 0.2, 0.3], &relevant), Some(0.875));
        assert_eq!(area_under_curve(&[0.1, 0.2], &[true, true]), None);
    }

    #[test]
    fn scores_of_a_small_table() {
        let scores = Scores::of(
            &[0.6, 0.7, 0.2, 0.1],
            &[1.0, 0.0, 1.0, 0.0],
            Relevance::AtLeast(0.5),
        );
        assert_eq!((scores.precision, scores.recall, scores.f1), (0.5, 0.5, 0.5));
        assert!((scores.mse - (0.16 + 0.49 + 0.64 + 0.01) / 4.0).abs() < 1e-6);
        let nothing = Scores::of(&[0.1], &[0.0], Relevance::AtLeast(0.5));
        assert_eq!(
            (nothing.precision, nothing.recall, nothing.f1, nothing.auc),
            (0.0, 0.0, 0.0, None)
        );
    }

    #[test]
    fn cross_entropy_of_a_coin_is_ln_2_and_of_a_wrong_certainty_finite() {
        assert!((mean_cross_entropy(&[0.5, 0.5], &[0.0, 1.0]) - 2f64.ln()).abs() < 1e-9);
        assert!((15.0..17.0).contains(&mean_cross_entropy(&[1.0], &[0.0])));
    }

    #[test]
    fn relevance_is_from_a_half_on_or_above_the_median() {
        assert_eq!(Relevance::of(&[0.0, 0.2, 1.0]), Relevance::AtLeast(0.5));
        let stars = Relevance::of(&[5.0, 1.0, 3.0, 4.0, 2.0]);
        assert_eq!(stars, Relevance::Above(3.0));
        assert!(!stars.holds(3.0) && stars.holds(3.5));
    }
}
