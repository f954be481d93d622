//! Recommendations as they are served: the trained sources and blend, and every shopper's events up to this moment.

mod known;
mod live;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::RecommendError;
use super::after::{AfterRanking, arrange, long_tail};
use super::erasure::Erased;
use super::event::{Event, Strength};
use super::events::{self, Erasure};
use super::hybrid::{Blend, Candidates, candidates};
use super::items::ItemFacts;
use super::reason::{Reason, Recommendation};
use super::request::{Asker, Request};
use super::snapshot::{self, Snapshot};
use super::source::{Shopper, best};
use super::trained::Trained;
use crate::catalog::{Catalogue, Item};
use crate::progress::{Cancelled, Progress};
use crate::store::{Millis, Store, now};
use known::Known;
use live::Live;

/// How often the database is asked for events and models of other processes.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Events that fade by half in this many days; also what training uses.
pub const HALF_LIFE_DAYS: f64 = 30.0;
/// Ranked items that after-ranking and filters choose from.
const RANKED: usize = 200;

/// Handle to the recommender; clones share it.
#[derive(Clone)]
pub struct Recommender {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    catalogue: Catalogue,
    data_dir: PathBuf,
    opened_at: Millis,
    after: AfterRanking,
    serving: ArcSwapOption<Serving>,
    live: RwLock<Live>,
    /// One follower at a time; it knows which erasures have been heard of since the start.
    following: tokio::sync::Mutex<HashSet<Erasure>>,
}

/// A snapshot, prepared for answers.
struct Serving {
    id: String,
    trained: Trained,
    blend: Blend,
    facts: Arc<Vec<ItemFacts>>,
    tail: Vec<bool>,
    /// counters.events when its events were read.
    revision: i64,
}

impl Recommender {
    /// Opens the newest snapshot in `data_dir` and takes up the events since.
    pub async fn open(
        store: Store,
        catalogue: Catalogue,
        data_dir: &Path,
        after: AfterRanking,
    ) -> Result<Self, RecommendError> {
        let inner = Inner {
            store,
            catalogue,
            data_dir: data_dir.to_owned(),
            opened_at: now(),
            after,
            serving: ArcSwapOption::default(),
            live: RwLock::default(),
            following: tokio::sync::Mutex::default(),
        };
        let recommender = Self {
            inner: Arc::new(inner),
        };
        recommender.follow_snapshot().await?;
        recommender.take_up_the_past().await?;
        recommender.follow().await?;
        Ok(recommender)
    }

    /// Stores events and takes them up: the next answer knows them. Events sent before are counted as known.
    pub async fn record(&self, events: &[(String, Event)]) -> Result<events::Recorded, RecommendError> {
        let recorded = events::record(&self.inner.store, events).await?;
        self.follow().await?;
        Ok(recorded)
    }

    /// Takes up the newest snapshot and all events that are new.
    pub async fn follow(&self) -> Result<(), RecommendError> {
        let mut heard = self.inner.following.lock().await;
        self.follow_snapshot().await?;
        self.follow_erasures(&mut heard).await?;
        let known = self.live().revision;
        for event in events::after(&self.inner.store, known).await? {
            self.live_mut().add(event);
        }
        Ok(())
    }

    /// Dismissals, and sessions that were running when the server stopped: a snapshot has neither.
    async fn take_up_the_past(&self) -> Result<(), RecommendError> {
        let store = &self.inner.store;
        let known = self.live().revision;
        let mut past = events::dismissals(store, known).await?;
        past.extend(events::since(store, now() - Strength::default().session_gap, known).await?);
        past.sort_by_key(|stored| (stored.revision, stored.event.at));
        past.dedup();
        let mut live = self.live_mut();
        past.into_iter().for_each(|stored| live.add(stored));
        Ok(())
    }

