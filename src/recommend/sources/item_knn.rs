//! Item-based collaborative filtering: items that the same shoppers want.
//!
//! Sarwar, Karypis, Konstan, Riedl 2001; weights after the library `implicit`.

use serde::{Deserialize, Serialize};

use super::neighbour_lists::NeighbourLists;
use crate::recommend::interactions::{Interactions, Sparse};

/// How strengths are weighted before items are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Weighting {
    /// Rows of unit length.
    Cosine,
    /// Root of the strength times how rare the shopper's attention is, rows of unit length.
    TfIdf,
    /// Okapi BM25 with a shopper as the document and their items as words.
    Bm25 { k1: f32, b: f32 },
}

/// Shoppers with more items than this say little about each pair of them and cost the square.
const ITEMS_OF_SHOPPER: usize = 1_000;

/// The lists of the nearest items of each item.
pub fn train(data: &Interactions, weighting: Weighting, neighbours: usize) -> NeighbourLists {
    let name = match weighting {
        Weighting::Cosine => "item_knn_cosine",
        Weighting::TfIdf => "item_knn_tfidf",
        Weighting::Bm25 { .. } => "item_knn_bm25",
    };
    let by_item = weighted(data, weighting);
    let by_shopper = by_item.transposed(data.shoppers.len());
    NeighbourLists::of_products(name, &by_item, &by_shopper, neighbours, ITEMS_OF_SHOPPER)
}

/// [items × shoppers].
fn weighted(data: &Interactions, weighting: Weighting) -> Sparse {
    let (items, shoppers) = (data.items.len() as f32, data.shoppers.len() as f32);
    match weighting {
        Weighting::Cosine => unit_rows(&data.by_item),
        Weighting::TfIdf => {
            let idf = |shopper: u32| {
                (items / (1.0 + data.by_shopper.columns(shopper).len() as f32))
                    .ln()
                    .max(0.0)
            };
            unit_rows(&data.by_item.map(|_, shopper, value| value.sqrt() * idf(shopper)))
        }
        Weighting::Bm25 { k1, b } => {
            let idf = |item: u32| {
                (shoppers / (1.0 + data.by_item.columns(item).len() as f32))
                    .ln()
                    .max(0.0)
            };
            let sums: Vec<f32> = (0..data.by_shopper.rows() as u32)
                .map(|shopper| data.by_shopper.values(shopper).iter().sum())
                .collect();
            let average = sums.iter().sum::<f32>() / shoppers.max(1.0);
            data.by_item.map(|item, shopper, value| {
                let length = (1.0 - b) + b * sums[shopper as usize] / average;
                value * (k1 + 1.0) / (k1 * length + value) * idf(item)
            })
        }
    }
}

/// Rows of length 1.
pub(super) fn unit_rows(matrix: &Sparse) -> Sparse {
    let lengths: Vec<f32> = (0..matrix.rows() as u32)
        .map(|row| {
            matrix
                .values(row)
                .iter()
                .map(|value| value * value)
                .sum::<f32>()
                .sqrt()
        })
        .collect();
    matrix.map(|row, _, value| value / lengths[row as usize].max(f32::MIN_POSITIVE))
}
