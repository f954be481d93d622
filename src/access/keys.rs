//! The SQL of API keys. A key is shown once, when it is made; what is kept is its hash.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::Scope;
use crate::store::{Millis, Store, StoreError, new_id, new_secret, now};

/// Begins every key, so that one that leaked into a text is recognised.
const PREFIX: &str = "sk_";

/// A key without its secret.
#[derive(Debug, Clone, Serialize)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created_at: Millis,
    pub revoked_at: Option<Millis>,
}

impl ApiKey {
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Makes a key; the second value is its secret, which can't be read again.
pub async fn create(store: &Store, name: &str, scopes: &[Scope]) -> Result<(ApiKey, String), StoreError> {
    let secret = format!("{PREFIX}{}", new_secret());
    let key = ApiKey {
        id: new_id(),
        name: name.to_owned(),
        scopes: scopes.to_vec(),
        created_at: now(),
        revoked_at: None,
    };
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO api_keys (id, name, secret_hash, scopes, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&key.id)
    .bind(&key.name)
    .bind(hash(&secret))
    .bind(serde_json::to_string(&key.scopes)?)
    .bind(key.created_at)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok((key, secret))
}

/// The key of this secret, unless it was revoked. The secret has 256 random bits: its plain hash can't be guessed back.
pub async fn of_secret(store: &Store, secret: &str) -> Result<Option<ApiKey>, StoreError> {
    let row = sqlx::query("SELECT * FROM api_keys WHERE secret_hash = $1 AND revoked_at IS NULL")
        .bind(hash(secret))
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All keys, newest first.
pub async fn list(store: &Store) -> Result<Vec<ApiKey>, StoreError> {
    let rows = sqlx::query("SELECT * FROM api_keys ORDER BY created_at DESC, id DESC")
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Ends a key; `false` when there is no such key, or it had ended before.
pub async fn revoke(store: &Store, id: &str) -> Result<bool, StoreError> {
    let mut transaction = store.begin().await?;
    let ended = sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(ended.rows_affected() > 0)
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

fn read(row: &AnyRow) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scopes: serde_json::from_str(row.try_get("scopes")?)?,
        created_at: row.try_get("created_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
