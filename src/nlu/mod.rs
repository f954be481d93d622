//! Understanding: the encoder, intents, the out-of-scope score, training and evaluation.
//!
//! A message passes the encoder once; its vector serves intent, scope and retrieval alike. What it names (orders,
//! prices, colours, …) is found by patterns and lists in [`entities`]. [`Nlu`] is the room's face.

pub mod ablation;
mod calibration;
pub mod coverage;
pub mod data;
mod encoder;
pub mod entities;
pub mod evaluate;
mod finetune;
mod folds;
mod languages;
mod late;
mod lbfgs;
mod lexical;
mod matrix;
pub mod metrics;
mod misspell;
mod model;
pub mod models;
mod neighbours;
mod parse;
mod softmax;
mod spelling;
mod tensors;
mod train;
mod vectors;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::progress::Cancelled;
use crate::store::StoreError;
use crate::text::normalise::normalise;
use spelling::Spelling;

pub(crate) use calibration::off_topic;
pub use data::{DataError, Phrase, TrainingData};
pub use encoder::{Encoder, EncoderError, EncoderSettings, Precision};
pub use entities::{Entity, EntityKind, EntityValue, Extractor, Gazetteer, Money};
pub use finetune::FinetuneReport;
pub use languages::{CHINESE, Encoders, Languages};
pub use model::{IntentModel, ModelError, ModelMetrics};
pub use parse::{FALLBACK, Parse, ParsedEntity, ParsedIntent};
pub use train::{Memory, Mode, TrainSettings, TrainingRequest, train};
pub use vectors::cached_vectors;

/// A sentence's vector: unit length, [`Encoder::dimensions`] long.
pub type Vector = Arc<[f32]>;

/// Why something could not be understood or learned.
#[derive(Debug, thiserror::Error)]
pub enum NluError {
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("training needs at least two intents: there is {0}")]
    TooFewIntents(usize),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("training stopped: {0}")]
    Training(String),
}

/// What was understood of a message.
#[derive(Debug, Clone)]
pub struct Understanding {
    /// As typed.
    pub text: String,
    /// The normalised text with its unknown words read as those that were meant, if there were any.
    pub read_as: Option<String>,
    /// Of the normalised text, read so.
    pub vector: Vector,
    /// Best first; the confidences sum to 1.
    pub ranking: Vec<ScoredIntent>,
    /// Probability of the best intent × cosine of the nearest training phrase: how sure it is that the message is
    /// about something the training phrases are about.
    pub scope: f32,
    pub verdict: Verdict,
    pub nearest: Option<NearestPhrase>,
    /// In the order in which they stand.
    pub entities: Vec<Entity>,
    /// How long it took, in microseconds.
    pub micros: u64,
}

#[cfg(test)]
impl Understanding {
    /// A text of which nothing is understood.
    pub fn of_text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            read_as: None,
            vector: Arc::from([0.0f32; 4].as_slice()),
            ranking: Vec::new(),
            scope: 0.0,
            verdict: Verdict::OutOfScope,
            nearest: None,
            entities: Vec::new(),
            micros: 0,
        }
    }
}

impl Understanding {
    /// Countries and regions that the message names, as typed.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let place = |entity: &&Entity| matches!(entity.kind, EntityKind::Country | EntityKind::Region);
        self.entities
            .iter()
            .filter(place)
            .map(|entity| entity.text.as_str())
    }
}

/// An intent, its calibrated probability, and how near the message is to one of its phrases.
#[derive(Debug, Clone, Serialize)]
pub struct ScoredIntent {
    pub name: String,
    pub confidence: f32,
    /// Cosine of the intent's nearest training phrase.
    pub nearest: f32,
}

/// What the scope score allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Sure enough to act on the intent.
    Act,
    /// Sure enough to ask.
    Ask,
    OutOfScope,
}

/// The training phrase nearest to a message.
#[derive(Debug, Clone, Serialize)]
pub struct NearestPhrase {
    pub text: String,
    pub intent: String,
    pub cosine: f32,
}

/// The active intent model, and the words by which messages are read.
struct Serving {
    model: IntentModel,
    spelling: Spelling,
}

impl Serving {
    fn new(model: IntentModel, encoder: &Encoder) -> Self {
        Self {
            spelling: Spelling::new(model.phrases(), &encoder.vocabulary()),
            model,
        }
    }
}

/// Encoder and active intent model. Clones share both.
#[derive(Clone)]
pub struct Nlu {
    encoder: Encoder,
    model: Arc<ArcSwapOption<Serving>>,
    extractor: Arc<ArcSwap<Extractor>>,
    /// Where "tomorrow" begins.
    zone: TimeZone,
}

impl Nlu {
    pub fn new(encoder: Encoder, model: Option<IntentModel>) -> Self {
        let serving = model.map(|model| Serving::new(model, &encoder));
        Self {
            encoder,
            model: Arc::new(ArcSwapOption::from_pointee(serving)),
            extractor: Arc::default(),
            zone: TimeZone::UTC,
        }
    }

    /// The same with dates in the shop's time zone.
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Understands a message: one pass of the encoder, then the intent model; patterns and lists find its entities.
    pub async fn understand(&self, text: &str) -> Result<Understanding, NluError> {
        let started = Instant::now();
        let normalised = normalise(text);
        let serving = self.model.load_full();
        let read = serving
            .as_ref()
            .map_or(Cow::Borrowed(normalised.as_str()), |serving| {
                serving.spelling.read(&normalised)
            });
        let model = serving.as_ref().map(|serving| &serving.model);
        let tuning = model.and_then(IntentModel::tuning);
        // The entities are looked for while the encoder's thread works.
        let entities = async { self.entities(text) };
        let (encoded, entities) = tokio::join!(self.encoder.encode_with(&read, tuning), entities);
        let encoded = encoded?;
        let judged = model.map(|model| model.judge(&read, &encoded));
        let judged = judged.unwrap_or_default();
        Ok(Understanding {
            text: text.to_owned(),
            read_as: match &read {
                Cow::Owned(read) => Some(read.clone()),
                Cow::Borrowed(_) => None,
            },
            vector: encoded.vector,
            ranking: judged.ranking,
            scope: judged.scope,
            verdict: judged.verdict,
            nearest: judged.nearest,
            entities,
            micros: started.elapsed().as_micros() as u64,
        })
    }

    /// Puts another model in place; messages under way end with the old one.
    pub fn activate(&self, model: IntentModel) {
        let serving = Serving::new(model, &self.encoder);
        self.model.store(Some(Arc::new(serving)));
    }

    /// Entities of a message, without its intent.
    pub fn entities(&self, text: &str) -> Vec<Entity> {
        let today = Timestamp::now().to_zoned_datetime(self.zone.clone()).date();
        self.extractor.load().extract(text, today)
    }

    /// Takes the training data's annotations, synonyms, lookups and regexes instead of those it had.
    pub fn teach_entities(&self, data: &TrainingData) {
        self.extractor.rcu(|extractor| extractor.taught(data));
    }

    /// Takes another list of what the catalogue holds.
    pub fn set_gazetteer(&self, gazetteer: Arc<Gazetteer>) {
        self.extractor
            .rcu(|extractor| extractor.with_catalogue(gazetteer.clone()));
    }

    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }
}
