//! A regression tree and a random forest (Breiman 2001): smartcore finds the splits, flat arrays of nodes serve.
//!
//! Growing is `grow.rs`'s.

use std::slice::ChunksExact;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grow::Ground;
use super::{Features, RankerError, Settings, Target};
use crate::progress::Progress;

/// Rows of a leaf, at least: alone a tree must not follow the noise, the forest's average does that for it.
const TREE_LEAF: usize = 20;
const FOREST_LEAF: usize = 5;
/// Share of the columns that a stage of the forest may split by.
const FOREST_COLUMNS: f64 = 0.8;
/// Trees that are walked down side by side.
const TOGETHER: usize = 8;

/// The mean of trees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trees(Vec<Tree>);

/// Nodes, the root first. Empty trees don't occur.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tree(pub(super) Vec<Node>);

/// A split sends rows with `value <= threshold` to the node at `left`, others to the one after it. A leaf has `left` 0 (no
/// split leads back to the root) and its prediction as `threshold`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) feature: u32,
    pub(super) threshold: f32,
    pub(super) left: u32,
}

impl Trees {
    /// One tree of all rows.
    pub(super) fn one(
        rows: &Features,
        targets: &[f32],
        target: Target,
        settings: &Settings,
        progress: &Progress,
    ) -> Result<Self, RankerError> {
        let ground = Ground::new(rows, targets, target, TREE_LEAF, rows.width());
        let go_on = || progress.step("tree", 0, 1);
        let tree = ground.grow((0..rows.len()).collect(), settings.seed, go_on)?;
        progress.step("tree", 1, 1)?;
        Ok(Self(vec![tree]))
    }

    /// A forest, each tree of rows drawn with replacement, of at most `settings.forest_rows`.
    pub(super) fn many(
        rows: &Features,
        targets: &[f32],
        target: Target,
        settings: &Settings,
        progress: &Progress,
    ) -> Result<Self, RankerError> {
        let columns = (rows.width() as f64 * FOREST_COLUMNS).ceil() as usize;
        let ground = Ground::new(rows, targets, target, FOREST_LEAF, columns);
        let (grown, total) = (AtomicU64::new(0), settings.trees.max(1) as u64);
        let drawn = rows.len().min(settings.forest_rows.max(1));
        let grow = |tree: u64| {
            let go_on = || progress.step("forest", grown.load(Ordering::Relaxed), total);
            let seed = settings.seed.wrapping_mul(total).wrapping_add(tree);
            let mut random = StdRng::seed_from_u64(seed);
            let bag = (0..drawn).map(|_| random.random_range(0..rows.len())).collect();
            let tree = ground.grow(bag, random.random(), go_on);
            grown.fetch_add(1, Ordering::Relaxed);
            tree
        };
        let trees = (0..total).into_par_iter().map(grow).collect::<Result<_, _>>()?;
        progress.step("forest", total, total)?;
        Ok(Self(trees))
    }

    /// The value or the chance for each of some standardised rows, each `[width]`. All rows go down some trees before the
    /// next trees' turn: those stay in the processor's cache meanwhile, the whole forest would not.
    pub(super) fn score(&self, rows: ChunksExact<'_, f32>) -> Vec<f32> {
        let mut sums = vec![0.0; rows.len()];
        let (groups, rest) = self.0.as_chunks::<TOGETHER>();
        for group in groups {
            add_scores(group, rows.clone(), &mut sums);
        }
        for tree in rest {
            add_scores(std::array::from_ref(tree), rows.clone(), &mut sums);
        }
        let count = self.0.len().max(1) as f32;
        sums.into_iter().map(|sum| sum / count).collect()
    }
}

fn add_scores<const N: usize>(trees: &[Tree; N], rows: ChunksExact<'_, f32>, sums: &mut [f32]) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        *sum += score_together(trees, row);
    }
}

/// The sum of the trees' predictions. A step waits for memory and nothing else, so several trees wait together.
fn score_together<const N: usize>(trees: &[Tree; N], row: &[f32]) -> f32 {
    let mut at = [0usize; N];
    loop {
        let mut moved = false;
        for (at, tree) in at.iter_mut().zip(trees) {
            let node = tree.0[*at];
            let right = usize::from(row[node.feature as usize] > node.threshold);
            let inner = node.left != 0;
            *at = if inner { node.left as usize + right } else { *at };
            moved |= inner;
        }
        if !moved {
            return at.iter().zip(trees).map(|(at, tree)| tree.0[*at].threshold).sum();
        }
    }
}
