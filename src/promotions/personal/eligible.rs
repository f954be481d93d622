//! Which campaigns a shopper can be shown.

use std::sync::Arc;

use crate::promotions::campaign::{Campaign, Codes, MinorUnits, Phase};
use crate::promotions::cart::{Facts, Line};
use crate::promotions::engine::Engine;
use crate::promotions::outcome::{Occasion, Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::store::Millis;

/// What an offer must leave of each line.
pub struct Floor<'a> {
    /// What a piece of an item costs the shop.
    pub costs: &'a (dyn Fn(&str) -> Option<MinorUnits> + Send + Sync),
    /// Least margin, as a share of the cost.
    pub margin: f64,
}

impl Floor<'_> {
    /// Whether a campaign by itself, as if its code were entered, leaves every line of the cart that it makes cheaper
    /// at or above the floor.
    pub fn admits(&self, campaign: &Campaign, occasion: &Occasion) -> bool {
        let least = |line: &Line| {
            let cost = (self.costs)(&line.item)? * MinorUnits::from(line.quantity);
            Some((cost as f64 * (1.0 + self.margin)).ceil() as MinorUnits)
        };
        let floors: Vec<Option<MinorUnits>> = occasion.cart.lines.iter().map(least).collect();
        if floors.iter().all(Option::is_none) {
            return true;
        }
        let alone = Campaign {
            codes: Codes::Automatic,
            ..campaign.clone()
        };
        let facts = Facts {
            shopper: occasion.shopper.clone(),
            at: occasion.at,
            ..Facts::default()
        };
        let Ok(evaluation) = Engine::new(vec![Arc::new(alone)], 1).evaluate(&occasion.cart, &facts) else {
            return false;
        };
        let lines = occasion.cart.lines.iter().zip(&evaluation.lines).zip(floors);
        lines
            .into_iter()
            .all(|((line, paid), floor)| *paid == line.subtotal() || floor.is_none_or(|floor| *paid >= floor))
    }
}

/// The personal campaigns that run now and apply to a cart, would if nothing better did, or are within reach. In the
/// order of `campaigns`, each once. `outcome`: what the cart qualifies for.
pub fn eligible(outcome: &Outcome, campaigns: &[Arc<Campaign>], at: Millis) -> Vec<Arc<Campaign>> {
    let named = |offers: &[RefusedOffer], id: &str, fits: fn(&Reason) -> bool| {
        offers
            .iter()
            .any(|offer| offer.campaign.as_deref() == Some(id) && offer.reasons.iter().all(fits))
    };
    let is_within_reach = |id: &str| {
        outcome.applied.iter().any(|offer| offer.campaign == id)
            || named(&outcome.skipped, id, |reason| {
                matches!(reason, Reason::NotCombinable { .. })
            })
            || named(&outcome.near, id, Reason::is_missing)
    };
    let can_be_shown = |campaign: &&Arc<Campaign>| {
        campaign.personal
            && campaign.phase(at) == Phase::Running
            && campaign.schedule.is_open(at)
            && is_within_reach(&campaign.id)
    };
    campaigns.iter().filter(can_be_shown).cloned().collect()
}
