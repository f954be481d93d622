//! What the person who takes over wants to know first: what was asked, what was tried, what was shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::conversations::{self, Opened};
use super::message::{ContentType, Message, MessageType};
use super::state::State;
use crate::catalog::Catalogue;
use crate::store::Store;
use crate::text::redact::redact;

/// Messages of a conversation that it is made of.
const SUMMED_UP: i64 = 200;
/// Questions and articles that are named.
const NAMED: usize = 5;
const SHOWN: usize = 8;

/// A conversation at a glance. Personal data in it is masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary {
    /// The shopper's last messages, oldest first.
    pub asked: Vec<String>,
    /// Titles of the articles that the bot quoted.
    pub quoted: Vec<String>,
    /// Titles of the products that were shown last.
    pub shown: Vec<String>,
    /// What is looked for, in the shopper's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_for: Option<String>,
    /// The order that is spoken of, proven to be the shopper's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What was being arranged when the person was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arranging: Option<&'static str>,
    pub messages: usize,
}

impl Summary {
    /// Of the last messages until the one numbered `until`.
    pub(super) async fn read(
        store: &Store,
        opened: &Opened,
        until: i64,
        catalogue: &Catalogue,
    ) -> conversations::Result<Self> {
        let id = opened.conversation.id;
        let said = conversations::messages_after(store, id, until - SUMMED_UP, SUMMED_UP).await?;
        Ok(Self::of(&said, &opened.state, catalogue))
    }

    fn of(messages: &[Message], state: &State, catalogue: &Catalogue) -> Self {
        let incoming = messages
            .iter()
            .filter(|message| message.message_type == MessageType::Incoming);
        let articles = messages
            .iter()
            .filter(|message| message.content_type == ContentType::Article);
        let titles = state
            .shown
            .iter()
            .rev()
            .take(SHOWN)
            .rev()
            .filter_map(|id| catalogue.get(id));
        Self {
            asked: last(incoming.map(|message| redact(&message.content).into_owned())),
            quoted: last(articles.map(|message| message.content.clone())),
            shown: titles.map(|item| item.title.clone()).collect(),
            looks_for: state
                .wants
                .as_ref()
                .map(|wants| wants.text.clone())
                .filter(|text| !text.is_empty()),
            order: state.order.clone(),
            arranging: state.form.as_ref().map(|form| form.task.name()),
            messages: messages.len(),
        }
    }
}

/// The last few, each once.
fn last(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in all {
        kept.retain(|known| *known != one);
        kept.push(one);
    }
    let spare = kept.len().saturating_sub(NAMED);
    kept.split_off(spare)
}
