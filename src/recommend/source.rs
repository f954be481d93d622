//! The one interface of everything that scores items for a shopper.

use rayon::prelude::*;

use super::interactions::Sparse;
use super::marks::Marks;

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
    /// Items that were scored, each once; `None`: all of them.
    touched: Option<Vec<u32>>,
    /// Those that are among `touched`.
    marks: Marks,
    /// Room of lists that are done with, for the next ones.
    spare: Vec<Vec<(u32, f32)>>,
}

impl Scores {
    pub fn new(items: usize) -> Self {
        let mut marks = Marks::default();
        marks.make_room(items);
        Self {
            values: vec![0.0; items],
            touched: Some(Vec::new()),
            marks,
            spare: Vec::new(),
        }
    }

    /// Makes room for `items` and forgets what was scored; costs what was touched, not what there is.
    pub fn reset(&mut self, items: usize) {
        match &mut self.touched {
            Some(touched) if self.values.len() == items => {
                self.marks.clear(touched.iter().copied());
                touched
                    .drain(..)
                    .for_each(|item| self.values[item as usize] = 0.0);
            }
            None if self.values.len() == items => {
                self.values.fill(0.0);
                self.touched = Some(Vec::new());
            }
            _ => *self = Self::new(items),
        }
    }

    /// Adds to one item's score.
    #[inline]
    pub fn add(&mut self, item: u32, score: f32) {
        let value = &mut self.values[item as usize];
        let is_new = *value == 0.0; // or its sum happens to be nothing
        *value += score;
        if let Some(touched) = self.touched.as_mut().filter(|_| is_new)
            && self.marks.mark(item)
        {
            touched.push(item);
        }
    }

    /// All items, to be scored as a whole.
    pub fn all(&mut self) -> &mut [f32] {
        self.touched = None;
        &mut self.values
    }

    /// All that was scored, each item once, in no order; the scores are as new then. Whoever is done with the list
    /// [gives it back](Self::give_back).
    pub fn take(&mut self) -> Vec<(u32, f32)> {
        let mut scored = self.spare.pop().unwrap_or_default();
        scored.clear();
        match &mut self.touched {
            Some(touched) => {
                self.marks.clear(touched.iter().copied());
                let values = &mut self.values;
                let taken = |item: u32| (item, std::mem::take(&mut values[item as usize]));
                scored.extend(touched.drain(..).map(taken));
            }
            None => {
                scored.extend((0u32..).zip(self.values.iter().copied()));
                self.reset(self.values.len());
            }
        }
        scored
    }

    /// Takes back the room of a list, for the next ones.
    pub fn give_back(&mut self, list: Vec<(u32, f32)>) {
        self.spare.push(list);
    }

    /// The `n` best items that `allowed` lets through, and all that was scored; the scores are as new then.
    pub fn proposal(&mut self, n: usize, allowed: impl Fn(u32) -> bool) -> Proposal {
        if self.touched.is_none() {
            let each = (0u32..).zip(self.values.iter().copied());
            return Proposal {
                best: top(each, n, allowed),
                said: Said::Each(self.values.clone()),
            };
        }
        let said = self.take();
        Proposal {
            best: top(said.iter().copied(), n, allowed),
            said: Said::Some(said),
        }
    }

    /// Takes back the room of a proposal.
    pub fn recycle(&mut self, proposal: Proposal) {
        if let Said::Some(said) = proposal.said {
            self.give_back(said);
        }
    }

    /// The `n` best items that `allowed` lets through, best first; among equals the smaller number is first.
    pub fn top(&mut self, n: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
        let scored = self.take();
        let best = top(scored.iter().copied(), n, allowed);
        self.give_back(scored);
        best
    }
}

/// The `n` best with a score above 0 that `allowed` lets through, best first; among equals the smaller number is first.
fn top(scored: impl Iterator<Item = (u32, f32)>, n: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let mut top = Top::new(n);
    for (item, score) in scored {
        if score > 0.0 && score >= top.floor() && allowed(item) {
            top.offer(item, score);
        }
    }
    top.best_first()
}

/// The best of many, most of which are put away at once: only what is as good as the worst of the best so far is kept,
/// and cut when it is four times too long.
pub struct Top {
    n: usize,
    kept: Vec<(u32, f32)>,
    floor: f32,
}

impl Top {
    pub fn new(n: usize) -> Self {
        Self {
            n,
            kept: Vec::with_capacity(n * 4),
            floor: 0.0,
        }
    }

    /// What scores less than this, or not more than 0, is not among the best.
    #[inline]
    pub fn floor(&self) -> f32 {
        self.floor
    }

    #[inline]
    pub fn offer(&mut self, item: u32, score: f32) {
        if score < self.floor || score <= 0.0 {
            return;
        }
        self.kept.push((item, score));
        if self.kept.len() >= self.n * 4 {
            best(&mut self.kept, self.n);
            self.floor = self.kept.last().map_or(0.0, |(_, score)| *score);
        }
    }

    /// Among equals the smaller number is first.
    pub fn best_first(mut self) -> Vec<(u32, f32)> {
        best(&mut self.kept, self.n);
        self.kept
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

/// What a source says of a shopper and the items.
pub struct Proposal {
    /// Best first.
    pub best: Vec<(u32, f32)>,
    pub said: Said,
}

/// Scores of items that need not be among the best.
pub enum Said {
    /// Of these; 0 of others.
    Some(Vec<(u32, f32)>),
    /// Of each, by its number.
    Each(Vec<f32>),
    /// What [`Source::score_of`] makes of this, which the source worked out of the shopper.
    Asked(Vec<f32>),
}

/// A trained model that scores items for a shopper.
pub trait Source: Send + Sync {
    /// As evaluations and reasons call it.
    fn name(&self) -> &'static str;

    /// Adds its scores to `scores`, which is empty and has room for all items.
    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores);

    /// Its `n` best that `allowed` lets through. `scores`: empty, room to work in. A source that knows where its best are
    /// need not score all items.
    fn propose(
        &self,
        shopper: &Shopper<'_>,
        n: usize,
        allowed: &dyn Fn(u32) -> bool,
        scores: &mut Scores,
    ) -> Proposal {
        self.score(shopper, scores);
        scores.proposal(n, allowed)
    }

    /// The score of any item, of what it [`Said::Asked`] for.
    fn score_of(&self, _item: u32, _shopper: &[f32]) -> f32 {
        0.0
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
