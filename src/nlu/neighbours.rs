//! The training phrases nearest to a message: their intents vote, and the nearest one says whether the message is
//! about anything known at all.

use super::Vector;
use super::softmax::dot;

const K: usize = 10;
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

/// Compares `vector` to `rows` (all of unit length), `labels` being their classes.
pub(super) fn nearest(vector: &[f32], rows: &[Vector], labels: &[usize], classes: usize) -> Nearest {
    let mut best: Vec<(f32, usize)> = Vec::with_capacity(K + 1);
    let mut per_class = vec![-1f32; classes];
    for (at, row) in rows.iter().enumerate() {
        let cosine = dot(row, vector);
        per_class[labels[at]] = per_class[labels[at]].max(cosine);
        if best.len() < K || best.last().is_some_and(|(least, _)| cosine > *least) {
            let place = best.partition_point(|(known, _)| *known >= cosine);
            best.insert(place, (cosine, at));
            best.truncate(K);
        }
    }
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
