//! What a campaign is judged by: the cart, the shopper, the moment, and how often campaigns were used.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::campaign::MinorUnits;
use crate::store::Millis;

/// Lines of a cart. More is no shopper's cart.
pub const MOST_LINES: usize = 500;
/// Pieces of one line.
pub const MOST_PIECES: u32 = 100_000;
/// Of one cart, in minor units: sums of several stay exact, in the numbers of JavaScript too.
pub const LARGEST_SUBTOTAL: MinorUnits = 1_000_000_000_000;

/// A cart in one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub currency: String,
    pub lines: Vec<Line>,
    /// What shipping costs before discounts.
    #[serde(default)]
    pub shipping: MinorUnits,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its name within the cart.
    pub id: String,
    pub item: String,
    pub quantity: u32,
    /// Of one piece, not below zero.
    pub unit_price: MinorUnits,
    /// Path of the item's category, widest first.
    #[serde(default)]
    pub category: Vec<String>,
    #[serde(default)]
    pub brand: String,
}

impl Line {
    pub fn subtotal(&self) -> MinorUnits {
        self.unit_price * MinorUnits::from(self.quantity)
    }
}

/// Who buys, where and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shopper {
    /// `None`: nobody knows who it is. Limits for each shopper can't be kept for them.
    pub id: Option<String>,
    /// Orders before this one.
    #[serde(default)]
    pub orders: u64,
    #[serde(default)]
    pub segments: BTreeSet<String>,
    /// Such as `web`, `app` or `chat`; empty where it isn't told.
    #[serde(default)]
    pub channel: String,
}

/// How often a campaign was used, and what its discounts cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub total: i64,
    pub today: i64,
    pub by_shopper: i64,
    pub spent: MinorUnits,
}

/// A code that the shopper entered, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// As the shop writes it, or as the shopper did where it isn't known.
    pub code: String,
    /// `None`: there is no such code.
    pub campaign: Option<String>,
    /// How often it may be used, where it is one of a campaign's own codes.
    pub limit: Option<i64>,
    pub used: i64,
}

/// What an evaluation may know.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub shopper: Shopper,
    pub at: Millis,
    /// By the campaign's id; one that is missing was never used.
    pub used: HashMap<String, Used>,
    pub entered: Vec<Entered>,
}

/// Why a cart can't be evaluated: the field, and what was expected of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: expected {expected}")]
pub struct CartError {
    pub field: String,
    pub expected: String,
}

impl Cart {
    /// What all lines cost before discounts, without shipping.
    pub fn subtotal(&self) -> MinorUnits {
        self.lines.iter().map(Line::subtotal).sum()
    }

    /// Refuses what no shop sells: amounts below zero, two lines of one name, more lines or pieces than a shopper buys.
    pub fn check(&self) -> Result<(), CartError> {
        let error = |field: String, expected: &str| CartError {
            field,
            expected: expected.to_owned(),
        };
        if crate::text::money::minor_digits(&self.currency).is_none() {
            return Err(error("currency".into(), "a currency of ISO 4217, such as USD"));
        }
        if self.lines.len() > MOST_LINES {
            return Err(error("items".into(), &format!("at most {MOST_LINES} lines")));
        }
        let mut names = BTreeSet::new();
        let mut subtotal: MinorUnits = 0;
        for (place, line) in self.lines.iter().enumerate() {
            let field = |name: &str| format!("items[{place}].{name}");
            if !names.insert(&line.id) {
                return Err(error(field("id"), "a name that no other line has"));
            }
            if !(1..=MOST_PIECES).contains(&line.quantity) {
                return Err(error(field("quantity"), &format!("1 to {MOST_PIECES}")));
            }
            if !(0..=LARGEST_SUBTOTAL).contains(&line.unit_price) {
                return Err(error(field("price"), "an amount that isn't negative"));
            }
            subtotal = line
                .unit_price
                .checked_mul(line.quantity.into())
                .and_then(|costs| subtotal.checked_add(costs))
                .filter(|sum| *sum <= LARGEST_SUBTOTAL)
                .ok_or_else(|| error("items".into(), "a cart below a million million of minor units"))?;
        }
        if !(0..=LARGEST_SUBTOTAL).contains(&self.shipping) {
            return Err(error("shipping".into(), "an amount that isn't negative"));
        }
        Ok(())
    }
}
