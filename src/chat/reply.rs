//! The parts of a reply, and how each becomes a message.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::message::{Choice, ContentType};

/// One part of the bot's reply; each becomes a message of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// Markdown.
    Text {
        text: String,
    },
    /// The article that the text before it was taken from.
    Source {
        title: String,
        description: String,
        slug: String,
        link: String,
    },
    Choices {
        prompt: String,
        choices: Vec<Choice>,
    },
    /// Products or offers.
    Cards {
        prompt: String,
        cards: Vec<Card>,
    },
    /// Products side by side.
    Comparison {
        prompt: String,
        cards: Vec<Card>,
        rows: Vec<Row>,
    },
    /// What became of the cart.
    Cart {
        text: String,
        cart: CartSums,
    },
    /// Asks how the conversation was.
    Csat {
        prompt: String,
    },
}

/// A product or an offer: Chatwoot's fields of a card, and ours. All of it is worded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    pub kind: CardKind,
    /// The item's or the campaign's id.
    pub id: String,
    pub title: String,
    pub description: String,
    /// Empty: it leads nowhere.
    pub link: String,
    pub media_url: Option<String>,
    pub price: Option<Price>,
    pub stock: Option<String>,
    pub reason: Option<String>,
    pub code: Option<String>,
    pub expires: Option<String>,
    pub actions: Vec<CardAction>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    #[default]
    Product,
    Offer,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Price {
    pub now: String,
    /// What it usually costs, where that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What it comes to with an offer that runs: "$99.00 with code HEARTH".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
}

/// A button of a card; the types are Chatwoot's, and `copy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CardAction {
    Link {
        text: String,
        uri: String,
    },
    /// Sends `payload` as the value of a chosen button.
    Postback {
        text: String,
        payload: String,
    },
    Copy {
        text: String,
        payload: String,
    },
}

/// A row of a comparison; as many values as there are cards, empty where nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    pub label: String,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CartSums {
    pub pieces: u32,
    pub total: String,
}

impl Part {
    pub(super) fn content(&self) -> &str {
        match self {
            Self::Text { text } | Self::Cart { text, .. } => text,
            Self::Source { title, .. } => title,
            Self::Choices { prompt, .. }
            | Self::Cards { prompt, .. }
            | Self::Comparison { prompt, .. }
            | Self::Csat { prompt } => prompt,
        }
    }

    pub(super) fn content_type(&self) -> ContentType {
        match self {
            Self::Text { .. } | Self::Cart { .. } => ContentType::Text,
            Self::Source { .. } => ContentType::Article,
            Self::Choices { .. } => ContentType::InputSelect,
            Self::Cards { .. } => ContentType::Cards,
            Self::Comparison { .. } => ContentType::Comparison,
            Self::Csat { .. } => ContentType::InputCsat,
        }
    }

    /// The attributes of the message: `items` in Chatwoot's shape, the message that is answered, and on the last part
    /// `final`.
    pub(super) fn attributes(&self, in_reply_to: &str, last: bool) -> Map<String, Value> {
        let mut attributes = Map::new();
        match self {
            Self::Text { .. } => {}
            Self::Source {
                title,
                description,
                slug,
                link,
            } => {
                let item = json!({ "title": title, "description": description, "slug": slug, "link": link });
                attributes.insert("items".into(), json!([item]));
            }
            Self::Choices { choices, .. } => {
                attributes.insert("items".into(), json!(choices));
            }
            Self::Cards { cards, .. } => {
                attributes.insert("items".into(), json!(cards));
            }
            Self::Comparison { cards, rows, .. } => {
                attributes.insert("items".into(), json!(cards));
                attributes.insert("rows".into(), json!(rows));
            }
            Self::Cart { cart, .. } => {
                attributes.insert("cart".into(), json!(cart));
            }
            Self::Csat { .. } => {
                attributes.insert("display_type".into(), "scale".into());
            }
        }
        attributes.insert("in_reply_to".into(), in_reply_to.into());
        if last {
            attributes.insert("final".into(), true.into());
        }
        attributes
    }
}
