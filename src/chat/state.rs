//! What the bot remembers of a conversation from one turn to the next.

use serde::{Deserialize, Serialize};

/// The state of a conversation, stored with each reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Turns in a row in which the bot could not help.
    pub failures: u8,
    /// What the bot asked last and still awaits.
    pub pending: Option<Pending>,
    /// The article that was quoted last.
    pub last_article: Option<String>,
}

/// A question of the bot that the shopper's next message may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Pending {
    /// "Shall I ask a person?"
    OfferPerson,
    /// "Which of these do you mean?", with the articles' slugs.
    Topics { slugs: Vec<String> },
}
