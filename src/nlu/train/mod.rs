//! Training: vectors, the three views, held-out predictions for calibration.

mod prepared;
mod settings;

use std::path::Path;
use std::time::Instant;

use super::calibration::{Evidence, HeldOut, calibrate};
use super::evaluate::{Confusion, confusions};
use super::finetune::Finetune;
use super::model::IntentModel;
use super::{Encoder, NluError, TrainingData};
use crate::progress::Progress;
use crate::store::Store;

pub(super) use prepared::Prepared;
pub use settings::{Mode, TrainSettings, TrainingRequest};

/// Where training keeps what it may need again.
#[derive(Default, Clone, Copy)]
pub struct Memory<'a> {
    /// Vectors that are known from earlier aren't encoded again.
    pub store: Option<&'a Store>,
    /// Folder in which fine-tuning is written down, to go on after it was cut off; the system's temporary one if none.
    pub runs: Option<&'a Path>,
}

/// Trains an intent model.
pub async fn train(
    data: &TrainingData,
    encoder: &Encoder,
    memory: Memory<'_>,
    settings: &TrainSettings,
    progress: &Progress,
) -> Result<IntentModel, NluError> {
    let started = Instant::now();
    let prepared = Prepared::of(data, encoder, memory.store, settings, progress).await?;
    let (encoder, fingerprint, progress) = (encoder.clone(), data.fingerprint(), progress.clone());
    let runs = memory.runs.map_or_else(std::env::temp_dir, Path::to_owned);
    let fitted = tokio::task::spawn_blocking(move || -> Result<IntentModel, NluError> {
        let (views, evidence) = prepared.fit_and_ask(&progress)?;
        let (mut calibration, mut metrics) = calibrate(&evidence);
        let mut tuned = None;
        if prepared.settings.mode == Mode::Finetune {
            let run = format!("{fingerprint}-{}", encoder.id());
            let outcome = Finetune::new(&prepared, &encoder, &runs, &run, &progress)?.run()?;
            metrics.finetune = Some(outcome.report);
            if outcome.tuned.is_some() {
                calibration.temperature = outcome.temperature;
            }
            tuned = outcome.tuned;
        }
        (metrics.intents, metrics.phrases) = (prepared.classes.len(), prepared.texts.len());
        metrics.confusions = confusions_of(&evidence, &prepared.classes);
        metrics.seconds = started.elapsed().as_secs_f64();
        Ok(IntentModel {
            encoder: encoder.id().to_owned(),
            fingerprint,
            classes: prepared.classes,
            views,
            tuned,
            calibration,
            metrics,
        })
    });
    fitted
        .await
        .map_err(|error| NluError::Training(error.to_string()))?
}

fn confusions_of(evidence: &Evidence, classes: &[String]) -> Vec<Confusion> {
    let pair = |held: &HeldOut| {
        (
            classes[held.label].as_str(),
            classes[held.opinion.best()].as_str(),
        )
    };
    let pairs: Vec<(&str, &str)> = evidence.held_out.iter().map(pair).collect();
    confusions(&pairs)
}
