//! What a search found, counted by category, brand and price.

use super::entries::{Category, Count, counts, tree};
use super::search::ItemHit;

/// Brands that are named, the most frequent first.
const BRANDS: usize = 50;
/// Ranges into which prices are split at most.
const RANGES: usize = 5;

/// Counts over all hits of a search, not over one page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub categories: Vec<Category>,
    pub brands: Vec<Count>,
    pub prices: Vec<PriceRange>,
}

/// A range of prices and how many hits are within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRange {
    /// In minor units, itself included; `None`: from the cheapest on.
    pub from: Option<i64>,
    /// In minor units, itself left out; `None`: without end.
    pub below: Option<i64>,
    pub currency: String,
    pub count: usize,
}

pub(super) fn facets(hits: &[ItemHit], currency: Option<&str>) -> Facets {
    let mut brands = counts(hits.iter().map(|hit| hit.item.brand.as_str()));
    brands.truncate(BRANDS);
    Facets {
        categories: tree(hits.iter().map(|hit| hit.item.category.as_slice()).collect()),
        brands,
        prices: currency.map_or_else(Vec::new, |currency| prices(hits, currency)),
    }
}

/// Ranges that hold about as many hits each, with round numbers between them.
fn prices(hits: &[ItemHit], currency: &str) -> Vec<PriceRange> {
    let costs = hits.iter().filter_map(|hit| hit.item.costs());
    let mut sorted: Vec<i64> = costs
        .filter(|costs| costs.currency == currency)
        .map(|costs| costs.minor)
        .collect();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return Vec::new();
    }
    let mut bounds: Vec<i64> = (1..RANGES)
        .map(|part| round(sorted[sorted.len() * part / RANGES]))
        .collect();
    // A range that would be empty is none.
    let below = |bound: i64| sorted.partition_point(|price| *price < bound);
    let mut passed = 0;
    bounds.retain(|bound| {
        let more = below(*bound) > passed && below(*bound) < sorted.len();
        passed = passed.max(below(*bound));
        more
    });
    let from = std::iter::once(None).chain(bounds.iter().copied().map(Some));
    let to = bounds.iter().copied().map(Some).chain(std::iter::once(None));
    let range = |(from, to): (Option<i64>, Option<i64>)| PriceRange {
        from,
        below: to,
        currency: currency.to_owned(),
        count: to.map_or(sorted.len(), below) - from.map_or(0, below),
    };
    from.zip(to).map(range).collect()
}

/// The nearest number with one digit other than zero.
fn round(price: i64) -> i64 {
    let power = 10_i64.pow(price.max(1).ilog10());
    (price + power / 2) / power * power
}
