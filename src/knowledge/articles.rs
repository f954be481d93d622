//! The SQL of articles and their versions.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::article::{Article, Draft, Status};
use crate::store::{Millis, Store, StoreError, new_id, next_number, now};

/// The counter that numbers every change of an article.
pub(super) const REVISION: &str = "knowledge";

/// What [`put`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Created,
    Updated,
    Unchanged,
}

/// One version of an article.
#[derive(Debug, Clone)]
pub struct Version {
    pub version: i64,
    pub author: String,
    pub created_at: Millis,
    pub draft: Draft,
}

/// The article of a locale and slug.
pub async fn get(store: &Store, locale: &str, slug: &str) -> Result<Option<Article>, StoreError> {
    let row = sqlx::query("SELECT * FROM articles WHERE locale = $1 AND slug = $2")
        .bind(locale)
        .bind(slug)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All articles, by locale and slug.
pub async fn list(store: &Store) -> Result<Vec<Article>, StoreError> {
    let rows = sqlx::query("SELECT * FROM articles ORDER BY locale, slug")
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

/// Articles changed after `revision`, and the newest revision among them.
pub(super) async fn changed_after(store: &Store, revision: i64) -> Result<(Vec<Article>, i64), StoreError> {
    let rows = sqlx::query("SELECT * FROM articles WHERE revision > $1 ORDER BY revision")
        .bind(revision)
        .fetch_all(store.reader())
        .await?;
    let newest = rows
        .last()
        .map(|row| row.try_get("revision"))
        .transpose()?
        .unwrap_or(revision);
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, newest))
}

/// Stores an article under its locale and slug, and its new version beside the old ones. Nothing happens when nothing
/// changed.
pub async fn put(store: &Store, draft: &Draft, author: &str) -> Result<Change, StoreError> {
    let mut transaction = store.begin().await?;
    let change = put_within(&mut transaction, draft, author).await?;
    transaction.commit().await?;
    Ok(change)
}

/// [`put`] inside a transaction that may hold more.
pub(super) async fn put_within(
    transaction: &mut Transaction<'static, Any>,
    draft: &Draft,
    author: &str,
) -> Result<Change, StoreError> {
    let row = sqlx::query("SELECT * FROM articles WHERE locale = $1 AND slug = $2")
        .bind(&draft.locale)
        .bind(&draft.slug)
        .fetch_optional(&mut **transaction)
        .await?;
    let known = row.as_ref().map(read).transpose()?;
    if known.as_ref().is_some_and(|known| known.draft == *draft) {
        return Ok(Change::Unchanged);
    }
    let revision = next_number(transaction, REVISION).await?;
    let (id, version, at) = match &known {
        Some(known) => (known.id.clone(), known.version + 1, now()),
        None => (new_id(), 1, now()),
    };
    let lists = [&draft.tags, &draft.intents, &draft.questions].map(serde_json::to_string);
    let [tags, intents, questions] = lists;
    let (tags, intents, questions) = (tags?, intents?, questions?);
    sqlx::query(
        "INSERT INTO articles (id, locale, slug, version, revision, title, area, status, tags, intents, questions, body,
             created_at, updated_at, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
         ON CONFLICT (locale, slug) DO UPDATE SET version = excluded.version, revision = excluded.revision,
             title = excluded.title, area = excluded.area, status = excluded.status, tags = excluded.tags,
             intents = excluded.intents, questions = excluded.questions, body = excluded.body,
             updated_at = excluded.updated_at, updated_by = excluded.updated_by",
    )
    .bind(&id)
    .bind(&draft.locale)
    .bind(&draft.slug)
    .bind(version)
    .bind(revision)
    .bind(&draft.title)
    .bind(&draft.area)
    .bind(draft.status.word())
    .bind(&tags)
    .bind(&intents)
    .bind(&questions)
    .bind(&draft.body)
    .bind(at)
    .bind(author)
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "INSERT INTO article_versions (article_id, version, title, area, status, tags, intents, questions, body, created_at, author)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&id)
    .bind(version)
    .bind(&draft.title)
    .bind(&draft.area)
    .bind(draft.status.word())
    .bind(&tags)
    .bind(&intents)
    .bind(&questions)
    .bind(&draft.body)
    .bind(at)
    .bind(author)
    .execute(&mut **transaction)
    .await?;
    Ok(if known.is_some() {
        Change::Updated
    } else {
        Change::Created
    })
}

/// All versions of an article, oldest first.
pub async fn versions(store: &Store, article: &Article) -> Result<Vec<Version>, StoreError> {
    let rows = sqlx::query(
        "SELECT v.*, a.locale AS locale, a.slug AS slug FROM article_versions v JOIN articles a ON a.id = v.article_id
         WHERE v.article_id = $1 ORDER BY v.version",
    )
    .bind(&article.id)
    .fetch_all(store.reader())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Version {
                version: row.try_get("version")?,
                author: row.try_get("author")?,
                created_at: row.try_get("created_at")?,
                draft: read_draft(row)?,
            })
        })
        .collect()
}

/// What changed between two versions: a unified diff of their files.
pub fn diff(old: &Version, new: &Version) -> String {
    let (before, after) = (old.draft.render(), new.draft.render());
    let names = (
        format!("version {}", old.version),
        format!("version {}", new.version),
    );
    similar::TextDiff::from_lines(&before, &after)
        .unified_diff()
        .header(&names.0, &names.1)
        .to_string()
}

fn read(row: &AnyRow) -> Result<Article, StoreError> {
    Ok(Article {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        updated_by: row.try_get("updated_by")?,
        draft: read_draft(row)?,
    })
}

fn read_draft(row: &AnyRow) -> Result<Draft, StoreError> {
    let list =
        |column: &str| -> Result<Vec<String>, StoreError> { Ok(serde_json::from_str(row.try_get(column)?)?) };
    Ok(Draft {
        title: row.try_get("title")?,
        slug: row.try_get("slug")?,
        locale: row.try_get("locale")?,
        area: row.try_get("area")?,
        tags: list("tags")?,
        intents: list("intents")?,
        status: Status::from_word(row.try_get("status")?),
        questions: list("questions")?,
        body: row.try_get("body")?,
    })
}
