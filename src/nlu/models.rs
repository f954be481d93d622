//! The SQL of model versions: each a row with its metrics, and a file.

use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::Row;

use super::{IntentModel, NluError, TrainSettings};
use crate::store::{Millis, Store, StoreError, new_id, now};

/// A model version.
#[derive(Debug, Clone, Serialize)]
pub struct ModelVersion {
    pub id: String,
    pub encoder: String,
    pub fingerprint: String,
    pub metrics: serde_json::Value,
    pub file: PathBuf,
    pub active: bool,
    pub created_at: Millis,
}

/// Keeps a model as a new version, the active one of its locale. The file is there before the row that names it.
pub async fn save(
    store: &Store,
    data_dir: &Path,
    locale: &str,
    settings: &TrainSettings,
    model: &IntentModel,
) -> Result<String, NluError> {
    let id = new_id();
    let file = data_dir.join("models").join(format!("{id}.intents"));
    model.save(&file)?;
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE intent_models SET active = 0 WHERE locale = $1")
        .bind(locale)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::from)?;
    sqlx::query(
        "INSERT INTO intent_models (id, locale, encoder, fingerprint, settings, metrics, file, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
    )
    .bind(&id)
    .bind(locale)
    .bind(model.encoder())
    .bind(model.fingerprint())
    .bind(serde_json::to_string(settings).map_err(StoreError::from)?)
    .bind(serde_json::to_string(model.metrics()).map_err(StoreError::from)?)
    .bind(file.to_string_lossy().into_owned())
    .bind(now())
    .execute(&mut *transaction)
    .await
    .map_err(StoreError::from)?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(id)
}

/// The active version of a locale.
pub async fn active(store: &Store, locale: &str) -> Result<Option<ModelVersion>, StoreError> {
    let row = sqlx::query(
        "SELECT id, encoder, fingerprint, metrics, file, active, created_at FROM intent_models
         WHERE locale = $1 AND active = 1 ORDER BY created_at DESC LIMIT 1",
    )
    .bind(locale)
    .fetch_optional(store.reader())
    .await?;
    row.map(|row| {
        Ok(ModelVersion {
            id: row.try_get("id")?,
            encoder: row.try_get("encoder")?,
            fingerprint: row.try_get("fingerprint")?,
            metrics: serde_json::from_str(row.try_get("metrics")?)?,
            file: PathBuf::from(row.try_get::<String, _>("file")?),
            active: row.try_get::<i64, _>("active")? == 1,
            created_at: row.try_get("created_at")?,
        })
    })
    .transpose()
}
