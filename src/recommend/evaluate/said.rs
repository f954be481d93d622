//! What the words of a chat are worth: the same shoppers, asked for what they took next, as if they had said what kind of
//! thing they look for, or what it may cost.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::{numbers, rated};
use crate::dot::dot;
use crate::recommend::hybrid::{Blend, Exam, candidates, candidates_of};
use crate::recommend::items::{ItemFacts, Items};
use crate::recommend::metrics::{K, Ranked, ndcg, recall};
use crate::recommend::trained::Trained;
use crate::recommend::words::{ADVISED, WORDS_WEIGHT, steered};

/// Weights of the words beside the recommender's order.
const WEIGHTS: [f32; 5] = [0.5, 1.0, 1.5, 2.0, 3.0];
/// Budgets are round numbers: the next multiple of this, in the currency of the prices.
const ROUND: f32 = 10.0;

/// The encoder's vectors of what may be said: by the narrowest category of an item, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Sayings {
    pub vectors: HashMap<String, Vec<f32>>,
}

/// How well lists fit when something is said.
#[derive(Debug, Clone, Serialize)]
pub struct SaidLine {
    pub said: &'static str,
    /// Of the words; 0: they are not listened to.
    pub weight: f32,
    pub ndcg_at_10: f64,
    pub recall_at_10: f64,
}

/// What a shopper would say who looks for this item.
pub fn saying(facts: &ItemFacts) -> Option<String> {
    facts.categories.last().map(|category| category.to_lowercase())
}

/// Figures over the exams whose item has a category and a price.
pub(super) fn said(
    sayings: &Sayings,
    trained: &Trained,
    blend: &Blend,
    items: &Items,
    exams: &[Exam],
) -> Vec<SaidLine> {
    let room = Room {
        sayings,
        trained,
        blend,
        items,
    };
    // [exams][variants]: nDCG and recall.
    let figures: Vec<Vec<(f64, f64)>> = exams.par_iter().filter_map(|exam| room.figures(exam)).collect();
    let count = figures.len().max(1) as f64;
    let variants = variants();
    let line = |(at, (said, weight)): (usize, (&'static str, f32))| SaidLine {
        said,
        weight,
        ndcg_at_10: figures.iter().map(|row| row[at].0).sum::<f64>() / count,
        recall_at_10: figures.iter().map(|row| row[at].1).sum::<f64>() / count,
    };
    variants.into_iter().enumerate().map(line).collect()
}

fn variants() -> Vec<(&'static str, f32)> {
    let kind = WEIGHTS.map(|weight| ("a kind of thing", weight));
    [("nothing", 0.0)]
        .into_iter()
        .chain(kind)
        .chain([("a budget", 0.0), ("both", WORDS_WEIGHT)])
        .collect()
}

struct Room<'a> {
    sayings: &'a Sayings,
    trained: &'a Trained,
    blend: &'a Blend,
    items: &'a Items,
}

impl Room<'_> {
    /// In the order of [`variants`].
    fn figures(&self, exam: &Exam) -> Option<Vec<(f64, f64)>> {
        let wanted = *exam.relevant.first()?;
        let facts = self.facts(wanted)?;
        let (words, price) = (self.sayings.vectors.get(&saying(facts)?)?, facts.price?);
        let budget = (price / ROUND).ceil().max(1.0) * ROUND;
        let models = self.blend.serving();
        let list = |candidates| numbers(rated(&candidates, &models, ADVISED));
        let all = list(candidates_of(self.trained, exam));
        let affordable = |item: u32| {
            let costs = self.facts(item).and_then(|facts| facts.price);
            !exam.knows(item) && costs.is_some_and(|costs| costs <= budget)
        };
        let within = list(candidates(self.trained, &exam.shopper(), &affordable));
        let measure = |list: &[u32]| {
            let ranked = Ranked {
                items: &list[..list.len().min(K)],
                relevant: &exam.relevant,
            };
            (ndcg(&ranked), recall(&ranked))
        };
        let heard = |list: &[u32], weight| {
            let near: Vec<f32> = list.iter().map(|item| self.nearness(*item, words)).collect();
            measure(&steered(list.to_vec(), &near, weight))
        };
        let mut figures = vec![measure(&all)];
        figures.extend(WEIGHTS.map(|weight| heard(&all, weight)));
        figures.extend([measure(&within), heard(&within, WORDS_WEIGHT)]);
        Some(figures)
    }

    fn facts(&self, item: u32) -> Option<&ItemFacts> {
        self.items.facts.get(item as usize)
    }

    fn nearness(&self, item: u32, words: &[f32]) -> f32 {
        let mut vectors = self.items.vectors.chunks_exact(self.items.width.max(1));
        vectors
            .nth(item as usize)
            .map_or(0.0, |vector| dot(vector, words))
    }
}
