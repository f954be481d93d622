//! What the recommender knows of an item beside its events.

use serde::{Deserialize, Serialize};

use crate::catalog::Item;

/// Facts of one item, in the order of the items' numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemFacts {
    pub title: String,
    /// Path of the category, widest first, or several tags.
    pub categories: Vec<String>,
    pub brand: String,
    /// In major units of the shop's currency.
    pub price: Option<f32>,
    /// Further text: description, attributes.
    pub text: String,
    /// Variants of one product share it.
    pub group: Option<String>,
}

impl ItemFacts {
    /// Of an item of the catalogue.
    pub fn of(item: &Item) -> Self {
        let attributes: Vec<&str> = item.attributes.values().map(String::as_str).collect();
        Self {
            title: item.title.clone(),
            categories: item.category.clone(),
            brand: item.brand.clone(),
            // Two decimals or none: prices are compared with prices of the same shop only.
            price: item.costs().map(|money| money.minor as f32 / 100.0),
            text: format!("{} {}", item.description, attributes.join(" ")),
            group: item.group.clone(),
        }
    }

    /// What the encoder reads of it.
    pub fn sentence(&self) -> String {
        let beginning: String = self.text.chars().take(300).collect();
        format!(
            "{}. {}. {}. {beginning}",
            self.title,
            self.brand,
            self.categories.join(", ")
        )
    }

    /// Words in lower case; categories and the brand are words of their own, so that "Hair Care" is more than "hair".
    pub fn terms(&self) -> Vec<String> {
        let mut terms: Vec<String> = words(&self.title).collect();
        terms.extend(words(&self.text));
        let mut path = String::from("category:");
        for category in &self.categories {
            path = format!("{path}/{}", category.to_lowercase());
            terms.push(path.clone());
            terms.push(format!("tag:{}", category.to_lowercase()));
        }
        if !self.brand.is_empty() {
            terms.push(format!("brand:{}", self.brand.to_lowercase()));
        }
        terms
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
}
