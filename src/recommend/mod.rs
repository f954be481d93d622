//! Recommendations: what fits this shopper, and why.
//!
//! Sources propose ([`source::Source`], one file each in `sources/`), a blend ranks what they propose ([`hybrid`]), and
//! after-ranking gives variety and a floor of exposure. [`train`] makes all of it from the events and the catalogue,
//! [`Recommender`] serves it and knows every shopper's events up to this moment, [`evaluate`] examines it.

mod after;
mod erasure;
pub mod evaluate;
mod event;
pub mod events;
pub mod fairness;
pub mod hybrid;
pub mod import;
pub mod interactions;
pub mod items;
mod marks;
mod metrics;
pub mod ranker;
mod reason;
mod recommender;
mod request;
pub mod schedule;
pub mod snapshot;
pub mod source;
pub mod sources;
pub mod synthetic;
#[cfg(test)]
mod tests;
mod train;
pub mod trained;
pub mod words;

pub use after::AfterRanking;
pub use erasure::Erased;
pub use event::{Event, EventKind, Strength};
pub use reason::{Reason, Recommendation};
pub use recommender::Recommender;
pub use request::{Asker, Filter, Request};
pub use train::{Fitting, TrainReport, ranker_table, train};

use crate::progress::Cancelled;
use crate::store::StoreError;
use ranker::RankerError;

#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no shopper has events to train on and events to test: {0} events are too few for this protocol")]
    NothingToTest(usize),
    #[error(transparent)]
    Ranker(#[from] RankerError),
    #[error("the recommender: {0}")]
    Snapshot(String),
    #[error("{0}")]
    Header(String),
    #[error("the file can't be read: {0}")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
