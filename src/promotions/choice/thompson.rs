//! Thompson's probabilities: how likely each offer is the best of all, as far as is known.
//!
//! Thompson sampling (Thompson 1933; Agrawal and Goyal 2013 for linear rewards) draws a value an offer from its posterior
//! and plays the best. The values of one context are independent normals here, so instead of drawing, the probability of
//! winning is integrated: P(a) = ∫ f_a(t) Π_{b≠a} F_b(t) dt. The same state gives the same probabilities, and what is
//! logged is exactly what was drawn from.

/// Cells of the integral.
const CELLS: usize = 64;
/// Where a belief narrower than a cell cuts it up, in deviations. With these the error stays below .005.
const CUTS: [f64; 8] = [-3.0, -2.0, -1.0, -0.4, 0.4, 1.0, 2.0, 3.0];
/// Deviations beyond which a normal is taken to be over.
const REACH: f64 = 5.0;

/// What is believed of an offer's value in a context.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief {
    pub mean: f64,
    pub deviation: f64,
}

/// The probability of each of being the largest, `[beliefs]`; adds up to 1.
pub(super) fn chances_of_best(beliefs: &[Belief]) -> Vec<f64> {
    let bound = |sign: f64| {
        beliefs
            .iter()
            .map(move |belief| belief.mean + sign * REACH * belief.deviation)
    };
    let (lowest, highest) = (
        bound(-1.0).fold(f64::INFINITY, f64::min),
        bound(1.0).fold(f64::MIN, f64::max),
    );
    let span = highest - lowest;
    if !(span.is_finite() && span > 0.0) {
        return vec![1.0 / beliefs.len().max(1) as f64; beliefs.len()];
    }
    // The best is above each offer's lower end. A certain belief becomes a narrow one, which fits into a cell.
    let narrowest = span * 1e-9;
    let low = bound(-1.0).fold(f64::MIN, f64::max) - REACH * narrowest;
    let at = |edge: f64, belief: &Belief| normal_cdf((edge - belief.mean) / belief.deviation.max(narrowest));
    let mut before: Vec<f64> = beliefs.iter().map(|belief| at(low, belief)).collect();
    let mut chances = vec![0.0; beliefs.len()];
    let mut after = vec![0.0; beliefs.len()];
    for edge in edges(beliefs, low, highest) {
        after
            .iter_mut()
            .zip(beliefs)
            .for_each(|(after, belief)| *after = at(edge, belief));
        add_cell(&mut chances, &before, &after);
        std::mem::swap(&mut before, &mut after);
    }
    let total: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= total);
    chances
}

/// The ends of the integral's cells, ascending: even ones, and more around beliefs that are narrower than those.
fn edges(beliefs: &[Belief], low: f64, high: f64) -> Vec<f64> {
    let width = (high - low) / CELLS as f64;
    let mut edges: Vec<f64> = (1..=CELLS).map(|cell| low + width * cell as f64).collect();
    let narrow = beliefs.iter().filter(|belief| belief.deviation < width);
    let cuts = narrow.flat_map(|belief| CUTS.iter().map(|cut| belief.mean + cut * belief.deviation));
    edges.extend(cuts.filter(|cut| *cut > low && *cut < high));
    edges.sort_unstable_by(f64::total_cmp);
    edges
}

/// Adds each offer's probability to lie in the cell while all others lie below.
fn add_cell(chances: &mut [f64], before: &[f64], after: &[f64]) {
    let below = |at: usize| (before[at] + after[at]) / 2.0;
    let all: f64 = (0..chances.len()).map(below).product();
    for (at, chance) in chances.iter_mut().enumerate() {
        let inside = after[at] - before[at];
        if inside <= 0.0 {
            continue;
        }
        // Dividing an offer out of the product fails where that came too near to 0.
        let others = if all > 1e-200 {
            all / below(at)
        } else {
            (0..before.len())
                .filter(|other| *other != at)
                .map(below)
                .product()
        };
        *chance += inside * others;
    }
}

/// Gives each of `[chances]` at least `floor`, all floors together at most `most`: (1 − Σ floors)·chance + floor.
pub(super) fn with_floor(chances: &mut [f64], floor: f64, most: f64) {
    let count = chances.len().max(1) as f64;
    let floor = floor.min(most / count);
    chances
        .iter_mut()
        .for_each(|chance| *chance = floor + (1.0 - floor * count) * *chance);
}

