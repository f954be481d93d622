//! Orders in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::why_key;
use crate::catalog::Catalogue;
use crate::chat::forms::{Change, Slot, Task};
use crate::chat::message::Choice;
use crate::chat::policy::Button;
use crate::orders::{
    Address, OrderView, Progress, RefundState, RefundView, Resolution, ReturnState, ReturnView, Verified,
    WhyNot,
};
use crate::store::Millis;
use crate::text::dates::day_text;
use crate::text::money::money_text;
use crate::text::say::Voice;

/// Speaks of orders in one language and by one clock.
pub(super) struct Teller<'a> {
    pub voice: &'a Voice,
    pub zone: &'a TimeZone,
}

impl Teller<'_> {
    pub fn say(&self, key: &str) -> String {
        self.voice.say(key)
    }

    fn with(&self, key: &str, variables: &[(&'static str, &str)]) -> String {
        self.voice.say_with(key, variables)
    }

    fn money(&self, minor: i64, order: &OrderView) -> String {
        money_text(minor, &order.currency, &self.voice.code())
    }

    fn day(&self, at: Millis) -> String {
        let moment = Timestamp::from_millisecond(at).unwrap_or_default();
        day_text(
            moment.to_zoned_datetime(self.zone.clone()).date(),
            &self.voice.code(),
        )
    }

    /// The question for what a form lacks.
    pub fn ask(&self, slot: Slot, task: Task) -> String {
        match slot {
            Slot::Number => self.say(&format!("bot-order-ask-number-{}", task.name())),
            slot => self.say(&format!("bot-order-ask-{}", slot.name())),
        }
    }

    /// How an order stands, whole.
    pub fn order(&self, verified: &Verified) -> String {
        let order = verified.order();
        let mut said = vec![self.progress(order)];
        let lines = order.lines.iter().map(|line| {
            let count = line.quantity.to_string();
            self.with("bot-order-line", &[("count", &count), ("item", &line.title)])
        });
        said.push(lines.collect::<Vec<_>>().join("\n"));
        said.extend(order.returns.iter().map(|known| self.return_of(known, order)));
        said.extend(order.refunds.iter().map(|refund| self.refund(refund, order)));
        said.extend(self.age(verified));
        said.join("\n\n")
    }

    fn progress(&self, order: &OrderView) -> String {
        let placed = self.day(order.placed_at);
        let total = self.money(order.totals.total, order);
        let head = self.with(
            "bot-order-head",
            &[("number", &order.number), ("placed", &placed), ("total", &total)],
        );
        let state = match order.progress {
            Progress::Placed => self.say("bot-order-is-placed"),
            Progress::Packed => self.say("bot-order-is-packed"),
            Progress::Cancelled => self.say("bot-order-is-cancelled"),
            Progress::Shipped | Progress::Delivered => self.shipments(order),
        };
        let expected = order.expected.map(|window| {
            let locale = self.voice.code();
            let (from, to) = (day_text(window.from, &locale), day_text(window.to, &locale));
            match window.from == window.to {
                true => self.with("bot-order-expected-day", &[("day", &from)]),
                false => self.with("bot-order-expected", &[("from", &from), ("to", &to)]),
            }
        });
        [Some(head), Some(state), expected]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn shipments(&self, order: &OrderView) -> String {
        let said = order.shipments.iter().map(|shipment| {
            let tracking = match &shipment.tracking_url {
                Some(url) => format!("[{}]({url})", shipment.tracking),
                None => shipment.tracking.clone(),
            };
            let (key, at) = match shipment.delivered_at {
                Some(at) => ("bot-order-was-delivered", at),
                None => ("bot-order-was-shipped", shipment.shipped_at),
            };
            let day = self.day(at);
            self.with(
                key,
                &[
                    ("day", &day),
                    ("carrier", &shipment.carrier),
                    ("tracking", &tracking),
                ],
            )
        });
        said.collect::<Vec<_>>().join(" ")
    }

    fn return_of(&self, known: &ReturnView, order: &OrderView) -> String {
        let day = self.day(known.received_at.unwrap_or(known.requested_at));
        let key = match (known.state, known.resolution) {
            (ReturnState::Requested, _) => "bot-return-is-requested",
            (ReturnState::Withdrawn, _) => "bot-return-is-withdrawn",
            (ReturnState::Received, _) => "bot-return-is-received",
            (ReturnState::Done, Resolution::Exchange) => "bot-return-is-exchanged",
            (ReturnState::Done, _) => "bot-return-is-refunded",
        };
        let amount = self.money(known.refund, order);
        let said = self.with(key, &[("day", &day), ("amount", &amount)]);
        match (&known.label, known.state) {
            (Some(label), ReturnState::Requested) => {
                format!("{said} {}", self.with("bot-return-label", &[("label", label)]))
            }
            _ => said,
        }
    }

    fn refund(&self, refund: &RefundView, order: &OrderView) -> String {
        let amount = self.money(refund.amount, order);
        let day = self.day(refund.sent_at.unwrap_or(refund.due_at));
        let key = match (refund.state, refund.is_credit) {
            (RefundState::Due, _) => "bot-refund-is-due",
            (RefundState::Sent, false) => "bot-refund-was-sent",
            (RefundState::Sent, true) => "bot-refund-was-credited",
        };
        self.with(key, &[("amount", &amount), ("day", &day)])
    }

    /// How the refunds of an order stand.
    pub fn refunds(&self, verified: &Verified) -> String {
        let order = verified.order();
        let open = order
            .returns
            .iter()
            .filter(|known| matches!(known.state, ReturnState::Requested | ReturnState::Received));
        let mut said: Vec<String> = order
            .refunds
            .iter()
            .map(|refund| self.refund(refund, order))
            .collect();
        said.extend(open.map(|known| self.return_of(known, order)));
        if said.is_empty() {
            said.push(self.with("bot-refund-none", &[("number", &order.number)]));
        }
        said.extend(self.age(verified));
        said.join("\n\n")
    }

    fn age(&self, verified: &Verified) -> Option<String> {
        let minutes = verified.age()? / 60_000;
        Some(
            self.voice
                .say_count("bot-order-is-old", "minutes", minutes.max(1)),
        )
    }

    /// What may be done with an order next, as buttons.
    pub fn what_else(&self, verified: &Verified) -> Vec<Choice> {
        let order = verified.order();
        let may = &order.may;
        let tasks = [
            (Task::Cancel, may.cancel.is_given()),
            (Task::ChangeAddress, may.change_address.is_given()),
            (
                Task::Return,
                may.give_back.is_given() && order.lines.iter().any(|line| line.returnable > 0),
            ),
            (
                Task::Withdraw,
                order
                    .returns
                    .iter()
                    .any(|known| known.state == ReturnState::Requested),
            ),
        ];
        tasks
            .into_iter()
            .filter(|(_, may)| *may)
            .map(|(task, _)| self.task(task))
            .collect()
    }

    fn task(&self, task: Task) -> Choice {
        Choice {
            title: self.say(&format!("bot-order-button-{}", task.name())),
            value: Button::Order { task }.value(),
        }
    }

    pub fn yes_or_no(&self) -> Vec<Choice> {
        let choice = |key: &str, button: Button| Choice {
            title: self.say(key),
            value: button.value(),
        };
        vec![
            choice("bot-order-yes", Button::Confirm),
            choice("bot-order-no", Button::GiveUp),
        ]
    }

    /// Asks whether a change shall be made.
    pub fn confirm(&self, change: &Change, verified: &Verified, catalogue: &Catalogue) -> String {
        let order = verified.order();
        let number = ("number", order.number.as_str());
        match change {
            Change::Cancel => {
                let total = self.money(order.totals.total, order);
                self.with("bot-order-confirm-cancel", &[number, ("total", &total)])
            }
            Change::Readdress(address) => self.with(
                "bot-order-confirm-address",
                &[number, ("address", &address_text(address))],
            ),
            Change::Return(request) => {
                let lines = request.lines.iter().map(|line| {
                    let title = order.line(&line.line).map_or("", |known| known.title.as_str());
                    let count = line.quantity.to_string();
                    let wanted = line.exchange_for.as_ref().and_then(|id| catalogue.get(id));
                    match wanted {
                        Some(wanted) => self.with(
                            "bot-order-line-exchange",
                            &[("count", &count), ("item", title), ("wanted", &wanted.title)],
                        ),
                        None => self.with("bot-order-line", &[("count", &count), ("item", title)]),
                    }
                });
                let lines = lines.collect::<Vec<_>>().join("\n");
                let key = match request.resolution {
                    Resolution::Exchange => "bot-order-confirm-exchange",
                    _ => "bot-order-confirm-return",
                };
                self.with(key, &[number, ("lines", &lines)])
            }
            Change::Reinstate | Change::RestoreAddress | Change::Withdraw(_) => {
                self.say("bot-order-confirm-undo")
            }
        }
    }

    /// What was done.
    pub fn done(&self, change: &Change, verified: &Verified) -> String {
        let order = verified.order();
        let number = ("number", order.number.as_str());
        match change {
            Change::Cancel => {
                let refund = order.refunds.iter().rfind(|refund| refund.of_return.is_none());
                let amount = refund.map_or(order.totals.total, |refund| refund.amount);
                self.with(
                    "bot-order-done-cancel",
                    &[number, ("amount", &self.money(amount, order))],
                )
            }
            Change::Reinstate => self.with("bot-order-done-reinstate", &[number]),
            Change::Readdress(_) | Change::RestoreAddress => {
                let address = address_text(&order.contact.address);
                self.with("bot-order-done-address", &[number, ("address", &address)])
            }
            Change::Withdraw(_) => self.with("bot-order-done-withdraw", &[number]),
            Change::Return(_) => match order.returns.last() {
                Some(known) => self.started(known, order),
                None => self.with("bot-order-done-withdraw", &[number]),
            },
        }
    }

    fn started(&self, known: &ReturnView, order: &OrderView) -> String {
        let amount = self.money(known.refund, order);
        let mut said = vec![match known.resolution {
            Resolution::Exchange => self.say("bot-order-done-exchange"),
            _ => self.with("bot-order-done-return", &[("amount", &amount)]),
        }];
        if known.fee > 0 {
            said.push(self.with("bot-order-done-fee", &[("fee", &self.money(known.fee, order))]));
        }
        if let Some(label) = &known.label {
            said.push(self.with("bot-return-label", &[("label", label)]));
        }
        said.join(" ")
    }

    /// How a change is undone, as a button, where that may be.
    pub fn undo(&self, change: &Change, verified: &Verified) -> Vec<Choice> {
        let may = &verified.order().may;
        let task = match change {
            Change::Cancel if may.reinstate.is_given() => Task::Reinstate,
            Change::Readdress(_) if may.restore_address.is_given() => Task::RestoreAddress,
            Change::Return(_) => Task::Withdraw,
            _ => return Vec::new(),
        };
        vec![self.task(task)]
    }

    /// Why a task can't be done.
    pub fn cannot(&self, task: Task, why: WhyNot, verified: &Verified) -> String {
        let order = verified.order();
        let head = self.with(
            &format!("bot-order-cannot-{}", task.name()),
            &[("number", &order.number)],
        );
        format!("{head} {}", self.say(&why_key(why)))
    }
}

fn address_text(address: &Address) -> String {
    let place = format!("{} {} {}", address.city, address.region, address.postcode);
    let parts = [&address.street, &address.extra, &place, &address.country];
    let said = parts
        .into_iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    said.collect::<Vec<_>>().join(", ")
}
