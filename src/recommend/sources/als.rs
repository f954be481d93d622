//! Matrix factorisation for implicit feedback: Hu, Koren, Volinsky 2008, "Collaborative Filtering for Implicit Feedback
//! Datasets", solved by conjugate gradients (Takács, Pilászy, Tikk 2011).
//!
//! A shopper is not looked up but folded in: one small solve over their items gives their factors, so that an event
//! counts as soon as it is known.

use multiversion::multiversion;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dot::{dot, product};
use crate::progress::{Cancelled, Progress};
use crate::recommend::interactions::{Interactions, Sparse};
use crate::recommend::source::{Proposal, Said, Scores, Shopper, Source, Top, best};

/// How the factors are trained.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlsSettings {
    pub factors: usize,
    /// How much surer an event of strength 1 makes than none: confidence = 1 + alpha × strength.
    pub alpha: f32,
    /// λ for each item that a shopper has on the average: a shop where most have few must not be regularised away.
    pub regularisation: f32,
    pub rounds: usize,
    /// Steps of conjugate gradients for each row and round.
    pub steps: usize,
    pub seed: u64,
}

impl Default for AlsSettings {
    fn default() -> Self {
        Self {
            factors: 64,
            alpha: 2.0,
            regularisation: 0.375,
            rounds: 15,
            steps: 4,
            seed: 1,
        }
    }
}

/// Item factors, and what a fold-in needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Als {
    settings: AlsSettings,
    /// [items × factors].
    items: Vec<f32>,
    /// The same in 16 bits, longest first: a large catalogue is searched in half of the memory's time, or less.
    small: Option<Small>,
    /// λ.
    penalty: f32,
    /// Yᵀ Y + λ I, [factors × factors].
    gram: Vec<f32>,
    /// [shoppers × factors], while training runs.
    #[serde(skip)]
    shoppers: Vec<f32>,
}

impl Als {
    pub fn train(
        data: &Interactions,
        settings: &AlsSettings,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let factors = settings.factors;
        let mut random = StdRng::seed_from_u64(settings.seed);
        let mut start = |rows: usize| -> Vec<f32> {
            let scale = 0.1 / (factors as f32).sqrt();
            (0..rows * factors)
                .map(|_| scale * (random.random::<f32>() * 2.0 - 1.0))
                .collect()
        };
        let mut als = Self {
            shoppers: start(data.shoppers.len()),
            items: start(data.items.len()),
            small: None,
            penalty: settings.regularisation * data.by_shopper.len() as f32
                / data.shoppers.len().max(1) as f32,
            gram: Vec::new(),
            settings: settings.clone(),
        };
        for round in 0..settings.rounds {
            progress.step("factors", round as u64, settings.rounds as u64)?;
            als.round(data);
        }
        progress.step("factors", settings.rounds as u64, settings.rounds as u64)?;
        als.gram = als.gram_of(&als.items);
        als.shoppers = Vec::new();
        als.small = (data.items.len() > SMALL_FROM).then(|| Small::of(&als.items, factors));
        Ok(als)
    }

    /// One round: shoppers against items, then items against shoppers.
    fn round(&mut self, data: &Interactions) {
        let gram = self.gram_of(&self.items);
        let mut shoppers = std::mem::take(&mut self.shoppers);
        self.solve_all(&mut shoppers, &self.items, &gram, &data.by_shopper);
        self.shoppers = shoppers;
        let gram = self.gram_of(&self.shoppers);
        let mut items = std::mem::take(&mut self.items);
        self.solve_all(&mut items, &self.shoppers, &gram, &data.by_item);
        self.items = items;
    }

    fn solve_all(&self, rows: &mut [f32], others: &[f32], gram: &[f32], known: &Sparse) {
        let factors = self.settings.factors;
        rows.par_chunks_mut(factors)
            .enumerate()
            .for_each(|(row, solution)| {
                if known.columns(row as u32).is_empty() {
                    solution.fill(0.0);
                    return;
                }
                self.solve(solution, others, gram, known.row(row as u32), self.settings.steps);
            });
    }

