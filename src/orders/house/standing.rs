//! Where an order stands after all that became of it. Pure.

use super::event::{OrderEvent, StoredEvent};
use crate::orders::system::{
    Address, Progress, RefundState, RefundView, Resolution, ReturnLine, ReturnReason, ReturnState, Shipment,
};
use crate::promotions::campaign::MinorUnits;
use crate::store::Millis;

#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub progress: Progress,
    pub placed_at: Millis,
    pub delivered_at: Option<Millis>,
    /// The cancellation in force: the event's id, and when.
    pub cancelled: Option<(String, Millis)>,
    /// Whether its offers are being redeemed anew.
    pub is_reinstating: bool,
    /// Where it goes, and where it went before, newest last; empty: where it was ordered to.
    pub addresses: Vec<Address>,
    pub shipments: Vec<Shipment>,
    pub returns: Vec<Return>,
    pub refunds: Vec<RefundView>,
    /// What holds its offers, where that isn't the order's own redemption any more.
    pub redemption: Option<String>,
    /// What was begun and has no end, oldest first.
    pub unfinished: Vec<StoredEvent>,
}

/// A return or an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub id: String,
    pub lines: Vec<ReturnLine>,
    pub reason: ReturnReason,
    pub resolution: Resolution,
    pub state: ReturnState,
    pub label: String,
    pub refund: MinorUnits,
    pub fee: MinorUnits,
    pub requested_at: Millis,
    pub received_at: Option<Millis>,
}

impl Standing {
    /// Folds the events of one order, first to last.
    pub fn of(placed_at: Millis, events: &[StoredEvent]) -> Self {
        let mut standing = Self {
            progress: Progress::Placed,
            placed_at,
            delivered_at: None,
            cancelled: None,
            is_reinstating: false,
            addresses: Vec::new(),
            shipments: Vec::new(),
            returns: Vec::new(),
            refunds: Vec::new(),
            redemption: None,
            unfinished: Vec::new(),
        };
        for event in events {
            standing.take(event);
        }
        standing
    }

    fn take(&mut self, stored: &StoredEvent) {
        if let Some(cause) = &stored.cause {
            self.unfinished.retain(|begun| begun.id != *cause);
        }
        if stored.event.needs_end() {
            self.unfinished.push(stored.clone());
        }
        let at = stored.at;
        match &stored.event {
            OrderEvent::Placed => {}
            OrderEvent::Packed => self.progress = Progress::Packed,
            OrderEvent::Shipped { .. } => self.ship(&stored.event, at),
            OrderEvent::Delivered { exchange } => self.deliver(exchange.as_deref(), at),
            OrderEvent::Cancelled => {
                self.progress = Progress::Cancelled;
                self.cancelled = Some((stored.id.clone(), at));
            }
            OrderEvent::Reinstating => self.is_reinstating = true,
            OrderEvent::NotReinstated { .. } => self.is_reinstating = false,
            OrderEvent::Reinstated { redemption } => self.reinstate(redemption),
            OrderEvent::Readdressed { address } => self.addresses.push(address.clone()),
            OrderEvent::AddressRestored => {
                self.addresses.pop();
            }
            OrderEvent::ReturnRequested { .. } => self.request_return(&stored.event, at),
            OrderEvent::ReturnWithdrawn { id } => self.set_return(id, ReturnState::Withdrawn, None),
            OrderEvent::ReturnReceived { id } | OrderEvent::ExchangeReceived { id } => {
                self.set_return(id, ReturnState::Received, Some(at));
            }
            OrderEvent::RefundDue { .. } => self.owe(&stored.event, at),
            OrderEvent::Refunded { refund } => self.pay(refund, at),
        }
    }

    fn ship(&mut self, event: &OrderEvent, at: Millis) {
        let OrderEvent::Shipped {
            carrier,
            tracking,
            tracking_url,
            exchange,
        } = event
        else {
            return;
        };
        self.shipments.push(Shipment {
            carrier: carrier.clone(),
            tracking: tracking.clone(),
            tracking_url: tracking_url.clone(),
            shipped_at: at,
            delivered_at: None,
            exchange: exchange.clone(),
        });
        match exchange {
            Some(id) => self.set_return(id, ReturnState::Done, None),
            None => self.progress = Progress::Shipped,
        }
    }

