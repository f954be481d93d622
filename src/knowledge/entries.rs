//! Articles with their vectors, in memory: what a search compares a question to. A snapshot never changes; a new one
//! shares the entries that stayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::KnowledgeError;
use super::article::{Article, Status};
use super::passages::{Passage, passages};
use crate::nlu::{Encoder, Encoders, Vector, cached_vectors};
use crate::progress::Progress;
use crate::search_index::row_key;
use crate::store::Store;
use crate::text::normalise::normalise;

/// What a vector stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The title or another way to ask: 0 is the title.
    Question(usize),
    Passage(usize),
}

/// An article with its passages and vectors.
pub(super) struct Entry {
    pub article: Arc<Article>,
    pub key: u64,
    pub passages: Vec<Passage>,
    pub vectors: Vec<(Source, Vector)>,
    /// One per piece of a passage, for passages that say several things: `[passages][pieces]`.
    pub pieces: Vec<Vec<Vector>>,
}

/// All published articles at one revision, by locale.
#[derive(Default, Clone)]
pub(super) struct Snapshot {
    pub revision: i64,
    pub locales: BTreeMap<String, Vec<Arc<Entry>>>,
    /// Of each language, the articles that only other languages have, with vectors of the encoder that understands all.
    pub abroad: BTreeMap<String, Vec<Arc<Entry>>>,
}

impl Snapshot {
    pub(super) fn entries(&self, locale: &str) -> &[Arc<Entry>] {
        self.locales.get(locale).map_or(&[], Vec::as_slice)
    }

    /// The snapshot after `articles` changed; those that aren't published leave it.
    pub(super) fn with(
        &self,
        articles: &[Article],
        mut built: BTreeMap<String, Arc<Entry>>,
        revision: i64,
    ) -> Self {
        let mut next = Self {
            revision,
            locales: self.locales.clone(),
            abroad: BTreeMap::new(),
        };
        for article in articles {
            let entries = next.locales.entry(article.locale.clone()).or_default();
            entries.retain(|entry| entry.article.id != article.id);
            entries.extend(built.remove(&article.id));
        }
        next
    }
}

/// What each language lacks and another has. Entries of `before` whose article is still the same are taken over.
pub(super) async fn abroad(
    snapshot: &Snapshot,
    before: &Snapshot,
    encoders: &Encoders,
    store: Option<&Store>,
    quotable: bool,
    progress: &Progress,
) -> Result<BTreeMap<String, Vec<Arc<Entry>>>, KnowledgeError> {
    let Some(across) = encoders.across() else {
        return Ok(BTreeMap::new());
    };
    let mut abroad = BTreeMap::new();
    for language in encoders.languages() {
        let has = |slug: &str| {
            snapshot
                .entries(language)
                .iter()
                .any(|entry| entry.article.slug == slug)
        };
        let others = encoders.languages().filter(|other| *other != language);
        let lacking = others.flat_map(|other| snapshot.entries(other));
        let lacking: Vec<&Arc<Entry>> = lacking.filter(|entry| !has(&entry.article.slug)).collect();
        let known = |article: &Arc<Article>| {
            let mut known = before.abroad.get(language).into_iter().flatten();
            known.find(|known| known.article.id == article.id && known.article.version == article.version)
        };
        let (old, new): (Vec<_>, Vec<_>) = lacking
            .into_iter()
            .partition(|entry| known(&entry.article).is_some());
        let new: Vec<Article> = new.into_iter().map(|entry| (*entry.article).clone()).collect();
        let built = build(store, across, &new, quotable, progress).await?;
        let old = old.into_iter().filter_map(|entry| known(&entry.article).cloned());
        abroad.insert(language.to_owned(), old.chain(built.into_values()).collect());
    }
    Ok(abroad)
}

/// Longest passage whose sentences get no vectors of their own, in bytes: it says one thing.
const PIECED_BYTES: usize = 250;
/// Longest passage that is quoted whole, in bytes.
pub(super) const QUOTE_BYTES: usize = 450;

/// Builds the entries of the published ones among `articles`, by article id. With a store, known vectors aren't encoded again.
pub(super) async fn build(
    store: Option<&Store>,
    encoder: &Encoder,
    articles: &[Article],
    quotable: bool,
    progress: &Progress,
) -> Result<BTreeMap<String, Arc<Entry>>, KnowledgeError> {
    let plans: Vec<Plan> = articles
        .iter()
        .filter(|article| article.status == Status::Published)
        .map(|article| Plan::of(article, quotable))
        .collect();
    let texts: Vec<String> = plans.iter().flat_map(|plan| plan.texts.iter().cloned()).collect();
    let vectors = match store {
        Some(store) => cached_vectors(store, encoder, &texts, progress).await?,
        None => encoder.encode_many(&texts, progress).await?,
    };
    let mut vectors = vectors.into_iter();
    Ok(plans
        .into_iter()
        .map(|plan| (plan.article.id.clone(), Arc::new(plan.fill(&mut vectors))))
        .collect())
}

/// Which texts of an article are encoded, in order.
struct Plan {
    article: Article,
    passages: Vec<Passage>,
    sources: Vec<Source>,
    /// Pieces that are encoded, per passage.
    pieces: Vec<usize>,
    texts: Vec<String>,
}

impl Plan {
    fn of(article: &Article, quotable: bool) -> Self {
        let passages = passages(&article.body);
        let (mut sources, mut texts) = (Vec::new(), Vec::new());
        for (index, question) in [&article.title].into_iter().chain(&article.questions).enumerate() {
            sources.push(Source::Question(index));
            texts.push(normalise(question));
        }
        for (index, passage) in passages.iter().enumerate() {
            let heading = passage.heading.as_deref().unwrap_or_default();
            sources.push(Source::Passage(index));
            texts.push(normalise(&format!(
                "{} {heading} {}",
                article.title,
                plain(&passage.text())
            )));
        }
        let long = |passage: &Passage| quotable && passage.text().len() > PIECED_BYTES;
        let pieces = passages
            .iter()
            .map(|passage| if long(passage) { passage.pieces.len() } else { 0 })
            .collect();
        for passage in passages.iter().filter(|passage| long(passage)) {
            texts.extend(passage.pieces.iter().map(|piece| normalise(&plain(&piece.text))));
        }
        Self {
            article: article.clone(),
            passages,
            sources,
            pieces,
            texts,
        }
    }

    fn fill(self, vectors: &mut impl Iterator<Item = Vector>) -> Entry {
        Entry {
            key: row_key(&self.article.id),
            vectors: self.sources.into_iter().zip(vectors.by_ref()).collect(),
            pieces: self
                .pieces
                .into_iter()
                .map(|count| vectors.by_ref().take(count).collect())
                .collect(),
            article: Arc::new(self.article),
            passages: self.passages,
        }
    }
}

/// Markdown without its marks, good enough for an encoder.
fn plain(markdown: &str) -> String {
    markdown.replace(['*', '#', '`', '|'], "").replace("](", " (")
}
