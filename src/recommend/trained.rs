//! All sources, trained together on one state of the events and the catalogue.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::interactions::{Interactions, Sparse};
use super::items::{ItemFacts, Traits};
use super::source::Source;
use super::sources::als::{Als, AlsSettings};
use super::sources::content;
use super::sources::ease::{self, Ease, EaseSettings};
use super::sources::item_knn::{self, Weighting};
use super::sources::nearest::by_vectors;
use super::sources::neighbour_lists::NeighbourLists;
use super::sources::popularity::Board;
use super::sources::sessions::{SessionKnn, SessionWeights};
use super::sources::user_knn::{Likeness, UserKnn};
use super::sources::word2vec::{self, Word2VecSettings};
use crate::progress::{Cancelled, Progress};

/// What is trained and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSettings {
    pub als: AlsSettings,
    pub ease: EaseSettings,
    pub edlae: EaseSettings,
    pub word2vec: Word2VecSettings,
    /// Nearest shoppers that speak for a shopper.
    pub shopper_neighbours: usize,
    /// Up to this many items EASE and EDLAE hold a weight for each pair; above, each item's nearest only.
    pub dense_items: usize,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            als: AlsSettings::default(),
            ease: EaseSettings::EASE,
            edlae: EaseSettings::EDLAE,
            word2vec: Word2VecSettings::default(),
            shopper_neighbours: 80,
            dense_items: 4_096,
        }
    }
}

/// What the sources are trained on.
#[derive(Debug, Clone, Default)]
pub struct Material {
    pub data: Arc<Interactions>,
    /// In the order of the items' numbers; may be shorter when events name items that the catalogue lacks.
    pub facts: Arc<Vec<ItemFacts>>,
    /// The encoder's vectors, [items × width] of length 1 or 0; empty where there is no encoder.
    pub vectors: Arc<Vec<f32>>,
    pub width: usize,
}

/// The trained sources.
#[derive(Clone)]
pub struct Trained {
    pub data: Arc<Interactions>,
    /// In the order of the items' numbers; may be shorter, as the facts.
    pub traits: Arc<Vec<Traits>>,
    user_cosine: UserKnn,
    user_pearson: UserKnn,
    kept: Kept,
    settings: TrainSettings,
    /// Name of a source that says nothing, for evaluations.
    left_out: Option<&'static str>,
    /// Seconds that each source took, by its name.
    pub seconds: Vec<(&'static str, f64)>,
}

/// What a snapshot keeps; the rest is made from the interactions in no time.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    popularity: Board,
    trending: Board,
    item_cosine: NeighbourLists,
    item_tfidf: NeighbourLists,
    item_bm25: NeighbourLists,
    als: Als,
    ease: Linear,
    edlae: Linear,
    vsknn: SessionKnn,
    stan: SessionKnn,
    content: Option<NeighbourLists>,
    vectors: Option<NeighbourLists>,
    word2vec: NeighbourLists,
}

impl Kept {
    /// What is made of events; the linear sources and those by content are left to be filled in. Word2Vec, which learns
    /// one pair after another, runs on one core while the others train on the rest.
    fn of_events(
        data: &Interactions,
        facts: &[ItemFacts],
        settings: &TrainSettings,
        clock: &mut Clock<'_>,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let words = || {
            let mut clock = Clock::new(progress);
            let lists = clock.time("word2vec", || {
                word2vec::train(data, facts, &settings.word2vec, ALIKE, progress)
            })??;
            Ok::<_, Cancelled>((lists, clock.seconds))
        };
        let (words, counted) = rayon::join(words, || Self::counted(data, settings, clock, progress));
        let ((word2vec, seconds), counted) = (words?, counted?);
        clock.seconds.extend(seconds);
        Ok(Self { word2vec, ..counted })
    }

    /// What is counted from events, and their factors.
    fn counted(
        data: &Interactions,
        settings: &TrainSettings,
        clock: &mut Clock<'_>,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let items = data.items.len();
        let stan = SessionWeights::Stan {
            query: 2.0,
            item: 4.0,
            age: Some((data.sessions.len() as f32 / 2.0).max(1_000.0)),
        };
        let bm25 = Weighting::Bm25 { k1: 1.2, b: 1.0 };
        let nothing = || Linear::Lists(NeighbourLists::new("ease", Sparse::default()));
        Ok(Self {
            popularity: clock.time("popularity", || Board::popularity(data))?,
            trending: clock.time("trending", || Board::trending(data, TREND))?,
            item_cosine: clock.time("item_knn_cosine", || item_knn::train(data, Weighting::Cosine, 20))?,
            item_tfidf: clock.time("item_knn_tfidf", || item_knn::train(data, Weighting::TfIdf, 20))?,
            item_bm25: clock.time("item_knn_bm25", || item_knn::train(data, bm25, 200))?,
            als: clock.time("als", || Als::train(data, &settings.als, progress))??,
            ease: nothing(),
            edlae: nothing(),
            vsknn: clock.time("vsknn", || {
                SessionKnn::train(&data.sessions, items, SessionWeights::Vsknn, 200)
            })?,
            stan: clock.time("stan", || SessionKnn::train(&data.sessions, items, stan, 500))?,
            content: None,
            vectors: None,
            word2vec: NeighbourLists::new("word2vec", Sparse::default()),
        })
    }
}

