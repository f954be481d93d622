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
use super::gate::Gate;
use super::keywords::Keywords;
use super::{Current, Inner, Knowledge, KnowledgeError};
use crate::nlu::Encoder;
use crate::nlu::metrics::quantile;
use crate::progress::Progress;
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

/// Evaluates on `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` in `folder`.
pub async fn evaluate(
    folder: &Path,
    encoder: &Encoder,
    progress: &Progress,
) -> Result<RetrievalReport, KnowledgeError> {
    let documents: Vec<Document> = read_lines(&folder.join("corpus.jsonl"))?;
    let questions: Vec<Question> = read_lines(&folder.join("queries.jsonl"))?;
    let judgements = read_judgements(&folder.join("qrels.tsv"))?;
    let knowledge = index(&documents, encoder, progress).await?;
    let judged: Vec<_> = questions
        .iter()
        .filter_map(|question| Some((question, judgements.get(&question._id)?)))
        .collect();
    let (mut report, mut micros) = (RetrievalReport::default(), Vec::with_capacity(judged.len()));
    for (index, (question, relevant)) in judged.iter().enumerate() {
        progress.step("asking", index as u64, judged.len() as u64)?;
        let started = Instant::now();
        let vector = encoder.encode(&normalise(&question.text)).await?;
        let hits = knowledge.search(LOCALE, &question.text, &vector, DEPTH);
        micros.push(started.elapsed().as_micros() as u64);
        let gains: Vec<bool> = hits
            .iter()
            .map(|hit| relevant.contains(hit.article.id.as_str()))
            .collect();
        report.add(&gains, relevant.len());
    }
    progress.step("asking", judged.len() as u64, judged.len() as u64)?;
    micros.sort_unstable();
    report.documents = documents.len();
    report.finish(judged.len(), &micros);
    Ok(report)
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
    let keywords = Keywords::open(None, "").map_err(failed)?;
    let built = entries::build(None, encoder, &articles, false, progress).await?;
    let snapshot = Snapshot::default().with(&articles, built, 1);
    let inner = Inner {
        store: None,
        encoder: encoder.clone(),
        keywords,
        folder: "memory".into(),
        quotable: false,
        current: ArcSwap::default(),
        refreshing: tokio::sync::Mutex::default(),
    };
    let knowledge = Knowledge {
        inner: Arc::new(inner),
    };
    knowledge.index(&articles, &snapshot, 1).await?;
    knowledge.inner.current.store(Arc::new(Current {
        snapshot,
        gate: Gate::default(),
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
