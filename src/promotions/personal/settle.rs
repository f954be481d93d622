//! What came of a decision: pure.

use std::collections::HashMap;

use super::context::units;
use super::decision_rows::{Followed, Settled, StoredDecision};

/// What came of each decision, in their order. The reward is what was paid for items in the orders that followed,
/// shipping aside, and what came back taken off; 0 where none followed. The cost is what the chosen campaign took off
/// these orders. Orders in another currency than the decision's count for nothing: they can't be compared.
pub fn settled(decisions: &[StoredDecision], orders: &[Followed]) -> Vec<Settled> {
    let mut of_decision: HashMap<&str, Vec<&Followed>> = HashMap::new();
    for order in orders {
        of_decision.entry(&order.decision).or_default().push(order);
    }
    let settle = |decision: &StoredDecision| {
        let orders = of_decision.get(decision.id.as_str()).into_iter().flatten();
        let (mut paid, mut cost) = (0, 0);
        for order in orders.filter(|order| order.outcome.currency == decision.currency) {
            paid += order.outcome.lines.iter().map(|line| line.total).sum::<i64>();
            let chosen = |campaign: &str| decision.chosen.as_deref() == Some(campaign);
            let applied = order.outcome.applied.iter();
            cost += applied
                .filter(|applied| chosen(&applied.campaign))
                .map(|applied| applied.amount)
                .sum::<i64>();
        }
        Settled {
            id: decision.id.clone(),
            reward: units(paid, &decision.currency),
            cost: units(cost, &decision.currency),
        }
    };
    decisions.iter().map(settle).collect()
}
