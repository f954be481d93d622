//! A whole conversation as a mail: what was said, by whom and when, as text and as HTML.

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::{Chat, ChatError, Conversation, Message, MessageType};
use crate::config::Config;
use crate::knowledge::html_outside;
use crate::mail::Letter;
use crate::store::Millis;
use crate::text::say::Voice;

/// Messages that are read at once.
const PAGE: i64 = 500;

#[derive(Template)]
#[template(path = "mail/transcript.html")]
struct Html<'a> {
    voice: &'a Voice,
    title: &'a str,
    intro: &'a str,
    outro: &'a str,
    lines: &'a [Line],
}

#[derive(Template)]
#[template(path = "mail/transcript.txt", escape = "none")]
struct Text<'a> {
    title: &'a str,
    intro: &'a str,
    outro: &'a str,
    lines: &'a [Line],
}

/// A message.
struct Line {
    mine: bool,
    who: String,
    when: String,
    text: String,
    /// Of what the shop said, which is Markdown.
    html: String,
    items: Vec<Item>,
}

/// A card, a button or a file of a message.
struct Item {
    text: String,
    /// Empty: none that leads anywhere from a mail.
    link: String,
}

impl Chat {
    /// The conversation as a mail in its own language.
    pub async fn transcript(&self, conversation: &Conversation) -> Result<Letter, ChatError> {
        let mut messages = Vec::new();
        loop {
            let after = messages.last().map_or(0, |last: &Message| last.seq);
            let page = self.messages_after(conversation.id, after, PAGE).await?;
            let last = (page.len() as i64) < PAGE;
            messages.extend(page);
            if last {
                break;
            }
        }
        if messages.is_empty() {
            return Err(ChatError::NothingSaid);
        }
        let voice = Voice::of(&conversation.locale);
        Ok(letter(&messages, &self.inner.config, &voice)?)
    }
}

fn letter(messages: &[Message], config: &Config, voice: &Voice) -> Result<Letter, askama::Error> {
    let shop = config.shop.name.as_str();
    let zone = config.hours.time_zone.as_str();
    let title = voice.say_with("mail-transcript-subject", &[("shop", shop)]);
    let intro = voice.say_with("mail-transcript-intro", &[("zone", zone)]);
    let outro = voice.say_with("mail-transcript-outro", &[("shop", shop)]);
    let lines: Vec<Line> = messages
        .iter()
        .map(|message| line(message, config, voice))
        .collect();
    let html = Html {
        voice,
        title: &title,
        intro: &intro,
        outro: &outro,
        lines: &lines,
    };
    let text = Text {
        title: &title,
        intro: &intro,
        outro: &outro,
        lines: &lines,
    };
    Ok(Letter {
        html: html.render()?,
        text: text.render()?,
        subject: title,
    })
}

fn line(message: &Message, config: &Config, voice: &Voice) -> Line {
    let mine = message.message_type == MessageType::Incoming;
    let base = config.mail.link_base.as_str();
    let items = items(message, base, voice);
    // Of an article, the message is its title: once is enough.
    let text = match items.iter().any(|item| item.text == message.content) {
        true => "",
        false => message.content.as_str(),
    };
    let who = match mine {
        true => voice.say("mail-transcript-you"),
        false => message
            .sender
            .name
            .clone()
            .unwrap_or_else(|| config.shop.name.clone()),
    };
    Line {
        mine,
        who,
        when: time_of(message.created_at, &config.hours.time_zone),
        html: html_outside(text, base),
        text: text.to_owned(),
        items,
    }
}

fn items(message: &Message, base: &str, voice: &Voice) -> Vec<Item> {
    let listed = |name: &str| {
        let list = message.content_attributes.get(name).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let cards = listed("items").filter_map(|item| {
        let text = worded(item);
        (!text.is_empty()).then(|| Item {
            text,
            link: link(item, base),
        })
    });
    let files = listed("attachments").filter_map(|file| {
        let name = file.get("name")?.as_str()?;
        Some(Item {
            text: voice.say_with("mail-transcript-attachment", &[("name", name)]),
            link: String::new(),
        })
    });
    cards.chain(files).collect()
}

/// A card in one line: its title, price and code.
fn worded(item: &Value) -> String {
    let texts = [
        item.get("title"),
        item.get("price").and_then(|price| price.get("now")),
        item.get("code"),
    ];
    let texts: Vec<&str> = texts
        .into_iter()
        .filter_map(|text| text?.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(", ")
}

/// Where a card leads to, if that can be said outside of the shop's pages.
fn link(item: &Value, base: &str) -> String {
    let link = item.get("link").and_then(Value::as_str).unwrap_or_default();
    let is_web = link.starts_with("https://") || link.starts_with("http://");
    match (is_web, link.starts_with('/') && !base.is_empty()) {
        (true, _) => link.to_owned(),
        (_, true) => format!("{}{link}", base.trim_end_matches('/')),
        _ => String::new(),
    }
}

fn time_of(at: Millis, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let time = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(zone)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::chat::{ContentType, ConversationId, Sender, SenderKind};

    fn message(mine: bool, content: &str, attributes: Value) -> Message {
        let kind = if mine {
            SenderKind::Shopper
        } else {
            SenderKind::Bot
        };
        let (message_type, content_type) = match mine {
            true => (MessageType::Incoming, ContentType::Text),
            false => (MessageType::Outgoing, ContentType::Cards),
        };
        let content_attributes = match attributes {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Message {
            id: "m".into(),
            conversation_id: ConversationId::new(),
            seq: 1,
            turn_id: None,
            message_type,
            sender: Sender { kind, name: None },
            content: content.into(),
            content_type,
            content_attributes,
            echo_id: None,
            feedback: None,
            created_at: 1_795_651_200_000,
        }
    }

    #[test]
    fn what_was_said_is_escaped_and_cards_become_lines() {
        let mut config = Config::defaults().unwrap();
        config.mail.link_base = "https://chat.example/".into();
        let cards = json!({ "items": [
            { "title": "Tent <2>", "price": { "now": "$189.00" }, "link": "/products/x", "code": null },
            { "title": "Bad", "link": "javascript:alert(1)" },
        ] });
        let messages = [
            message(true, "<script>alert('me')</script>\nsecond line", Value::Null),
            message(
                false,
                "**Here** is [one](javascript:alert(2)) <img src=x onerror=alert(3)>",
                cards,
            ),
        ];
        let letter = letter(&messages, &config, &Voice::of("en")).unwrap();
        assert!(
            letter.text.contains("<script>alert('me')</script>\nsecond line"),
            "{}",
            letter.text
        );
        assert!(
            letter
                .text
                .contains("- Tent <2>, $189.00 https://chat.example/products/x\n"),
            "{}",
            letter.text
        );
        for part in ["<script", "onerror", "javascript:"] {
            assert!(!letter.html.contains(part), "{part} in {}", letter.html);
        }
        assert!(letter.html.contains("<strong>Here</strong>"), "{}", letter.html);
        assert!(
            letter.html.contains("href=\"https://chat.example/products/x\""),
            "{}",
            letter.html
        );
    }
}
