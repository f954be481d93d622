//! The knowledge base: articles and their versions, the search index, the answer and its source.
//!
//! Rows of the database are the truth. [`Knowledge`] holds what a search needs (vectors in memory, words in tantivy) and
//! follows every change of the rows, whichever process made it.

mod answer;
mod article;
pub mod articles;
mod entries;
pub mod evaluate;
pub mod exam;
pub mod gaps;
mod gate;
mod html;
mod keywords;
mod passages;
mod search;
pub mod transfer;
mod unanswered;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tantivy::TantivyError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::nlu::{Encoder, Encoders, NluError, Understanding, Vector, off_topic};
use crate::progress::{Cancelled, Progress};
use crate::search_index::Rows;
use crate::store::{self, Store, StoreError};
use crate::text::normalise::normalise;
use entries::{Entry, Snapshot};
use keywords::Keywords;
use search::Query;

pub use answer::{Answer, Found, Related};
pub use article::{Article, Draft, FrontMatterError, Status};
pub use gate::Gate;
pub use html::{article_html, html_outside};
pub use search::Hit;
pub use unanswered::{Unanswered, forget_unanswered, list_unanswered, record_unanswered};

/// How often the database is asked whether an article changed.
const WATCH_EVERY: Duration = Duration::from_millis(300);
/// Articles that an answer considers.
const CONSIDERED: usize = 8;
const SNIPPET_CHARS: usize = 140;

#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Nlu(#[from] NluError),
    #[error("the search index in {}: {source}", folder.display())]
    Index { folder: PathBuf, source: TantivyError },
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: std::io::Error },
    #[error("{file}:{line}: {message}")]
    Line {
        file: String,
        line: usize,
        message: String,
    },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<crate::nlu::EncoderError> for KnowledgeError {
    fn from(error: crate::nlu::EncoderError) -> Self {
        Self::Nlu(error.into())
    }
}

/// An article that a search field found.
#[derive(Debug, Clone)]
pub struct ArticleHit {
    pub slug: String,
    pub title: String,
    pub snippet: String,
}

/// Searches and answers. Clones share everything; readers never wait for a writer.
#[derive(Clone)]
pub struct Knowledge {
    inner: Arc<Inner>,
}

struct Inner {
    store: Option<Store>,
    encoders: Encoders,
    keywords: Keywords,
    folder: PathBuf,
    /// Whether long passages get a vector per sentence, for quoting.
    quotable: bool,
    current: ArcSwap<Current>,
    /// The language whose articles are left aside, if any.
    without: Option<String>,
    /// One refresh at a time.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Current {
    snapshot: Snapshot,
    /// Of each language.
    gates: BTreeMap<String, Gate>,
    /// Of each language, for articles in others.
    gates_abroad: BTreeMap<String, Gate>,
    /// Of each language, what is off topic: for its own articles, and as the encoder of all languages has it.
    strangers: BTreeMap<String, [Vec<Vector>; 2]>,
}

impl Current {
    fn gate(&self, locale: &str) -> Gate {
        self.gates.get(locale).copied().unwrap_or_default()
    }

    /// How near a question is to what is off topic; `abroad`: as the encoder of all languages has it.
    fn strangeness(&self, locale: &str, vector: &[f32], abroad: bool) -> f32 {
        let known = self
            .strangers
            .get(locale)
            .map(|known| &known[usize::from(abroad)]);
        let cosines = known
            .into_iter()
            .flatten()
            .map(|known| search::cosine(known, vector));
        cosines.fold(f32::MIN, f32::max)
    }
}

/// By how much less near an article of another language may be and still be preferred: texts of one language are nearer to
/// each other. Over the demo shop's questions, each left out in turn, with a fifth of the Chinese articles away, a tenth
/// more of theirs find the English article than with 0, and one in a hundred less finds its own.
const LESS_ABROAD: f32 = 0.05;

