//! The catalogue in service: follows the rows of the database, searches.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tantivy::TantivyError;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::entries::{Category, Count, Entry, Snapshot, vector_text};
use super::item::Item;
use super::labels::Labels;
use super::search::{self, ItemHit, Lexical, SearchPage, SearchRequest};
use super::words::Words;
use super::{CatalogueError, items};
use crate::nlu::{Encoder, Encoders, Vector, cached_vectors};
use crate::progress::Progress;
use crate::search_index::Rows;
use crate::store::{self, Store};

/// How often the database is asked whether an item changed.
const WATCH_EVERY: Duration = Duration::from_millis(300);
/// Texts that are encoded in one pass. A shopper's message waits for the pass under way, so passes are short.
const ENCODED_AT_ONCE: usize = 8;
const AFTER_A_FAILURE: Duration = Duration::from_secs(10);

/// The items on sale and their search. Clones share everything; readers never wait for a writer.
#[derive(Clone)]
pub struct Catalogue {
    inner: Arc<Inner>,
}

/// Labels by revision and language.
type KnownLabels = ((i64, String), Arc<Labels>);

struct Inner {
    store: Store,
    /// None: words alone are searched.
    encoders: Option<Encoders>,
    /// The shop's languages beside its own.
    others: Vec<String>,
    words: Words,
    folder: PathBuf,
    current: ArcSwap<Snapshot>,
    /// By revision and language, as they were asked for.
    labels: ArcSwap<Vec<KnownLabels>>,
    /// One refresh at a time.
    refreshing: Mutex<()>,
    /// Told when items may lack their vectors.
    changed: Notify,
}

