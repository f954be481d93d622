//! An order of this house as it is told.

use super::policy::Rules;
use super::standing::Return;
use crate::orders::contact::Contact;
use crate::orders::system::{
    Address, CustomerContact, LineView, OrderView, Permissions, RefundState, RefundView, ReturnState,
    ReturnView, Totals,
};
use crate::promotions::campaign::MinorUnits;

impl Rules<'_> {
    pub fn view(&self) -> OrderView {
        let order = self.order;
        let address = self.address();
        let outcome = order.outcome.as_ref();
        OrderView {
            number: order.number.to_string(),
            progress: self.standing.progress,
            placed_at: self.standing.placed_at,
            currency: order.occasion.cart.currency.clone(),
            lines: (0..order.lines.len()).map(|place| self.line(place)).collect(),
            totals: outcome.map_or_else(Totals::default, |outcome| Totals {
                subtotal: outcome.subtotal,
                discount: outcome.discount,
                shipping: outcome.shipping,
                total: outcome.total,
            }),
            expected: self.expected(&address.region),
            contact: CustomerContact {
                name: order.contact.name.clone(),
                email: order.contact.email.clone(),
                identifier: None,
                address,
            },
            shipments: self.standing.shipments.clone(),
            returns: self
                .standing
                .returns
                .iter()
                .map(|known| self.given(known))
                .collect(),
            refunds: self
                .standing
                .refunds
                .iter()
                .filter(|refund| refund.amount > 0)
                .cloned()
                .collect(),
            may: Permissions {
                cancel: self.cancel(),
                reinstate: self.reinstate(),
                change_address: self.change_address(),
                restore_address: self.restore_address(),
                give_back: self.give_back(),
            },
        }
    }

    /// Where it goes.
    pub fn address(&self) -> Address {
        let last = self.standing.addresses.last();
        last.cloned()
            .unwrap_or_else(|| Address::from(&self.order.contact))
    }

    fn line(&self, place: usize) -> LineView {
        let (bought, line) = (&self.order.lines[place], &self.order.occasion.cart.lines[place]);
        let usual = bought.unit_price * MinorUnits::from(bought.quantity);
        let paid = self.order.outcome.as_ref();
        let paid = paid.and_then(|outcome| outcome.lines.get(place));
        let (returnable, why_not) = self.returnable(place);
        LineView {
            id: line.id.clone(),
            item: bought.item.clone(),
            title: bought.title.clone(),
            quantity: bought.quantity,
            unit_price: bought.unit_price,
            paid: paid.map_or(usual, |paid| paid.total),
            returnable,
            why_not,
        }
    }

    /// Once its refund is due, a return says what really comes back.
    fn given(&self, known: &Return) -> ReturnView {
        let of_it = |refund: &&RefundView| refund.of_return.as_deref() == Some(known.id.as_str());
        let settled = self.standing.refunds.iter().find(of_it);
        let expected = (known.refund - known.fee).max(0);
        ReturnView {
            id: known.id.clone(),
            lines: known.lines.clone(),
            reason: known.reason,
            resolution: known.resolution,
            state: known.state,
            requested_at: known.requested_at,
            received_at: known.received_at,
            label: (known.state == ReturnState::Requested)
                .then(|| format!("/orders/{}/label/{}", self.order.number, known.label)),
            refund: settled.map_or(expected, |refund| refund.amount),
            fee: settled.map_or(known.fee, |refund| refund.fee),
        }
    }

    /// The refund that is due, where there is one alone.
    pub fn only_due(&self) -> Option<&RefundView> {
        let is_due = |refund: &&RefundView| refund.state == RefundState::Due && refund.amount > 0;
        let mut due = self.standing.refunds.iter().filter(is_due);
        due.next().filter(|_| due.next().is_none())
    }
}

impl From<&Contact> for Address {
    fn from(contact: &Contact) -> Self {
        Self {
            street: contact.street.clone(),
            extra: contact.extra.clone(),
            city: contact.city.clone(),
            region: contact.region.clone(),
            postcode: contact.postcode.clone(),
            country: String::new(),
        }
    }
}
