//! What a shopper names in a message: orders, prices, sizes, colours, dates, people, and what the shop lists.
//!
//! [`Extractor::extract`] is pure: the same message on the same day has the same entities. Each kind has a file with
//! a table of patterns, or a list of words; where findings overlap, the longest wins, then the more specific.

mod chinese;
mod colour;
mod contact;
mod count;
mod gazetteer;
mod money;
mod negation;
mod nothing;
mod numbers;
mod order;
mod overlap;
mod pattern;
mod person;
mod place;
mod size;
#[cfg(test)]
mod tests;
mod time;
mod training;
mod typos;
mod value;
mod view;

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use serde::Serialize;

use super::data::TrainingData;
pub use colour::base_of as colour_base;
pub use gazetteer::{Entry, Gazetteer, Source};
use gazetteer::{Hit, Term};
use overlap::Candidate;
use pattern::Compiled;
use training::Learned;
pub use value::{Audience, EntityKind, EntityValue, Grain, Money, TimeUnit};
use view::{Derived, View};

/// Something that a message names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entity {
    pub kind: EntityKind,
    /// Where it stands in the text as typed, in characters (Unicode code points, as Rasa counts), not bytes.
    pub start: usize,
    /// The character after its last.
    pub end: usize,
    pub value: EntityValue,
    /// As typed.
    pub text: String,
    /// Patterns and lists are sure: always 1.
    pub confidence: f32,
    pub extractor: Source,
    /// Named as what isn't wanted: "not black".
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
    /// As the training data annotates the value, when it always does so alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Tables of patterns, the more specific first.
static PATTERNS: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let tables: [&'static [pattern::Row]; 9] = [
        &nothing::ROWS,
        &order::ROWS,
        &contact::ROWS,
        &order::BARE,
        &money::ROWS,
        &size::ROWS,
        &time::ROWS,
        &person::ROWS,
        &count::ROWS,
    ];
    tables.into_iter().flatten().filter_map(Compiled::new).collect()
});

static COLOURS: LazyLock<Gazetteer> = LazyLock::new(colour::colours);
static PLACES: LazyLock<Gazetteer> = LazyLock::new(place::places);

/// Ranks of what is neither in the tables nor equal to it: lower is more specific.
const LEARNED_PATTERN: usize = 100;
const LISTED: usize = 200;
const CHINESE_TABLE: usize = 500;
const TABLE: usize = 1000;
const BUILT_IN_LIST: usize = 2000;
const BEFORE_A_TERM: usize = 3000;

/// Finds entities: the built-in kinds, what training data teaches, and what the catalogue lists.
#[derive(Clone, Default)]
pub struct Extractor {
    learned: Option<Arc<Learned>>,
    catalogue: Option<Arc<Gazetteer>>,
}

impl Extractor {
    /// This one, taught by training data instead of what taught it before.
    pub fn taught(&self, data: &TrainingData) -> Self {
        Self {
            learned: Some(Arc::new(Learned::new(data))),
            catalogue: self.catalogue.clone(),
        }
    }

    /// This one with another catalogue.
    pub fn with_catalogue(&self, catalogue: Arc<Gazetteer>) -> Self {
        Self {
            learned: self.learned.clone(),
            catalogue: Some(catalogue),
        }
    }