    async fn follow_snapshot(&self) -> Result<(), RecommendError> {
        let inner = &self.inner;
        let Some(newest) = snapshot::newest(&inner.store).await? else {
            return Ok(());
        };
        if inner
            .serving
            .load()
            .as_ref()
            .is_some_and(|serving| serving.id == newest.id)
        {
            return Ok(());
        }
        let file = inner.data_dir.join(&newest.file);
        let loaded = tokio::task::spawn_blocking(move || Snapshot::load(&file)).await;
        let loaded = loaded.map_err(|error| RecommendError::Snapshot(error.to_string()))?;
        let Snapshot {
            trained,
            blend,
            facts,
        } = match loaded {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::warn!(%error, "a recommender can't be read; training makes another");
                return Ok(());
            }
        };
        let gone = events::erased_since(&inner.store, newest.created_at).await?;
        let gone = gone.into_iter().map(|(hash, _)| hash).collect();
        let trained = self.without_all(trained, facts.clone(), gone).await?;
        let serving = Serving {
            id: newest.id,
            tail: long_tail(trained.popularity()),
            trained,
            blend,
            facts,
            revision: newest.revision,
        };
        self.live_mut().forget_up_to(newest.revision);
        tracing::info!(
            items = serving.facts.len(),
            revision = serving.revision,
            "recommender in service"
        );
        inner.serving.store(Some(Arc::new(serving)));
        Ok(())
    }

    /// Follows events and snapshots of other processes until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let recommender = self.clone();
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                tokio::select! {
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                    () = stop.cancelled() => return,
                }
                if let Err(error) = recommender.follow().await {
                    tracing::warn!(%error, "the recommender can't be brought up to date; it goes on with what it has");
                }
            }
        })
    }

    /// What fits, best first. Without a trained recommender it is the catalogue's newest items.
    pub fn recommend(&self, asker: Asker<'_>, request: &Request) -> Vec<Recommendation> {
        let request = &self.without_dismissed(asker, request);
        let Some(serving) = self.inner.serving.load_full() else {
            return self.newest(request);
        };
        let known = Known::of(asker, &serving, &self.live());
        let catalogue = &self.inner.catalogue;
        let items = &serving.trained.data.items;
        let allowed = |number: u32| {
            !known.excluded.contains(&number)
                && catalogue
                    .get(items.name(number))
                    .is_some_and(|item| request.lets_through(&item))
        };
        let shopper = Shopper {
            number: known.number,
            history: &known.history,
            session: &known.session,
        };
        let found = candidates(&serving.trained, &shopper, &allowed);
        let mut ranked: Vec<(u32, f32)> = found
            .items
            .iter()
            .copied()
            .zip(serving.blend.rate(&found))
            .collect();
        best(&mut ranked, RANKED);
        let list = arrange(
            &ranked,
            request.n,
            self.inner.after,
            &serving.facts,
            &serving.tail,
        );
        let mut list: Vec<Recommendation> = list
            .into_iter()
            .filter_map(|rated| self.explained(rated, &found, &serving, &known))
            .collect();
        self.fill_up(&mut list, request, |id| {
            let number = items.number(id);
            number.is_some_and(|number| known.excluded.contains(&number))
        });
        list
    }

    /// Items like `item`: by what the same shoppers want, then by text.
    pub fn neighbors(&self, item: &str, request: &Request) -> Vec<Recommendation> {
        let Some(serving) = self.inner.serving.load_full() else {
            return Vec::new();
        };
        let Some(number) = serving.trained.data.items.number(item) else {
            return Vec::new();
        };
        let (by_shoppers, by_text) = serving.trained.alike();
        let mut scores: HashMap<u32, (f32, bool)> = HashMap::new();
        for (lists, together) in [(Some(by_shoppers), true), (by_text, false)] {
            let near = lists
                .map(|lists| lists.nearest(number, RANKED))
                .unwrap_or_default();
            let top = near.first().map_or(1.0, |(_, score)| *score);
            for (other, score) in near {
                let entry = scores.entry(other).or_insert((0.0, together));
                entry.0 += score / top;
            }
        }
        let mut ranked: Vec<(u32, f32)> = scores
            .iter()
            .map(|(other, (score, _))| (*other, *score))
            .collect();
        best(&mut ranked, RANKED);
        let names = &serving.trained.data.items;
        ranked
            .into_iter()
            .filter_map(|(other, score)| {
                let found = self.inner.catalogue.get(names.name(other))?;
                let reason = if scores[&other].1 {
                    Reason::OftenTogether
                } else {
                    Reason::Like
                };
                request
                    .lets_through(&found)
                    .then(|| Recommendation::new(found, score, reason, Some(item.to_owned())))
            })
            .take(request.n)
            .collect()
    }

    /// Erases a shopper: their events, their part in what is served from this moment on, and their influence on every
    /// model, before this returns.
    pub async fn erase(&self, shopper: &str) -> Result<Erased, RecommendError> {
        let start = Instant::now();
        let events = events::erase(&self.inner.store, shopper).await?;
        let mut heard = self.inner.following.lock().await;
        let interactions = self.inner.serving.load_full().map_or(0, |serving| {
            let data = &serving.trained.data;
            let number = data.shoppers.number(shopper);
            number.map_or(0, |number| data.by_shopper.columns(number).len())
        });
        self.follow_erasures(&mut heard).await?;
        Ok(Erased::of(events, interactions, start))
    }

    /// Takes out those who were erased since the last time, by whichever process.
    async fn follow_erasures(&self, heard: &mut HashSet<Erasure>) -> Result<(), RecommendError> {
        let mut new = events::erased_since(&self.inner.store, self.inner.opened_at).await?;
        new.retain(|erasure| !heard.contains(erasure));
        if new.is_empty() {
            return Ok(());
        }
        self.take_out(new.iter().map(|(hash, _)| hash.clone()).collect())
            .await?;
        heard.extend(new);
        Ok(())
    }

    async fn take_out(&self, gone: Vec<String>) -> Result<(), RecommendError> {
        self.live_mut().forget(&gone);
        let Some(serving) = self.inner.serving.load_full() else {
            return Ok(());
        };
        let trained = self
            .without_all(serving.trained.clone(), serving.facts.clone(), gone)
            .await?;
        let next = Serving {
            id: serving.id.clone(),
            tail: long_tail(trained.popularity()),
            trained,
            blend: serving.blend.clone(),
            facts: serving.facts.clone(),
            revision: serving.revision,
        };
        self.inner.serving.store(Some(Arc::new(next)));
        Ok(())
    }

    /// The sources without the shoppers of these hashes.
    async fn without_all(
        &self,
        mut trained: Trained,
        facts: Arc<Vec<ItemFacts>>,
        gone: Vec<String>,
    ) -> Result<Trained, RecommendError> {
        if gone.is_empty() {
            return Ok(trained);
        }
        let work = tokio::task::spawn_blocking(move || {
            let names = trained.data.shoppers.names().to_vec();
            for (number, _) in (0u32..)
                .zip(names)
                .filter(|(_, name)| gone.contains(&events::hash(name)))
            {
                if trained.data.by_shopper.columns(number).is_empty() {
                    continue;
                }
                trained = trained.without(number, &facts, &Progress::silent())?;
            }
            Ok::<_, Cancelled>(trained)
        });
        Ok(work
            .await
            .map_err(|error| RecommendError::Snapshot(error.to_string()))??)
    }

    /// What somebody does not want to see comes from no source: not from the newest items either, which no model knows.
    fn without_dismissed(&self, asker: Asker<'_>, request: &Request) -> Request {
        let mut request = request.clone();
        match asker {
            Asker::Known(shopper) => {
                let live = self.live();
                let dismissed = live.dismissed.get(shopper);
                request.exclude.extend(dismissed.into_iter().flatten().cloned());
            }
            Asker::Session(events) => {
                let dismissed = events.iter().filter(|event| !event.kind.is_positive());
                request.exclude.extend(dismissed.map(|event| event.item.clone()));
            }
        }
        request
    }

    fn explained(
        &self,
        (item, score): (u32, f32),
        found: &Candidates,
        serving: &Serving,
        known: &Known,
    ) -> Option<Recommendation> {
        let names = &serving.trained.data.items;
        let product = self.inner.catalogue.get(names.name(item))?;
        let place = found.items.binary_search(&item).ok()?;
        let sources = serving.trained.sources();
        let source = sources.get(usize::from(found.best_source[place]))?;
        let (by_shoppers, by_text) = serving.trained.alike();
        let lists = [Some(by_shoppers), by_text];
        let because = known
            .closest_to(item, &lists)
            .map(|number| names.name(number).to_owned());
        let reason = Reason::of(source.name(), because.is_some());
        let because = because.filter(|_| reason.names_an_item());
        Some(Recommendation::new(product, score, reason, because))
    }

    /// Where too little was found, the catalogue's newest items come last. `had`: whether the shopper had one already.
    fn fill_up(&self, list: &mut Vec<Recommendation>, request: &Request, had: impl Fn(&str) -> bool) {
        if list.len() >= request.n {
            return;
        }
        let mut exclude = request.exclude.clone();
        exclude.extend(list.iter().map(|known| known.item.id.clone()));
        let all = self.inner.catalogue.all();
        exclude.extend(all.iter().map(|item| &item.id).filter(|id| had(id)).cloned());
        let rest = Request {
            n: request.n - list.len(),
            filter: request.filter.clone(),
            exclude,
        };
        list.extend(self.newest(&rest));
    }

    fn newest(&self, request: &Request) -> Vec<Recommendation> {
        let all = self.inner.catalogue.all();
        let mut items: Vec<&Arc<Item>> = all.iter().filter(|item| request.lets_through(item)).collect();
        items.sort_by(|a, b| b.created_at.cmp(&a.created_at).then(a.id.cmp(&b.id)));
        // One of each product: sizes and colours of one thing are no choice.
        let mut groups = HashSet::new();
        items.retain(|item| {
            item.group
                .as_ref()
                .is_none_or(|group| groups.insert(group.clone()))
        });
        let newest = items.into_iter().take(request.n);
        newest
            .map(|item| Recommendation::new(item.clone(), 0.0, Reason::New, None))
            .collect()
    }

    fn live(&self) -> std::sync::RwLockReadGuard<'_, Live> {
        self.inner.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_mut(&self) -> std::sync::RwLockWriteGuard<'_, Live> {
        self.inner.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}
