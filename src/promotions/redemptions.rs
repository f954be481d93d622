//! The SQL of redemptions and of their roll-backs.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::campaign::Campaign;
use super::outcome::{Occasion, Outcome};
use super::roll_back::RollBackOutcome;
use crate::store::{Millis, Store, StoreError, places, places_of_rows};

const COLUMNS: usize = 9;

/// Campaigns that were used for a cart, once.
#[derive(Debug, Clone, PartialEq)]
pub struct Redemption {
    pub id: String,
    pub idempotency_key: String,
    /// SHA-256 of the request, as hexadecimal digits.
    pub fingerprint: String,
    /// The shop's number of the order.
    pub order: Option<String>,
    pub occasion: Occasion,
    pub outcome: Outcome,
    /// The applied campaigns as they were.
    pub terms: Vec<Campaign>,
    pub created_at: Millis,
}

/// What came back of a redemption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollBack {
    pub id: String,
    pub redemption: String,
    /// The first of a redemption is 1.
    pub number: i64,
    pub idempotency_key: String,
    pub fingerprint: String,
    pub outcome: RollBackOutcome,
    pub created_at: Millis,
}

/// Which redemptions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub shopper: Option<String>,
    /// Before this one, newest first.
    pub before: Option<String>,
    pub most: i64,
}

/// Stores redemptions; says how many, which is fewer when an idempotency key is taken.
pub async fn insert(
    connection: &mut AnyConnection,
    redemptions: &[&Redemption],
) -> Result<usize, StoreError> {
    if redemptions.is_empty() {
        return Ok(0);
    }
    let sql = format!(
        "INSERT INTO redemptions
             (id, idempotency_key, fingerprint, shopper, order_id, occasion, outcome, terms, created_at)
         VALUES {} ON CONFLICT (idempotency_key) DO NOTHING",
        places_of_rows(redemptions.len(), COLUMNS)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for redemption in redemptions {
        query = query
            .bind(&redemption.id)
            .bind(&redemption.idempotency_key)
            .bind(&redemption.fingerprint)
            .bind(&redemption.occasion.shopper.id)
            .bind(&redemption.order)
            .bind(serde_json::to_string(&redemption.occasion)?)
            .bind(serde_json::to_string(&redemption.outcome)?)
            .bind(serde_json::to_string(&redemption.terms)?)
            .bind(redemption.created_at);
    }
    let stored = query.execute(connection).await?.rows_affected();
    Ok(usize::try_from(stored).unwrap_or(usize::MAX))
}

/// Redemptions by their idempotency keys.
pub async fn of_keys(
    connection: &mut AnyConnection,
    keys: &[&str],
) -> Result<HashMap<String, Redemption>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT * FROM redemptions WHERE idempotency_key IN ({})",
        places(1, keys.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for key in keys {
        query = query.bind(*key);
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| read(row).map(|redemption| (redemption.idempotency_key.clone(), redemption)))
        .collect()
}

pub async fn of_id(connection: &mut AnyConnection, id: &str) -> Result<Option<Redemption>, StoreError> {
    let row = sqlx::query("SELECT * FROM redemptions WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Newest first.
pub async fn list(store: &Store, wanted: &Wanted) -> Result<Vec<Redemption>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM redemptions WHERE ($1 = '' OR shopper = $1) AND ($2 = '' OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(wanted.shopper.as_deref().unwrap_or_default())
    .bind(wanted.before.as_deref().unwrap_or_default())
    .bind(wanted.most)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(read).collect()
}

/// Stores a roll-back; `false` when its number or key is taken.
pub async fn insert_roll_back(
    connection: &mut AnyConnection,
    roll_back: &RollBack,
) -> Result<bool, StoreError> {
    let stored = sqlx::query(
        "INSERT INTO roll_backs (id, redemption, number, idempotency_key, fingerprint, outcome, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(&roll_back.id)
    .bind(&roll_back.redemption)
    .bind(roll_back.number)
    .bind(&roll_back.idempotency_key)
    .bind(&roll_back.fingerprint)
    .bind(serde_json::to_string(&roll_back.outcome)?)
    .bind(roll_back.created_at)
    .execute(connection)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// What came back of a redemption so far, first to last.
pub async fn roll_backs(
    connection: &mut AnyConnection,
    redemption: &str,
) -> Result<Vec<RollBack>, StoreError> {
    let rows = sqlx::query("SELECT * FROM roll_backs WHERE redemption = $1 ORDER BY number")
        .bind(redemption)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_roll_back).collect()
}

pub async fn roll_back_of_key(
    connection: &mut AnyConnection,
    key: &str,
) -> Result<Option<RollBack>, StoreError> {
    let row = sqlx::query("SELECT * FROM roll_backs WHERE idempotency_key = $1")
        .bind(key)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read_roll_back).transpose()
}

/// All roll-backs, for whoever checks the books.
pub async fn all_roll_backs(connection: &mut AnyConnection) -> Result<Vec<RollBack>, StoreError> {
    let rows = sqlx::query("SELECT * FROM roll_backs ORDER BY redemption, number")
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_roll_back).collect()
}

/// The next `most` redemptions after `after` in the order of their ids.
pub async fn page(
    connection: &mut AnyConnection,
    after: &str,
    most: i64,
) -> Result<Vec<Redemption>, StoreError> {
    let rows = sqlx::query("SELECT * FROM redemptions WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(most)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Redemption, StoreError> {
    Ok(Redemption {
        id: row.try_get("id")?,
        idempotency_key: row.try_get("idempotency_key")?,
        fingerprint: row.try_get("fingerprint")?,
        order: row.try_get("order_id")?,
        occasion: serde_json::from_str(row.try_get("occasion")?)?,
        outcome: serde_json::from_str(row.try_get("outcome")?)?,
        terms: serde_json::from_str(row.try_get("terms")?)?,
        created_at: row.try_get("created_at")?,
    })
}

fn read_roll_back(row: &AnyRow) -> Result<RollBack, StoreError> {
    Ok(RollBack {
        id: row.try_get("id")?,
        redemption: row.try_get("redemption")?,
        number: row.try_get("number")?,
        idempotency_key: row.try_get("idempotency_key")?,
        fingerprint: row.try_get("fingerprint")?,
        outcome: serde_json::from_str(row.try_get("outcome")?)?,
        created_at: row.try_get("created_at")?,
    })
}
