//! The orders of this house, from placed to paid back: what the demo shop's own checkout took.
//!
//! What becomes of an order is only ever added, as events; where it stands is folded from them ([`standing`]), and what
//! may be done with it follows from that and from what is promised ([`policy`]), both purely. What costs or brings money
//! goes in two steps that survive a crash, as placing does: an event that begins it, then promotions under that event's
//! id, then an event that ends it ([`settling`]).

mod bars;
mod changes;
mod delivery;
mod event;
mod event_rows;
mod policy;
mod settling;
mod standing;
mod steps;
mod view;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::desk::forget_lookups;
use super::order_rows::{self, Order};
use super::system::{
    Address, Answer, Found, OrderView, ReturnRequest, ShopSystem, StartedReturn, SystemError,
};
use super::{Contact, OrderError, Orders};
use crate::config::Config;
use crate::shoppers::SignedIn;
use crate::store::{Millis, StoreError, now};

pub use bars::bars;
pub use event::{OrderEvent, StoredEvent};
pub(super) use event_rows::insert as insert_event;
pub use policy::Policy;
pub use standing::Return;
pub use steps::Step;

use policy::Rules;
use standing::Standing;

/// A change without an end after so long was left behind by a crash.
const LEFT_BEHIND_AFTER: Millis = 60 * 1000;
const WATCH_EVERY: Duration = Duration::from_secs(60);

/// Handle to the orders of this house; clones share everything.
#[derive(Clone)]
pub struct HouseOrders {
    orders: Orders,
    policy: Arc<Policy>,
}

/// An order with all that became of it.
#[derive(Debug, Clone)]
struct Record {
    order: Order,
    events: Vec<StoredEvent>,
    standing: Standing,
}

impl HouseOrders {
    pub fn new(orders: Orders, policy: Policy) -> Self {
        Self {
            orders,
            policy: Arc::new(policy),
        }
    }

    /// With what the configuration promises.
    pub fn of_config(config: &Config, orders: Orders) -> Self {
        let hours = &config.hours;
        let policy = Policy::new(config.orders.clone(), &hours.time_zone, &hours.holidays);
        Self::new(orders, policy)
    }