    /// Improves `solution` of (gram + Σ alpha r y yᵀ) x = Σ (1 + alpha r) y by conjugate gradients.
    fn solve(
        &self,
        solution: &mut [f32],
        others: &[f32],
        gram: &[f32],
        known: impl Iterator<Item = (u32, f32)>,
        steps: usize,
    ) {
        let (factors, alpha) = (self.settings.factors, self.settings.alpha);
        let known: Vec<Known<'_>> = known
            .filter(|(_, strength)| *strength > 0.0)
            .map(|(other, strength)| {
                let from = other as usize * factors;
                (&others[from..from + factors], alpha * strength)
            })
            .collect();
        let (mut residual, mut product) = (vec![0.0; factors], vec![0.0; factors]);
        apply(gram, &known, solution, &mut residual);
        residual.iter_mut().for_each(|value| *value = -*value);
        known
            .iter()
            .for_each(|(other, weight)| add(&mut residual, other, 1.0 + weight));
        let mut direction = residual.clone();
        let mut length = dot(&residual, &residual);
        let enough = length * SOLVED;
        for _ in 0..steps {
            if length <= enough {
                return;
            }
            apply(gram, &known, &direction, &mut product);
            let step = length / dot(&direction, &product);
            add(solution, &direction, step);
            add(&mut residual, &product, -step);
            let next = dot(&residual, &residual);
            let keep = next / length;
            direction
                .iter_mut()
                .zip(&residual)
                .for_each(|(d, r)| *d = r + keep * *d);
            length = next;
        }
    }

    /// Xᵀ X + λ I.
    fn gram_of(&self, rows: &[f32]) -> Vec<f32> {
        let factors = self.settings.factors;
        let sum = rows
            .par_chunks(factors * 1024)
            .map(|chunk| {
                let mut gram = vec![0.0; factors * factors];
                add_squares(&mut gram, chunk, factors);
                gram
            })
            // In order: the same data give the same factors, whatever the cores do.
            .collect::<Vec<_>>();
        let mut gram = vec![0.0; factors * factors];
        sum.iter().for_each(|part| add(&mut gram, part, 1.0));
        for place in 0..factors {
            gram[place * factors + place] += self.penalty;
        }
        gram
    }

    /// The factors of a shopper from their history: one solve.
    pub fn fold_in(&self, history: &[(u32, f32)]) -> Vec<f32> {
        let mut solution = vec![0.0; self.settings.factors];
        self.solve(
            &mut solution,
            &self.items,
            &self.gram,
            history.iter().copied(),
            self.settings.factors,
        );
        solution
    }
}

impl Source for Als {
    fn name(&self) -> &'static str {
        "als"
    }

    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores) {
        if shopper.history.is_empty() {
            return;
        }
        let factors = self.fold_in(shopper.history);
        let rows = self.items.chunks_exact(self.settings.factors);
        for (score, item) in scores.all().iter_mut().zip(rows) {
            *score = dot(&factors, item);
        }
    }

    fn propose(
        &self,
        shopper: &Shopper<'_>,
        n: usize,
        allowed: &dyn Fn(u32) -> bool,
        scores: &mut Scores,
    ) -> Proposal {
        let Some(small) = &self.small else {
            self.score(shopper, scores);
            return scores.proposal(n, allowed);
        };
        if shopper.history.is_empty() {
            return Proposal {
                best: Vec::new(),
                said: Said::Some(Vec::new()),
            };
        }
        let folded = self.fold_in(shopper.history);
        let mut top = most_alike(small, &folded, n, allowed);
        for (item, score) in &mut top {
            *score = self.score_of(*item, &folded);
        }
        best(&mut top, n);
        Proposal {
            best: top,
            said: Said::Asked(folded),
        }
    }

    fn score_of(&self, item: u32, shopper: &[f32]) -> f32 {
        let from = item as usize * self.settings.factors;
        dot(shopper, &self.items[from..from + self.settings.factors])
    }
}

