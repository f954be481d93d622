//! What the bot does for an intent: the one table of intents beside their training phrases.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What an intent calls for. An intent that the table doesn't name is answered from the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    #[default]
    Answer,
    SmallTalk,
    HandOver,
    Affirm,
    Deny,
    /// Search the catalogue, and show what fits.
    FindProducts,
    /// Show what the recommender has for it.
    RecommendProducts,
    /// Show the offers that run.
    ShowOffers,
    /// Say what is the matter with a code that the message names.
    ExplainCode,
    /// Lay products side by side that were shown or are named; else answer from the knowledge base.
    Compare,
    /// Say whether a product can be had that was shown or is named; else answer from the knowledge base.
    CheckStock,
    /// Look an order up, or change it; who only asks how that is done is answered from the knowledge base.
    OrderStatus,
    CancelOrder,
    ChangeAddress,
    ReturnItem,
    ExchangeItem,
    RefundStatus,
}

impl Behaviour {
    /// Whether products are shown for it.
    pub fn is_for_goods(self) -> bool {
        matches!(self, Self::FindProducts | Self::RecommendProducts)
    }
}

/// Intents by name, read from `intents/behaviour.yml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Behaviours(BTreeMap<String, Behaviour>);

impl Behaviours {
    /// Reads the table; a missing file is an empty table. The error is one line that names file and place.
    pub fn load(path: &Path) -> Result<Self, String> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_norway::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub fn of(&self, intent: &str) -> Behaviour {
        self.0.get(intent).copied().unwrap_or_default()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, Behaviour); N]> for Behaviours {
    fn from(table: [(&str, Behaviour); N]) -> Self {
        Self(
            table
                .into_iter()
                .map(|(name, behaviour)| (name.to_owned(), behaviour))
                .collect(),
        )
    }
}
