//! Rankers on tables whose law is known: how near they come to the noise that nobody can predict.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

use crate::progress::Progress;

mod exam;
mod precision;
mod soundness;

/// Interests, attributes, and the similarity.
const SIDES: usize = 4;
const WIDTH: usize = 2 * SIDES + 1;
/// Of targets. Its square is the least error there is.
const NOISE: f32 = 0.1;

type Law = fn(&[f32]) -> f32;

/// Interest meets attribute, similarity helps, much of the first interest wearies.
fn taste(row: &[f32]) -> f32 {
    let (interests, rest) = row.split_at(SIDES);
    let meeting: f32 = interests.iter().zip(rest).map(|(i, p)| i * p).sum();
    sigmoid(1.2 * meeting + 0.8 * row[2 * SIDES] - 0.5 * row[0] * row[0] - 1.0)
}

fn additive(row: &[f32]) -> f32 {
    0.4 * row[0] - 0.3 * row[1] + 0.5 * row[2] * row[2] + 0.2 * (row[3] - 0.5).abs()
}

fn product(row: &[f32]) -> f32 {
    row[0] * row[4] + 0.6 * row[1] * row[5] - 0.5 * row[2] * row[6]
}

fn sine(row: &[f32]) -> f32 {
    0.5 * (3.0 * row[0]).sin() + 0.3 * (4.0 * row[1] + row[2]).cos()
}

const LAWS: [(&str, Law); 4] = [
    ("taste", taste),
    ("additive", additive),
    ("product", product),
    ("sine", sine),
];

fn columns() -> Vec<String> {
    let sides = ["user_interest", "product_attribute"];
    let numbered = sides
        .iter()
        .flat_map(|side| (0..SIDES).map(move |at| format!("{side}_{at}")));
    numbered.chain(["user_product_similarity".to_owned()]).collect()
}

/// Nearly normal: the sum of twelve uniform numbers has deviation 1.
fn noise(random: &mut StdRng) -> f32 {
    (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0
}

/// Rows of features in 0..1 and the law's value with noise of that deviation.
fn drawn(law: Law, rows: usize, deviation: f32, seed: u64) -> Table {
    let mut random = StdRng::seed_from_u64(seed);
    let mut features = Features::new(columns());
    let mut targets = Vec::new();
    for _ in 0..rows {
        let row: [f32; WIDTH] = random.random();
        features.push_row(&row).unwrap();
        targets.push(law(&row) + deviation * noise(&mut random));
    }
    Table {
        features,
        targets,
        left_out: Vec::new(),
    }
}

/// Few trees and epochs, for tests of everything but precision.
fn quick() -> Settings {
    Settings {
        epochs: 5,
        trees: 9,
        ..Settings::default()
    }
}

fn quickly(kind: Kind, table: &Table, target: Target) -> Result<Model, RankerError> {
    fit(
        kind,
        &table.features,
        &table.targets,
        target,
        &quick(),
        &Progress::silent(),
    )
}

/// As `drawn`, with 0 and 1 as targets: whether the law's value is above `least`.
fn separable(law: Law, least: f32, seed: u64) -> Table {
    let mut table = drawn(law, 1500, 0.0, seed);
    table
        .targets
        .iter_mut()
        .for_each(|target| *target = f32::from(u8::from(*target > least)));
    table
}
