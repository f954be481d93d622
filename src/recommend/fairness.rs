//! Who is shown, and whom it serves: coverage, inequality, the long tail, brands, and accuracy by activity.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::after::long_tail;
use super::items::ItemFacts;
use super::metrics::gini;

/// How a set of lists spreads attention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exposure {
    /// Share of the items that were shown at least once.
    pub coverage: f64,
    /// Inequality of items' showings over the whole catalogue: 0 equal, 1 one item has all.
    pub gini: f64,
    /// Share of the places that the long tail had.
    pub long_tail_share: f64,
    pub ndcg_at_10: f64,
    /// The brands shown most, with their share of the places and of the catalogue.
    pub brands: Vec<BrandExposure>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrandExposure {
    pub brand: String,
    pub share_of_places: f64,
    pub share_of_items: f64,
}

/// Accuracy for shoppers of about the same number of events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActivityGroup {
    /// The fewest and the most events of the group's shoppers.
    pub events: (usize, usize),
    pub shoppers: usize,
    pub ndcg_at_10: f64,
}

const BRANDS: usize = 10;

/// Measures `lists`; `ndcg`: their mean.
pub fn exposure(lists: &[Vec<u32>], facts: &[ItemFacts], popularity: &[f32], ndcg: f64) -> Exposure {
    let tail = long_tail(popularity);
    let mut shown = vec![0.0; popularity.len()];
    lists
        .iter()
        .flatten()
        .for_each(|item| shown[*item as usize] += 1.0);
    let places: f64 = shown.iter().sum::<f64>().max(1.0);
    let in_tail: f64 = shown
        .iter()
        .zip(&tail)
        .filter(|(_, tail)| **tail)
        .map(|(count, _)| count)
        .sum();
    Exposure {
        coverage: lists.iter().flatten().collect::<HashSet<_>>().len() as f64
            / popularity.len().max(1) as f64,
        gini: gini(&shown),
        long_tail_share: in_tail / places,
        ndcg_at_10: ndcg,
        brands: brands(&shown, facts, places),
    }
}

fn brands(shown: &[f64], facts: &[ItemFacts], places: f64) -> Vec<BrandExposure> {
    let mut sums: HashMap<&str, (f64, f64)> = HashMap::new();
    for (count, facts) in shown
        .iter()
        .zip(facts)
        .filter(|(_, facts)| !facts.brand.is_empty())
    {
        let sum = sums.entry(&facts.brand).or_default();
        *sum = (sum.0 + count, sum.1 + 1.0);
    }
    let mut brands: Vec<BrandExposure> = sums
        .into_iter()
        .map(|(brand, (count, items))| BrandExposure {
            brand: brand.to_owned(),
            share_of_places: count / places,
            share_of_items: items / facts.len() as f64,
        })
        .collect();
    brands.sort_by(|a, b| {
        b.share_of_places
            .total_cmp(&a.share_of_places)
            .then(a.brand.cmp(&b.brand))
    });
    brands.truncate(BRANDS);
    brands
}

/// Quarters of the shoppers by their number of events. `results`: events and nDCG of each shopper.
pub fn by_activity(results: &[(usize, f64)]) -> Vec<ActivityGroup> {
    let mut sorted = results.to_vec();
    sorted.sort_by_key(|(events, _)| *events);
    sorted
        .chunks(sorted.len().div_ceil(4).max(1))
        .map(|group| ActivityGroup {
            events: (group[0].0, group[group.len() - 1].0),
            shoppers: group.len(),
            ndcg_at_10: group.iter().map(|(_, ndcg)| ndcg).sum::<f64>() / group.len() as f64,
        })
        .collect()
}
