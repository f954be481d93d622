//! Phrases with their vectors, ready for fitting; fitting all of them, or all but some that are then asked about.

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::TrainSettings;
use crate::nlu::calibration::{Evidence, HeldOut, off_topic};
use crate::nlu::encoder::Encoded;
use crate::nlu::folds::by_likeness;
use crate::nlu::late::Late;
use crate::nlu::lexical::Lexical;
use crate::nlu::misspell::misspelt;
use crate::nlu::model::{Opinion, Views, Weights, as_matrix, both};
use crate::nlu::softmax::{Examples, Softmax};
use crate::nlu::vectors::cached_encoded;
use crate::nlu::{CHINESE, Encoder, NluError, TrainingData, Vector};
use crate::progress::{Cancelled, Progress};
use crate::store::Store;
use crate::text::normalise::normalise;
use crate::text::script::are_chinese;

/// Parts into which phrases, and intents, are divided to be held out in turn; of many phrases, fewer and larger parts
/// tell as much.
const FOLDS: usize = 5;
const FOLDS_OF_MANY: usize = 3;
const MANY: usize = 4_000;

/// Phrases ready for fitting.
pub(in crate::nlu) struct Prepared {
    /// Normalised.
    pub texts: Vec<String>,
    pub encoded: Vec<Encoded>,
    pub labels: Vec<usize>,
    pub classes: Vec<String>,
    /// The classes' names as words: "card_arrival" is one more phrase, "card arrival", wherever its class is trained.
    pub names: Vec<(String, Encoded)>,
    /// Of each phrase, its misspelt copies.
    copies: Vec<Vec<(String, Encoded)>>,
    off_topic: Vec<(String, Encoded)>,
    fold_count: usize,
    /// Of each phrase.
    folds: Vec<usize>,
    pub settings: TrainSettings,
}

