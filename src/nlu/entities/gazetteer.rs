//! Lists of words: brands, categories, products, materials, and whatever the training data lists.
//!
//! Words are found at word boundaries in any case, in singular or plural, with one mistyped letter in words of six
//! letters or more.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;
use serde::Serialize;
use utoipa::ToSchema;

use super::colour::base_of;
use super::typos::Spelling;
use super::value::{EntityKind, EntityValue};
use super::view::{BREAK, Derived, View, words};
use crate::text::script::is_chinese;

/// Words that are far more often something other than what a shop calls by them.
const EVERYDAY: &str = " a about above after again all also always am an and any are as at back be because been before \
    below best better big both but by can cheap clear come could day did do does down each easy else even ever every \
    fast few first for free from full get give go good great had has have he hello help her here hey hi him his home \
    hot how i if in into is it its just keep last left less life light like little long look lot made make many may \
    me mine more most much must my near need never new next no north not now of off ok old on once one only open or \
    order other our out over own pay play please plus pure put ready real return right same see sell send set she \
    ship shop should simple size so some soon south start stay still stop such take than thank that the their them \
    then there these they thing think this those time to today too top try two under until up us use very want was \
    we well were what when where which while white who why will with work world would yes yet you your ";

/// An entry of a list: what it is, its name, and how else it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntityKind,
    pub value: String,
    pub synonyms: Vec<String>,
}

/// Who found an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A pattern.
    Regex,
    /// A list that is built in or comes from the catalogue.
    Gazetteer,
    /// A lookup, an annotation or a synonym of the training data.
    Lookup,
}

/// An entry with its value, ready to be found.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub kind: EntityKind,
    pub value: EntityValue,
    pub source: Source,
    pub spellings: Vec<String>,
    /// Found in singular and plural alike.
    pub inflected: bool,
    /// Counts only with something that speaks for it: see [`Hit::doubtful`].
    pub doubtful: bool,
    pub role: Option<String>,
    pub group: Option<String>,
}

impl Term {
    pub(super) fn new(kind: EntityKind, value: &str, spellings: Vec<String>, source: Source) -> Self {
        let value = match kind {
            EntityKind::Colour => EntityValue::Colour {
                base: base_of(value),
                colour: value.to_owned(),
            },
            _ => EntityValue::Text(value.to_owned()),
        };
        Self {
            kind,
            value,
            source,
            spellings,
            inflected: true,
            doubtful: false,
            role: None,
            group: None,
        }
    }
}

/// A term found in a message, in characters.
pub(super) struct Hit<'g> {
    pub start: usize,
    pub end: usize,
    pub term: &'g Term,
    /// Its words mean something else more often: it needs another term beside it, a negation before it, or a capital
    /// within the sentence.
    pub doubtful: bool,
}

/// Lists of words that can be searched for all at once.
pub struct Gazetteer {
    /// Of all spellings; `None` when there are none.
    automaton: Option<AhoCorasick>,
    /// Of each pattern of the automaton: its terms.
    patterns: Vec<Pattern>,
    terms: Vec<Term>,
    pub(super) spelling: Spelling,
}

#[derive(Default)]
struct Pattern {
    terms: Vec<u32>,
    everyday: bool,
    capital: bool,
}

