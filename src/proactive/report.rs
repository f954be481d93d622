//! What a message brings: those who were shown it, beside those who were not.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::Arm;
use super::exposures::{self, Exposure};
use crate::recommend::events;
use crate::store::{Millis, Store, StoreError};

/// How long after a message an order is counted.
const ORDER_WITHIN: Millis = 7 * 24 * 60 * 60 * 1000;
/// Of the normal distribution, for 95 %.
const Z: f64 = 1.96;

/// What came of a trigger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TriggerReport {
    pub trigger: String,
    pub shown: ArmReport,
    pub held_out: ArmReport,
    /// Of the shares who wrote in the chat; `None` where an arm is empty.
    pub conversations: Option<Difference>,
    /// Of the shares who ordered.
    pub orders: Option<Difference>,
}

/// Visitors of one arm. Each counts once, from their first exposure on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ArmReport {
    pub visitors: u64,
    pub clicked: u64,
    pub dismissed: u64,
    pub conversations: u64,
    /// Within seven days, of visitors who agreed to be remembered: others' orders bear no visitor.
    pub orders: u64,
}

/// By how much the share of those who were shown it is larger, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

/// What came of every trigger since `since`, by name.
pub async fn report(store: &Store, since: Millis) -> Result<Vec<TriggerReport>, StoreError> {
    let exposures = exposures::since(store, since).await?;
    let mut purchases: HashMap<String, Vec<Millis>> = HashMap::new();
    for (shopper, at) in events::purchases_since(store, since).await? {
        purchases.entry(shopper).or_default().push(at);
    }
    Ok(summed(&exposures, &purchases))
}

/// `exposures`: oldest first.
fn summed(exposures: &[Exposure], purchases: &HashMap<String, Vec<Millis>>) -> Vec<TriggerReport> {
    let mut visitors: BTreeMap<(&str, &str), Vec<&Exposure>> = BTreeMap::new();
    for exposure in exposures {
        visitors
            .entry((&exposure.trigger, &exposure.visitor))
            .or_default()
            .push(exposure);
    }
    let mut triggers: BTreeMap<&str, (ArmReport, ArmReport)> = BTreeMap::new();
    for ((trigger, visitor), of_visitor) in visitors {
        let Some(first) = of_visitor.first() else { continue };
        let (shown, held_out) = triggers.entry(trigger).or_default();
        let arm = match first.arm {
            Arm::Shown => shown,
            Arm::HeldOut => held_out,
        };
        let any =
            |of: fn(&Exposure) -> Option<Millis>| u64::from(of_visitor.iter().any(|one| of(one).is_some()));
        arm.visitors += 1;
        arm.clicked += any(|one| one.clicked_at);
        arm.dismissed += any(|one| one.dismissed_at);
        arm.conversations += any(|one| one.replied_at);
        let in_time = |at: &Millis| (first.at..first.at + ORDER_WITHIN).contains(at);
        let ordered = purchases
            .get(visitor)
            .is_some_and(|bought| bought.iter().any(in_time));
        arm.orders += u64::from(ordered);
    }
    let reports = triggers
        .into_iter()
        .map(|(trigger, (shown, held_out))| TriggerReport {
            trigger: trigger.to_owned(),
            conversations: difference(
                shown.conversations,
                shown.visitors,
                held_out.conversations,
                held_out.visitors,
            ),
            orders: difference(shown.orders, shown.visitors, held_out.orders, held_out.visitors),
            shown,
            held_out,
        });
    reports.collect()
}

/// Newcombe (1998), method 10: the interval of a difference of two shares from Wilson's for each.
fn difference(a: u64, of_a: u64, b: u64, of_b: u64) -> Option<Difference> {
    if of_a == 0 || of_b == 0 {
        return None;
    }
    let ((p, low_p, high_p), (q, low_q, high_q)) = (wilson(a, of_a), wilson(b, of_b));
    let root = |x: f64, y: f64| (x * x + y * y).sqrt();
    Some(Difference {
        difference: p - q,
        low: p - q - root(p - low_p, high_q - q),
        high: p - q + root(high_p - p, q - low_q),
    })
}

/// A share with Wilson's (1927) interval.
fn wilson(hits: u64, of: u64) -> (f64, f64, f64) {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let middle = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (p, (middle - spread) / whole, (middle + spread) / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposure(visitor: &str, arm: Arm, at: Millis, replied: bool) -> Exposure {
        Exposure {
            id: format!("{visitor}{at}"),
            trigger: "cart".into(),
            visitor: visitor.into(),
            arm,
            campaign: None,
            day: String::new(),
            at,
            clicked_at: None,
            dismissed_at: None,
            replied_at: replied.then_some(at),
        }
    }

    #[test]
    fn visitors_count_once_and_orders_when_they_come_in_time() {
        let exposures = [
            exposure("a", Arm::Shown, 10, false),
            exposure("b", Arm::Shown, 20, true),
            exposure("c", Arm::HeldOut, 30, false),
            exposure("a", Arm::Shown, 40, true),
        ];
        let bought = [("a", 5), ("b", 25), ("c", 30 + ORDER_WITHIN)];
        let purchases = bought.map(|(who, at)| (who.to_owned(), vec![at])).into();
        let [report] = &summed(&exposures, &purchases)[..] else {
            panic!("one trigger");
        };
        assert_eq!(
            (
                report.shown.visitors,
                report.shown.conversations,
                report.shown.orders
            ),
            (2, 2, 1)
        );
        assert_eq!((report.held_out.visitors, report.held_out.orders), (1, 0));
    }

    #[test]
    fn the_interval_is_that_of_the_paper() {
        // Newcombe (1998), table II: 56/70 against 48/80.
        let found = difference(56, 70, 48, 80).unwrap();
        for (value, expected) in [(found.difference, 0.2), (found.low, 0.0524), (found.high, 0.3339)] {
            assert!((value - expected).abs() < 2e-4, "{value} for {expected}");
        }
        assert_eq!(difference(1, 2, 0, 0), None);
    }
}
