//! The till: everything that uses up a campaign goes through it, many requests in one transaction. Each is evaluated
//! inside the transaction with what those before it have used, so that a limit holds whoever is first; commits are on
//! disk before anyone hears of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};

use super::campaign::Campaign;
use super::cart::{Entered, Facts};
use super::code_rows::{self, KnownCode};
use super::codes::code_key;
use super::engine::Engine;
use super::evaluation::Evaluation;
use super::holds::{self, Hold};
use super::ledger::{self, Kind, LedgerRow};
use super::outcome::{Occasion, Outcome};
use super::redemptions::{self, Redemption};
use super::usage::{self, Entry, Sum, Sums, add};
use super::{PromotionError, campaigns};
use crate::store::{Millis, Store, StoreError, new_id, now};

/// Requests of one transaction.
const BATCH: usize = 200;
/// Requests that wait; more are told to come again.
pub const QUEUE: usize = 4_096;
/// Another server was quicker: the transaction is made again, so many times at most.
const ATTEMPTS: usize = 8;

/// What is asked of the till.
#[derive(Debug)]
pub enum Request {
    Redeem(Box<Redeem>),
    Hold(Box<HoldRequest>),
    /// Ends a session's hold, and all that ran out of time.
    Release(Option<String>, oneshot::Sender<Result<bool, PromotionError>>),
}

/// Campaigns are used up for a cart.
#[derive(Debug)]
pub struct Redeem {
    pub wanted: Wanted,
    pub idempotency_key: Option<String>,
    pub fingerprint: String,
    pub order: Option<String>,
    pub answer: oneshot::Sender<Result<Redeemed, PromotionError>>,
}

/// Campaigns are kept back for a session.
#[derive(Debug)]
pub struct HoldRequest {
    pub wanted: Wanted,
    pub session: String,
    pub expires_at: Millis,
    pub answer: oneshot::Sender<Result<Outcome, PromotionError>>,
}

#[derive(Debug, Clone)]
pub struct Wanted {
    pub occasion: Occasion,
    /// The session whose hold it takes over.
    pub session: Option<String>,
}

/// A redemption, and whether it was made by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq)]
pub struct Redeemed {
    pub redemption: Redemption,
    pub is_repeated: bool,
}

/// Serves requests until nobody can send any more.
pub async fn serve(store: Store, most_offers: usize, mut requests: mpsc::Receiver<Request>) {
    let mut till = Till {
        store,
        most_offers,
        engine: Arc::new(Engine::new(Vec::new(), most_offers)),
        revision: -1,
    };
    let mut waiting = Vec::with_capacity(BATCH);
    while requests.recv_many(&mut waiting, BATCH).await > 0 {
        till.serve(std::mem::take(&mut waiting)).await;
    }
}

struct Till {
    store: Store,
    most_offers: usize,
    engine: Arc<Engine>,
    revision: i64,
}

/// What a request came to.
enum Settled {
    Redeemed(Box<Result<Redeemed, PromotionError>>),
    Held(Result<Outcome, PromotionError>),
    Released(bool),
}

impl Till {
    async fn serve(&mut self, requests: Vec<Request>) {
        for attempt in 1..=ATTEMPTS {
            match self.settle(&requests).await {
                Ok(Some(settled)) => {
                    for (request, settled) in requests.into_iter().zip(settled) {
                        request.answer(settled);
                    }
                    return;
                }
                Ok(None) => tracing::debug!(attempt, "another server used a campaign meanwhile"),
                Err(error) if attempt < ATTEMPTS && is_passing(&error) => {
                    tracing::debug!(attempt, %error, "a transaction is made again");
                }
                Err(error) => {
                    tracing::error!(%error, requests = requests.len(), "redemptions failed");
                    break;
                }
            }
        }
        for request in requests {
            request.fail();
        }
    }

    /// One transaction for all; `None` when sums were changed by another server between reading and writing.
    async fn settle(&mut self, requests: &[Request]) -> Result<Option<Vec<Settled>>, StoreError> {
        let mut transaction = self.store.begin().await?;
        let connection: &mut AnyConnection = &mut transaction;
        self.follow(connection).await?;
        let at = now();
        let mut batch = Batch::read(connection, &self.engine, requests, at).await?;
        let settled: Vec<Settled> = requests.iter().map(|request| batch.settle(request)).collect();
        if !batch.write(connection, at).await? {
            transaction.rollback().await?;
            return Ok(None);
        }
        transaction.commit().await?;
        Ok(Some(settled))
    }