impl Gazetteer {
    /// Lists of the catalogue. Entries without a letter or digit are left out.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let term = |entry: Entry| {
            let spellings = std::iter::once(entry.value.clone()).chain(entry.synonyms);
            let spellings = spellings.collect();
            Term::new(entry.kind, &entry.value, spellings, Source::Gazetteer)
        };
        Self::from_terms(entries.into_iter().map(term).collect())
    }

    pub(super) fn from_terms(terms: Vec<Term>) -> Self {
        let mut found: HashMap<String, Pattern> = HashMap::new();
        let mut known = HashSet::new();
        for (index, term) in terms.iter().enumerate() {
            for spelling in &term.spellings {
                let capital = spelling.starts_with('^');
                let plain = words(spelling.trim_start_matches('^'));
                let letters = plain.chars().filter(|c| c.is_alphanumeric()).count();
                let is_word = letters > 1 || plain.contains(is_chinese);
                if !is_word {
                    continue;
                }
                let other = term.inflected.then(|| other_number(&plain)).flatten();
                for form in std::iter::once(plain).chain(other) {
                    known.extend(form.split([' ', BREAK]).map(str::to_owned));
                    let everyday = EVERYDAY.contains(&format!(" {form} "));
                    let pattern = found.entry(form).or_default();
                    if !pattern.terms.contains(&(index as u32)) {
                        pattern.terms.push(index as u32);
                    }
                    (pattern.everyday, pattern.capital) = (everyday, capital);
                }
            }
        }
        let mut found: Vec<(String, Pattern)> = found.into_iter().collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let automaton = (!found.is_empty()).then(|| AhoCorasick::new(found.iter().map(|(form, _)| form)));
        Self {
            // Only lists of gigabytes fail.
            automaton: automaton.and_then(Result::ok),
            patterns: found.into_iter().map(|(_, pattern)| pattern).collect(),
            terms,
            spelling: Spelling::new(known),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// All terms in a message's bare words, overlapping ones too.
    pub(super) fn search<'g>(&'g self, view: &View<'_>, plain: &Derived, hits: &mut Vec<Hit<'g>>) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(&plain.text) {
            let (start, end) = (found.start(), found.end());
            // Chinese words stand side by side.
            let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_chinese(c));
            if joined(plain.text[..start].chars().next_back()) || joined(plain.text[end..].chars().next()) {
                continue;
            }
            let pattern = &self.patterns[found.pattern().as_usize()];
            let (start, end) = plain.chars(start, end);
            let end = view.with_accents(end);
            let typed = view.slice(start, end);
            if pattern.capital && !is_capital(typed, view) {
                continue;
            }
            let named = begins_with_capital(typed, view) && !begins_a_sentence(start, view);
            hits.extend(pattern.terms.iter().map(|term| {
                let term = &self.terms[*term as usize];
                let doubtful = (pattern.everyday || term.doubtful) && !named;
                Hit {
                    start,
                    end,
                    term,
                    doubtful,
                }
            }));
        }
    }
}

/// Whether a word is written as a name: short ones all in capitals.
fn is_capital(typed: &str, view: &View<'_>) -> bool {
    let lower = typed.chars().any(char::is_lowercase);
    begins_with_capital(typed, view) && (typed.chars().count() > 2 || !lower)
}

fn begins_with_capital(typed: &str, view: &View<'_>) -> bool {
    typed.chars().next().is_some_and(char::is_uppercase) && !view.shouts()
}

fn begins_a_sentence(start: usize, view: &View<'_>) -> bool {
    let before = view.folded_before(start).trim_end();
    before.is_empty() || before.ends_with(['.', '!', '?', ':', '"'])
}

/// The plural of a singular, the singular of a plural: of the last word.
fn other_number(words: &str) -> Option<String> {
    let last = words.rsplit([' ', BREAK]).next()?;
    if last.len() < 3 || !last.is_ascii() || last.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let cut = |length: usize, ending: &str| Some(format!("{}{ending}", &words[..words.len() - length]));
    match last {
        "men" | "women" | "children" => None,
        _ if last.ends_with("ies") && last.len() > 4 => cut(3, "y"),
        _ if ["ches", "shes", "sses", "xes"]
            .iter()
            .any(|end| last.ends_with(end)) =>
        {
            cut(2, "")
        }
        _ if ["ss", "us", "is"].iter().any(|end| last.ends_with(end)) => cut(0, "es"),
        _ if last.ends_with('s') => cut(1, ""),
        _ if ["ch", "sh", "x"].iter().any(|end| last.ends_with(end)) => cut(0, "es"),
        _ if last.ends_with('y') && !last[..last.len() - 1].ends_with(['a', 'e', 'o', 'u']) => cut(1, "ies"),
        "knife" => cut(2, "ves"),
        _ => cut(0, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural() {
        for (one, other) in [
            ("tent", "tents"),
            ("hiking boots", "hiking boot"),
            ("battery", "batteries"),
            ("torches", "torch"),
            ("mattress", "mattresses"),
            ("knife", "knives"),
        ] {
            assert_eq!(other_number(one).as_deref(), Some(other));
        }
    }
}
