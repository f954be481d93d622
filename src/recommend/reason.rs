//! Why an item is shown.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::{Catalogue, Item};
use crate::text::say::Voice;

/// The strongest ground for an item; `say` words have the key `reason-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The shopper looked at a certain item, and those who did want this one.
    BecauseYouLookedAt,
    /// Wanted by the same shoppers as the item it stands beside.
    OftenTogether,
    /// Like that item by its description.
    Like,
    /// Came in sessions that ran like this one.
    Session,
    /// Shoppers with a like history want it.
    ShoppersLikeYou,
    /// Wanted by many of late.
    Trending,
    Popular,
    /// New in the catalogue.
    New,
}

impl Reason {
    /// The reason of a source's proposal. `because`: whether an item of the history is tied to it.
    pub fn of(source: &str, because: bool) -> Self {
        match source {
            "popularity" => Self::Popular,
            "trending" => Self::Trending,
            "user_knn_cosine" | "user_knn_pearson" => Self::ShoppersLikeYou,
            "vsknn" | "stan" if !because => Self::Session,
            "content_tfidf" | "content_vectors" if because => Self::Like,
            _ if because => Self::BecauseYouLookedAt,
            _ => Self::ShoppersLikeYou,
        }
    }

    /// Whether its sentence names an item.
    pub fn names_an_item(self) -> bool {
        matches!(self, Self::BecauseYouLookedAt | Self::OftenTogether | Self::Like)
    }

    /// The key of its sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::BecauseYouLookedAt => "reason-because-you-looked-at",
            Self::OftenTogether => "reason-often-together",
            Self::Like => "reason-like",
            Self::Session => "reason-session",
            Self::ShoppersLikeYou => "reason-shoppers-like-you",
            Self::Trending => "reason-trending",
            Self::Popular => "reason-popular",
            Self::New => "reason-new",
        }
    }
}

/// An item that fits, and why.
#[derive(Debug, Clone)]
pub struct Recommendation {
    pub item: Arc<Item>,
    /// Log-odds, or another measure that falls down the list; comparable within one list only.
    pub score: f32,
    pub reason: Reason,
    /// The id of the item that the reason names.
    pub because: Option<String>,
}

impl Recommendation {
    /// The reason in words; it names the item that the ground is.
    pub fn in_words(&self, catalogue: &Catalogue, voice: &Voice) -> String {
        let because = self.because.as_ref().and_then(|id| catalogue.get(id));
        let title = because.map(|item| item.title.clone()).unwrap_or_default();
        voice.say_with(self.reason.key(), &[("item", &title)])
    }

    pub fn new(item: Arc<Item>, score: f32, reason: Reason, because: Option<String>) -> Self {
        Self {
            item,
            score,
            reason,
            because,
        }
    }
}