    /// The campaigns as they are now.
    async fn follow(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if campaigns::revision(connection).await? != self.revision {
            let (stored, revision) = campaigns::all(connection).await?;
            self.engine = Arc::new(Engine::new(campaigns::shared(stored), self.most_offers));
            self.revision = revision;
        }
        Ok(())
    }
}

/// What one transaction knows and will write.
struct Batch {
    engine: Arc<Engine>,
    known: HashMap<String, Redemption>,
    codes: HashMap<String, KnownCode>,
    /// Sums as they were read, with what the batch has used.
    sums: Sums,
    read: Sums,
    added: Sums,
    rows: Vec<LedgerRow>,
    redemptions: Vec<Redemption>,
    holds: HashMap<String, Hold>,
}

impl Batch {
    async fn read(
        connection: &mut AnyConnection,
        engine: &Arc<Engine>,
        requests: &[Request],
        at: Millis,
    ) -> Result<Self, StoreError> {
        let keys: Vec<&str> = requests.iter().filter_map(Request::idempotency_key).collect();
        let wanted: Vec<&Wanted> = requests.iter().filter_map(Request::wanted).collect();
        let codes = code_keys(wanted.iter().map(|wanted| &wanted.occasion));
        let sessions: Vec<&str> = requests.iter().filter_map(Request::session).collect();
        let known = redemptions::of_keys(connection, &keys).await?;
        let codes = code_rows::of_keys(connection, &codes).await?;
        let taken = holds::take(connection, &sessions, at).await?;
        let mut subjects: BTreeSet<String> = BTreeSet::new();
        for wanted in &wanted {
            subjects.extend(subjects_of(engine, &wanted.occasion, &codes));
        }
        for entry in taken.values().flat_map(|hold| &hold.entries) {
            subjects.extend(entry.subjects());
        }
        let mut sums = usage::read(connection, &subjects).await?;
        for subject in subjects {
            sums.entry(subject).or_default();
        }
        let mut batch = Self {
            engine: engine.clone(),
            known,
            codes,
            read: sums.clone(),
            sums,
            added: Sums::new(),
            rows: Vec::new(),
            redemptions: Vec::new(),
            holds: HashMap::new(),
        };
        for (session, hold) in taken {
            if hold.expires_at <= at {
                batch.release(&session, &hold);
            } else {
                batch.holds.insert(session, hold);
            }
        }
        Ok(batch)
    }

    fn settle(&mut self, request: &Request) -> Settled {
        match request {
            Request::Redeem(redeem) => Settled::Redeemed(Box::new(self.redeem(redeem))),
            Request::Hold(hold) => Settled::Held(self.hold(hold)),
            Request::Release(session, _) => {
                let hold = session
                    .as_ref()
                    .and_then(|session| self.holds.remove_entry(session));
                let had_one = hold.is_some();
                if let Some((session, hold)) = hold {
                    self.release(&session, &hold);
                }
                Settled::Released(had_one)
            }
        }
    }

    fn redeem(&mut self, redeem: &Redeem) -> Result<Redeemed, PromotionError> {
        if let Some(known) = redeem
            .idempotency_key
            .as_ref()
            .and_then(|key| self.known.get(key))
        {
            if known.fingerprint != redeem.fingerprint {
                return Err(PromotionError::KeyOfAnother);
            }
            return Ok(Redeemed {
                redemption: known.clone(),
                is_repeated: true,
            });
        }
        let (evaluation, entries) = self.take(&redeem.wanted)?;
        let id = new_id();
        for entry in &entries {
            self.use_up(Kind::Redeem, &id, entry.clone());
        }
        let occasion = redeem.wanted.occasion.clone();
        let redemption = Redemption {
            idempotency_key: redeem.idempotency_key.clone().unwrap_or_else(|| id.clone()),
            fingerprint: redeem.fingerprint.clone(),
            order: redeem.order.clone(),
            outcome: Outcome::of(&occasion.cart, &evaluation).settled(),
            terms: terms(&evaluation),
            created_at: occasion.at,
            occasion,
            id,
        };
        // The same key again in this batch gets the same answer.
        self.known
            .insert(redemption.idempotency_key.clone(), redemption.clone());
        self.redemptions.push(redemption.clone());
        Ok(Redeemed {
            redemption,
            is_repeated: false,
        })
    }

