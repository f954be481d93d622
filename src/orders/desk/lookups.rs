//! The SQL of look-ups: who asked for which order, and who proved that it is theirs.

use std::time::Duration;

use crate::store::{Millis, Store, StoreError, new_id, now};

/// How many wrong tries there may be, and how long a right one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskLimits {
    /// Of a conversation.
    pub tries_per_conversation: u32,
    /// Of a number, by all conversations.
    pub tries_per_number: u32,
    /// What of the past counts.
    pub window: Duration,
    pub proven_for: Duration,
}

/// How long look-ups are kept.
pub const KEPT: Millis = 30 * 24 * 60 * 60 * 1000;

/// Notes a try, as a wrong one; its id.
pub async fn note(store: &Store, conversation: &str, number: &str) -> Result<String, StoreError> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO order_lookups (id, conversation, number, proven, created_at) VALUES ($1, $2, $3, 0, $4)",
    )
    .bind(&id)
    .bind(conversation)
    .bind(number)
    .bind(now())
    .execute(store.writer())
    .await?;
    Ok(id)
}

/// A try was a right one.
pub async fn prove(store: &Store, id: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE order_lookups SET proven = 1 WHERE id = $1")
        .bind(id)
        .execute(store.writer())
        .await?;
    Ok(())
}

/// How long the conversation, or whoever asks for the number, has to wait; the try itself is noted before. Without a
/// number, tries of other conversations don't count.
pub async fn wait(
    store: &Store,
    limits: &DeskLimits,
    conversation: &str,
    number: Option<&str>,
) -> Result<Option<Duration>, StoreError> {
    let since = now() - millis(limits.window);
    let of_conversation = "SELECT COUNT(*), MIN(created_at) FROM order_lookups
                           WHERE conversation = $1 AND proven = 0 AND created_at > $2";
    let of_number = "SELECT COUNT(*), MIN(created_at) FROM order_lookups
                     WHERE number = $1 AND proven = 0 AND created_at > $2";
    let counted = [
        (of_conversation, Some(conversation), limits.tries_per_conversation),
        (of_number, number, limits.tries_per_number),
    ];
    for (sql, subject, most) in counted {
        let Some(subject) = subject else {
            continue;
        };
        let (tries, first): (i64, Option<i64>) = sqlx::query_as(sql)
            .bind(subject)
            .bind(since)
            .fetch_one(store.writer())
            .await?;
        if tries > i64::from(most) {
            let left = first.unwrap_or(since) - since;
            return Ok(Some(Duration::from_millis(left.max(1000).unsigned_abs())));
        }
    }
    Ok(None)
}

/// Whether the conversation proved this order not long ago.
pub async fn is_proven(
    store: &Store,
    limits: &DeskLimits,
    conversation: &str,
    number: &str,
) -> Result<bool, StoreError> {
    let proofs: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM order_lookups
         WHERE conversation = $1 AND number = $2 AND proven = 1 AND created_at > $3",
    )
    .bind(conversation)
    .bind(number)
    .bind(now() - millis(limits.proven_for))
    .fetch_one(store.writer())
    .await?;
    Ok(proofs > 0)
}

/// Deletes look-ups of long ago.
pub async fn forget(store: &Store) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM order_lookups WHERE created_at < $1")
        .bind(now() - KEPT)
        .execute(store.writer())
        .await?;
    Ok(())
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
