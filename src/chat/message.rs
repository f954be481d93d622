//! What a conversation is made of, as stored and as sent to the widget and to integrators.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::attachments::Attachment;
use crate::store::Millis;

/// A conversation's name. It opens nothing: reading takes the conversation's token too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(Uuid);

impl ConversationId {
    pub(super) fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ConversationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where a conversation stands; the names are Chatwoot's. `Pending`: the bot has it, `Open`: a person is wanted or there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    Pending,
    Snoozed,
    Resolved,
}

/// Who may speak to the shopper: the bot, or one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Owner {
    Bot,
    Agent { name: String },
}

/// A conversation as its shopper may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Conversation {
    #[schema(value_type = String)]
    pub id: ConversationId,
    pub status: Status,
    pub owner: Owner,
    /// Sequence number of the newest message; 0 before the first.
    pub last_seq: i64,
    pub locale: String,
    /// The owner's fencing token: whoever speaks names it, and is refused when it is no longer the newest.
    #[serde(skip)]
    pub fence: i64,
}

/// Direction of a message; the names are Chatwoot's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    Incoming,
    Outgoing,
    Activity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    Shopper,
    Bot,
    Agent,
    System,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sender {
    pub kind: SenderKind,
    pub name: Option<String>,
}

/// What a message holds beside its text; the names are Chatwoot's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    Text,
    Article,
    InputSelect,
    Cards,
    /// Products side by side: `items` and `rows`.
    Comparison,
    /// Asks for 1 to 5 and a comment.
    InputCsat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    Up,
    Down,
}

/// One message. `seq` counts up by one within its conversation, without gaps.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Message {
    pub id: String,
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    pub seq: i64,
    /// Shared by the messages of one reply of the bot.
    pub turn_id: Option<String>,
    pub message_type: MessageType,
    pub sender: Sender,
    pub content: String,
    pub content_type: ContentType,
    #[schema(value_type = Object)]
    pub content_attributes: Map<String, Value>,
    /// The id that the sender gave it, so that sending again does no harm.
    pub echo_id: Option<String>,
    pub feedback: Option<Feedback>,
    pub created_at: Millis,
}

/// A button: what it shows, and what choosing it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    pub title: String,
    pub value: String,
}

/// A message that a shopper sends.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Incoming {
    /// The sender's own id of the message: the same id again is the same message.
    pub echo_id: Option<String>,
    pub content: String,
    pub content_attributes: IncomingAttributes,
    pub page_url: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IncomingAttributes {
    /// The button that was chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub submitted_values: Vec<Choice>,
    /// The message that offered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Files, which come in by their own way and by no other.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}
