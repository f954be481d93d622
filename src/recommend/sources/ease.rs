//! Linear autoencoders in closed form: EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data") and EDLAE
//! (Steck 2020, "Autoencoders that don't overfit towards the Identity").
//!
//! With G = XᵀX and P = (G + Λ)⁻¹ the score of item j is Σᵢ xᵢ · (−Pᵢⱼ / Pⱼⱼ) over the shopper's items i ≠ j. EASE has
//! Λ = λ; EDLAE's dropout p adds p / (1 − p) · Gⱼⱼ.

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::neighbour_lists::NeighbourLists;
use crate::recommend::interactions::Interactions;
use crate::recommend::source::{Scores, Shopper, Source, rows_in_parallel, sparse_in_parallel};

/// How the weights are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EaseSettings {
    /// λ, in squared strengths.
    pub regularisation: f64,
    /// 0: EASE.
    pub dropout: f64,
}

impl EaseSettings {
    pub const EASE: Self = Self {
        regularisation: 350.0,
        dropout: 0.0,
    };
    pub const EDLAE: Self = Self {
        regularisation: 150.0,
        dropout: 0.75,
    };

    fn name(self) -> &'static str {
        if self.dropout > 0.0 { "edlae" } else { "ease" }
    }

    /// What stands on the diagonal beside G.
    fn diagonal(self, own: f64) -> f64 {
        self.regularisation + self.dropout / (1.0 - self.dropout) * own
    }
}

/// The inverse, kept whole: a shopper is taken out of it without training anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ease {
    settings: EaseSettings,
    items: usize,
    /// P, [items × items], symmetric.
    inverse: Inverse,
}

/// Small shops keep double precision: an erased shopper is then gone to the sixth decimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Inverse {
    Double(Vec<f64>),
    Single(Vec<f32>),
}

/// Up to here 8 bytes a pair of items are 134 MB.
const DOUBLE_ITEMS: usize = 4_096;

impl Ease {
    /// Takes 12 bytes a pair of items while it runs, above 4,096 items.
    pub fn train(data: &Interactions, settings: EaseSettings) -> Option<Self> {
        let items = data.items.len();
        let inverse = if items <= DOUBLE_ITEMS {
            let gram = gram::<f64>(data, settings);
            Inverse::Double(inverted(gram.as_ref().llt(Side::Lower).ok()?.inverse()))
        } else {
            let gram = gram::<f32>(data, settings);
            let factor = gram.as_ref().llt(Side::Lower).ok()?;
            drop(gram);
            Inverse::Single(inverted(factor.inverse()))
        };
        Some(Self {
            settings,
            items,
            inverse,
        })
    }

    /// Takes a shopper's row x out: G + Λ loses U C Uᵀ with U = [x, the unit vectors of their items], so that the new
    /// inverse is P + P U (C⁻¹ − Uᵀ P U)⁻¹ Uᵀ P (Woodbury 1950). Without dropout it is the rank-one formula of Sherman
    /// and Morrison.
    pub fn forget(&mut self, row: &[(u32, f32)]) {
        let items = self.items;
        let mut directions: Vec<(Vec<(u32, f64)>, f64)> = Vec::new();
        let x: Vec<(u32, f64)> = row.iter().map(|(item, _)| (*item, 1.0)).collect();
        if x.is_empty() {
            return;
        }
        let share = self.settings.dropout / (1.0 - self.settings.dropout);
        if share > 0.0 {
            directions.extend(
                x.iter()
                    .map(|(item, value)| (vec![(*item, 1.0)], share * value * value)),
            );
        }
        directions.push((x, 1.0));
        let Inverse::Double(inverse) = &mut self.inverse else {
            return self.forget_in_single(&directions);
        };
        let (products, inner) = downdate(&directions, items, |item, other| inverse[item * items + other]);
        for (place, value) in inverse.iter_mut().enumerate() {
            *value += correction(&products, &inner, place / items, place % items);
        }
    }

    fn forget_in_single(&mut self, directions: &[(Vec<(u32, f64)>, f64)]) {
        let items = self.items;
        let Inverse::Single(inverse) = &mut self.inverse else {
            return;
        };
        let (products, inner) = downdate(directions, items, |item, other| {
            f64::from(inverse[item * items + other])
        });
        for (place, value) in inverse.iter_mut().enumerate() {
            *value += correction(&products, &inner, place / items, place % items) as f32;
        }
    }
}

impl Source for Ease {
    fn name(&self) -> &'static str {
        self.settings.name()
    }

    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores) {
        let items = self.items;
        let scores = scores.all();
        for (item, _) in shopper.history {
            let from = *item as usize * items;
            match &self.inverse {
                Inverse::Double(p) => {
                    subtract(scores, p[from..from + items].iter().map(|value| *value as f32))
                }
                Inverse::Single(p) => subtract(scores, p[from..from + items].iter().copied()),
            }
        }
        for (item, score) in scores.iter_mut().enumerate() {
            let own = match &self.inverse {
                Inverse::Double(p) => p[item * items + item] as f32,
                Inverse::Single(p) => p[item * items + item],
            };
            *score /= own;
        }
        // An item does not speak for itself.
        for (item, _) in shopper.history {
            scores[*item as usize] += 1.0;
        }
    }
}

fn subtract(scores: &mut [f32], row: impl Iterator<Item = f32>) {
    scores
        .iter_mut()
        .zip(row)
        .for_each(|(score, value)| *score -= value);
}

