//! The conversation: messages are stored before they are acknowledged, then answered one turn at a time.
//!
//! [`Chat`] is the room's face. A message goes `receive` → `turn` → `think` (understands it, reads what it `asks` or which
//! of the `forms` it fills, sends `errands` to the `goods` and the `desk`) → `policy` (pure) → `actions` (parts of the
//! reply) → `conversations` (stored with state and trace under the fencing token) → `hub`.

mod actions;
mod agents;
mod asks;
mod attachments;
mod conversations;
mod desk;
mod errands;
mod forms;
mod goods;
mod hub;
mod intents;
mod message;
mod policy;
mod ratings;
mod reply;
mod sight;
mod state;
mod summary;
mod think;
mod trace;
mod transcript;
mod turn;
mod wants;

use std::sync::Arc;

use serde_json::Value;

use crate::config::{Config, OpenNow};
use crate::knowledge::Knowledge;
use crate::nlu::{Languages, NluError};
use crate::orders::OrderDesk;
use crate::store::{Store, StoreError, now};
use crate::text::say::Voice;

use desk::Desk;

pub use agents::{AGENT_CHARS, Answer, Filter, Glance, Listed, hand_back, take_over};
pub use attachments::{Attachment, AttachmentError, AttachmentKind, Upload};
pub use conversations::{ConversationError, state, trace};
pub use goods::Shelf;
pub use hub::{Delivery, Event, Hub, SocketId};
pub use intents::{Behaviour, Behaviours};
pub use message::*;
pub use policy::Button;
pub use ratings::{NewRating, POSITIVE, Rating};

/// Conversations that were left unanswered longer ago than this are not taken up at start: an answer days later
/// startles more than it helps.
const TAKEN_UP_WITHIN_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Why the chat can't do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("the message is empty: expected text, or a chosen button")]
    Empty,
    #[error("the message has {chars} characters: expected at most {limit}")]
    TooLong { chars: usize, limit: usize },
    #[error("`echo_id` has {0} characters: expected 1 to 64")]
    EchoId(usize),
    /// PostgreSQL keeps no such text, so no database does.
    #[error("`{0}` holds the character U+0000: expected text")]
    Nul(&'static str),
    #[error("`rating` is {0}: expected a whole number from 1 to 5")]
    Rating(i64),
    #[error("`comment` has {0} characters: expected at most 2000")]
    CommentTooLong(usize),
    #[error("the conversation was rated before: {} of 5", .0.rating)]
    RatedAlready(Rating),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error("`agent`: expected a name of 1 to {AGENT_CHARS} characters, without spaces around it")]
    AgentName,
    #[error("the conversation is {}", whose(.0))]
    Taken(Owner),
    #[error("nothing was said in this conversation yet")]
    NothingSaid,
    #[error("a page can't be written: {0}")]
    Page(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error(transparent)]
    Nlu(#[from] NluError),
}

fn whose(owner: &Owner) -> String {
    match owner {
        Owner::Bot => "the bot's: take it over first".into(),
        Owner::Agent { name } => format!("{name}'s"),
    }
}

/// Everything a conversation needs; clones share it.
#[derive(Clone)]
pub struct Chat {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    nlu: Languages,
    knowledge: Knowledge,
    behaviours: Behaviours,
    shelf: Shelf,
    desk: Desk,
    config: Arc<Config>,
    hub: Hub,
    turns: turn::Turns,
}

/// A shopper's message as stored; `repeated` when it was stored by an earlier try.
pub struct Received {
    pub message: Arc<Message>,
    pub repeated: bool,
}

impl Chat {
    pub fn new(
        store: Store,
        nlu: Languages,
        knowledge: Knowledge,
        behaviours: Behaviours,
        shelf: Shelf,
        orders: OrderDesk,
        config: Arc<Config>,
    ) -> Self {
        let desk = Desk {
            orders,
            catalogue: shelf.catalogue.clone(),
            person_from: config.orders.person_from,
        };
        let (hub, turns) = Default::default();
        Self {
            inner: Arc::new(Inner {
                store,
                nlu,
                knowledge,
                behaviours,
                shelf,
                desk,
                config,
                hub,
                turns,
            }),
        }
    }

    /// Takes up the messages that were acknowledged but not answered when the server last stopped. Returns how many
    /// conversations had one.
    pub async fn resume(&self) -> Result<usize, ChatError> {
        let ids = conversations::unhandled(&self.inner.store, now() - TAKEN_UP_WITHIN_MILLIS).await?;
        ids.iter().for_each(|id| turn::Turns::wake(&self.inner, *id));
        Ok(ids.len())
    }

    /// Starts a conversation; the token that comes with it is the only key to it. `cart`: the id of the browser's cart.
    pub async fn start(
        &self,
        locale: &str,
        shopper: &Value,
        page_url: Option<&str>,
        cart: Option<&str>,
    ) -> Result<(Conversation, String), ChatError> {
        let locale = Voice::of(locale).code();
        Ok(conversations::start(&self.inner.store, &locale, shopper, page_url, cart).await?)
    }

    /// Ties the conversation to the shop's own cart of the browser that has it.
    pub async fn set_cart(&self, id: ConversationId, cart: &str) -> Result<(), ChatError> {
        Ok(conversations::set_cart(&self.inner.store, id, cart).await?)
    }

    /// The conversation, for whoever holds its token.
    pub async fn authenticate(&self, id: ConversationId, token: &str) -> Result<Conversation, ChatError> {
        Ok(conversations::authenticate(&self.inner.store, id, token).await?)
    }

