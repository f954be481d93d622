//! What a shopper arranges about an order, over as many messages as it takes. Pure: [`fill`] takes what a message gives
//! to a form, [`next`] says what it lacks or what is to be done; [`super::desk`] does it.

mod answers;
mod fill;
mod steps;
mod wishes;

use serde::{Deserialize, Serialize};

use crate::orders::{Address, ReturnReason};

pub use fill::{Filled, fill};
pub use steps::{Change, Step, next};
pub use wishes::{begins, task_by_words, task_of};

/// What is arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Status,
    Cancel,
    ChangeAddress,
    Return,
    Exchange,
    Refund,
    /// Undo a cancellation.
    Reinstate,
    /// Undo a change of address.
    RestoreAddress,
    /// Undo a return that isn't on its way.
    Withdraw,
}

/// What a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    Number,
    Proof,
    Lines,
    Reason,
    ExchangeFor,
    Address,
    Confirm,
}

/// What shows that an order is the shopper's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Email(String),
    Postcode(String),
}

/// Which size or colour shall come instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instead {
    pub size: Option<String>,
    pub colour: Option<String>,
}

/// An arrangement under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderForm {
    pub task: Task,
    #[serde(default)]
    pub number: Option<String>,
    /// Forgotten as soon as it has served.
    #[serde(default)]
    pub proof: Option<Shown>,
    /// The proof that served, until the conversation has kept it.
    #[serde(skip)]
    pub proven_by: Option<Shown>,
    /// Lines of the order, by their ids.
    #[serde(default)]
    pub lines: Vec<String>,
    /// What was said of the lines before the order was known.
    #[serde(default)]
    pub lines_said: Option<String>,
    /// Pieces of the line; `None`: all that can be given back.
    #[serde(default)]
    pub quantity: Option<u32>,
    #[serde(default)]
    pub reason: Option<ReturnReason>,
    #[serde(default)]
    pub instead: Instead,
    #[serde(default)]
    pub address: Option<Address>,
    #[serde(default)]
    pub confirmed: bool,
    /// What was asked last.
    #[serde(default)]
    pub asked: Option<Slot>,
    /// Answers in a row that were none.
    #[serde(default)]
    pub tries: u8,
}

impl OrderForm {
    pub fn new(task: Task) -> Self {
        Self {
            task,
            number: None,
            proof: None,
            proven_by: None,
            lines: Vec::new(),
            lines_said: None,
            quantity: None,
            reason: None,
            instead: Instead::default(),
            address: None,
            confirmed: false,
            asked: None,
            tries: 0,
        }
    }

    /// The same order, something else about it.
    pub fn turned_to(&self, task: Task) -> Self {
        Self {
            number: self.number.clone(),
            proof: self.proof.clone(),
            ..Self::new(task)
        }
    }

    /// Another order than the one that was named: what was chosen of that one is void.
    fn of_number(self, number: &str) -> Self {
        if self.number.as_deref() == Some(number) {
            return self;
        }
        Self {
            number: Some(number.to_owned()),
            lines: Vec::new(),
            confirmed: false,
            ..self
        }
    }
}

impl Task {
    pub const ALL: [Self; 9] = [
        Self::Status,
        Self::Cancel,
        Self::ChangeAddress,
        Self::Return,
        Self::Exchange,
        Self::Refund,
        Self::Reinstate,
        Self::RestoreAddress,
        Self::Withdraw,
    ];

    /// As in the values of buttons and the keys of sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Cancel => "cancel",
            Self::ChangeAddress => "change-address",
            Self::Return => "return",
            Self::Exchange => "exchange",
            Self::Refund => "refund",
            Self::Reinstate => "reinstate",
            Self::RestoreAddress => "restore-address",
            Self::Withdraw => "withdraw",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

impl Slot {
    /// As in the keys of sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Proof => "proof",
            Self::Lines => "lines",
            Self::Reason => "reason",
            Self::ExchangeFor => "exchange-for",
            Self::Address => "address",
            Self::Confirm => "confirm",
        }
    }
}
