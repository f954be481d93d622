//! How satisfied the shopper was with a conversation: 1 to 5, once, with a comment if they like.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

use super::{Chat, ChatError, ConversationId};
use crate::store::{Millis, Store, StoreError, now};

/// Characters of a comment.
pub const COMMENT_CHARS: usize = 2_000;

/// From this rating on, a conversation counts as a good one.
pub const POSITIVE: i64 = 4;

/// What a shopper gives.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    /// 1 (very bad) to 5 (very good).
    pub rating: i64,
    /// At most 2,000 characters.
    pub comment: Option<String>,
}

/// What a shopper gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rating {
    /// 1 (very bad) to 5 (very good).
    pub rating: i64,
    pub comment: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub created_at: Millis,
}

impl NewRating {
    fn check(&self) -> Result<(), ChatError> {
        if !(1..=5).contains(&self.rating) {
            return Err(ChatError::Rating(self.rating));
        }
        let comment = self.comment.as_deref().unwrap_or_default();
        if comment.contains('\0') {
            return Err(ChatError::Nul("comment"));
        }
        match comment.chars().count() {
            chars if chars > COMMENT_CHARS => Err(ChatError::CommentTooLong(chars)),
            _ => Ok(()),
        }
    }
}

impl Chat {
    /// Rates a conversation. A second rating is refused as [`ChatError::RatedAlready`], with the first.
    pub async fn rate_conversation(&self, id: ConversationId, new: NewRating) -> Result<Rating, ChatError> {
        new.check()?;
        let comment = new.comment.map(|comment| comment.trim().to_owned());
        let rating = Rating {
            rating: new.rating,
            comment: comment.filter(|comment| !comment.is_empty()),
            created_at: now(),
        };
        let store = &self.inner.store;
        if insert(store, id, &rating).await? {
            return Ok(rating);
        }
        match of_conversation(store, id).await? {
            Some(first) => Err(ChatError::RatedAlready(first)),
            None => Err(super::ConversationError::NotFound.into()),
        }
    }

    /// How a conversation was rated, if it was.
    pub async fn rating(&self, id: ConversationId) -> Result<Option<Rating>, ChatError> {
        Ok(of_conversation(&self.inner.store, id).await?)
    }
}

/// Stores the first rating of a conversation; `false` when there is one.
async fn insert(store: &Store, id: ConversationId, rating: &Rating) -> Result<bool, StoreError> {
    let stored = sqlx::query(
        "INSERT INTO ratings (conversation_id, rating, comment, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation_id) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(rating.rating)
    .bind(&rating.comment)
    .bind(rating.created_at)
    .execute(store.writer())
    .await?;
    Ok(stored.rows_affected() == 1)
}

async fn of_conversation(store: &Store, id: ConversationId) -> Result<Option<Rating>, StoreError> {
    let row = sqlx::query("SELECT rating, comment, created_at FROM ratings WHERE conversation_id = $1")
        .bind(id.to_string())
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Rating, StoreError> {
    Ok(Rating {
        rating: row.try_get("rating")?,
        comment: row.try_get("comment")?,
        created_at: row.try_get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rating: i64, comment: Option<String>) -> Result<(), ChatError> {
        NewRating { rating, comment }.check()
    }

    #[test]
    fn one_to_five_with_a_comment_of_bounded_length() {
        for rating in 1..=5 {
            assert!(check(rating, Some("é".repeat(COMMENT_CHARS))).is_ok());
        }
        assert!(matches!(check(0, None), Err(ChatError::Rating(0))));
        assert!(matches!(check(6, None), Err(ChatError::Rating(6))));
        let long = check(3, Some("é".repeat(COMMENT_CHARS + 1)));
        assert!(matches!(long, Err(ChatError::CommentTooLong(2_001))));
        assert!(matches!(
            check(3, Some("\0".into())),
            Err(ChatError::Nul("comment"))
        ));
    }
}
