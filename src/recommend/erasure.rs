//! What erasing a shopper did, for the record.

use std::time::Instant;

use serde::Serialize;
use utoipa::ToSchema;

/// What an erasure did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Erased {
    /// Events deleted from the database.
    pub events: u64,
    /// Items of theirs whose influence was taken out of the trained models.
    pub interactions: usize,
    /// What was taken down in place, and what was counted anew from the events that are left.
    pub downdated: Vec<&'static str>,
    pub retrained: Vec<&'static str>,
    /// What still holds averages over many shoppers, theirs among them, until the next training.
    pub until_next_training: Vec<&'static str>,
    pub milliseconds: u64,
}

impl Erased {
    pub(super) fn of(events: u64, interactions: usize, start: Instant) -> Self {
        let trained = interactions > 0;
        let list = |names: &[&'static str]| if trained { names.to_vec() } else { Vec::new() };
        Self {
            events,
            interactions,
            downdated: list(&["ease", "edlae"]),
            retrained: list(&[
                "popularity",
                "trending",
                "user_knn_cosine",
                "user_knn_pearson",
                "item_knn_cosine",
                "item_knn_tfidf",
                "item_knn_bm25",
                "als",
                "vsknn",
                "stan",
                "word2vec",
            ]),
            until_next_training: list(&["blend"]),
            milliseconds: start.elapsed().as_millis() as u64,
        }
    }
}
