//! The tantivy index over passages: BM25 as a minor vote beside the vectors, and the help centre's search.
//!
//! One writer, owned by whoever holds [`Keywords`]; readers never wait for it. The commit's payload names the
//! revision, so a start sees at once whether the index is behind the database.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

use super::article::Article;
use super::passages::Passage;

/// Grows with the schema: an index of another version is built anew.
const SCHEMA_VERSION: u32 = 2;
const WRITER_BYTES: usize = 30_000_000;
/// Passages that a search looks at.
const CANDIDATES: usize = 60;
/// From this length on a word that nothing contains is taken for a typo of one that something does.
const FUZZY_FROM: usize = 5;
/// What a match in the title and in a question counts beside one in the text.
const TITLE_BOOST: f32 = 1.5;
const QUESTION_BOOST: f32 = 1.0;
const TEXT_BOOST: f32 = 0.4;

const PLAIN: &str = "plain";
const STEMMED: &str = "stemmed_en";

#[derive(Debug, Clone, Copy)]
struct Fields {
    article: Field,
    title: Field,
    questions: Field,
    text: Field,
    stemmed: Field,
}

/// What a commit says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload {
    schema: u32,
    /// Of the database whose articles these are.
    database: String,
    revision: i64,
}

pub(super) struct Keywords {
    index: Index,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    fields: Fields,
    database: String,
}

impl Keywords {
    /// Opens the index of `database` in `folder`, or in memory without one. What is missing, damaged, of another version
    /// or of another database is built anew: then its revision is 0.
    pub(super) fn open(folder: Option<&Path>, database: &str) -> Result<Self, TantivyError> {
        let Some(folder) = folder else {
            return Self::with(Index::create_in_ram(schema().0), database);
        };
        let opened = Index::open_in_dir(folder).and_then(|index| Self::with(index, database));
        match opened {
            Ok(keywords) if keywords.is_current() => Ok(keywords),
            // Another process has it: taking it away from under that one would help nobody.
            Err(error @ TantivyError::LockFailure(..)) => Err(error),
            other => {
                let reason = match other {
                    Err(error) => error.to_string(),
                    Ok(_) => "it is of another version or another database".to_owned(),
                };
                tracing::info!(reason, "the search index is built anew");
                let _ = std::fs::remove_dir_all(folder);
                std::fs::create_dir_all(folder)?;
                Self::with(Index::create_in_dir(folder, schema().0)?, database)
            }
        }
    }

    fn is_current(&self) -> bool {
        let payload = self.payload();
        payload.schema == SCHEMA_VERSION && payload.database == self.database
    }

