//! What a shop's own words (categories, colours, materials) are called in another language: items that have texts in
//! both say it, level by level and attribute by attribute.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::item::Item;

/// Words of the shop's own language and what they are called in another.
#[derive(Debug, Default)]
pub struct Labels {
    /// Of categories, in any level.
    categories: BTreeMap<String, String>,
    /// Of values, by attribute.
    values: BTreeMap<String, BTreeMap<String, String>>,
}

impl Labels {
    /// What the items' texts in a language say; of several names for one thing, the most frequent.
    pub(super) fn of(items: &[Arc<Item>], locale: &str) -> Self {
        let mut categories: HashMap<(&str, &str), usize> = HashMap::new();
        let mut values: HashMap<(&str, &str, &str), usize> = HashMap::new();
        for item in items {
            let Some(text) = item.texts.get(locale) else {
                continue;
            };
            if item.category.len() == text.category.len() {
                for (own, other) in item.category.iter().zip(&text.category) {
                    *categories.entry((own, other)).or_default() += 1;
                }
            }
            for (name, own) in &item.attributes {
                if let Some(other) = text.attributes.get(name) {
                    *values.entry((name, own, other)).or_default() += 1;
                }
            }
        }
        let mut labels = Self::default();
        let mut categories: Vec<_> = categories.into_iter().collect();
        // The most frequent is written last, and stays.
        categories.sort_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
        for ((own, other), _) in categories {
            labels.categories.insert(own.to_owned(), other.to_owned());
        }
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
        for ((name, own, other), _) in values {
            let of_name = labels.values.entry(name.to_owned()).or_default();
            of_name.insert(own.to_owned(), other.to_owned());
        }
        labels
    }

    /// What a category is called; as in the shop's own language where no item says it.
    pub fn category<'a>(&'a self, own: &'a str) -> &'a str {
        self.categories.get(own).map_or(own, String::as_str)
    }

    /// Categories with what they are called.
    pub fn categories(&self) -> impl Iterator<Item = (&str, &str)> {
        self.categories
            .iter()
            .map(|(own, other)| (own.as_str(), other.as_str()))
    }

    /// Values of an attribute with what they are called.
    pub fn values(&self, attribute: &str) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.get(attribute).into_iter().flatten();
        values.map(|(own, other)| (own.as_str(), other.as_str()))
    }
}
