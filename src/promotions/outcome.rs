//! An evaluation as it is stored and told: campaigns by their ids, amounts in minor units.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaign::{Class, MinorUnits};
use super::cart::{Cart, Shopper};
use super::codes::code_key;
use super::evaluation::{Applied, Evaluation, Refused};
use super::reason::Reason;
use crate::store::Millis;

/// What an evaluation is of: with the campaigns of the moment it can be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    pub cart: Cart,
    pub shopper: Shopper,
    pub at: Millis,
    /// As the shopper entered them.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// What campaigns did to a cart. Everything adds up as in [`Evaluation`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    pub currency: String,
    pub subtotal: MinorUnits,
    pub shipping: MinorUnits,
    pub discount: MinorUnits,
    pub total: MinorUnits,
    /// In the order of the cart's lines.
    pub lines: Vec<LineOutcome>,
    pub applied: Vec<AppliedOffer>,
    pub refused: Vec<RefusedOffer>,
    pub skipped: Vec<RefusedOffer>,
    pub near: Vec<RefusedOffer>,
    /// Whether it is certain that nothing allowed is cheaper.
    pub is_best: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineOutcome {
    pub id: String,
    pub item: String,
    pub quantity: u32,
    pub subtotal: MinorUnits,
    pub total: MinorUnits,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppliedOffer {
    pub campaign: String,
    pub name: String,
    pub description: String,
    pub class: Class,
    pub code: Option<String>,
    pub amount: MinorUnits,
    /// Its part of each line.
    pub lines: Vec<MinorUnits>,
    pub shipping: MinorUnits,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedOffer {
    /// `None`: the code is unknown.
    pub campaign: Option<String>,
    pub name: String,
    pub description: String,
    pub code: Option<String>,
    pub reasons: Vec<Reason>,
}

impl Outcome {
    pub fn of(cart: &Cart, evaluation: &Evaluation) -> Self {
        let lines = cart.lines.iter().zip(&evaluation.lines);
        let refused = |all: &[Refused]| all.iter().map(RefusedOffer::of).collect();
        Self {
            currency: cart.currency.clone(),
            subtotal: evaluation.subtotal,
            shipping: evaluation.shipping,
            discount: evaluation.discount,
            total: evaluation.total,
            lines: lines
                .map(|(line, total)| LineOutcome {
                    id: line.id.clone(),
                    item: line.item.clone(),
                    quantity: line.quantity,
                    subtotal: line.subtotal(),
                    total: *total,
                })
                .collect(),
            applied: evaluation.applied.iter().map(AppliedOffer::of).collect(),
            refused: refused(&evaluation.refused),
            skipped: refused(&evaluation.skipped),
            near: refused(&evaluation.near),
            is_best: evaluation.is_best,
        }
    }

    /// The offer that a code brought, however the code is written.
    pub fn brought_by(&self, code: &str) -> Option<&AppliedOffer> {
        let key = code_key(code);
        self.applied.iter().find(|offer| has_code(&offer.code, &key))
    }

    /// The offer of a code that takes nothing off.
    pub fn turned_down(&self, code: &str) -> Option<&RefusedOffer> {
        let key = code_key(code);
        let mut offers = self.refused.iter().chain(&self.skipped);
        offers.find(|offer| has_code(&offer.code, &key))
    }

    /// Without what did not apply: what is worth keeping.
    pub fn settled(self) -> Self {
        Self {
            refused: Vec::new(),
            skipped: Vec::new(),
            near: Vec::new(),
            ..self
        }
    }
}

fn has_code(code: &Option<String>, key: &str) -> bool {
    code.as_deref().is_some_and(|code| code_key(code) == key)
}

impl AppliedOffer {
    fn of(applied: &Applied) -> Self {
        Self {
            campaign: applied.campaign.id.clone(),
            name: applied.campaign.name.clone(),
            description: applied.campaign.description.clone(),
            class: applied.campaign.class,
            code: applied.code.clone(),
            amount: applied.amount,
            lines: applied.lines.clone(),
            shipping: applied.shipping,
        }
    }
}

impl RefusedOffer {
    pub fn of(refused: &Refused) -> Self {
        let campaign = refused.campaign.as_ref();
        Self {
            campaign: campaign.map(|campaign| campaign.id.clone()),
            name: campaign.map(|campaign| campaign.name.clone()).unwrap_or_default(),
            description: campaign
                .map(|campaign| campaign.description.clone())
                .unwrap_or_default(),
            code: refused.code.clone(),
            reasons: refused.reasons.to_vec(),
        }
    }
}
