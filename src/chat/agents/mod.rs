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
use super::{Chat, ChatError, ConversationError, Event, Received};
use crate::store::Millis;
use crate::text::say::Voice;

pub use rows::{Filter, hand_back, take_over};

/// Characters of an agent's name.
pub const AGENT_CHARS: usize = 80;

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

    /// Where a conversation stands.
    pub async fn conversation(&self, id: ConversationId) -> Result<Conversation, ChatError> {
        Ok(conversations::open(&self.inner.store, id).await?.conversation)
    }

    /// A conversation at a glance.
    pub async fn glance(&self, id: ConversationId) -> Result<Glance, ChatError> {
        let store = &self.inner.store;
        let opened = conversations::open(store, id).await?;
        let until = opened.conversation.last_seq;
        Ok(Glance {
            summary: Summary::read(store, &opened, until, &self.inner.shelf.catalogue).await?,
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
        let before = self.conversation(id).await?;
        if matches!(&before.owner, Owner::Agent { name } if name == agent) {
            return Ok(before);
        }
        let change = rows::Change {
            owner: Some(agent),
            status: Status::Open,
            allowed: &[Some(agent), from, None],
        };
        self.change(&before, &change, ("bot-agent-joined", agent)).await
    }

    /// Gives the conversation back to the bot, which answers what comes from now on and knows what was said before.
    pub async fn hand_back(&self, id: ConversationId, agent: &str) -> Result<Conversation, ChatError> {
        let agent = named(agent)?;
        let before = self.conversation(id).await?;
        let change = rows::Change {
            owner: None,
            status: Status::Pending,
            allowed: &[Some(agent)],
        };
        self.change(&before, &change, ("bot-agent-left", agent)).await
    }

    /// Ends the conversation. It opens again, with the bot, when the shopper writes.
    pub async fn resolve(&self, id: ConversationId, agent: &str) -> Result<Conversation, ChatError> {
        let agent = named(agent)?;
        let before = self.conversation(id).await?;
        if before.status == Status::Resolved {
            return Ok(before);
        }
        let change = rows::Change {
            owner: None,
            status: Status::Resolved,
            allowed: &[Some(agent), None],
        };
        self.change(&before, &change, ("bot-resolved", agent)).await
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
        let conversation = self.conversation(id).await?;
        match &conversation.owner {
            Owner::Agent { name } if name == agent => {}
            owner => return Err(ChatError::Taken(owner.clone())),
        }
        let sender = Sender {
            kind: SenderKind::Agent,
            name: Some(agent.into()),
        };
        let event = Event::Typing { sender, on };
        self.inner.hub.tell(id, conversation.last_seq, event);
        Ok(())
    }

    /// Changes who speaks, notes in the conversation what the agent did, and tells whoever looks at it.
    async fn change(
        &self,
        before: &Conversation,
        change: &rows::Change<'_>,
        (note, agent): (&str, &str),
    ) -> Result<Conversation, ChatError> {
        let note = Voice::of(&before.locale).say_with(note, &[("agent", agent)]);
        let changed = rows::change_owner(&self.inner.store, before.id, change, Some(&note)).await;
        let (conversation, noted) = self.or_taken(before.id, changed).await?;
        if let Some(message) = noted {
            self.tell_message(&Arc::new(message));
        }
        let event = Event::Conversation {
            conversation: conversation.clone(),
        };
        self.inner.hub.tell(before.id, conversation.last_seq, event);
        Ok(conversation)
    }

    /// Says who has the conversation when it was refused because of that.
    async fn or_taken<T>(
        &self,
        id: ConversationId,
        result: Result<T, ConversationError>,
    ) -> Result<T, ChatError> {
        match result {
            Err(ConversationError::Fenced) => Err(ChatError::Taken(self.conversation(id).await?.owner)),
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
