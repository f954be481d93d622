//! Temperature and thresholds from training data alone: from predictions for phrases that were held out, for phrases
//! of intents that were held out (questions the shop might get and has no intent for), and for off-topic sentences.

use super::CHINESE;
use super::coverage::{CoveragePoint, curve};
use super::metrics::{auroc, quantile};
use super::model::{Calibration, ModelMetrics, Opinion, tempered};

/// Off-topic sentences for data that brings none.
const OFF_TOPIC: &str = include_str!("off_topic_en.txt");
const OFF_TOPIC_CHINESE: &str = include_str!("off_topic_zh.txt");

/// Share of messages that are out of scope, assumed when the thresholds are chosen; three live shops had 42 % (HINT3).
const OUT_OF_SCOPE_SHARE: f64 = 0.4;
/// Share of off-topic sentences that may still be asked about.
const ASKED_OFF_TOPIC: f64 = 0.10;

/// A threshold shall be good from so many times as low to so many times as high. Scores are products: what live messages
/// have otherwise than held-out phrases multiplies them.
const NEAR: f32 = 1.5;

/// Sentences that no shop's intents cover.
pub(crate) fn off_topic(language: &str) -> impl Iterator<Item = &'static str> {
    let sentences = match language {
        CHINESE => OFF_TOPIC_CHINESE,
        _ => OFF_TOPIC,
    };
    sentences.lines().filter(|line| !line.is_empty())
}

/// A held-out phrase: what was said of it, and its true class.
pub(super) struct HeldOut {
    pub opinion: Opinion,
    pub label: usize,
}

/// What the thresholds are chosen from.
#[derive(Default)]
pub(super) struct Evidence {
    pub held_out: Vec<HeldOut>,
    /// What models without their intent said of phrases.
    pub strangers: Vec<Opinion>,
    /// What the model said of off-topic sentences.
    pub off_topic: Vec<Opinion>,
}

/// The calibration, and what the evidence says of the model.
pub(super) fn calibrate(evidence: &Evidence) -> (Calibration, ModelMetrics) {
    let score = Opinion::scope;
    let known: Vec<(f32, bool)> = evidence
        .held_out
        .iter()
        .map(|held| (score(&held.opinion), held.opinion.best() == held.label))
        .collect();
    let strangers: Vec<f32> = evidence.strangers.iter().map(score).collect();
    let mut off_topic: Vec<f32> = evidence.off_topic.iter().map(score).collect();
    off_topic.sort_by(f32::total_cmp);
    let curve = curve(&known, &[&strangers, &off_topic], OUT_OF_SCOPE_SHARE);
    let act = best_threshold(&curve, known.len());
    let ask = quantile(&off_topic, 1.0 - ASKED_OFF_TOPIC).min(act);
    let positives: Vec<f32> = known.iter().map(|(score, _)| *score).collect();
    let metrics = ModelMetrics {
        accuracy: known.iter().filter(|(_, right)| *right).count() as f64 / known.len().max(1) as f64,
        scope_auroc: auroc(&positives, &[strangers, off_topic].concat()).unwrap_or(1.0),
        coverage: curve,
        ..ModelMetrics::default()
    };
    let temperature = best_temperature(&evidence.held_out);
    (
        Calibration {
            temperature,
            act,
            ask,
        },
        metrics,
    )
}

/// The temperature with the least cross-entropy on held-out phrases (Guo et al. 2017).
pub(super) fn best_temperature(held_out: &[HeldOut]) -> f32 {
    let candidates = (4..=48).map(|step| step as f32 / 8.0);
    candidates
        .min_by(|a, b| cross_entropy(held_out, *a).total_cmp(&cross_entropy(held_out, *b)))
        .unwrap_or(1.0)
}

/// The mean cross-entropy of held-out phrases at a temperature.
pub(super) fn cross_entropy(held_out: &[HeldOut], temperature: f32) -> f64 {
    let loss = |held: &HeldOut| {
        let probability = tempered(&held.opinion.logits, temperature)[held.label];
        -f64::from(probability.max(1e-9).ln())
    };
    held_out.iter().map(loss).sum::<f64>() / held_out.len().max(1) as f64
}

/// The threshold around which the expected accuracy is best: messages in scope answered and right, those out of scope
/// refused. Of a few hundred phrases the curve is flat over a wide stretch, and which of its points is highest is luck; the
/// middle of the stretch stays good when live messages score a little higher or lower ([`NEAR`]).
fn best_threshold(curve: &[CoveragePoint], known: usize) -> f32 {
    let value = |point: &CoveragePoint| {
        let strange = OUT_OF_SCOPE_SHARE * (1.0 - point.refused);
        let known = if known == 0 { 0.0 } else { 1.0 - OUT_OF_SCOPE_SHARE };
        let right = point.precision * (known * point.coverage + strange);
        right + OUT_OF_SCOPE_SHARE * point.refused
    };
    let around = |point: &CoveragePoint| {
        let near = curve.iter().filter(|other| {
            let (low, high) = (point.threshold / NEAR, point.threshold * NEAR);
            (low..=high).contains(&other.threshold)
        });
        // Evenly along the logarithm, on which the points stand closer the higher they are.
        let weighed = near.map(|other| {
            let weight = 1.0 / f64::from(other.threshold.max(f32::EPSILON));
            (weight, weight * value(other))
        });
        let (weights, sum) = weighed.fold((0.0, 0.0), |(weights, sum), (weight, value)| {
            (weights + weight, sum + value)
        });
        sum / weights
    };
    let best = curve.iter().max_by(|a, b| around(a).total_cmp(&around(b)));
    best.map_or(0.5, |point| point.threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_that_is_good_around_it_wins_over_a_lucky_one() {
        let point = |at: usize, coverage: f64| CoveragePoint {
            threshold: at as f32 / 100.0,
            precision: 1.0,
            coverage,
            refused: 1.0,
        };
        // Good from 30 to 60, and better still at 10 alone.
        let coverage = |at: usize| match at {
            10 => 1.0,
            30..=60 => 0.9,
            _ => 0.2,
        };
        let curve: Vec<CoveragePoint> = (0..101).map(|at| point(at, coverage(at))).collect();
        let threshold = best_threshold(&curve, 100);
        assert!((0.38..0.50).contains(&threshold), "{threshold}");
    }
}
