//! The training phrases nearest to a message: their intents vote, and the nearest one says whether the message is
//! about anything known at all.

use super::matrix::{Inputs, Matrix};
use crate::dot::dot;

const K: usize = 10;
/// Phrases whose cosines are worked out, the nearest in eight bits.
const LOOKED_AT: usize = 4 * K;
/// How much a nearer phrase counts more: votes weigh exp(cosine / TEMPERATURE).
const TEMPERATURE: f32 = 0.1;
/// Share of the vote that every class gets, so that no class is impossible.
const FLOOR: f32 = 0.02;

/// The nearest phrases of a vector.
pub(super) struct Nearest {
    /// Row of the nearest phrase and its cosine.
    pub first: Option<(usize, f32)>,
    /// Votes per class, summing to 1.
    pub votes: Vec<f32>,
    /// Cosine of each class's nearest phrase; -1 for a class without phrases.
    pub per_class: Vec<f32>,
}

/// Compares `vector` to `rows` (all of unit length), `small` being the same in eight bits and `labels` their classes.
pub(super) fn nearest(
    vector: &[f32],
    rows: &[Vec<f32>],
    small: &Matrix,
    labels: &[usize],
    classes: usize,
) -> Nearest {
    let (mut own, mut about) = (Inputs::default(), Vec::new());
    own.fill(vector, vector.len());
    small.multiply(&own, &mut about);
    // The best of each class and of all, about; then as they are.
    let mut of_class: Vec<Option<usize>> = vec![None; classes];
    for (at, label) in labels.iter().enumerate() {
        let best = &mut of_class[*label];
        if best.is_none_or(|best| about[at] > about[best]) {
            *best = Some(at);
        }
    }
    let mut looked_at: Vec<usize> = (0..about.len()).collect();
    if looked_at.len() > LOOKED_AT {
        looked_at.select_nth_unstable_by(LOOKED_AT, |a, b| about[*b].total_cmp(&about[*a]));
        looked_at.truncate(LOOKED_AT);
    }
    looked_at.extend(of_class.into_iter().flatten());
    looked_at.sort_unstable();
    looked_at.dedup();
    let mut per_class = vec![-1f32; classes];
    let mut best: Vec<(f32, usize)> = Vec::with_capacity(looked_at.len());
    for at in looked_at {
        let cosine = dot(&rows[at], vector);
        per_class[labels[at]] = per_class[labels[at]].max(cosine);
        best.push((cosine, at));
    }
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    best.truncate(K);
    let mut votes = vec![FLOOR / classes as f32; classes];
    let most = best.first().map_or(0.0, |(cosine, _)| *cosine);
    let weights: Vec<f32> = best
        .iter()
        .map(|(cosine, _)| ((cosine - most) / TEMPERATURE).exp())
        .collect();
    let sum: f32 = weights.iter().sum::<f32>().max(1e-12);
    for ((_, at), weight) in best.iter().zip(weights) {
        votes[labels[*at]] += (1.0 - FLOOR) * weight / sum;
    }
    Nearest {
        first: best.first().map(|(cosine, at)| (*at, *cosine)),
        votes,
        per_class,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_find_the_nearest_of_many() {
        let unit = |seed: usize| -> Vec<f32> {
            let row: Vec<f32> = (0..64).map(|at| ((seed * 64 + at) as f32 * 1.3).sin()).collect();
            let length = dot(&row, &row).sqrt();
            row.into_iter().map(|value| value / length).collect()
        };
        let rows: Vec<Vec<f32>> = (0..500).map(unit).collect();
        let labels: Vec<usize> = (0..500).map(|row| row % 7).collect();
        let small = Matrix::of_rows(&rows.concat(), 64);
        let vector = unit(1_000);
        let found = nearest(&vector, &rows, &small, &labels, 8);
        let mut cosines: Vec<(usize, f32)> = rows.iter().map(|row| dot(row, &vector)).enumerate().collect();
        cosines.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(found.first, Some(cosines[0]));
        let of_class = |class| cosines.iter().find(|(row, _)| labels[*row] == class).unwrap().1;
        for class in 0..7 {
            assert!((found.per_class[class] - of_class(class)).abs() < 0.01);
        }
        assert_eq!(found.per_class[7], -1.0);
        assert!((found.votes.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(nearest(&vector, &[], &Matrix::default(), &[], 2).first.is_none());
    }
}
