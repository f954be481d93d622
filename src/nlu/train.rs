//! Training: vectors, the three views, held-out predictions for calibration.

use std::collections::BTreeSet;
use std::time::Instant;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::calibration::{Evidence, HeldOut, calibrate, off_topic};
use super::evaluate::{Confusion, confusions};
use super::folds::by_likeness;
use super::lexical::Lexical;
use super::model::{IntentModel, ModelMetrics, Opinion, Views};
use super::softmax::Softmax;
use super::vectors::cached_vectors;
use super::{Encoder, NluError, TrainingData, Vector};
use crate::progress::{Cancelled, Progress};
use crate::store::Store;
use crate::text::normalise::normalise;

/// Parts into which phrases, and intents, are divided to be held out in turn; of many phrases, fewer and larger parts
/// tell as much.
const FOLDS: usize = 5;
const FOLDS_OF_MANY: usize = 3;
const MANY: usize = 4_000;
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TrainSettings {
    /// Inverse strength of the softmax's regularisation.
    pub c: f64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self { c: 15.0 }
    }
}

/// Phrases ready for fitting.
struct Prepared {
    texts: Vec<String>,
    vectors: Vec<Vector>,
    labels: Vec<usize>,
    classes: Vec<String>,
    /// The classes' names as words: "card_arrival" is one more phrase, "card arrival", wherever its class is trained.
    names: Vec<(String, Vector)>,
    off_topic: Vec<(String, Vector)>,
    fold_count: usize,
    /// Of each phrase.
    folds: Vec<usize>,
    c: f64,
}

/// Trains an intent model. With a store, vectors that are known from earlier aren't encoded again.
pub async fn train(
    data: &TrainingData,
    encoder: &Encoder,
    store: Option<&Store>,
    settings: &TrainSettings,
    progress: &Progress,
) -> Result<IntentModel, NluError> {
    let started = Instant::now();
    let classes: Vec<String> = data.counts().keys().map(|name| (*name).to_owned()).collect();
    if classes.len() < 2 {
        return Err(NluError::TooFewIntents(classes.len()));
    }
    let texts: Vec<String> = data
        .phrases
        .iter()
        .map(|phrase| normalise(&phrase.text))
        .collect();
    let strange: Vec<String> = if data.out_of_scope.is_empty() {
        off_topic().map(normalise).collect()
    } else {
        data.out_of_scope.iter().map(|text| normalise(text)).collect()
    };
    let names: Vec<String> = classes.iter().map(|class| as_words(class)).collect();
    let all: Vec<String> = texts.iter().chain(&strange).chain(&names).cloned().collect();
    let mut vectors = match store {
        Some(store) => cached_vectors(store, encoder, &all, progress).await?,
        None => encoder.encode_many(&all, progress).await?,
    };
    let name_vectors = vectors.split_off(texts.len() + strange.len());
    let off_topic = strange.into_iter().zip(vectors.split_off(texts.len())).collect();
    let class_of = |intent: &str| {
        classes
            .binary_search_by(|class| class.as_str().cmp(intent))
            .unwrap_or_default()
    };
    let labels: Vec<usize> = data
        .phrases
        .iter()
        .map(|phrase| class_of(&phrase.intent))
        .collect();
    let fold_count = if texts.len() > MANY { FOLDS_OF_MANY } else { FOLDS };
    let folds = by_likeness(&vectors, &labels, classes.len(), fold_count);
    let prepared = Prepared {
        texts,
        vectors,
        labels,
        names: names.into_iter().zip(name_vectors).collect(),
        classes,
        off_topic,
        fold_count,
        folds,
        c: settings.c,
    };
    let (encoder, fingerprint, phrases, progress) = (
        encoder.id().to_owned(),
        data.fingerprint(),
        IntentModel::texts(&data.phrases, &prepared.names),
        progress.clone(),
    );
    let fitted = tokio::task::spawn_blocking(move || fit_and_calibrate(&prepared, &progress)).await;
    let (views, calibration, mut metrics, classes) =
        fitted.map_err(|error| NluError::Training(error.to_string()))??;
    metrics.seconds = started.elapsed().as_secs_f64();
    Ok(IntentModel {
        encoder,
        fingerprint,
        classes,
        phrases,
        views,
        calibration,
        metrics,
    })
}

