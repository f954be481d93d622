//! A linear model over word and character n-grams: what a shopper's exact words say beside their meaning.
//!
//! Words and pairs of words, and character n-grams of 2 to 5 within words, weighted by TF-IDF with sublinear counts,
//! rows of unit length; softmax regression by AdaGrad (Duchi, Hazan and Singer 2011).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

const CHARACTERS: std::ops::RangeInclusive<usize> = 2..=5;
/// Steps that the descent takes over the rows, within these many rounds: few rows need many rounds, many few.
const STEPS: usize = 60_000;
const ROUNDS: (usize, usize) = (8, 30);
const RATE: f32 = 0.5;
/// Inverse strength of the regularisation, as in scikit-learn: ½‖W‖² + C·Σ cross-entropy is minimised.
const C: f32 = 30.0;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Lexical {
    /// N-gram to column and inverse document frequency.
    vocabulary: HashMap<String, (u32, f32)>,
    /// `[columns × classes]` in rows.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

type SparseRow = Vec<(u32, f32)>;

impl Lexical {
    pub(super) fn fit(texts: &[&str], labels: &[usize], classes: usize) -> Self {
        let counted: Vec<HashMap<String, u32>> = texts.iter().map(|text| count(text)).collect();
        let vocabulary = vocabulary(&counted);
        let mut model = Self {
            weights: vec![0.0; vocabulary.len() * classes],
            bias: vec![0.0; classes],
            vocabulary,
        };
        let rows: Vec<SparseRow> = counted.iter().map(|counts| model.row(counts)).collect();
        model.descend(&rows, labels);
        model
    }

    /// The logits of a text, one per class.
    pub(super) fn logits(&self, text: &str) -> Vec<f32> {
        self.row_logits(&self.row(&count(text)))
    }

    fn row(&self, counts: &HashMap<String, u32>) -> SparseRow {
        let weighted = |(gram, count): (&String, &u32)| {
            let (column, idf) = self.vocabulary.get(gram)?;
            Some((*column, (1.0 + (*count as f32).ln()) * idf))
        };
        let mut row: SparseRow = counts.iter().filter_map(weighted).collect();
        row.sort_unstable_by_key(|(column, _)| *column);
        let norm = row
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt()
            .max(1e-12);
        row.iter_mut().for_each(|(_, value)| *value /= norm);
        row
    }

    fn row_logits(&self, row: &SparseRow) -> Vec<f32> {
        let classes = self.bias.len();
        let mut logits = self.bias.clone();
        for (column, value) in row {
            let weights = &self.weights[*column as usize * classes..][..classes];
            logits
                .iter_mut()
                .zip(weights)
                .for_each(|(logit, weight)| *logit += value * weight);
        }
        logits
    }

    fn descend(&mut self, rows: &[SparseRow], labels: &[usize]) {
        let classes = self.bias.len();
        let mut squares = vec![1e-6f32; self.weights.len()];
        let mut bias_squares = vec![1e-6f32; classes];
        // A weight is visited once for each row that has its n-gram: together the visits of a round pull it as hard
        // towards zero as the penalty does.
        let mut visits = vec![0u32; self.vocabulary.len()];
        rows.iter()
            .flatten()
            .for_each(|(column, _)| visits[*column as usize] += 1);
        let decay: Vec<f32> = visits
            .iter()
            .map(|visits| 1.0 / (C * (*visits).max(1) as f32))
            .collect();
        let rounds = (STEPS / rows.len().max(1)).clamp(ROUNDS.0, ROUNDS.1);
        for epoch in 0..rounds {
            for step in 0..rows.len() {
                // A fixed stride that shares no factor with the count visits every row in a mixed order.
                let at = (step * stride(rows.len()) + epoch * 7) % rows.len();
                let mut error = self.row_logits(&rows[at]);
                softmax(&mut error);
                error[labels[at]] -= 1.0;
                for (column, value) in &rows[at] {
                    let from = *column as usize * classes;
                    adagrad(
                        &mut self.weights[from..from + classes],
                        &mut squares[from..from + classes],
                        &error,
                        *value,
                        decay[*column as usize],
                    );
                }
                adagrad(&mut self.bias, &mut bias_squares, &error, 0.1, 0.0);
            }
        }
    }
}

fn adagrad(weights: &mut [f32], squares: &mut [f32], error: &[f32], value: f32, decay: f32) {
    for ((weight, square), error) in weights.iter_mut().zip(squares).zip(error) {
        let gradient = error * value + decay * *weight;
        *square += gradient * gradient;
        *weight -= RATE * gradient / square.sqrt();
    }
}

fn stride(count: usize) -> usize {
    let coprime = |a: usize| gcd(a, count.max(1)) == 1;
    (count / 3..)
        .find(|stride| *stride > 0 && coprime(*stride))
        .unwrap_or(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Logits to probabilities, in place.
pub(super) fn softmax(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - most).exp();
        sum += *logit;
    }
    logits.iter_mut().for_each(|logit| *logit /= sum);
}

fn vocabulary(counted: &[HashMap<String, u32>]) -> HashMap<String, (u32, f32)> {
    let mut documents: HashMap<&String, u32> = HashMap::new();
    counted
        .iter()
        .flat_map(HashMap::keys)
        .for_each(|gram| *documents.entry(gram).or_default() += 1);
    let mut grams: Vec<_> = documents.into_iter().collect();
    // The order of columns is part of a model's file: the same data gives the same file.
    grams.sort_unstable();
    let n = counted.len() as f32;
    let idf = |count: u32| ((1.0 + n) / (1.0 + count as f32)).ln() + 1.0;
    grams
        .into_iter()
        .enumerate()
        .map(|(column, (gram, count))| (gram.clone(), (column as u32, idf(count))))
        .collect()
}

/// Words, pairs of words (with a leading mark) and character n-grams within words, counted.
fn count(text: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    let mut add = |gram: String| *counts.entry(gram).or_insert(0) += 1;
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    for word in &words {
        add(format!("w {word}"));
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        for length in CHARACTERS {
            padded.windows(length).for_each(|gram| add(gram.iter().collect()));
        }
    }
    words
        .windows(2)
        .for_each(|pair| add(format!("w {} {}", pair[0], pair[1])));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_still_counts_for_its_word() {
        let texts = [
            "where is my parcel",
            "track my parcel",
            "i want a refund",
            "refund me please",
        ];
        let model = Lexical::fit(&texts, &[0, 0, 1, 1], 2);
        let logits = model.logits("my refudn");
        assert!(logits[1] > logits[0], "{logits:?}");
    }
}
