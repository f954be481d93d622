//! User-based collaborative filtering: who is like this shopper, and what did they want?
//!
//! Herlocker, Konstan, Borchers, Riedl 1999. Neighbours are found among those who share an item with the shopper, so a
//! shopper's newest event counts at once and nothing is trained but the lengths of rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::recommend::interactions::Interactions;
use crate::recommend::source::{Scores, Shopper, Source, Top, best};

/// How two shoppers' rows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Likeness {
    /// Of the rows of strengths.
    Cosine,
    /// Of the strengths of common items, less each shopper's mean.
    Pearson,
}

/// Nearest shoppers.
#[derive(Debug, Clone)]
pub struct UserKnn {
    likeness: Likeness,
    neighbours: usize,
    /// Length of each shopper's row, centred for Pearson; 0 takes a shopper out.
    norms: Vec<f32>,
    means: Vec<f32>,
    data: Arc<Interactions>,
}

/// Longer histories are heard by their strongest items: the time of an answer is bounded.
const HISTORY: usize = 500;
/// Of an item that more shoppers know than this, this many speak, evenly spread.
const SHOPPERS_OF_ITEM: usize = 4_000;

impl UserKnn {
    pub fn train(data: Arc<Interactions>, likeness: Likeness, neighbours: usize) -> Self {
        let shoppers = 0..data.shoppers.len() as u32;
        let means: Vec<f32> = shoppers
            .clone()
            .map(|shopper| match likeness {
                Likeness::Cosine => 0.0,
                Likeness::Pearson => mean(data.by_shopper.values(shopper)),
            })
            .collect();
        let norms = shoppers
            .map(|shopper| norm(data.by_shopper.values(shopper), means[shopper as usize]))
            .collect();
        Self {
            likeness,
            neighbours,
            norms,
            means,
            data,
        }
    }

    /// The nearest shoppers with their likeness, nearest first.
    pub fn neighbours(&self, shopper: &Shopper<'_>) -> Vec<(u32, f32)> {
        let mut history = shopper.history.to_vec();
        best(&mut history, HISTORY);
        let strengths: Vec<f32> = history.iter().map(|(_, strength)| *strength).collect();
        let own_mean = match self.likeness {
            Likeness::Cosine => 0.0,
            Likeness::Pearson => mean(&strengths),
        };
        let own_norm = norm(&strengths, own_mean);
        thread_local! {
            static SUMS: std::cell::RefCell<Scores> = std::cell::RefCell::default();
        }
        SUMS.with_borrow_mut(|sums| {
            sums.reset(self.norms.len());
            self.compare(&history, own_mean, sums);
            let mut near = Top::new(self.neighbours);
            let scored = sums.take();
            for (other, sum) in scored.iter().copied().filter(|(_, sum)| *sum > 0.0) {
                let likeness = sum / (own_norm * self.norms[other as usize]);
                if Some(other) != shopper.number && likeness.is_finite() {
                    near.offer(other, likeness);
                }
            }
            sums.give_back(scored);
            near.best_first()
        })
    }

    /// Adds up, for every shopper who shares an item, the products of strengths.
    fn compare(&self, history: &[(u32, f32)], own_mean: f32, sums: &mut Scores) {
        for (item, strength) in history {
            let (others, values) = (self.data.by_item.columns(*item), self.data.by_item.values(*item));
            for place in (0..others.len()).step_by(others.len().div_ceil(SHOPPERS_OF_ITEM).max(1)) {
                let (other, value) = (others[place], values[place]);
                sums.add(
                    other,
                    (strength - own_mean) * (value - self.means[other as usize]),
                );
            }
        }
    }
}

impl Source for UserKnn {
    fn name(&self) -> &'static str {
        match self.likeness {
            Likeness::Cosine => "user_knn_cosine",
            Likeness::Pearson => "user_knn_pearson",
        }
    }

    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores) {
        for (other, likeness) in self.neighbours(shopper) {
            for (item, strength) in self.data.by_shopper.row(other) {
                scores.add(item, likeness * strength);
            }
        }
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn norm(values: &[f32], mean: f32) -> f32 {
    values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        .sqrt()
}
