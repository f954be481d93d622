//! The SQL of what people do in conversations.

use sqlx::Row;

use super::super::conversations::{
    self, ConversationError, Result, by_echo_id, insert, read_conversation, said,
};
use super::super::message::*;
use super::{Answer, Listed};
use crate::store::{Millis, Store, now};

/// Which conversations are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// All when `None`.
    pub status: Option<Status>,
    /// Only those that wait for a person.
    pub waiting: bool,
    /// Those that changed last before this; all when `None`.
    pub before: Option<Millis>,
    pub limit: i64,
}

/// Who shall speak, where the conversation then stands, and of whom it may be taken (`None`: of the bot).
pub struct Change<'a> {
    pub owner: Option<&'a str>,
    pub status: Status,
    pub allowed: &'a [Option<&'a str>],
}

/// Gives the conversation to `agent`, whoever has it, and makes the bot's replies still under way void.
pub async fn take_over(store: &Store, id: ConversationId, agent: &str) -> Result<Conversation> {
    let change = Change {
        owner: Some(agent),
        status: Status::Open,
        allowed: &[],
    };
    Ok(change_owner(store, id, &change, None).await?.0)
}

/// Gives the conversation back to the bot, which answers what comes from now on.
pub async fn hand_back(store: &Store, id: ConversationId) -> Result<Conversation> {
    let change = Change {
        owner: None,
        status: Status::Pending,
        allowed: &[],
    };
    Ok(change_owner(store, id, &change, None).await?.0)
}

/// Changes who speaks, with a note of it in the conversation. Refused as [`ConversationError::Fenced`] when somebody has
/// it of whom it may not be taken; nobody is named there: of anybody.
pub(super) async fn change_owner(
    store: &Store,
    id: ConversationId,
    change: &Change<'_>,
    note: Option<&str>,
) -> Result<(Conversation, Option<Message>)> {
    let mut transaction = store.begin().await?;
    // The change locks the row; what it was before is looked at afterwards and decides whether the change stays.
    let before =
        sqlx::query("UPDATE conversations SET updated_at = $2 WHERE id = $1 RETURNING owner_kind, owner_id")
            .bind(id.to_string())
            .bind(now())
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(ConversationError::NotFound)?;
    let kind: String = before.try_get("owner_kind")?;
    let name: Option<String> = before.try_get("owner_id")?;
    let owner = name.as_deref().filter(|_| kind == "agent");
    if !change.allowed.is_empty() && !change.allowed.contains(&owner) {
        return Err(ConversationError::Fenced);
    }
    let row = sqlx::query(
        "UPDATE conversations SET owner_kind = $2, owner_id = $3, status = $4, fence = fence + 1,
             handled_seq = last_seq, last_seq = last_seq + $5, person_wanted = NULL
         WHERE id = $1 RETURNING id, locale, status, owner_kind, owner_id, fence, last_seq",
    )
    .bind(id.to_string())
    .bind(if change.owner.is_some() { "agent" } else { "bot" })
    .bind(change.owner)
    .bind(conversations::word(change.status)?)
    .bind(i64::from(note.is_some()))
    .fetch_one(&mut *transaction)
    .await?;
    let conversation = read_conversation(&row)?;
    let message = note.map(|note| said(id, conversation.last_seq, SenderKind::System, None, note));
    if let Some(message) = &message {
        insert(&mut transaction, message).await?;
    }
    transaction.commit().await?;
    Ok((conversation, message))
}

/// Stores what an agent says; `true` beside it when it was stored before under its `echo_id`. Refused as
/// [`ConversationError::Fenced`] when another one has the conversation.
pub(super) async fn store_answer(
    store: &Store,
    id: ConversationId,
    answer: &Answer<'_>,
) -> Result<(Message, bool)> {
    let mut transaction = store.begin().await?;
    let row = sqlx::query(
        "UPDATE conversations SET last_seq = last_seq + 1, updated_at = $2
         WHERE id = $1 RETURNING last_seq, owner_kind, owner_id",
    )
    .bind(id.to_string())
    .bind(now())
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ConversationError::NotFound)?;
    if let Some(first) = by_echo_id(&mut transaction, id, answer.echo_id).await? {
        return Ok((first, true));
    }
    let kind: String = row.try_get("owner_kind")?;
    let owner: Option<String> = row.try_get("owner_id")?;
    if kind != "agent" || owner.as_deref() != Some(answer.agent) {
        return Err(ConversationError::Fenced);
    }
    let (seq, agent) = (row.try_get("last_seq")?, Some(answer.agent));
    let message = Message {
        echo_id: answer.echo_id.map(str::to_owned),
        ..said(id, seq, SenderKind::Agent, agent, answer.content)
    };
    insert(&mut transaction, &message).await?;
    transaction.commit().await?;
    Ok((message, false))
}

/// Those that wait longest first, else the newest first.
pub(super) async fn list(store: &Store, filter: &Filter) -> Result<Vec<Listed>> {
    let rows = sqlx::query(
        "SELECT c.id, c.locale, c.status, c.owner_kind, c.owner_id, c.fence, c.last_seq, c.person_wanted, c.created_at,
             c.updated_at, (SELECT SUBSTR(m.content, 1, 160) FROM messages m
                            WHERE m.conversation_id = c.id AND m.seq = c.last_seq) AS preview
         FROM conversations c
         WHERE c.updated_at < $1 AND ($3 = '' OR c.status = $3)
             AND ($4 = 0 OR (c.person_wanted IS NOT NULL AND c.owner_kind = 'bot' AND c.status = 'open'))
         ORDER BY CASE WHEN $4 = 0 THEN -c.updated_at ELSE c.updated_at END, c.id LIMIT $2",
    )
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(filter.limit)
    .bind(filter.status.map(conversations::word).transpose()?.unwrap_or_default())
    .bind(i64::from(filter.waiting))
    .fetch_all(store.reader())
    .await?;
    let listed = rows.iter().map(|row| {
        Ok(Listed {
            conversation: read_conversation(row)?,
            person_wanted: row.try_get("person_wanted")?,
            preview: row.try_get::<Option<String>, _>("preview")?.unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    });
    listed.collect()
}
