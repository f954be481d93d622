//! The one interface of everything that scores items for a shopper.

use rayon::prelude::*;

use super::interactions::Sparse;

/// A shopper as the sources see them: what they did up to now, trained on or not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shopper<'a> {
    /// Their number in the training data, so that nobody is their own neighbour.
    pub number: Option<u32>,
    /// Items with strengths, each once, items ascending.
    pub history: &'a [(u32, f32)],
    /// The items of the running session, oldest first.
    pub session: &'a [u32],
}

/// Scores for items. Items that a source says nothing about keep 0.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    pub values: Vec<f32>,
    /// Items that were scored; `None`: all of them.
    touched: Option<Vec<u32>>,
    /// What a source that does not score all items worked out of the shopper, for [`Source::score_of`].
    pub shopper: Vec<f32>,
}

impl Scores {
    pub fn new(items: usize) -> Self {
        Self {
            values: vec![0.0; items],
            touched: Some(Vec::new()),
            shopper: Vec::new(),
        }
    }

    /// Makes room for `items` and forgets what was scored; costs what was touched, not what there is.
    pub fn reset(&mut self, items: usize) {
        self.shopper.clear();
        match &mut self.touched {
            Some(touched) if self.values.len() == items => {
                for item in touched.drain(..) {
                    self.values[item as usize] = 0.0;
                }
            }
            _ => *self = Self::new(items),
        }
    }

    /// Adds to one item's score.
    #[inline]
    pub fn add(&mut self, item: u32, score: f32) {
        let value = &mut self.values[item as usize];
        if *value == 0.0
            && let Some(touched) = &mut self.touched
        {
            touched.push(item);
        }
        *value += score;
    }

    /// All items, to be scored as a whole.
    pub fn all(&mut self) -> &mut [f32] {
        self.touched = None;
        &mut self.values
    }

    /// Items with a score above 0, in no order; those of all items when the source scored them all.
    pub fn scored(&self) -> Vec<(u32, f32)> {
        let positive = |item: u32| {
            let score = self.values[item as usize];
            (score > 0.0).then_some((item, score))
        };
        match &self.touched {
            // An item whose score passed through 0 is listed twice.
            Some(touched) => {
                let mut items: Vec<(u32, f32)> = touched.iter().copied().filter_map(positive).collect();
                items.sort_unstable_by_key(|(item, _)| *item);
                items.dedup_by_key(|(item, _)| *item);
                items
            }
            None => (0..self.values.len() as u32).filter_map(positive).collect(),
        }
    }

    /// The `n` best items that `allowed` lets through, best first; among equals the smaller number is first.
    pub fn top(&self, n: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
        if self.touched.is_some() {
            let mut items = self.scored();
            items.retain(|(item, _)| allowed(*item));
            best(&mut items, n);
            return items;
        }
        // Of all items only those that beat the worst of the best so far are looked at.
        let mut top: Vec<(u32, f32)> = Vec::with_capacity(n * 4);
        let mut floor = 0.0;
        for (item, score) in (0u32..).zip(&self.values) {
            if *score > floor && allowed(item) {
                top.push((item, *score));
                if top.len() >= n * 4 {
                    best(&mut top, n);
                    floor = top.last().map_or(0.0, |(_, score)| *score);
                }
            }
        }
        best(&mut top, n);
        top
    }
}

/// Keeps the `n` best of `items`, best first.
pub fn best(items: &mut Vec<(u32, f32)>, n: usize) {
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if items.len() > n && n > 0 {
        items.select_nth_unstable_by(n - 1, order);
    }
    items.truncate(n);
    items.sort_unstable_by(order);
}

/// A trained model that scores items for a shopper.
pub trait Source: Send + Sync {
    /// As evaluations and reasons call it.
    fn name(&self) -> &'static str;

    /// Adds its scores to `scores`, which is empty and has room for all items.
    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores);

    /// Its `n` best that `allowed` lets through, best first. `scores`: empty; what it holds then is for [`Self::score_of`].
    /// A source that knows where its best are need not score all items.
    fn propose(
        &self,
        shopper: &Shopper<'_>,
        n: usize,
        allowed: &dyn Fn(u32) -> bool,
        scores: &mut Scores,
    ) -> Vec<(u32, f32)> {
        self.score(shopper, scores);
        scores.top(n, allowed)
    }

    /// The score of any item, once [`Self::propose`] has left its `scores`.
    fn score_of(&self, item: u32, scores: &Scores) -> f32 {
        scores.values[item as usize]
    }
}

/// A matrix row for each item, computed on all cores.
pub(super) fn rows_in_parallel<T: Send>(rows: usize, row: impl Fn(u32) -> T + Send + Sync) -> Vec<T> {
    (0..rows as u32).into_par_iter().map(row).collect()
}

/// Rows that are computed before they are put together.
const BLOCK: usize = 4_096;

/// A sparse matrix whose rows are computed on all cores, a block at a time: all of them at once, each with the room that
/// its search took, are several times the matrix.
pub(super) fn sparse_in_parallel(rows: usize, row: impl Fn(u32) -> Vec<(u32, f32)> + Send + Sync) -> Sparse {
    let blocks = (0..rows).step_by(BLOCK);
    Sparse::from_rows(blocks.flat_map(|from| {
        let block = from as u32..(from + BLOCK).min(rows) as u32;
        block.into_par_iter().map(&row).collect::<Vec<_>>()
    }))
}
