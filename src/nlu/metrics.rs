//! Measures of classification.

use std::collections::{BTreeMap, BTreeSet};

/// Multi-class Matthews correlation (Gorodkin 2004): 1 perfect, 0 chance.
pub fn matthews(pairs: &[(&str, &str)]) -> f64 {
    let n = pairs.len() as f64;
    let right = pairs
        .iter()
        .filter(|(expected, predicted)| expected == predicted)
        .count() as f64;
    let (mut expected, mut predicted) = (BTreeMap::<&str, f64>::new(), BTreeMap::<&str, f64>::new());
    for (e, p) in pairs {
        *expected.entry(e).or_default() += 1.0;
        *predicted.entry(p).or_default() += 1.0;
    }
    let both: f64 = expected
        .iter()
        .map(|(class, count)| count * predicted.get(class).copied().unwrap_or_default())
        .sum();
    let squares = |counts: &BTreeMap<&str, f64>| counts.values().map(|count| count * count).sum::<f64>();
    let below = ((n * n - squares(&expected)) * (n * n - squares(&predicted))).sqrt();
    if below == 0.0 {
        0.0
    } else {
        (right * n - both) / below
    }
}

/// Mean over the expected classes of F1.
pub fn macro_f1(pairs: &[(&str, &str)]) -> f64 {
    let classes: BTreeSet<&str> = pairs.iter().map(|(expected, _)| *expected).collect();
    let f1 = |class: &str| {
        let count =
            |test: &dyn Fn(&(&str, &str)) -> bool| pairs.iter().filter(|pair| test(pair)).count() as f64;
        let right = count(&|(e, p)| *e == class && *p == class);
        let all = count(&|(e, _)| *e == class) + count(&|(_, p)| *p == class);
        if all == 0.0 { 0.0 } else { 2.0 * right / all }
    };
    classes.iter().map(|class| f1(class)).sum::<f64>() / classes.len().max(1) as f64
}

/// Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. `None` without
/// both kinds.
pub fn auroc(positives: &[f32], negatives: &[f32]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut sorted = negatives.to_vec();
    sorted.sort_by(f32::total_cmp);
    let wins = positives.iter().map(|score| {
        let below = sorted.partition_point(|negative| negative < score);
        let not_above = sorted.partition_point(|negative| negative <= score);
        (below + not_above) as f64 / 2.0
    });
    Some(wins.sum::<f64>() / (positives.len() * negatives.len()) as f64)
}

/// The value at `share` (0 to 1) of sorted `values`; 0 when there are none.
pub fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let at = ((sorted.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Two classes, counts 2 right, 1 wrong each way of 4: the binary Matthews coefficient of (tp 1, tn 1, fp 1, fn 1) is 0.
        assert_eq!(matthews(&[("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")]), 0.0);
        assert_eq!(matthews(&[("a", "a"), ("b", "b")]), 1.0);
        // tp 2, tn 1, fp 1, fn 0: 2 / sqrt(3·2·2·1).
        let got = matthews(&[("a", "a"), ("a", "a"), ("b", "b"), ("b", "a")]);
        assert!((got - 2.0 / 12f64.sqrt()).abs() < 1e-12);
        assert_eq!(auroc(&[0.9, 0.5], &[0.5, 0.1]), Some(0.875));
        assert_eq!(macro_f1(&[("a", "a"), ("b", "a")]), (2.0 / 3.0) / 2.0);
        assert_eq!(quantile(&[1, 2, 3], 0.5), 2);
    }
}