/// Which of `[chances]` a uniform number of [0, 1) falls on.
pub(super) fn pick(chances: &[f64], uniform: f64) -> usize {
    let mut left = uniform * chances.iter().sum::<f64>();
    for (at, chance) in chances.iter().enumerate() {
        left -= chance;
        if left < 0.0 {
            return at;
        }
    }
    // Rounding left a crumb.
    chances
        .iter()
        .rposition(|chance| *chance > 0.0)
        .unwrap_or_default()
}

/// Φ(z), off by less than 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
fn normal_cdf(z: f64) -> f64 {
    if z.abs() > 6.0 {
        return if z < 0.0 { 0.0 } else { 1.0 };
    }
    let x = z.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let tail = 0.5 * poly * (-x * x).exp();
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::simulate::normal;
    use super::*;

    fn beliefs(pairs: &[(f64, f64)]) -> Vec<Belief> {
        pairs
            .iter()
            .map(|(mean, deviation)| Belief {
                mean: *mean,
                deviation: *deviation,
            })
            .collect()
    }

    #[test]
    fn the_normal_distribution_is_right() {
        for (z, expected) in [(0.0, 0.5), (1.0, 0.841_345), (-1.96, 0.024_998), (4.0, 0.999_968)] {
            assert!((normal_cdf(z) - expected).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn two_offers_win_as_the_formula_says() {
        // P(a > b) = Φ((0.3 − 0.1) / √(0.2² + 0.1²))
        let chances = chances_of_best(&beliefs(&[(0.3, 0.2), (0.1, 0.1)]));
        assert!(
            (chances[0] - normal_cdf(0.2 / 0.05_f64.sqrt())).abs() < 2e-3,
            "{chances:?}"
        );
    }

    #[test]
    fn integrated_chances_match_draws() {
        let offers = beliefs(&[
            (0.10, 0.05),
            (0.12, 0.01),
            (0.00, 0.20),
            (0.11, 0.001),
            (-0.5, 0.1),
        ]);
        let chances = chances_of_best(&offers);
        let (mut random, mut wins) = (StdRng::seed_from_u64(1), vec![0.0; offers.len()]);
        for _ in 0..200_000 {
            let drawn = offers
                .iter()
                .map(|offer| offer.mean + offer.deviation * normal(&mut random));
            let best = drawn.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            wins[best] += 1.0 / 200_000.0;
        }
        for (chance, won) in chances.iter().zip(&wins) {
            assert!((chance - won).abs() < 0.006, "{chances:?} {wins:?}");
        }
    }

    #[test]
    fn certain_and_equal_beliefs_have_an_answer() {
        assert_eq!(chances_of_best(&beliefs(&[(0.1, 0.0), (0.1, 0.0)])), [0.5, 0.5]);
        let certain = chances_of_best(&beliefs(&[(0.2, 0.0), (0.1, 0.0)]));
        assert!(certain[0] > 0.999_999, "{certain:?}");
        let mixed = chances_of_best(&beliefs(&[(0.0, 0.0), (0.0, 1.0)]));
        assert!((mixed[0] - 0.5).abs() < 0.1, "{mixed:?}");
    }

    proptest! {
        #[test]
        fn chances_add_up_to_one_and_hold_the_floor(
            pairs in proptest::collection::vec((-1e3..1e3_f64, 0.0..1e3_f64), 1..40), floor in 0.0..0.2_f64,
        ) {
            let mut chances = chances_of_best(&beliefs(&pairs));
            prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            with_floor(&mut chances, floor, 0.2);
            prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let least = floor.min(0.2 / pairs.len() as f64);
            prop_assert!(chances.iter().all(|chance| *chance >= least - 1e-12));
        }

        #[test]
        fn the_pick_is_always_possible(chances in proptest::collection::vec(0.0..1.0_f64, 1..9), at in 0.0..1.0_f64) {
            prop_assume!(chances.iter().sum::<f64>() > 0.0);
            prop_assert!(chances[pick(&chances, at)] > 0.0);
        }
    }

    #[test]
    fn picks_come_as_often_as_their_chances() {
        let (chances, mut random) = ([0.01, 0.29, 0.7], StdRng::seed_from_u64(2));
        let mut counts = [0.0; 3];
        for _ in 0..100_000 {
            counts[pick(&chances, random.random())] += 1e-5;
        }
        assert!(
            chances
                .iter()
                .zip(counts)
                .all(|(chance, count)| (chance - count).abs() < 0.005)
        );
    }
}
