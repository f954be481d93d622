//! How near an article must be before the bot quotes it. Fused scores only compare articles with each other; whether the
//! best one answers at all is told by its plain cosine, calibrated on the shop's own questions.

use std::sync::Arc;

use serde::Serialize;

use super::entries::{Entry, Source};
use super::search::cosine;
use crate::nlu::Vector;
use crate::nlu::metrics::quantile;

/// Cosines from which the bot answers, and from which it asks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gate {
    pub answer: f32,
    pub ask: f32,
}

/// Bounds of the gate: a handful of odd questions must not open it to everything or shut it.
const ANSWER: (f32, f32) = (0.52, 0.68);
const ASK: (f32, f32) = (0.38, 0.50);

impl Default for Gate {
    fn default() -> Self {
        Self {
            answer: 0.58,
            ask: 0.42,
        }
    }
}

/// Leaves out each of the shop's questions in turn and asks it: where the right article still comes first, its cosine is
/// one that deserves an answer; cosines of off-topic sentences are ones that don't.
pub(super) fn calibrate(entries: &[Arc<Entry>], off_topic: &[Vector]) -> Gate {
    let mut right: Vec<f32> = Vec::new();
    for entry in entries {
        let questions = entry
            .vectors
            .iter()
            .filter(|(source, _)| matches!(source, Source::Question(_)));
        right.extend(questions.filter_map(|(source, vector)| left_out(entries, entry, *source, vector)));
    }
    let mut strange: Vec<f32> = off_topic.iter().map(|vector| best(entries, vector)).collect();
    if right.is_empty() || strange.is_empty() {
        return Gate::default();
    }
    right.sort_by(f32::total_cmp);
    strange.sort_by(f32::total_cmp);
    let kept = |threshold: f32| {
        1.0 - right.partition_point(|cosine| *cosine < threshold) as f32 / right.len() as f32
    };
    let refused =
        |threshold: f32| strange.partition_point(|cosine| *cosine < threshold) as f32 / strange.len() as f32;
    let candidates = (30..=80).map(|step| step as f32 / 100.0);
    let answer = candidates
        .max_by(|a, b| (kept(*a) + refused(*a)).total_cmp(&(kept(*b) + refused(*b))))
        .unwrap_or(0.58);
    let answer = answer.clamp(ANSWER.0, ANSWER.1);
    Gate {
        answer,
        ask: (answer - 0.12).clamp(ASK.0, ASK.1),
    }
}

/// Share of off-topic sentences that are told from a question for articles in another language by their cosine, where it
/// is answered and where it is asked about. Translations are less near than texts of one language: over the demo shop's
/// Chinese questions and its English articles, nine of ten strangers stay below 0.41, and of the questions from there on
/// 0.82 find the right article.
const STRANGERS: (f64, f64) = (0.90, 0.80);
const ABROAD: (f32, f32) = (0.36, 0.68);
const ASK_ABROAD: (f32, f32) = (0.30, 0.50);

/// The gate for articles in another language: no question of theirs is left out here to learn from, but what is off topic
/// tells how near strangers come.
pub(super) fn of_strangers(entries: &[Arc<Entry>], off_topic: &[Vector]) -> Gate {
    let mut strange: Vec<f32> = off_topic.iter().map(|vector| best(entries, vector)).collect();
    if strange.is_empty() {
        return Gate::default();
    }
    strange.sort_by(f32::total_cmp);
    Gate {
        answer: quantile(&strange, STRANGERS.0).clamp(ABROAD.0, ABROAD.1),
        ask: quantile(&strange, STRANGERS.1).clamp(ASK_ABROAD.0, ASK_ABROAD.1),
    }
}

/// The right article's cosine when the question itself is left out, if it still comes first.
fn left_out(entries: &[Arc<Entry>], own: &Arc<Entry>, left: Source, vector: &Vector) -> Option<f32> {
    let others = own.vectors.iter().filter(|(source, _)| *source != left);
    let own_best = others
        .map(|(_, known)| cosine(known, vector))
        .fold(f32::MIN, f32::max);
    let rivals = entries.iter().filter(|entry| !Arc::ptr_eq(entry, own));
    let rival_best = rivals
        .flat_map(|entry| &entry.vectors)
        .map(|(_, known)| cosine(known, vector))
        .fold(f32::MIN, f32::max);
    (own_best > rival_best).then_some(own_best)
}

fn best(entries: &[Arc<Entry>], vector: &Vector) -> f32 {
    entries
        .iter()
        .flat_map(|entry| &entry.vectors)
        .map(|(_, known)| cosine(known, vector))
        .fold(0.0, f32::max)
}
