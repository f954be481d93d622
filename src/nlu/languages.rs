//! Understanding in each language of the shop: which of them a message is in, and the encoder and intents of each.

use std::sync::Arc;

use super::{Encoder, Entity, Gazetteer, Nlu, NluError, Understanding};
use crate::text::script::{Script, latin_words};

/// The code of Chinese, which is told from others by its script.
pub const CHINESE: &str = "zh";

/// So many Latin words make an English message of a shopper who writes Chinese; fewer are a brand, a product, a size.
const ENGLISH_WORDS: usize = 3;

/// A shop's encoders, each with the language that it serves; the shop's own language first.
#[derive(Clone)]
pub struct Encoders {
    by_language: Arc<Vec<(String, Encoder)>>,
    /// One that understands all of the shop's languages alike, where there is one.
    across: Option<Encoder>,
}

impl Encoders {
    /// The encoder of a shop's only language.
    pub fn one(language: &str, encoder: Encoder) -> Self {
        Self {
            by_language: Arc::new(vec![(language.to_owned(), encoder)]),
            across: None,
        }
    }

    /// `by_language` must not be empty. `across`: understands all of them.
    pub fn new(by_language: Vec<(String, Encoder)>, across: Option<Encoder>) -> Self {
        Self {
            by_language: Arc::new(by_language),
            across,
        }
    }

    /// The encoder of a language; `None` where the shop doesn't speak it.
    pub fn of(&self, language: &str) -> Option<&Encoder> {
        let known = self.by_language.iter().find(|(known, _)| known == language);
        known.map(|(_, encoder)| encoder)
    }

    /// The encoder of the shop's own language.
    pub fn own(&self) -> &Encoder {
        &self.by_language[0].1
    }

    /// The encoder that understands all languages of the shop.
    pub fn across(&self) -> Option<&Encoder> {
        self.across.as_ref()
    }

    /// The languages, the shop's own first.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.by_language.iter().map(|(language, _)| language.as_str())
    }
}

/// Understanding in all languages of a shop; clones share it.
#[derive(Clone)]
pub struct Languages {
    /// The shop's own first.
    all: Arc<Vec<(String, Nlu)>>,
}

impl Languages {
    /// `all` must not be empty; the shop's own language comes first.
    pub fn new(all: Vec<(String, Nlu)>) -> Self {
        Self { all: Arc::new(all) }
    }

    /// Understanding in a language; in the shop's own where it doesn't speak that one.
    pub fn of(&self, language: &str) -> &Nlu {
        let known = self.all.iter().find(|(known, _)| known == language);
        &known.unwrap_or(&self.all[0]).1
    }

    /// All languages, the shop's own first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Nlu)> {
        self.all.iter().map(|(language, nlu)| (language.as_str(), nlu))
    }

    /// The language in which a shopper of `locale` wrote a text. What is written in no script, such as a number, is in
    /// theirs.
    pub fn spoken<'a>(&'a self, text: &str, locale: &'a str) -> &'a str {
        let speaks = |language: &str| self.all.iter().any(|(known, _)| known == language);
        let other = || {
            self.all
                .iter()
                .map(|(known, _)| known.as_str())
                .find(|known| *known != CHINESE)
        };
        let locale = if speaks(locale) { locale } else { &self.all[0].0 };
        match Script::of(text) {
            Script::Chinese if speaks(CHINESE) => CHINESE,
            Script::Latin if locale == CHINESE && latin_words(text) >= ENGLISH_WORDS => {
                other().unwrap_or(locale)
            }
            _ => locale,
        }
    }

    /// Understands a message in a language.
    pub async fn understand(&self, text: &str, language: &str) -> Result<Understanding, NluError> {
        self.of(language).understand(text).await
    }

    /// Entities of a message, without its intent.
    pub fn entities(&self, text: &str, language: &str) -> Vec<Entity> {
        self.of(language).entities(text)
    }

    /// The encoder of a language.
    pub fn encoder(&self, language: &str) -> &Encoder {
        self.of(language).encoder()
    }

    /// Takes another list of what the catalogue holds, in all languages.
    pub fn set_gazetteer(&self, gazetteer: &Arc<Gazetteer>) {
        for (_, nlu) in self.all.iter() {
            nlu.set_gazetteer(gazetteer.clone());
        }
    }
}
