//! An order as it is told: what shoppers and their shop's people may know of it. It is also the JSON that a shop's own
//! system answers with (docs/orders.md). Amounts are in minor units of its currency.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WhyNot;
use super::returns::{Resolution, ReturnLine, ReturnReason};
use crate::promotions::campaign::MinorUnits;
use crate::store::Millis;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// As its shopper knows it.
    pub number: String,
    pub progress: Progress,
    pub placed_at: Millis,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<LineView>,
    pub totals: Totals,
    pub contact: CustomerContact,
    #[serde(default)]
    pub shipments: Vec<Shipment>,
    /// When it should arrive; `None`: not known, or it has arrived.
    #[serde(default)]
    pub expected: Option<DeliveryWindow>,
    #[serde(default)]
    pub returns: Vec<ReturnView>,
    #[serde(default)]
    pub refunds: Vec<RefundView>,
    /// What may be done with it.
    pub may: Permissions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    Placed,
    Packed,
    Shipped,
    Delivered,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// By which returns name it.
    pub id: String,
    /// The catalogue's item.
    pub item: String,
    pub title: String,
    pub quantity: u32,
    /// The price of a piece before offers.
    pub unit_price: MinorUnits,
    /// What the whole line cost after offers.
    pub paid: MinorUnits,
    /// Pieces that can be given back now, for any reason.
    #[serde(default)]
    pub returnable: u32,
    /// Why not all of them, or why none; such an item may still come back when it is faulty, where the shop says so.
    #[serde(default)]
    pub why_not: Option<WhyNot>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    pub subtotal: MinorUnits,
    pub discount: MinorUnits,
    /// Before offers that are for shipping; these are in `discount`.
    pub shipping: MinorUnits,
    /// What was paid.
    pub total: MinorUnits,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CustomerContact {
    pub name: String,
    pub email: String,
    /// The shop's own name for the shopper, where they were signed in.
    pub identifier: Option<String>,
    pub address: Address,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Address {
    pub street: String,
    /// Flat, floor, company; may be empty.
    pub extra: String,
    pub city: String,
    pub region: String,
    pub postcode: String,
    /// Empty: the shop's own.
    pub country: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shipment {
    pub carrier: String,
    pub tracking: String,
    #[serde(default)]
    pub tracking_url: Option<String>,
    pub shipped_at: Millis,
    #[serde(default)]
    pub delivered_at: Option<Millis>,
    /// The exchange whose new goods it brings; `None`: the order itself.
    #[serde(default)]
    pub exchange: Option<String>,
}

/// The first and the last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryWindow {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    #[schema(value_type = String, format = Date)]
    pub to: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnView {
    pub id: String,
    pub lines: Vec<ReturnLine>,
    pub reason: ReturnReason,
    pub resolution: Resolution,
    pub state: ReturnState,
    pub requested_at: Millis,
    #[serde(default)]
    pub received_at: Option<Millis>,
    /// Address of the page with the label; of this server when it begins with `/`. `None`: no longer needed.
    #[serde(default)]
    pub label: Option<String>,
    /// What comes back when all of it arrives, after `fee`; 0 for an exchange.
    #[serde(default)]
    pub refund: MinorUnits,
    /// What the return costs its shopper.
    #[serde(default)]
    pub fee: MinorUnits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    Requested,
    Withdrawn,
    Received,
    /// The money is sent, or the new goods are.
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundView {
    pub id: String,
    pub amount: MinorUnits,
    /// What was kept back of it for the label or the collection; `amount` is without it.
    #[serde(default)]
    pub fee: MinorUnits,
    pub state: RefundState,
    /// Since when it is due.
    pub due_at: Millis,
    #[serde(default)]
    pub sent_at: Option<Millis>,
    /// As store credit instead of to the payment.
    #[serde(default)]
    pub is_credit: bool,
    /// Of which return; `None`: of a cancelled order.
    #[serde(default, rename = "return")]
    pub of_return: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    Due,
    Sent,
}

/// What may be done with an order now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permissions {
    pub cancel: Permission,
    pub reinstate: Permission,
    pub change_address: Permission,
    pub restore_address: Permission,
    /// Each line says for how many pieces.
    #[serde(rename = "return")]
    pub give_back: Permission,
}

/// Whether something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permission {
    /// `None`: it may be done.
    #[serde(default)]
    pub why_not: Option<WhyNot>,
    /// Until when it may be done for certain, or till when that was; `None`: no moment is fixed.
    #[serde(default)]
    pub until: Option<Millis>,
}

impl Permission {
    pub fn given(until: Option<Millis>) -> Self {
        Self { why_not: None, until }
    }

    pub fn refused(why_not: WhyNot) -> Self {
        Self {
            why_not: Some(why_not),
            until: None,
        }
    }

    pub fn is_given(&self) -> bool {
        self.why_not.is_none()
    }
}

impl OrderView {
    pub fn line(&self, id: &str) -> Option<&LineView> {
        self.lines.iter().find(|line| line.id == id)
    }

    pub fn return_of(&self, id: &str) -> Option<&ReturnView> {
        self.returns.iter().find(|known| known.id == id)
    }
}
