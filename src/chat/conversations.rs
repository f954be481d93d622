//! The SQL of conversations, messages and traces. What is stored is stored whole: each function is one transaction.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::message::*;
use super::reply::Part;
use super::state::State;
use super::trace::Trace;
use crate::store::{Millis, Store, StoreError, new_id, new_secret, now};
use crate::text::script::tight;

/// Why a conversation can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    #[error("no such conversation")]
    NotFound,
    /// Someone else speaks by now: the reply was computed under an older fencing token.
    #[error("the conversation changed hands: the reply was not stored")]
    Fenced,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ConversationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<serde_json::Error> for ConversationError {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(error.into())
    }
}

pub(super) type Result<T, E = ConversationError> = std::result::Result<T, E>;

/// A conversation with what its turns need.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub conversation: Conversation,
    pub state: State,
    pub handled_seq: i64,
    pub person_wanted: Option<String>,
    /// What the page says of its shopper.
    pub shopper: Value,
    /// The shop's own cart of the browser that has the conversation.
    pub cart: Option<String>,
}

/// A reply that is ready to be stored.
pub(super) struct Reply<'a> {
    pub turn_id: &'a str,
    /// The fencing token under which it was computed.
    pub fence: i64,
    /// The shopper's message that it answers.
    pub answers: &'a Message,
    pub parts: &'a [Part],
    pub state: &'a State,
    pub person_wanted: Option<&'a str>,
    pub trace: &'a Trace,
    pub bot_name: &'a str,
}

/// Starts a conversation that the bot owns. The token is returned here and nowhere else: only its hash is stored.
pub(super) async fn start(
    store: &Store,
    locale: &str,
    shopper: &Value,
    page_url: Option<&str>,
    cart: Option<&str>,
) -> Result<(Conversation, String)> {
    let (id, token, at) = (ConversationId::new(), new_secret(), now());
    sqlx::query(
        "INSERT INTO conversations (id, token_hash, locale, status, owner_kind, fence, last_seq, shopper_seq, handled_seq,
             shopper_read_seq, state, shopper, page_url, cart, created_at, updated_at)
         VALUES ($1, $2, $3, 'pending', 'bot', 0, 0, 0, 0, 0, $4, $5, $6, $7, $8, $8)",
    )
    .bind(id.to_string())
    .bind(hash(&token))
    .bind(locale)
    .bind(serde_json::to_string(&State::default())?)
    .bind(shopper.to_string())
    .bind(page_url)
    .bind(cart)
    .bind(at)
    .execute(store.writer())
    .await?;
    let conversation = Conversation {
        id,
        status: Status::Pending,
        owner: Owner::Bot,
        last_seq: 0,
        locale: locale.into(),
        fence: 0,
    };
    Ok((conversation, token))
}

const SELECT_CONVERSATION: &str = "SELECT id, locale, status, owner_kind, owner_id, fence, last_seq, handled_seq, state, person_wanted, shopper, cart FROM conversations WHERE id = $1";

/// The conversation, for whoever holds its token. A wrong token and an unknown id are the same to the caller.
pub(super) async fn authenticate(store: &Store, id: ConversationId, token: &str) -> Result<Conversation> {
    let row = sqlx::query(
        "SELECT id, locale, status, owner_kind, owner_id, fence, last_seq FROM conversations WHERE id = $1 AND token_hash = $2",
    )
    .bind(id.to_string())
    .bind(hash(token))
    .fetch_optional(store.reader())
    .await?
    .ok_or(ConversationError::NotFound)?;
    read_conversation(&row)
}

pub(super) async fn open(store: &Store, id: ConversationId) -> Result<Opened> {
    let row = sqlx::query(SELECT_CONVERSATION)
        .bind(id.to_string())
        .fetch_optional(store.reader())
        .await?
        .ok_or(ConversationError::NotFound)?;
    Ok(Opened {
        conversation: read_conversation(&row)?,
        // A state written by another version of the program is not worth losing the conversation for.
        state: serde_json::from_str(row.try_get("state")?).unwrap_or_default(),
        handled_seq: row.try_get("handled_seq")?,
        person_wanted: row.try_get("person_wanted")?,
        shopper: serde_json::from_str(row.try_get("shopper")?).unwrap_or_default(),
        cart: row.try_get("cart")?,
    })
}