    fn with(index: Index, database: &str) -> Result<Self, TantivyError> {
        let fields = schema().1;
        let analyzer = || {
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(RemoveLongFilter::limit(60))
                .filter(LowerCaser)
        };
        index.tokenizers().register(PLAIN, analyzer().build());
        index.tokenizers().register(
            STEMMED,
            analyzer().filter(Stemmer::new(Language::English)).build(),
        );
        let writer = Mutex::new(index.writer_with_num_threads(1, WRITER_BYTES)?);
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            index,
            reader,
            writer,
            fields,
            database: database.to_owned(),
        })
    }

    /// The last revision that was committed; 0 for an empty index.
    pub(super) fn revision(&self) -> i64 {
        self.payload().revision
    }

    fn payload(&self) -> Payload {
        let metas = self.index.load_metas().ok();
        metas
            .and_then(|metas| serde_json::from_str(&metas.payload?).ok())
            .unwrap_or_default()
    }

    /// Replaces the passages of `articles` (none: the article is gone) and commits. Searchable when it returns.
    pub(super) fn replace(
        &self,
        articles: &[(&Article, &[Passage])],
        revision: i64,
    ) -> Result<(), TantivyError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for (article, passages) in articles {
            let key = article_key(&article.id);
            writer.delete_term(Term::from_field_u64(self.fields.article, key));
            for passage in *passages {
                writer.add_document(self.document(key, article, passage))?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(
            &serde_json::to_string(&Payload {
                schema: SCHEMA_VERSION,
                database: self.database.clone(),
                revision,
            })
            .unwrap_or_default(),
        );
        commit.commit()?;
        self.reader.reload()
    }

    fn document(&self, key: u64, article: &Article, passage: &Passage) -> TantivyDocument {
        let (text, questions) = (passage.text(), article.questions.join("\n"));
        let heading = passage.heading.as_deref().unwrap_or_default();
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.article, key);
        document.add_text(self.fields.title, &article.title);
        document.add_text(self.fields.questions, &questions);
        document.add_text(self.fields.text, format!("{heading}\n{text}"));
        document.add_text(
            self.fields.stemmed,
            format!(
                "{}\n{questions}\n{heading}\n{text}\n{}",
                article.title,
                article.tags.join(" ")
            ),
        );
        document
    }

    /// BM25 of the articles that share words with `text`, by article key: the best passage's.
    pub(super) fn vote(&self, text: &str) -> Result<HashMap<u64, f32>, TantivyError> {
        let searcher = self.reader.searcher();
        let fields = [
            (self.fields.title, TITLE_BOOST),
            (self.fields.questions, QUESTION_BOOST),
            (self.fields.text, TEXT_BOOST),
        ];
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in self.words(PLAIN, text) {
            let unknown = word.chars().count() >= FUZZY_FROM
                && fields
                    .iter()
                    .all(|(field, _)| doc_freq(&searcher, *field, &word) == 0);
            for (field, boost) in fields {
                let term = Term::from_field_text(field, &word);
                let query: Box<dyn Query> = if unknown {
                    Box::new(FuzzyTermQuery::new(term, 1, true))
                } else {
                    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
                };
                clauses.push((Occur::Should, Box::new(BoostQuery::new(query, boost))));
            }
        }
        self.best(&searcher, &BooleanQuery::new(clauses))
    }

    /// Articles for a search field, by key: all words, the last one as a beginning; when that finds nothing, any word
    /// with a typo.
    pub(super) fn search(&self, text: &str) -> Result<HashMap<u64, f32>, TantivyError> {
        let searcher = self.reader.searcher();
        let words = self.words(STEMMED, text);
        let unfinished = !text.ends_with(char::is_whitespace);
        let last = words.len().saturating_sub(1);
        let strict = words.iter().enumerate().map(|(index, word)| {
            let term = Term::from_field_text(self.fields.stemmed, word);
            let exact: Box<dyn Query> = Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs));
            if unfinished && index == last {
                let beginning: Box<dyn Query> = Box::new(FuzzyTermQuery::new_prefix(term, 0, true));
                let either: Box<dyn Query> = Box::new(BooleanQuery::new(vec![
                    (Occur::Should, exact),
                    (Occur::Should, beginning),
                ]));
                (Occur::Must, either)
            } else {
                (Occur::Must, exact)
            }
        });
        let found = self.best(&searcher, &BooleanQuery::new(strict.collect()))?;
        if !found.is_empty() {
            return Ok(found);
        }
        let loose = words.iter().map(|word| {
            let term = Term::from_field_text(self.fields.stemmed, word);
            let distance = if word.chars().count() >= FUZZY_FROM { 1 } else { 0 };
            let query: Box<dyn Query> = Box::new(FuzzyTermQuery::new_prefix(term, distance, true));
            (Occur::Should, query)
        });
        self.best(&searcher, &BooleanQuery::new(loose.collect()))
    }

    fn best(&self, searcher: &Searcher, query: &dyn Query) -> Result<HashMap<u64, f32>, TantivyError> {
        let mut best = HashMap::new();
        for (score, address) in searcher.search(query, &TopDocs::with_limit(CANDIDATES).order_by_score())? {
            let column = searcher
                .segment_reader(address.segment_ord)
                .fast_fields()
                .u64("article")?;
            if let Some(key) = column.first(address.doc_id) {
                let known = best.entry(key).or_insert(score);
                *known = known.max(score);
            }
        }
        Ok(best)
    }

    fn words(&self, tokenizer: &str, text: &str) -> Vec<String> {
        let Some(mut analyzer) = self.index.tokenizers().get(tokenizer) else {
            return Vec::new();
        };
        let mut stream = analyzer.token_stream(text);
        let mut words = Vec::new();
        // A pasted novel is no query: its beginning is.
        while words.len() < 64 && stream.advance() {
            if !words.contains(&stream.token().text) {
                words.push(stream.token().text.clone());
            }
        }
        words
    }
}

fn doc_freq(searcher: &Searcher, field: Field, word: &str) -> u64 {
    searcher
        .doc_freq(&Term::from_field_text(field, word))
        .unwrap_or(0)
}

/// What the index calls an article.
pub(super) fn article_key(id: &str) -> u64 {
    let (key, _) = Sha256::digest(id.as_bytes())
        .as_slice()
        .split_first_chunk::<8>()
        .map(|(key, rest)| (*key, rest.len()))
        .unwrap_or_default();
    u64::from_le_bytes(key)
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(IndexRecordOption::WithFreqs);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        article: builder.add_u64_field("article", INDEXED | FAST),
        title: builder.add_text_field("title", text(PLAIN)),
        questions: builder.add_text_field("questions", text(PLAIN)),
        text: builder.add_text_field("text", text(PLAIN)),
        stemmed: builder.add_text_field("stemmed", text(STEMMED)),
    };
    (builder.build(), fields)
}
