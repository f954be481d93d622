//! Rounds of settling: a batch of decisions, what is learnt of it and the pacing of budgets are stored in one transaction.
//! Learning goes on beside the database; the state's revision tells whether another server was quicker, whose work then
//! stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::decision_rows::{self, Settled, StoredDecision};
use super::learner::{Learner, Lesson, MOST_FITTED};
use super::policy_rows::{self, StoredLearner};
use super::service::Inner;
use super::settle::settled;
use super::{OfferError, pacing};
use crate::promotions::campaign::Campaign;
use crate::promotions::choice::Group;
use crate::promotions::redemptions;
use crate::store::{Millis, StoreError};

/// Decisions of one transaction.
const BATCH: i64 = 500;

/// A currency's state to be stored, as the next after `revision`.
struct Next {
    revision: i64,
    learner: Learner,
    settled: Vec<Settled>,
}

/// Settles everything whose window is over; says how many decisions.
pub async fn settle_all(inner: &Arc<Inner>, now: Millis) -> Result<u64, OfferError> {
    let until = now.saturating_sub(inner.settings.window);
    let paced: Vec<Arc<Campaign>> = inner
        .promotions
        .campaigns()
        .into_iter()
        .filter(|campaign| pacing::is_paced(campaign, now))
        .collect();
    let mut connection = inner.connection().await?;
    let waiting = decision_rows::open_currencies(&mut connection, until).await?;
    drop(connection);
    let of_paced = paced.iter().filter_map(|campaign| campaign.currency.clone());
    let currencies: BTreeSet<String> = waiting.into_iter().chain(of_paced).collect();
    let mut count = 0;
    for currency in currencies {
        while let Some(settled) = settle_batch(inner, &currency, &paced, now).await? {
            count += settled as u64;
            if settled < BATCH as usize {
                break;
            }
        }
        fit_again(inner, &currency).await?;
    }
    Ok(count)
}

/// Settles one batch; `None` when another server was quicker: what is left waits for the next round.
async fn settle_batch(
    inner: &Arc<Inner>,
    currency: &str,
    paced: &[Arc<Campaign>],
    now: Millis,
) -> Result<Option<usize>, OfferError> {
    let mut connection = inner.connection().await?;
    let stored = policy_rows::load(&mut connection, currency).await?;
    let until = now.saturating_sub(inner.settings.window);
    let decisions = decision_rows::open(&mut connection, currency, until, BATCH).await?;
    let mut orders = decision_rows::orders_after(&mut connection, &decisions, inner.settings.window).await?;
    for order in &mut orders {
        let returned = redemptions::roll_backs(&mut connection, &order.redemption).await?;
        if let Some(last) = returned.into_iter().next_back() {
            order.outcome = last.outcome.left;
        }
    }
    let paced: Vec<Arc<Campaign>> = paced
        .iter()
        .filter(|campaign| campaign.currency.as_deref() == Some(currency))
        .cloned()
        .collect();
    let spent = pacing::spent(&mut connection, &paced).await?;
    drop(connection);
    let settled = settled(&decisions, &orders);
    let settings = inner.settings.clone();
    let learning = tokio::task::spawn_blocking(move || -> Result<_, OfferError> {
        let (revision, mut learner) = match stored {
            Some(stored) => (stored.revision, stored.learner),
            None => (0, Learner::new(&settings)?),
        };
        let is_paced = pacing::step(&mut learner.paced, &paced, &spent, now, settings.pacing)?;
        for (decision, settled) in decisions.into_iter().zip(&settled) {
            learn(&mut learner, decision, settled);
        }
        let is_changed = is_paced || !settled.is_empty();
        let next = Next {
            revision,
            learner,
            settled,
        };
        Ok((next, is_changed))
    });
    let (next, is_changed) = learning.await.map_err(|_| OfferError::Thread)??;
    match is_changed {
        true => store(inner, currency, next).await,
        false => Ok(Some(0)),
    }
}

/// Decisions that can't be learnt from are settled all the same: they would come again in every round.
fn learn(learner: &mut Learner, decision: StoredDecision, settled: &Settled) {
    if decision.group != Group::Chosen {
        return;
    }
    let lesson = Lesson {
        context: decision.context,
        eligible: decision.eligible,
        chosen: decision.chosen,
        propensity: decision.propensity,
        reward: settled.reward,
        cost: settled.cost,
    };
    if let Err(error) = learner.learn(&lesson) {
        tracing::warn!(%error, decision = %decision.id, "a personal offer can't be learnt from");
    }
}

/// Fits the scales of contexts again when there is much more to see.
async fn fit_again(inner: &Arc<Inner>, currency: &str) -> Result<(), OfferError> {
    let Some(known) = inner.known(currency).filter(|known| known.learner.wants_fit()) else {
        return Ok(());
    };
    let mut connection = inner.connection().await?;
    let lessons = decision_rows::lessons(&mut connection, currency, MOST_FITTED as i64).await?;
    drop(connection);
    let settings = inner.settings.clone();
    let revision = known.revision;
    let fitting = tokio::task::spawn_blocking(move || known.learner.refitted(&lessons, &settings));
    let next = Next {
        revision,
        learner: fitting.await.map_err(|_| OfferError::Thread)??,
        settled: Vec::new(),
    };
    store(inner, currency, next).await?;
    Ok(())
}

/// Stores a state with the decisions that it learnt from: both or neither.
async fn store(inner: &Arc<Inner>, currency: &str, next: Next) -> Result<Option<usize>, OfferError> {
    let state = serde_json::to_string(&next.learner).map_err(StoreError::from)?;
    let mut transaction = inner.store.begin().await?;
    let is_saved = policy_rows::save(&mut transaction, currency, next.revision, &state).await?;
    let count = match is_saved {
        true => decision_rows::settle(&mut transaction, &next.settled).await?,
        false => 0,
    };
    if !is_saved || count != next.settled.len() {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(None);
    }
    transaction.commit().await.map_err(StoreError::from)?;
    let stored = StoredLearner {
        revision: next.revision + 1,
        learner: next.learner,
    };
    inner.take_up(currency, stored);
    Ok(Some(count))
}
