//! Personal offers in service: choose for a shopper, settle what came of it, follow what other servers learnt.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::context::{Context, refusal};
use super::decision_rows::{self, StoredDecision};
use super::eligible::{Floor, eligible};
use super::learner::{Asked, Candidate, Learner};
use super::policy_rows::{self, StoredLearner};
use super::settings::PersonalSettings;
use super::{OfferError, pacing, rounds};
use crate::promotions::Promotions;
use crate::promotions::campaign::{Campaign, MinorUnits};
use crate::promotions::choice::{ChoiceError, Decision, ExposureCap, Group, HoldOut, Rules};
use crate::promotions::outcome::{Occasion, Outcome};
use crate::store::{Millis, Store, StoreError, new_id, now};

/// How often it is looked for what came of decisions, and for what other servers learnt.
const WATCH_EVERY: Duration = Duration::from_secs(60);
/// Names of segments that are remembered as told of.
const MOST_TOLD: usize = 1_000;

/// Which personal offer to show.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PersonalOffer {
    pub decision_id: String,
    /// `null`: show none.
    pub campaign: Option<String>,
    /// The probability with which it was chosen.
    pub propensity: f64,
    /// Another than the one that is believed best.
    pub explored: bool,
    /// Chosen as the offer that is best for all: the learned choice was not ahead of it.
    pub fell_back: bool,
    /// The customer is of the group that is shown none, so that it can be told what offers bring.
    pub held_out: bool,
}

/// Handle to the personal offers; clones share everything.
#[derive(Clone)]
pub struct PersonalOffers {
    inner: Arc<Inner>,
    costs: Arc<Costs>,
}

pub(super) struct Inner {
    pub store: Store,
    pub promotions: Promotions,
    pub settings: PersonalSettings,
    /// By currency.
    learners: ArcSwap<HashMap<String, Arc<StoredLearner>>>,
    /// Segments of protected attributes that the log tells of already.
    told: Mutex<HashSet<String>>,
}

/// What a piece of an item costs the shop, if that is known.
type Costs = dyn Fn(&str) -> Option<MinorUnits> + Send + Sync;

impl PersonalOffers {
    /// What was learnt is loaded by [`Self::watch`], or by the first choice.
    pub fn new(store: Store, promotions: Promotions, settings: PersonalSettings) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                promotions,
                settings,
                learners: ArcSwap::default(),
                told: Mutex::default(),
            }),
            costs: Arc::new(|_| None),
        }
    }

    /// The same, with what items cost the shop: no offer is shown that would leave less than the margin's floor.
    pub fn with_costs(self, costs: impl Fn(&str) -> Option<MinorUnits> + Send + Sync + 'static) -> Self {
        Self {
            costs: Arc::new(costs),
            ..self
        }
    }

    /// Takes up what is learnt, settles decisions and paces budgets, until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let offers = self.clone();
        tokio::spawn(async move {
            loop {
                let done = async {
                    offers.follow().await?;
                    offers.settle(now()).await
                };
                if let Err(error) = done.await {
                    tracing::warn!(%error, "what came of personal offers can't be learnt");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                }
            }
        })
    }

    /// Takes up what other servers learnt.
    pub async fn follow(&self) -> Result<(), OfferError> {
        let mut connection = self.inner.connection().await?;
        for (currency, revision) in policy_rows::revisions(&mut connection).await? {
            if self
                .inner
                .known(&currency)
                .is_none_or(|known| known.revision != revision)
                && let Some(stored) = policy_rows::load(&mut connection, &currency).await?
            {
                self.inner.take_up(&currency, stored);
            }
        }
        Ok(())
    }

    /// Settles decisions whose window is over at `now`, learns from them and paces budgets; says how many it settled.
    /// Doing it again, or on several servers at once, settles nothing twice. Only whole windows are looked at: offers
    /// whose orders come fast would seem better than they are while those of the slow ones are still to come.
    pub async fn settle(&self, now: Millis) -> Result<u64, OfferError> {
        rounds::settle_all(&self.inner, now).await
    }

    /// Chooses what to show for an occasion, and writes the decision down. `outcome`: what the occasion's cart qualifies
    /// for. Of a shopper whom nobody knows nothing is kept, and nothing can be learnt.
    pub async fn choose(&self, occasion: &Occasion, outcome: &Outcome) -> Result<PersonalOffer, OfferError> {
        let inner = &self.inner;
        let mut campaigns = eligible(outcome, &inner.promotions.campaigns(), occasion.at);
        let floor = Floor {
            costs: self.costs.as_ref(),
            margin: inner.settings.margin_floor,
        };
        campaigns.retain(|campaign| floor.admits(campaign, occasion));
        let shopper = occasion.shopper.id.as_deref();
        let mut connection = inner.connection().await?;
        let mut shown = 0;
        if let Some(shopper) = shopper {
            if let Some(last) = decision_rows::latest(&mut connection, shopper).await?
                && inner.still_stands(&last, occasion, &campaigns)
            {
                return Ok(PersonalOffer::of(&last));
            }
            let since = occasion.at.saturating_sub(inner.settings.rules.cap.period_millis);
            shown = decision_rows::shown_since(&mut connection, shopper, since).await?;
        }
        let spent = pacing::spent(&mut connection, &campaigns).await?;
        let currency = &occasion.cart.currency;
        if inner.known(currency).is_none()
            && let Some(stored) = policy_rows::load(&mut connection, currency).await?
        {
            inner.take_up(currency, stored);
        }
        drop(connection);
        inner.tell_of_refused(&occasion.shopper.segments);
        let learner = inner.learner(currency, &campaigns)?;
        let context = Context::of(occasion, &inner.settings.time_zone);
        let asked = Asked {
            rules: &inner.rules(shopper),
            shopper: shopper.unwrap_or_default(),
            shown,
            context: &context,
            campaigns: &campaigns,
            spent: &spent,
            at: occasion.at,
        };
        let (decision, candidates) = learner.learner.decide(&asked, &mut rand::rng())?;
        let stored = stored(occasion, context, &decision, candidates);
        decision_rows::insert(&inner.store, &stored).await?;
        Ok(PersonalOffer::of(&stored))
    }
}