    /// Ends what a crash left in the middle, and forgets who asked for orders long ago, until `stop`.
    pub fn watch(&self, stop: CancellationToken) -> JoinHandle<()> {
        let house = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = house.look_after().await {
                    tracing::warn!(%error, "changes of orders can't be looked after");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(WATCH_EVERY) => {}
                }
            }
        })
    }

    async fn look_after(&self) -> Result<(), OrderError> {
        self.take_up(now() - LEFT_BEHIND_AFTER).await?;
        Ok(forget_lookups(&self.orders.store).await?)
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// An order by its number, whoever asks; `None`: there is none that is placed.
    pub async fn view(&self, number: &str) -> Result<Option<OrderView>, OrderError> {
        let record = self.record(number).await?;
        Ok(record.map(|record| self.rules(&record).view()))
    }

    /// An order as it is told, with what became of it.
    pub async fn view_of(&self, order: Order) -> Result<OrderView, OrderError> {
        Ok(self.rules(&self.record_of(order).await?).view())
    }

    /// The last `most` orders, newest first.
    pub async fn list(&self, most: usize) -> Result<Vec<OrderView>, OrderError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.views(order_rows::last(&self.orders.store, most).await?)
            .await
    }

    /// The return whose label a secret opens.
    pub async fn label(&self, number: &str, secret: &str) -> Result<Option<(OrderView, Return)>, OrderError> {
        let Some(record) = self.record(number).await? else {
            return Ok(None);
        };
        let opened = record.standing.returns.iter().find(|known| {
            bool::from(subtle::ConstantTimeEq::ct_eq(
                known.label.as_bytes(),
                secret.as_bytes(),
            ))
        });
        Ok(opened.map(|known| (self.rules(&record).view(), known.clone())))
    }

    /// Ends what a crash left in the middle before `before`.
    pub async fn take_up(&self, before: Millis) -> Result<(), OrderError> {
        for id in event_rows::unfinished(&self.orders.store, before).await? {
            if let Some(order) = order_rows::of_id(&self.orders.store, &id).await? {
                let number = order.number;
                self.settle(order).await?;
                tracing::info!(number, "a change of an order was brought to its end");
            }
        }
        Ok(())
    }

    async fn record(&self, number: &str) -> Result<Option<Record>, OrderError> {
        let Ok(number) = number.parse() else {
            return Ok(None);
        };
        match order_rows::placed(&self.orders.store, number).await? {
            Some(order) => Ok(Some(self.record_of(order).await?)),
            None => Ok(None),
        }
    }

    async fn record_of(&self, order: Order) -> Result<Record, OrderError> {
        let mut connection = self
            .orders
            .store
            .reader()
            .acquire()
            .await
            .map_err(StoreError::from)?;
        let events = event_rows::of_order(&mut connection, &order.id).await?;
        Ok(Record::new(order, events))
    }

    async fn views(&self, orders: Vec<Order>) -> Result<Vec<OrderView>, OrderError> {
        let mut views = Vec::with_capacity(orders.len());
        for order in orders {
            views.push(self.view_of(order).await?);
        }
        Ok(views)
    }

    fn rules<'a>(&'a self, record: &'a Record) -> Rules<'a> {
        Rules {
            policy: &self.policy,
            order: &record.order,
            standing: &record.standing,
            now: now(),
        }
    }

    async fn found(&self, number: &str) -> Result<Found, SystemError> {
        let order = self.view(number).await.map_err(away)?;
        let order = order.ok_or(SystemError::NotFound)?;
        Ok(Found { order, age: None })
    }

    async fn of_shopper(&self, shopper: &SignedIn, most: usize) -> Result<Vec<OrderView>, SystemError> {
        let Some(email) = shopper.email() else {
            return Ok(Vec::new());
        };
        let contact = Contact {
            email: email.to_owned(),
            ..Contact::default()
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let orders = order_rows::of_shopper(&self.orders.store, &contact.shopper(), most).await;
        let orders = orders.map_err(|error| away(error.into()))?;
        self.views(orders).await.map_err(away)
    }
}

impl Record {
    fn new(order: Order, events: Vec<StoredEvent>) -> Self {
        Self {
            standing: Standing::of(order.placed_at, &events),
            order,
            events,
        }
    }
}

impl ShopSystem for HouseOrders {
    fn find<'a>(&'a self, number: &'a str) -> Answer<'a, Found> {
        Box::pin(self.found(number))
    }

    fn orders_of<'a>(&'a self, shopper: &'a SignedIn, most: usize) -> Answer<'a, Vec<OrderView>> {
        Box::pin(self.of_shopper(shopper, most))
    }

    fn cancel<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, changes::Change::Cancel, key))
    }

    fn reinstate<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, changes::Change::Reinstate, key))
    }

    fn change_address<'a>(
        &'a self,
        number: &'a str,
        address: &'a Address,
        key: &'a str,
    ) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, changes::Change::Readdress(address.clone()), key))
    }

    fn restore_address<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, changes::Change::RestoreAddress, key))
    }

    fn start_return<'a>(
        &'a self,
        number: &'a str,
        request: &'a ReturnRequest,
        key: &'a str,
    ) -> Answer<'a, StartedReturn> {
        Box::pin(self.begin_return(number, request, key))
    }

    fn withdraw_return<'a>(&'a self, number: &'a str, id: &'a str, key: &'a str) -> Answer<'a, OrderView> {
        Box::pin(self.change(number, changes::Change::WithdrawReturn(id.to_owned()), key))
    }
}

/// The house is away when its database is.
fn away(error: OrderError) -> SystemError {
    SystemError::Unavailable(error.to_string())
}
