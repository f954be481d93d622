//! Whether choosing by context is worth it: each fixed offer against the model's own favourite, on the policy's own log.
//!
//! Each decision is judged before it is learnt (progressive validation, Blum, Kalai and Langford 1999) with the doubly
//! robust value, so offers that were seldom shown are judged without bias.

use serde::{Deserialize, Serialize};

/// How far ahead of the model's favourite one fixed offer is, per decision in which it was eligible.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lead {
    /// Decisions, old ones fading.
    weight: f64,
    sum: f64,
    squares: f64,
}

impl Lead {
    /// `kept`: the share of the past that stays.
    pub fn add(&mut self, difference: f64, kept: f64) {
        self.weight = self.weight * kept + 1.0;
        self.sum = self.sum * kept + difference;
        self.squares = self.squares * kept + difference * difference;
    }

    pub fn decisions(&self) -> f64 {
        self.weight
    }

    pub fn mean(&self) -> f64 {
        if self.weight > 0.0 {
            self.sum / self.weight
        } else {
            0.0
        }
    }

    pub fn standard_error(&self) -> f64 {
        if self.weight <= 1.0 {
            return f64::INFINITY;
        }
        let variance = (self.squares / self.weight - self.mean().powi(2)).max(0.0);
        (variance / self.weight).sqrt()
    }
}

/// The doubly robust value of always choosing `choice` in this decision: q + 1{shown}·(reward − q)/p (Dudík, Langford and
/// Li 2011). `expected`: what the model expected of `choice`; `surprise`: (reward − what was expected of the shown) / p.
pub(super) fn doubly_robust(expected: f64, is_shown: bool, surprise: f64) -> f64 {
    if is_shown { expected + surprise } else { expected }
}

/// The means drawn to their own mean as far as chance explains their spread (Efron and Morris 1975): the best of many
/// offers, each shown a few times, is mostly the luckiest.
pub(super) fn shrunk(leads: &[&Lead]) -> Vec<f64> {
    let count = leads.len().max(1) as f64;
    let mean = leads.iter().map(|lead| lead.mean()).sum::<f64>() / count;
    let spread = leads.iter().map(|lead| (lead.mean() - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let chance = leads
        .iter()
        .map(|lead| lead.standard_error().powi(2))
        .sum::<f64>()
        / count;
    let true_spread = (spread - chance).max(0.0);
    let draw = |lead: &&Lead| {
        let whole = true_spread + lead.standard_error().powi(2);
        let kept = if whole > 0.0 { true_spread / whole } else { 1.0 };
        mean + kept * (lead.mean() - mean)
    };
    leads.iter().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_fades_and_its_error_shrinks() {
        let mut lead = Lead::default();
        assert_eq!(lead.mean(), 0.0);
        assert_eq!(lead.standard_error(), f64::INFINITY);
        for at in 0..1_000 {
            lead.add(f64::from(at % 2), 1.0);
        }
        assert!((lead.mean() - 0.5).abs() < 1e-12);
        assert!((lead.standard_error() - 0.5 / 1_000_f64.sqrt()).abs() < 1e-9);
        for _ in 0..1_000 {
            lead.add(1.0, 0.99);
        }
        assert!(lead.mean() > 0.999 && lead.decisions() < 101.0);
    }

    #[test]
    fn lucky_offers_are_drawn_to_the_others_and_good_ones_stay() {
        let lead = |mean: f64, deviation: f64, decisions: u32| {
            let mut lead = Lead::default();
            (0..decisions)
                .for_each(|at| lead.add(mean + if at % 2 == 0 { deviation } else { -deviation }, 1.0));
            lead
        };
        let noisy = [lead(0.03, 1.0, 400), lead(-0.03, 1.0, 400), lead(0.0, 1.0, 400)];
        let drawn = shrunk(&noisy.iter().collect::<Vec<_>>());
        assert!(
            drawn.iter().all(|mean| mean.abs() < 1e-12),
            "chance explains it all: {drawn:?}"
        );
        let clear = [lead(0.5, 1.0, 400), lead(-0.5, 1.0, 400)];
        let drawn = shrunk(&clear.iter().collect::<Vec<_>>());
        assert!(
            (drawn[0] - 0.5).abs() < 0.01 && (drawn[1] + 0.5).abs() < 0.01,
            "{drawn:?}"
        );
        assert!(shrunk(&[]).is_empty());
    }

    #[test]
    fn values_are_doubly_robust() {
        assert_eq!(doubly_robust(0.2, false, 9.0), 0.2);
        assert_eq!(doubly_robust(0.25, true, (1.0 - 0.5) / 0.25), 2.25);
    }
}
