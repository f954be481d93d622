//! What a message points at among the products that were shown: "the second one", "the first two", "it", "the
//! Northpeak".

use super::phrases::{IT, THEM};
use super::read::{Scene, Shown};
use crate::nlu::{EntityKind, EntityValue, Understanding};
use crate::text::normalise::words;

/// Words of a title that many titles have say nothing of which one is meant.
const SHORTEST_NAME: usize = 3;

/// The products that a message points at, in the order in which they were shown. Empty where it points at none.
pub(super) fn pointed_at(understanding: &Understanding, scene: &Scene<'_>) -> Vec<String> {
    let shown = scene.shown;
    let by_place = by_place(understanding, shown);
    if !by_place.is_empty() {
        return by_place;
    }
    let by_name = by_name(&understanding.text, shown);
    if !by_name.is_empty() {
        return by_name;
    }
    if THEM.is_match(&understanding.text) && shown.len() > 1 {
        return shown.iter().map(|shown| shown.id.clone()).collect();
    }
    if IT.is_match(&understanding.text) {
        return scene.focus.iter().map(|id| (*id).to_owned()).collect();
    }
    Vec::new()
}

/// The one that it points at; `None` when it points at several or at none.
pub(super) fn one(understanding: &Understanding, scene: &Scene<'_>) -> Option<String> {
    let mut all = pointed_at(understanding, scene);
    (all.len() == 1).then(|| all.remove(0))
}

fn by_place(understanding: &Understanding, shown: &[Shown]) -> Vec<String> {
    let mut places: Vec<usize> = Vec::new();
    for entity in &understanding.entities {
        if let (EntityKind::Ordinal, EntityValue::Ordinal { from, count }) = (&entity.kind, &entity.value) {
            let first = match from {
                ..0 => shown.len() as i64 + i64::from(*from),
                _ => i64::from(*from) - 1,
            };
            let all = first..first + i64::from(*count);
            places.extend(all.filter_map(|at| usize::try_from(at).ok()));
        }
    }
    bare_places(&understanding.text, &mut places);
    let mut ids: Vec<String> = Vec::new();
    for at in places {
        if let Some(shown) = shown.get(at).filter(|shown| !ids.contains(&shown.id)) {
            ids.push(shown.id.clone());
        }
    }
    ids
}

/// "the second", "first and third", "#2", 第二个: places without the word that entities want behind them.
fn bare_places(text: &str, places: &mut Vec<usize>) {
    const NAMES: [(&str, usize); 14] = [
        ("first", 0),
        ("second", 1),
        ("third", 2),
        ("fourth", 3),
        ("1st", 0),
        ("2nd", 1),
        ("3rd", 2),
        ("4th", 3),
        ("第一", 0),
        ("第二", 1),
        ("第三", 2),
        ("第四", 3),
        ("前两", 0),
        ("头两", 0),
    ];
    let lower = text.to_lowercase();
    let words = words(&lower);
    for (name, at) in NAMES {
        let is_said = if name.is_ascii() {
            words.iter().any(|word| word == name)
        } else {
            lower.contains(name)
        };
        if is_said && !places.contains(&at) {
            places.push(at);
        }
        if is_said && name.ends_with('两') && !places.contains(&1) {
            places.push(1);
        }
    }
}

/// Products of which the message has a word that no other one shown has: a brand or a model.
fn by_name(text: &str, shown: &[Shown]) -> Vec<String> {
    let said = words(text);
    let own: Vec<Vec<String>> = shown.iter().map(|shown| words(&shown.title)).collect();
    let is_named = |at: usize| {
        own[at].iter().any(|word| {
            word.chars().count() >= SHORTEST_NAME
                && word.chars().any(char::is_alphabetic)
                && said.contains(word)
                && own
                    .iter()
                    .enumerate()
                    .all(|(other, words)| other == at || !words.contains(word))
        })
    };
    let named = (0..shown.len()).filter(|at| is_named(*at));
    named.map(|at| shown[at].id.clone()).collect()
}
