//! The only door of conversations to orders: whoever asks proves first that the order is theirs.
//!
//! A number that doesn't exist and a proof that is wrong get one and the same answer at the same time. Tries are counted
//! by conversation and by number, in the database, so that neither a restart nor another server forgets them. What was
//! proven holds for the conversation for a while; nothing is changed without a [`Verified`], which the desk alone makes.

mod lookups;
mod proof;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::house::HouseOrders;
use super::remote::{ClientError, RemoteOrders};
use super::system::{
    Address, Found, OrderView, ReturnRequest, ShopSystem, StartedReturn, SystemError, WhyNot,
};
use crate::config::Config;
use crate::shoppers::SignedIn;
use crate::store::{Millis, Store, StoreError};

pub use lookups::{DeskLimits, forget as forget_lookups};
pub use proof::Proof;

/// A refusal is told at a multiple of this: what takes longer inside doesn't show.
const BEAT: Duration = Duration::from_millis(250);
const MOST_DIGITS: usize = 40;
/// Orders of a signed-in shopper.
const MOST_ORDERS: usize = 10;

/// Handle to the desk; clones share everything.
#[derive(Clone)]
pub struct OrderDesk {
    system: Arc<dyn ShopSystem>,
    store: Store,
    limits: DeskLimits,
}

/// An order whose shopper has proven that it is theirs, in one conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    conversation: String,
    found: Found,
}

/// Why the desk doesn't do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such order, or the proof is wrong: nobody learns which.
    #[error("no order with this number and these details")]
    NotFound,
    #[error("too many tries: again in {} seconds", retry_after.as_secs())]
    TooMany { retry_after: Duration },
    #[error("not possible: {0}")]
    NotPossible(WhyNot),
    #[error("`{field}`: expected {expected}")]
    Invalid { field: String, expected: String },
    #[error("the idempotency key was used for another request")]
    KeyOfAnother,
    /// Nothing was changed as far as is known; the same key may be tried again.
    #[error("the system of orders is away")]
    Unavailable,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OrderDesk {
    pub fn new(system: Arc<dyn ShopSystem>, store: Store, limits: DeskLimits) -> Self {
        Self {
            system,
            store,
            limits,
        }
    }

    /// The desk of a configuration: before the shop's own system when it names one, else before the orders of this house.
    pub fn of_config(config: &Config, house: HouseOrders, store: Store) -> Result<Self, ClientError> {
        let settings = &config.orders;
        let system: Arc<dyn ShopSystem> = match settings.url.is_empty() {
            true => Arc::new(house),
            false => Arc::new(RemoteOrders::new(settings)?),
        };
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let limits = DeskLimits {
            tries_per_conversation: settings.tries_per_conversation,
            tries_per_number: settings.tries_per_number,
            window: minutes(settings.tries_minutes),
            proven_for: minutes(settings.proof_minutes),
        };
        Ok(Self::new(system, store, limits))
    }

    /// The order of a number, for whoever has a proof. `conversation`: who asks.
    pub async fn find(&self, conversation: &str, number: &str, proof: &Proof) -> Result<Verified, DeskError> {
        let asked = Instant::now();
        let number = tidy_number(number);
        if number.is_empty() {
            return Err(DeskError::Invalid {
                field: "number".into(),
                expected: "the number of an order".into(),
            });
        }
        let found = self.look_up(conversation, &number, proof).await;
        if let Err(error) = &found {
            tracing::info!(conversation, %error, "an order was not shown");
            tokio::time::sleep_until(next_beat(asked, Instant::now())).await;
        }
        found
    }

    async fn look_up(&self, conversation: &str, number: &str, proof: &Proof) -> Result<Verified, DeskError> {
        let lookup = lookups::note(&self.store, conversation, number).await?;
        // The shop vouches for who is signed in: guesses of others at their order don't keep them out.
        let is_guess = !matches!(proof, Proof::SignedIn(_));
        let number_counts = Some(number).filter(|_| is_guess);
        if let Some(retry_after) =
            lookups::wait(&self.store, &self.limits, conversation, number_counts).await?
        {
            tracing::warn!(conversation, "orders are guessed");
            return Err(DeskError::TooMany { retry_after });
        }
        let found = self.system.find(number).await?;
        if !proof.holds(&found.order.contact) {
            // While the system is away, an order that is remembered must look like one that isn't.
            return Err(match found.age {
                Some(_) => DeskError::Unavailable,
                None => DeskError::NotFound,
            });
        }
        lookups::prove(&self.store, &lookup).await?;
        tracing::info!(conversation, "an order was shown");
        Ok(Verified {
            conversation: conversation.to_owned(),
            found,
        })
    }

    /// An order that was proven in this conversation not long ago; `None`: it must be proven (again).
    pub async fn recall(&self, conversation: &str, number: &str) -> Result<Option<Verified>, DeskError> {
        let number = tidy_number(number);
        if !lookups::is_proven(&self.store, &self.limits, conversation, &number).await? {
            return Ok(None);
        }
        let found = self.system.find(&number).await?;
        Ok(Some(Verified {
            conversation: conversation.to_owned(),
            found,
        }))
    }

    /// The orders of a signed-in shopper, newest first, each as good as proven.
    pub async fn orders_of(
        &self,
        conversation: &str,
        shopper: &SignedIn,
    ) -> Result<Vec<Verified>, DeskError> {
        let proof = Proof::SignedIn(shopper.clone());
        let mut verified = Vec::new();
        for order in self.system.orders_of(shopper, MOST_ORDERS).await? {
            // A system that answers with somebody else's order is not believed.
            if !proof.holds(&order.contact) {
                tracing::error!("the system of orders told an order of another shopper");
                continue;
            }
            let lookup = lookups::note(&self.store, conversation, &tidy_number(&order.number)).await?;
            lookups::prove(&self.store, &lookup).await?;
            verified.push(Verified {
                conversation: conversation.to_owned(),
                found: Found { order, age: None },
            });
        }
        Ok(verified)
    }

    /// The same order as it is now.
    pub async fn refresh(&self, verified: &Verified) -> Result<Verified, DeskError> {
        Ok(verified.with(self.system.find(verified.number()).await?))
    }

    pub async fn cancel(&self, verified: &Verified, key: &str) -> Result<Verified, DeskError> {
        let key = verified.key(key);
        self.log(verified, "cancel");
        Ok(verified.now(self.system.cancel(verified.number(), &key).await?))
    }

    /// Undoes a cancellation.
    pub async fn reinstate(&self, verified: &Verified, key: &str) -> Result<Verified, DeskError> {
        let key = verified.key(key);
        self.log(verified, "reinstate");
        Ok(verified.now(self.system.reinstate(verified.number(), &key).await?))
    }

    pub async fn change_address(
        &self,
        verified: &Verified,
        address: &Address,
        key: &str,
    ) -> Result<Verified, DeskError> {
        let key = verified.key(key);
        self.log(verified, "change_address");
        let changed = self.system.change_address(verified.number(), address, &key);
        Ok(verified.now(changed.await?))
    }

    /// Puts the former address back.
    pub async fn restore_address(&self, verified: &Verified, key: &str) -> Result<Verified, DeskError> {
        let key = verified.key(key);
        self.log(verified, "restore_address");
        Ok(verified.now(self.system.restore_address(verified.number(), &key).await?))
    }

    /// Starts a return or an exchange; the second value is its id in the order's `returns`.
    pub async fn start_return(
        &self,
        verified: &Verified,
        request: &ReturnRequest,
        key: &str,
    ) -> Result<(Verified, String), DeskError> {
        let key = verified.key(key);
        self.log(verified, "start_return");
        let StartedReturn { id, order } = self.system.start_return(verified.number(), request, &key).await?;
        Ok((verified.now(order), id))
    }

    /// Undoes a return whose goods haven't come back.
    pub async fn withdraw_return(
        &self,
        verified: &Verified,
        id: &str,
        key: &str,
    ) -> Result<Verified, DeskError> {
        let key = verified.key(key);
        self.log(verified, "withdraw_return");
        let withdrawn = self.system.withdraw_return(verified.number(), id, &key);
        Ok(verified.now(withdrawn.await?))
    }

    fn log(&self, verified: &Verified, change: &str) {
        let (conversation, number) = (&verified.conversation, verified.number());
        tracing::info!(conversation, number, change, "an order is changed");
    }
}

