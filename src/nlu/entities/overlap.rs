//! Findings that overlap: the longest stays, then the more specific, then the one that stands first.

use super::Entity;
use super::gazetteer::Source;
use super::value::{EntityKind, EntityValue};
use super::view::View;

/// A finding before overlaps are resolved. Without a kind it only keeps others away.
pub(super) struct Candidate {
    pub start: usize,
    pub end: usize,
    /// Lower is more specific.
    pub rank: usize,
    pub kind: Option<EntityKind>,
    pub value: EntityValue,
    pub source: Source,
    pub role: Option<String>,
    pub group: Option<String>,
}

impl Candidate {
    /// Of the characters `start..end`, found by a pattern.
    pub(super) fn new(start: usize, end: usize, rank: usize, kind: Option<EntityKind>) -> Self {
        Self {
            start,
            end,
            rank,
            kind,
            value: EntityValue::Text(String::new()),
            source: Source::Regex,
            role: None,
            group: None,
        }
    }
}

pub(super) fn resolve(mut candidates: Vec<Candidate>, view: &View<'_>) -> Vec<Entity> {
    candidates.sort_by_key(|candidate| {
        let length = candidate.end - candidate.start;
        (std::cmp::Reverse(length), candidate.rank, candidate.start)
    });
    let mut taken = vec![false; view.char_count()];
    let mut entities = Vec::new();
    for candidate in candidates {
        let span = &mut taken[candidate.start..candidate.end];
        if span.contains(&true) {
            continue;
        }
        span.fill(true);
        entities.extend(candidate.kind.map(|kind| Entity {
            kind,
            start: candidate.start,
            end: candidate.end,
            value: candidate.value,
            text: view.slice(candidate.start, candidate.end).to_owned(),
            confidence: 1.0,
            extractor: candidate.source,
            negated: false,
            role: candidate.role,
            group: candidate.group,
        }));
    }
    entities.sort_by_key(|entity| entity.start);
    entities
}