impl Knowledge {
    /// Opens the index in `folder` (none: in memory) and brings it and the vectors up to date with the database.
    pub async fn open(
        store: Store,
        encoders: Encoders,
        folder: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, KnowledgeError> {
        Self::open_without(store, encoders, folder, None, progress).await
    }

    /// The same as if the shop had no articles in a language.
    pub async fn open_without(
        store: Store,
        encoders: Encoders,
        folder: Option<&Path>,
        without: Option<&str>,
        progress: &Progress,
    ) -> Result<Self, KnowledgeError> {
        let folder_name = folder.unwrap_or(Path::new("memory")).to_owned();
        let failed = |source| KnowledgeError::Index {
            folder: folder_name.clone(),
            source,
        };
        let rows = Rows {
            database: store.identity(),
            newest: store::current_number(&store, articles::REVISION).await?,
        };
        let keywords = Keywords::open(folder, rows).map_err(failed)?;
        let inner = Inner {
            store: Some(store),
            encoders,
            keywords,
            folder: folder_name.clone(),
            quotable: true,
            current: ArcSwap::default(),
            without: without.map(str::to_owned),
            refreshing: tokio::sync::Mutex::default(),
        };
        let knowledge = Self {
            inner: Arc::new(inner),
        };
        knowledge.update(progress).await?;
        Ok(knowledge)
    }

    /// Takes up what changed in the database; searchable when this returns. Says how many articles changed.
    pub async fn refresh(&self) -> Result<usize, KnowledgeError> {
        self.update(&Progress::silent()).await
    }

    async fn update(&self, progress: &Progress) -> Result<usize, KnowledgeError> {
        let inner = &self.inner;
        let Some(store) = &inner.store else { return Ok(0) };
        let _one_at_a_time = inner.refreshing.lock().await;
        let current = inner.current.load_full();
        let (mut changed, revision) = articles::changed_after(store, current.snapshot.revision).await?;
        changed.retain(|article| inner.without.as_ref() != Some(&article.locale));
        if changed.is_empty() {
            return Ok(0);
        }
        let mut built = BTreeMap::new();
        for language in inner.encoders.languages() {
            let Some(encoder) = inner.encoders.of(language) else {
                continue;
            };
            let of_language = changed.iter().filter(|article| article.locale == language);
            let of_language: Vec<Article> = of_language.cloned().collect();
            built.extend(entries::build(Some(store), encoder, &of_language, inner.quotable, progress).await?);
        }
        let mut snapshot = current.snapshot.with(&changed, built, revision);
        let before = &current.snapshot;
        snapshot.abroad = entries::abroad(
            &snapshot,
            before,
            &inner.encoders,
            Some(store),
            inner.quotable,
            progress,
        )
        .await?;
        if revision > inner.keywords.revision() {
            self.index(&changed, &snapshot, revision).await?;
        }
        let (mut gates, mut gates_abroad) = (BTreeMap::new(), BTreeMap::new());
        let mut strangers: BTreeMap<String, [Vec<Vector>; 2]> = BTreeMap::new();
        for language in inner.encoders.languages() {
            let Some(encoder) = inner.encoders.of(language) else {
                continue;
            };
            let strange = self.off_topic(language, encoder, progress).await?;
            let gate = calibrated(snapshot.entries(language), strange.clone()).await;
            strangers.insert(language.to_owned(), [strange, Vec::new()]);
            tracing::info!(
                articles = changed.len(),
                revision,
                language,
                answer = gate.answer,
                ask = gate.ask,
                "knowledge base up to date"
            );
            gates.insert(language.to_owned(), gate);
            let abroad = snapshot
                .abroad
                .get(language)
                .filter(|entries| !entries.is_empty());
            if let (Some(entries), Some(across)) = (abroad, inner.encoders.across()) {
                let strange = self.off_topic(language, across, progress).await?;
                gates_abroad.insert(language.to_owned(), gate::of_strangers(entries, &strange));
                strangers.entry(language.to_owned()).or_default()[1] = strange;
            }
        }
        inner.current.store(Arc::new(Current {
            snapshot,
            gates,
            gates_abroad,
            strangers,
        }));
        Ok(changed.len())
    }

    /// Writes what changed into the keyword index, off the runtime's threads.
    async fn index(
        &self,
        changed: &[Article],
        snapshot: &Snapshot,
        revision: i64,
    ) -> Result<(), KnowledgeError> {
        let inner = self.inner.clone();
        let changed = changed.to_vec();
        let entries: Vec<Arc<Entry>> = snapshot.locales.values().flatten().cloned().collect();
        let written = tokio::task::spawn_blocking(move || {
            let passages = |article: &Article| {
                entries
                    .iter()
                    .find(|entry| entry.article.id == article.id)
                    .map_or(&[][..], |entry| entry.passages.as_slice())
            };
            let documents: Vec<_> = changed
                .iter()
                .map(|article| (article, passages(article)))
                .collect();
            inner.keywords.replace(&documents, revision)
        });
        let written = written
            .await
            .unwrap_or_else(|error| Err(TantivyError::InternalError(error.to_string())));
        written.map_err(|source| KnowledgeError::Index {
            folder: self.inner.folder.clone(),
            source,
        })
    }

    /// Vectors of sentences that no shop's articles answer.
    async fn off_topic(
        &self,
        language: &str,
        encoder: &Encoder,
        progress: &Progress,
    ) -> Result<Vec<Vector>, KnowledgeError> {
        let sentences: Vec<String> = off_topic(language).map(normalise).collect();
        match &self.inner.store {
            Some(store) => Ok(crate::nlu::cached_vectors(store, encoder, &sentences, progress).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Follows the changes of the database until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let knowledge = self.clone();
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                if let Err(error) = knowledge.follow().await {
                    tracing::warn!(%error, "the knowledge base can't be brought up to date; it goes on with what it has");
                }
                tokio::select! {
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                    () = stop.cancelled() => {}
                }
            }
        })
    }

