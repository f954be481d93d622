//! Temperature and thresholds from training data alone: from predictions for phrases that were held out, for phrases
//! of intents that were held out (questions the shop might get and has no intent for), and for off-topic sentences.

use super::metrics::{auroc, quantile};
use super::model::{Calibration, Opinion, tempered};

/// Off-topic sentences for data that brings none.
const OFF_TOPIC: &str = include_str!("off_topic_en.txt");

/// Share of messages that are out of scope, assumed when the thresholds are chosen; three live shops had 42 % (HINT3).
const OUT_OF_SCOPE_SHARE: f64 = 0.4;
/// Share of off-topic sentences that may still be asked about.
const ASKED_OFF_TOPIC: f64 = 0.10;

/// Sentences that no shop's intents cover.
pub(crate) fn off_topic() -> impl Iterator<Item = &'static str> {
    OFF_TOPIC.lines().filter(|line| !line.is_empty())
}

/// A held-out phrase: what was said of it, and its true class.
pub(super) struct HeldOut {
    pub opinion: Opinion,
    pub label: usize,
}

impl HeldOut {
    /// The class that was thought most likely.
    pub(super) fn best(&self) -> usize {
        let logits = self.opinion.logits.iter().enumerate();
        logits
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(class, _)| class)
    }
}

/// What the thresholds are chosen from.
pub(super) struct Evidence {
    pub held_out: Vec<HeldOut>,
    /// What models without their intent said of phrases.
    pub strangers: Vec<Opinion>,
    /// What the model said of off-topic sentences.
    pub off_topic: Vec<Opinion>,
}

/// The calibration, the held-out accuracy and the scope score's AUROC.
pub(super) fn calibrate(evidence: &Evidence) -> (Calibration, f64, f64) {
    let temperature = best_temperature(&evidence.held_out);
    let score = Opinion::scope;
    let known: Vec<(f32, bool)> = evidence
        .held_out
        .iter()
        .map(|held| (score(&held.opinion), held.best() == held.label))
        .collect();
    let strangers: Vec<f32> = evidence.strangers.iter().map(score).collect();
    let mut off_topic: Vec<f32> = evidence.off_topic.iter().map(score).collect();
    let act = best_threshold(&known, &[&strangers, &off_topic]);
    off_topic.sort_by(f32::total_cmp);
    let ask = quantile(&off_topic, 1.0 - ASKED_OFF_TOPIC).min(act);
    let accuracy = known.iter().filter(|(_, right)| *right).count() as f64 / known.len().max(1) as f64;
    let positives: Vec<f32> = known.iter().map(|(score, _)| *score).collect();
    let area = auroc(&positives, &[strangers, off_topic].concat()).unwrap_or(1.0);
    (
        Calibration {
            temperature,
            act,
            ask,
        },
        accuracy,
        area,
    )
}

/// The temperature with the least cross-entropy on held-out phrases (Guo et al. 2017).
fn best_temperature(held_out: &[HeldOut]) -> f32 {
    let entropy = |temperature: f32| -> f64 {
        let loss = |held: &HeldOut| {
            -f64::from(
                tempered(&held.opinion.logits, temperature)[held.label]
                    .max(1e-9)
                    .ln(),
            )
        };
        held_out.iter().map(loss).sum()
    };
    let candidates = (4..=48).map(|step| step as f32 / 8.0);
    candidates
        .min_by(|a, b| entropy(*a).total_cmp(&entropy(*b)))
        .unwrap_or(1.0)
}

/// The threshold with the best expected accuracy: known phrases answered and right, strangers refused, each kind of
/// stranger counting alike.
fn best_threshold(known: &[(f32, bool)], strangers: &[&[f32]]) -> f32 {
    let strangers: Vec<&[f32]> = strangers
        .iter()
        .copied()
        .filter(|scores| !scores.is_empty())
        .collect();
    let value = |threshold: f32| {
        let right = known
            .iter()
            .filter(|(score, right)| *right && *score >= threshold)
            .count() as f64;
        let answered = right / known.len().max(1) as f64;
        let refusal = |scores: &[f32]| {
            scores.iter().filter(|score| **score < threshold).count() as f64 / scores.len() as f64
        };
        let refused =
            strangers.iter().map(|scores| refusal(scores)).sum::<f64>() / strangers.len().max(1) as f64;
        (1.0 - OUT_OF_SCOPE_SHARE) * answered + OUT_OF_SCOPE_SHARE * refused
    };
    let candidates = (0..=100).map(|step| step as f32 / 100.0);
    candidates
        .max_by(|a, b| value(*a).total_cmp(&value(*b)))
        .unwrap_or(0.5)
}
