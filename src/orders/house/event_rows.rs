//! The SQL of the events of orders.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::event::{OrderEvent, StoredEvent};
use crate::store::{Millis, Store, StoreError};

/// Stores an event; `false` when its number or key is taken.
pub async fn insert(connection: &mut AnyConnection, event: &StoredEvent) -> Result<bool, StoreError> {
    let stored = sqlx::query(
        "INSERT INTO order_events
             (id, order_id, number, kind, event, cause, idempotency_key, fingerprint, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(&event.id)
    .bind(&event.order)
    .bind(event.number)
    .bind(event.event.kind())
    .bind(serde_json::to_string(&event.event)?)
    .bind(&event.cause)
    .bind(&event.idempotency_key)
    .bind(&event.fingerprint)
    .bind(event.at)
    .execute(connection)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// What became of an order, first to last.
pub async fn of_order(connection: &mut AnyConnection, order: &str) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = sqlx::query("SELECT * FROM order_events WHERE order_id = $1 ORDER BY number")
        .bind(order)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn of_key(connection: &mut AnyConnection, key: &str) -> Result<Option<StoredEvent>, StoreError> {
    let row = sqlx::query("SELECT * FROM order_events WHERE idempotency_key = $1")
        .bind(key)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Orders in which something was begun before `before` and has no end.
pub async fn unfinished(store: &Store, before: Millis) -> Result<Vec<String>, StoreError> {
    let [first, second, third] = OrderEvent::UNFINISHED;
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT order_id FROM order_events AS begun
         WHERE kind IN ($1, $2, $3) AND created_at < $4
           AND NOT EXISTS (SELECT 1 FROM order_events AS ended WHERE ended.cause = begun.id)",
    )
    .bind(first)
    .bind(second)
    .bind(third)
    .bind(before)
    .fetch_all(store.reader())
    .await?)
}

fn read(row: &AnyRow) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        id: row.try_get("id")?,
        order: row.try_get("order_id")?,
        number: row.try_get("number")?,
        event: serde_json::from_str(row.try_get("event")?)?,
        cause: row.try_get("cause")?,
        idempotency_key: row.try_get("idempotency_key")?,
        fingerprint: row.try_get("fingerprint")?,
        at: row.try_get("created_at")?,
    })
}
