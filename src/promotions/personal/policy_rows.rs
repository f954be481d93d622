//! The SQL of what was learnt of personal offers.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row};

use super::learner::Learner;
use crate::store::{StoreError, now};

/// What was learnt, and as of which change.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredLearner {
    /// 0: it was never stored.
    pub revision: i64,
    pub learner: Learner,
}

/// The revision of each currency.
pub async fn revisions(connection: &mut AnyConnection) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query("SELECT currency, revision FROM offer_policies")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("currency")?, row.try_get("revision")?)))
        .collect()
}

pub async fn load(
    connection: &mut AnyConnection,
    currency: &str,
) -> Result<Option<StoredLearner>, StoreError> {
    let row = sqlx::query("SELECT revision, state FROM offer_policies WHERE currency = $1")
        .bind(currency)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(StoredLearner {
        revision: row.try_get("revision")?,
        learner: serde_json::from_str(row.try_get("state")?)?,
    }))
}

/// Stores a state that was made from that of `revision`, as the next one; `false` when another server was quicker. The
/// row stays locked until the transaction ends.
pub async fn save(
    connection: &mut AnyConnection,
    currency: &str,
    revision: i64,
    state: &str,
) -> Result<bool, StoreError> {
    let sql = match revision {
        0 => {
            "INSERT INTO offer_policies (currency, revision, state, updated_at) VALUES ($1, $2 + 1, $3, $4)
             ON CONFLICT (currency) DO NOTHING"
        }
        _ => {
            "UPDATE offer_policies SET revision = $2 + 1, state = $3, updated_at = $4
             WHERE currency = $1 AND revision = $2"
        }
    };
    let saved = sqlx::query(sql)
        .bind(currency)
        .bind(revision)
        .bind(state)
        .bind(now())
        .execute(connection)
        .await?;
    Ok(saved.rows_affected() == 1)
}
