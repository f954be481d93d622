//! The nearest deal: for a cart just below an offer, what to add so that the offer applies, and what the shopper then
//! pays.

use serde::Serialize;
use utoipa::ToSchema;

use super::PromotionError;
use super::campaign::MinorUnits;
use super::cart::{Cart, Line};
use super::evaluation::Evaluation;
use super::reason::Reason;

/// Fillers that are tried for one offer: those that fit the shopper best.
const TRIED: usize = 40;

/// An item that brings an offer within reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NearestDeal {
    pub campaign: String,
    pub name: String,
    pub description: String,
    pub item: String,
    pub price: MinorUnits,
    /// What is paid with it less what is paid without it: below zero, the item pays for itself and more.
    pub total_change: MinorUnits,
    /// What is paid with it.
    pub total: MinorUnits,
    /// Discounts with it less discounts without.
    pub gain: MinorUnits,
}

/// For each offer that more in the cart would bring (see [`Evaluation::near`]): the filler that fits best of those that
/// lower the total or leave it as it is; where none does, the one that raises it least. `fillers`: one piece each, best
/// fit first. `evaluate`: as the cart itself was evaluated.
pub fn nearest_deals(
    cart: &Cart,
    evaluation: &Evaluation,
    fillers: &[Line],
    evaluate: impl Fn(&Cart) -> Result<Evaluation, PromotionError>,
) -> Result<Vec<NearestDeal>, PromotionError> {
    // Offers share their fillers: a cart with one of them is evaluated once.
    let mut with_one: Vec<Option<Evaluation>> = vec![None; fillers.len()];
    let mut deals: Vec<NearestDeal> = Vec::new();
    for near in &evaluation.near {
        let Some(campaign) = &near.campaign else {
            continue;
        };
        if !near.reasons.iter().all(Reason::is_missing) {
            continue;
        }
        let gives = |evaluation: &Evaluation| -> MinorUnits {
            let applied = evaluation.applied.iter();
            applied
                .filter(|applied| applied.campaign.id == campaign.id)
                .map(|applied| applied.amount)
                .sum()
        };
        let mut best: Option<NearestDeal> = None;
        let fitting = fillers
            .iter()
            .zip(&mut with_one)
            .filter(|(filler, _)| can_help(filler, &near.reasons));
        for (filler, known) in fitting.take(TRIED) {
            let with = match known {
                Some(with) => with,
                None => known.insert(evaluate(&with_filler(cart, filler))?),
            };
            if gives(with) <= gives(evaluation) {
                continue;
            }
            let deal = NearestDeal {
                campaign: campaign.id.clone(),
                name: campaign.name.clone(),
                description: campaign.description.clone(),
                item: filler.item.clone(),
                price: filler.unit_price,
                total_change: with.total - evaluation.total,
                total: with.total,
                gain: with.discount - evaluation.discount,
            };
            if deal.total_change <= 0 {
                best = Some(deal);
                break;
            }
            if best
                .as_ref()
                .is_none_or(|best| deal.total_change < best.total_change)
            {
                best = Some(deal);
            }
        }
        deals.extend(best);
    }
    deals.sort_by_key(|deal| deal.total_change);
    Ok(deals)
}

/// Whether one piece can be enough.
fn can_help(filler: &Line, reasons: &[Reason]) -> bool {
    reasons.iter().all(|reason| match reason {
        Reason::MissingAmount { minor } => filler.unit_price >= *minor,
        Reason::MissingItem { pieces } => *pieces == 1,
        _ => false,
    })
}

/// One piece more: of its line, where the cart has the item at this price.
fn with_filler(cart: &Cart, filler: &Line) -> Cart {
    let mut cart = cart.clone();
    let same = cart
        .lines
        .iter_mut()
        .find(|line| line.item == filler.item && line.unit_price == filler.unit_price);
    match same {
        Some(line) => line.quantity += 1,
        None => cart.lines.push(Line {
            id: format!("+{}", filler.item),
            quantity: 1,
            ..filler.clone()
        }),
    }
    cart
}
