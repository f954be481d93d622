//! Finds the articles that answer a question: vectors first, the intent's articles before others, BM25 as a minor vote.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::article::Article;
use super::entries::{Entry, Source};
use super::passages::Passage;
use crate::nlu::{ScoredIntent, Vector};
use crate::text::script::Script;

/// BM25's share of the fused score, both parts scaled to 0..1. `evaluate retrieval --cross-validate` chooses it on
/// StackFAQ: 0 to 0.05 in every fold.
const BM25_SHARE: f32 = 0.05;
/// The same in Chinese, whose characters say more than English words do.
const CHINESE_BM25_SHARE: f32 = 0.3;
/// Between languages few words agree: names.
pub(super) const ABROAD_SHARE: f32 = 0.05;

/// BM25's share for a question.
pub(super) fn bm25_share(question: &str) -> f32 {
    match Script::of(question) {
        Script::Chinese => CHINESE_BM25_SHARE,
        Script::Latin | Script::Neither => BM25_SHARE,
    }
}

/// What an article gains that is named as the answer to an intent, times the intent's probability. Between 0.45 and
/// 0.6 the shop's own questions come out alike; at 0.15 words in common ("boots") beat what is meant ("ripped").
const INTENT_BONUS: f32 = 0.5;
/// Cosines between which the bonus fades: a question that is nearly one of the shop's own needs no guess at its kind.
/// On the shop's own questions 0.5 to 0.65 for the first and 0.9 to 1.05 for the second come out alike.
const BONUS_FADES: (f32, f32) = (0.6, 1.0);
/// What an article gains that mentions a place which the question names: "to Canada" is not answered by what holds for
/// the US, however alike the sentences are.
const PLACE_BONUS: f32 = 0.3;
/// Intents that may speak for an article.
const INTENTS: usize = 3;

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
    /// Of the nearest of its questions, its passages, and the phrases of an intent that it alone answers.
    pub cosine: f32,
    pub bm25: f32,
    /// Probability of the intents that name the article as their answer.
    pub intent: f32,
    /// The question that was nearest, when one was nearer than every passage.
    pub question: Option<String>,
    pub(super) at: usize,
}

/// What the intents of a question say for one article.
#[derive(Debug, Clone, Copy, Default)]
struct Vouching {
    probability: f32,
    /// Cosine of the nearest phrase of an intent that only this article answers: such a phrase is one more way to ask
    /// for the article.
    cosine: f32,
}

/// What a search goes by.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    pub vector: &'a [f32],
    /// BM25 by article key.
    pub votes: &'a HashMap<u64, f32>,
    /// Of the question, likeliest first.
    pub intents: &'a [ScoredIntent],
    /// Places that the question names, in lower case.
    pub places: &'a [String],
    /// BM25's share of the fused score.
    pub bm25_share: f32,
}

/// Runs of so many words are compared to tell whether two passages say the same.
const SHINGLE: usize = 3;
/// Share of their runs that two passages have in common when they say the same.
const SAME: f64 = 0.8;

/// The hits without those whose passage says what the passage of a better one says: articles often repeat each other.
pub(super) fn distinct(hits: Vec<Hit>, entries: &[Arc<Entry>]) -> Vec<Hit> {
    let mut kept: Vec<(Hit, HashSet<String>)> = Vec::with_capacity(hits.len());
    for hit in hits {
        let passage = entries[hit.at].passages.get(hit.passage);
        let runs = passage.map(|passage| runs(&passage.text())).unwrap_or_default();
        if !kept.iter().any(|(_, known)| jaccard(known, &runs) >= SAME) {
            kept.push((hit, runs));
        }
    }
    kept.into_iter().map(|(hit, _)| hit).collect()
}

/// The runs of [`SHINGLE`] words of a text; the whole of a shorter one.
fn runs(text: &str) -> HashSet<String> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() < SHINGLE {
        return HashSet::from([words.join(" ")]);
    }
    words.windows(SHINGLE).map(|run| run.join(" ")).collect()
}

