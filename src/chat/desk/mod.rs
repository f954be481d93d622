//! The bot at the order desk: lets a form do what it can with the order, and says what it lacks.

mod words;

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::actions::person_or_not;
use super::asks::Doing;
use super::forms::{Change, OrderForm, Shown, Slot, Step, Task, next};
use super::goods::{Arranged, Finding, Record};
use super::message::Choice;
use super::policy::Button;
use super::reply::Part;
use super::wants::{Wants, comes_in, size_of};
use crate::catalog::{Catalogue, Item};
use crate::orders::{
    DeskError, LineView, OrderDesk, OrderView, Proof, ReturnLine, ReturnReason, Verified, WhyNot,
};
use crate::promotions::campaign::MinorUnits;
use crate::shoppers::SignedIn;
use crate::text::money::minor_digits;
use crate::text::say::Voice;
use words::Teller;

/// Failed proofs after which a person is offered.
const TRIES: u8 = 3;

/// Who stands at the desk.
pub struct Customer<'a> {
    pub conversation: &'a str,
    /// As the shop vouches for them.
    pub signed_in: Option<SignedIn>,
    /// The order that was spoken of last, proven then.
    pub order: Option<&'a str>,
    /// What proved an order in this conversation: it may prove another one.
    pub proof: Option<&'a Shown>,
    /// Names the message: what it changes is changed once, however often the turn is tried.
    pub key: &'a str,
    pub voice: &'a Voice,
    pub zone: TimeZone,
}

/// The desk with the catalogue, in which exchanges find their variants.
#[derive(Clone)]
pub struct Desk {
    pub orders: OrderDesk,
    pub catalogue: Catalogue,
    /// From which value on a person decides about a cancellation or a return, in whole units of the order's currency; 0:
    /// never.
    pub person_from: u64,
}

impl Desk {
    /// Takes a form as far as it goes.
    pub async fn attend(&self, mut form: OrderForm, customer: &Customer<'_>) -> Finding {
        let teller = Teller {
            voice: customer.voice,
            zone: &customer.zone,
        };
        match self.verified(&mut form, customer).await {
            Ok(Some(verified)) => self.go_on(form, &verified, customer, &teller).await,
            Ok(None) => {
                let slot = match form.number {
                    None => Slot::Number,
                    Some(_) => Slot::Proof,
                };
                let choices = self.own_orders(slot, customer).await;
                ask(form, slot, choices, &teller)
            }
            Err(error) => refused(form, &error, &teller),
        }
    }

    /// The order, if it is known which one and shown whose it is. The proof is forgotten once it has served.
    async fn verified(
        &self,
        form: &mut OrderForm,
        customer: &Customer<'_>,
    ) -> Result<Option<Verified>, DeskError> {
        let id = customer.conversation;
        if form.number.is_none() {
            form.number = match (customer.order, &customer.signed_in) {
                (Some(number), _) => Some(number.to_owned()),
                (None, Some(shopper)) => match self.orders.orders_of(id, shopper).await?.as_slice() {
                    [only] => Some(only.number().to_owned()),
                    _ => None,
                },
                (None, None) => None,
            };
        }
        let Some(number) = form.number.clone() else {
            return Ok(None);
        };
        if let Some(known) = self.orders.recall(id, &number).await? {
            form.proof = None;
            return Ok(Some(known));
        }
        if let Some(shown) = form.proof.take() {
            let found = self.orders.find(id, &number, &proof_of(&shown)).await?;
            form.proven_by = Some(shown);
            return Ok(Some(found));
        }
        if let Some(shown) = customer.proof {
            // It proved an order of theirs; that it doesn't prove this one says nothing yet.
            match self.orders.find(id, &number, &proof_of(shown)).await {
                Err(DeskError::NotFound) => {}
                found => return found.map(Some),
            }
        }
        match &customer.signed_in {
            Some(shopper) => match self
                .orders
                .find(id, &number, &Proof::SignedIn(shopper.clone()))
                .await
            {
                // It may have been placed as a guest, with another address.
                Err(DeskError::NotFound) => Ok(None),
                found => found.map(Some),
            },
            None => Ok(None),
        }
    }

    /// The orders of a signed-in shopper, to choose from.
    async fn own_orders(&self, slot: Slot, customer: &Customer<'_>) -> Vec<Choice> {
        let (Slot::Number, Some(shopper)) = (slot, &customer.signed_in) else {
            return Vec::new();
        };
        let own = self
            .orders
            .orders_of(customer.conversation, shopper)
            .await
            .unwrap_or_default();
        let choice = |verified: &Verified| Choice {
            title: verified.number().to_owned(),
            value: Button::OrderNumber {
                number: verified.number().to_owned(),
            }
            .value(),
        };
        own.iter().map(choice).collect()
    }

