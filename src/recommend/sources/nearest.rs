//! Items whose vectors are nearest by cosine. All products of a group are one product of matrices: a fifth of the time that
//! they take one by one.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::neighbour_lists::NeighbourLists;
use crate::dot::dot;
use crate::recommend::interactions::Sparse;
use crate::recommend::source::{Top, best};

/// Above this many items all pairs take too long: items are looked for in the clusters around their own only.
const ALL_PAIRS: usize = 20_000;
/// Clusters that are searched for the neighbours of one's items, itself among them.
const PROBED: usize = 10;
const ROUNDS: usize = 3;
/// Items whose products with others are worked out together.
const BLOCK: usize = 64;

/// Lists of the nearest `neighbours` of each item. `vectors`: [items × width], of length 1 or all 0.
pub fn by_vectors(name: &'static str, vectors: &[f32], width: usize, neighbours: usize) -> NeighbourLists {
    let items = vectors.len() / width.max(1);
    let mut lists: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
    if items <= ALL_PAIRS {
        let all: Vec<u32> = (0..items as u32).collect();
        search(vectors, vectors, width, &all, &all, neighbours, &mut lists);
    } else {
        let clusters = Clusters::of(vectors, width);
        for cluster in 0..clusters.members.len() {
            let near = clusters.around(cluster);
            let theirs = gathered(vectors, width, &near);
            let members = &clusters.members[cluster];
            search(vectors, &theirs, width, members, &near, neighbours, &mut lists);
        }
    }
    NeighbourLists::new(name, Sparse::from_rows(lists))
}

/// Fills in the lists of `items` with the nearest among `near`, whose vectors are `theirs`, [near × width].
fn search(
    vectors: &[f32],
    theirs: &[f32],
    width: usize,
    items: &[u32],
    near: &[u32],
    neighbours: usize,
    lists: &mut [Vec<(u32, f32)>],
) {
    let found: Vec<Vec<(u32, f32)>> = items
        .par_chunks(BLOCK)
        .flat_map_iter(|block| {
            let products = products(theirs, &gathered(vectors, width, block), width);
            let list =
                |(place, item): (usize, &u32)| nearest(products.col_as_slice(place), near, *item, neighbours);
            block.iter().enumerate().map(list).collect::<Vec<_>>()
        })
        .collect();
    for (item, found) in items.iter().zip(found) {
        lists[*item as usize] = found;
    }
}

/// The products of each of `others` with each of `rows`, both [… × width]: [others × rows], column by column.
fn products(others: &[f32], rows: &[f32], width: usize) -> Mat<f32> {
    let others = MatRef::from_row_major_slice(others, others.len() / width, width);
    let rows = MatRef::from_column_major_slice(rows, width, rows.len() / width);
    let mut products = Mat::zeros(others.nrows(), rows.ncols());
    // Blocks are spread over the cores by the callers.
    matmul(&mut products, Accum::Replace, others, rows, 1.0, Par::Seq);
    products
}

fn gathered(vectors: &[f32], width: usize, items: &[u32]) -> Vec<f32> {
    let rows = items
        .iter()
        .map(|item| &vectors[*item as usize * width..(*item as usize + 1) * width]);
    rows.flatten().copied().collect()
}

/// The best of `near` by their scores, an item itself left out.
fn nearest(scores: &[f32], near: &[u32], item: u32, neighbours: usize) -> Vec<(u32, f32)> {
    let mut top = Top::new(neighbours);
    for (other, score) in near.iter().zip(scores) {
        if *other != item {
            top.offer(*other, *score);
        }
    }
    let mut found = top.best_first();
    found.shrink_to_fit();
    found
}

/// Items in groups around centres: spherical k-means of as many clusters as the root of the items (Dhillon, Modha 2001).
struct Clusters {
    /// [clusters × width].
    centres: Vec<f32>,
    width: usize,
    members: Vec<Vec<u32>>,
}

impl Clusters {
    fn of(vectors: &[f32], width: usize) -> Self {
        let items = vectors.len() / width;
        let count = (items as f64).sqrt() as usize;
        // Every so manieth item begins a cluster: no chance, the same lists each time.
        let firsts: Vec<u32> = (0..count)
            .map(|cluster| (cluster * (items / count)) as u32)
            .collect();
        let mut clusters = Self {
            centres: gathered(vectors, width, &firsts),
            width,
            members: Vec::new(),
        };
        for round in 0..=ROUNDS {
            clusters.members = vec![Vec::new(); count];
            (0u32..)
                .zip(clusters.assigned(vectors))
                .for_each(|(item, cluster)| clusters.members[cluster].push(item));
            if round < ROUNDS {
                clusters.centre(vectors);
            }
        }
        clusters
    }

    /// The cluster with the nearest centre, for each vector.
    fn assigned(&self, vectors: &[f32]) -> Vec<usize> {
        let blocks = vectors.par_chunks(self.width * BLOCK);
        let nearest = |block: &[f32]| {
            let products = products(&self.centres, block, self.width);
            let best = |column: usize| {
                let scores = products.col_as_slice(column).iter().enumerate();
                let best = scores.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
                best.map_or(0, |(cluster, _)| cluster)
            };
            (0..products.ncols()).map(best).collect::<Vec<_>>()
        };
        blocks.flat_map_iter(nearest).collect()
    }

    /// The items of the clusters whose centres are nearest to one's, its own among them; ascending.
    fn around(&self, cluster: usize) -> Vec<u32> {
        let centre = &self.centres[cluster * self.width..(cluster + 1) * self.width];
        let scores = self
            .centres
            .chunks_exact(self.width)
            .map(|other| dot(centre, other));
        let mut near: Vec<(u32, f32)> = (0u32..).zip(scores).collect();
        best(&mut near, PROBED);
        let mut items: Vec<u32> = near
            .iter()
            .flat_map(|(near, _)| &self.members[*near as usize])
            .copied()
            .collect();
        items.sort_unstable();
        items
    }

    fn centre(&mut self, vectors: &[f32]) {
        let width = self.width;
        for (centre, members) in self.centres.chunks_exact_mut(width).zip(&self.members) {
            if members.is_empty() {
                continue;
            }
            centre.fill(0.0);
            for item in members {
                let vector = &vectors[*item as usize * width..(*item as usize + 1) * width];
                centre
                    .iter_mut()
                    .zip(vector)
                    .for_each(|(sum, value)| *sum += value);
            }
            let length = dot(centre, centre).sqrt().max(f32::MIN_POSITIVE);
            centre.iter_mut().for_each(|value| *value /= length);
        }
    }
}