impl Verified {
    pub fn order(&self) -> &OrderView {
        &self.found.order
    }

    pub fn number(&self) -> &str {
        &self.found.order.number
    }

    /// How old this is, in milliseconds, where the system is away.
    pub fn age(&self) -> Option<Millis> {
        self.found.age
    }

    pub fn conversation(&self) -> &str {
        &self.conversation
    }

    fn with(&self, found: Found) -> Self {
        Self {
            conversation: self.conversation.clone(),
            found,
        }
    }

    fn now(&self, order: OrderView) -> Self {
        self.with(Found { order, age: None })
    }

    /// Two conversations that happen to use the same key don't get in each other's way.
    fn key(&self, key: &str) -> String {
        format!("{}:{key}", self.conversation)
    }
}

impl From<SystemError> for DeskError {
    fn from(error: SystemError) -> Self {
        match error {
            SystemError::NotFound => Self::NotFound,
            SystemError::NotPossible(why) => Self::NotPossible(why),
            SystemError::Invalid { field, expected } => Self::Invalid { field, expected },
            SystemError::KeyOfAnother => Self::KeyOfAnother,
            SystemError::Unavailable(detail) => {
                tracing::warn!(detail, "the system of orders is away");
                Self::Unavailable
            }
        }
    }
}

/// A number as its shop wrote it: `# 10 001` is `10001`. Empty: none.
fn tidy_number(number: &str) -> String {
    let kept: String = number
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '/' | '.'))
        .collect();
    match kept.chars().count() {
        1..=MOST_DIGITS => kept.to_uppercase(),
        _ => String::new(),
    }
}

/// When a refusal that was ready at `ready` is told.
fn next_beat(asked: Instant, ready: Instant) -> Instant {
    let beats = (ready - asked).as_millis() / BEAT.as_millis() + 1;
    asked + BEAT * u32::try_from(beats).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_people_write_them() {
        assert_eq!(tidy_number(" #10 001 "), "10001");
        assert_eq!(tidy_number("lf-10001"), "LF-10001");
        assert_eq!(tidy_number("#"), "");
        assert_eq!(tidy_number(&"1".repeat(41)), "");
    }

    #[test]
    fn refusals_are_told_on_the_beat() {
        let asked = Instant::now();
        for (took, told) in [(0, 250), (3, 250), (249, 250), (250, 500), (900, 1000)] {
            let ready = asked + Duration::from_millis(took);
            assert_eq!(
                next_beat(asked, ready) - asked,
                Duration::from_millis(told),
                "{took}"
            );
        }
    }
}