    /// Stores a shopper's message, tells the other sockets, and has it answered. When this returns, the message is
    /// on disk; the answer comes through the [`Hub`].
    pub async fn receive(
        &self,
        id: ConversationId,
        incoming: &Incoming,
        origin: Option<SocketId>,
    ) -> Result<Received, ChatError> {
        self.check(incoming)?;
        let (message, repeated) = conversations::store_incoming(&self.inner.store, id, incoming).await?;
        let message = Arc::new(message);
        if !repeated {
            let event = Event::Message {
                message: message.clone(),
            };
            self.inner.hub.publish(
                id,
                Delivery {
                    seq: message.seq,
                    event,
                    origin,
                },
            );
            turn::bot_types(&self.inner, id, message.seq, true);
        }
        turn::Turns::wake(&self.inner, id);
        Ok(Received { message, repeated })
    }

    fn check(&self, incoming: &Incoming) -> Result<(), ChatError> {
        let texts = [
            ("content", Some(&incoming.content)),
            ("echo_id", incoming.echo_id.as_ref()),
            ("page_url", incoming.page_url.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| text.contains('\0')) {
                return Err(ChatError::Nul(field));
            }
        }
        let limit = self.inner.config.limits.message_chars;
        let chars = incoming.content.chars().count();
        let attributes = &incoming.content_attributes;
        let has_other = !attributes.submitted_values.is_empty() || !attributes.attachments.is_empty();
        if incoming.content.trim().is_empty() && !has_other {
            return Err(ChatError::Empty);
        }
        let chosen = incoming.content_attributes.submitted_values.iter();
        let chosen: usize = chosen
            .map(|choice| choice.title.chars().count() + choice.value.chars().count())
            .sum();
        if chars.max(chosen) > limit {
            return Err(ChatError::TooLong {
                chars: chars.max(chosen),
                limit,
            });
        }
        match incoming.echo_id.as_deref().map(|echo_id| echo_id.chars().count()) {
            Some(length) if !(1..=64).contains(&length) => Err(ChatError::EchoId(length)),
            _ => Ok(()),
        }
    }

    /// Says something without having been asked, if the bot owns the conversation.
    pub async fn say(&self, conversation: &Conversation, text: &str) -> Result<Arc<Message>, ChatError> {
        let bot_name = Voice::of(&conversation.locale).say("bot-name");
        let id = conversation.id;
        let message = Arc::new(conversations::store_own(&self.inner.store, id, &bot_name, text).await?);
        self.tell_message(&message);
        Ok(message)
    }

    /// Tells whoever looks at the conversation of a new message.
    fn tell_message(&self, message: &Arc<Message>) {
        let event = Event::Message {
            message: message.clone(),
        };
        self.inner.hub.tell(message.conversation_id, message.seq, event);
    }

    /// Messages above `after`, oldest first.
    pub async fn messages_after(
        &self,
        id: ConversationId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Message>, ChatError> {
        Ok(conversations::messages_after(&self.inner.store, id, after, limit).await?)
    }

    /// Sets or takes back a thumb on one of the bot's messages.
    pub async fn rate(
        &self,
        id: ConversationId,
        message_id: &str,
        feedback: Option<Feedback>,
    ) -> Result<Arc<Message>, ChatError> {
        // No message has such an id, and PostgreSQL refuses to look for it.
        if message_id.contains('\0') {
            return Err(ConversationError::NotFound.into());
        }
        let message =
            Arc::new(conversations::set_feedback(&self.inner.store, id, message_id, feedback).await?);
        let event = Event::MessageUpdated {
            message: message.clone(),
        };
        self.inner.hub.tell(id, message.seq, event);
        Ok(message)
    }

    /// The shopper has seen everything up to `seq`.
    pub async fn mark_read(&self, id: ConversationId, seq: i64) -> Result<(), ChatError> {
        Ok(conversations::mark_read(&self.inner.store, id, seq).await?)
    }

    /// Keeps what the page says of its shopper.
    pub async fn set_shopper(
        &self,
        id: ConversationId,
        shopper: &Value,
        locale: Option<&str>,
    ) -> Result<(), ChatError> {
        let locale = locale.map(|locale| Voice::of(locale).code());
        Ok(conversations::set_shopper(&self.inner.store, id, shopper, locale.as_deref()).await?)
    }

    /// The shopper types, or stopped.
    pub fn shopper_types(&self, conversation: &Conversation, on: bool, origin: Option<SocketId>) {
        let sender = Sender {
            kind: SenderKind::Shopper,
            name: None,
        };
        let delivery = Delivery {
            seq: conversation.last_seq,
            event: Event::Typing { sender, on },
            origin,
        };
        self.inner.hub.publish(conversation.id, delivery);
    }

    /// Deletes a conversation with all that was said and sent in it.
    pub async fn forget(&self, id: ConversationId) -> Result<(), ChatError> {
        self.forget_attachments(id).await?;
        crate::knowledge::forget_unanswered(&self.inner.store, &id.to_string())
            .await
            .map_err(ConversationError::from)?;
        Ok(conversations::delete(&self.inner.store, id).await?)
    }

    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// Whether people answer now.
    pub fn hours(&self) -> OpenNow {
        self.inner.config.hours.at(now())
    }

    /// When people are back, in words.
    pub fn back_in_words(&self, locale: &str) -> String {
        actions::back_at(
            &self.hours(),
            &self.inner.config.hours.time_zone,
            &Voice::of(locale),
        )
    }

    /// Lets the turns under way end; what is left is taken up at the next start.
    pub async fn stop(&self) {
        self.inner.turns.drain().await;
    }
}
