//! The catalogue: items, their import from product feeds, product search.
//!
//! Rows of the database are the truth; `counters.catalogue` numbers their changes.

mod feed;
mod import;
mod item;
pub mod items;

use crate::progress::Cancelled;
use crate::store::StoreError;

pub use feed::{FeedError, Format, RowError};
pub use import::{ImportOptions, ImportReport, export_jsonl, import};
pub use item::{Availability, Item, Money, Vertical};

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
