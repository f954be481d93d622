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

/// Above this many items all pairs take too long: items are looked for in the clusters around them only.
const ALL_PAIRS: usize = 20_000;
/// Clusters that are searched for an item's neighbours.
const PROBED: usize = 8;
const ROUNDS: usize = 3;

/// Lists by cosine. `vectors`: [items × width], of length 1 or all 0.
pub fn by_vectors(name: &'static str, vectors: &[f32], width: usize, neighbours: usize) -> NeighbourLists {
    let items = vectors.len() / width.max(1);
    if items <= ALL_PAIRS {
        let all: Vec<u32> = (0..items as u32).collect();
        let lists = rows_in_parallel(items, |item| nearest(vectors, width, item, &[&all], neighbours));
        return NeighbourLists::new(name, Sparse::from_rows(lists));
    }
    let clusters = Clusters::of(vectors, width);
    let lists = rows_in_parallel(items, |item| {
        let near = clusters.nearest(row(vectors, width, item), PROBED);
        let members: Vec<&[u32]> = near
            .iter()
            .map(|cluster| clusters.members[*cluster].as_slice())
            .collect();
        nearest(vectors, width, item, &members, neighbours)
    });
    NeighbourLists::new(name, Sparse::from_rows(lists))
}

fn row(vectors: &[f32], width: usize, item: u32) -> &[f32] {
    &vectors[item as usize * width..(item as usize + 1) * width]
}

/// The nearest of `members` to an item.
fn nearest(
    vectors: &[f32],
    width: usize,
    item: u32,
    members: &[&[u32]],
    neighbours: usize,
) -> Vec<(u32, f32)> {
    let own = row(vectors, width, item);
    let mut near: Vec<(u32, f32)> = Vec::with_capacity(neighbours * 4);
    // Only what beats the worst of the list so far is kept: the list is cut when it is four times too long.
    let mut floor = 0.0;
    for other in members.iter().copied().flatten() {
        let score = dot(own, row(vectors, width, *other));
        if score > floor && *other != item {
            near.push((*other, score));
            if near.len() >= neighbours * 4 {
                best(&mut near, neighbours);
                floor = near.last().map_or(0.0, |(_, score)| *score);
            }
        }
    }
    best(&mut near, neighbours);
    near
}

/// Items in groups around centres: spherical k-means of as many clusters as the root of the items (Dhillon, Modha 2001).
struct Clusters {
    centres: Vec<f32>,
    width: usize,
    members: Vec<Vec<u32>>,
}

impl Clusters {
    fn of(vectors: &[f32], width: usize) -> Self {
        let items = vectors.len() / width;
        let count = (items as f64).sqrt() as usize;
        // Every so manieth item begins a cluster: no chance, the same lists each time.
        let firsts = (0..count).flat_map(|cluster| row(vectors, width, (cluster * (items / count)) as u32));
        let mut clusters = Self {
            centres: firsts.copied().collect(),
            width,
            members: Vec::new(),
        };
        for round in 0..=ROUNDS {
            let nearest = rows_in_parallel(items, |item| clusters.nearest(row(vectors, width, item), 1)[0]);
            clusters.members = vec![Vec::new(); count];
            (0u32..)
                .zip(nearest)
                .for_each(|(item, cluster)| clusters.members[cluster].push(item));
            if round < ROUNDS {
                clusters.centre(vectors);
            }
        }
        clusters
    }

    /// The clusters whose centres are nearest, nearest first.
    fn nearest(&self, vector: &[f32], count: usize) -> Vec<usize> {
        let scores = self
            .centres
            .chunks_exact(self.width)
            .map(|centre| dot(centre, vector));
        let mut scored: Vec<(u32, f32)> = (0u32..).zip(scores).collect();
        best(&mut scored, count);
        scored.into_iter().map(|(cluster, _)| cluster as usize).collect()
    }

    fn centre(&mut self, vectors: &[f32]) {
        for (centre, members) in self.centres.chunks_exact_mut(self.width).zip(&self.members) {
            if members.is_empty() {
                continue;
            }
            centre.fill(0.0);
            for item in members {
                centre
                    .iter_mut()
                    .zip(row(vectors, self.width, *item))
                    .for_each(|(sum, value)| *sum += value);
            }
            let length = dot(centre, centre).sqrt().max(f32::MIN_POSITIVE);
            centre.iter_mut().for_each(|value| *value /= length);
        }
    }
}