    fn deliver(&mut self, exchange: Option<&str>, at: Millis) {
        let of_it = |shipment: &&mut Shipment| shipment.exchange.as_deref() == exchange;
        for shipment in self.shipments.iter_mut().filter(of_it) {
            shipment.delivered_at.get_or_insert(at);
        }
        if exchange.is_none() {
            self.progress = Progress::Delivered;
            self.delivered_at = Some(at);
        }
    }

    /// As before the cancellation; what was to be paid back for it no longer is.
    fn reinstate(&mut self, redemption: &str) {
        self.progress = Progress::Placed;
        self.is_reinstating = false;
        self.cancelled = None;
        self.redemption = Some(redemption.to_owned());
        // Its number stays taken: refunds are called by their places.
        for refund in self
            .refunds
            .iter_mut()
            .filter(|refund| refund.of_return.is_none())
        {
            refund.amount = 0;
        }
    }

    fn request_return(&mut self, event: &OrderEvent, at: Millis) {
        let OrderEvent::ReturnRequested {
            lines,
            reason,
            resolution,
            label,
            refund,
            fee,
        } = event
        else {
            return;
        };
        self.returns.push(Return {
            id: self.next_return(),
            lines: lines.clone(),
            reason: *reason,
            resolution: *resolution,
            state: ReturnState::Requested,
            label: label.clone(),
            refund: *refund,
            fee: *fee,
            requested_at: at,
            received_at: None,
        });
    }

    fn set_return(&mut self, id: &str, state: ReturnState, received_at: Option<Millis>) {
        if let Some(known) = self.returns.iter_mut().find(|known| known.id == id) {
            known.state = state;
            known.received_at = received_at.or(known.received_at);
        }
    }

    fn owe(&mut self, event: &OrderEvent, at: Millis) {
        let OrderEvent::RefundDue {
            amount,
            fee,
            is_credit,
            of_return,
            ..
        } = event
        else {
            return;
        };
        self.refunds.push(RefundView {
            id: format!("F{}", self.refunds.len() + 1),
            amount: *amount,
            fee: *fee,
            state: RefundState::Due,
            due_at: at,
            sent_at: None,
            is_credit: *is_credit,
            of_return: of_return.clone(),
        });
        if let (Some(id), 0) = (of_return, *amount) {
            self.set_return(id, ReturnState::Done, None);
        }
    }

