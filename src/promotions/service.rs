//! The promotions in service: follow the campaigns of the database, evaluate carts, redeem and roll back.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::campaign::{Campaign, Codes, State};
use super::campaigns::{self, Saved};
use super::cart::{Cart, Facts};
use super::codes::code_key;
use super::engine::Engine;
use super::evaluation::{Evaluation, Refused};
use super::ledger::{self, Kind, LedgerRow};
use super::outcome::{Occasion, Outcome};
use super::reason::Reason;
use super::redemptions::{self, Redemption, RollBack};
use super::roll_back::{Returned, RollBackOutcome, roll_back};
use super::till::{self, HoldRequest, QUEUE, Redeem, Redeemed, Request, Wanted};
use super::usage::{self, Entry, Sums, add};
use super::{PromotionError, code_rows, holds};
use crate::progress::Progress;
use crate::store::{Millis, Store, StoreError, new_id, now};

/// How often the database is asked whether campaigns changed or holds ran out of time.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Two roll-backs of one redemption at once: the later one looks again.
const ATTEMPTS: usize = 5;

/// Handle to the promotions; clones share everything.
#[derive(Clone)]
pub struct Promotions {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    most_offers: usize,
    current: ArcSwap<Current>,
    till: mpsc::Sender<Request>,
}

/// Campaigns of one revision.
struct Current {
    revision: i64,
    engine: Engine,
}

/// A redemption as it is asked for.
#[derive(Debug, Clone, Default)]
pub struct RedemptionRequest {
    pub occasion: Occasion,
    /// The same key again gets the first answer.
    pub idempotency_key: Option<String>,
    /// Tells this request from another with the same key: a hash of what was sent.
    pub fingerprint: String,
    pub order: Option<String>,
    pub session: Option<String>,
}

/// A roll-back as it is asked for.
#[derive(Debug, Clone, Default)]
pub struct RollBackRequest {
    pub redemption: String,
    pub returned: Returned,
    pub idempotency_key: Option<String>,
    pub fingerprint: String,
}

impl Promotions {
    /// Opens the promotions with the campaigns that the database holds. `most_offers`: of one cart.
    pub async fn open(store: Store, most_offers: usize) -> Result<Self, PromotionError> {
        let (till, requests) = mpsc::channel(QUEUE);
        tokio::spawn(till::serve(store.clone(), most_offers, requests));
        let promotions = Self {
            inner: Arc::new(Inner {
                store,
                most_offers,
                current: ArcSwap::from_pointee(Current {
                    revision: -1,
                    engine: Engine::new(Vec::new(), most_offers),
                }),
                till,
            }),
        };
        promotions.follow().await?;
        Ok(promotions)
    }