    async fn go_on(
        &self,
        mut form: OrderForm,
        verified: &Verified,
        customer: &Customer<'_>,
        teller: &Teller<'_>,
    ) -> Finding {
        let order = verified.order();
        let proven_by = form.proven_by.take();
        let instead = form.instead.clone();
        let step = next(&mut form, order, |line| {
            self.variant(line, instead.size.as_deref(), instead.colour.as_deref())
        });
        let attended = match step {
            Step::Ask(slot) => {
                let choices = choices(slot, verified, teller);
                ask(form, slot, choices, teller)
            }
            Step::Tell => told(
                Doing::ShowOrder,
                teller.order(verified),
                teller.what_else(verified),
            ),
            Step::TellRefunds => told(Doing::ShowOrder, teller.refunds(verified), Vec::new()),
            Step::Confirm(change) if self.is_at_stake(&change, order) => at_stake(form.task),
            Step::Confirm(change) => {
                let mut asked = ask(form, Slot::Confirm, teller.yes_or_no(), teller);
                asked.parts[0] = Part::Choices {
                    prompt: teller.confirm(&change, verified, &self.catalogue),
                    choices: teller.yes_or_no(),
                };
                asked
            }
            Step::Cannot(why) => told(
                doing(form.task),
                teller.cannot(form.task, why, verified),
                Vec::new(),
            ),
            Step::Do(change) => self.done(form.task, &change, verified, customer, teller).await,
        };
        let number = verified.number().to_owned();
        Finding {
            records: vec![Record::Order {
                number: number.clone(),
            }],
            arranged: attended.arranged.map(|arranged| Arranged {
                order: Some(number),
                proof: proven_by.clone(),
                ..arranged
            }),
            ..attended
        }
    }

    /// Whether so much would be given back that a person decides about it.
    fn is_at_stake(&self, change: &Change, order: &OrderView) -> bool {
        let value = match change {
            Change::Cancel => order.totals.total,
            Change::Return(request) => request.lines.iter().map(|part| worth(part, order)).sum(),
            _ => return false,
        };
        let unit = 10i64.pow(minor_digits(&order.currency).unwrap_or(2));
        self.person_from > 0 && value / unit >= self.person_from.try_into().unwrap_or(i64::MAX)
    }

    async fn done(
        &self,
        task: Task,
        change: &Change,
        verified: &Verified,
        customer: &Customer<'_>,
        teller: &Teller<'_>,
    ) -> Finding {
        let key = customer.key;
        let done = match change {
            Change::Cancel => self.orders.cancel(verified, key).await,
            Change::Reinstate => self.orders.reinstate(verified, key).await,
            Change::Readdress(address) => self.orders.change_address(verified, address, key).await,
            Change::RestoreAddress => self.orders.restore_address(verified, key).await,
            Change::Withdraw(id) => self.orders.withdraw_return(verified, id, key).await,
            Change::Return(request) => self
                .orders
                .start_return(verified, request, key)
                .await
                .map(|(verified, _)| verified),
        };
        match done {
            Ok(now) => told(doing(task), teller.done(change, &now), teller.undo(change, &now)),
            Err(DeskError::NotPossible(why)) => {
                told(doing(task), teller.cannot(task, why, verified), Vec::new())
            }
            Err(DeskError::Invalid { .. }) => {
                let mut form = OrderForm::new(task);
                form.number = Some(verified.number().to_owned());
                ask(form, Slot::Address, Vec::new(), teller)
            }
            Err(error) => {
                tracing::warn!(%error, "an order can't be changed");
                told(doing(task), teller.say("bot-order-change-failed"), Vec::new())
            }
        }
    }

    /// The item of the same product in another size or colour, where it can be had.
    fn variant(&self, line: &LineView, size: Option<&str>, colour: Option<&str>) -> Option<String> {
        let own = self.catalogue.get(&line.item)?;
        let wants = Wants {
            colour: colour.map(str::to_owned),
            ..Wants::default()
        };
        let keeps_colour = |variant: &Item| variant.attributes.get("color") == own.attributes.get("color");
        let fits = |variant: &&Arc<Item>| {
            variant.is_sold()
                && size.is_none_or(|size| comes_in(size_of(variant), size) == Some(true))
                && match colour {
                    Some(_) => wants.admits(variant),
                    None => keeps_colour(variant),
                }
        };
        let variants = self.catalogue.variants(&own);
        variants.iter().find(fits).map(|variant| variant.id.clone())
    }
}

fn proof_of(shown: &Shown) -> Proof {
    match shown {
        Shown::Email(email) => Proof::Email(email.clone()),
        Shown::Postcode(postcode) => Proof::Postcode(postcode.clone()),
    }
}

