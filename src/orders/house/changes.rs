//! Changes of orders: each is checked against where its order stands and stored as its next event, once.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::{OrderEvent, StoredEvent};
use super::policy::{Rules, invalid};
use super::steps::Step;
use super::{HouseOrders, Record, away, event_rows};
use crate::orders::order_rows::{self, Order};
use crate::orders::system::{
    Address, OrderView, Permission, Resolution, ReturnLine, ReturnReason, ReturnRequest, StartedReturn,
    SystemError, WhyNot,
};
use crate::orders::{Contact, Wrong};
use crate::store::{StoreError, new_id, new_secret, now};

/// Changes of one order at once: the later one looks again.
const ATTEMPTS: usize = 5;

/// What somebody wants of an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    Cancel,
    Reinstate,
    Readdress(Address),
    RestoreAddress,
    Return(ReturnRequest),
    WithdrawReturn(String),
    Step(Step),
}

impl HouseOrders {
    /// Changes an order; it as it is then.
    pub(super) async fn change(
        &self,
        number: &str,
        change: Change,
        key: &str,
    ) -> Result<OrderView, SystemError> {
        let (_, record) = self.apply(number, &change, Some(key)).await?;
        Ok(self.rules(&record).view())
    }

    pub(super) async fn begin_return(
        &self,
        number: &str,
        request: &ReturnRequest,
        key: &str,
    ) -> Result<StartedReturn, SystemError> {
        let change = Change::Return(request.clone());
        let (event, record) = self.apply(number, &change, Some(key)).await?;
        let requests = record.events.iter().filter(|known| {
            known.number <= event.number && matches!(known.event, OrderEvent::ReturnRequested { .. })
        });
        Ok(StartedReturn {
            id: format!("R{}", requests.count()),
            order: self.rules(&record).view(),
        })
    }

    /// The event that a change became, and its order after it was brought to its end.
    pub(super) async fn apply(
        &self,
        number: &str,
        change: &Change,
        key: Option<&str>,
    ) -> Result<(StoredEvent, Record), SystemError> {
        let number = number.parse().map_err(|_| SystemError::NotFound)?;
        let order = order_rows::placed(&self.orders.store, number).await;
        let order = order.map_err(unstored)?.ok_or(SystemError::NotFound)?;
        // What an earlier change began has its end first.
        self.settle(order.clone()).await.map_err(away)?;
        let event = self.append(&order, change, key).await?;
        let record = self.settle(order).await.map_err(away)?;
        let end = record
            .events
            .iter()
            .find(|end| end.cause.as_ref() == Some(&event.id));
        match end.map(|end| &end.event) {
            Some(OrderEvent::NotReinstated { why }) => Err(SystemError::NotPossible(*why)),
            _ => Ok((event, record)),
        }
    }

    async fn append(
        &self,
        order: &Order,
        change: &Change,
        key: Option<&str>,
    ) -> Result<StoredEvent, SystemError> {
        let key = key.map(|key| format!("{}:{key}", order.id));
        let text = serde_json::to_string(change).map_err(|error| unstored(error.into()))?;
        let fingerprint = hex::encode(Sha256::digest(text.as_bytes()));
        for _ in 0..ATTEMPTS {
            let mut transaction = self.orders.store.begin().await.map_err(unstored)?;
            let earlier = match &key {
                Some(key) => event_rows::of_key(&mut transaction, key)
                    .await
                    .map_err(unstored)?,
                None => None,
            };
            if let Some(earlier) = earlier {
                return match earlier.fingerprint == fingerprint {
                    true => Ok(earlier),
                    false => Err(SystemError::KeyOfAnother),
                };
            }
            let events = event_rows::of_order(&mut transaction, &order.id).await;
            let record = Record::new(order.clone(), events.map_err(unstored)?);
            let event = StoredEvent {
                id: new_id(),
                order: order.id.clone(),
                number: record.next(),
                event: self.event(&record, change).await?,
                cause: None,
                idempotency_key: key.clone(),
                fingerprint: fingerprint.clone(),
                at: now(),
            };
            if event_rows::insert(&mut transaction, &event)
                .await
                .map_err(unstored)?
            {
                transaction
                    .commit()
                    .await
                    .map_err(|error| unstored(error.into()))?;
                return Ok(event);
            }
            transaction
                .rollback()
                .await
                .map_err(|error| unstored(error.into()))?;
        }
        Err(SystemError::Unavailable(
            "an order is changed by too many at once".into(),
        ))
    }

