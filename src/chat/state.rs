//! What the bot remembers of a conversation from one turn to the next.

use serde::{Deserialize, Serialize};

use super::forms::{OrderForm, Shown};
use super::wants::Wants;

/// Products that are remembered as shown.
const MOST_SEEN: usize = 100;

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
    /// The question that was answered last: what "and to Canada?" goes on from.
    pub last_question: Option<String>,
    /// Products on the table, in the order in which they were shown.
    pub shown: Vec<String>,
    /// The product that was spoken of last.
    pub focus: Option<String>,
    /// What is looked for.
    pub wants: Option<Wants>,
    /// Everything that was shown of it, oldest first.
    pub seen: Vec<String>,
    /// What the shopper does not want to see again.
    pub dismissed: Vec<String>,
    /// The code that was offered last.
    pub offered: Option<String>,
    /// What is being arranged about an order.
    pub form: Option<OrderForm>,
    /// The order that was spoken of last, proven to be the shopper's.
    pub order: Option<String>,
    /// What proved an order in this conversation.
    pub proof: Option<Shown>,
    /// Codes that were tried and don't exist.
    pub guesses: u8,
    /// Where the shopper can be written to, as they said.
    pub contact: Option<String>,
    /// The shopper was asked how the conversation was.
    pub asked_rating: bool,
    /// Whether anything was answered yet.
    pub helped: bool,
}

impl State {
    /// Without what only the next message could have answered.
    pub fn answered(&self) -> Self {
        Self {
            failures: 0,
            pending: None,
            helped: true,
            ..self.clone()
        }
    }

    /// Puts products on the table. What is looked for anew begins a new list of what was seen.
    pub fn put_on_the_table(&mut self, shown: Vec<String>, wants: Option<Wants>) {
        if wants.is_some() && wants != self.wants {
            self.seen.clear();
        }
        self.wants = wants.or_else(|| self.wants.take());
        self.seen.extend(shown.iter().cloned());
        let spare = self.seen.len().saturating_sub(MOST_SEEN);
        self.seen.drain(..spare);
        self.shown = shown;
    }
}

/// A question of the bot that the shopper's next message may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Pending {
    /// "Shall I ask a person?"
    OfferPerson,
    /// "Which of these do you mean?", with the articles' slugs.
    Topics { slugs: Vec<String> },
    /// "Where can we write to you?"
    Contact,
}
