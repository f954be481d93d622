//! Word2Vec: skip-gram with negative sampling (Mikolov, Sutskever, Chen, Corrado, Dean 2013), trained on sessions as
//! sentences of items and on each item's words as a sentence with the item in it. Items and words share one space, so an
//! item that nobody touched yet lies where its words lie.

use std::collections::HashMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::nearest::by_vectors;
use super::neighbour_lists::NeighbourLists;
use crate::dot::dot;
use crate::progress::{Cancelled, Progress};
use crate::recommend::interactions::Interactions;
use crate::recommend::items::ItemFacts;

/// How vectors are trained.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Word2VecSettings {
    pub width: usize,
    /// Places to each side that count as context.
    pub window: usize,
    pub negatives: usize,
    pub epochs: usize,
    /// Learning rate at the start; it falls to nearly 0 in a straight line.
    pub rate: f32,
    pub seed: u64,
}

impl Default for Word2VecSettings {
    fn default() -> Self {
        Self {
            width: 64,
            window: 5,
            negatives: 5,
            epochs: 5,
            rate: 0.05,
            seed: 1,
        }
    }
}

/// Longer sentences are cut; a shopper's thousandth item is no context of the first.
const SENTENCE: usize = 200;

/// Lists of the nearest items by cosine of their vectors.
pub fn train(
    data: &Interactions,
    items: &[ItemFacts],
    settings: &Word2VecSettings,
    neighbours: usize,
    progress: &Progress,
) -> Result<NeighbourLists, Cancelled> {
    let (texts, tokens) = texts(items, data.items.len() as u32);
    let sessions = data.sessions.iter().map(|session| &session.items[..]);
    let sentences: Vec<&[u32]> = sessions
        .chain(texts.iter().map(|text| &text[..]))
        .map(|sentence| &sentence[..sentence.len().min(SENTENCE)])
        .filter(|sentence| sentence.len() > 1)
        .collect();
    let mut vectors = Training::new(&sentences, tokens, settings).run(&sentences, progress)?;
    vectors.truncate(data.items.len() * settings.width);
    for vector in vectors.chunks_exact_mut(settings.width) {
        let length = dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
        vector.iter_mut().for_each(|value| *value /= length);
    }
    Ok(by_vectors("word2vec", &vectors, settings.width, neighbours))
}

/// Each item with its words, and how many tokens there are: `items` items first, then words that occur at least twice.
fn texts(facts: &[ItemFacts], items: u32) -> (Vec<Vec<u32>>, usize) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for term in facts.iter().flat_map(ItemFacts::terms) {
        *counts.entry(term).or_default() += 1;
    }
    // The words are read twice rather than kept: of a large catalogue they are hundreds of megabytes.
    let mut words: HashMap<String, u32> = HashMap::new();
    let texts = (0u32..).zip(facts).map(|(item, facts)| {
        let terms = facts.terms().into_iter().filter(|term| counts[term] > 1);
        let numbers = terms.map(|term| {
            let next = items + words.len() as u32;
            *words.entry(term).or_insert(next)
        });
        std::iter::once(item).chain(numbers).collect()
    });
    let texts = texts.collect();
    (texts, items as usize + words.len())
}

struct Training<'a> {
    settings: &'a Word2VecSettings,
    /// [tokens × width].
    vectors: Vec<f32>,
    contexts: Vec<f32>,
    /// Tokens, each as often as its count to the power 0.75 says: negatives are drawn from it.
    table: Vec<u32>,
    random: SmallRng,
}

const TABLE: usize = 1 << 20;
/// Pairs that are learned at most, all epochs together: of a large shop's a part, drawn by chance, says enough.
const PAIRS: usize = 4_000_000;

impl<'a> Training<'a> {
    fn new(sentences: &[&[u32]], tokens: usize, settings: &'a Word2VecSettings) -> Self {
        let mut random = SmallRng::seed_from_u64(settings.seed);
        let mut counts = vec![0.0f64; tokens];
        sentences
            .iter()
            .copied()
            .flatten()
            .for_each(|token| counts[*token as usize] += 1.0);
        let total: f64 = counts.iter().map(|count| count.powf(0.75)).sum();
        let mut table = Vec::with_capacity(TABLE);
        let mut reached = 0.0;
        for (token, count) in counts.iter().enumerate() {
            reached += count.powf(0.75) / total;
            while (table.len() as f64) < reached * TABLE as f64 {
                table.push(token as u32);
            }
        }
        let half = 0.5 / settings.width as f32;
        let vectors = (0..tokens * settings.width)
            .map(|_| random.random_range(-half..half))
            .collect();
        Self {
            settings,
            vectors,
            contexts: vec![0.0; tokens * settings.width],
            table,
            random,
        }
    }

    fn run(mut self, sentences: &[&[u32]], progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let pairs = pairs(sentences, self.settings.window).max(1);
        let epochs = (PAIRS / pairs).clamp(1, self.settings.epochs);
        let share = PAIRS as f32 / pairs as f32;
        let total = sentences.len() * epochs;
        for (done, sentence) in (0..epochs).flat_map(|_| sentences).enumerate() {
            if done % 1_000 == 0 {
                progress.step("word vectors", done as u64, total as u64)?;
            }
            let rate = self.settings.rate * (1.0 - done as f32 / total as f32).max(1e-3);
            for place in 0..sentence.len() {
                let window = self.random.random_range(1..=self.settings.window);
                let from = place.saturating_sub(window);
                let to = (place + window + 1).min(sentence.len());
                for near in (from..to).filter(|near| *near != place) {
                    if share < 1.0 && self.random.random::<f32>() > share {
                        continue;
                    }
                    self.pair(sentence[place], sentence[near], rate);
                }
            }
        }
        progress.step("word vectors", total as u64, total as u64)?;
        Ok(self.vectors)
    }

    /// Draws a token's vector to the context it was seen in and away from drawn ones.
    fn pair(&mut self, token: u32, context: u32, rate: f32) {
        let width = self.settings.width;
        let own = token as usize * width;
        let mut change = [0.0f32; 256];
        let change = &mut change[..width.min(256)];
        for draw in 0..=self.settings.negatives {
            let (target, label) = if draw == 0 {
                (context, 1.0)
            } else {
                let drawn = self.table[self.random.random_range(0..self.table.len())];
                if drawn == context {
                    continue;
                }
                (drawn, 0.0)
            };
            let at = target as usize * width;
            let vector = &self.vectors[own..own + width];
            let other = &mut self.contexts[at..at + width];
            let chance = 1.0 / (1.0 + (-dot(vector, other)).exp());
            let step = rate * (label - chance);
            change
                .iter_mut()
                .zip(other.iter())
                .for_each(|(sum, value)| *sum += step * value);
            other
                .iter_mut()
                .zip(vector)
                .for_each(|(value, own)| *value += step * own);
        }
        let vector = &mut self.vectors[own..own + width];
        vector
            .iter_mut()
            .zip(change.iter())
            .for_each(|(value, change)| *value += change);
    }
}

/// Pairs of an epoch, about: a window reaches half of its places on the average, to both sides.
fn pairs(sentences: &[&[u32]], window: usize) -> usize {
    let near = |sentence: &&[u32]| sentence.len() * (sentence.len() - 1).min(window + 1);
    sentences.iter().map(near).sum()
}
