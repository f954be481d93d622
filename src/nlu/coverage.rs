//! What a threshold costs: the more precise the bot shall be, the fewer messages it answers by itself.

use serde::{Deserialize, Serialize};

/// Thresholds that a curve tries, evenly spaced from 0 to 1.
const POINTS: usize = 101;

/// What happens when the bot acts from this scope score on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoveragePoint {
    pub threshold: f32,
    /// Share of the answers that are right.
    pub precision: f64,
    /// Share of the messages in scope that are answered.
    pub coverage: f64,
    /// Share of the messages out of scope that are not answered; 1 when there are none.
    pub refused: f64,
}

/// The points of all thresholds. `known`: scope scores of messages in scope, and whether their intent was right.
/// `strangers`: scores of messages out of scope, by kind, each kind counting alike. `outside`: the share of all
/// messages that are out of scope.
pub(super) fn curve(known: &[(f32, bool)], strangers: &[&[f32]], outside: f64) -> Vec<CoveragePoint> {
    let kinds: Vec<&[f32]> = strangers
        .iter()
        .copied()
        .filter(|scores| !scores.is_empty())
        .collect();
    let outside = if kinds.is_empty() { 0.0 } else { outside };
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let point = |step: usize| {
        let threshold = step as f32 / (POINTS - 1) as f32;
        let answered = known.iter().filter(|(score, _)| *score >= threshold);
        let (all, right) = answered.fold((0, 0), |(all, right), (_, is)| {
            (all + 1, right + usize::from(*is))
        });
        let answered = kinds.iter().map(|scores| {
            share(
                scores.iter().filter(|score| **score >= threshold).count(),
                scores.len(),
            )
        });
        let strange = answered.sum::<f64>() / kinds.len().max(1) as f64;
        let (coverage, right) = (share(all, known.len()), share(right, known.len()));
        let spoken = (1.0 - outside) * coverage + outside * strange;
        CoveragePoint {
            threshold,
            precision: if spoken > 0.0 {
                (1.0 - outside) * right / spoken
            } else {
                1.0
            },
            coverage,
            refused: 1.0 - strange,
        }
    };
    (0..POINTS).map(point).collect()
}

/// The lowest threshold from which on the precision is reached and kept: what is answered beyond it is as precise.
pub fn for_precision(curve: &[CoveragePoint], precision: f64) -> Option<CoveragePoint> {
    let reached = curve
        .iter()
        .rev()
        .take_while(|point| point.precision >= precision);
    reached.last().filter(|point| point.coverage > 0.0).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_target_answers_less() {
        let known = [(0.9, true), (0.7, true), (0.5, false), (0.3, true)];
        let curve = curve(&known, &[&[0.6, 0.1]], 0.5);
        let all = for_precision(&curve, 0.4).unwrap();
        assert_eq!((all.coverage, all.refused), (1.0, 0.5));
        let sure = for_precision(&curve, 0.99).unwrap();
        assert_eq!((sure.coverage, sure.precision, sure.refused), (0.5, 1.0, 1.0));
        assert!(sure.threshold > 0.6 && sure.threshold <= 0.7);
    }

    #[test]
    fn a_precision_that_nothing_reaches_has_no_threshold() {
        assert_eq!(for_precision(&curve(&[(0.9, false)], &[], 0.0), 0.5), None);
    }
}
