//! What a script may say. `docs/conversations.md` explains each key to whoever writes one.

use std::path::PathBuf;

use serde::Deserialize;

use super::expect::{ButtonsWanted, CardsWanted, CartWanted, ComparisonWanted, Several, Words};
use crate::orders::Contact;

/// One conversation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub name: String,
    /// The language of its shopper; the shop's when it is left out.
    pub locale: Option<String>,
    #[serde(default)]
    pub given: Given,
    pub turns: Vec<Turn>,
    /// Where it stands.
    #[serde(skip)]
    pub file: PathBuf,
    /// The folder it lies in, below the one that was asked for: its theme.
    #[serde(skip)]
    pub theme: String,
}

/// What the shopper has before the first word.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    pub cart: Vec<Pieces>,
    /// Codes that were typed into the cart.
    pub codes: Vec<String>,
    /// Whether people answer; as configured when it is left out.
    pub hours: Option<Answering>,
    pub order: Option<PastOrder>,
    pub orders: Vec<PastOrder>,
    /// Address of the page on which the chat was opened.
    pub page: Option<String>,
}

impl Given {
    /// The orders that were placed before, in the order of their numbers.
    pub fn past_orders(&self) -> impl Iterator<Item = &PastOrder> {
        self.order.iter().chain(&self.orders)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    Open,
    Closed,
}

/// Pieces of an item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pieces {
    pub item: String,
    #[serde(default = "one")]
    pub quantity: u32,
}

fn one() -> u32 {
    1
}

/// An order that was placed before the conversation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastOrder {
    pub items: Vec<Pieces>,
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub contact: Buyer,
    #[serde(default)]
    pub progress: Progress,
    /// Whether it was placed from the browser that has the chat; else from another one.
    #[serde(default)]
    pub same_browser: bool,
}

/// To whom an order went; what is left out is Ada Lovelace's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Buyer {
    pub name: String,
    pub email: String,
    pub street: String,
    pub extra: String,
    pub city: String,
    pub region: String,
    pub postcode: String,
}

impl Default for Buyer {
    fn default() -> Self {
        Self {
            name: "Ada Lovelace".into(),
            email: "ada@shop.example".into(),
            street: "14 Mill Lane".into(),
            extra: String::new(),
            city: "Burlington".into(),
            region: "VT".into(),
            postcode: "05401".into(),
        }
    }
}

impl From<&Buyer> for Contact {
    fn from(buyer: &Buyer) -> Self {
        Self {
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            street: buyer.street.clone(),
            extra: buyer.extra.clone(),
            city: buyer.city.clone(),
            region: buyer.region.clone(),
            postcode: buyer.postcode.clone(),
        }
    }
}

/// How far an order is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Placed,
    Packed,
    #[serde(alias = "shipped")]
    Dispatched,
    Delivered,
    Cancelled,
}

/// What the shopper does, and what is expected then.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    #[serde(default, deserialize_with = "super::expect::text")]
    pub says: Option<String>,
    pub presses: Option<Pressed>,
    /// The card whose button is pressed, counted from 1; the first that has it when it is left out.
    pub on: Option<usize>,
    /// One of these.
    #[serde(default)]
    pub intent: Several,
    /// One of these.
    #[serde(default)]
    pub action: Several,
    /// One of these is cited.
    #[serde(default)]
    pub article: Several,
    /// All of these are cited.
    #[serde(default)]
    pub articles: Several,
    #[serde(default)]
    pub reply: Words,
    pub buttons: Option<ButtonsWanted>,
    pub cards: Option<CardsWanted>,
    pub comparison: Option<ComparisonWanted>,
    pub cart: Option<CartWanted>,
    /// Whether a person is wanted after the turn.
    pub handed_over: Option<bool>,
    /// What the stored state holds, at least.
    pub state: Option<serde_json::Value>,
}

/// A button: by what it shows or stands for, or by its place from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    Named(String),
    Number(usize),
}

impl Turn {
    /// What its shopper does, in words for people.
    pub fn deed(&self) -> String {
        match (&self.says, &self.presses) {
            (Some(text), _) => format!("says “{text}”"),
            (None, Some(Pressed::Named(name))) => format!("presses “{name}”"),
            (None, Some(Pressed::Number(number))) => format!("presses button {number}"),
            (None, None) => String::new(),
        }
    }
}

/// What is wrong with a script beside its keys; `None`: nothing.
pub fn fault(script: &Script) -> Option<String> {
    if script.name.trim().is_empty() {
        return Some("`name`: expected what the conversation is about".into());
    }
    if script.turns.is_empty() {
        return Some("`turns`: expected at least one".into());
    }
    for (at, turn) in script.turns.iter().enumerate() {
        let number = at + 1;
        let wrong = match (&turn.says, &turn.presses) {
            (Some(_), Some(_)) => "`says` and `presses`: expected one of them",
            (None, None) => "expected `says` or `presses`",
            (Some(text), None) if text.trim().is_empty() => "`says`: expected words",
            (_, Some(Pressed::Number(0))) => "`presses`: buttons are counted from 1",
            (_, None) if turn.on.is_some() => "`on` goes with `presses`",
            _ if turn.on == Some(0) => "`on`: cards are counted from 1",
            _ => continue,
        };
        return Some(format!("turn {number}: {wrong}"));
    }
    let orders = script.given.past_orders();
    if orders.into_iter().any(|order| order.items.is_empty()) {
        return Some("`items` of an order: expected at least one".into());
    }
    None
}

mod either {
    //! Values that are written in a short or a long form. Visitors, so that errors keep their line.

    use std::fmt;

    use serde::de::value::MapAccessDeserializer;
    use serde::de::{self, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer};

    use super::{Pressed, Progress, Stage};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct LongProgress {
        stage: Stage,
        carrier: Option<String>,
        tracking: Option<String>,
    }

    struct ProgressVisitor;

    impl<'de> Visitor<'de> for ProgressVisitor {
        type Value = Progress;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("placed, packed, dispatched, delivered or cancelled, or `stage` with `carrier` and `tracking`")
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<Progress, E> {
            let stage = Stage::deserialize(de::value::StrDeserializer::new(word))?;
            Ok(Progress {
                stage,
                ..Progress::default()
            })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Progress, A::Error> {
            let long = LongProgress::deserialize(MapAccessDeserializer::new(map))?;
            Ok(Progress {
                stage: long.stage,
                carrier: long.carrier,
                tracking: long.tracking,
            })
        }
    }

    impl<'de> Deserialize<'de> for Progress {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(ProgressVisitor)
        }
    }

    struct PressedVisitor;

    impl Visitor<'_> for PressedVisitor {
        type Value = Pressed;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a button's text or its place")
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Pressed, E> {
            Ok(Pressed::Named(name.into()))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Pressed, E> {
            Ok(Pressed::Number(usize::try_from(number).unwrap_or(usize::MAX)))
        }
    }

    impl<'de> Deserialize<'de> for Pressed {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(PressedVisitor)
        }
    }
}
