//! Evaluation of retrieval on a BEIR folder, through the code that answers shoppers: each document becomes an article
//! whose title is its question.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use super::article::{Article, Draft, Status};
use super::entries::{self, Snapshot};
use super::keywords::Keywords;
use super::search::Hit;
use super::{Current, Inner, Knowledge, KnowledgeError};
use crate::nlu::metrics::quantile;
use crate::nlu::{Encoder, Encoders};
use crate::progress::Progress;
use crate::search_index::Rows;
use crate::text::normalise::normalise;

const LOCALE: &str = "en";
const DEPTH: usize = 10;

/// The figures of one evaluation; gains are binary, the ideal is over min(10, relevant). Times are microseconds a question,
/// encoder included.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RetrievalReport {
    pub ndcg_at_10: f64,
    pub mrr_at_10: f64,
    pub hit_at_1: f64,
    pub hit_at_5: f64,
    pub queries: usize,
    pub documents: usize,
    pub p50_micros: u64,
    pub p99_micros: u64,
}

#[derive(Deserialize)]
struct Document {
    _id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Question {
    _id: String,
    text: String,
}

/// BM25 shares that cross-validation chooses from.
const SHARES: [f32; 11] = [0.0, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6];
const FOLDS: usize = 5;

/// How well BM25's share of the score is chosen on questions other than those it is scored on.
#[derive(Debug, Clone, Serialize)]
pub struct ShareReport {
    /// nDCG@10 of each share on all questions.
    pub ndcg_at_10_by_share: Vec<(f32, f64)>,
    /// The share that was best without each fold.
    pub chosen: Vec<f32>,
    /// nDCG@10 and hit@1 of each fold at the share chosen without it, over all questions.
    pub ndcg_at_10: f64,
    pub hit_at_1: f64,
    pub queries: usize,
}

/// A BEIR folder, read and indexed.
struct Setting {
    knowledge: Knowledge,
    documents: usize,
    /// Questions with judgements, and the documents that answer them.
    judged: Vec<(Question, HashSet<String>)>,
}

impl Setting {
    async fn of(folder: &Path, encoder: &Encoder, progress: &Progress) -> Result<Self, KnowledgeError> {
        let documents: Vec<Document> = read_lines(&folder.join("corpus.jsonl"))?;
        let questions: Vec<Question> = read_lines(&folder.join("queries.jsonl"))?;
        let mut judgements = read_judgements(&folder.join("qrels.tsv"))?;
        let judged = questions.into_iter().filter_map(|question| {
            let relevant = judgements.remove(&question._id)?;
            Some((question, relevant))
        });
        Ok(Self {
            knowledge: index(&documents, encoder, progress).await?,
            documents: documents.len(),
            judged: judged.collect(),
        })
    }
}

/// Evaluates on `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` in `folder`.
pub async fn evaluate(
    folder: &Path,
    encoder: &Encoder,
    progress: &Progress,
) -> Result<RetrievalReport, KnowledgeError> {
    let setting = Setting::of(folder, encoder, progress).await?;
    let judged = &setting.judged;
    let (mut report, mut micros) = (RetrievalReport::default(), Vec::with_capacity(judged.len()));
    for (index, (question, relevant)) in judged.iter().enumerate() {
        progress.step("asking", index as u64, judged.len() as u64)?;
        let started = Instant::now();
        let vector = encoder.encode(&normalise(&question.text)).await?;
        let hits = setting.knowledge.search(LOCALE, &question.text, &vector, DEPTH);
        micros.push(started.elapsed().as_micros() as u64);
        report.add(&gains(&hits, relevant), relevant.len());
    }
    progress.step("asking", judged.len() as u64, judged.len() as u64)?;
    micros.sort_unstable();
    report.documents = setting.documents;
    report.finish(judged.len(), &micros);
    Ok(report)
}

/// Chooses BM25's share on four fifths of the questions and scores the other fifth with it, in turn. Questions with an
/// answer in common stay together.
pub async fn cross_validate(
    folder: &Path,
    encoder: &Encoder,
    progress: &Progress,
) -> Result<ShareReport, KnowledgeError> {
    let setting = Setting::of(folder, encoder, progress).await?;
    let judged = &setting.judged;
    // [questions][shares]: nDCG@10 and hit@1.
    let mut scores: Vec<Vec<(f64, f64)>> = Vec::with_capacity(judged.len());
    for (index, (question, relevant)) in judged.iter().enumerate() {
        progress.step("asking", index as u64, judged.len() as u64)?;
        let vector = encoder.encode(&normalise(&question.text)).await?;
        let of_share = |share: &f32| {
            let hits = setting
                .knowledge
                .search_with(LOCALE, &question.text, &vector, DEPTH, *share);
            let mut one = RetrievalReport::default();
            one.add(&gains(&hits, relevant), relevant.len());
            (one.ndcg_at_10, one.hit_at_1)
        };
        scores.push(SHARES.iter().map(of_share).collect());
    }
    progress.step("asking", judged.len() as u64, judged.len() as u64)?;
    let folds = groups(judged.iter().map(|(_, relevant)| relevant));
    let mean = |rows: &[usize], share: usize| {
        rows.iter().map(|row| scores[*row][share].0).sum::<f64>() / rows.len().max(1) as f64
    };
    let all: Vec<usize> = (0..judged.len()).collect();
    let (mut chosen, mut ndcg, mut hits) = (Vec::new(), 0.0, 0.0);
    for fold in 0..FOLDS {
        let (held, inside): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|row| folds[**row] % FOLDS == fold);
        let best = (0..SHARES.len()).max_by(|a, b| mean(&inside, *a).total_cmp(&mean(&inside, *b)));
        let best = best.unwrap_or_default();
        chosen.push(SHARES[best]);
        for row in held {
            ndcg += scores[row][best].0;
            hits += scores[row][best].1;
        }
    }
    let n = judged.len().max(1) as f64;
    Ok(ShareReport {
        ndcg_at_10_by_share: SHARES
            .iter()
            .enumerate()
            .map(|(at, share)| (*share, mean(&all, at)))
            .collect(),
        chosen,
        ndcg_at_10: ndcg / n,
        hit_at_1: hits / n,
        queries: judged.len(),
    })
}

