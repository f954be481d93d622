//! Brings to its end what a change of an order began: promotions roll back or redeem, under the id of the event that
//! began it. Tried again, after a crash or at the same time, it is the same roll-back and the same end.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::event::{OrderEvent, StoredEvent};
use super::standing::{Return, Standing};
use super::{HouseOrders, Record, event_rows};
use crate::orders::OrderError;
use crate::orders::order_rows::Order;
use crate::orders::system::{Resolution, ReturnLine, ReturnReason, ReturnRequest, ReturnState, WhyNot};
use crate::promotions::campaign::MinorUnits;
use crate::promotions::outcome::Outcome;
use crate::promotions::redemptions::{Redemption, RollBack};
use crate::promotions::roll_back::{Returned, roll_back};
use crate::promotions::{PromotionError, RedemptionRequest, RollBackRequest};
use crate::store::{StoreError, new_id, now};

/// More than one order can have begun at once.
const ROUNDS: usize = 20;

impl HouseOrders {
    /// An order in which nothing is unfinished.
    pub(super) async fn settle(&self, order: Order) -> Result<Record, OrderError> {
        for _ in 0..ROUNDS {
            let record = self.record_of(order.clone()).await?;
            let Some(begun) = record.standing.unfinished.first() else {
                return Ok(record);
            };
            let end = self.end_of(&record, begun).await?;
            self.append_end(&order, begun, end).await?;
        }
        Err(OrderError::Busy)
    }

