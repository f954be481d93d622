//! What a shopper gives back, why, and what for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::OrderView;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnRequest {
    pub lines: Vec<ReturnLine>,
    pub reason: ReturnReason,
    pub resolution: Resolution,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnLine {
    /// The order's line.
    pub line: String,
    pub quantity: u32,
    /// The catalogue's item that comes instead, of an exchange.
    #[serde(default)]
    pub exchange_for: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// To the original payment.
    Refund,
    StoreCredit,
    Exchange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    TooSmall,
    TooLarge,
    NotAsExpected,
    ChangedMind,
    Faulty,
    WrongItem,
    Damaged,
    Other,
}

impl ReturnReason {
    pub const ALL: [Self; 8] = [
        Self::TooSmall,
        Self::TooLarge,
        Self::NotAsExpected,
        Self::ChangedMind,
        Self::Faulty,
        Self::WrongItem,
        Self::Damaged,
        Self::Other,
    ];

    /// As in JSON, and in `return-reason-…` of the sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooSmall => "too_small",
            Self::TooLarge => "too_large",
            Self::NotAsExpected => "not_as_expected",
            Self::ChangedMind => "changed_mind",
            Self::Faulty => "faulty",
            Self::WrongItem => "wrong_item",
            Self::Damaged => "damaged",
            Self::Other => "other",
        }
    }

    /// Whether the shop is to blame, and pays.
    pub fn is_shops_fault(self) -> bool {
        matches!(self, Self::Faulty | Self::WrongItem | Self::Damaged)
    }
}

impl FromStr for ReturnReason {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|reason| reason.name() == name);
        let names = Self::ALL.map(Self::name).join(", ");
        found.ok_or_else(|| format!("`{name}`: expected one of {names}"))
    }
}

/// A return that was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StartedReturn {
    /// By which the order's `returns` name it.
    #[serde(rename = "return")]
    pub id: String,
    /// With the return in it.
    pub order: OrderView,
}