/// A number per question; those with an answer in common have the same.
fn groups<'a>(relevant: impl Iterator<Item = &'a HashSet<String>>) -> Vec<usize> {
    let mut of_document: HashMap<&str, usize> = HashMap::new();
    let mut next = 0;
    relevant
        .map(|documents| {
            let known = documents
                .iter()
                .find_map(|document| of_document.get(document.as_str()).copied());
            let group = known.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            documents.iter().for_each(|document| {
                of_document.insert(document, group);
            });
            group
        })
        .collect()
}

fn gains(hits: &[Hit], relevant: &HashSet<String>) -> Vec<bool> {
    hits.iter()
        .map(|hit| relevant.contains(hit.article.id.as_str()))
        .collect()
}

impl RetrievalReport {
    fn add(&mut self, gains: &[bool], relevant: usize) {
        let discount = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
        let ideal: f64 = (0..relevant.min(DEPTH)).map(discount).sum();
        let gained: f64 = gains
            .iter()
            .enumerate()
            .filter(|(_, gain)| **gain)
            .map(|(rank, _)| discount(rank))
            .sum();
        self.ndcg_at_10 += gained / ideal.max(1e-12);
        let first = gains.iter().position(|gain| *gain);
        self.mrr_at_10 += first.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
        self.hit_at_1 += f64::from(u8::from(first == Some(0)));
        self.hit_at_5 += f64::from(u8::from(first.is_some_and(|rank| rank < 5)));
    }

    fn finish(&mut self, queries: usize, micros: &[u64]) {
        let n = queries.max(1) as f64;
        for sum in [
            &mut self.ndcg_at_10,
            &mut self.mrr_at_10,
            &mut self.hit_at_1,
            &mut self.hit_at_5,
        ] {
            *sum /= n;
        }
        self.queries = queries;
        self.p50_micros = quantile(micros, 0.5);
        self.p99_micros = quantile(micros, 0.99);
    }
}

async fn index(
    documents: &[Document],
    encoder: &Encoder,
    progress: &Progress,
) -> Result<Knowledge, KnowledgeError> {
    let articles: Vec<Article> = documents.iter().map(article).collect();
    let failed = |source| KnowledgeError::Index {
        folder: "memory".into(),
        source,
    };
    let keywords = Keywords::open(None, Rows::NONE).map_err(failed)?;
    let built = entries::build(None, encoder, &articles, false, progress).await?;
    let snapshot = Snapshot::default().with(&articles, built, 1);
    let inner = Inner {
        store: None,
        encoders: Encoders::one(LOCALE, encoder.clone()),
        keywords,
        folder: "memory".into(),
        quotable: false,
        without: None,
        current: ArcSwap::default(),
        refreshing: tokio::sync::Mutex::default(),
    };
    let knowledge = Knowledge {
        inner: Arc::new(inner),
    };
    knowledge.index(&articles, &snapshot, 1).await?;
    knowledge.inner.current.store(Arc::new(Current {
        snapshot,
        ..Current::default()
    }));
    Ok(knowledge)
}

fn article(document: &Document) -> Article {
    let draft = Draft {
        title: document.title.clone(),
        slug: document._id.clone(),
        locale: LOCALE.into(),
        area: String::new(),
        tags: Vec::new(),
        intents: Vec::new(),
        status: Status::Published,
        questions: Vec::new(),
        body: document.text.clone(),
    };
    Article {
        id: document._id.clone(),
        version: 1,
        created_at: 0,
        updated_at: 0,
        updated_by: String::new(),
        draft,
    }
}

fn read_lines<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Vec<T>, KnowledgeError> {
    let lines = read(file)?;
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| KnowledgeError::Line {
            file: file.display().to_string(),
            line: index + 1,
            message: error.to_string(),
        })
    };
    lines
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(parse)
        .collect()
}

/// Relevant documents by question: rows `query-id corpus-id score` with a score above 0.
fn read_judgements(file: &Path) -> Result<HashMap<String, HashSet<String>>, KnowledgeError> {
    let text = read(file)?;
    let mut judgements: HashMap<String, HashSet<String>> = HashMap::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let score = columns.get(2).and_then(|score| score.trim().parse::<f64>().ok());
        let Some(score) = score else {
            let message = "expected query-id, corpus-id and a number, separated by tabs".to_owned();
            return Err(KnowledgeError::Line {
                file: file.display().to_string(),
                line: index + 1,
                message,
            });
        };
        if score > 0.0 {
            judgements
                .entry(columns[0].to_owned())
                .or_default()
                .insert(columns[1].to_owned());
        }
    }
    Ok(judgements)
}

fn read(file: &Path) -> Result<String, KnowledgeError> {
    std::fs::read_to_string(file).map_err(|source| KnowledgeError::File {
        file: file.into(),
        source,
    })
}
