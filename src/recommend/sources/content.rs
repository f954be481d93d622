//! Content-based filtering: items whose texts are alike, by TF-IDF over their words (Salton, Buckley 1988) or by the
//! encoder's vectors. A new item has neighbours from its first minute.

use std::collections::HashMap;

use super::als::dot;
use super::item_knn::unit_rows;
use super::neighbour_lists::NeighbourLists;
use crate::recommend::interactions::Sparse;
use crate::recommend::items::ItemFacts;
use crate::recommend::source::{best, rows_in_parallel};

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

/// Above this many items all pairs in full width take too long: a projection finds the pairs worth comparing.
const ALL_PAIRS: usize = 20_000;
/// Width of that projection.
const PROJECTED: usize = 64;

/// Lists by cosine. `vectors`: [items × width], of length 1 or all 0.
pub fn by_vectors(name: &'static str, vectors: &[f32], width: usize, neighbours: usize) -> NeighbourLists {
    let items = vectors.len() / width.max(1);
    if items <= ALL_PAIRS || width <= PROJECTED {
        let lists = rows_in_parallel(items, |item| nearest(vectors, width, item, neighbours));
        return NeighbourLists::new(name, Sparse::from_rows(lists));
    }
    let projected = project(vectors, width);
    let lists = rows_in_parallel(items, |item| {
        let mut near = nearest(&projected, PROJECTED, item, neighbours * 8);
        let own = row(vectors, width, item);
        near.iter_mut()
            .for_each(|(other, score)| *score = dot(own, row(vectors, width, *other)));
        near.retain(|(_, score)| *score > 0.0);
        best(&mut near, neighbours);
        near
    });
    NeighbourLists::new(name, Sparse::from_rows(lists))
}

fn row(vectors: &[f32], width: usize, item: u32) -> &[f32] {
    &vectors[item as usize * width..(item as usize + 1) * width]
}

fn nearest(vectors: &[f32], width: usize, item: u32, neighbours: usize) -> Vec<(u32, f32)> {
    let own = row(vectors, width, item);
    let mut near: Vec<(u32, f32)> = Vec::with_capacity(neighbours * 4);
    // Only what beats the worst of the list so far is kept: the list is cut when it is four times too long.
    let mut floor = 0.0;
    for (other, vector) in vectors.chunks_exact(width).enumerate() {
        let score = dot(own, vector);
        if score > floor && other != item as usize {
            near.push((other as u32, score));
            if near.len() >= neighbours * 4 {
                best(&mut near, neighbours);
                floor = near.last().map_or(0.0, |(_, score)| *score);
            }
        }
    }
    best(&mut near, neighbours);
    near
}

/// Random signs keep cosines nearly (Achlioptas 2003).
fn project(vectors: &[f32], width: usize) -> Vec<f32> {
    let sign = |from: usize, to: usize| {
        let mut hash = (from * PROJECTED + to) as u64 ^ 0x9e37_79b9_7f4a_7c15;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        if hash >> 63 == 0 { 1.0f32 } else { -1.0 }
    };
    let signs: Vec<f32> = (0..PROJECTED * width)
        .map(|place| sign(place % width, place / width))
        .collect();
    let rows = rows_in_parallel(vectors.len() / width, |item| {
        let own = row(vectors, width, item);
        signs
            .chunks_exact(width)
            .map(|signs| dot(own, signs))
            .collect::<Vec<f32>>()
    });
    rows.concat()
}
