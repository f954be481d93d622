//! The bot's own sentences and the labels of widget and pages, from the fluent files in `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, static_loader};
use unic_langid::langid;

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Marks that isolate directions would show up in plain-text channels.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Says things in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    language: LanguageIdentifier,
}

impl Voice {
    /// The voice for a locale such as `en` or `en-GB`; English when there is none.
    pub fn of(locale: &str) -> Self {
        let language: LanguageIdentifier = locale.parse().unwrap_or(langid!("en"));
        let known = LOCALES
            .locales()
            .find(|known| known.language == language.language);
        Self {
            language: known.cloned().unwrap_or(langid!("en")),
        }
    }

    /// Whether there is a voice of its own for a language's code.
    pub fn speaks(code: &str) -> bool {
        Self::of(code).code() == code
    }

    /// The language's code, for `lang` attributes.
    pub fn code(&self) -> String {
        self.language.to_string()
    }

    /// The sentence of `key`.
    pub fn say(&self, key: &str) -> String {
        LOCALES.lookup(&self.language, key)
    }

    /// The sentence of `key`, if there is one.
    pub fn known(&self, key: &str) -> Option<String> {
        LOCALES.try_lookup(&self.language, key)
    }

    /// The sentence of `key` with its variables filled in.
    pub fn say_with(&self, key: &str, variables: &[(&'static str, &str)]) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'_>> = variables
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value)))
            .collect();
        LOCALES.lookup_with_args(&self.language, key, &variables)
    }

    /// The sentence of `key` for so many of what `variable` counts, in the form that the language has for the number.
    pub fn say_count(&self, key: &str, variable: &'static str, count: i64) -> String {
        let variables = HashMap::from([(Cow::Borrowed(variable), FluentValue::from(count))]);
        LOCALES.lookup_with_args(&self.language, key, &variables)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Twice the same key, and no sentence at all is said.
    #[test]
    fn every_key_is_there_once() {
        for folder in std::fs::read_dir("locales").unwrap() {
            let mut known = HashSet::new();
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let keys = text
                    .lines()
                    .filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()));
                for key in keys
                    .filter_map(|line| line.split_once(" ="))
                    .map(|(key, _)| key.to_owned())
                {
                    assert!(known.insert(key.clone()), "{key}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_locale_speaks_english() {
        assert_eq!(
            Voice::of("tlh").say("widget-send"),
            Voice::of("en-GB").say("widget-send")
        );
    }
}
