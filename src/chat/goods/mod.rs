//! Looks up what a message asks of the shop: products that fit, offers that run, what is in the cart. Everything comes
//! from a record that is read in this turn, and the finding names it.

mod basket;
mod cards;
mod companions;
mod compare;
mod offers;
mod products;
mod stock;

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::Serialize;

use super::asks::{Ask, Doing};
use super::forms::{OrderForm, Shown};
use super::reply::Part;
use super::wants::Wants;
use crate::catalog::{Catalogue, ProductNames};
use crate::nlu::Languages;
use crate::orders::Orders;
use crate::promotions::Promotions;
use crate::promotions::campaign::Codes;
use crate::promotions::codes::code_key;
use crate::promotions::personal::PersonalOffers;
use crate::recommend::Recommender;
use crate::text::say::Voice;

/// What the chat may show of the shop.
#[derive(Clone)]
pub struct Shelf {
    pub catalogue: Catalogue,
    pub recommender: Recommender,
    pub promotions: Promotions,
    pub personal: PersonalOffers,
    pub orders: Orders,
    /// Whose encoders read words that were said over several messages.
    pub languages: Languages,
    /// By which products are known, and of which revision of the catalogue.
    pub names: Arc<ArcSwap<(i64, ProductNames)>>,
}

/// What was found for an ask, worded, and what the conversation is about from then on.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub doing: Doing,
    pub parts: Vec<Part>,
    pub records: Vec<Record>,
    /// Ids of the products that are on the table now; `None`: those of before.
    pub shown: Option<Vec<String>>,
    pub focus: Option<String>,
    pub wants: Option<Wants>,
    /// A code that the shopper may use.
    pub offered: Option<String>,
    /// A code was tried that doesn't exist.
    pub guessed: bool,
    /// What became of an arrangement about an order; `None`: it isn't about one.
    pub arranged: Option<Arranged>,
}

/// How an arrangement about an order goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arranged {
    /// `None`: it is done, or there is no going on.
    pub form: Option<OrderForm>,
    /// The order that is proven to be the shopper's.
    pub order: Option<String>,
    /// What proved it.
    pub proof: Option<Shown>,
    /// Whether the bot is at its wits' end with it.
    pub offers_person: bool,
    /// Whether so much is at stake that a person decides.
    pub calls_person: bool,
}

/// The record that a card or sentence stands on, for the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    Product {
        id: String,
        #[serde(skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    Campaign {
        id: String,
    },
    /// The shopper's cart.
    Cart,
    Order {
        number: String,
    },
}

/// Who asks, in which language, and with which cart.
pub struct Asking<'a> {
    pub voice: &'a Voice,
    /// The meaning of the message.
    pub vector: &'a [f32],
    /// The id of the shopper's cart, where the page has one.
    pub cart: Option<&'a str>,
    /// The shopper as the recommender knows them, with consent.
    pub visitor: Option<&'a str>,
    /// What was shown or asked for in this conversation, oldest first.
    pub seen: &'a [String],
    /// What the shopper does not want to see again.
    pub dismissed: &'a [String],
    /// Codes that were tried and don't exist.
    pub guesses: u8,
    /// Names the message: what it changes is changed once, however often the turn is tried.
    pub key: &'a str,
}

impl Finding {
    pub(super) fn of(doing: Doing) -> Self {
        Self {
            doing,
            parts: Vec::new(),
            records: Vec::new(),
            shown: None,
            focus: None,
            wants: None,
            offered: None,
            guessed: false,
            arranged: None,
        }
    }

    fn says(mut self, text: String) -> Self {
        self.parts.push(Part::Text { text });
        self
    }

    fn about(mut self, record: Record) -> Self {
        self.records.push(record);
        self
    }
}

impl Record {
    fn product(id: &str) -> Self {
        Self::Product {
            id: id.to_owned(),
            reason: String::new(),
        }
    }
}

impl Shelf {
    /// Products that a text names.
    pub fn named_in(&self, text: &str) -> Vec<String> {
        let revision = self.catalogue.revision();
        if self.names.load().0 != revision {
            self.names
                .store(Arc::new((revision, ProductNames::of(&self.catalogue))));
        }
        // A code that is also a model's name is a code.
        let campaigns = self.promotions.campaigns();
        let is_code = |word: &str| {
            let key = code_key(word.trim_matches(|letter: char| !letter.is_alphanumeric()));
            campaigns
                .iter()
                .any(|campaign| matches!(&campaign.codes, Codes::Public { code } if code_key(code) == key))
        };
        let words: Vec<&str> = text.split_whitespace().filter(|word| !is_code(word)).collect();
        self.names.load().1.named_in(&words.join(" "), &self.catalogue)
    }

    /// What there is for an ask; `None`: the shop has nothing to say about it, and the knowledge base may.
    pub async fn look_up(&self, ask: &Ask, asking: &Asking<'_>) -> Option<Finding> {
        match ask {
            Ask::Products(asked) => self.products(asked, asking).await,
            Ask::Compare { items } => self.compare(items, asking.voice),
            Ask::Stock { item, size, colour } => {
                self.stock(item, size.as_deref(), colour.as_deref(), asking.voice)
            }
            Ask::Describe { item } => self.describe(item, asking.voice).await,
            Ask::GoesWith { item } => self.companions(item, asking).await,
            Ask::NotForMe { item } => self.dismiss(item, asking),
            Ask::Offers { wants } => self.offers(wants, asking).await,
            Ask::Codes { words } => self.codes(words, asking).await,
            Ask::PutInCart { item, quantity } => self.put_in_cart(item, *quantity, asking).await,
            Ask::TakeOut { item } => self.take_out(item, asking).await,
            Ask::ShowCart => self.show_cart(asking).await,
            Ask::ApplyCode { code } => self.apply_code(code, asking).await,
        }
    }
}