fn doing(task: Task) -> Doing {
    match task {
        Task::Status | Task::Refund => Doing::ShowOrder,
        Task::Cancel | Task::Reinstate => Doing::CancelOrder,
        Task::ChangeAddress | Task::RestoreAddress => Doing::ChangeAddress,
        Task::Return | Task::Exchange | Task::Withdraw => Doing::StartReturn,
    }
}

/// Asks for what a form lacks.
fn ask(mut form: OrderForm, slot: Slot, choices: Vec<Choice>, teller: &Teller<'_>) -> Finding {
    form.asked = Some(slot);
    let prompt = teller.ask(slot, form.task);
    let part = match choices.is_empty() {
        true => Part::Text { text: prompt },
        false => Part::Choices { prompt, choices },
    };
    Finding {
        parts: vec![part],
        arranged: Some(Arranged {
            form: Some(form),
            ..Arranged::default()
        }),
        ..Finding::of(Doing::AskOrder)
    }
}

fn told(doing: Doing, text: String, choices: Vec<Choice>) -> Finding {
    let mut parts = vec![Part::Text { text }];
    if !choices.is_empty() {
        parts.push(Part::Choices {
            prompt: String::new(),
            choices,
        });
    }
    Finding {
        parts,
        arranged: Some(Arranged::default()),
        ..Finding::of(doing)
    }
}

/// What was paid for the part of a line that goes back.
fn worth(part: &ReturnLine, order: &OrderView) -> MinorUnits {
    let line = order.lines.iter().find(|line| line.id == part.line);
    line.map_or(0, |line| {
        line.paid * i64::from(part.quantity) / i64::from(line.quantity.max(1))
    })
}

/// Leaves it to a person: whoever decides says whom the shopper hears from.
fn at_stake(task: Task) -> Finding {
    Finding {
        arranged: Some(Arranged {
            calls_person: true,
            ..Arranged::default()
        }),
        ..Finding::of(doing(task))
    }
}

/// Says that the bot can't go on here, and offers a person.
fn at_wits_end(key: &str, teller: &Teller<'_>) -> Finding {
    let choices = person_or_not(teller.voice).to_vec();
    Finding {
        arranged: Some(Arranged {
            offers_person: true,
            ..Arranged::default()
        }),
        ..told(Doing::AskOrder, teller.say(key), choices)
    }
}

/// What the desk said no to. Nobody learns whether it was the number or the proof that was wrong.
fn refused(mut form: OrderForm, error: &DeskError, teller: &Teller<'_>) -> Finding {
    match error {
        DeskError::NotFound | DeskError::Invalid { .. } => {
            form.tries += 1;
            if form.tries < TRIES {
                let mut asked = ask(form, Slot::Proof, Vec::new(), teller);
                asked.parts = vec![Part::Text {
                    text: teller.say("bot-order-not-found"),
                }];
                return asked;
            }
            at_wits_end("bot-order-not-found-again", teller)
        }
        DeskError::TooMany { .. } => at_wits_end("bot-order-too-many", teller),
        error => {
            tracing::warn!(%error, "an order can't be looked up");
            at_wits_end("bot-order-away", teller)
        }
    }
}

fn choices(slot: Slot, verified: &Verified, teller: &Teller<'_>) -> Vec<Choice> {
    match slot {
        Slot::Lines => {
            let lines = verified.order().lines.iter().filter(|line| line.returnable > 0);
            let choice = |line: &LineView| Choice {
                title: line.title.clone(),
                value: Button::OrderLine {
                    line: line.id.clone(),
                }
                .value(),
            };
            lines.map(choice).collect()
        }
        Slot::Reason => {
            let choice = |reason: ReturnReason| Choice {
                title: teller.say(&format!("bot-return-reason-{}", reason.name().replace('_', "-"))),
                value: Button::ReturnReason { reason }.value(),
            };
            ReturnReason::ALL.into_iter().map(choice).collect()
        }
        _ => Vec::new(),
    }
}

/// The key of the sentence for why something can't be done.
fn why_key(why: WhyNot) -> String {
    format!("bot-order-why-{}", why.name().replace('_', "-"))
}

/// The question that a form awaits an answer to, once more.
pub fn asked_again(form: &OrderForm, voice: &Voice) -> Part {
    let zone = TimeZone::UTC;
    let teller = Teller { voice, zone: &zone };
    let slot = form.asked.unwrap_or(Slot::Number);
    if slot == Slot::Confirm {
        return Part::Choices {
            prompt: voice.say("bot-order-back-to-confirm"),
            choices: teller.yes_or_no(),
        };
    }
    Part::Text {
        text: voice.say_with("bot-order-back-to", &[("question", &teller.ask(slot, form.task))]),
    }
}
