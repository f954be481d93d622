//! A thread that owns a model and works off the queue.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::bert::Bert;
use super::queue::{Job, Queue};
use super::{EncoderError, Precision};

/// Starts a worker and waits until its model is loaded and warm.
pub(super) fn start(
    folder: &Path,
    precision: Precision,
    queue: Arc<Queue>,
) -> Result<JoinHandle<()>, EncoderError> {
    let (ready, loaded) = mpsc::channel();
    let folder = folder.to_owned();
    let run = move || match Bert::load(&folder, precision).and_then(|bert| bert.warm_up().map(|()| bert)) {
        Ok(bert) => {
            let _ = ready.send(Ok(()));
            while let Some(jobs) = queue.take() {
                answer(&bert, jobs);
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
    loaded.recv().map_err(|_| EncoderError::Stopped)??;
    Ok(handle)
}

fn answer(bert: &Bert, jobs: Vec<Job>) {
    let batch: Vec<&[i64]> = jobs.iter().map(|job| job.ids.as_slice()).collect();
    let vectors = bert.encode(&batch);
    metrics::histogram!("shopkeeper_encoder_batch").record(jobs.len() as f64);
    // A caller that went away doesn't want its answer any more.
    match vectors {
        Ok(vectors) => jobs
            .into_iter()
            .zip(vectors)
            .for_each(|(job, vector)| drop(job.answer.send(Ok(vector)))),
        Err(error) => jobs
            .into_iter()
            .for_each(|job| drop(job.answer.send(Err(error.clone())))),
    }
}
