//! The SQL of events: what shoppers did, each once.

use futures_util::TryStreamExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};
use utoipa::ToSchema;

use super::event::{Event, EventKind};
use crate::store::{Millis, Store, StoreError, next_number, now, number_as_text, places};

/// Counts the transactions that stored events.
pub const REVISION: &str = "events";
/// Rows that one statement writes; eight values each stay below SQLite's limit of 32,766.
const WRITTEN_AT_ONCE: usize = 200;
const COLUMNS: usize = 8;

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recorded {
    pub stored: u64,
    /// Sent before, by their ids.
    pub known: u64,
}

/// An event with its place among all changes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    pub revision: i64,
    pub event: Event,
}

/// A shopper's hash, and when they were erased: whoever comes back may be erased again.
pub type Erasure = (String, Millis);

/// Stores events under their ids, in one transaction.
pub async fn record(store: &Store, events: &[(String, Event)]) -> Result<Recorded, StoreError> {
    let mut transaction = store.begin().await?;
    let recorded = record_within(&mut transaction, events).await?;
    transaction.commit().await?;
    Ok(recorded)
}

/// Stores events inside a transaction.
pub async fn record_within(
    transaction: &mut Transaction<'static, Any>,
    events: &[(String, Event)],
) -> Result<Recorded, StoreError> {
    let mut recorded = Recorded::default();
    if events.is_empty() {
        return Ok(recorded);
    }
    let revision = next_number(transaction, REVISION).await?;
    for chunk in events.chunks(WRITTEN_AT_ONCE) {
        let sql = insert(chunk.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (id, event) in chunk {
            query = query
                .bind(id)
                .bind(revision)
                .bind(&event.shopper)
                .bind(&event.item)
                .bind(event.kind.name())
                .bind(number_as_text(event.value))
                .bind(&event.session)
                .bind(event.at);
        }
        let stored = query.execute(&mut **transaction).await?.rows_affected();
        recorded.stored += stored;
        recorded.known += chunk.len() as u64 - stored;
    }
    Ok(recorded)
}

fn insert(rows: usize) -> String {
    let row = |row: usize| {
        let first = row * COLUMNS + 1;
        let (before, after) = (places(first, 5), places(first + 6, 2));
        format!("({before}, CAST(${} AS DOUBLE PRECISION), {after})", first + 5)
    };
    format!(
        "INSERT INTO events (id, revision, shopper, item, kind, value, session, at) VALUES {}
         ON CONFLICT (id) DO NOTHING",
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    )
}

/// All events after `revision`, in the order in which they were stored.
pub async fn after(store: &Store, revision: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = sqlx::query("SELECT * FROM events WHERE revision > $1 ORDER BY revision, at")
        .bind(revision)
        .fetch(store.reader());
    rows.map_err(StoreError::from)
        .and_then(|row| async move { read(&row) })
        .try_collect()
        .await
}

/// All events there are.
pub async fn all(store: &Store) -> Result<Vec<Event>, StoreError> {
    let stored = after(store, 0).await?;
    Ok(stored.into_iter().map(|stored| stored.event).collect())
}

/// Events that happened after `at` but were stored up to `revision`: the sessions that run while a server starts.
pub async fn since(store: &Store, at: Millis, revision: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = sqlx::query("SELECT * FROM events WHERE at > $1 AND revision <= $2 ORDER BY revision, at")
        .bind(at)
        .bind(revision)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Dismissals stored up to `revision` that no later event of the shopper took back.
pub async fn dismissals(store: &Store, revision: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM events AS dismissal WHERE kind = 'dismiss' AND revision <= $1 AND NOT EXISTS (
             SELECT 1 FROM events AS later
             WHERE later.shopper = dismissal.shopper AND later.item = dismissal.item AND later.kind <> 'dismiss'
                 AND (later.revision > dismissal.revision
                      OR later.revision = dismissal.revision AND later.at > dismissal.at))
         ORDER BY revision, at",
    )
    .bind(revision)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(read).collect()
}

/// Who bought something since `since`, and when.
pub async fn purchases_since(store: &Store, since: Millis) -> Result<Vec<(String, Millis)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT shopper, at FROM events WHERE kind = $1 AND at >= $2")
            .bind(EventKind::Purchase.name())
            .bind(since)
            .fetch_all(store.reader())
            .await?,
    )
}

/// How many events there are.
pub async fn count(store: &Store) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM events")
        .fetch_one(store.reader())
        .await?)
}

/// Deletes a shopper's events and remembers, by a hash, that they are gone: what was trained before leaves them out when
/// it is loaded. Says how many there were.
pub async fn erase(store: &Store, shopper: &str) -> Result<u64, StoreError> {
    let mut transaction = store.begin().await?;
    let erased = sqlx::query("DELETE FROM events WHERE shopper = $1")
        .bind(shopper)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO erased_shoppers (shopper_hash, erased_at) VALUES ($1, $2)
         ON CONFLICT (shopper_hash) DO UPDATE SET erased_at = excluded.erased_at",
    )
    .bind(hash(shopper))
    .bind(now())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(erased.rows_affected())
}

/// Shoppers who were erased at or after `at`, each by their hash and the time.
pub async fn erased_since(store: &Store, at: Millis) -> Result<Vec<Erasure>, StoreError> {
    let rows = sqlx::query("SELECT shopper_hash, erased_at FROM erased_shoppers WHERE erased_at >= $1")
        .bind(at)
        .fetch_all(store.reader())
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("shopper_hash")?, row.try_get("erased_at")?)))
        .collect()
}

/// As `erased_shoppers` names a shopper.
pub fn hash(shopper: &str) -> String {
    hex::encode(Sha256::digest(shopper.as_bytes()))
}

fn read(row: &AnyRow) -> Result<StoredEvent, StoreError> {
    let kind: &str = row.try_get("kind")?;
    Ok(StoredEvent {
        revision: row.try_get("revision")?,
        event: Event {
            shopper: row.try_get("shopper")?,
            item: row.try_get("item")?,
            // A kind that a newer version stored says at least that the item was looked at.
            kind: kind.parse().unwrap_or(EventKind::View),
            value: row.try_get("value")?,
            session: row.try_get("session")?,
            at: row.try_get("at")?,
        },
    })
}
