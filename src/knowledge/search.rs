//! Finds the articles that answer a question: vectors first, BM25 as a minor vote.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::article::Article;
use super::entries::{Entry, Source};
use crate::nlu::Vector;

/// BM25's share of the fused score, both parts scaled to 0..1; chosen by cross-validation over question groups.
pub(super) const BM25_SHARE: f32 = 0.05;
/// What an article gains that is named as the answer to an intent, times the intent's probability.
const INTENT_BONUS: f32 = 0.15;

/// An article found, with what speaks for it.
#[derive(Debug, Clone)]
pub struct Hit {
    pub article: Arc<Article>,
    /// The passage that fits best, counted from 0.
    pub passage: usize,
    /// Its heading.
    pub heading: Option<String>,
    /// Fused score, comparable within one search only.
    pub score: f32,
    /// Of the nearest of its questions and passages.
    pub cosine: f32,
    pub bm25: f32,
    /// Probability of the intents that name the article as their answer.
    pub intent: f32,
    /// The question that was nearest, when one was nearer than every passage.
    pub question: Option<String>,
    pub(super) at: usize,
}

/// Ranks `entries` for a question's vector, the BM25 votes by article key, and the likely intents.
pub(super) fn rank(
    entries: &[Arc<Entry>],
    vector: &[f32],
    votes: &HashMap<u64, f32>,
    intents: &[(String, f32)],
    limit: usize,
) -> Vec<Hit> {
    let most = votes.values().copied().fold(0.0, f32::max);
    let matches: Vec<Match> = entries.iter().map(|entry| nearest(entry, vector)).collect();
    let (low, high) = matches.iter().fold((f32::MAX, f32::MIN), |(low, high), found| {
        (low.min(found.cosine), high.max(found.cosine))
    });
    let span = (high - low).max(1e-6);
    let mut scored: Vec<(f32, f32, f32, usize)> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let bm25 = votes.get(&entry.key).copied().unwrap_or(0.0);
            let dense = (matches[at].cosine - low) / span;
            let word = if most > 0.0 { bm25 / most } else { 0.0 };
            let intent = intents
                .iter()
                .filter(|(name, _)| entry.article.intents.contains(name))
                .map(|(_, p)| p)
                .sum::<f32>();
            (
                (1.0 - BM25_SHARE) * dense + BM25_SHARE * word + INTENT_BONUS * intent,
                bm25,
                intent,
                at,
            )
        })
        .collect();
    scored.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal));
    scored.truncate(limit);
    scored
        .into_iter()
        .map(|(score, bm25, intent, at)| hit(&entries[at], &matches[at], score, bm25, intent, at))
        .collect()
}

fn hit(entry: &Entry, found: &Match, score: f32, bm25: f32, intent: f32, at: usize) -> Hit {
    let question = found.question.map(|index| match index {
        0 => entry.article.title.clone(),
        index => entry.article.questions[index - 1].clone(),
    });
    let heading = entry
        .passages
        .get(found.passage)
        .and_then(|passage| passage.heading.clone());
    Hit {
        article: entry.article.clone(),
        passage: found.passage,
        heading,
        score,
        cosine: found.cosine,
        bm25,
        intent,
        question,
        at,
    }
}

/// The nearest vector of an entry.
pub(super) struct Match {
    pub cosine: f32,
    /// The nearest passage.
    passage: usize,
    /// The nearest question, when it is nearer than every passage.
    question: Option<usize>,
}

fn nearest(entry: &Entry, vector: &[f32]) -> Match {
    let (mut passage, mut question) = ((f32::MIN, 0), (f32::MIN, 0));
    for (source, known) in &entry.vectors {
        let cosine = cosine(known, vector);
        match source {
            Source::Passage(index) if cosine > passage.0 => passage = (cosine, *index),
            Source::Question(index) if cosine > question.0 => question = (cosine, *index),
            _ => {}
        }
    }
    let by_question = question.0 > passage.0;
    Match {
        cosine: passage.0.max(question.0),
        passage: passage.1,
        question: by_question.then_some(question.1),
    }
}

/// Cosine of two unit vectors.
pub(super) fn cosine(a: &Vector, b: &[f32]) -> f32 {
    crate::nlu::dot(a, b)
}

#[cfg(test)]
impl Hit {
    /// A hit on an article that has nothing but a name.
    pub(crate) fn of(slug: &str) -> Self {
        let draft = super::Draft {
            title: slug.into(),
            slug: slug.into(),
            locale: "en".into(),
            area: String::new(),
            tags: Vec::new(),
            intents: Vec::new(),
            status: super::Status::Published,
            questions: Vec::new(),
            body: slug.into(),
        };
        let article = Article {
            id: slug.into(),
            version: 1,
            created_at: 0,
            updated_at: 0,
            updated_by: String::new(),
            draft,
        };
        Self {
            article: Arc::new(article),
            passage: 0,
            heading: None,
            score: 1.0,
            cosine: 1.0,
            bm25: 0.0,
            intent: 0.0,
            question: None,
            at: 0,
        }
    }
}
