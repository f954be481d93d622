//! From hits to an answer: quote, ask, or say that it isn't known.

use serde::{Deserialize, Serialize};

use super::entries::{Entry, QUOTE_BYTES};
use super::gate::Gate;
use super::search::{Hit, cosine};
use crate::text::sentences::{Piece, join};

/// Most topics that the bot offers to choose from.
const TOPICS: usize = 3;
const RELATED: usize = 3;
/// Probability of an article's intent from which it is offered below the answer, however far its words are.
const RELATED_INTENT: f32 = 0.1;
/// How sure an intent must be to vouch for an article that the words alone only come near to.
const VOUCHED: f32 = 0.75;
/// Fused scores that differ by less are a tie, which is asked about unless the best one is this much nearer than needed.
const TIE: f32 = 0.06;
/// A hit that falls short of the gate by no more than `NEARLY` still answers when it leads by `CLEAR`.
const NEARLY: f32 = 0.05;
const CLEAR: f32 = 0.12;
const CLOSE: f32 = 0.12;

/// An article to go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    pub slug: String,
    pub title: String,
}

impl Related {
    pub(super) fn to(hit: &Hit) -> Self {
        Self {
            slug: hit.article.slug.clone(),
            title: hit.article.title.clone(),
        }
    }
}

/// What the knowledge base can say.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The hit's passage answers; `quote` is whole sentences of it, in Markdown.
    Confident {
        hit: Hit,
        quote: String,
        related: Vec<Related>,
    },
    /// Several come near, none near enough.
    Unsure { topics: Vec<Related> },
    /// Nothing comes near; the nearest article and its cosine.
    Unknown { nearest: Option<(String, f32)> },
}

/// The answer with everything that was considered.
#[derive(Debug, Clone)]
pub struct Found {
    pub answer: Answer,
    pub hits: Vec<Hit>,
}

/// Judges `hits`, best first, by the gate. `strangeness`: the question's cosine to what is off topic; an article that is
/// no nearer than that doesn't answer.
pub(super) fn judge(
    hits: Vec<Hit>,
    entries: &[std::sync::Arc<Entry>],
    vector: &[f32],
    gate: Gate,
    strangeness: f32,
) -> Found {
    let answer = match hits.first() {
        Some(hit) if hit.cosine < strangeness => Answer::Unknown {
            nearest: Some((hit.article.slug.clone(), hit.cosine)),
        },
        Some(hit) if is_sure(hit, hits.get(1), gate) => {
            let quote = quote(&entries[hit.at], hit.passage, vector);
            let others = hits[1..]
                .iter()
                .filter(|other| other.cosine >= gate.answer - NEARLY || other.intent >= RELATED_INTENT);
            Answer::Confident {
                hit: hit.clone(),
                quote,
                related: others.take(RELATED).map(Related::to).collect(),
            }
        }
        Some(hit) if hit.cosine >= gate.ask => {
            let near = hits.iter().filter(|other| other.cosine >= gate.ask - 0.05);
            Answer::Unsure {
                topics: near.take(TOPICS).map(Related::to).collect(),
            }
        }
        nearest => Answer::Unknown {
            nearest: nearest.map(|hit| (hit.article.slug.clone(), hit.cosine)),
        },
    };
    Found { answer, hits }
}

/// Near enough to answer, and no other article just as good for a question that none is close to.
fn is_sure(hit: &Hit, second: Option<&Hit>, gate: Gate) -> bool {
    let lead = second.map_or(1.0, |second| hit.score - second.score);
    let near = hit.cosine >= gate.answer
        || (hit.cosine >= gate.ask && hit.intent >= VOUCHED)
        || (hit.cosine >= gate.answer - NEARLY && lead >= CLEAR);
    let close = hit.cosine >= gate.answer + CLOSE;
    let tie = lead < TIE && second.is_some_and(|second| second.cosine >= gate.ask);
    near && (close || !tie)
}

/// Whole sentences of a passage: all of it when it is short, else the run around the piece nearest to the question. The
/// passage's beginning is kept when the nearest piece is within reach of it.
pub(super) fn quote(entry: &Entry, passage: usize, vector: &[f32]) -> String {
    let Some(found) = entry.passages.get(passage) else {
        return String::new();
    };
    let vectors = entry.pieces.get(passage).map_or(&[][..], Vec::as_slice);
    let nearest = vectors
        .iter()
        .enumerate()
        .max_by(|a, b| cosine(a.1, vector).total_cmp(&cosine(b.1, vector)));
    let nearest = nearest.map_or(0, |(index, _)| index);
    let from_start = run(&found.pieces, 0);
    if nearest < from_start.len() {
        join(from_start)
    } else {
        join(run(&found.pieces, nearest))
    }
}

/// Pieces from `start` on that together are short enough to quote; at least one.
fn run(pieces: &[Piece], start: usize) -> &[Piece] {
    let mut length = 0;
    let fitting = pieces[start..].iter().take_while(|piece| {
        let first = length == 0;
        length += piece.text.len() + piece.joint.len();
        first || length <= QUOTE_BYTES
    });
    let count = fitting.count();
    &pieces[start..start + count]
}