/// Stores a shopper's message and gives it the next sequence number. The same `echo_id` again changes nothing
/// and returns the message stored first; `true` beside it says so.
pub(super) async fn store_incoming(
    store: &Store,
    id: ConversationId,
    incoming: &Incoming,
) -> Result<(Message, bool)> {
    let mut transaction = store.begin().await?;
    // The row is locked before the look-up, so two tries at once can't both find nothing.
    let seq: i64 = sqlx::query_scalar(
        "UPDATE conversations SET last_seq = last_seq + 1, shopper_seq = last_seq + 1, updated_at = $2,
             page_url = COALESCE($3, page_url), status = CASE WHEN status IN ('resolved', 'snoozed')
             THEN CASE WHEN owner_kind = 'bot' THEN 'pending' ELSE 'open' END ELSE status END
         WHERE id = $1 RETURNING last_seq",
    )
    .bind(id.to_string())
    .bind(now())
    .bind(&incoming.page_url)
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ConversationError::NotFound)?;
    if let Some(first) = by_echo_id(&mut transaction, id, incoming.echo_id.as_deref()).await? {
        transaction.rollback().await?;
        return Ok((first, true));
    }
    let message = Message {
        content_attributes: into_map(serde_json::to_value(&incoming.content_attributes)?),
        echo_id: incoming.echo_id.clone(),
        ..said(id, seq, SenderKind::Shopper, None, &incoming.content)
    };
    insert(&mut transaction, &message).await?;
    transaction.commit().await?;
    Ok((message, false))
}

/// Stores what the bot says without having been asked; refused as [`ConversationError::Fenced`] when it doesn't own the
/// conversation.
pub(super) async fn store_own(
    store: &Store,
    id: ConversationId,
    bot_name: &str,
    text: &str,
) -> Result<Message> {
    let mut transaction = store.begin().await?;
    let seq: i64 = sqlx::query_scalar(
        "UPDATE conversations SET last_seq = last_seq + 1, updated_at = $2
         WHERE id = $1 AND owner_kind = 'bot' RETURNING last_seq",
    )
    .bind(id.to_string())
    .bind(now())
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ConversationError::Fenced)?;
    let message = said(id, seq, SenderKind::Bot, Some(bot_name), text);
    insert(&mut transaction, &message).await?;
    transaction.commit().await?;
    Ok(message)
}

/// Stores the bot's reply, the new state and the trace together. Refused as [`ConversationError::Fenced`] when the
/// conversation has another owner or a newer fencing token than the reply was computed under.
pub(super) async fn store_reply(store: &Store, reply: Reply<'_>) -> Result<(Conversation, Vec<Message>)> {
    let mut transaction = store.begin().await?;
    let id = reply.answers.conversation_id;
    let row = sqlx::query(
        "UPDATE conversations SET last_seq = last_seq + $3, handled_seq = $4, state = $5, updated_at = $6,
             person_wanted = COALESCE(person_wanted, $7),
             status = CASE WHEN COALESCE(person_wanted, $7) IS NULL THEN status ELSE 'open' END
         WHERE id = $1 AND fence = $2 AND owner_kind = 'bot'
         RETURNING id, locale, status, owner_kind, owner_id, fence, last_seq",
    )
    .bind(id.to_string())
    .bind(reply.fence)
    .bind(reply.parts.len() as i64)
    .bind(reply.answers.seq)
    .bind(serde_json::to_string(reply.state)?)
    .bind(now())
    .bind(reply.person_wanted)
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ConversationError::Fenced)?;
    let conversation = read_conversation(&row)?;
    let messages = reply_messages(&reply, conversation.last_seq);
    for message in &messages {
        insert(&mut transaction, message).await?;
    }
    insert_trace(&mut transaction, &reply).await?;
    transaction.commit().await?;
    Ok((conversation, messages))
}

fn reply_messages(reply: &Reply<'_>, last_seq: i64) -> Vec<Message> {
    let count = reply.parts.len();
    let id = reply.answers.conversation_id;
    let message = |(index, part): (usize, &Part)| {
        let seq = last_seq - (count - 1 - index) as i64;
        let content = tight(part.content());
        Message {
            turn_id: Some(reply.turn_id.into()),
            content_type: part.content_type(),
            content_attributes: part.attributes(&reply.answers.id, index + 1 == count),
            ..said(id, seq, SenderKind::Bot, Some(reply.bot_name), &content)
        }
    };
    reply.parts.iter().enumerate().map(message).collect()
}

