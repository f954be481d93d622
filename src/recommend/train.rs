//! Trains the recommender on the shop's events and catalogue, and puts it in service.

use std::path::Path;

use serde::Serialize;

use super::RecommendError;
use super::evaluate::Protocol;
use super::evaluate::{exams, inner_cut};
use super::event::{Event, Strength};
use super::events;
use super::hybrid::{self, Blend, BlendSettings};
use super::items::Items;
use super::ranker;
use super::recommender::HALF_LIFE_DAYS;
use super::snapshot::{self, Read, Snapshot};
use super::trained::{Content, TrainSettings, Trained};
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
    /// nDCG@10 of the rankers on shoppers held out, best first.
    pub held_out: Vec<(String, f64)>,
    /// The rankers that serve.
    pub served: String,
}

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
    let read = Read {
        at: now(),
        revision: current_number(store, events::REVISION).await?,
    };
    let events = events::all(store).await?;
    let catalogue_revision = catalogue.revision();
    let (items, count) = (Items::of(catalogue), events.len());
    let (settings, owned, progress) = (settings.clone(), settings.clone(), progress.clone());
    let work = tokio::task::spawn_blocking(move || {
        let blend = BlendSettings::default();
        let fitting = Fitting {
            protocol: Protocol::Time,
            seed: 0,
            strength: Strength::fading(now(), HALF_LIFE_DAYS),
            train: &owned,
            blend: &blend,
        };
        let (trained, blend) = fitting.fit(&events, &items, &progress)?;
        Ok::<_, RecommendError>(Snapshot {
            trained,
            blend,
            facts: items.facts,
        })
    });
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
        served: snapshot.blend.served(),
    };
    let metrics = serde_json::to_value(&report).map_err(crate::store::StoreError::from)?;
    let id = snapshot::save(store, data_dir, snapshot, &settings, read, metrics).await?;
    Ok(TrainReport { id, ..report })
}

/// The table that the rankers learn from, on the shop's own events: what all sources say of held-out events.
pub async fn ranker_table(
    store: &Store,
    catalogue: &Catalogue,
    progress: &Progress,
) -> Result<ranker::Table, RecommendError> {
    let events = events::all(store).await?;
    let (items, progress) = (Items::of(catalogue), progress.clone());
    let work = tokio::task::spawn_blocking(move || {
        let (inner, held_out) = inner_cut(&events, Protocol::Time, 0);
        let material = items.material(&inner, &Strength::fading(now(), HALF_LIFE_DAYS));
        let trained = Trained::train(&material, &TrainSettings::default(), &progress)?;
        let exams = exams(&trained.data, &held_out);
        let (features, targets) = hybrid::table(&trained, &exams, &BlendSettings::default())?;
        Ok(ranker::Table {
            features,
            targets,
            left_out: Vec::new(),
        })
    });
    work.await
        .map_err(|error| RecommendError::Snapshot(error.to_string()))?
}

/// How the blend and the sources are learned from one body of events.
pub struct Fitting<'a> {
    /// Of the cut inside the events that the blend is learned on.
    pub protocol: Protocol,
    pub seed: u64,
    pub strength: Strength,
    pub train: &'a TrainSettings,
    pub blend: &'a BlendSettings,
}

impl Fitting<'_> {
    /// Learns the blend on a cut inside the events, then trains the sources on all of them.
    pub fn fit(
        &self,
        events: &[Event],
        items: &Items,
        progress: &Progress,
    ) -> Result<(Trained, Blend), RecommendError> {
        // The first sources go before the second come: of a large shop both together take gigabytes.
        let (content, blend) = self.learn(events, items, progress)?;
        let material = items.material(events, &self.strength);
        let trained = Trained::train_with(content, &material, self.train, progress)?;
        Ok((trained, blend))
    }

    /// The blend, and what of the sources that it was learned on serves the second training too.
    fn learn(
        &self,
        events: &[Event],
        items: &Items,
        progress: &Progress,
    ) -> Result<(Content, Blend), RecommendError> {
        let (before, held_out) = inner_cut(events, self.protocol, self.seed);
        let material = items.material(&before, &self.strength);
        // Of a large shop the copies of its events take hundreds of megabytes, which the sources need.
        drop(before);
        let trained = Trained::train(&material, self.train, progress)?;
        let exams = exams(&trained.data, &held_out);
        drop(held_out);
        let blend = Blend::learn(&trained, &exams, self.blend, progress)?;
        Ok((trained.into_content(), blend))
    }
}