impl Catalogue {
    /// Opens the index in `folder` (none: in memory) and brings it up to date with the database. Vectors come later: see
    /// [`Catalogue::watch`] and [`Catalogue::make_vectors`].
    pub async fn open(
        store: Store,
        encoders: Option<Encoders>,
        folder: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, CatalogueError> {
        let folder_name = folder.unwrap_or(Path::new("memory")).to_owned();
        let failed = |source| CatalogueError::index(&folder_name, source);
        let rows = Rows {
            database: store.identity(),
            newest: store::current_number(&store, items::REVISION).await?,
        };
        let words = Words::open(folder, rows).map_err(failed)?;
        let catalogue = Self {
            inner: Arc::new(Inner {
                store,
                others: encoders
                    .iter()
                    .flat_map(Encoders::languages)
                    .skip(1)
                    .map(str::to_owned)
                    .collect(),
                encoders,
                words,
                folder: folder_name.clone(),
                current: ArcSwap::default(),
                labels: ArcSwap::default(),
                refreshing: Mutex::default(),
                changed: Notify::new(),
            }),
        };
        progress.step("items", 0, 1)?;
        catalogue.refresh().await?;
        progress.step("items", 1, 1)?;
        Ok(catalogue)
    }

    /// Takes up what changed in the database; searchable when this returns. Says how many items changed.
    pub async fn refresh(&self) -> Result<usize, CatalogueError> {
        let _one_at_a_time = self.inner.refreshing.lock().await;
        let current = self.inner.current.load_full();
        let (changed, revision) = items::changed_after(&self.inner.store, current.revision).await?;
        if changed.is_empty() {
            return Ok(0);
        }
        let count = changed.len();
        let inner = self.inner.clone();
        let built = tokio::task::spawn_blocking(move || {
            if revision > inner.words.revision() {
                inner.words.replace(&changed, revision)?;
            }
            Ok(current.with(changed, revision, &inner.others))
        });
        let built = built
            .await
            .unwrap_or_else(|error| Err(TantivyError::InternalError(error.to_string())));
        let snapshot = built.map_err(|source| CatalogueError::index(&self.inner.folder, source))?;
        tracing::info!(
            changed = count,
            items = snapshot.entries.len(),
            revision,
            "catalogue up to date"
        );
        self.inner.current.store(Arc::new(snapshot));
        self.inner.changed.notify_one();
        Ok(count)
    }

    /// Follows the changes of the database, and makes the vectors of items that lack theirs, until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let catalogue = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = catalogue.follow() => {}
                () = catalogue.encode() => {}
                () = stop.cancelled() => {}
            }
        })
    }

    async fn follow(&self) {
        loop {
            let newest = store::current_number(&self.inner.store, items::REVISION).await;
            let followed = match newest {
                Ok(newest) if newest > self.inner.current.load().revision => self.refresh().await.map(|_| ()),
                Ok(_) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = followed {
                tracing::warn!(%error, "the catalogue can't be brought up to date; it goes on with what it has");
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }

    async fn encode(&self) {
        loop {
            if let Err(error) = self.make_vectors(&Progress::silent()).await {
                tracing::warn!(%error, "vectors of items can't be made; their words are searched");
                tokio::time::sleep(AFTER_A_FAILURE).await;
            }
            self.inner.changed.notified().await;
        }
    }

    /// Makes the vectors that are missing; those that were made before are remembered in the database.
    pub async fn make_vectors(&self, progress: &Progress) -> Result<(), CatalogueError> {
        let Some(encoders) = &self.inner.encoders else {
            return Ok(());
        };
        let snapshot = self.inner.current.load_full();
        self.encode_texts(&snapshot, "", encoders.own(), |entry| &entry.vector, progress)
            .await?;
        for (at, language) in self.inner.others.iter().enumerate() {
            if let Some(encoder) = encoders.of(language) {
                self.encode_texts(
                    &snapshot,
                    language,
                    encoder,
                    |entry| &entry.others[at].1,
                    progress,
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Makes the missing ones of the vectors that `vector_of` names, of the items' texts in a language.
    async fn encode_texts(
        &self,
        snapshot: &Snapshot,
        language: &str,
        encoder: &Encoder,
        vector_of: impl Fn(&Entry) -> &OnceLock<Vector>,
        progress: &Progress,
    ) -> Result<(), CatalogueError> {
        let entries = snapshot.entries.iter();
        let lacking: Vec<&Arc<Entry>> = entries.filter(|entry| vector_of(entry).get().is_none()).collect();
        for (index, entries) in lacking.chunks(ENCODED_AT_ONCE).enumerate() {
            progress.step("vectors", (index * ENCODED_AT_ONCE) as u64, lacking.len() as u64)?;
            let texts: Vec<String> = entries
                .iter()
                .map(|entry| vector_text(&entry.item, language))
                .collect();
            let vectors = cached_vectors(&self.inner.store, encoder, &texts, &Progress::silent()).await?;
            for (entry, vector) in entries.iter().zip(vectors) {
                let _ = vector_of(entry).set(vector);
            }
        }
        progress.step("vectors", lacking.len() as u64, lacking.len() as u64)?;
        Ok(())
    }

    /// An item on sale.
    pub fn get(&self, id: &str) -> Option<Arc<Item>> {
        self.inner.current.load().get(id).map(|entry| entry.item.clone())
    }

    /// All items on sale, by id; nothing is copied.
    pub fn all(&self) -> Arc<Vec<Arc<Item>>> {
        self.inner.current.load().items.clone()
    }

    /// The revision of the items that are served: it grows when any of them changes.
    pub fn revision(&self) -> i64 {
        self.inner.current.load().revision
    }

    /// All categories, the largest first.
    pub fn categories(&self) -> Arc<Vec<Category>> {
        self.inner.current.load().categories.clone()
    }

    /// All brands, the most frequent first.
    pub fn brands(&self) -> Arc<Vec<Count>> {
        self.inner.current.load().brands.clone()
    }

    /// The currency that most prices are in.
    pub fn currency(&self) -> Option<String> {
        self.inner.current.load().currency.clone()
    }

    /// The meaning of an item's text, once the encoder has had time for it.
    pub fn vector(&self, id: &str) -> Option<Vector> {
        self.inner.current.load().get(id)?.vector.get().cloned()
    }

    /// The same of its text in a language.
    pub fn vector_in(&self, id: &str, language: &str) -> Option<Vector> {
        self.inner.current.load().get(id)?.vector_in(language).cloned()
    }

    /// What categories and values are called in another language.
    pub fn labels(&self, language: &str) -> Arc<Labels> {
        let current = self.inner.current.load();
        let key = (current.revision, language.to_owned());
        let known = self.inner.labels.load();
        if let Some((_, labels)) = known.iter().find(|(made_of, _)| *made_of == key) {
            return labels.clone();
        }
        let labels = Arc::new(Labels::of(&current.items, language));
        let others = known.iter().filter(|((_, other), _)| other != language);
        let all = others.cloned().chain([(key, labels.clone())]).collect();
        self.inner.labels.store(Arc::new(all));
        labels
    }

    /// All variants of an item's product by id, itself among them.
    pub fn variants(&self, item: &Item) -> Vec<Arc<Item>> {
        let current = self.inner.current.load();
        match &item.group {
            Some(group) => {
                let places = current.of_group(group).iter();
                places.map(|at| current.entries[*at].item.clone()).collect()
            }
            None => self.get(&item.id).into_iter().collect(),
        }
    }

    /// The items whose texts mean what this one's does, the nearest first; variants of it are left out.
    pub fn similar(&self, id: &str, limit: usize) -> Vec<ItemHit> {
        let current = self.inner.current.load();
        let Some((entry, vector)) = current
            .get(id)
            .and_then(|entry| Some((entry, entry.vector.get()?)))
        else {
            return Vec::new();
        };
        let group = entry.item.group.as_ref();
        let others = current.entries.iter().filter(|other| {
            let same_group = group.is_some() && other.item.group.as_ref() == group;
            other.item.id != id && !same_group
        });
        let mut hits: Vec<ItemHit> = others
            .filter_map(|other| {
                Some(ItemHit {
                    item: other.item.clone(),
                    score: crate::dot::dot(other.vector.get()?, vector),
                    variants: 1,
                })
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(limit);
        hits
    }

    /// Finds items. `vector`: the meaning of the text, where it is known. Takes milliseconds of computing.
    pub fn search(&self, request: &SearchRequest, vector: Option<&[f32]>) -> SearchPage {
        let current = self.inner.current.load();
        let words = &self.inner.words;
        let lexical = words.matches(&request.text).and_then(|scores| {
            let same_id = match scores {
                Some(_) => words.with_id(&request.text)?,
                None => Default::default(),
            };
            let strange = words.has_strange_words(&request.text);
            Ok(Lexical {
                scores,
                strange,
                same_id,
            })
        });
        let lexical = lexical.unwrap_or_else(|error| {
            tracing::warn!(%error, "the product index failed");
            Lexical {
                scores: Some(Default::default()),
                strange: false,
                same_id: Default::default(),
            }
        });
        search::search(&current, request, &lexical, vector)
    }
}

#[cfg(test)]
mod tests;
