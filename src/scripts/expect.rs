//! What a turn may expect, as it is written.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One text or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Several(pub Vec<String>);

impl Several {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" or "))
    }
}

/// Texts that are there or not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// All of these.
    pub has: Several,
    /// At least one of these.
    pub has_any: Several,
    /// None of these.
    pub has_not: Several,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ButtonsWanted {
    pub at_least: Option<usize>,
    pub has: Several,
    pub has_any: Several,
    pub has_not: Several,
}

/// Cards of products, or of offers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardsWanted {
    pub kind: CardKind,
    pub at_least: Option<usize>,
    pub at_most: Option<usize>,
    /// There are no cards.
    pub none: bool,
    pub every: Option<CardLike>,
    pub some: Option<CardLike>,
    pub first: Option<CardLike>,
    /// The dearest costs less than the dearest of the cards shown before.
    pub cheaper: bool,
    /// None of them was shown before.
    pub others: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    #[default]
    Product,
    Offer,
}

/// What holds of a card. A list means one of it, after `not_` none of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardLike {
    /// Texts on the card.
    pub has: Several,
    pub has_not: Several,
    /// In whole units of the catalogue's currency: 120 or 88.74.
    pub min_price: Option<f64>,
    pub max_price: Option<f64>,
    pub brand: Several,
    pub not_brand: Several,
    /// Any level of the category's path.
    pub category: Several,
    pub not_category: Several,
    #[serde(alias = "color")]
    pub colour: Several,
    #[serde(alias = "not_color")]
    pub not_colour: Several,
    pub size: Several,
    /// For whom it is, as the catalogue says: men, women, kids, unisex.
    pub person: Several,
    pub not_person: Several,
    /// Whether it can be bought now.
    pub in_stock: Option<bool>,
    /// Whether it costs less than usual.
    pub reduced: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComparisonWanted {
    /// How many things are compared.
    pub items: Option<usize>,
    /// Labels of rows that are there.
    pub rows: Several,
}

/// What is in the cart after the turn.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CartWanted {
    pub pieces: Option<u32>,
    /// Exactly these, in any order.
    pub items: Option<Vec<super::format::Pieces>>,
    /// Exactly these, in any order and any case of letters.
    pub codes: Option<Several>,
    pub every: Option<CardLike>,
}

struct SeveralVisitor;

impl<'de> Visitor<'de> for SeveralVisitor {
    type Value = Several;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Several, E> {
        Ok(Several(vec![text.into()]))
    }

    // `size: 10` is a text to whoever writes it.
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Several, E> {
        Ok(Several(vec![number.to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Several, A::Error> {
        let mut texts = Vec::new();
        while let Some(One(text)) = list.next_element()? {
            texts.push(text);
        }
        Ok(Several(texts))
    }
}

impl<'de> Deserialize<'de> for Several {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeveralVisitor)
    }
}

/// A text, for a field that may be left out. A number is a text too: `says: 10432`.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    One::deserialize(deserializer).map(|One(text)| Some(text))
}

/// An entry of a list.
struct One(String);

struct OneVisitor;

impl Visitor<'_> for OneVisitor {
    type Value = One;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<One, E> {
        Ok(One(text.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<One, E> {
        Ok(One(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<One, E> {
        Ok(One(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor)
    }
}