/// A new message of plain text.
pub(super) fn said(
    id: ConversationId,
    seq: i64,
    kind: SenderKind,
    name: Option<&str>,
    content: &str,
) -> Message {
    Message {
        id: new_id(),
        conversation_id: id,
        seq,
        turn_id: None,
        message_type: match kind {
            SenderKind::Shopper => MessageType::Incoming,
            SenderKind::Bot | SenderKind::Agent => MessageType::Outgoing,
            SenderKind::System => MessageType::Activity,
        },
        sender: Sender {
            kind,
            name: name.map(str::to_owned),
        },
        content: content.into(),
        content_type: ContentType::Text,
        content_attributes: serde_json::Map::new(),
        echo_id: None,
        feedback: None,
        created_at: now(),
    }
}

/// Messages with a sequence number above `after`, oldest first, at most `limit`.
pub(super) async fn messages_after(
    store: &Store,
    id: ConversationId,
    after: i64,
    limit: i64,
) -> Result<Vec<Message>> {
    let rows =
        sqlx::query("SELECT * FROM messages WHERE conversation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3")
            .bind(id.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(store.reader())
            .await?;
    rows.iter().map(read_message).collect()
}

/// The shopper's oldest message that nobody has dealt with.
pub(super) async fn next_unhandled(store: &Store, opened: &Opened) -> Result<Option<Message>> {
    let row = sqlx::query(
        "SELECT * FROM messages WHERE conversation_id = $1 AND seq > $2 AND message_type = 'incoming' ORDER BY seq LIMIT 1",
    )
    .bind(opened.conversation.id.to_string())
    .bind(opened.handled_seq)
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(read_message).transpose()
}

/// Conversations of the bot with a message that was stored and not dealt with when the server stopped.
pub(super) async fn unhandled(store: &Store, since: Millis) -> Result<Vec<ConversationId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM conversations WHERE owner_kind = 'bot' AND updated_at >= $1 AND shopper_seq > handled_seq ORDER BY updated_at",
    )
    .bind(since)
    .fetch_all(store.reader())
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Sets or takes back the shopper's thumb on a message of the bot.
pub(super) async fn set_feedback(
    store: &Store,
    id: ConversationId,
    message_id: &str,
    feedback: Option<Feedback>,
) -> Result<Message> {
    let row = sqlx::query(
        "UPDATE messages SET feedback = $3 WHERE conversation_id = $1 AND id = $2 AND sender_kind = 'bot' RETURNING *",
    )
    .bind(id.to_string())
    .bind(message_id)
    .bind(feedback.map(word).transpose()?)
    .fetch_optional(store.writer())
    .await?
    .ok_or(ConversationError::NotFound)?;
    read_message(&row)
}

pub(super) async fn mark_read(store: &Store, id: ConversationId, seq: i64) -> Result<()> {
    sqlx::query("UPDATE conversations SET shopper_read_seq = $2 WHERE id = $1 AND shopper_read_seq < $2 AND last_seq >= $2")
        .bind(id.to_string())
        .bind(seq)
        .execute(store.writer())
        .await?;
    Ok(())
}

/// Keeps what the page knows of its shopper, and the locale they switched to.
pub(super) async fn set_shopper(
    store: &Store,
    id: ConversationId,
    shopper: &Value,
    locale: Option<&str>,
) -> Result<()> {
    sqlx::query("UPDATE conversations SET shopper = $2, locale = COALESCE($3, locale) WHERE id = $1")
        .bind(id.to_string())
        .bind(shopper.to_string())
        .bind(locale)
        .execute(store.writer())
        .await?;
    Ok(())
}

/// Ties the conversation to the cart of the browser that has it.
pub(super) async fn set_cart(store: &Store, id: ConversationId, cart: &str) -> Result<()> {
    sqlx::query("UPDATE conversations SET cart = $2 WHERE id = $1 AND (cart IS NULL OR cart <> $2)")
        .bind(id.to_string())
        .bind(cart)
        .execute(store.writer())
        .await?;
    Ok(())
}

/// How many wait for a person, those before this conversation and itself.
pub(super) async fn place_in_line(store: &Store, id: ConversationId) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM conversations WHERE person_wanted IS NOT NULL AND owner_kind = 'bot' AND status = 'open' AND id <> $1",
    )
    .bind(id.to_string())
    .fetch_one(store.reader())
    .await
    .map(|before: i64| before + 1)?)
}

/// Why the bot said what it said in the turn.
pub async fn trace(store: &Store, turn_id: &str) -> Result<Option<Value>> {
    let trace: Option<String> = sqlx::query_scalar("SELECT trace FROM traces WHERE turn_id = $1")
        .bind(turn_id)
        .fetch_optional(store.reader())
        .await?;
    Ok(trace.as_deref().map(serde_json::from_str).transpose()?)
}

