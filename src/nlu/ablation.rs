//! What each part of the intent model is worth: the parts added one after the other, each scored on phrases that no
//! part has seen.

use serde::Serialize;

use super::data::places;
use super::encoder::Encoded;
use super::metrics::auroc;
use super::misspell::misspelt;
use super::model::{Opinion, Views};
use super::spelling::Spelling;
use super::train::Prepared;
use super::{Encoder, NluError, Phrase, TrainSettings, TrainingData};
use crate::progress::Progress;
use crate::text::normalise::normalise;

/// Of each intent's phrases, one of this many is held out when no table to score is given.
const HELD_OUT: usize = 5;

/// One recipe's figures with so many phrases an intent.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// First phrases of each intent that were trained on; `None`: all.
    pub phrases: Option<usize>,
    pub recipe: &'static str,
    /// Right intents over the rows in scope, without threshold.
    pub in_scope_accuracy: f64,
    /// The same with a spelling mistake in each message.
    pub misspelt_accuracy: f64,
    /// `None` when no row is out of scope.
    pub scope_auroc: Option<f64>,
}

/// The recipes: each adds to the one before, until what is served; the last ones change one thing each of that. The
/// last value: whether unknown words are read as those that were meant.
fn recipes() -> Vec<(&'static str, TrainSettings, bool)> {
    let served = TrainSettings::default;
    let bare = TrainSettings {
        names: false,
        lexical: 0.0,
        late: 0.0,
        neighbours: 0.0,
        ..served()
    };
    let named = TrainSettings {
        names: true,
        ..bare.clone()
    };
    let worded = TrainSettings {
        lexical: served().lexical,
        ..named.clone()
    };
    let alike = TrainSettings {
        lexical: 1.0,
        late: 1.0,
        ..served()
    };
    let smoothed = TrainSettings {
        smoothing: 0.1,
        ..served()
    };
    let balanced = TrainSettings {
        balanced: true,
        ..served()
    };
    let misspelt = TrainSettings {
        misspelt: 1,
        ..served()
    };
    vec![
        ("softmax on vectors", bare, false),
        ("+ intents' names", named, false),
        ("+ n-grams", worded, false),
        ("+ late interaction", served(), false),
        ("+ slips read as meant: served", served(), true),
        ("served, views alike", alike, true),
        ("served, targets smoothed by 0.1", smoothed, true),
        ("served, intents balanced", balanced, true),
        ("served, a misspelt copy of each phrase", misspelt, true),
    ]
}

/// Messages that are asked about, encoded.
struct Asked {
    texts: Vec<String>,
    encoded: Vec<Encoded>,
}

impl Asked {
    async fn of(texts: Vec<String>, encoder: &Encoder, progress: &Progress) -> Result<Self, NluError> {
        let encoded = encoder.encode_all(&texts, true, progress).await?;
        Ok(Self { texts, encoded })
    }

    async fn read(
        &self,
        spelling: &Spelling,
        encoder: &Encoder,
        progress: &Progress,
    ) -> Result<Self, NluError> {
        let read = self.texts.iter().map(|text| spelling.read(text).into_owned());
        Self::of(read.collect(), encoder, progress).await
    }

    fn opinions(&self, views: &Views) -> Vec<Opinion> {
        let rows = self.texts.iter().zip(&self.encoded);
        rows.map(|(text, encoded)| views.opinion(text, encoded)).collect()
    }
}

/// Trains every recipe on the first phrases of each intent of `data`, for each of `counts` (`None`: all), and scores
/// it on `test`, or on every fifth phrase, which is then not trained on.
pub async fn ablate(
    data: &TrainingData,
    test: Option<&TrainingData>,
    counts: &[Option<usize>],
    encoder: &Encoder,
    progress: &Progress,
) -> Result<Vec<Figures>, NluError> {
    let (train, held) = match test {
        Some(test) => (data.clone(), test.clone()),
        None => split(data),
    };
    let texts = |phrases: &[Phrase]| {
        phrases
            .iter()
            .map(|phrase| normalise(&phrase.text))
            .collect::<Vec<_>>()
    };
    let wrong = held
        .phrases
        .iter()
        .map(|phrase| normalise(&misspelt(&phrase.text, 0)));
    let outside = held.out_of_scope.iter().map(|text| normalise(text)).collect();
    let asked = [
        Asked::of(texts(&held.phrases), encoder, progress).await?,
        Asked::of(wrong.collect(), encoder, progress).await?,
        Asked::of(outside, encoder, progress).await?,
    ];
    let mut figures = Vec::new();
    for count in counts {
        let some = count.map_or_else(|| train.clone(), |count| train.first_of_each(count));
        let known = texts(&some.phrases);
        let spelling = Spelling::new(known.iter().map(String::as_str), &encoder.vocabulary());
        let mut read = Vec::new();
        for asked in &asked {
            read.push(asked.read(&spelling, encoder, progress).await?);
        }
        let mut plain = Prepared::of(&some, encoder, None, &TrainSettings::default(), progress).await?;
        for (recipe, settings, reads) in recipes() {
            let with_copies;
            let prepared = if settings.misspelt == plain.settings.misspelt {
                // What else may differ asks for no other vectors.
                plain.settings = settings;
                &plain
            } else {
                with_copies = Prepared::of(&some, encoder, None, &settings, progress).await?;
                &with_copies
            };
            let rows: Vec<usize> = (0..prepared.texts.len()).collect();
            let views = tokio::task::block_in_place(|| prepared.fit(&rows, progress))?;
            let asked = if reads { &read[..] } else { &asked[..] };
            let right = |opinions: &[Opinion]| {
                let rows = opinions.iter().zip(&held.phrases);
                let right =
                    rows.filter(|(opinion, phrase)| prepared.classes[opinion.best()] == phrase.intent);
                right.count() as f64 / held.phrases.len().max(1) as f64
            };
            let said: Vec<Vec<Opinion>> = asked.iter().map(|asked| asked.opinions(&views)).collect();
            let scopes = |opinions: &[Opinion]| opinions.iter().map(Opinion::scope).collect::<Vec<_>>();
            figures.push(Figures {
                phrases: *count,
                recipe,
                in_scope_accuracy: right(&said[0]),
                misspelt_accuracy: right(&said[1]),
                scope_auroc: auroc(&scopes(&said[0]), &scopes(&said[2])),
            });
        }
    }
    Ok(figures)
}

/// Every fifth phrase of each intent, apart from the others.
fn split(data: &TrainingData) -> (TrainingData, TrainingData) {
    let (mut train, mut held) = (data.clone(), data.clone());
    (train.phrases, held.phrases) = (Vec::new(), Vec::new());
    let intents: Vec<&str> = data.phrases.iter().map(|phrase| phrase.intent.as_str()).collect();
    for (phrase, place) in data.phrases.iter().zip(places(&intents)) {
        let part = if place % HELD_OUT == HELD_OUT - 1 {
            &mut held
        } else {
            &mut train
        };
        part.phrases.push(phrase.clone());
    }
    (train, held)
}
