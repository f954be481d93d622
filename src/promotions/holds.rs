//! The SQL of holds: what is kept back for a session until it pays, ends or runs out of time.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::usage::Entry;
use crate::store::{Millis, StoreError, places, places_of_rows};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub entries: Vec<Entry>,
    pub expires_at: Millis,
}

/// Takes out the holds of these sessions and all that ran out of time by `at`.
pub async fn take(
    connection: &mut AnyConnection,
    sessions: &[&str],
    at: Millis,
) -> Result<HashMap<String, Hold>, StoreError> {
    let named = if sessions.is_empty() {
        String::new()
    } else {
        format!(" OR session IN ({})", places(2, sessions.len()))
    };
    let sql = format!(
        "DELETE FROM promotion_holds WHERE expires_at <= $1{named} RETURNING session, entries, expires_at"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(at);
    for session in sessions {
        query = query.bind(*session);
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Puts holds in; a session has one at a time.
pub async fn put(connection: &mut AnyConnection, holds: &HashMap<String, Hold>) -> Result<(), StoreError> {
    if holds.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO promotion_holds (session, entries, expires_at) VALUES {}",
        places_of_rows(holds.len(), 3)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (session, hold) in holds {
        query = query
            .bind(session)
            .bind(serde_json::to_string(&hold.entries)?)
            .bind(hold.expires_at);
    }
    query.execute(connection).await?;
    Ok(())
}

/// The hold of a session, if it has one.
pub async fn of_session(connection: &mut AnyConnection, session: &str) -> Result<Option<Hold>, StoreError> {
    let row = sqlx::query("SELECT session, entries, expires_at FROM promotion_holds WHERE session = $1")
        .bind(session)
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(read).transpose()?.map(|(_, hold)| hold))
}

/// Whether any hold has run out of time by `at`.
pub async fn any_expired(connection: &mut AnyConnection, at: Millis) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT session FROM promotion_holds WHERE expires_at <= $1 LIMIT 1")
        .bind(at)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

fn read(row: &sqlx::any::AnyRow) -> Result<(String, Hold), StoreError> {
    let hold = Hold {
        entries: serde_json::from_str(row.try_get("entries")?)?,
        expires_at: row.try_get("expires_at")?,
    };
    Ok((row.try_get("session")?, hold))
}