/// `order_status` and `OrderStatus?` as the words "order status".
fn as_words(class: &str) -> String {
    let mut words = String::new();
    let mut lower = false;
    for c in class.chars() {
        if c.is_uppercase() && lower {
            words.push(' ');
        }
        lower = c.is_lowercase();
        words.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    normalise(&words)
}

type Fitted = (Views, super::model::Calibration, ModelMetrics, Vec<String>);

/// One thing to fit: the model itself, or one that leaves something out to be asked about it.
#[derive(Clone, Copy)]
enum Job {
    Whole,
    WithoutFold(usize),
    WithoutIntents(usize),
}

enum Done {
    Whole(Box<Views>, Vec<Opinion>),
    HeldOut(Vec<HeldOut>),
    Strangers(Vec<Opinion>),
}

fn fit_and_calibrate(prepared: &Prepared, progress: &Progress) -> Result<Fitted, Cancelled> {
    let folds = (0..prepared.fold_count).flat_map(|fold| [Job::WithoutFold(fold), Job::WithoutIntents(fold)]);
    let jobs: Vec<Job> = [Job::Whole].into_iter().chain(folds).collect();
    let done: Result<Vec<Done>, Cancelled> = jobs
        .into_par_iter()
        .map(|job| prepared.run(job, progress))
        .collect();
    let mut evidence = Evidence {
        held_out: Vec::new(),
        strangers: Vec::new(),
        off_topic: Vec::new(),
    };
    let mut whole = None;
    for done in done? {
        match done {
            Done::Whole(views, opinions) => {
                whole = Some(*views);
                evidence.off_topic = opinions;
            }
            Done::HeldOut(held_out) => evidence.held_out.extend(held_out),
            Done::Strangers(opinions) => evidence.strangers.extend(opinions),
        }
    }
    let (calibration, accuracy, scope_auroc) = calibrate(&evidence);
    let (intents, phrases) = (prepared.classes.len(), prepared.texts.len());
    let metrics = ModelMetrics {
        intents,
        phrases,
        accuracy,
        scope_auroc,
        seconds: 0.0,
        confusions: confusions_of(&evidence.held_out, &prepared.classes),
    };
    // The job that fits the whole is always among them.
    let views = whole.ok_or(Cancelled)?;
    Ok((views, calibration, metrics, prepared.classes.clone()))
}

fn confusions_of(held_out: &[HeldOut], classes: &[String]) -> Vec<Confusion> {
    let pairs: Vec<(&str, &str)> = held_out
        .iter()
        .map(|held| (classes[held.label].as_str(), classes[held.best()].as_str()))
        .collect();
    confusions(&pairs)
}

impl Prepared {
    fn run(&self, job: Job, progress: &Progress) -> Result<Done, Cancelled> {
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..self.texts.len()).partition(|row| match job {
            Job::Whole => true,
            Job::WithoutFold(fold) => self.folds[*row] != fold,
            Job::WithoutIntents(fold) => self.labels[*row] % self.fold_count != fold,
        });
        let views = self.fit(&inside, progress)?;
        let opinion = |row: &usize| views.opinion(&self.texts[*row], &self.vectors[*row]);
        Ok(match job {
            Job::Whole => {
                let opinions = self
                    .off_topic
                    .iter()
                    .map(|(text, vector)| views.opinion(text, vector))
                    .collect();
                Done::Whole(Box::new(views), opinions)
            }
            Job::WithoutFold(_) => Done::HeldOut(
                outside
                    .iter()
                    .map(|row| HeldOut {
                        opinion: opinion(row),
                        label: self.labels[*row],
                    })
                    .collect(),
            ),
            Job::WithoutIntents(_) => Done::Strangers(outside.iter().map(opinion).collect()),
        })
    }

    fn fit(&self, rows: &[usize], progress: &Progress) -> Result<Views, Cancelled> {
        let mut vectors: Vec<Vector> = rows.iter().map(|row| self.vectors[*row].clone()).collect();
        let mut labels: Vec<usize> = rows.iter().map(|row| self.labels[*row]).collect();
        let mut texts: Vec<&str> = rows.iter().map(|row| self.texts[*row].as_str()).collect();
        let classes = self.classes.len();
        let trained: BTreeSet<usize> = labels.iter().copied().collect();
        for class in trained {
            let (text, vector) = &self.names[class];
            vectors.push(vector.clone());
            labels.push(class);
            texts.push(text);
        }
        Ok(Views {
            softmax: Softmax::fit(&vectors, &labels, classes, self.c, progress)?,
            lexical: Lexical::fit(&texts, &labels, classes),
            vectors: vectors.iter().map(|vector| vector.to_vec()).collect(),
            rows: vectors,
            labels,
            classes,
        })
    }
}