/// What the bot remembers of the conversation.
pub async fn state(store: &Store, id: ConversationId) -> Result<Value> {
    let state: Option<String> = sqlx::query_scalar("SELECT state FROM conversations WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(store.reader())
        .await?;
    let state = state.ok_or(ConversationError::NotFound)?;
    Ok(serde_json::from_str(&state)?)
}

/// Deletes a conversation with its messages, traces and rating. One that isn't there is deleted already.
pub(super) async fn delete(store: &Store, id: ConversationId) -> Result<()> {
    let mut transaction = store.begin().await?;
    for statement in [
        "DELETE FROM traces WHERE conversation_id = $1",
        "DELETE FROM ratings WHERE conversation_id = $1",
        "DELETE FROM messages WHERE conversation_id = $1",
        "DELETE FROM conversations WHERE id = $1",
    ] {
        sqlx::query(statement)
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The message that was stored under its sender's own id, if it has one.
pub(super) async fn by_echo_id(
    transaction: &mut Transaction<'static, Any>,
    id: ConversationId,
    echo_id: Option<&str>,
) -> Result<Option<Message>> {
    let Some(echo_id) = echo_id else {
        return Ok(None);
    };
    let row = sqlx::query("SELECT * FROM messages WHERE conversation_id = $1 AND echo_id = $2")
        .bind(id.to_string())
        .bind(echo_id)
        .fetch_optional(&mut **transaction)
        .await?;
    row.as_ref().map(read_message).transpose()
}

pub(super) async fn insert(transaction: &mut Transaction<'static, Any>, message: &Message) -> Result<()> {
    sqlx::query(
        "INSERT INTO messages (id, conversation_id, seq, turn_id, message_type, sender_kind, sender_name, content, content_type,
             content_attributes, echo_id, feedback, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&message.id)
    .bind(message.conversation_id.to_string())
    .bind(message.seq)
    .bind(&message.turn_id)
    .bind(word(message.message_type)?)
    .bind(word(message.sender.kind)?)
    .bind(&message.sender.name)
    .bind(&message.content)
    .bind(word(message.content_type)?)
    .bind(serde_json::to_string(&message.content_attributes)?)
    .bind(&message.echo_id)
    .bind(message.feedback.map(word).transpose()?)
    .bind(message.created_at)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn insert_trace(transaction: &mut Transaction<'static, Any>, reply: &Reply<'_>) -> Result<()> {
    sqlx::query("INSERT INTO traces (turn_id, conversation_id, message_id, trace, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(reply.turn_id)
        .bind(reply.answers.conversation_id.to_string())
        .bind(&reply.answers.id)
        .bind(serde_json::to_string(reply.trace)?)
        .bind(now())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) fn read_conversation(row: &AnyRow) -> Result<Conversation> {
    let owner_kind: &str = row.try_get("owner_kind")?;
    let owner = match owner_kind {
        "agent" => Owner::Agent {
            name: row.try_get::<Option<String>, _>("owner_id")?.unwrap_or_default(),
        },
        _ => Owner::Bot,
    };
    let id: &str = row.try_get("id")?;
    Ok(Conversation {
        id: id.parse().map_err(|_| ConversationError::NotFound)?,
        status: from_word(row.try_get("status")?)?,
        owner,
        last_seq: row.try_get("last_seq")?,
        locale: row.try_get("locale")?,
        fence: row.try_get("fence")?,
    })
}

fn read_message(row: &AnyRow) -> Result<Message> {
    let conversation_id: &str = row.try_get("conversation_id")?;
    Ok(Message {
        id: row.try_get("id")?,
        conversation_id: conversation_id.parse().map_err(|_| ConversationError::NotFound)?,
        seq: row.try_get("seq")?,
        turn_id: row.try_get("turn_id")?,
        message_type: from_word(row.try_get("message_type")?)?,
        sender: Sender {
            kind: from_word(row.try_get("sender_kind")?)?,
            name: row.try_get("sender_name")?,
        },
        content: row.try_get("content")?,
        content_type: from_word(row.try_get("content_type")?)?,
        content_attributes: serde_json::from_str(row.try_get("content_attributes")?)?,
        echo_id: row.try_get("echo_id")?,
        feedback: row
            .try_get::<Option<&str>, _>("feedback")?
            .map(from_word)
            .transpose()?,
        created_at: row.try_get("created_at")?,
    })
}

/// The stored word of an enum: the one that serde writes.
pub(super) fn word<T: serde::Serialize>(value: T) -> Result<String> {
    match serde_json::to_value(value)? {
        Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T> {
    Ok(serde_json::from_value(Value::String(word.into()))?)
}

fn into_map(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