/// A solution whose squared residual is this share of the first one's is one: further steps move no item's place.
const SOLVED: f32 = 1e-9;
/// From so many items on, they are searched in 16 bits.
const SMALL_FROM: usize = 20_000;

/// Vectors in 16 bits. Products of two stay below 2²², so that sums of 64 fit 32 bits, and whole numbers are multiplied
/// and added in pairs by one instruction of any x86-64.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Small {
    width: usize,
    /// [rows]: the items, those with the longest vectors first.
    items: Vec<u32>,
    /// [rows]: how long.
    lengths: Vec<f32>,
    /// [rows × width].
    values: Vec<i16>,
    /// [rows]: what a value of 1 stands for.
    scales: Vec<f32>,
}

/// What the greatest value of a vector becomes.
const LARGEST: f32 = 2000.0;

impl Small {
    fn of(rows: &[f32], width: usize) -> Self {
        let lengths = rows.chunks_exact(width).map(|row| dot(row, row).sqrt());
        let mut order: Vec<(u32, f32)> = (0u32..).zip(lengths).collect();
        let all = order.len();
        best(&mut order, all);
        let (items, lengths): (Vec<u32>, Vec<f32>) = order.into_iter().unzip();
        let (mut values, mut scales) = (Vec::with_capacity(rows.len()), Vec::new());
        for item in &items {
            let row = &rows[*item as usize * width..(*item as usize + 1) * width];
            let scale = Self::scale(row);
            values.extend(row.iter().map(|value| (value / scale).round() as i16));
            scales.push(scale);
        }
        Self {
            width,
            items,
            lengths,
            values,
            scales,
        }
    }

    fn scale(row: &[f32]) -> f32 {
        row.iter()
            .fold(0.0f32, |most, value| most.max(value.abs()))
            .max(f32::MIN_POSITIVE)
            / LARGEST
    }
}

/// The `n` items with the greatest products. No product is greater than the product of the lengths, so that the search
/// ends where no row is long enough any more.
#[multiversion(targets("x86_64+avx2"))]
fn most_alike(small: &Small, vector: &[f32], n: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let (own, length) = (Small::scale(vector), product(vector, vector).sqrt());
    let vector: Vec<i16> = vector.iter().map(|value| (value / own).round() as i16).collect();
    let rows = small.values.chunks_exact(small.width).zip(&small.scales);
    let mut top = Top::new(n);
    for ((item, longest), (row, scale)) in small.items.iter().zip(&small.lengths).zip(rows) {
        if longest * length <= top.floor() {
            break;
        }
        let products = row.iter().zip(&vector);
        let sum: i32 = products.fold(0, |sum, (a, b)| sum.wrapping_add(i32::from(*a) * i32::from(*b)));
        let score = sum as f32 * scale * own;
        if score >= top.floor() && allowed(*item) {
            top.offer(*item, score);
        }
    }
    top.best_first()
}

/// What someone knows: its factors, and alpha × strength.
type Known<'a> = (&'a [f32], f32);

/// (gram + Σ alpha r y yᵀ) x. With AVX2 the numbers come out the same, as those of [`dot`] do; so below.
#[multiversion(targets("x86_64+avx2"))]
fn apply(gram: &[f32], known: &[Known<'_>], x: &[f32], out: &mut [f32]) {
    for (value, row) in out.iter_mut().zip(gram.chunks_exact(x.len().max(1))) {
        *value = product(row, x);
    }
    for (other, weight) in known {
        add(out, other, weight * product(other, x));
    }
}

/// Adds the products of each row with itself. `gram`: [width × width], `rows`: [rows × width].
#[multiversion(targets("x86_64+avx2"))]
fn add_squares(gram: &mut [f32], rows: &[f32], width: usize) {
    for row in rows.chunks_exact(width) {
        for (value, target) in row.iter().zip(gram.chunks_exact_mut(width)) {
            add(target, row, *value);
        }
    }
}

#[inline(always)]
fn add(target: &mut [f32], values: &[f32], factor: f32) {
    target
        .iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += factor * value);
}