/// G + Λ over events as 0 and 1. Strengths made it worse on every data set tried.
fn gram<T: faer::traits::RealField + Copy>(data: &Interactions, settings: EaseSettings) -> Mat<T> {
    let items = data.items.len();
    let mut gram = Mat::<T>::zeros(items, items);
    let counts = rows_in_parallel(items, |item| {
        let mut sums = Scores::new(items);
        for shopper in data.by_item.columns(item) {
            data.by_shopper
                .columns(*shopper)
                .iter()
                .for_each(|other| sums.add(*other, 1.0));
        }
        sums.take()
    });
    for (item, row) in counts.iter().enumerate() {
        for (other, count) in row {
            gram[(*other as usize, item)] = T::from_f64_impl(f64::from(*count));
        }
        let own = row.iter().find(|(other, _)| *other as usize == item);
        let own = own.map_or(0.0, |(_, count)| f64::from(*count));
        gram[(item, item)] = T::from_f64_impl(own + settings.diagonal(own));
    }
    gram
}

fn inverted<T: Copy>(inverse: Mat<T>) -> Vec<T> {
    let mut values = Vec::with_capacity(inverse.nrows() * inverse.ncols());
    for column in 0..inverse.ncols() {
        values.extend((0..inverse.nrows()).map(|row| inverse[(row, column)]));
    }
    values
}

/// P U and (C⁻¹ − Uᵀ P U)⁻¹.
fn downdate(
    directions: &[(Vec<(u32, f64)>, f64)],
    items: usize,
    inverse: impl Fn(usize, usize) -> f64,
) -> (Vec<Vec<f64>>, Mat<f64>) {
    let products: Vec<Vec<f64>> = directions
        .iter()
        .map(|(direction, _)| {
            let sum = |item| {
                direction
                    .iter()
                    .map(|(other, value)| value * inverse(*other as usize, item))
                    .sum()
            };
            (0..items).map(sum).collect()
        })
        .collect();
    let inner = Mat::from_fn(directions.len(), directions.len(), |a, b| {
        let product: f64 = directions[a]
            .0
            .iter()
            .map(|(item, value)| value * products[b][*item as usize])
            .sum();
        let own = if a == b { 1.0 / directions[a].1 } else { 0.0 };
        own - product
    });
    (products, inner.partial_piv_lu().inverse())
}

fn correction(products: &[Vec<f64>], inner: &Mat<f64>, item: usize, other: usize) -> f64 {
    let mut sum = 0.0;
    for (a, left) in products.iter().enumerate() {
        let row: f64 = products
            .iter()
            .enumerate()
            .map(|(b, right)| inner[(a, b)] * right[other])
            .sum();
        sum += left[item] * row;
    }
    sum
}

/// Where the whole inverse does not fit: each item's own regression on the items most often seen with it, at most 63.
pub fn truncated(data: &Interactions, settings: EaseSettings, neighbours: usize) -> NeighbourLists {
    let ones = data.by_item.map(|_, _, _| 1.0);
    let by_shopper = ones.transposed(data.shoppers.len());
    let near = NeighbourLists::of_products(settings.name(), &ones, &by_shopper, neighbours.min(63), 1_000);
    let columns = sparse_in_parallel(data.items.len(), |item| {
        regression(data, settings, item, &near.nearest(item, neighbours))
    });
    // Column j of the weights lists who speaks for j; scoring walks rows.
    NeighbourLists::new(settings.name(), columns.transposed(data.items.len()))
}

/// Solves (G_SS + Λ) b = G_Sj over the items S seen with item j.
fn regression(
    data: &Interactions,
    settings: EaseSettings,
    item: u32,
    near: &[(u32, f32)],
) -> Vec<(u32, f32)> {
    if near.is_empty() {
        return Vec::new();
    }
    let mut set: Vec<u32> = near.iter().map(|(other, _)| *other).collect();
    set.push(item);
    let counts = common(data, &set);
    let last = near.len();
    let own = Mat::from_fn(last, last, |a, b| {
        let common = f64::from(counts[a][b]);
        if a == b {
            common + settings.diagonal(common)
        } else {
            common
        }
    });
    let right = Mat::from_fn(last, 1, |a, _| f64::from(counts[a][last]));
    let Ok(factor) = own.llt(Side::Lower) else {
        return Vec::new();
    };
    let weights = faer::linalg::solvers::Solve::solve(&factor, &right);
    near.iter()
        .enumerate()
        .map(|(place, (other, _))| (*other, weights[(place, 0)] as f32))
        .filter(|(_, weight)| *weight > 0.0)
        .collect()
}

/// How many shoppers have both, for each pair of up to 64 items. Each shopper's items are bits of one number, so that
/// nothing is done for the pairs that nobody has.
fn common(data: &Interactions, set: &[u32]) -> Vec<Vec<u32>> {
    thread_local! {
        static HELD: std::cell::RefCell<Vec<u64>> = std::cell::RefCell::default();
    }
    let mut counts = vec![vec![0; set.len()]; set.len()];
    HELD.with_borrow_mut(|held| {
        held.resize(data.shoppers.len(), 0);
        for (place, item) in set.iter().enumerate() {
            data.by_item
                .columns(*item)
                .iter()
                .for_each(|shopper| held[*shopper as usize] |= 1 << place);
        }
        for shopper in set.iter().flat_map(|item| data.by_item.columns(*item)) {
            // A shopper is met again at each of their items; their bits are taken at the first.
            let bits = std::mem::take(&mut held[*shopper as usize]);
            for a in places(bits) {
                places(bits).for_each(|b| counts[a][b] += 1);
            }
        }
    });
    counts
}

/// The places of the bits that are set.
fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros() as usize;
        bits &= bits.checked_sub(1)?;
        Some(place)
    })
}
