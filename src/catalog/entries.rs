//! The items on sale, as a search holds them in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use utoipa::ToSchema;

use super::item::Item;
use crate::nlu::Vector;
use crate::search_index::row_key;

/// Words of the description that the vector of an item sees.
const DESCRIPTION_WORDS: usize = 60;

/// An item with what finds it.
pub(super) struct Entry {
    pub item: Arc<Item>,
    pub key: u64,
    /// Comes when the encoder has had time for it.
    pub vector: OnceLock<Vector>,
    /// The same of each other language of the shop, by that one's encoder.
    pub others: Vec<(String, OnceLock<Vector>)>,
}

/// All items on sale at one revision.
#[derive(Default)]
pub(super) struct Snapshot {
    pub revision: i64,
    /// By id.
    pub entries: Vec<Arc<Entry>>,
    pub items: Arc<Vec<Arc<Item>>>,
    by_id: HashMap<String, usize>,
    by_key: HashMap<u64, usize>,
    /// Where the variants of each product stand.
    by_group: HashMap<String, Vec<usize>>,
    pub categories: Arc<Vec<Category>>,
    pub brands: Arc<Vec<Count>>,
    /// The one that most prices are in.
    pub currency: Option<String>,
}

/// A category with those within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(no_recursion)]
pub struct Category {
    pub name: String,
    /// Items in it and within.
    pub count: usize,
    pub within: Vec<Category>,
}

/// A value and how many items have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    pub value: String,
    pub count: usize,
}

impl Entry {
    /// The meaning of its text in a language; in the shop's own where that is no other.
    pub(super) fn vector_in(&self, language: &str) -> Option<&Vector> {
        let other = self.others.iter().find(|(other, _)| other == language);
        other.map_or(&self.vector, |(_, vector)| vector).get()
    }

    fn new(item: Item, others: &[String]) -> Self {
        Self {
            key: row_key(&item.id),
            item: Arc::new(item),
            vector: OnceLock::new(),
            others: others
                .iter()
                .map(|other| (other.clone(), OnceLock::new()))
                .collect(),
        }
    }
}

impl Snapshot {
    /// The snapshot after items have changed; vectors of texts that stayed are kept. `others`: the shop's languages beside
    /// its own.
    pub(super) fn with(&self, changed: Vec<Item>, revision: i64, others: &[String]) -> Self {
        let mut entries: BTreeMap<&str, Arc<Entry>> = self
            .entries
            .iter()
            .map(|entry| (entry.item.id.as_str(), entry.clone()))
            .collect();
        let changed: Vec<Arc<Entry>> = changed
            .into_iter()
            .map(|item| Arc::new(Entry::new(item, others)))
            .collect();
        for entry in &changed {
            let known = entries.remove(entry.item.id.as_str());
            if entry.item.vanished_at.is_some() {
                continue;
            }
            if let Some(known) = known {
                take_over(&known.vector, &entry.vector, || {
                    vector_text(&known.item, "") == vector_text(&entry.item, "")
                });
                for ((language, before), (_, now)) in known.others.iter().zip(&entry.others) {
                    take_over(before, now, || {
                        vector_text(&known.item, language) == vector_text(&entry.item, language)
                    });
                }
            }
            entries.insert(&entry.item.id, entry.clone());
        }
        Self::of(entries.into_values().collect(), revision)
    }

    fn of(entries: Vec<Arc<Entry>>, revision: i64) -> Self {
        let items: Vec<Arc<Item>> = entries.iter().map(|entry| entry.item.clone()).collect();
        let numbered = || entries.iter().enumerate();
        let currencies = items
            .iter()
            .filter_map(|item| Some(item.price.as_ref()?.currency.as_str()));
        let mut by_group: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in numbered() {
            if let Some(group) = &entry.item.group {
                by_group.entry(group.clone()).or_default().push(at);
            }
        }
        Self {
            revision,
            by_group,
            by_id: numbered()
                .map(|(at, entry)| (entry.item.id.clone(), at))
                .collect(),
            by_key: numbered().map(|(at, entry)| (entry.key, at)).collect(),
            categories: Arc::new(tree(items.iter().map(|item| item.category.as_slice()).collect())),
            brands: Arc::new(counts(items.iter().map(|item| item.brand.as_str()))),
            currency: counts(currencies).into_iter().next().map(|most| most.value),
            items: Arc::new(items),
            entries,
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Entry>> {
        self.by_id.get(id).map(|at| &self.entries[*at])
    }

    /// Where the items of a group stand, by their ids.
    pub(super) fn of_group(&self, group: &str) -> &[usize] {
        self.by_group.get(group).map_or(&[], Vec::as_slice)
    }

    /// Where an item of the index stands.
    pub(super) fn at(&self, key: u64) -> Option<usize> {
        self.by_key.get(&key).copied()
    }
}

fn take_over(before: &OnceLock<Vector>, now: &OnceLock<Vector>, same: impl Fn() -> bool) {
    if let Some(vector) = before.get()
        && same()
    {
        let _ = now.set(vector.clone());
    }
}

/// How often each value occurs, the most frequent first; empty ones are none.
pub(super) fn counts<'a>(values: impl Iterator<Item = &'a str>) -> Vec<Count> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values.filter(|value| !value.is_empty()) {
        *counted.entry(value).or_default() += 1;
    }
    let counted = counted.into_iter().map(|(value, count)| Count {
        value: value.to_owned(),
        count,
    });
    let mut counted: Vec<Count> = counted.collect();
    counted.sort_by_key(|known| std::cmp::Reverse(known.count));
    counted
}

/// The categories that paths go through, the largest first.
pub(super) fn tree(paths: Vec<&[String]>) -> Vec<Category> {
    let mut below: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for path in paths {
        if let Some((first, rest)) = path.split_first() {
            below.entry(first).or_default().push(rest);
        }
    }
    let categories = below.into_iter().map(|(name, paths)| Category {
        name: name.to_owned(),
        count: paths.len(),
        within: tree(paths),
    });
    let mut categories: Vec<Category> = categories.collect();
    categories.sort_by_key(|category| std::cmp::Reverse(category.count));
    categories
}

/// The text whose vector stands for an item, in a language where it has one there.
pub(super) fn vector_text(item: &Item, language: &str) -> String {
    let opening = item
        .description_in(language)
        .split_whitespace()
        .take(DESCRIPTION_WORDS);
    let opening = opening.collect::<Vec<_>>().join(" ");
    let parts = [
        item.title_in(language).to_owned(),
        item.brand.clone(),
        item.category_in(language).join(" "),
        opening,
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(". ")
}