    fn pay(&mut self, id: &str, at: Millis) {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == id) else {
            return;
        };
        (refund.state, refund.sent_at) = (RefundState::Sent, Some(at));
        if let Some(id) = refund.of_return.clone() {
            self.set_return(&id, ReturnState::Done, None);
        }
    }

    /// What the next return will be called.
    pub fn next_return(&self) -> String {
        format!("R{}", self.returns.len() + 1)
    }

    pub fn return_of(&self, id: &str) -> Option<&Return> {
        self.returns.iter().find(|known| known.id == id)
    }

    /// Pieces of a line that are on their way back, or came back for good. What was exchanged is still owned.
    pub fn given_back(&self, line: &str) -> u32 {
        let counts = |known: &&Return| match known.state {
            ReturnState::Requested => true,
            ReturnState::Withdrawn => false,
            ReturnState::Received | ReturnState::Done => known.resolution != Resolution::Exchange,
        };
        let lines = self.returns.iter().filter(counts).flat_map(|known| &known.lines);
        lines
            .filter(|given| given.line == line)
            .map(|given| given.quantity)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(events: Vec<OrderEvent>) -> Standing {
        let stored = (1..).zip(events).map(|(number, event)| StoredEvent {
            id: format!("e{number}"),
            order: "o".into(),
            number,
            // Ends name the event before them.
            cause: matches!(
                event,
                OrderEvent::RefundDue { .. }
                    | OrderEvent::Reinstated { .. }
                    | OrderEvent::NotReinstated { .. }
            )
            .then(|| format!("e{}", number - 1)),
            event,
            idempotency_key: None,
            fingerprint: String::new(),
            at: number * 10,
        });
        Standing::of(0, &stored.collect::<Vec<_>>())
    }

    fn shipped() -> OrderEvent {
        OrderEvent::Shipped {
            carrier: "UPS".into(),
            tracking: "1Z".into(),
            tracking_url: None,
            exchange: None,
        }
    }

    fn requested(quantity: u32, resolution: Resolution) -> OrderEvent {
        OrderEvent::ReturnRequested {
            lines: vec![ReturnLine {
                line: "a".into(),
                quantity,
                exchange_for: None,
            }],
            reason: ReturnReason::TooSmall,
            resolution,
            label: "secret".into(),
            refund: 100,
            fee: 0,
        }
    }

    fn due(of_return: Option<&str>) -> OrderEvent {
        OrderEvent::RefundDue {
            amount: 100,
            fee: 0,
            is_credit: false,
            of_return: of_return.map(str::to_owned),
            roll_back: Some("b".into()),
        }
    }

    fn address(city: &str) -> OrderEvent {
        OrderEvent::Readdressed {
            address: Address {
                city: city.into(),
                ..Address::default()
            },
        }
    }

    #[test]
    fn an_order_goes_on_step_by_step() {
        let arrived = OrderEvent::Delivered { exchange: None };
        let standing = folded(vec![
            OrderEvent::Placed,
            OrderEvent::Packed,
            shipped(),
            shipped(),
            arrived,
        ]);
        assert_eq!(
            (standing.progress, standing.delivered_at),
            (Progress::Delivered, Some(50))
        );
        let parcels: Vec<_> = standing
            .shipments
            .iter()
            .map(|parcel| (parcel.shipped_at, parcel.delivered_at))
            .collect();
        assert_eq!(parcels, [(30, Some(50)), (40, Some(50))]);
    }

    #[test]
    fn what_is_cancelled_and_reinstated_is_as_before() {
        let cancelled = vec![OrderEvent::Placed, OrderEvent::Cancelled];
        let standing = folded(cancelled.clone());
        assert_eq!(standing.progress, Progress::Cancelled);
        assert_eq!(standing.unfinished.len(), 1, "what it cost isn't paid back yet");
        let mut events = [cancelled, vec![due(None), OrderEvent::Reinstating]].concat();
        let standing = folded(events.clone());
        assert!(standing.is_reinstating && standing.progress == Progress::Cancelled);
        assert_eq!(standing.refunds[0].amount, 100);
        events.push(OrderEvent::Reinstated {
            redemption: "new".into(),
        });
        let standing = folded(events);
        assert_eq!(
            (standing.progress, standing.refunds[0].amount),
            (Progress::Placed, 0)
        );
        assert!(standing.unfinished.is_empty() && standing.cancelled.is_none());
        assert_eq!(standing.redemption.as_deref(), Some("new"));
    }

    #[test]
    fn addresses_come_back_one_after_the_other() {
        let events = vec![address("Rome"), address("Oslo"), OrderEvent::AddressRestored];
        assert_eq!(folded(events.clone()).addresses[0].city, "Rome");
        let all = [events, vec![OrderEvent::AddressRestored]].concat();
        assert!(folded(all).addresses.is_empty());
    }

    #[test]
    fn pieces_are_given_back_until_their_return_is_withdrawn() {
        let withdrawn = OrderEvent::ReturnWithdrawn { id: "R1".into() };
        let events = vec![
            requested(2, Resolution::Refund),
            requested(1, Resolution::StoreCredit),
        ];
        assert_eq!(folded(events.clone()).given_back("a"), 3);
        let standing = folded([events, vec![withdrawn]].concat());
        assert_eq!((standing.given_back("a"), standing.given_back("b")), (1, 0));
        assert_eq!(standing.return_of("R2").unwrap().state, ReturnState::Requested);
    }

    #[test]
    fn a_return_is_done_when_its_money_is_sent_and_an_exchange_when_its_goods_are() {
        let received = OrderEvent::ReturnReceived { id: "R1".into() };
        let events = vec![requested(2, Resolution::Refund), received, due(Some("R1"))];
        let standing = folded(events.clone());
        assert_eq!(standing.returns[0].state, ReturnState::Received);
        assert!(standing.unfinished.is_empty());
        let sent = OrderEvent::Refunded { refund: "F1".into() };
        let standing = folded([events, vec![sent]].concat());
        assert_eq!(standing.returns[0].state, ReturnState::Done);
        assert_eq!(standing.refunds[0].sent_at, Some(40));

        let received = OrderEvent::ExchangeReceived { id: "R1".into() };
        let mut new = shipped();
        if let OrderEvent::Shipped { exchange, .. } = &mut new {
            *exchange = Some("R1".into());
        }
        let standing = folded(vec![requested(1, Resolution::Exchange), received, new]);
        assert_eq!(standing.returns[0].state, ReturnState::Done);
        assert_eq!(standing.given_back("a"), 0, "its shopper owns another piece");
        assert_eq!(
            standing.progress,
            Progress::Placed,
            "the order itself didn't move"
        );
    }
}