    /// Follows changes of campaigns, and ends holds that ran out of time, until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let promotions = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                }
                if let Err(error) = promotions.look_after().await {
                    tracing::warn!(%error, "campaigns can't be brought up to date");
                }
            }
        })
    }

    async fn look_after(&self) -> Result<(), PromotionError> {
        self.follow().await?;
        let mut connection = self.connection().await?;
        let any_expired = holds::any_expired(&mut connection, now()).await?;
        drop(connection);
        if any_expired {
            let (answer, answered) = oneshot::channel();
            self.ask(Request::Release(None, answer), answered).await?;
        }
        Ok(())
    }

    /// Takes up campaigns that changed.
    pub async fn follow(&self) -> Result<(), PromotionError> {
        let mut connection = self.connection().await?;
        if campaigns::revision(&mut connection).await? == self.inner.current.load().revision {
            return Ok(());
        }
        let (stored, revision) = campaigns::all(&mut connection).await?;
        let engine = Engine::new(campaigns::shared(stored), self.inner.most_offers);
        self.inner.current.store(Arc::new(Current { revision, engine }));
        Ok(())
    }

    /// All campaigns, in the order in which they are applied.
    pub fn campaigns(&self) -> Vec<Arc<Campaign>> {
        self.inner.current.load().engine.campaigns().to_vec()
    }

    pub fn campaign(&self, id: &str) -> Option<Arc<Campaign>> {
        self.inner.current.load().engine.campaign(id).cloned()
    }

    /// Saves campaigns, all or none; they count from now on.
    pub async fn save(&self, campaigns: &[Campaign]) -> Result<Saved, PromotionError> {
        let saved = campaigns::save(&self.inner.store, campaigns).await?;
        self.follow().await?;
        Ok(saved)
    }

    /// `None`: there is no such campaign.
    pub async fn set_state(&self, id: &str, state: State) -> Result<Option<Campaign>, PromotionError> {
        let changed = campaigns::set_state(&self.inner.store, id, state).await?;
        self.follow().await?;
        Ok(changed)
    }

    /// Makes codes of a campaign that has codes of its own; says their batch.
    pub async fn make_codes(
        &self,
        id: &str,
        count: u64,
        progress: &Progress,
    ) -> Result<String, PromotionError> {
        let campaign = self
            .campaign(id)
            .ok_or_else(|| PromotionError::NoCampaign(id.to_owned()))?;
        let Codes::Unique { pattern, .. } = &campaign.codes else {
            return Err(PromotionError::NoOwnCodes(id.to_owned()));
        };
        code_rows::make(&self.inner.store, id, pattern, count, progress).await
    }

    /// The best price for a cart as things stand; nothing is used up or kept back. `session`: whose hold counts as free.
    pub async fn evaluate(
        &self,
        occasion: &Occasion,
        session: Option<&str>,
    ) -> Result<Evaluation, PromotionError> {
        let (current, facts) = self.facts(occasion, session).await?;
        Ok(current.engine.evaluate(&occasion.cart, &facts)?)
    }

    /// The best price with the offers that shoppers are told of, entered or not, and a way to ask the same for other
    /// carts of the same shopper and moment. An advertised code that nobody entered is not refused: it is within reach,
    /// or nothing is said of it.
    pub async fn qualify(
        &self,
        occasion: &Occasion,
        session: Option<&str>,
    ) -> Result<
        (
            Evaluation,
            impl Fn(&Cart) -> Result<Evaluation, PromotionError> + use<>,
        ),
        PromotionError,
    > {
        let told = self.told_codes(&occasion.codes);
        let all = Occasion {
            codes: occasion.codes.iter().chain(&told).cloned().collect(),
            ..occasion.clone()
        };
        let (current, facts) = self.facts(&all, session).await?;
        let evaluate = move |cart: &Cart| {
            let mut evaluation = current.engine.evaluate(cart, &facts)?;
            let is_told = |refused: &Refused| refused.code.as_ref().is_some_and(|code| told.contains(code));
            let (unasked, asked): (Vec<_>, Vec<_>) = evaluation.refused.into_iter().partition(is_told);
            evaluation.refused = asked;
            let within_reach = unasked
                .into_iter()
                .filter(|refused| refused.reasons.iter().all(Reason::is_near));
            evaluation.near.extend(within_reach);
            Ok(evaluation)
        };
        Ok((evaluate(&occasion.cart)?, evaluate))
    }

    /// Codes that shoppers are told of, without those they entered.
    fn told_codes(&self, entered: &[String]) -> Vec<String> {
        let entered: Vec<String> = entered.iter().map(|code| code_key(code)).collect();
        let current = self.inner.current.load();
        let told = current
            .engine
            .campaigns()
            .iter()
            .filter(|campaign| campaign.advertised);
        told.filter_map(|campaign| match &campaign.codes {
            Codes::Public { code } if !entered.contains(&code_key(code)) => Some(code.clone()),
            _ => None,
        })
        .collect()
    }

    async fn facts(
        &self,
        occasion: &Occasion,
        session: Option<&str>,
    ) -> Result<(Arc<Current>, Facts), PromotionError> {
        let current = self.inner.current.load_full();
        let mut connection = self.connection().await?;
        let keys = till::code_keys(std::iter::once(occasion));
        let codes = code_rows::of_keys(&mut connection, &keys).await?;
        let subjects = till::subjects_of(&current.engine, occasion, &codes);
        let mut sums = usage::read(&mut connection, &subjects).await?;
        if let Some(session) = session
            && let Some(hold) = holds::of_session(&mut connection, session).await?
        {
            hold.entries
                .iter()
                .for_each(|entry| add(&mut sums, &entry.reversed()));
        }
        let facts = till::facts(&current.engine, occasion, &codes, &sums);
        Ok((current, facts))
    }

    /// Keeps back for a session what its cart would use, until `expires_at`.
    pub async fn hold(
        &self,
        occasion: Occasion,
        session: &str,
        expires_at: Millis,
    ) -> Result<Outcome, PromotionError> {
        let (answer, answered) = oneshot::channel();
        let request = Request::Hold(Box::new(HoldRequest {
            wanted: Wanted {
                occasion,
                session: Some(session.to_owned()),
            },
            session: session.to_owned(),
            expires_at,
            answer,
        }));
        self.ask(request, answered).await
    }

    /// Ends a session's hold; `false` when it has none.
    pub async fn release(&self, session: &str) -> Result<bool, PromotionError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Request::Release(Some(session.to_owned()), answer), answered)
            .await
    }

    /// Uses campaigns up for a cart, once; on disk when this returns. A cart whose code is refused is not redeemed.
    pub async fn redeem(&self, request: RedemptionRequest) -> Result<Redeemed, PromotionError> {
        let (answer, answered) = oneshot::channel();
        let request = Request::Redeem(Box::new(Redeem {
            wanted: Wanted {
                occasion: request.occasion,
                session: request.session,
            },
            idempotency_key: request.idempotency_key,
            fingerprint: request.fingerprint,
            order: request.order,
            answer,
        }));
        self.ask(request, answered).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        answered: oneshot::Receiver<Result<T, PromotionError>>,
    ) -> Result<T, PromotionError> {
        self.inner
            .till
            .try_send(request)
            .map_err(|_| PromotionError::Busy)?;
        answered.await.map_err(|_| PromotionError::Till)?
    }

    pub async fn redemption(&self, id: &str) -> Result<Option<(Redemption, Vec<RollBack>)>, PromotionError> {
        let mut connection = self.connection().await?;
        let Some(redemption) = redemptions::of_id(&mut connection, id).await? else {
            return Ok(None);
        };
        let roll_backs = redemptions::roll_backs(&mut connection, id).await?;
        Ok(Some((redemption, roll_backs)))
    }

    /// Newest first.
    pub async fn redemptions(&self, wanted: &redemptions::Wanted) -> Result<Vec<Redemption>, PromotionError> {
        Ok(redemptions::list(&self.inner.store, wanted).await?)
    }

    /// Gives back what a redemption used, whole or by pieces; the second value says whether an earlier request with the
    /// same key did it.
    pub async fn roll_back(&self, request: &RollBackRequest) -> Result<(RollBack, bool), PromotionError> {
        for _ in 0..ATTEMPTS {
            let mut transaction = self.inner.store.begin().await?;
            let done = give_back(&mut transaction, request).await?;
            match done {
                GivenBack::Now(roll_back) => {
                    transaction.commit().await.map_err(StoreError::from)?;
                    return Ok((roll_back, false));
                }
                GivenBack::Before(roll_back) => return Ok((roll_back, true)),
                GivenBack::Raced => transaction.rollback().await.map_err(StoreError::from)?,
            }
        }
        Err(PromotionError::Busy)
    }

    async fn connection(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Any>, StoreError> {
        Ok(self.inner.store.reader().acquire().await?)
    }
}

