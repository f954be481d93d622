//! What people do in conversations: see who waits, take over, answer, hand back to the bot, end them.

mod rows;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::conversations;
use super::message::*;
use super::ratings::Rating;
use super::summary::Summary;
use super::{Chat, ChatError, ConversationError, Delivery, Event, Received};
use crate::store::Millis;
use crate::text::say::Voice;

pub use rows::{Filter, hand_back, take_over};

/// Characters of an agent's name.
pub const AGENT_CHARS: usize = 80;
/// Messages that a summary looks at.
const SUMMED_UP: i64 = 200;

/// A conversation in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listed {
    #[serde(flatten)]
    pub conversation: Conversation,
    /// Why a person is wanted; `null` when none is.
    pub person_wanted: Option<String>,
    /// The newest message's first words.
    pub preview: String,
    /// Milliseconds since 1970 UTC.
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// A conversation for the person who takes it over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Glance {
    pub conversation: Conversation,
    /// Why a person is wanted; `null` when none is.
    pub person_wanted: Option<String>,
    /// What the page says of its shopper.
    #[schema(value_type = Object)]
    pub shopper: Value,
    /// What was asked, tried and shown.
    pub summary: Summary,
    pub rating: Option<Rating>,
}

/// What an agent says.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    pub agent: &'a str,
    pub content: &'a str,
    pub echo_id: Option<&'a str>,
}

impl Chat {
    /// Conversations, those that wait for a person longest first, else the newest first.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Listed>, ChatError> {
        Ok(rows::list(&self.inner.store, filter).await?)
    }

    /// A conversation at a glance.
    pub async fn glance(&self, id: ConversationId) -> Result<Glance, ChatError> {
        let store = &self.inner.store;
        let opened = conversations::open(store, id).await?;
        let after = opened.conversation.last_seq - SUMMED_UP;
        let said = conversations::messages_after(store, id, after, SUMMED_UP).await?;
        Ok(Glance {
            summary: Summary::of(&said, &opened.state, &self.inner.shelf.catalogue),
            conversation: opened.conversation,
            person_wanted: opened.person_wanted,
            shopper: opened.shopper,
            rating: self.rating(id).await?,
        })
    }

    /// Gives the conversation to an agent: from now on the bot says nothing, and what it was about to say is void. It is
    /// taken from the bot, or from the colleague whom `from` names; [`ChatError::Taken`] when another one has it.
    pub async fn take_over(
        &self,
        id: ConversationId,
        agent: &str,
        from: Option<&str>,
    ) -> Result<Conversation, ChatError> {
        let agent = named(agent)?;
        let before = conversations::open(&self.inner.store, id).await?.conversation;
        if matches!(&before.owner, Owner::Agent { name } if name == agent) && before.status == Status::Open {
            return Ok(before);
        }
        let change = rows::Change {
            owner: Some(agent),
            status: Status::Open,
            allowed: &[Some(agent), from, None],
        };
        self.change(&before, &change, "bot-agent-joined").await
    }

    /// Gives the conversation back to the bot, which answers what comes from now on and knows what was said before.
    pub async fn hand_back(&self, id: ConversationId, agent: &str) -> Result<Conversation, ChatError> {
        let before = conversations::open(&self.inner.store, id).await?.conversation;
        let change = rows::Change {
            owner: None,
            status: Status::Pending,
            allowed: &[Some(named(agent)?)],
        };
        self.change(&before, &change, "bot-agent-left").await
    }

    /// Ends the conversation. It opens again, with the bot, when the shopper writes.
    pub async fn resolve(&self, id: ConversationId, agent: &str) -> Result<Conversation, ChatError> {
        let before = conversations::open(&self.inner.store, id).await?.conversation;
        let change = rows::Change {
            owner: None,
            status: Status::Resolved,
            allowed: &[Some(named(agent)?), None],
        };
        self.change(&before, &change, "bot-resolved").await
    }

    /// Says something as the agent who has the conversation.
    pub async fn answer(&self, id: ConversationId, answer: &Answer<'_>) -> Result<Received, ChatError> {
        named(answer.agent)?;
        self.check(&Incoming {
            content: answer.content.into(),
            echo_id: answer.echo_id.map(str::to_owned),
            ..Incoming::default()
        })?;
        let stored = rows::store_answer(&self.inner.store, id, answer).await;
        let (message, repeated) = self.or_taken(id, stored).await?;
        let message = Arc::new(message);
        if !repeated {
            self.tell_message(&message);
        }
        Ok(Received { message, repeated })
    }

    /// Shows the shopper that the agent who has the conversation types, or stopped.
    pub async fn agent_types(&self, id: ConversationId, agent: &str, on: bool) -> Result<(), ChatError> {
        let conversation = conversations::open(&self.inner.store, id).await?.conversation;
        match &conversation.owner {
            Owner::Agent { name } if name == agent => {}
            owner => return Err(ChatError::Taken(owner.clone())),
        }
        let sender = Sender {
            kind: SenderKind::Agent,
            name: Some(agent.into()),
        };
        let delivery = Delivery {
            seq: conversation.last_seq,
            event: Event::Typing { sender, on },
            origin: None,
        };
        self.inner.hub.publish(id, delivery);
        Ok(())
    }

    /// Changes who speaks, notes it in the conversation, and tells whoever looks at it.
    async fn change(
        &self,
        before: &Conversation,
        change: &rows::Change<'_>,
        note: &str,
    ) -> Result<Conversation, ChatError> {
        let voice = Voice::of(&before.locale);
        let name = match (&change.owner, &before.owner) {
            (Some(agent), _) => *agent,
            (None, Owner::Agent { name }) => name.as_str(),
            (None, Owner::Bot) => "",
        };
        let note = voice.say_with(note, &[("agent", name)]);
        let changed = rows::change_owner(&self.inner.store, before.id, change, Some(&note)).await;
        let (conversation, noted) = self.or_taken(before.id, changed).await?;
        if let Some(message) = noted {
            self.tell_message(&Arc::new(message));
        }
        let delivery = Delivery {
            seq: conversation.last_seq,
            event: Event::Conversation {
                conversation: conversation.clone(),
            },
            origin: None,
        };
        self.inner.hub.publish(before.id, delivery);
        Ok(conversation)
    }

    /// Says who has the conversation when it was refused because of that.
    async fn or_taken<T>(
        &self,
        id: ConversationId,
        result: Result<T, ConversationError>,
    ) -> Result<T, ChatError> {
        match result {
            Err(ConversationError::Fenced) => {
                let now = conversations::open(&self.inner.store, id).await?.conversation;
                Err(ChatError::Taken(now.owner))
            }
            other => Ok(other?),
        }
    }
}

/// A name that can stand in a conversation.
fn named(agent: &str) -> Result<&str, ChatError> {
    let chars = agent.chars().count();
    let fits =
        (1..=AGENT_CHARS).contains(&chars) && agent.trim() == agent && !agent.chars().any(char::is_control);
    fits.then_some(agent).ok_or(ChatError::AgentName)
}
