//! What a form lacks, and what is to be done once it lacks nothing.

use super::{OrderForm, Slot, Task};
use crate::orders::{
    Address, LineView, OrderView, Resolution, ReturnLine, ReturnRequest, ReturnState, WhyNot,
};
use crate::text::normalise::words;

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Ask(Slot),
    /// Say how the order stands.
    Tell,
    /// Say how its refunds stand.
    TellRefunds,
    /// Ask whether this shall be done.
    Confirm(Change),
    Do(Change),
    Cannot(WhyNot),
}

/// A change of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Cancel,
    Reinstate,
    Readdress(Address),
    RestoreAddress,
    Return(ReturnRequest),
    /// The return's id.
    Withdraw(String),
}

/// The next step of a form about an order that is proven to be the shopper's. `variant`: the item of the same product in
/// the wanted size or colour, for an exchange.
pub fn next(form: &mut OrderForm, order: &OrderView, variant: impl Fn(&LineView) -> Option<String>) -> Step {
    let may = &order.may;
    match form.task {
        Task::Status => Step::Tell,
        Task::Refund => Step::TellRefunds,
        Task::Cancel => match may.cancel.why_not {
            Some(why) => Step::Cannot(why),
            None => confirmed(form, Change::Cancel),
        },
        Task::ChangeAddress => match (may.change_address.why_not, &form.address) {
            (Some(why), _) => Step::Cannot(why),
            (None, None) => Step::Ask(Slot::Address),
            (None, Some(address)) => confirmed(form, Change::Readdress(address.clone())),
        },
        Task::Return | Task::Exchange => give_back(form, order, variant),
        // What the shopper has just done is undone at a word.
        Task::Reinstate => undo(may.reinstate.why_not, Change::Reinstate),
        Task::RestoreAddress => undo(may.restore_address.why_not, Change::RestoreAddress),
        Task::Withdraw => {
            let open = order
                .returns
                .iter()
                .rev()
                .find(|known| known.state == ReturnState::Requested);
            match open {
                Some(open) => Step::Do(Change::Withdraw(open.id.clone())),
                None => Step::Cannot(WhyNot::NothingToUndo),
            }
        }
    }
}

fn confirmed(form: &OrderForm, change: Change) -> Step {
    match form.confirmed {
        true => Step::Do(change),
        false => Step::Confirm(change),
    }
}

fn undo(why_not: Option<WhyNot>, change: Change) -> Step {
    why_not.map_or(Step::Do(change), Step::Cannot)
}

fn give_back(form: &mut OrderForm, order: &OrderView, variant: impl Fn(&LineView) -> Option<String>) -> Step {
    if let Some(why) = order.may.give_back.why_not {
        return Step::Cannot(why);
    }
    choose_lines(form, order);
    let chosen: Vec<&LineView> = form.lines.iter().filter_map(|id| order.line(id)).collect();
    if chosen.is_empty() {
        return Step::Ask(Slot::Lines);
    }
    if let Some(why) = chosen
        .iter()
        .find(|line| line.returnable == 0)
        .and_then(|line| line.why_not)
    {
        // Faulty goods come back whatever they are; the shop's system has the last word.
        if !form.reason.is_some_and(|reason| reason.is_shops_fault()) {
            return Step::Cannot(why);
        }
    }
    let Some(reason) = form.reason else {
        return Step::Ask(Slot::Reason);
    };
    let is_exchange = form.task == Task::Exchange;
    if is_exchange && form.instead.size.is_none() && form.instead.colour.is_none() {
        return Step::Ask(Slot::ExchangeFor);
    }
    let mut lines = Vec::new();
    for line in chosen {
        let exchange_for = is_exchange.then(|| variant(line)).flatten();
        if is_exchange && exchange_for.is_none() {
            return Step::Cannot(WhyNot::SoldOut);
        }
        let most = line.returnable.max(1);
        lines.push(ReturnLine {
            line: line.id.clone(),
            quantity: form.quantity.unwrap_or(most).clamp(1, most),
            exchange_for,
        });
    }
    let resolution = if is_exchange {
        Resolution::Exchange
    } else {
        Resolution::Refund
    };
    confirmed(
        form,
        Change::Return(ReturnRequest {
            lines,
            reason,
            resolution,
        }),
    )
}

/// The lines that were named: by words of their titles, "all", or the only one there is.
fn choose_lines(form: &mut OrderForm, order: &OrderView) {
    if !form.lines.is_empty() {
        return;
    }
    if let [only] = order.lines.as_slice() {
        form.lines = vec![only.id.clone()];
        return;
    }
    let Some(said) = form.lines_said.take() else {
        return;
    };
    let said = words(&said);
    let says = |wanted: &[&str]| said.iter().any(|word| wanted.contains(&word.as_str()));
    if says(&["all", "everything", "both", "全部", "都"]) {
        let all = order.lines.iter().filter(|line| line.returnable > 0);
        form.lines = all.map(|line| line.id.clone()).collect();
        return;
    }
    let titles: Vec<Vec<String>> = order.lines.iter().map(|line| words(&line.title)).collect();
    let is_named = |at: usize| {
        titles[at].iter().any(|word| {
            let own = titles
                .iter()
                .enumerate()
                .all(|(other, words)| other == at || !words.contains(word));
            word.chars().count() > 2 && own && said.iter().any(|said| same_thing(said, word))
        })
    };
    let named = (0..order.lines.len()).filter(|at| is_named(*at));
    form.lines = named.map(|at| order.lines[at].id.clone()).collect();
}

/// In singular or plural.
fn same_thing(one: &str, other: &str) -> bool {
    one.trim_end_matches('s') == other.trim_end_matches('s')
}
