//! A tantivy index that follows rows of the database. Each commit names the database and the revision of its rows that
//! it holds, so that a start sees at once whether the index is behind, and whose it is.

mod tokens;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tantivy::schema::Schema;
use tantivy::tokenizer::{TokenStream, TokenizerManager};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError};

pub use tokens::{Characters, DictionaryWords, learn_words};

/// What an index is made of.
pub struct Plan {
    /// As the log calls it.
    pub name: &'static str,
    /// Grows with the schema: an index of another version is built anew.
    pub version: u32,
    pub schema: Schema,
    pub tokenizers: fn(&TokenizerManager),
    pub writer_bytes: usize,
}

/// The database that an index belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// [`Store::identity`](crate::store::Store::identity).
    pub database: &'a str,
    /// The newest revision there is.
    pub newest: i64,
}

impl Rows<'_> {
    /// Of no database.
    pub const NONE: Self = Self {
        database: "",
        newest: 0,
    };
}

/// What a commit says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload {
    schema: u32,
    database: String,
    revision: i64,
}

/// One writer; readers never wait for it.
pub struct SearchIndex {
    index: Index,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    version: u32,
    database: String,
}

impl SearchIndex {
    /// Opens the index in `folder`, or in memory without one. What is missing, damaged, of another version or of another
    /// database, or ahead of its own, is built anew: then its revision is 0.
    pub fn open(folder: Option<&Path>, rows: Rows<'_>, plan: Plan) -> Result<Self, TantivyError> {
        let Some(folder) = folder else {
            return Self::with(Index::create_in_ram(plan.schema.clone()), rows, &plan);
        };
        let opened = Index::open_in_dir(folder).and_then(|index| Self::with(index, rows, &plan));
        let reason = match opened {
            Ok(index) => match index.unfit(rows) {
                None => return Ok(index),
                Some(reason) => reason.to_owned(),
            },
            // Another process has it: taking it away from under that one would help nobody.
            Err(error @ TantivyError::LockFailure(..)) => return Err(error),
            Err(error) => error.to_string(),
        };
        tracing::info!(reason, "the {} index is built anew", plan.name);
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        Self::with(Index::create_in_dir(folder, plan.schema.clone())?, rows, &plan)
    }

    fn with(index: Index, rows: Rows<'_>, plan: &Plan) -> Result<Self, TantivyError> {
        (plan.tokenizers)(index.tokenizers());
        Ok(Self {
            writer: Mutex::new(index.writer_with_num_threads(1, plan.writer_bytes)?),
            reader: index
                .reader_builder()
                .reload_policy(ReloadPolicy::Manual)
                .try_into()?,
            index,
            version: plan.version,
            database: rows.database.to_owned(),
        })
    }

    /// Why it can't serve this database.
    fn unfit(&self, rows: Rows<'_>) -> Option<&'static str> {
        let payload = self.payload();
        if payload.schema != self.version || payload.database != rows.database {
            return Some("it is of another version or another database");
        }
        (payload.revision > rows.newest).then_some("it is ahead of its database")
    }

    /// The last revision that was committed; 0 for an empty index.
    pub fn revision(&self) -> i64 {
        self.payload().revision
    }

    fn payload(&self) -> Payload {
        let metas = self.index.load_metas().ok();
        metas
            .and_then(|metas| serde_json::from_str(&metas.payload?).ok())
            .unwrap_or_default()
    }

    /// Makes changes and commits them as `revision`. Searchable when it returns.
    pub fn change(
        &self,
        revision: i64,
        changes: impl FnOnce(&IndexWriter) -> Result<(), TantivyError>,
    ) -> Result<(), TantivyError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        changes(&writer)?;
        let payload = Payload {
            schema: self.version,
            database: self.database.clone(),
            revision,
        };
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(&payload).unwrap_or_default());
        commit.commit()?;
        self.reader.reload()
    }

    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// The first `most` words of `text` as a tokenizer makes them, each once.
    pub fn words(&self, tokenizer: &str, text: &str, most: usize) -> Vec<String> {
        let Some(mut analyzer) = self.index.tokenizers().get(tokenizer) else {
            return Vec::new();
        };
        let mut stream = analyzer.token_stream(text);
        let mut words = Vec::new();
        while words.len() < most && stream.advance() {
            if !words.contains(&stream.token().text) {
                words.push(stream.token().text.clone());
            }
        }
        words
    }
}

/// What an index calls the row of this id.
pub fn row_key(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let first = digest.as_slice().first_chunk::<8>().copied();
    u64::from_le_bytes(first.unwrap_or_default())
}