#[derive(Clone, Serialize, Deserialize)]
enum Linear {
    Whole(Ease),
    Lists(NeighbourLists),
}

impl Linear {
    fn train(data: &Interactions, settings: EaseSettings, dense_items: usize) -> Self {
        let whole = (data.items.len() <= dense_items)
            .then(|| Ease::train(data, settings))
            .flatten();
        whole.map_or_else(
            || Self::Lists(ease::truncated(data, settings, EASE_LIST)),
            Self::Whole,
        )
    }

    /// Without a shopper of this row; `data` has them no more.
    fn without(&self, row: &[(u32, f32)], data: &Interactions, settings: EaseSettings) -> Self {
        match self {
            Self::Whole(ease) => {
                let mut ease = ease.clone();
                ease.forget(row);
                Self::Whole(ease)
            }
            Self::Lists(_) => Self::Lists(ease::truncated(data, settings, EASE_LIST)),
        }
    }

    fn source(&self) -> &dyn Source {
        match self {
            Self::Whole(ease) => ease,
            Self::Lists(lists) => lists,
        }
    }
}

/// A half-life of trends, as a share of the time that events span.
const TREND: f32 = 0.05;
/// Nearest items that content and word vectors list.
const ALIKE: usize = 50;
/// Items that each item's own regression looks at where EASE does not fit as a whole.
const EASE_LIST: usize = 48;

/// Lists by content: events don't change them, so that all trainings of one catalogue share them.
#[derive(Debug, Clone, Default)]
pub struct Content {
    words: Option<NeighbourLists>,
    vectors: Option<NeighbourLists>,
    seconds: Vec<(&'static str, f64)>,
}

impl Content {
    fn of(material: &Material, progress: &Progress) -> Result<Self, Cancelled> {
        let mut clock = Clock::new(progress);
        let (facts, vectors) = (&material.facts, &material.vectors);
        Ok(Self {
            words: clock.time("content_tfidf", || {
                (!facts.is_empty()).then(|| content::by_words(facts, ALIKE))
            })?,
            vectors: clock.time("content_vectors", || {
                (!vectors.is_empty()).then(|| by_vectors("content_vectors", vectors, material.width, ALIKE))
            })?,
            seconds: clock.seconds,
        })
    }
}

impl Trained {
    pub fn train(
        material: &Material,
        settings: &TrainSettings,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        Self::train_with(Content::of(material, progress)?, material, settings, progress)
    }

    /// `content`: of the same catalogue.
    pub fn train_with(
        content: Content,
        material: &Material,
        settings: &TrainSettings,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let data = material.data.clone();
        let mut clock = Clock::new(progress);
        clock.seconds = content.seconds;
        let kept = Kept {
            ease: clock.time("ease", || {
                Linear::train(&data, settings.ease, settings.dense_items)
            })?,
            edlae: clock.time("edlae", || {
                Linear::train(&data, settings.edlae, settings.dense_items)
            })?,
            content: content.words,
            vectors: content.vectors,
            ..Kept::of_events(&data, &material.facts, settings, &mut clock, progress)?
        };
        let neighbours = settings.shopper_neighbours;
        let cosine = clock.time("user_knn_cosine", || {
            UserKnn::train(data.clone(), Likeness::Cosine, neighbours)
        })?;
        let pearson = clock.time("user_knn_pearson", || {
            UserKnn::train(data.clone(), Likeness::Pearson, neighbours)
        })?;
        Ok(Self {
            data,
            traits: Arc::new(Traits::of(&material.facts)),
            user_cosine: cosine,
            user_pearson: pearson,
            kept,
            settings: settings.clone(),
            left_out: None,
            seconds: clock.seconds,
        })
    }

