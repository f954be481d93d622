//! The tantivy index over items: which items share words with a query, typos and beginnings of words included where the
//! exact words find little.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
    TokenizerManager,
};
use tantivy::{DocId, Score, Searcher, SegmentReader, TantivyDocument, TantivyError, Term};

use super::item::{Item, ItemText};
use crate::search_index::{Plan, Rows, SearchIndex, row_key};
use crate::text::normalise::simplified;

/// Grows with the schema: an index of another version is built anew.
const SCHEMA_VERSION: u32 = 2;
const WRITER_BYTES: usize = 50_000_000;
/// With fewer items than this, typos and beginnings of words count too.
const LITTLE: usize = 3;
/// Lengths from which a word that no item has may differ by one letter and by two.
const FUZZY_FROM: [usize; 2] = [4, 8];
/// A pasted page is no query: its beginning is.
const QUERY_WORDS: usize = 16;
/// What a match in a field counts beside one in the description.
const BOOSTS: [f32; 5] = [3.0, 2.0, 2.0, 1.0, 0.5];
/// What a word that is only begun counts, one with a typo, and one with both.
/// These matches have no BM25 of their own, which is about 10 for a word of a title.
const BEGUN: f32 = 10.0;
const MISTYPED: f32 = 8.0;
const MISTYPED_AND_BEGUN: f32 = 4.0;
/// What either counts in the title, what stands between, and the description.
const PLAIN_SHARES: [f32; 3] = [1.0, 0.6, 0.15];

const PLAIN: &str = "plain";
const STEMMED: &str = "stemmed_en";
/// Words that say nothing about a product.
const FILLERS: &str = " a an and any are at by do for from have i in is it me my of on or please some the to want with you \
     的 了 吗 呢 啊 呀 吧 嘛 么 有 没 我 你 想 要 买 找 个 款 件 顶 条 只 双 把 这 那 哪 什 给 来 些 点 推 荐 好 请 问 看 能 可 以 是 在 和 与 或 卖 店 里 ";

#[derive(Debug, Clone, Copy)]
struct Fields {
    key: Field,
    id: Field,
    /// Title, brand, category, attributes, description.
    stemmed: [Field; 5],
    /// The same as they stand, for typos and beginnings: the title, what stands between, the description.
    plain: [Field; 3],
}

pub(super) struct Words {
    index: SearchIndex,
    fields: Fields,
}

/// A word of a query, as it is and as its stem.
struct Word {
    plain: String,
    stem: String,
    /// Whether an item has it.
    known: bool,
    /// Whether more of it may follow: the last one, when no blank stands behind it.
    begun: bool,
}