    async fn follow(&self) -> Result<(), KnowledgeError> {
        let Some(store) = &self.inner.store else {
            return Ok(());
        };
        let newest = store::current_number(store, articles::REVISION).await?;
        if newest > self.inner.current.load().snapshot.revision {
            self.refresh().await?;
        }
        Ok(())
    }

    /// The articles that fit a question best, best first.
    pub fn search(&self, locale: &str, text: &str, vector: &[f32], limit: usize) -> Vec<Hit> {
        self.search_with(locale, text, vector, limit, search::bm25_share(text))
    }

    fn search_with(
        &self,
        locale: &str,
        text: &str,
        vector: &[f32],
        limit: usize,
        bm25_share: f32,
    ) -> Vec<Hit> {
        let current = self.inner.current.load();
        let query = Query {
            vector,
            votes: &self.votes(text),
            intents: &[],
            places: &[],
            bm25_share,
        };
        search::rank(current.snapshot.entries(locale), query, limit)
    }

    /// What the knowledge base can say to a question: in the shopper's language or, where that is no answer, what only
    /// another language has.
    pub async fn answer_across(&self, locale: &str, question: &Understanding) -> Found {
        let found = self.answer(locale, question);
        self.or_from_another_language(locale, question, found).await
    }

    /// What the knowledge base can say to a question in one language.
    pub fn answer(&self, locale: &str, question: &Understanding) -> Found {
        let current = self.inner.current.load();
        let entries = current.snapshot.entries(locale);
        let places: Vec<String> = question.places().map(str::to_lowercase).collect();
        let query = Query {
            vector: &question.vector,
            votes: &self.votes(question.read_as.as_deref().unwrap_or(&question.text)),
            intents: &question.ranking,
            places: &places,
            bm25_share: search::bm25_share(&question.text),
        };
        let hits = search::distinct(search::rank(entries, query, CONSIDERED), entries);
        let strangeness = current.strangeness(locale, &question.vector, false);
        answer::judge(hits, entries, &question.vector, current.gate(locale), strangeness)
    }

    /// What was found in the shopper's own language or, where that is no answer, an answer that only another language
    /// has, by its meaning.
    async fn or_from_another_language(&self, locale: &str, question: &Understanding, found: Found) -> Found {
        let own = match &found.answer {
            Answer::Confident { hit, .. } => Some(hit.cosine),
            _ => None,
        };
        // Cosines of another encoder can't be compared: an answer of the shopper's language stands.
        let encoders = &self.inner.encoders;
        let is_same = encoders.of(locale).map(Encoder::id) == encoders.across().map(Encoder::id);
        if own.is_some() && !is_same {
            return found;
        }
        let current = self.inner.current.load_full();
        let (Some(entries), Some(gate), Some(across)) = (
            current.snapshot.abroad.get(locale),
            current.gates_abroad.get(locale),
            self.inner.encoders.across(),
        ) else {
            return found;
        };
        let text = question.read_as.as_deref().unwrap_or(&question.text);
        let vector = match across.encode(&normalise(text)).await {
            Ok(vector) => vector,
            Err(error) => {
                tracing::warn!(%error, "articles in other languages can't be searched");
                return found;
            }
        };
        let mut intents = question.ranking.clone();
        if !is_same {
            // Nor can those of the phrases; how likely each intent is still counts.
            intents.iter_mut().for_each(|intent| intent.nearest = 0.0);
        }
        let query = Query {
            vector: &vector,
            votes: &self.votes(text),
            intents: &intents,
            places: &[],
            bm25_share: search::ABROAD_SHARE,
        };
        let hits = search::distinct(search::rank(entries, query, CONSIDERED), entries);
        let strangeness = current.strangeness(locale, &vector, true);
        let abroad = answer::judge(hits, entries, &vector, *gate, strangeness);
        match &abroad.answer {
            Answer::Confident { hit, .. } if own.is_none_or(|own| hit.cosine + LESS_ABROAD > own) => abroad,
            Answer::Unsure { .. } if matches!(found.answer, Answer::Unknown { .. }) => abroad,
            _ if found.hits.is_empty() => abroad,
            _ => found,
        }
    }

