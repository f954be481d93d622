//! What becomes of an order of this house, one step after the other.

use serde::{Deserialize, Serialize};

use crate::orders::system::{Address, Resolution, ReturnLine, ReturnReason, WhyNot};
use crate::promotions::campaign::MinorUnits;
use crate::store::Millis;

/// Returns are called `R1`, `R2`, … and refunds `F1`, `F2`, … within their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderEvent {
    Placed,
    Packed,
    Shipped {
        carrier: String,
        tracking: String,
        #[serde(default)]
        tracking_url: Option<String>,
        /// The exchange whose new goods these are.
        #[serde(default)]
        exchange: Option<String>,
    },
    Delivered {
        #[serde(default)]
        exchange: Option<String>,
    },
    /// Its end is a refund that is due.
    Cancelled,
    /// Its offers are redeemed anew; its end is one of the next two.
    Reinstating,
    Reinstated {
        redemption: String,
    },
    NotReinstated {
        why: WhyNot,
    },
    Readdressed {
        address: Address,
    },
    AddressRestored,
    ReturnRequested {
        lines: Vec<ReturnLine>,
        reason: ReturnReason,
        resolution: Resolution,
        /// Opens the page of its label.
        label: String,
        /// As things stood: what all of it brings back, without the fee.
        refund: MinorUnits,
        fee: MinorUnits,
    },
    ReturnWithdrawn {
        #[serde(rename = "return")]
        id: String,
    },
    /// Its end is a refund that is due.
    ReturnReceived {
        #[serde(rename = "return")]
        id: String,
    },
    ExchangeReceived {
        #[serde(rename = "return")]
        id: String,
    },
    RefundDue {
        amount: MinorUnits,
        fee: MinorUnits,
        is_credit: bool,
        #[serde(rename = "return")]
        of_return: Option<String>,
        /// `None`: all of it was rolled back before, by others.
        roll_back: Option<String>,
    },
    Refunded {
        refund: String,
    },
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub id: String,
    pub order: String,
    /// The first of an order is 1.
    pub number: i64,
    pub event: OrderEvent,
    /// The event that this one is the end of.
    pub cause: Option<String>,
    pub idempotency_key: Option<String>,
    pub fingerprint: String,
    pub at: Millis,
}

impl OrderEvent {
    /// Kinds that need another event to their end.
    pub const UNFINISHED: [&str; 3] = ["cancelled", "reinstating", "return_received"];

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Packed => "packed",
            Self::Shipped { .. } => "shipped",
            Self::Delivered { .. } => "delivered",
            Self::Cancelled => "cancelled",
            Self::Reinstating => "reinstating",
            Self::Reinstated { .. } => "reinstated",
            Self::NotReinstated { .. } => "not_reinstated",
            Self::Readdressed { .. } => "readdressed",
            Self::AddressRestored => "address_restored",
            Self::ReturnRequested { .. } => "return_requested",
            Self::ReturnWithdrawn { .. } => "return_withdrawn",
            Self::ReturnReceived { .. } => "return_received",
            Self::ExchangeReceived { .. } => "exchange_received",
            Self::RefundDue { .. } => "refund_due",
            Self::Refunded { .. } => "refunded",
        }
    }

    /// Whether it is only the beginning of something.
    pub fn needs_end(&self) -> bool {
        Self::UNFINISHED.contains(&self.kind())
    }
}