enum GivenBack {
    Now(RollBack),
    Before(RollBack),
    Raced,
}

async fn give_back(
    connection: &mut AnyConnection,
    request: &RollBackRequest,
) -> Result<GivenBack, PromotionError> {
    if let Some(key) = &request.idempotency_key
        && let Some(known) = redemptions::roll_back_of_key(connection, key).await?
    {
        if known.fingerprint != request.fingerprint {
            return Err(PromotionError::KeyOfAnother);
        }
        return Ok(GivenBack::Before(known));
    }
    let redemption = redemptions::of_id(connection, &request.redemption)
        .await?
        .ok_or(PromotionError::NoRedemption)?;
    let before = redemptions::roll_backs(connection, &redemption.id).await?;
    let left = before
        .last()
        .map_or(&redemption.outcome, |last| &last.outcome.left);
    let outcome = roll_back(&redemption, left, &request.returned)?;
    let id = new_id();
    let rows = ledger_rows(&id, &redemption, &outcome);
    let roll_back = RollBack {
        redemption: redemption.id.clone(),
        number: before.last().map_or(1, |last| last.number + 1),
        idempotency_key: request.idempotency_key.clone().unwrap_or_else(|| id.clone()),
        fingerprint: request.fingerprint.clone(),
        outcome,
        created_at: now(),
        id,
    };
    if !redemptions::insert_roll_back(connection, &roll_back).await? {
        return Ok(GivenBack::Raced);
    }
    let mut sums = Sums::new();
    rows.iter().for_each(|row| add(&mut sums, &row.entry));
    usage::write(connection, &sums).await?;
    ledger::append(connection, &rows, roll_back.created_at).await?;
    Ok(GivenBack::Now(roll_back))
}

/// What a roll-back takes out of the books: on the day of the redemption, whose limits it frees.
fn ledger_rows(id: &str, redemption: &Redemption, outcome: &RollBackOutcome) -> Vec<LedgerRow> {
    let campaigns = outcome.campaigns.iter().filter_map(|returned| {
        let terms = redemption
            .terms
            .iter()
            .find(|terms| terms.id == returned.campaign)?;
        Some(LedgerRow {
            kind: Kind::RollBack,
            cause: id.to_owned(),
            entry: Entry {
                campaign: returned.campaign.clone(),
                code: returned.code.clone(),
                shopper: redemption.occasion.shopper.id.clone(),
                day: terms.schedule.day(redemption.occasion.at),
                uses: -returned.uses,
                amount: -returned.amount,
            },
        })
    });
    campaigns.collect()
}
