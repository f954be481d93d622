//! Why the bot said what it said: stored with every reply, for agents and admins to open.

use serde::Serialize;

use super::policy::{Action, Decision};
use crate::knowledge::Hit;
use crate::nlu::{ScoredIntent, Understanding};
use crate::text::redact::redact;

/// Intents and passages that a trace keeps of each ranking.
const KEPT: usize = 5;

/// The trace of one turn. Personal data in the question is masked.
#[derive(Debug, Serialize)]
pub struct Trace {
    pub question: String,
    pub understanding: Option<Understood>,
    pub passages: Vec<PassageScore>,
    pub action: Action,
    pub why: String,
    pub micros: Micros,
}

#[derive(Debug, Serialize)]
pub struct Understood {
    pub intents: Vec<ScoredIntent>,
    pub scope: f32,
    pub verdict: String,
    /// The training phrase nearest to the question, its intent and its cosine.
    pub nearest: Option<(String, String, f32)>,
}

#[derive(Debug, Serialize)]
pub struct PassageScore {
    pub slug: String,
    pub version: i64,
    pub heading: Option<String>,
    pub score: f32,
    pub cosine: f32,
    pub bm25: f32,
}

/// How long the parts of the turn took.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Micros {
    pub understand: u64,
    pub search: u64,
}

impl Trace {
    pub(super) fn new(
        question: &str,
        understanding: Option<&Understanding>,
        hits: &[Hit],
        decision: &Decision,
        micros: Micros,
    ) -> Self {
        Self {
            question: redact(question).into_owned(),
            understanding: understanding.map(understood),
            passages: hits.iter().take(KEPT).map(passage_score).collect(),
            action: decision.action.clone(),
            why: decision.why.clone(),
            micros,
        }
    }
}

fn understood(understanding: &Understanding) -> Understood {
    let nearest = understanding.nearest.as_ref();
    Understood {
        intents: understanding.ranking.iter().take(KEPT).cloned().collect(),
        scope: understanding.scope,
        verdict: format!("{:?}", understanding.verdict),
        nearest: nearest.map(|nearest| (nearest.text.clone(), nearest.intent.clone(), nearest.cosine)),
    }
}

fn passage_score(hit: &Hit) -> PassageScore {
    PassageScore {
        slug: hit.article.slug.clone(),
        version: hit.article.version,
        heading: hit.heading.clone(),
        score: hit.score,
        cosine: hit.cosine,
        bm25: hit.bm25,
    }
}
