//! Why the bot said what it said: stored with every reply, for agents and admins to open.

use serde::Serialize;

use super::policy::{Action, Decision, Question};
use super::summary::Summary;
use crate::knowledge::{Answer, Hit};
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
    /// The questions of a message that asks several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionTrace>,
    pub action: Action,
    pub why: String,
    pub micros: Micros,
    /// For the person who takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
}

/// One of several questions, and the article that answers it.
#[derive(Debug, Serialize)]
pub struct QuestionTrace {
    pub question: String,
    pub understanding: Understood,
    pub article: Option<PassageScore>,
}

#[derive(Debug, Serialize)]
pub struct Understood {
    /// The message with its unknown words read as those that were meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_as: Option<String>,
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
            questions: Vec::new(),
            action: decision.action.clone(),
            why: decision.why.clone(),
            micros,
            summary: None,
        }
    }

    pub(super) fn with_questions(self, questions: &[Question]) -> Self {
        Self {
            questions: questions.iter().map(question_trace).collect(),
            ..self
        }
    }
}

fn question_trace(question: &Question) -> QuestionTrace {
    QuestionTrace {
        question: redact(&question.understanding.text).into_owned(),
        understanding: understood(&question.understanding),
        article: match &question.answer {
            Answer::Confident { hit, .. } => Some(passage_score(hit)),
            _ => None,
        },
    }
}

fn understood(understanding: &Understanding) -> Understood {
    let nearest = understanding.nearest.as_ref();
    Understood {
        read_as: understanding
            .read_as
            .as_deref()
            .map(|read| redact(read).into_owned()),
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
