//! What comes back when a cart, or a part of it, is returned. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaign::{Campaign, MinorUnits, State};
use super::cart::{Cart, Entered, Facts, Line};
use super::codes::code_key;
use super::engine::{Engine, MOST_OFFERS, part_of, take_off};
use super::outcome::{AppliedOffer, Outcome};
use super::redemptions::Redemption;

/// What is returned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Pieces by the names of their lines; `None`: everything that is left, and shipping.
    pub pieces: Option<BTreeMap<String, u32>>,
    /// Whether what is kept must deserve its discounts anew.
    pub reevaluate: bool,
}

/// What came back, and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RollBackOutcome {
    /// To be paid back to the shopper.
    pub refund: MinorUnits,
    /// Of the refund: what shipping costs.
    pub shipping: MinorUnits,
    /// Discounts that are taken back, in all.
    pub discount: MinorUnits,
    pub lines: Vec<ReturnedLine>,
    /// By campaign: uses that are free again, and discount that is taken back.
    pub campaigns: Vec<ReturnedOffer>,
    /// The cart as it is kept, with its discounts.
    pub left: Outcome,
    /// What re-evaluating took off the refund: discounts that the kept part no longer deserves.
    pub kept_back: MinorUnits,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnedLine {
    pub id: String,
    pub quantity: u32,
    /// Its price without its part of the discounts.
    pub refund: MinorUnits,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnedOffer {
    pub campaign: String,
    pub code: Option<String>,
    /// 1 when the campaign gives nothing any more; else 0.
    pub uses: i64,
    pub amount: MinorUnits,
}

/// Why nothing can be returned: the field, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: expected {expected}")]
pub struct ReturnError {
    pub field: String,
    pub expected: String,
}

/// What comes back. `left`: the cart as it was kept after earlier returns, or the redemption's own outcome.
pub fn roll_back(
    redemption: &Redemption,
    left: &Outcome,
    returned: &Returned,
) -> Result<RollBackOutcome, ReturnError> {
    let pieces = pieces(left, returned)?;
    let is_whole = left
        .lines
        .iter()
        .zip(&pieces)
        .all(|(line, pieces)| line.quantity == *pieces);
    let mut outcome = proportional(redemption, left, &pieces, returned.pieces.is_none());
    if returned.reevaluate && !is_whole {
        reevaluate(redemption, left, &mut outcome);
    }
    outcome.campaigns = campaigns(left, &outcome.left);
    outcome.discount = left.discount - outcome.left.discount;
    Ok(outcome)
}

/// Pieces returned of each line.
fn pieces(left: &Outcome, returned: &Returned) -> Result<Vec<u32>, ReturnError> {
    let error = |field: String, expected: String| ReturnError { field, expected };
    let Some(wanted) = &returned.pieces else {
        if left.lines.iter().all(|line| line.quantity == 0) && left.shipping == 0 {
            return Err(error(
                "items".into(),
                "a redemption that wasn't rolled back whole before".into(),
            ));
        }
        return Ok(left.lines.iter().map(|line| line.quantity).collect());
    };
    for (id, pieces) in wanted {
        let Some(line) = left.lines.iter().find(|line| line.id == *id) else {
            return Err(error(format!("items.{id}"), "a line of the redemption".into()));
        };
        if !(1..=line.quantity).contains(pieces) {
            let expected = match line.quantity {
                0 => "nothing: all of it was returned".to_owned(),
                most => format!("1 to {most}, which is what is left"),
            };
            return Err(error(format!("items.{id}"), expected));
        }
    }
    if wanted.is_empty() {
        return Err(error("items".into(), "at least one line".into()));
    }
    let of_line = |id: &String| wanted.get(id).copied().unwrap_or(0);
    Ok(left.lines.iter().map(|line| of_line(&line.id)).collect())
}

/// A returned piece brings back its part of what its line cost after discounts; the last piece of a line brings back
/// what is left, so that all returns together are the whole.
fn proportional(
    redemption: &Redemption,
    left: &Outcome,
    pieces: &[u32],
    with_shipping: bool,
) -> RollBackOutcome {
    let mut kept = left.clone();
    let mut outcome = RollBackOutcome::default();
    for (place, pieces) in pieces.iter().enumerate().filter(|(_, pieces)| **pieces > 0) {
        let unit_price = redemption.occasion.cart.lines[place].unit_price;
        let line = &mut kept.lines[place];
        let price = unit_price * MinorUnits::from(*pieces);
        let refund = part_of(line.total, (*pieces).into(), line.quantity.into());
        let mut parts: Vec<MinorUnits> = kept.applied.iter().map(|applied| applied.lines[place]).collect();
        let places: Vec<usize> = (0..parts.len()).collect();
        take_off(price - refund, &mut parts, &places);
        for (applied, part) in kept.applied.iter_mut().zip(parts) {
            applied.amount -= applied.lines[place] - part;
            applied.lines[place] = part;
        }
        line.quantity -= pieces;
        line.subtotal -= price;
        line.total -= refund;
        outcome.refund += refund;
        outcome.lines.push(ReturnedLine {
            id: line.id.clone(),
            quantity: *pieces,
            refund,
        });
    }
    if with_shipping {
        let off: MinorUnits = kept.applied.iter().map(|applied| applied.shipping).sum();
        outcome.shipping = kept.shipping - off;
        outcome.refund += outcome.shipping;
        kept.shipping = 0;
        for applied in &mut kept.applied {
            applied.amount -= applied.shipping;
            applied.shipping = 0;
        }
    }
    kept.add_up();
    outcome.left = kept;
    outcome
}

/// What is kept gets the discounts that it would have got at the time, by the terms of the time; what it no longer
/// deserves comes off the refund, down to nothing.
fn reevaluate(redemption: &Redemption, left: &Outcome, outcome: &mut RollBackOutcome) {
    let occasion = &redemption.occasion;
    let kept = Cart {
        currency: occasion.cart.currency.clone(),
        lines: kept_lines(redemption, &outcome.left),
        shipping: outcome.left.shipping,
    };
    let terms = redemption.terms.iter().map(|campaign| {
        Arc::new(Campaign {
            // What it was used for it was used for: limits and later pauses don't count again.
            state: State::Active,
            limits: super::campaign::Limits::default(),
            ..campaign.clone()
        })
    });
    let engine = Engine::new(terms.collect(), MOST_OFFERS.max(redemption.terms.len()));
    let entered = left.applied.iter().filter_map(|applied| {
        Some(Entered {
            code: applied.code.clone()?,
            campaign: Some(applied.campaign.clone()),
            limit: None,
            used: 0,
        })
    });
    let facts = Facts {
        shopper: occasion.shopper.clone(),
        at: occasion.at,
        used: std::collections::HashMap::new(),
        entered: entered.collect(),
    };
    // A part of a cart that was taken is taken, too.
    let Ok(evaluation) = engine.evaluate(&kept, &facts) else {
        return;
    };
    let evaluated = Outcome::of(&kept, &evaluation).settled();
    let anew = spread(&outcome.left, &evaluated);
    let deserved = left.total - anew.total;
    let refund = deserved.clamp(0, outcome.refund);
    outcome.kept_back = outcome.refund - refund;
    outcome.refund = refund;
    outcome.left = anew;
}

fn kept_lines(redemption: &Redemption, left: &Outcome) -> Vec<Line> {
    let lines = redemption.occasion.cart.lines.iter().zip(&left.lines);
    lines
        .filter(|(_, left)| left.quantity > 0)
        .map(|(line, left)| Line {
            quantity: left.quantity,
            ..line.clone()
        })
        .collect()
}

/// An outcome of the kept lines as one of all lines of the cart, those without pieces too.
fn spread(all: &Outcome, kept: &Outcome) -> Outcome {
    let places: Vec<Option<usize>> = all
        .lines
        .iter()
        .map(|line| kept.lines.iter().position(|kept| kept.id == line.id))
        .collect();
    let applied = kept.applied.iter().map(|applied| AppliedOffer {
        lines: places
            .iter()
            .map(|place| place.map_or(0, |place| applied.lines[place]))
            .collect(),
        ..applied.clone()
    });
    let mut outcome = Outcome {
        applied: applied.collect(),
        ..all.clone()
    };
    for (line, place) in outcome.lines.iter_mut().zip(places) {
        line.total = place.map_or(0, |place| kept.lines[place].total);
    }
    outcome.add_up();
    outcome
}

/// By campaign: what it gave before and no longer gives.
fn campaigns(before: &Outcome, after: &Outcome) -> Vec<ReturnedOffer> {
    let mut returned = Vec::new();
    for applied in &before.applied {
        let left = after
            .applied
            .iter()
            .find(|other| other.campaign == applied.campaign)
            .map_or(0, |other| other.amount);
        if applied.amount != left {
            returned.push(ReturnedOffer {
                campaign: applied.campaign.clone(),
                code: applied.code.as_deref().map(code_key),
                uses: i64::from(left == 0),
                amount: applied.amount - left,
            });
        }
    }
    returned
}

impl Outcome {
    /// Makes the sums those of the lines and of what is applied.
    fn add_up(&mut self) {
        self.subtotal = self.lines.iter().map(|line| line.subtotal).sum();
        self.discount = self.applied.iter().map(|applied| applied.amount).sum();
        self.total = self.subtotal + self.shipping - self.discount;
    }
}
