//! The SQL of exposures: what was shown, or held back, and what came of it.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Arm, Reaction};
use crate::store::{Millis, Store, StoreError, now};

/// A message that came to be shown, or was held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    pub id: String,
    pub trigger: String,
    pub visitor: String,
    pub arm: Arm,
    pub campaign: Option<String>,
    /// In the shop's time zone, as `2026-11-24`.
    pub day: String,
    pub at: Millis,
    pub clicked_at: Option<Millis>,
    pub dismissed_at: Option<Millis>,
    pub replied_at: Option<Millis>,
}

/// Stores an exposure unless the visitor has had `most` of its trigger that day; says whether it was stored.
pub(super) async fn store(store: &Store, exposure: &Exposure, most: i64) -> Result<bool, StoreError> {
    // The number is unique within the day: of two at once that count the same, one is stored.
    let stored = sqlx::query(
        "INSERT INTO proactive_exposures (id, trigger_name, visitor, arm, campaign, day, number, at)
         SELECT $1, $2, $3, $4, $5, $6, had.count + 1, $7
         FROM (SELECT COUNT(*) AS count FROM proactive_exposures WHERE trigger_name = $2 AND visitor = $3 AND day = $6) had
         WHERE had.count < $8
         ON CONFLICT (trigger_name, visitor, day, number) DO NOTHING",
    )
    .bind(&exposure.id)
    .bind(&exposure.trigger)
    .bind(&exposure.visitor)
    .bind(exposure.arm.name())
    .bind(&exposure.campaign)
    .bind(&exposure.day)
    .bind(exposure.at)
    .bind(most)
    .execute(store.writer())
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Notes what a visitor did, the first time they did it; `false`: no such exposure of theirs.
pub(super) async fn note(
    store: &Store,
    id: &str,
    visitor: &str,
    reaction: Reaction,
) -> Result<bool, StoreError> {
    let column = match reaction {
        Reaction::Clicked => "clicked_at",
        Reaction::Dismissed => "dismissed_at",
        Reaction::Replied => "replied_at",
    };
    let sql = format!(
        "UPDATE proactive_exposures SET {column} = COALESCE({column}, $3) WHERE id = $1 AND visitor = $2"
    );
    let noted = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(visitor)
        .bind(now())
        .execute(store.writer())
        .await?;
    Ok(noted.rows_affected() == 1)
}

/// Takes an exposure that was shown to a visitor for a conversation, once; the name of its trigger.
pub(super) async fn take(
    store: &Store,
    id: &str,
    visitor: &str,
    conversation: &str,
) -> Result<Option<String>, StoreError> {
    let trigger = sqlx::query_scalar(
        "UPDATE proactive_exposures SET conversation = $3
         WHERE id = $1 AND visitor = $2 AND arm = 'shown' AND conversation IS NULL RETURNING trigger_name",
    )
    .bind(id)
    .bind(visitor)
    .bind(conversation)
    .fetch_optional(store.writer())
    .await?;
    Ok(trigger)
}

/// All since `since`, oldest first.
pub(super) async fn since(store: &Store, since: Millis) -> Result<Vec<Exposure>, StoreError> {
    let rows = sqlx::query("SELECT * FROM proactive_exposures WHERE at >= $1 ORDER BY at, id")
        .bind(since)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Deletes what is kept of a visitor; says how many there were.
pub async fn forget(store: &Store, visitor: &str) -> Result<u64, StoreError> {
    let deleted = sqlx::query("DELETE FROM proactive_exposures WHERE visitor = $1")
        .bind(visitor)
        .execute(store.writer())
        .await?;
    Ok(deleted.rows_affected())
}

fn read(row: &AnyRow) -> Result<Exposure, StoreError> {
    let arm: &str = row.try_get("arm")?;
    Ok(Exposure {
        id: row.try_get("id")?,
        trigger: row.try_get("trigger_name")?,
        visitor: row.try_get("visitor")?,
        arm: match arm {
            "shown" => Arm::Shown,
            _ => Arm::HeldOut,
        },
        campaign: row.try_get("campaign")?,
        day: row.try_get("day")?,
        at: row.try_get("at")?,
        clicked_at: row.try_get("clicked_at")?,
        dismissed_at: row.try_get("dismissed_at")?,
        replied_at: row.try_get("replied_at")?,
    })
}