    fn hold(&mut self, request: &HoldRequest) -> Result<Outcome, PromotionError> {
        let (evaluation, entries) = self.take(&request.wanted)?;
        for entry in &entries {
            self.use_up(Kind::Hold, &request.session, entry.clone());
        }
        let hold = Hold {
            entries,
            expires_at: request.expires_at,
        };
        self.holds.insert(request.session.clone(), hold);
        Ok(Outcome::of(&request.wanted.occasion.cart, &evaluation))
    }

    /// Evaluates a cart as if the session's own hold were free; frees it if the cart qualifies. A hold stays as it was
    /// when a code is refused.
    fn take(&mut self, wanted: &Wanted) -> Result<(Evaluation, Vec<Entry>), PromotionError> {
        let held = wanted
            .session
            .as_ref()
            .and_then(|session| self.holds.get(session))
            .cloned();
        let own: Vec<Entry> = held.iter().flat_map(|hold| hold.entries.clone()).collect();
        own.iter()
            .for_each(|entry| add(&mut self.sums, &entry.reversed()));
        let facts = facts(&self.engine, &wanted.occasion, &self.codes, &self.sums);
        own.iter().for_each(|entry| add(&mut self.sums, entry));
        let cart = &wanted.occasion.cart;
        let evaluation = self.engine.evaluate(cart, &facts)?;
        if !evaluation.refused.is_empty() {
            return Err(PromotionError::Refused(Box::new(Outcome::of(cart, &evaluation))));
        }
        if let (Some(session), Some(hold)) = (&wanted.session, held) {
            self.holds.remove(session);
            self.release(session, &hold);
        }
        let entries = entries(&evaluation, &wanted.occasion);
        Ok((evaluation, entries))
    }

    fn release(&mut self, session: &str, hold: &Hold) {
        for entry in &hold.entries {
            self.use_up(Kind::Release, session, entry.reversed());
        }
    }

    fn use_up(&mut self, kind: Kind, cause: &str, entry: Entry) {
        add(&mut self.sums, &entry);
        add(&mut self.added, &entry);
        self.rows.push(LedgerRow {
            kind,
            cause: cause.to_owned(),
            entry,
        });
    }

    /// `false`: what was read is no longer so, and nothing may be kept.
    async fn write(&self, connection: &mut AnyConnection, at: Millis) -> Result<bool, StoreError> {
        let after = usage::write(connection, &self.added).await?;
        // Subjects that no limit looks at were not read: what others add to them meanwhile changes nothing.
        let is_as_read = self.read.iter().all(|(subject, before)| {
            let Some(added) = self.added.get(subject) else {
                return true;
            };
            let expected = Sum {
                uses: before.uses + added.uses,
                amount: before.amount + added.amount,
            };
            after.get(subject) == Some(&expected)
        });
        if !is_as_read {
            return Ok(false);
        }
        let redemptions: Vec<&Redemption> = self.redemptions.iter().collect();
        if redemptions::insert(connection, &redemptions).await? < redemptions.len() {
            return Ok(false);
        }
        ledger::append(connection, &self.rows, at).await?;
        holds::put(connection, &self.holds).await?;
        Ok(true)
    }
}

impl Request {
    fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::Redeem(redeem) => redeem.idempotency_key.as_deref(),
            Self::Hold(_) | Self::Release(..) => None,
        }
    }

    fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::Redeem(redeem) => Some(&redeem.wanted),
            Self::Hold(hold) => Some(&hold.wanted),
            Self::Release(..) => None,
        }
    }

    fn session(&self) -> Option<&str> {
        match self {
            Self::Release(session, _) => session.as_deref(),
            other => other.wanted().and_then(|wanted| wanted.session.as_deref()),
        }
    }

    /// Who asked may have gone; what was done stays done.
    fn answer(self, settled: Settled) {
        match (self, settled) {
            (Self::Redeem(redeem), Settled::Redeemed(result)) => drop(redeem.answer.send(*result)),
            (Self::Hold(hold), Settled::Held(result)) => drop(hold.answer.send(result)),
            (Self::Release(_, answer), Settled::Released(had_one)) => drop(answer.send(Ok(had_one))),
            (other, _) => other.fail(),
        }
    }

    fn fail(self) {
        match self {
            Self::Redeem(redeem) => drop(redeem.answer.send(Err(PromotionError::Till))),
            Self::Hold(hold) => drop(hold.answer.send(Err(PromotionError::Till))),
            Self::Release(_, answer) => drop(answer.send(Err(PromotionError::Till))),
        }
    }
}

