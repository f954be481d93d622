//! Measures of a ranked list against what a shopper did then. All gains are binary; k is the list's length asked for.

/// A list and the items that were wanted.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// Best first, at most k.
    pub items: &'a [u32],
    /// Ascending.
    pub relevant: &'a [u32],
}

/// How long lists are.
pub const K: usize = 10;

impl Ranked<'_> {
    fn hits(&self) -> impl Iterator<Item = usize> + '_ {
        let places = self.items.iter().enumerate();
        places
            .filter(|(_, item)| self.relevant.binary_search(item).is_ok())
            .map(|(place, _)| place)
    }
}

/// Normalised discounted cumulative gain at [`K`]; the ideal has min(k, relevant) hits (Järvelin, Kekäläinen 2002).
pub fn ndcg(list: &Ranked<'_>) -> f64 {
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let ideal: f64 = (0..list.relevant.len().min(K)).map(gain).sum();
    if ideal == 0.0 {
        0.0
    } else {
        list.hits().map(gain).sum::<f64>() / ideal
    }
}

/// Average precision over all that is relevant.
pub fn average_precision(list: &Ranked<'_>) -> f64 {
    let precisions = list
        .hits()
        .enumerate()
        .map(|(hit, place)| (hit as f64 + 1.0) / (place as f64 + 1.0));
    precisions.sum::<f64>() / list.relevant.len().max(1) as f64
}

/// Hits a place of the list.
pub fn precision(list: &Ranked<'_>) -> f64 {
    list.hits().count() as f64 / K as f64
}

/// Hits of all that is relevant.
pub fn recall(list: &Ranked<'_>) -> f64 {
    list.hits().count() as f64 / list.relevant.len().max(1) as f64
}

/// One over the place of the first hit.
pub fn reciprocal_rank(list: &Ranked<'_>) -> f64 {
    list.hits().next().map_or(0.0, |place| 1.0 / (place as f64 + 1.0))
}

/// How unequally `counts` are spread: 0 when all are equal, towards 1 when one has all (Gini 1912).
pub fn gini(counts: &[f64]) -> f64 {
    let mut sorted = counts.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (n, total) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    if total == 0.0 {
        return 0.0;
    }
    let weighted: f64 = sorted
        .iter()
        .enumerate()
        .map(|(place, count)| (place as f64 + 1.0) * count)
        .sum();
    (2.0 * weighted / (n * total) - (n + 1.0) / n).max(0.0)
}