impl Prepared {
    /// Encodes the phrases. With a store, vectors that are known from earlier aren't encoded again.
    pub(in crate::nlu) async fn of(
        data: &TrainingData,
        encoder: &Encoder,
        store: Option<&Store>,
        settings: &TrainSettings,
        progress: &Progress,
    ) -> Result<Self, NluError> {
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
            let chinese = are_chinese(texts.iter().map(String::as_str));
            off_topic(if chinese { CHINESE } else { "en" })
                .map(normalise)
                .collect()
        } else {
            data.out_of_scope.iter().map(|text| normalise(text)).collect()
        };
        let names: Vec<String> = classes.iter().map(|class| as_words(class)).collect();
        let copies: Vec<String> = texts
            .iter()
            .flat_map(|text| (0..settings.misspelt).map(|number| misspelt(text, number)))
            .collect();
        let all: Vec<String> = [&texts, &strange, &names, &copies]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let mut encoded = match store {
            Some(store) => cached_encoded(store, encoder, &all, progress).await?,
            None => encoder.encode_all(&all, true, progress).await?,
        };
        let copy_vectors = encoded.split_off(texts.len() + strange.len() + names.len());
        let name_vectors = encoded.split_off(texts.len() + strange.len());
        let off_topic = strange.into_iter().zip(encoded.split_off(texts.len())).collect();
        let vectors: Vec<Vector> = encoded.iter().map(|encoded| encoded.vector.clone()).collect();
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
        let mut copies = copies.into_iter().zip(copy_vectors);
        Ok(Self {
            copies: texts
                .iter()
                .map(|_| copies.by_ref().take(settings.misspelt).collect())
                .collect(),
            texts,
            encoded,
            labels,
            names: names.into_iter().zip(name_vectors).collect(),
            classes,
            off_topic,
            fold_count,
            folds,
            settings: settings.clone(),
        })
    }

    /// Fits the views to all phrases, and asks models that were fitted without some of them about those.
    pub(in crate::nlu) fn fit_and_ask(&self, progress: &Progress) -> Result<(Views, Evidence), Cancelled> {
        let folds = (0..self.fold_count).flat_map(|fold| [Job::WithoutFold(fold), Job::WithoutIntents(fold)]);
        let jobs: Vec<Job> = [Job::Whole].into_iter().chain(folds).collect();
        let done: Result<Vec<Done>, Cancelled> =
            jobs.into_par_iter().map(|job| self.run(job, progress)).collect();
        let mut evidence = Evidence::default();
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
        // The job that fits the whole is always among them.
        Ok((whole.ok_or(Cancelled)?, evidence))
    }

    fn run(&self, job: Job, progress: &Progress) -> Result<Done, Cancelled> {
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..self.texts.len()).partition(|row| match job {
            Job::Whole => true,
            Job::WithoutFold(fold) => self.folds[*row] != fold,
            Job::WithoutIntents(fold) => self.labels[*row] % self.fold_count != fold,
        });
        let views = self.fit(&inside, progress)?;
        let opinion = |row: &usize| views.opinion(&self.texts[*row], &self.encoded[*row]);
        Ok(match job {
            Job::Whole => {
                let opinions = self
                    .off_topic
                    .iter()
                    .map(|(text, encoded)| views.opinion(text, encoded));
                let opinions = opinions.collect();
                Done::Whole(Box::new(views), opinions)
            }
            Job::WithoutFold(_) => {
                let held_out = |row: &usize| HeldOut {
                    opinion: opinion(row),
                    label: self.labels[*row],
                };
                Done::HeldOut(outside.iter().map(held_out).collect())
            }
            Job::WithoutIntents(_) => Done::Strangers(outside.iter().map(opinion).collect()),
        })
    }

    /// Fits the views to the phrases of these rows.
    pub(in crate::nlu) fn fit(&self, rows: &[usize], progress: &Progress) -> Result<Views, Cancelled> {
        let of_row = |row: &usize| {
            let label = self.labels[*row];
            let copies = self.copies[*row]
                .iter()
                .map(move |(text, encoded)| (text, encoded, label));
            [(&self.texts[*row], &self.encoded[*row], label)]
                .into_iter()
                .chain(copies)
        };
        let mut examples: Vec<(&String, &Encoded, usize)> = rows.iter().flat_map(of_row).collect();
        let trained: BTreeSet<usize> = rows.iter().map(|row| self.labels[*row]).collect();
        let named = trained.into_iter().filter(|_| self.settings.names);
        examples.extend(named.map(|class| {
            let (text, encoded) = &self.names[class];
            (text, encoded, class)
        }));
        let texts: Vec<&str> = examples.iter().map(|(text, ..)| text.as_str()).collect();
        let vectors: Vec<Vector> = examples
            .iter()
            .map(|(_, encoded, _)| encoded.vector.clone())
            .collect();
        let middles: Vec<&Vector> = examples
            .iter()
            .filter_map(|(_, encoded, _)| encoded.middle.as_ref())
            .collect();
        let centre = mean(&middles);
        let deep: Vec<Vector> = vectors
            .iter()
            .zip(&middles)
            .map(|(vector, middle)| both(vector, middle, &centre))
            .collect();
        let labels: Vec<usize> = examples.iter().map(|(.., label)| *label).collect();
        let classes = self.classes.len();
        let softmax = Softmax::fit(
            &Examples {
                vectors: if deep.is_empty() { &vectors } else { &deep },
                labels: &labels,
                classes,
            },
            &self.settings,
            progress,
        )?;
        let words = examples
            .iter()
            .filter_map(|(_, encoded, label)| Some((encoded.words.as_deref()?, *label)));
        let late = Late::of(words, classes);
        let per_class = texts.len() as f32 / classes as f32;
        let lexical = self.settings.lexical * words_count(are_chinese(texts.iter().copied()), per_class);
        let vectors: Vec<Vec<f32>> = vectors.iter().map(|vector| vector.to_vec()).collect();
        Ok(Views {
            softmax,
            centre,
            lexical: Lexical::fit(&texts, &labels, classes, progress)?,
            late,
            small: as_matrix(&vectors),
            vectors,
            texts: texts.into_iter().map(str::to_owned).collect(),
            labels,
            classes,
            weights: Weights {
                lexical,
                late: self.settings.late,
                neighbours: self.settings.neighbours,
            },
        })
    }
}

/// How much more the n-grams count than with few English phrases. A character of Chinese says as much as a word: on two
/// times ten folds of SMP2017's training messages a weight of 1.0 is best beside the softmax (.923; 0.7 has .921), and
/// with 10 to 40 phrases an intent too.
const CHINESE_WORDS: f32 = 1.0 / 0.3;
/// From so many phrases an intent English n-grams begin to count more, and at so many twice as much: they know more words
/// then. On five folds of Banking77's training messages 0.6 has .927 and 0.3 .925; on CLINC150's validation messages .965
/// and .963; with 50 phrases an intent .916 and .914, with 30 the same.
const MORE_PHRASES: (f32, f32) = (50.0, 100.0);

fn words_count(chinese: bool, phrases_per_class: f32) -> f32 {
    let (few, many) = MORE_PHRASES;
    match chinese {
        true => CHINESE_WORDS,
        false => 1.0 + ((phrases_per_class - few) / (many - few)).clamp(0.0, 1.0),
    }
}

/// The mean of vectors; empty of none.
fn mean(vectors: &[&Vector]) -> Vec<f32> {
    let mut sum = vec![0f32; vectors.first().map_or(0, |vector| vector.len())];
    for vector in vectors {
        sum.iter_mut()
            .zip(vector.iter())
            .for_each(|(sum, value)| *sum += value);
    }
    sum.iter_mut().for_each(|sum| *sum /= vectors.len().max(1) as f32);
    sum
}

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
