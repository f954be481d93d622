//! Trains the recommender on the shop's events and catalogue, and puts it in service.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::RecommendError;
use super::evaluate::Protocol;
use super::evaluate::{exams, inner_cut};
use super::event::{Event, Strength};
use super::events;
use super::hybrid::{self, Blend, BlendSettings};
use super::interactions::{Ids, Interactions};
use super::items::ItemFacts;
use super::ranker;
use super::recommender::HALF_LIFE_DAYS;
use super::snapshot::{self, Snapshot};
use super::trained::{Material, TrainSettings, Trained};
use crate::catalog::Catalogue;
use crate::progress::Progress;
use crate::store::{Store, current_number, now};

/// What was trained.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    pub id: String,
    pub items: usize,
    pub shoppers: usize,
    pub events: usize,
    /// counters.catalogue when the items were read.
    pub catalogue_revision: i64,
    pub seconds: f64,
    /// nDCG@10 of the rankers on shoppers held out, best first; the first serves.
    pub held_out: Vec<(String, f64)>,
}

/// Fewer events of fewer shoppers can't teach a blend: sources are mixed by places.
const BLEND_EVENTS: usize = 1_000;

/// Trains on everything up to now.
pub async fn train(
    store: &Store,
    catalogue: &Catalogue,
    data_dir: &Path,
    settings: &TrainSettings,
    progress: &Progress,
) -> Result<TrainReport, RecommendError> {
    let start = std::time::Instant::now();
    // Before the events: one that comes between is read twice rather than never.
    let revision = current_number(store, events::REVISION).await?;
    let events: Vec<Event> = events::after(store, 0)
        .await?
        .into_iter()
        .map(|stored| stored.event)
        .collect();
    let catalogue_revision = catalogue.revision();
    let (items, count) = (Items::of(catalogue), events.len());
    let (settings, owned, progress) = (settings.clone(), settings.clone(), progress.clone());
    let work = tokio::task::spawn_blocking(move || fit(&events, items, &owned, &progress));
    let snapshot = work
        .await
        .map_err(|error| RecommendError::Snapshot(error.to_string()))??;
    let report = TrainReport {
        id: String::new(),
        items: snapshot.trained.data.items.len(),
        shoppers: snapshot.trained.data.shoppers.len(),
        events: count,
        catalogue_revision,
        seconds: start.elapsed().as_secs_f64(),
        held_out: snapshot.blend.held_out.clone(),
    };
    let metrics = serde_json::to_value(&report).map_err(crate::store::StoreError::from)?;
    let id = snapshot::save(store, data_dir, snapshot, &settings, revision, metrics).await?;
    Ok(TrainReport { id, ..report })
}

/// The catalogue as training sees it.
struct Items {
    names: Vec<String>,
    facts: Arc<Vec<ItemFacts>>,
    vectors: Arc<Vec<f32>>,
    width: usize,
}

impl Items {
    fn of(catalogue: &Catalogue) -> Self {
        let all = catalogue.all();
        let vectors: Vec<Option<_>> = all.iter().map(|item| catalogue.vector(&item.id)).collect();
        let width = vectors
            .iter()
            .flatten()
            .map(|vector| vector.len())
            .next()
            .unwrap_or_default();
        let rows = vectors.into_iter().flat_map(|vector| match vector {
            Some(vector) => vector.to_vec(),
            None => vec![0.0; width],
        });
        Self {
            names: all.iter().map(|item| item.id.clone()).collect(),
            facts: Arc::new(all.iter().map(|item| ItemFacts::of(item)).collect()),
            vectors: Arc::new(rows.collect()),
            width,
        }
    }

    fn material(&self, events: &[Event], strength: &Strength) -> Material {
        let ids = Ids::from_names(self.names.iter().cloned());
        Material {
            data: Arc::new(Interactions::gather(ids, events, strength)),
            facts: self.facts.clone(),
            vectors: self.vectors.clone(),
            width: self.width,
        }
    }
}

/// The table that the rankers learn from, on the shop's own events: what all sources say of held-out events.
pub async fn ranker_table(
    store: &Store,
    catalogue: &Catalogue,
    progress: &Progress,
) -> Result<ranker::Table, RecommendError> {
    let events: Vec<Event> = events::after(store, 0)
        .await?
        .into_iter()
        .map(|stored| stored.event)
        .collect();
    let (items, progress) = (Items::of(catalogue), progress.clone());
    let work = tokio::task::spawn_blocking(move || {
        let (inner, held_out) = inner_cut(&events, Protocol::Time, 0);
        let material = items.material(&inner, &Strength::fading(now(), HALF_LIFE_DAYS));
        let trained = Trained::train(&material, &TrainSettings::default(), &progress)?;
        let exams = exams(&trained.data, &held_out);
        let (features, targets) = hybrid::table(&trained, &items.facts, &exams, &BlendSettings::default())?;
        Ok(ranker::Table {
            features,
            targets,
            left_out: Vec::new(),
        })
    });
    work.await
        .map_err(|error| RecommendError::Snapshot(error.to_string()))?
}

fn fit(
    events: &[Event],
    items: Items,
    settings: &TrainSettings,
    progress: &Progress,
) -> Result<Snapshot, RecommendError> {
    let strength = Strength::fading(now(), HALF_LIFE_DAYS);
    let mut beside = None;
    let blend = if events.len() < BLEND_EVENTS {
        Blend::by_places()
    } else {
        let (inner, held_out) = inner_cut(events, Protocol::Time, 0);
        let trained = Trained::train(&items.material(&inner, &strength), settings, progress)?;
        let exams = exams(&trained.data, &held_out);
        let blend = Blend::learn(
            &trained,
            &items.facts,
            &exams,
            &BlendSettings::default(),
            progress,
        )?;
        beside = Some(trained);
        blend
    };
    let material = items.material(events, &strength);
    let trained = Trained::train_beside(&material, settings, beside.as_ref(), progress)?;
    Ok(Snapshot {
        trained,
        blend,
        facts: items.facts,
    })
}