    /// The entities of a message, in the order in which they stand. Dates are resolved against `today`.
    pub fn extract(&self, text: &str, today: Date) -> Vec<Entity> {
        let view = View::new(text);
        if view.char_count() == 0 {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        for (rank, compiled) in PATTERNS.iter().enumerate() {
            let found = compiled.search(&view, today);
            candidates.extend(found.map(|(start, end, value)| Candidate {
                value,
                ..Candidate::new(start, end, TABLE + rank, compiled.row.kind.clone())
            }));
        }
        if view.has_chinese() {
            chinese::search(&view, today, CHINESE_TABLE, &mut candidates);
        }
        self.search_patterns(text, &view, &mut candidates);
        self.search_lists(&view, &mut candidates);
        let mut entities = overlap::resolve(candidates, &view);
        for entity in &mut entities {
            self.name_by_synonym(entity);
        }
        mark_negated(&mut entities, &view);
        entities
    }

    /// Patterns of the training data, over the text as typed.
    fn search_patterns(&self, text: &str, view: &View<'_>, candidates: &mut Vec<Candidate>) {
        let patterns = self.learned.iter().flat_map(|learned| &learned.patterns);
        for (kind, regex) in patterns {
            let found = regex.find_iter(text).filter(|found| !found.is_empty());
            candidates.extend(found.map(|found| {
                let (start, end) = (view.char_at(found.start()), view.char_at(found.end()));
                Candidate {
                    value: training::matched(found.as_str()),
                    ..Candidate::new(start, end, LEARNED_PATTERN, Some(kind.clone()))
                }
            }));
        }
    }

    /// Lists: the catalogue's, the training data's, colours and places; and numbers right before their words.
    fn search_lists(&self, view: &View<'_>, candidates: &mut Vec<Candidate>) {
        let own = self.learned.iter().map(|learned| &learned.gazetteer);
        let own: Vec<&Gazetteer> = own.chain(self.catalogue.as_deref()).collect();
        let lists: Vec<&Gazetteer> = own.iter().copied().chain([&*COLOURS, &*PLACES]).collect();
        let plain = corrected(&view.words(), &lists);
        let mut hits = Vec::new();
        own.iter().for_each(|list| list.search(view, &plain, &mut hits));
        let listed = hits.len();
        [&*COLOURS, &*PLACES]
            .iter()
            .for_each(|list| list.search(view, &plain, &mut hits));
        let sure: Vec<bool> = hits.iter().map(|hit| is_sure(hit, &hits, view)).collect();
        for (index, hit) in hits.iter().enumerate().filter(|(index, _)| sure[*index]) {
            let rank = if index < listed { LISTED } else { BUILT_IN_LIST };
            candidates.push(of_term(hit, rank));
        }
        let things = hits
            .iter()
            .zip(&sure)
            .filter(|(hit, sure)| **sure && is_thing(hit.term));
        for (hit, _) in things {
            let start = description_start(hit.start, &hits);
            let before = view.folded_before(start);
            if let Some((from, to, kind, value)) = count::before_a_term(before) {
                let (start, end) = view.folded.chars(from, to);
                candidates.push(Candidate {
                    value,
                    ..Candidate::new(start, end, BEFORE_A_TERM, Some(kind))
                });
            }
        }
    }

    /// The value that the training data's synonyms give to what was found by a list or by its patterns.
    fn name_by_synonym(&self, entity: &mut Entity) {
        let Some(learned) = &self.learned else { return };
        if !entity.kind.is_listed() {
            return;
        }
        if let (EntityValue::Text(value), Some(meaning)) = (&mut entity.value, learned.meaning(&entity.text))
        {
            meaning.clone_into(value);
        }
    }
}

/// The message's words with slips of listed words put right.
fn corrected(plain: &Derived, lists: &[&Gazetteer]) -> Derived {
    let spellings: Vec<_> = lists.iter().map(|list| &list.spelling).collect();
    let mut right = Derived::with_capacity(plain.text.len());
    let mut at = 0;
    for word in plain.text.split_inclusive([' ', view::BREAK]) {
        let bare = word.trim_end_matches([' ', view::BREAK]);
        match typos::meant(bare, &spellings) {
            Some(meant) => {
                // Each letter comes from where it would stand, the last from the typed word's last.
                let (first, last) = (plain.origin(at), plain.origin(at + bare.len() - 1));
                for (index, c) in meant.char_indices() {
                    let origin = if index + 1 == meant.len() {
                        last
                    } else {
                        last.min(first + index as u32)
                    };
                    right.push(c, origin);
                }
            }
            None => bare
                .char_indices()
                .for_each(|(index, c)| right.push(c, plain.origin(at + index))),
        }
        for (index, c) in word[bare.len()..].char_indices() {
            right.push(c, plain.origin(at + bare.len() + index));
        }
        at += word.len();
    }
    right
}

/// A doubtful word counts beside another term that doesn't overlap it, or after a negation.
fn is_sure(hit: &Hit<'_>, hits: &[Hit<'_>], view: &View<'_>) -> bool {
    let is_next = |end: usize, start: usize| {
        start == end + 1 || start == end || start > end && chinese::is_joint(view.slice(end, start))
    };
    let beside = |other: &Hit<'_>| {
        let sure = !other.doubtful && other.term.kind.is_listed();
        sure && (is_next(hit.end, other.start) || is_next(other.end, hit.start))
    };
    let negated = || hit.term.kind.is_wished() && is_unwanted(view, hit.start, hit.end);
    !hit.doubtful || hits.iter().any(beside) || negated()
}

fn is_thing(term: &Term) -> bool {
    matches!(term.kind, EntityKind::Category | EntityKind::Product)
}

/// Where the words begin that describe a thing, from its colour or brand on: "2 black Northpeak tents".
fn description_start(thing: usize, hits: &[Hit<'_>]) -> usize {
    let mut start = thing;
    while let Some(before) = hits
        .iter()
        .find(|hit| hit.end + 1 == start && hit.term.kind.is_listed())
    {
        start = before.start;
    }
    start
}

fn of_term(hit: &Hit<'_>, rank: usize) -> Candidate {
    Candidate {
        value: hit.term.value.clone(),
        source: hit.term.source,
        role: hit.term.role.clone(),
        group: hit.term.group.clone(),
        ..Candidate::new(hit.start, hit.end, rank, Some(hit.term.kind.clone()))
    }
}

fn mark_negated(entities: &mut [Entity], view: &View<'_>) {
    for index in 0..entities.len() {
        let (before, rest) = entities.split_at_mut(index);
        let entity = &mut rest[0];
        if !entity.kind.is_wished() {
            continue;
        }
        let listed = before.last().is_some_and(|last| {
            last.negated && last.kind == entity.kind && {
                let gap = view.folded_after(last.end).len() - view.folded_after(entity.start).len();
                let between = &view.folded_after(last.end)[..gap];
                negation::goes_on(between) || view.has_chinese() && chinese::goes_on(between)
            }
        });
        entity.negated = listed || is_unwanted(view, entity.start, entity.end);
    }
}

/// Whether what stands at these characters is named as what isn't wanted.
fn is_unwanted(view: &View<'_>, start: usize, end: usize) -> bool {
    let (before, after) = (view.folded_before(start), view.folded_after(end));
    negation::is_negated(before, after) || view.has_chinese() && chinese::is_negated(before, after)
}
