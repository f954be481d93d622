//! The SQL of questions that no article answered.

use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::store::{Millis, Store, StoreError, new_id, now, number_as_text};

/// Questions that are looked at together: more say nothing new.
const MOST: i64 = 10_000;

/// A question without an answer, and the article that came nearest.
#[derive(Debug, Clone, Serialize)]
pub struct Unanswered {
    pub question: String,
    pub locale: String,
    pub nearest_slug: Option<String>,
    pub nearest_score: Option<f64>,
    pub created_at: Millis,
}

/// Records a question; the same message again changes nothing.
pub async fn record_unanswered(
    store: &Store,
    conversation_id: &str,
    message_id: &str,
    locale: &str,
    question: &str,
    nearest: Option<(String, f32)>,
) -> Result<(), StoreError> {
    let (slug, score) = nearest.unzip();
    sqlx::query(
        "INSERT INTO unanswered_questions (id, conversation_id, message_id, locale, question, nearest_slug, nearest_score, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, CAST($7 AS DOUBLE PRECISION), $8) ON CONFLICT (message_id) DO NOTHING",
    )
    .bind(new_id())
    .bind(conversation_id)
    .bind(message_id)
    .bind(locale)
    .bind(question)
    .bind(slug)
    .bind(number_as_text(score.map(f64::from)))
    .bind(now())
    .execute(store.writer())
    .await?;
    Ok(())
}

/// Deletes what a conversation left unanswered.
pub async fn forget_unanswered(store: &Store, conversation_id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM unanswered_questions WHERE conversation_id = $1")
        .bind(conversation_id)
        .execute(store.writer())
        .await?;
    Ok(())
}

/// Unanswered questions of a language since `since`, newest first.
pub(super) async fn since(store: &Store, locale: &str, since: Millis) -> Result<Vec<Unanswered>, StoreError> {
    let rows = sqlx::query(
        "SELECT question, locale, nearest_slug, nearest_score, created_at FROM unanswered_questions
         WHERE locale = $1 AND created_at >= $2 ORDER BY created_at DESC LIMIT $3",
    )
    .bind(locale)
    .bind(since)
    .bind(MOST)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(read).collect()
}

/// The newest unanswered questions.
pub async fn list_unanswered(store: &Store, limit: i64) -> Result<Vec<Unanswered>, StoreError> {
    let rows = sqlx::query(
        "SELECT question, locale, nearest_slug, nearest_score, created_at FROM unanswered_questions ORDER BY created_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Unanswered, StoreError> {
    Ok(Unanswered {
        question: row.try_get("question")?,
        locale: row.try_get("locale")?,
        nearest_slug: row.try_get("nearest_slug")?,
        nearest_score: row.try_get("nearest_score")?,
        created_at: row.try_get("created_at")?,
    })
}
