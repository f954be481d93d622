//! The models that propose items, each behind [`Source`](super::source::Source).

pub mod als;
pub mod content;
pub mod ease;
pub mod item_knn;
pub mod nearest;
pub mod neighbour_lists;
pub mod popularity;
pub mod sessions;
pub mod user_knn;
pub mod word2vec;
