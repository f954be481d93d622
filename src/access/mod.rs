//! Who may use the API: keys of programs, and what each may do.

pub mod keys;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Train intent models, compare them, put them in service.
    Models,
    /// Send and erase shoppers' events, ask for their recommendations.
    Recommend,
    /// Ask what carts qualify for, redeem, roll back.
    Promotions,
    /// Change campaigns and make their codes.
    Campaigns,
    /// See orders of this house, and tell what became of them.
    Orders,
    /// Read conversations, take them over, answer, hand them back, delete them.
    Conversations,
}

impl Scope {
    pub const ALL: [Self; 6] = [
        Self::Models,
        Self::Recommend,
        Self::Promotions,
        Self::Campaigns,
        Self::Orders,
        Self::Conversations,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Models => "models",
            Self::Recommend => "recommend",
            Self::Promotions => "promotions",
            Self::Campaigns => "campaigns",
            Self::Orders => "orders",
            Self::Conversations => "conversations",
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|scope| scope.name() == name);
        found.ok_or_else(|| format!("`{name}`: expected one of {names}"))
    }
}
