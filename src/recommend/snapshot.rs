//! Trained recommenders as files, and the rows that name them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::RecommendError;
use super::hybrid::Blend;
use super::interactions::Interactions;
use super::items::{ItemFacts, Traits};
use super::trained::{Kept, TrainSettings, Trained};
use crate::store::{Millis, Store, StoreError, new_id};

/// The beginning of a file, so that another version's is refused and not misread.
const FORMAT: &[u8; 8] = b"SKREC\x00\x00\x04";

/// What serves: the sources, the blend and the facts they were trained with.
pub struct Snapshot {
    pub trained: Trained,
    pub blend: Blend,
    pub facts: Arc<Vec<ItemFacts>>,
}

#[derive(Serialize)]
struct Written<'a> {
    settings: &'a TrainSettings,
    data: &'a Interactions,
    kept: &'a Kept,
    blend: &'a Blend,
    facts: &'a [ItemFacts],
}

#[derive(Deserialize)]
struct Stored {
    settings: TrainSettings,
    data: Interactions,
    kept: Kept,
    blend: Blend,
    facts: Vec<ItemFacts>,
}

/// A row of recommender_models.
#[derive(Debug, Clone)]
pub struct SnapshotRow {
    pub id: String,
    /// counters.events when its events were read.
    pub revision: i64,
    pub metrics: serde_json::Value,
    /// Name of its file in the data folder.
    pub file: String,
    /// When its events were read: who was erased later may be in it.
    pub created_at: Millis,
}

impl SnapshotRow {
    /// counters.catalogue when its items were read.
    pub fn catalogue_revision(&self) -> i64 {
        self.metrics["catalogue_revision"].as_i64().unwrap_or_default()
    }
}

impl Snapshot {
    /// Writes the file whole or not at all.
    pub fn write(&self, settings: &TrainSettings, file: &Path) -> Result<(), RecommendError> {
        let failed = |error: std::io::Error| RecommendError::Snapshot(format!("{}: {error}", file.display()));
        let unfinished = file.with_extension("new");
        let mut out = BufWriter::new(File::create(&unfinished).map_err(failed)?);
        out.write_all(FORMAT).map_err(failed)?;
        let written = Written {
            settings,
            data: &self.trained.data,
            kept: self.trained.kept(),
            blend: &self.blend,
            facts: &self.facts,
        };
        let mut out = postcard::to_io(&written, out)
            .map_err(|error| RecommendError::Snapshot(format!("{}: {error}", file.display())))?;
        out.flush().map_err(failed)?;
        out.get_ref().sync_all().map_err(failed)?;
        std::fs::rename(&unfinished, file).map_err(failed)
    }

    pub fn load(file: &Path) -> Result<Self, RecommendError> {
        let failed = |error: String| RecommendError::Snapshot(format!("{}: {error}", file.display()));
        let mut bytes = Vec::new();
        let mut input = BufReader::new(File::open(file).map_err(|error| failed(error.to_string()))?);
        std::io::Read::read_to_end(&mut input, &mut bytes).map_err(|error| failed(error.to_string()))?;
        let body = bytes
            .strip_prefix(FORMAT)
            .ok_or_else(|| failed("not a recommender of this version".into()))?;
        let read: Stored = postcard::from_bytes(body).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            trained: Trained::restored(
                Arc::new(read.data),
                Arc::new(Traits::of(&read.facts)),
                read.kept,
                &read.settings,
            ),
            blend: read.blend,
            facts: Arc::new(read.facts),
        })
    }
}

/// The state of the events that a snapshot was trained on.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    pub at: Millis,
    /// counters.events.
    pub revision: i64,
}

/// Remembered snapshots; files of older ones are deleted.
const KEPT: usize = 3;

/// Writes a snapshot into the data folder and puts it in service.
pub async fn save(
    store: &Store,
    data_dir: &Path,
    snapshot: Snapshot,
    settings: &TrainSettings,
    read: Read,
    metrics: serde_json::Value,
) -> Result<String, RecommendError> {
    let id = new_id();
    let name = format!("recommender-{id}.model");
    let file = data_dir.join(&name);
    let owned = settings.clone();
    let written = tokio::task::spawn_blocking(move || snapshot.write(&owned, &file)).await;
    written.map_err(|error| RecommendError::Snapshot(error.to_string()))??;
    sqlx::query(
        "INSERT INTO recommender_models (id, revision, settings, metrics, file, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id)
    .bind(read.revision)
    .bind(serde_json::to_string(settings).map_err(StoreError::from)?)
    .bind(metrics.to_string())
    .bind(&name)
    .bind(read.at)
    .execute(store.writer())
    .await
    .map_err(StoreError::from)?;
    for old in all(store).await?.into_iter().skip(KEPT) {
        sqlx::query("DELETE FROM recommender_models WHERE id = $1")
            .bind(&old.id)
            .execute(store.writer())
            .await
            .map_err(StoreError::from)?;
        // A file that is gone already is what is wanted.
        let _ = std::fs::remove_file(data_dir.join(&old.file));
    }
    Ok(id)
}

/// The snapshot that serves.
pub async fn newest(store: &Store) -> Result<Option<SnapshotRow>, StoreError> {
    Ok(all(store).await?.into_iter().next())
}

/// All snapshots, newest first.
pub async fn all(store: &Store) -> Result<Vec<SnapshotRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM recommender_models ORDER BY created_at DESC, id DESC")
        .fetch_all(store.reader())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SnapshotRow {
                id: row.try_get("id")?,
                revision: row.try_get("revision")?,
                metrics: serde_json::from_str(row.try_get("metrics")?)?,
                file: row.try_get("file")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}
