//! What the training data teaches: annotated values, lookups, synonyms and regexes.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::gazetteer::{Gazetteer, Source, Term};
use super::value::{EntityKind, EntityValue};
use super::view::{BREAK, words};
use crate::nlu::data::{Annotation, TrainingData, compiled};

/// Terms, patterns and synonyms of one training data.
pub(super) struct Learned {
    pub gazetteer: Gazetteer,
    pub patterns: Vec<(EntityKind, Regex)>,
    /// Bare words to the value that they mean.
    synonyms: HashMap<String, String>,
}

/// How a value was annotated: each spelling, and role and group while all agree.
struct Annotated {
    spellings: Vec<String>,
    role: Option<String>,
    group: Option<String>,
}

impl Learned {
    /// Annotated numbers, amounts and the like are left to the patterns that read them.
    pub(super) fn new(data: &TrainingData) -> Self {
        let mut terms = annotated(data);
        for lookup in &data.lookups {
            let kind = EntityKind::named(&lookup.name);
            terms.extend(lookup.examples.iter().map(|value| {
                let spellings = vec![value.clone()];
                Term::new(kind.clone(), value, spellings, Source::Lookup)
            }));
        }
        let mut synonyms = HashMap::new();
        for synonym in &data.synonyms {
            let spellings = synonym.examples.iter();
            synonyms.extend(spellings.map(|spelling| (words(spelling), synonym.name.clone())));
            let same = |term: &&mut Term| words(&term.spellings[0]) == words(&synonym.name);
            for term in terms.iter_mut().filter(same) {
                term.spellings.extend(synonym.examples.iter().cloned());
            }
        }
        let patterns = data.regexes.iter().flat_map(|regex| {
            let kind = EntityKind::named(&regex.name);
            // Reading the data refused those that don't compile.
            let sound = regex.examples.iter().filter_map(|pattern| compiled(pattern).ok());
            sound.map(move |pattern| (kind.clone(), pattern))
        });
        let mut gazetteer = Gazetteer::from_terms(terms);
        gazetteer.spelling.also_knows(familiar(data));
        Self {
            patterns: patterns.collect(),
            gazetteer,
            synonyms,
        }
    }

    /// The value that `text` is a synonym of.
    pub(super) fn meaning(&self, text: &str) -> Option<&str> {
        if self.synonyms.is_empty() {
            return None;
        }
        self.synonyms.get(&words(text)).map(String::as_str)
    }
}

/// Words that the phrases use more than once: those are no slips.
fn familiar(data: &TrainingData) -> impl Iterator<Item = String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for phrase in &data.phrases {
        for word in words(&phrase.text).split([' ', BREAK]) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(word, _)| word)
}

fn annotated(data: &TrainingData) -> Vec<Term> {
    let mut values: BTreeMap<(&str, &str), Annotated> = BTreeMap::new();
    for phrase in &data.phrases {
        let chars: Vec<char> = phrase.text.chars().collect();
        for annotation in &phrase.entities {
            let Some(span) = chars.get(annotation.start..annotation.end) else {
                continue;
            };
            let letters = span.iter().any(|c| c.is_alphabetic());
            if !letters || !EntityKind::named(&annotation.entity).is_listed() {
                continue;
            }
            let spelling: String = span.iter().collect();
            note(&mut values, annotation, spelling);
        }
    }
    values
        .into_iter()
        .map(|((entity, value), annotated)| {
            let mut term = Term::new(EntityKind::named(entity), value, Vec::new(), Source::Lookup);
            term.spellings = annotated.spellings;
            (term.role, term.group) = (annotated.role, annotated.group);
            term
        })
        .collect()
}

fn note<'d>(
    values: &mut BTreeMap<(&'d str, &'d str), Annotated>,
    annotation: &'d Annotation,
    spelling: String,
) {
    let key = (annotation.entity.as_str(), annotation.value.as_str());
    let known = values.entry(key).or_insert_with(|| Annotated {
        // The value itself is always a spelling, the first one.
        spellings: vec![annotation.value.clone()],
        role: annotation.role.clone(),
        group: annotation.group.clone(),
    });
    if known.role != annotation.role {
        known.role = None;
    }
    if known.group != annotation.group {
        known.group = None;
    }
    if !known.spellings.contains(&spelling) {
        known.spellings.push(spelling);
    }
}

/// The value of what a pattern of the training data matched.
pub(super) fn matched(text: &str) -> EntityValue {
    EntityValue::Text(text.to_owned())
}