/// The keys of all codes that were entered.
pub fn code_keys<'a>(occasions: impl Iterator<Item = &'a Occasion>) -> Vec<String> {
    let keys = occasions.flat_map(|occasion| occasion.codes.iter().map(|code| code_key(code)));
    let keys: BTreeSet<String> = keys.collect();
    keys.into_iter().collect()
}

/// Everything that limits look at when a cart is evaluated.
pub fn subjects_of(
    engine: &Engine,
    occasion: &Occasion,
    codes: &HashMap<String, KnownCode>,
) -> BTreeSet<String> {
    let shopper = occasion.shopper.id.as_deref();
    let entered = entered_campaigns(occasion, codes);
    let mut subjects: BTreeSet<String> = engine
        .campaigns()
        .iter()
        .filter(|campaign| campaign.is_automatic() || entered.contains(campaign.id.as_str()))
        .flat_map(|campaign| usage::subjects_of(campaign, shopper, occasion.at))
        .collect();
    let keys = occasion.codes.iter().map(|code| code_key(code));
    subjects.extend(
        keys.filter(|key| codes.contains_key(key))
            .map(|key| usage::of_code(&key)),
    );
    subjects
}

/// What an evaluation may know, from what was read.
pub fn facts(engine: &Engine, occasion: &Occasion, codes: &HashMap<String, KnownCode>, sums: &Sums) -> Facts {
    let shopper = occasion.shopper.id.as_deref();
    let is_limited = |campaign: &&Arc<Campaign>| campaign.limits != super::campaign::Limits::default();
    let used = engine.campaigns().iter().filter(is_limited).map(|campaign| {
        let used = usage::used(sums, campaign, shopper, occasion.at);
        (campaign.id.clone(), used)
    });
    let entered = occasion.codes.iter().map(|typed| {
        let key = code_key(typed);
        let known = codes.get(&key);
        let campaign = known.and_then(|known| engine.campaign(&known.campaign));
        let limit = campaign.and_then(|campaign| match campaign.codes {
            super::campaign::Codes::Unique { uses, .. } => Some(uses),
            _ => None,
        });
        Entered {
            code: known.map_or_else(|| typed.clone(), |known| known.code.clone()),
            campaign: campaign.map(|campaign| campaign.id.clone()),
            limit,
            used: sums.get(&usage::of_code(&key)).map_or(0, |sum| sum.uses),
        }
    });
    Facts {
        shopper: occasion.shopper.clone(),
        at: occasion.at,
        used: used.collect(),
        entered: entered.collect(),
    }
}

/// What is put down for an evaluation.
pub fn entries(evaluation: &Evaluation, occasion: &Occasion) -> Vec<Entry> {
    let entry = |applied: &super::evaluation::Applied| Entry {
        campaign: applied.campaign.id.clone(),
        code: applied.code.as_deref().map(code_key),
        shopper: occasion.shopper.id.clone(),
        day: applied.campaign.schedule.day(occasion.at),
        uses: 1,
        amount: applied.amount,
    };
    evaluation.applied.iter().map(entry).collect()
}

fn entered_campaigns<'a>(occasion: &Occasion, codes: &'a HashMap<String, KnownCode>) -> BTreeSet<&'a str> {
    let known = occasion
        .codes
        .iter()
        .filter_map(|code| codes.get(&code_key(code)));
    known.map(|known| known.campaign.as_str()).collect()
}

fn terms(evaluation: &Evaluation) -> Vec<Campaign> {
    let applied = evaluation.applied.iter();
    applied
        .map(|applied| Campaign::clone(&applied.campaign))
        .collect()
}

/// Whether the same transaction may do better: two servers met, and the database sent one back.
fn is_passing(error: &StoreError) -> bool {
    let StoreError::Sql(sqlx::Error::Database(error)) = error else {
        return false;
    };
    // PostgreSQL: serialization failure, deadlock; SQLite: busy.
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "5"))
}
