//! The catalogue: items, their import from product feeds, product search.
//!
//! Rows of the database are the truth; `counters.catalogue` numbers their changes. [`Catalogue`] holds what a search needs
//! (items and their vectors in memory, words in tantivy) and follows every change of the rows, whichever process made it.

mod address;
mod catalogue;
mod entries;
mod facets;
mod feed;
mod import;
mod item;
pub mod items;
mod labels;
mod names;
mod search;
mod texts;
mod words;

use std::path::{Path, PathBuf};

use tantivy::TantivyError;

use crate::nlu::NluError;
use crate::progress::Cancelled;
use crate::store::StoreError;

pub use address::{address, encoded, picture};
pub use catalogue::Catalogue;
pub use entries::{Category, Count};
pub use facets::{Facets, PriceRange};
pub use feed::{FeedError, FeedItems, Format, RowError};
pub use import::{ImportOptions, ImportReport, export_jsonl, import};
pub use item::{Availability, Item, ItemText, Money, Vertical, is_in_category};
pub use labels::Labels;
pub use names::{ProductNames, gazetteer, watch_names};
pub use search::{ItemHit, SearchPage, SearchRequest, Sort};

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Nlu(#[from] NluError),
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error("the product index in {}: {source}", folder.display())]
    Index { folder: PathBuf, source: TantivyError },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl CatalogueError {
    fn index(folder: &Path, source: TantivyError) -> Self {
        Self::Index {
            folder: folder.to_owned(),
            source,
        }
    }
}
