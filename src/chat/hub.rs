//! The live hub: what happens in a conversation reaches every socket that shows it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;

use super::message::{Conversation, ConversationId, Message, Sender};

/// Events that one slow socket may lag behind before it is told to read from the database instead.
const BACKLOG: usize = 64;

/// Something that happened in a conversation.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Message { message: Arc<Message> },
    MessageUpdated { message: Arc<Message> },
    Typing { sender: Sender, on: bool },
    Conversation { conversation: Conversation },
}

/// An event on its way, with the conversation's newest sequence number and the socket that caused it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub seq: i64,
    pub event: Event,
    /// The socket that sent the message knows it from its acknowledgement.
    pub origin: Option<SocketId>,
}

/// One open socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketId(pub u64);

/// Delivers within this process.
#[derive(Debug, Default)]
pub struct Hub {
    conversations: Mutex<HashMap<ConversationId, broadcast::Sender<Delivery>>>,
}

impl Hub {
    /// Everything that happens in the conversation from now on.
    pub fn subscribe(&self, id: ConversationId) -> broadcast::Receiver<Delivery> {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        conversations
            .entry(id)
            .or_insert_with(|| broadcast::channel(BACKLOG).0)
            .subscribe()
    }

    /// Delivers what no socket caused; `seq`: the conversation's newest sequence number.
    pub fn tell(&self, id: ConversationId, seq: i64, event: Event) {
        let origin = None;
        self.publish(id, Delivery { seq, event, origin });
    }

    /// Delivers to whoever listens; nobody listening is fine, everything that matters is stored.
    pub fn publish(&self, id: ConversationId, delivery: Delivery) {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let unheard = conversations
            .get(&id)
            .is_some_and(|sender| sender.send(delivery).is_err());
        if unheard {
            conversations.remove(&id);
        }
    }
}
