//! Sources that are a list of the nearest items of each item: by shoppers in common, by words, by vectors.

use serde::{Deserialize, Serialize};

use crate::recommend::interactions::Sparse;
use crate::recommend::source::{Scores, Shopper, Source, best, sparse_in_parallel};

/// For each item the items most like it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NeighbourLists {
    name: Name,
    /// [items × items], the nearest only.
    lists: Sparse,
}

/// Names are constants; a snapshot holds their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name(&'static str);

const NAMES: [&str; 8] = [
    "item_knn_cosine",
    "item_knn_tfidf",
    "item_knn_bm25",
    "content_tfidf",
    "content_vectors",
    "word2vec",
    "ease",
    "edlae",
];

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = NAMES.into_iter().find(|known| *known == name);
        known
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no source")))
    }
}

impl NeighbourLists {
    pub fn new(name: &'static str, lists: Sparse) -> Self {
        Self {
            name: Name(name),
            lists,
        }
    }

    /// Lists of the `neighbours` items with the greatest product of rows.
    ///
    /// `rows`: [items × features], `columns`: its transpose. Rows of `columns` longer than `longest` are left out: what
    /// nearly all items have tells nothing and costs the square.
    pub fn of_products(
        name: &'static str,
        rows: &Sparse,
        columns: &Sparse,
        neighbours: usize,
        longest: usize,
    ) -> Self {
        let lists = sparse_in_parallel(rows.rows(), |item| {
            thread_local! {
                static SUMS: std::cell::RefCell<Scores> = std::cell::RefCell::default();
            }
            SUMS.with_borrow_mut(|sums| {
                sums.reset(rows.rows());
                for (feature, value) in rows.row(item) {
                    if columns.columns(feature).len() > longest {
                        continue;
                    }
                    for (other, other_value) in columns.row(feature) {
                        sums.add(other, value * other_value);
                    }
                }
                sums.top(neighbours, |other| other != item)
            })
        });
        Self::new(name, lists)
    }

    /// How near `other` is to `item`; 0 when it is not in its list.
    pub fn nearness(&self, item: u32, other: u32) -> f32 {
        self.lists.value(item, other)
    }

    /// The nearest items of an item, nearest first.
    pub fn nearest(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        let mut near: Vec<(u32, f32)> = self.lists.row(item).collect();
        best(&mut near, n);
        near
    }
}

impl Source for NeighbourLists {
    fn name(&self) -> &'static str {
        self.name.0
    }

    fn score(&self, shopper: &Shopper<'_>, scores: &mut Scores) {
        for (item, strength) in shopper.history {
            for (other, likeness) in self.lists.row(*item) {
                scores.add(other, strength * likeness);
            }
        }
    }
}
