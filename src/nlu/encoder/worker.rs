//! A thread that owns a model and works off the queue.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::bert::Bert;
use super::queue::{Job, Queue};
use super::{Encoded, EncoderError, EncoderSettings, Precision};

/// Starts workers that share one model's weights, and waits until they are warm.
pub(super) fn start(
    settings: &EncoderSettings,
    precision: Precision,
    queue: &Arc<Queue>,
) -> Result<Vec<JoinHandle<()>>, EncoderError> {
    let bert = match settings.compact {
        true => Bert::load_compact(&settings.folder)?,
        false => Bert::load(&settings.folder, precision)?,
    };
    (0..settings.workers.max(1))
        .map(|_| spawn(bert.share()?, queue.clone()))
        .collect()
}

fn spawn(mut bert: Bert, queue: Arc<Queue>) -> Result<JoinHandle<()>, EncoderError> {
    let (ready, warm) = mpsc::channel();
    let run = move || match bert.warm_up() {
        Ok(()) => {
            let _ = ready.send(Ok(()));
            while let Some(jobs) = queue.take() {
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
        let both = job
            .tuning
            .as_deref()
            .map(|tuning| bert.encode_tuned(&job.ids, tuning));
        let encoded = both.unwrap_or(Err(EncoderError::Stopped));
        // The layers in the middle are the same; a second pass is seldom: shops with Chinese seldom tune.
        let middle = |bert: &Bert| {
            let own = bert.is_compact().then(|| bert.encode(&[job.ids.as_slice()]));
            Ok::<_, EncoderError>(own.transpose()?.and_then(|mut own| own.remove(0).middle))
        };
        let encoded = encoded.and_then(|(vector, tuned)| {
            Ok(Encoded {
                vector,
                middle: middle(bert)?,
                tuned: Some(tuned),
            })
        });
        // A caller that went away doesn't want its answer any more; so below.
        drop(job.answer.send(encoded));
    }
    if plain.is_empty() {
        return;
    }
    let batch: Vec<&[i64]> = plain.iter().map(|job| job.ids.as_slice()).collect();
    match bert.encode(&batch) {
        Ok(encoded) => plain
            .into_iter()
            .zip(encoded)
            .for_each(|(job, encoded)| drop(job.answer.send(Ok(encoded)))),
        Err(error) => plain
            .into_iter()
            .for_each(|job| drop(job.answer.send(Err(error.clone())))),
    }
}
