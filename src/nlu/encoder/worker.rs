//! A thread that owns a model and works off the queue.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::bert::Bert;
use super::queue::{Job, Queue};
use super::{EncoderError, EncoderSettings, Precision};

/// Starts workers that share one model's weights, and waits until they are warm.
pub(super) fn start(
    settings: &EncoderSettings,
    precision: Precision,
    queue: &Arc<Queue>,
) -> Result<Vec<JoinHandle<()>>, EncoderError> {
    let bert = Bert::load(&settings.folder, precision)?;
    let bert = if settings.compact {
        bert.with_middle()
    } else {
        bert
    };
    let others: Result<Vec<Bert>, EncoderError> = (1..settings.workers).map(|_| bert.share()).collect();
    [bert]
        .into_iter()
        .chain(others?)
        .map(|bert| spawn(bert, queue.clone()))
        .collect()
}

fn spawn(mut bert: Bert, queue: Arc<Queue>) -> Result<JoinHandle<()>, EncoderError> {
    let (ready, warm) = mpsc::channel();
    let run = move || match bert.warm_up() {
        Ok(()) => {
            let _ = ready.send(Ok(()));
            while let Some(jobs) = queue.take(bert.tokens_at_once()) {
                answer(&mut bert, jobs);
            }
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    };
    let handle = thread::Builder::new()
        .name("encoder".into())
        .spawn(run)
        .map_err(|error| EncoderError::Failed(error.to_string()))?;
    warm.recv().map_err(|_| EncoderError::Stopped)??;
    Ok(handle)
}

fn answer(bert: &mut Bert, jobs: Vec<Job>) {
    metrics::histogram!("shopkeeper_encoder_batch").record(jobs.len() as f64);
    let (tuned, plain): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|job| job.tuning.is_some());
    for job in tuned {
        let encoded = job
            .tuning
            .as_deref()
            .map(|tuning| bert.encode_tuned(&job.ids, tuning, job.words))
            .unwrap_or(Err(EncoderError::Stopped));
        // A caller that went away doesn't want its answer any more; so below.
        drop(job.answer.send(encoded));
    }
    if plain.is_empty() {
        return;
    }
    let batch: Vec<&[i64]> = plain.iter().map(|job| job.ids.as_slice()).collect();
    match bert.encode(&batch, plain.iter().any(|job| job.words)) {
        Ok(encoded) => plain
            .into_iter()
            .zip(encoded)
            .for_each(|(job, encoded)| drop(job.answer.send(Ok(encoded)))),
        Err(error) => plain
            .into_iter()
            .for_each(|job| drop(job.answer.send(Err(error.clone())))),
    }
}
