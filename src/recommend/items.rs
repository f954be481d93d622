//! What the recommender knows of an item beside its events.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::event::{Event, Strength};
use super::interactions::{Ids, Interactions};
use super::trained::Material;
use crate::catalog::{Catalogue, Item};

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

/// What rankers compare of an item, as numbers: of many items, words would be slow to read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traits {
    pub categories: SmallVec<[u32; 4]>,
    pub brand: Option<u32>,
    /// Natural logarithm of the price, if it has one above zero.
    pub log_price: Option<f32>,
}

impl Traits {
    /// In the order of the facts. Equal names have equal numbers.
    pub fn of(facts: &[ItemFacts]) -> Vec<Self> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut number = |name| {
            let next = numbers.len() as u32;
            *numbers.entry(name).or_insert(next)
        };
        let of_item = |facts| {
            let ItemFacts {
                categories,
                brand,
                price,
                ..
            }: &ItemFacts = facts;
            Self {
                categories: categories.iter().map(|name| number(name.as_str())).collect(),
                brand: (!brand.is_empty()).then(|| number(brand.as_str())),
                log_price: price.filter(|price| *price > 0.0).map(f32::ln),
            }
        };
        facts.iter().map(of_item).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
}

/// The catalogue as training sees it.
#[derive(Debug, Clone, Default)]
pub struct Items {
    pub names: Vec<String>,
    pub facts: Arc<Vec<ItemFacts>>,
    /// The encoder's vectors, [items × width] of length 1 or 0; empty without an encoder.
    pub vectors: Arc<Vec<f32>>,
    pub width: usize,
}

impl Items {
    /// Those on sale, with the vectors that have been made so far.
    pub fn of(catalogue: &Catalogue) -> Self {
        let all = catalogue.all();
        let vectors: Vec<Option<_>> = all.iter().map(|item| catalogue.vector(&item.id)).collect();
        let width = vectors.iter().flatten().next().map_or(0, |vector| vector.len());
        let rows = vectors.into_iter().flat_map(|vector| match vector {
            Some(vector) => vector.to_vec(),
            None => vec![0.0; width],
        });
        Self {
            vectors: Arc::new(rows.collect()),
            width,
            ..Self::without_vectors(all.iter().map(|item| &**item))
        }
    }

    pub fn without_vectors<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let (names, facts) = items.map(|item| (item.id.clone(), ItemFacts::of(item))).unzip();
        Self {
            names,
            facts: Arc::new(facts),
            ..Self::default()
        }
    }

    /// With what shoppers did with them.
    pub fn material(&self, events: &[Event], strength: &Strength) -> Material {
        let ids = Ids::from_names(self.names.iter().cloned());
        Material {
            data: Arc::new(Interactions::gather(ids, events, strength)),
            facts: self.facts.clone(),
            vectors: self.vectors.clone(),
            width: self.width,
        }
    }
}
