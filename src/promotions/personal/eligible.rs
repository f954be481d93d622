//! Which campaigns a shopper can be shown.

use std::sync::Arc;

use crate::promotions::campaign::{Campaign, Phase};
use crate::promotions::outcome::{Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::store::Millis;

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