impl Words {
    /// Opens the index of `rows` in `folder`, or in memory without one.
    pub(super) fn open(folder: Option<&Path>, rows: Rows<'_>) -> Result<Self, TantivyError> {
        let (schema, fields) = schema();
        let plan = Plan {
            name: "product",
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

    /// Takes up changed items, takes out vanished ones, and commits. Searchable when it returns.
    pub(super) fn replace(&self, items: &[Item], revision: i64) -> Result<(), TantivyError> {
        self.index.change(revision, |writer| {
            for item in items {
                let key = row_key(&item.id);
                writer.delete_term(Term::from_field_u64(self.fields.key, key));
                if item.vanished_at.is_none() {
                    writer.add_document(self.document(key, item))?;
                }
            }
            Ok(())
        })
    }

    fn document(&self, key: u64, item: &Item) -> TantivyDocument {
        let others = || item.texts.values();
        // One text a field, of all languages.
        let all = |own: String, other: &dyn Fn(&ItemText) -> String| {
            let whole: Vec<String> = [own].into_iter().chain(others().map(other)).collect();
            spaced(&simplified(&whole.join("\n")))
        };
        let values = |attributes: &BTreeMap<String, String>| {
            let values: Vec<&str> = attributes.values().map(String::as_str).collect();
            values.join(" ")
        };
        let texts = [
            all(item.title.clone(), &|text| text.title.clone()),
            spaced(&item.brand),
            all(item.category.join(" "), &|text| text.category.join(" ")),
            all(values(&item.attributes), &|text| values(&text.attributes)),
            all(item.description.clone(), &|text| text.description.clone()),
        ];
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.key, key);
        document.add_text(self.fields.id, item.id.to_lowercase());
        document.add_text(self.fields.plain[0], &texts[0]);
        document.add_text(self.fields.plain[1], texts[1..4].join("\n"));
        document.add_text(self.fields.plain[2], &texts[4]);
        for (field, text) in self.fields.stemmed.into_iter().zip(&texts) {
            document.add_text(field, text);
        }
        document
    }

    /// Keys of the items that have this id, in any case.
    pub(super) fn with_id(&self, id: &str) -> Result<HashMap<u64, f32>, TantivyError> {
        let term = Term::from_field_text(self.fields.id, &id.trim().to_lowercase());
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        self.index.searcher().search(&query, &AllMatches)
    }

    /// BM25 of the items that fit `text`, by key; `None` when it has no words. Items with all words, where there are
    /// any; else with as many of them as any item has.
    pub(super) fn matches(&self, text: &str) -> Result<Option<HashMap<u64, f32>>, TantivyError> {
        let searcher = self.index.searcher();
        let words = self.words(&searcher, text);
        if words.is_empty() {
            return Ok(None);
        }
        let exact = words.iter().map(|word| (Occur::Must, self.exact(word)));
        let mut found = searcher.search(&BooleanQuery::new(exact.collect()), &AllMatches)?;
        if found.len() >= LITTLE {
            return Ok(Some(found));
        }
        for required in (1..=words.len()).rev() {
            let tolerant = words.iter().map(|word| (Occur::Should, self.tolerant(word)));
            let query = BooleanQuery::with_minimum_required_clauses(tolerant.collect(), required);
            for (key, score) in searcher.search(&query, &AllMatches)? {
                found.entry(key).or_insert(score);
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(Some(found))
    }

    /// Whether a word of `text` is one that no item has.
    pub(super) fn has_strange_words(&self, text: &str) -> bool {
        let words = self.words(&self.index.searcher(), text);
        words.iter().any(|word| !word.known)
    }

    fn exact(&self, word: &Word) -> Box<dyn Query> {
        let fields = self.fields.stemmed.into_iter().zip(BOOSTS);
        let clauses = fields.map(|(field, boost)| {
            let term = Term::from_field_text(field, &word.stem);
            let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
            (Occur::Should, boosted(query, boost))
        });
        Box::new(BooleanQuery::new(clauses.collect()))
    }

    fn tolerant(&self, word: &Word) -> Box<dyn Query> {
        let mut clauses = vec![(Occur::Should, self.exact(word))];
        let length = word.plain.chars().count();
        let distance = FUZZY_FROM.iter().filter(|from| length >= **from).count() as u8;
        let mut add = |query: &dyn Fn(Term) -> FuzzyTermQuery, boost: f32| {
            for (field, share) in self.fields.plain.into_iter().zip(PLAIN_SHARES) {
                let query = query(Term::from_field_text(field, &word.plain));
                clauses.push((Occur::Should, boosted(query, boost * share)));
            }
        };
        if word.begun && length > 1 {
            add(&|term| FuzzyTermQuery::new_prefix(term, 0, true), BEGUN);
        }
        // A word that items have is meant as it stands.
        if !word.known && distance > 0 {
            add(&|term| FuzzyTermQuery::new(term, distance, true), MISTYPED);
            if word.begun {
                add(
                    &|term| FuzzyTermQuery::new_prefix(term, 1, true),
                    MISTYPED_AND_BEGUN,
                );
            }
        }
        Box::new(BooleanQuery::new(clauses))
    }

    /// The words of a query, each once, without fillers unless it has nothing else.
    fn words(&self, searcher: &Searcher, text: &str) -> Vec<Word> {
        let text = spaced(&simplified(text));
        let mut plain = self.index.words(PLAIN, &text, 4 * QUERY_WORDS);
        let says = |word: &String| !FILLERS.contains(&format!(" {word} "));
        let only_fillers = !plain.iter().any(says);
        let last = plain.last().cloned();
        plain.retain(|word| only_fillers || says(word));
        plain.truncate(QUERY_WORDS);
        let unfinished = !text.ends_with(char::is_whitespace);
        plain
            .into_iter()
            .map(|plain| {
                let stem = self.index.words(STEMMED, &plain, 1).pop();
                let stem = stem.unwrap_or_else(|| plain.clone());
                let has = |field: &Field| {
                    let term = Term::from_field_text(*field, &stem);
                    searcher.doc_freq(&term).unwrap_or(0) > 0
                };
                Word {
                    known: self.fields.stemmed.iter().any(has),
                    begun: unfinished && last.as_ref() == Some(&plain),
                    plain,
                    stem,
                }
            })
            .collect()
    }
}

fn boosted(query: impl Query, boost: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(Box::new(query), boost))
}

/// Blanks around each sign of scripts that write without them: the sign is then a word.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}') {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced
}

/// Collects key and score of every match: filters, facets and vectors need them all.
struct AllMatches;

struct SegmentMatches {
    keys: Column<u64>,
    found: Vec<(u64, f32)>,
}

impl Collector for AllMatches {
    type Fruit = HashMap<u64, f32>;
    type Child = SegmentMatches;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> Result<SegmentMatches, TantivyError> {
        Ok(SegmentMatches {
            keys: segment.fast_fields().u64("key")?,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, found: Vec<Vec<(u64, f32)>>) -> Result<Self::Fruit, TantivyError> {
        Ok(found.into_iter().flatten().collect())
    }
}

impl SegmentCollector for SegmentMatches {
    type Fruit = Vec<(u64, f32)>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.found
            .extend(self.keys.first(document).map(|key| (key, score)));
    }

    fn harvest(self) -> Self::Fruit {
        self.found
    }
}

fn tokenizers(known: &TokenizerManager) {
    let analyzer = || {
        TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(60))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
    };
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
        key: builder.add_u64_field("key", INDEXED | FAST),
        id: builder.add_text_field("id", STRING),
        stemmed: ["title", "brand", "category", "attributes", "description"]
            .map(|name| builder.add_text_field(name, text(STEMMED))),
        plain: ["plain_title", "plain_names", "plain_description"]
            .map(|name| builder.add_text_field(name, text(PLAIN))),
    };
    (builder.build(), fields)
}