    fn votes(&self, text: &str) -> std::collections::HashMap<u64, f32> {
        // The words are the minor vote: without them the vectors still answer.
        self.inner.keywords.vote(text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the keyword search failed");
            Default::default()
        })
    }

    /// Articles for a search field, best first.
    pub fn keyword_search(&self, locale: &str, text: &str, limit: usize) -> Vec<ArticleHit> {
        let current = self.inner.current.load();
        let found = self.inner.keywords.search(text).unwrap_or_default();
        let entries = current.snapshot.entries(locale).iter();
        let mut scored: Vec<_> = entries
            .filter_map(|entry| Some((*found.get(&entry.key)?, entry)))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored
            .into_iter()
            .take(limit)
            .map(|(_, entry)| article_hit(entry))
            .collect()
    }

    /// All published articles of a locale.
    pub fn articles(&self, locale: &str) -> Vec<Arc<Article>> {
        self.inner
            .current
            .load()
            .snapshot
            .entries(locale)
            .iter()
            .map(|entry| entry.article.clone())
            .collect()
    }

    /// A published article.
    pub fn article(&self, locale: &str, slug: &str) -> Option<Arc<Article>> {
        self.entry(locale, slug).map(|entry| entry.article.clone())
    }

    /// The same in the shopper's language or, where that lacks it, in another one of the shop's.
    pub fn article_across(&self, locale: &str, slug: &str) -> Option<Arc<Article>> {
        let others = self.inner.encoders.languages();
        let mut found = [locale].into_iter().chain(others);
        found.find_map(|language| self.article(language, slug))
    }

    /// The beginning of an article, as a quotation.
    pub fn opening(&self, locale: &str, slug: &str) -> Option<String> {
        self.entry(locale, slug)
            .map(|entry| answer::quote(&entry, 0, &[]))
    }

    /// Articles near to an article.
    pub fn related(&self, locale: &str, slug: &str) -> Vec<Related> {
        let Some(entry) = self.entry(locale, slug) else {
            return Vec::new();
        };
        let Some((_, title)) = entry.vectors.first() else {
            return Vec::new();
        };
        let hits = self.search(locale, "", title, 4);
        hits.iter()
            .filter(|hit| hit.article.slug != slug)
            .map(Related::to)
            .take(3)
            .collect()
    }

    /// The gate in force.
    pub fn current_gate(&self, locale: &str) -> Gate {
        self.inner.current.load().gate(locale)
    }

    fn entry(&self, locale: &str, slug: &str) -> Option<Arc<Entry>> {
        let current = self.inner.current.load();
        current
            .snapshot
            .entries(locale)
            .iter()
            .find(|entry| entry.article.slug == slug)
            .cloned()
    }
}

async fn calibrated(entries: &[Arc<Entry>], strange: Vec<Vector>) -> Gate {
    let entries = entries.to_vec();
    let calibrated = tokio::task::spawn_blocking(move || gate::calibrate(&entries, &strange)).await;
    calibrated.unwrap_or_default()
}

fn article_hit(entry: &Entry) -> ArticleHit {
    let text = entry
        .passages
        .first()
        .map(passages::Passage::text)
        .unwrap_or_default()
        .replace(['*', '`'], "");
    let snippet: String = text.chars().take(SNIPPET_CHARS).collect();
    let snippet = if snippet.len() < text.len() {
        snippet + "…"
    } else {
        snippet
    };
    ArticleHit {
        slug: entry.article.slug.clone(),
        title: entry.article.title.clone(),
        snippet,
    }
}
