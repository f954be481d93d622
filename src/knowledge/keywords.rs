//! The tantivy index over passages: BM25 as a minor vote beside the vectors, and the help centre's search.
//!
//! [`SearchIndex`] keeps it in step with the database.

use std::collections::HashMap;
use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Language, LowerCaser, RemoveLongFilter, Stemmer, TextAnalyzer, TokenizerManager};
use tantivy::{Searcher, TantivyDocument, TantivyError, Term};

use super::article::Article;
use super::passages::Passage;
use crate::search_index::{Characters, DictionaryWords, Plan, Rows, SearchIndex, row_key};

/// Grows with the schema: an index of another version is built anew.
const SCHEMA_VERSION: u32 = 3;
const WRITER_BYTES: usize = 30_000_000;
/// A pasted novel is no query: its beginning is.
const QUERY_WORDS: usize = 64;
/// Passages that a search looks at.
const CANDIDATES: usize = 60;
/// From this length on a word that nothing contains is taken for a typo of one that something does.
const FUZZY_FROM: usize = 5;
/// What a match in the title and in a question counts beside one in the text.
const TITLE_BOOST: f32 = 1.5;
const QUESTION_BOOST: f32 = 1.0;
const TEXT_BOOST: f32 = 0.4;
/// What a word of the Chinese dictionary counts beside its characters.
const WORD_BOOST: f32 = 0.5;

const PLAIN: &str = "plain";
const STEMMED: &str = "stemmed_en";
const WORDS: &str = "words_zh";

#[derive(Debug, Clone, Copy)]
struct Fields {
    article: Field,
    title: Field,
    questions: Field,
    text: Field,
    stemmed: Field,
    words: Field,
}

pub(super) struct Keywords {
    index: SearchIndex,
    fields: Fields,
}

impl Keywords {
    /// Opens the index of `rows` in `folder`, or in memory without one.
    pub(super) fn open(folder: Option<&Path>, rows: Rows<'_>) -> Result<Self, TantivyError> {
        let (schema, fields) = schema();
        let plan = Plan {
            name: "search",
            version: SCHEMA_VERSION,
            schema,
            tokenizers,
            writer_bytes: WRITER_BYTES,
        };
        let index = SearchIndex::open(folder, rows, plan)?;
        Ok(Self { index, fields })
    }

    /// The last revision that was committed; 0 for an empty index.
    pub(super) fn revision(&self) -> i64 {
        self.index.revision()
    }

    /// Replaces the passages of `articles` (none: the article is gone) and commits. Searchable when it returns.
    pub(super) fn replace(
        &self,
        articles: &[(&Article, &[Passage])],
        revision: i64,
    ) -> Result<(), TantivyError> {
        self.index.change(revision, |writer| {
            for (article, passages) in articles {
                let key = row_key(&article.id);
                writer.delete_term(Term::from_field_u64(self.fields.article, key));
                for passage in *passages {
                    writer.add_document(self.document(key, article, passage))?;
                }
            }
            Ok(())
        })
    }

    fn document(&self, key: u64, article: &Article, passage: &Passage) -> TantivyDocument {
        let (text, questions) = (passage.text(), article.questions.join("\n"));
        let heading = passage.heading.as_deref().unwrap_or_default();
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.article, key);
        document.add_text(self.fields.title, &article.title);
        document.add_text(self.fields.questions, &questions);
        document.add_text(self.fields.text, format!("{heading}\n{text}"));
        let whole = format!(
            "{}\n{questions}\n{heading}\n{text}\n{}",
            article.title,
            article.tags.join(" ")
        );
        document.add_text(self.fields.words, &whole);
        document.add_text(self.fields.stemmed, whole);
        document
    }

    /// BM25 of the articles that share words with `text`, by article key: the best passage's.
    pub(super) fn vote(&self, text: &str) -> Result<HashMap<u64, f32>, TantivyError> {
        let searcher = self.index.searcher();
        let fields = [
            (self.fields.title, TITLE_BOOST),
            (self.fields.questions, QUESTION_BOOST),
            (self.fields.text, TEXT_BOOST),
        ];
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in self.index.words(PLAIN, text, QUERY_WORDS) {
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
        for word in self.index.words(WORDS, text, QUERY_WORDS) {
            let term = Term::from_field_text(self.fields.words, &word);
            let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
            clauses.push((
                Occur::Should,
                Box::new(BoostQuery::new(Box::new(query), WORD_BOOST)),
            ));
        }
        self.best(&searcher, &BooleanQuery::new(clauses))
    }

    /// Articles for a search field, by key: all words, the last one as a beginning; when that finds nothing, any word
    /// with a typo.
    pub(super) fn search(&self, text: &str) -> Result<HashMap<u64, f32>, TantivyError> {
        let searcher = self.index.searcher();
        let words = self.index.words(STEMMED, text, QUERY_WORDS);
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
}

fn doc_freq(searcher: &Searcher, field: Field, word: &str) -> u64 {
    searcher
        .doc_freq(&Term::from_field_text(field, word))
        .unwrap_or(0)
}

fn tokenizers(known: &TokenizerManager) {
    let analyzer = || {
        TextAnalyzer::builder(Characters::default())
            .filter(RemoveLongFilter::limit(60))
            .filter(LowerCaser)
    };
    known.register(WORDS, TextAnalyzer::builder(DictionaryWords::default()).build());
    known.register(PLAIN, analyzer().build());
    known.register(
        STEMMED,
        analyzer().filter(Stemmer::new(Language::English)).build(),
    );
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
        words: builder.add_text_field("words", text(WORDS)),
    };
    (builder.build(), fields)
}
