//! What campaigns do to a cart.

use std::sync::Arc;

use super::campaign::{Campaign, MinorUnits};
use super::reason::Reasons;

/// The best that a cart can have, and why it has no more. All amounts add up: `total` is `subtotal` and `shipping`
/// without what `applied` takes off, and every applied discount is the sum of its shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// What the lines cost before discounts.
    pub subtotal: MinorUnits,
    /// What shipping costs before discounts.
    pub shipping: MinorUnits,
    /// Off lines and shipping together.
    pub discount: MinorUnits,
    /// What is to be paid.
    pub total: MinorUnits,
    /// In the order of the cart's lines: what each costs after discounts.
    pub lines: Vec<MinorUnits>,
    /// In the order in which they are applied.
    pub applied: Vec<Applied>,
    /// Entered codes that don't apply.
    pub refused: Vec<Refused>,
    /// What would apply, but is left out for the sake of something better, or because it changes nothing.
    pub skipped: Vec<Refused>,
    /// What would apply, or give more, if more were in the cart or it were another hour.
    pub near: Vec<Refused>,
    /// Whether it is certain that nothing allowed is cheaper: the search for it ended.
    pub is_best: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub campaign: Arc<Campaign>,
    /// The code that brought it, as the shop writes it.
    pub code: Option<String>,
    pub amount: MinorUnits,
    /// Its part of each of the cart's lines.
    pub lines: Vec<MinorUnits>,
    /// Its part of shipping.
    pub shipping: MinorUnits,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// `None`: the code is unknown.
    pub campaign: Option<Arc<Campaign>>,
    pub code: Option<String>,
    /// At least one.
    pub reasons: Reasons,
}

impl Evaluation {
    pub fn applies(&self, campaign: &str) -> bool {
        self.applied.iter().any(|applied| applied.campaign.id == campaign)
    }
}