    /// Only what events don't change.
    pub fn into_content(mut self) -> Content {
        self.seconds.retain(|(name, _)| name.starts_with("content_"));
        Content {
            words: self.kept.content,
            vectors: self.kept.vectors,
            seconds: self.seconds,
        }
    }

    /// The same sources without one shopper. EASE and EDLAE are taken down in place (a rank-one formula, and one of the
    /// rank of the shopper's items); everything that is cheaper to count than to correct is trained anew on what is left.
    pub fn without(&self, shopper: u32, facts: &[ItemFacts], progress: &Progress) -> Result<Self, Cancelled> {
        let settings = &self.settings;
        let row: Vec<(u32, f32)> = self.data.by_shopper.row(shopper).collect();
        let data = Arc::new(self.data.without(shopper));
        let mut clock = Clock::new(progress);
        let linear = [
            (&self.kept.ease, settings.ease),
            (&self.kept.edlae, settings.edlae),
        ];
        let [ease, edlae] = linear.map(|(linear, settings)| linear.without(&row, &data, settings));
        let kept = Kept {
            ease,
            edlae,
            content: self.kept.content.clone(),
            vectors: self.kept.vectors.clone(),
            ..Kept::of_events(&data, facts, settings, &mut clock, progress)?
        };
        Ok(Self::restored(data, self.traits.clone(), kept, settings))
    }

    /// All sources, in the order of their features.
    pub fn sources(&self) -> Vec<&dyn Source> {
        let kept = &self.kept;
        let mut sources: Vec<&dyn Source> = vec![
            &kept.popularity,
            &kept.trending,
            &self.user_cosine,
            &self.user_pearson,
            &kept.item_cosine,
            &kept.item_tfidf,
            &kept.item_bm25,
            &kept.als,
            kept.ease.source(),
            kept.edlae.source(),
            &kept.vsknn,
            &kept.stan,
            &kept.word2vec,
        ];
        sources.extend(kept.content.iter().map(|lists| lists as &dyn Source));
        sources.extend(kept.vectors.iter().map(|lists| lists as &dyn Source));
        sources.retain(|source| Some(source.name()) != self.left_out);
        sources
    }

    /// Takes the source of this name out of [`Self::sources`], and those before in again.
    pub fn leave_out(&mut self, name: Option<&'static str>) {
        self.left_out = name;
    }

    pub fn popularity(&self) -> &[f32] {
        self.kept.popularity.scores()
    }

    /// Lists that name, for an item, what is like it: by shoppers, then by text.
    pub fn alike(&self) -> (&NeighbourLists, Option<&NeighbourLists>) {
        let kept = &self.kept;
        (&kept.item_cosine, kept.vectors.as_ref().or(kept.content.as_ref()))
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// From a snapshot.
    pub(super) fn restored(
        data: Arc<Interactions>,
        traits: Arc<Vec<Traits>>,
        kept: Kept,
        settings: &TrainSettings,
    ) -> Self {
        let neighbours = settings.shopper_neighbours;
        Self {
            user_cosine: UserKnn::train(data.clone(), Likeness::Cosine, neighbours),
            user_pearson: UserKnn::train(data.clone(), Likeness::Pearson, neighbours),
            data,
            traits,
            kept,
            settings: settings.clone(),
            left_out: None,
            seconds: Vec::new(),
        }
    }
}

/// Takes the time of each part, and asks between them whether to go on.
struct Clock<'a> {
    progress: &'a Progress,
    seconds: Vec<(&'static str, f64)>,
}

/// How many parts there are, for the bar.
const PARTS: u64 = 15;

impl<'a> Clock<'a> {
    fn new(progress: &'a Progress) -> Self {
        Self {
            progress,
            seconds: Vec::new(),
        }
    }

    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> Result<T, Cancelled> {
        self.progress
            .step("recommenders", self.seconds.len() as u64, PARTS)?;
        let start = Instant::now();
        let done = work();
        self.seconds.push((name, start.elapsed().as_secs_f64()));
        Ok(done)
    }
}