fn jaccard(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let common = a.intersection(b).count();
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

/// Ranks `entries` for a question, best first.
pub(super) fn rank(entries: &[Arc<Entry>], query: Query<'_>, limit: usize) -> Vec<Hit> {
    let Query {
        vector,
        votes,
        intents,
        places,
        bm25_share,
    } = query;
    let most = votes.values().copied().fold(0.0, f32::max);
    let vouching = vouch(entries, intents);
    let mut matches: Vec<Match> = entries
        .iter()
        .map(|entry| nearest(entry, vector, places))
        .collect();
    let best = matches.iter().map(|found| found.cosine).fold(0.0, f32::max);
    let fade = ((BONUS_FADES.1 - best) / (BONUS_FADES.1 - BONUS_FADES.0)).clamp(0.0, 1.0);
    for (found, vouching) in matches.iter_mut().zip(&vouching) {
        found.cosine = found.cosine.max(vouching.cosine);
    }
    let (low, high) = matches.iter().fold((f32::MAX, f32::MIN), |(low, high), found| {
        (low.min(found.cosine), high.max(found.cosine))
    });
    let span = (high - low).max(1e-6);
    let score = |at: usize| {
        let bm25 = votes.get(&entries[at].key).copied().unwrap_or(0.0);
        let dense = (matches[at].cosine - low) / span;
        let word = if most > 0.0 { bm25 / most } else { 0.0 };
        let intent = INTENT_BONUS * fade * vouching[at].probability;
        let place = if matches[at].place { PLACE_BONUS } else { 0.0 };
        let fused = (1.0 - bm25_share) * dense + bm25_share * word + intent + place;
        (fused, bm25, at)
    };
    let mut scored: Vec<(f32, f32, usize)> = (0..entries.len()).map(score).collect();
    scored.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal));
    scored.truncate(limit);
    scored
        .into_iter()
        .map(|(score, bm25, at)| {
            hit(
                &entries[at],
                &matches[at],
                score,
                bm25,
                vouching[at].probability,
                at,
            )
        })
        .collect()
}

fn vouch(entries: &[Arc<Entry>], intents: &[ScoredIntent]) -> Vec<Vouching> {
    let mut vouching = vec![Vouching::default(); entries.len()];
    for intent in intents.iter().take(INTENTS) {
        let named = |entry: &Arc<Entry>| entry.article.intents.contains(&intent.name);
        let answering: Vec<usize> = (0..entries.len()).filter(|at| named(&entries[*at])).collect();
        for at in &answering {
            vouching[*at].probability += intent.confidence;
            if answering.len() == 1 {
                vouching[*at].cosine = vouching[*at].cosine.max(intent.nearest);
            }
        }
    }
    vouching
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

/// What of an entry is nearest to a question.
pub(super) struct Match {
    pub cosine: f32,
    /// The passage to quote.
    passage: usize,
    /// The nearest question, when it is nearer than every passage.
    question: Option<usize>,
    /// Whether a passage mentions a place that the question names.
    place: bool,
}

/// What the first passage gains when passages are compared: it is written as the short answer to the title.
const LEAD: f32 = 0.05;

fn nearest(entry: &Entry, vector: &[f32], places: &[String]) -> Match {
    let mentioning = mentioning(entry, places);
    let quotable = |index: usize| mentioning.is_empty() || mentioning.contains(&index);
    let (mut passage, mut question): ((f32, usize), (f32, usize)) = ((f32::MIN, 0), (f32::MIN, 0));
    for (source, known) in &entry.vectors {
        let cosine = cosine(known, vector);
        match source {
            Source::Passage(index) if cosine > passage.0 => passage = (cosine, *index),
            Source::Question(index) if cosine > question.0 => question = (cosine, *index),
            _ => {}
        }
    }
    // In a long passage one sentence may answer what the passage as a whole is not about.
    for (index, pieces) in entry.pieces.iter().enumerate() {
        for piece in pieces {
            let cosine = cosine(piece, vector);
            if cosine > passage.0 {
                passage = (cosine, index);
            }
        }
    }
    let by_question = (question.0 > passage.0).then_some(question.1);
    let quoted = match by_question {
        None if quotable(passage.1) => passage.1,
        asked => passage_for(entry, asked, vector, &quotable),
    };
    Match {
        cosine: passage.0.max(question.0),
        passage: quoted,
        question: by_question,
        place: !mentioning.is_empty(),
    }
}

/// The passages that mention one of `places`.
fn mentioning(entry: &Entry, places: &[String]) -> Vec<usize> {
    if places.is_empty() {
        return Vec::new();
    }
    let mentions = |passage: &Passage| {
        let text = passage.text().to_lowercase();
        places.iter().any(|place| text.contains(place.as_str()))
    };
    let passages = entry.passages.iter().enumerate();
    passages
        .filter(|(_, passage)| mentions(passage))
        .map(|(index, _)| index)
        .collect()
}

/// The passage that answers a question of the author's own, as the shopper put it: what the author asked tells more
/// about where the answer stands than the shopper's stray words do.
fn passage_for(
    entry: &Entry,
    asked: Option<usize>,
    vector: &[f32],
    quotable: &dyn Fn(usize) -> bool,
) -> usize {
    let asked = asked.and_then(|asked| {
        let mut vectors = entry.vectors.iter();
        vectors.find(|(source, _)| *source == Source::Question(asked))
    });
    let scored = entry.vectors.iter().filter_map(|(source, known)| match source {
        Source::Passage(index) if quotable(*index) => {
            let by_author = asked.map_or(0.0, |(_, asked)| cosine(known, asked));
            let lead = if *index == 0 { LEAD } else { 0.0 };
            Some((cosine(known, vector) + by_author + lead, *index))
        }
        _ => None,
    });
    scored
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0, |(_, index)| index)
}

/// Cosine of two unit vectors.
pub(super) fn cosine(a: &Vector, b: &[f32]) -> f32 {
    crate::dot::dot(a, b)
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