    /// Stores an end, unless there is one.
    async fn append_end(
        &self,
        order: &Order,
        begun: &StoredEvent,
        end: OrderEvent,
    ) -> Result<(), OrderError> {
        let mut transaction = self.orders.store.begin().await?;
        let events = event_rows::of_order(&mut transaction, &order.id).await?;
        let record = Record::new(order.clone(), events);
        if record
            .standing
            .unfinished
            .iter()
            .any(|other| other.id == begun.id)
        {
            let event = StoredEvent {
                id: new_id(),
                order: order.id.clone(),
                number: record.next(),
                event: end,
                cause: Some(begun.id.clone()),
                idempotency_key: None,
                fingerprint: fingerprint(begun),
                at: now(),
            };
            // Where its number is taken, the next round looks again.
            event_rows::insert(&mut transaction, &event).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn end_of(&self, record: &Record, begun: &StoredEvent) -> Result<OrderEvent, OrderError> {
        match &begun.event {
            OrderEvent::Reinstating => self.redeem_again(record, begun).await,
            OrderEvent::ReturnReceived { id } => match record.standing.return_of(id) {
                Some(known) => self.pay_back(record, begun, Some(known)).await,
                None => Ok(nothing_due(None)),
            },
            _ => self.pay_back(record, begun, None).await,
        }
    }

    /// Rolls the redemption back: by the pieces of a return, or whole.
    async fn pay_back(
        &self,
        record: &Record,
        begun: &StoredEvent,
        of_return: Option<&Return>,
    ) -> Result<OrderEvent, OrderError> {
        let Some((redemption, roll_backs)) = self.redemption(record).await? else {
            return Ok(nothing_due(of_return));
        };
        let returned = match of_return {
            Some(known) => {
                let left = left(&redemption, &roll_backs);
                returned(
                    &record.standing,
                    left,
                    &known.lines,
                    known.reason,
                    Some(&known.id),
                )
            }
            None => Returned::default(),
        };
        let request = RollBackRequest {
            redemption: redemption.id,
            returned,
            idempotency_key: Some(key(begun)),
            fingerprint: fingerprint(begun),
        };
        let rolled_back = match self.orders.promotions.roll_back(&request).await {
            Ok((rolled_back, _)) => rolled_back,
            // Somebody rolled it back without this order's knowledge, and paid it back if they did.
            Err(PromotionError::Return(error)) => {
                tracing::error!(number = record.order.number, %error, "a redemption was rolled back before");
                return Ok(nothing_due(of_return));
            }
            Err(error) => return Err(error.into()),
        };
        let refund = rolled_back.outcome.refund;
        let fee = of_return.map_or(0, |known| known.fee).min(refund);
        Ok(OrderEvent::RefundDue {
            amount: refund - fee,
            fee,
            is_credit: of_return.is_some_and(|known| known.resolution == Resolution::StoreCredit),
            of_return: of_return.map(|known| known.id.clone()),
            roll_back: Some(rolled_back.id),
        })
    }

    /// Redeems a cancelled order's offers once more. It is reinstated at the price that was paid, or not at all.
    async fn redeem_again(&self, record: &Record, begun: &StoredEvent) -> Result<OrderEvent, OrderError> {
        let not_reinstated = OrderEvent::NotReinstated {
            why: WhyNot::PriceChanged,
        };
        let request = RedemptionRequest {
            occasion: record.order.occasion.clone(),
            idempotency_key: Some(key(begun)),
            fingerprint: fingerprint(begun),
            order: Some(record.order.number.to_string()),
            session: None,
        };
        let redemption = match self.orders.promotions.redeem(request).await {
            Ok(redeemed) => redeemed.redemption,
            Err(PromotionError::Refused(_)) => return Ok(not_reinstated),
            Err(error) => return Err(error.into()),
        };
        let paid = record.order.outcome.as_ref();
        if paid.is_some_and(|paid| {
            paid.lines == redemption.outcome.lines && paid.total == redemption.outcome.total
        }) {
            return Ok(OrderEvent::Reinstated {
                redemption: redemption.id,
            });
        }
        let request = RollBackRequest {
            redemption: redemption.id,
            returned: Returned::default(),
            idempotency_key: Some(key(begun)),
            fingerprint: fingerprint(begun),
        };
        self.orders.promotions.roll_back(&request).await?;
        Ok(not_reinstated)
    }

    /// What a return brings back as things stand, without its fee.
    pub(super) async fn estimate(
        &self,
        record: &Record,
        request: &ReturnRequest,
    ) -> Result<MinorUnits, OrderError> {
        if request.resolution == Resolution::Exchange {
            return Ok(0);
        }
        let Some((redemption, roll_backs)) = self.redemption(record).await? else {
            return Ok(0);
        };
        let left = left(&redemption, &roll_backs);
        let returned = returned(&record.standing, left, &request.lines, request.reason, None);
        // What is on its way back already isn't off the books yet, so that this can fail only where others touched them.
        Ok(roll_back(&redemption, left, &returned).map_or(0, |outcome| outcome.refund))
    }

    async fn redemption(&self, record: &Record) -> Result<Option<(Redemption, Vec<RollBack>)>, OrderError> {
        let id = record.standing.redemption.as_ref();
        match id.or(record.order.redemption.as_ref()) {
            Some(id) => Ok(self.orders.promotions.redemption(id).await?),
            None => Ok(None),
        }
    }
}

fn left<'a>(redemption: &'a Redemption, roll_backs: &'a [RollBack]) -> &'a Outcome {
    roll_backs
        .last()
        .map_or(&redemption.outcome, |last| &last.outcome.left)
}

/// What promotions are told of a return: its pieces. Only when the last of them comes back and the shop was to blame
/// for all, the whole is told, which brings back shipping. `id`: the return itself, where it began.
fn returned(
    standing: &Standing,
    left: &Outcome,
    lines: &[ReturnLine],
    reason: ReturnReason,
    id: Option<&str>,
) -> Returned {
    let pieces: BTreeMap<String, u32> = lines
        .iter()
        .map(|line| (line.line.clone(), line.quantity))
        .collect();
    let of_line = |line: &str| pieces.get(line).copied().unwrap_or(0);
    let is_rest = left.lines.iter().all(|line| of_line(&line.id) == line.quantity);
    let others = standing.returns.iter().filter(|known| {
        Some(known.id.as_str()) != id
            && known.resolution != Resolution::Exchange
            && known.state != ReturnState::Withdrawn
    });
    let is_fault = reason.is_shops_fault() && others.into_iter().all(|known| known.reason.is_shops_fault());
    Returned {
        pieces: Some(pieces).filter(|_| !(is_rest && is_fault)),
        reevaluate: false,
    }
}

fn nothing_due(of_return: Option<&Return>) -> OrderEvent {
    OrderEvent::RefundDue {
        amount: 0,
        fee: 0,
        is_credit: false,
        of_return: of_return.map(|known| known.id.clone()),
        roll_back: None,
    }
}

fn key(begun: &StoredEvent) -> String {
    format!("order-event:{}", begun.id)
}

/// Stored events don't change: one id, one request.
fn fingerprint(begun: &StoredEvent) -> String {
    hex::encode(Sha256::digest(begun.id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promotions::outcome::LineOutcome;

    fn left_of(quantities: &[(&str, u32)]) -> Outcome {
        let line = |(id, quantity): &(&str, u32)| LineOutcome {
            id: (*id).into(),
            quantity: *quantity,
            ..LineOutcome::default()
        };
        Outcome {
            lines: quantities.iter().map(line).collect(),
            ..Outcome::default()
        }
    }

    fn piece(line: &str, quantity: u32) -> ReturnLine {
        ReturnLine {
            line: line.into(),
            quantity,
            exchange_for: None,
        }
    }

    #[test]
    fn shipping_comes_back_with_the_whole_order_for_the_shops_fault_alone() {
        let nothing = Standing::of(0, &[]);
        let left = left_of(&[("a", 2), ("b", 0)]);
        let whole = |lines: &[ReturnLine], reason, standing: &Standing| {
            returned(standing, &left, lines, reason, None).pieces.is_none()
        };
        assert!(whole(&[piece("a", 2)], ReturnReason::Faulty, &nothing));
        assert!(!whole(&[piece("a", 1)], ReturnReason::Faulty, &nothing));
        assert!(!whole(&[piece("a", 2)], ReturnReason::TooSmall, &nothing));
        let mut before = nothing;
        before.returns.push(Return {
            id: "R1".into(),
            lines: vec![piece("b", 1)],
            reason: ReturnReason::ChangedMind,
            resolution: Resolution::Refund,
            state: ReturnState::Done,
            label: String::new(),
            refund: 0,
            fee: 0,
            requested_at: 0,
            received_at: None,
        });
        assert!(!whole(&[piece("a", 2)], ReturnReason::Faulty, &before));
        before.returns[0].reason = ReturnReason::Damaged;
        assert!(whole(&[piece("a", 2)], ReturnReason::Faulty, &before));
    }
}
