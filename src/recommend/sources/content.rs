//! Content-based filtering: items whose texts are alike, by TF-IDF over their words (Salton, Buckley 1988). A new item has
//! neighbours from its first minute.

use std::collections::HashMap;

use super::item_knn::unit_rows;
use super::neighbour_lists::NeighbourLists;
use crate::recommend::interactions::Sparse;
use crate::recommend::items::ItemFacts;

/// Lists by words in common.
pub fn by_words(items: &[ItemFacts], neighbours: usize) -> NeighbourLists {
    let rows = unit_rows(&weights(items));
    let columns = rows.transposed(vocabulary_size(&rows));
    // A word of more items than this tells little of any of them and costs the square.
    let longest = (items.len() / 50).max(2_000);
    NeighbourLists::of_products("content_tfidf", &rows, &columns, neighbours, longest)
}

/// [items × words]: (1 + ln tf) · ln(N / df).
fn weights(items: &[ItemFacts]) -> Sparse {
    let mut vocabulary: HashMap<String, u32> = HashMap::new();
    let mut documents: Vec<u32> = Vec::new();
    let mut counted: Vec<Vec<(u32, f32)>> = Vec::with_capacity(items.len());
    for item in items {
        let mut counts: HashMap<u32, f32> = HashMap::new();
        for term in item.terms() {
            let next = vocabulary.len() as u32;
            let word = *vocabulary.entry(term).or_insert(next);
            if word == next {
                documents.push(0);
            }
            *counts.entry(word).or_default() += 1.0;
        }
        counts.keys().for_each(|word| documents[*word as usize] += 1);
        counted.push(counts.into_iter().collect());
    }
    let total = items.len() as f32;
    Sparse::from_rows(counted)
        .map(|_, word, count| (1.0 + count.ln()) * (total / documents[word as usize] as f32).ln())
}

fn vocabulary_size(rows: &Sparse) -> usize {
    let greatest = (0..rows.rows() as u32).filter_map(|row| rows.columns(row).last());
    greatest.max().map_or(0, |word| *word as usize + 1)
}
