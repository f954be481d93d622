//! The SQL of model versions: each a row with its metrics, and a file. One version of a locale is active.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{IntentModel, ModelError, Nlu, NluError, TrainSettings};
use crate::store::{Millis, Store, StoreError, new_id, now};

/// A model version.
#[derive(Debug, Clone, Serialize)]
pub struct ModelVersion {
    pub id: String,
    pub locale: String,
    pub encoder: String,
    pub fingerprint: String,
    /// What it was trained on: [`SHOP`], or another file's path.
    pub source: String,
    pub settings: serde_json::Value,
    pub metrics: serde_json::Value,
    pub file: PathBuf,
    pub active: bool,
    pub created_at: Millis,
}

/// The source of versions that were trained on the shop's own phrases.
pub const SHOP: &str = "shop";

/// What is known of a model beside itself.
pub struct Origin<'a> {
    pub locale: &'a str,
    /// [`SHOP`], or the path of another file of phrases.
    pub source: &'a str,
    pub settings: &'a TrainSettings,
}

/// Keeps a model as a new version of its locale; with `activate` it takes the place of the active one in the same
/// transaction. The file is there before the row that names it.
pub async fn save(
    store: &Store,
    data_dir: &Path,
    origin: &Origin<'_>,
    model: &IntentModel,
    activate: bool,
) -> Result<String, NluError> {
    let id = new_id();
    let file = data_dir.join("models").join(format!("{id}.intents"));
    model.save(&file)?;
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO intent_models (id, locale, encoder, fingerprint, source, settings, metrics, file, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
    )
    .bind(&id)
    .bind(origin.locale)
    .bind(model.encoder())
    .bind(model.fingerprint())
    .bind(origin.source)
    .bind(serde_json::to_string(origin.settings).map_err(StoreError::from)?)
    .bind(serde_json::to_string(model.metrics()).map_err(StoreError::from)?)
    .bind(file.to_string_lossy().into_owned())
    .bind(now())
    .execute(&mut *transaction)
    .await
    .map_err(StoreError::from)?;
    if activate {
        switch(&mut transaction, origin.locale, &id).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(id)
}

/// Puts a version in service in place of the active one of its locale: a roll-back is the same as a roll-out. A running
/// server switches within a second.
pub async fn activate(store: &Store, version: &ModelVersion) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    switch(&mut transaction, &version.locale, &version.id).await?;
    transaction.commit().await?;
    Ok(())
}

async fn switch(
    transaction: &mut sqlx::Transaction<'static, sqlx::Any>,
    locale: &str,
    id: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE intent_models SET active = CASE WHEN id = $2 THEN 1 ELSE 0 END WHERE locale = $1")
        .bind(locale)
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The active version of a locale.
pub async fn active(store: &Store, locale: &str) -> Result<Option<ModelVersion>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM intent_models WHERE locale = $1 AND active = 1 ORDER BY created_at DESC LIMIT 1",
    )
    .bind(locale)
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The version of this id.
pub async fn get(store: &Store, id: &str) -> Result<Option<ModelVersion>, StoreError> {
    let row = sqlx::query("SELECT * FROM intent_models WHERE id = $1")
        .bind(id)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All versions, newest first.
pub async fn list(store: &Store) -> Result<Vec<ModelVersion>, StoreError> {
    let rows = sqlx::query("SELECT * FROM intent_models ORDER BY created_at DESC, id DESC")
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<ModelVersion, StoreError> {
    Ok(ModelVersion {
        id: row.try_get("id")?,
        locale: row.try_get("locale")?,
        encoder: row.try_get("encoder")?,
        fingerprint: row.try_get("fingerprint")?,
        source: row.try_get("source")?,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        metrics: serde_json::from_str(row.try_get("metrics")?)?,
        file: PathBuf::from(row.try_get::<String, _>("file")?),
        active: row.try_get::<i64, _>("active")? == 1,
        created_at: row.try_get("created_at")?,
    })
}

/// How often the database is asked which version is active.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// Keeps `nlu` on the active version of `locale` until `stop`: what is trained or rolled back elsewhere is in service
/// within a second, messages under way end with the model they began with.
pub fn watch(
    nlu: Nlu,
    store: Store,
    locale: String,
    precision: Option<f64>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut serving = active(&store, &locale)
            .await
            .ok()
            .flatten()
            .map(|version| version.id);
        loop {
            tokio::select! {
                () = tokio::time::sleep(WATCH_EVERY) => {}
                () = stop.cancelled() => return,
            }
            match active(&store, &locale).await {
                Ok(Some(version)) if serving.as_deref() != Some(&version.id) => {
                    take(&nlu, &version, precision).await;
                    // One that can't be used is not tried again and again.
                    serving = Some(version.id);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the active intent model can't be looked up"),
            }
        }
    })
}

async fn take(nlu: &Nlu, version: &ModelVersion, precision: Option<f64>) {
    let (nlu, file) = (nlu.clone(), version.file.clone());
    // Reading the model and learning its words takes a while.
    let taken = tokio::task::spawn_blocking(move || -> Result<bool, ModelError> {
        let model = IntentModel::load(&file)?;
        let fits = model.encoder() == nlu.encoder().id();
        if fits {
            nlu.activate(aimed(model, precision));
        }
        Ok(fits)
    });
    match taken.await {
        Ok(Ok(true)) => tracing::info!(id = version.id, "intent model switched"),
        Ok(Ok(false)) => tracing::error!(
            id = version.id,
            "the active intent model is of another encoder: the old one stays"
        ),
        Ok(Err(error)) => tracing::error!(%error, "the active intent model can't be read: the old one stays"),
        Err(error) => tracing::error!(%error, "the active intent model can't be loaded: the old one stays"),
    }
}

/// The model at the precision that is asked for. One that can't reach it serves at the threshold of its training, and
/// the log says so.
pub fn aimed(mut model: IntentModel, precision: Option<f64>) -> IntentModel {
    if let Some(Err(error)) = precision.map(|precision| model.aim(precision)) {
        tracing::warn!(%error, "understanding.precision can't be had");
    }
    model
}
