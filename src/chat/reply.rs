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
}

/// A product or an offer, as Chatwoot's cards name its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    pub title: String,
    pub description: String,
    /// Empty: it leads nowhere.
    pub link: String,
    pub media_url: Option<String>,
}

impl Part {
    pub(super) fn content(&self) -> &str {
        match self {
            Self::Text { text } => text,
            Self::Source { title, .. } => title,
            Self::Choices { prompt, .. } | Self::Cards { prompt, .. } => prompt,
        }
    }

    pub(super) fn content_type(&self) -> ContentType {
        match self {
            Self::Text { .. } => ContentType::Text,
            Self::Source { .. } => ContentType::Article,
            Self::Choices { .. } => ContentType::InputSelect,
            Self::Cards { .. } => ContentType::Cards,
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
        }
        attributes.insert("in_reply_to".into(), in_reply_to.into());
        if last {
            attributes.insert("final".into(), true.into());
        }
        attributes
    }
}