#[cfg(test)]
impl PersonalOffers {
    /// Decisions learnt from in a currency, as far as this server knows.
    pub fn learnt(&self, currency: &str) -> u64 {
        self.inner
            .known(currency)
            .map_or(0, |known| known.learner.learnt())
    }
}

impl Inner {
    pub async fn connection(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Any>, StoreError> {
        self.store.reader().acquire().await.map_err(StoreError::from)
    }

    pub fn known(&self, currency: &str) -> Option<Arc<StoredLearner>> {
        self.learners.load().get(currency).cloned()
    }

    /// An older state than the known one is not taken up.
    pub fn take_up(&self, currency: &str, stored: StoredLearner) {
        let stored = Arc::new(stored);
        self.learners.rcu(|known| {
            let mut learners = HashMap::clone(known);
            let is_newer = |known: &Arc<StoredLearner>| known.revision <= stored.revision;
            if learners.get(currency).is_none_or(is_newer) {
                learners.insert(currency.to_owned(), stored.clone());
            }
            learners
        });
    }

    /// What was learnt, with room for these campaigns.
    fn learner(
        &self,
        currency: &str,
        campaigns: &[Arc<Campaign>],
    ) -> Result<Arc<StoredLearner>, ChoiceError> {
        let known = match self.known(currency) {
            Some(known) if known.learner.knows(campaigns) => return Ok(known),
            Some(known) => StoredLearner::clone(&known),
            None => StoredLearner {
                revision: 0,
                learner: Learner::new(&self.settings)?,
            },
        };
        let mut known = known;
        known.learner.meet(campaigns);
        self.take_up(currency, known.clone());
        Ok(Arc::new(known))
    }

    /// Nobody can tell what comes of an offer to someone unknown: they are neither held out nor counted.
    fn rules(&self, shopper: Option<&str>) -> Rules {
        match shopper {
            Some(_) => self.settings.rules.clone(),
            None => Rules {
                hold_out: HoldOut {
                    share: 0.0,
                    salt: String::new(),
                },
                cap: ExposureCap {
                    most: u32::MAX,
                    ..self.settings.rules.cap
                },
            },
        }
    }

    /// Whether the last decision is of this visit and can still be shown.
    fn still_stands(&self, last: &StoredDecision, occasion: &Occasion, campaigns: &[Arc<Campaign>]) -> bool {
        let is_of_visit = occasion.at.saturating_sub(last.at) < self.settings.visit;
        let can_be_shown = last
            .chosen
            .as_ref()
            .is_none_or(|chosen| campaigns.iter().any(|campaign| campaign.id == *chosen));
        is_of_visit
            && can_be_shown
            && last.currency == occasion.cart.currency
            // Where nothing was eligible there may be something now.
            && last.group != Group::Empty
    }

    /// Tells the log, once each, which segments stay out of the choice.
    fn tell_of_refused(&self, segments: &BTreeSet<String>) {
        let Ok(mut told) = self.told.lock() else { return };
        for segment in segments {
            let Some(ground) = refusal(segment) else { continue };
            if told.len() < MOST_TOLD && told.insert(segment.clone()) {
                tracing::warn!(%segment, ground, "a protected attribute: the segment has no part in personal offers");
            }
        }
    }
}

impl PersonalOffer {
    fn of(decision: &StoredDecision) -> Self {
        Self {
            decision_id: decision.id.clone(),
            campaign: decision.chosen.clone(),
            propensity: decision.propensity,
            explored: decision.explored,
            fell_back: decision.fell_back,
            held_out: decision.group == Group::HeldOut,
        }
    }
}

fn stored(
    occasion: &Occasion,
    context: Context,
    decision: &Decision,
    eligible: Vec<Candidate>,
) -> StoredDecision {
    let choice = decision.choice.as_ref();
    StoredDecision {
        id: new_id(),
        shopper: occasion.shopper.id.clone(),
        at: occasion.at,
        group: decision.group,
        currency: occasion.cart.currency.clone(),
        context,
        eligible,
        chosen: decision.offer().map(str::to_owned),
        propensity: decision.propensity(),
        explored: choice.is_some_and(|choice| choice.explored),
        fell_back: choice.is_some_and(|choice| choice.fell_back),
    }
}