    /// What a change is to an order as it stands, or why there can't be one.
    async fn event(&self, record: &Record, change: &Change) -> Result<OrderEvent, SystemError> {
        let rules = self.rules(record);
        Ok(match change {
            Change::Cancel => {
                needs(rules.cancel())?;
                OrderEvent::Cancelled
            }
            Change::Reinstate => {
                needs(rules.reinstate())?;
                if !self.orders.price(&record.order.basket).is_ready() {
                    return Err(SystemError::NotPossible(WhyNot::SoldOut));
                }
                OrderEvent::Reinstating
            }
            Change::Readdress(address) => {
                needs(rules.change_address())?;
                OrderEvent::Readdressed {
                    address: checked(&record.order.contact, address)?,
                }
            }
            Change::RestoreAddress => {
                needs(rules.restore_address())?;
                OrderEvent::AddressRestored
            }
            Change::Return(request) => {
                let fee = rules.check_return(request)?;
                self.check_exchange(&rules, request)?;
                OrderEvent::ReturnRequested {
                    lines: request.lines.clone(),
                    reason: request.reason,
                    resolution: request.resolution,
                    label: new_secret(),
                    refund: self.estimate(record, request).await.map_err(away)?,
                    fee,
                }
            }
            Change::WithdrawReturn(id) => OrderEvent::ReturnWithdrawn {
                id: rules.open_return(id)?.id.clone(),
            },
            Change::Step(step) => step.event(&rules)?,
        })
    }

    /// An exchange is for another variant of the same product that is there; for the same one when that was faulty.
    fn check_exchange(&self, rules: &Rules<'_>, request: &ReturnRequest) -> Result<(), SystemError> {
        if request.resolution != Resolution::Exchange {
            return Ok(());
        }
        for line in &request.lines {
            self.check_variant(rules, line, request.reason)?;
        }
        Ok(())
    }

    fn check_variant(
        &self,
        rules: &Rules<'_>,
        line: &ReturnLine,
        reason: ReturnReason,
    ) -> Result<(), SystemError> {
        let wanted = line.exchange_for.as_deref().unwrap_or_default();
        let item = self.orders.catalogue.get(wanted);
        let item = item.ok_or_else(|| invalid("lines.exchange_for", "an item of the catalogue"))?;
        let place = rules.place(&line.line);
        let old = place.map(|place| rules.order.lines[place].item.as_str());
        let group = old
            .and_then(|old| self.orders.catalogue.get(old))
            .and_then(|old| old.group.clone());
        let is_variant = group.is_some() && item.group == group && old != Some(wanted);
        let is_same_again = reason.is_shops_fault() && old == Some(wanted);
        if !is_variant && !is_same_again {
            return Err(SystemError::NotPossible(WhyNot::OtherProduct));
        }
        let is_there = item.stock.is_none_or(|stock| stock >= i64::from(line.quantity));
        if !item.is_sold() || !is_there {
            return Err(SystemError::NotPossible(WhyNot::SoldOut));
        }
        Ok(())
    }
}

impl Record {
    /// The number of its next event.
    pub(super) fn next(&self) -> i64 {
        self.events.last().map_or(1, |last| last.number + 1)
    }
}

fn needs(permission: Permission) -> Result<(), SystemError> {
    permission
        .why_not
        .map_or(Ok(()), |why_not| Err(SystemError::NotPossible(why_not)))
}

/// A new address for whoever it goes to, as the checkout would take it.
fn checked(contact: &Contact, address: &Address) -> Result<Address, SystemError> {
    if !address.country.is_empty() {
        return Err(invalid("country", "nothing: orders go to the shop's own country"));
    }
    let contact = Contact {
        street: address.street.clone(),
        extra: address.extra.clone(),
        city: address.city.clone(),
        region: address.region.clone(),
        postcode: address.postcode.clone(),
        ..contact.clone()
    };
    let (contact, wrong) = contact.checked();
    match wrong.first() {
        None => Ok(Address::from(&contact)),
        Some((field, Wrong::TooLong)) => Err(invalid(field, "at most 200 characters")),
        Some((field, _)) => Err(invalid(field, "at least one character")),
    }
}

fn unstored(error: StoreError) -> SystemError {
    SystemError::Unavailable(error.to_string())
}
