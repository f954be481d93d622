//! One mistyped letter: which listed word is meant by a word that nobody lists.
//!
//! Words are indexed by what is left of them without one letter (Garbe, SymSpell, 2012): two words one edit apart
//! share such a rest.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Letters that a listed word needs before a mistyped one is taken for it.
const LEAST_LETTERS: usize = 6;

/// Words that are one letter from what shops sell, and meant as they stand.
const MEANT: &str = "\
    battle billow boasts boats bottled brother cable carriage carrier changer charge charged charger \
    cheaper clamping clothed coasts cold colder cooker cooled coolers cooling cramping creating dotted \
    dressed easter farther father feather feelings filled filler flawless fleeces folder former garden \
    globes glove glover handle handled heaters heather hiding hiring holder holders hunting jackpot \
    lather launched leader letters lighted lightest lights loafer marked market master matters nation \
    notion ordered packages packed packet painted panels parson person pillar pocket pocketed pointed \
    posted poster printed quality quantity rather reader reading rental renting rested ruining sander \
    scandals scooters setting shipped shown skates skirts sleeved sliver snakes socket sports stacks \
    stages staked started stated states station steaks steeping sticker stocks stones store stored \
    stores stories strap straps strips sweeping sweeter talking tanks tasted tested texting thanks \
    tracking trailer trailers trainer trains travels trekking trials united unites waiter walker walking \
    warmer washer waters weather winter wrapped writing";

static MEANT_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| MEANT.split(' ').collect());

/// The words of a list, to spell by.
#[derive(Default)]
pub(super) struct Spelling {
    words: HashSet<Box<str>>,
    familiar: HashSet<Box<str>>,
    long: Vec<Box<str>>,
    /// Rests of the long words, and the words.
    rests: HashMap<Box<str>, Vec<u32>>,
}

impl Spelling {
    pub(super) fn new(words: HashSet<String>) -> Self {
        let mut long: Vec<Box<str>> = words
            .iter()
            .filter(|word| word.len() >= LEAST_LETTERS && word.bytes().all(|c| c.is_ascii_lowercase()))
            .map(|word| word.as_str().into())
            .collect();
        long.sort_unstable();
        let mut rests: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for (index, word) in long.iter().enumerate() {
            for rest in without_one(word) {
                rests.entry(rest.into()).or_default().push(index as u32);
            }
        }
        let words = words.into_iter().map(Into::into).collect();
        Self {
            words,
            familiar: HashSet::new(),
            long,
            rests,
        }
    }

    /// Leaves these words alone too, though none is meant by a slip.
    pub(super) fn also_knows(&mut self, words: impl IntoIterator<Item = String>) {
        self.familiar
            .extend(words.into_iter().map(String::into_boxed_str));
    }

    pub(super) fn knows(&self, word: &str) -> bool {
        self.words.contains(word) || self.familiar.contains(word)
    }

    /// Listed words that `typed` may be a slip of.
    fn candidates<'s>(&'s self, typed: &'s str) -> impl Iterator<Item = &'s str> {
        let inserted = without_one(typed).filter_map(|rest| self.words.get(rest.as_str()));
        let inserted = inserted.map(|word| &**word);
        let rests = std::iter::once(typed.to_owned()).chain(without_one(typed));
        let others = rests.filter_map(|rest| self.rests.get(rest.as_str()));
        let others = others.flatten().map(|index| &*self.long[*index as usize]);
        inserted.chain(others).filter(move |word| is_slip(typed, word))
    }
}

/// The one listed word that is meant by `typed`; none when it is a word itself, or when several are as near.
pub(super) fn meant<'s>(typed: &'s str, lists: &[&'s Spelling]) -> Option<&'s str> {
    let long = typed.len() + 1 >= LEAST_LETTERS && typed.bytes().all(|c| c.is_ascii_lowercase());
    let known = || lists.iter().any(|list| list.knows(typed)) || MEANT_WORDS.contains(typed);
    if !long || known() {
        return None;
    }
    let mut candidates = lists.iter().flat_map(|list| list.candidates(typed));
    let first = candidates.next()?;
    candidates.all(|other| other == first).then_some(first)
}

fn without_one(word: &str) -> impl Iterator<Item = String> + '_ {
    (0..word.len()).map(|at| format!("{}{}", &word[..at], &word[at + 1..]))
}

/// Whether one letter was left out, doubled, replaced or swapped with its neighbour within a word. Its first letter is
/// right and its last one no other: people seldom slip there, and other words begin or end so ("hiking" and "biking",
/// "charge" and "charger").
fn is_slip(typed: &str, word: &str) -> bool {
    let (typed, word) = (typed.as_bytes(), word.as_bytes());
    if word.len() < LEAST_LETTERS || typed.first() != word.first() {
        return false;
    }
    let same = typed.iter().zip(word).take_while(|(a, b)| a == b).count();
    let same_end = typed.last() == word.last();
    let (typed, word) = (&typed[same..], &word[same..]);
    match typed.len() as i64 - word.len() as i64 {
        -1 => same_end && typed == &word[1..],
        1 => same_end && &typed[1..] == word,
        0 => match (typed, word) {
            ([a, b, typed @ ..], [c, d, word @ ..]) if a == d && b == c => typed == word,
            ([_, typed @ ..], [_, word @ ..]) => same_end && typed == word,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_words_left_alone() {
        let list = |words: &[&str]| Spelling::new(words.iter().map(|word| (*word).to_owned()).collect());
        let shop = list(&[
            "jacket", "backpack", "hiking", "sweater", "sleeping", "tent", "charger", "shorts",
        ]);
        for (typed, word) in [
            ("jaket", Some("jacket")),
            ("jaccket", Some("jacket")),
            ("jackett", Some("jacket")),
            ("jakcet", Some("jacket")),
            ("jacjet", Some("jacket")),
            ("bakpack", Some("backpack")),
            ("sleping", Some("sleeping")),
            ("chargre", Some("charger")),
            ("packet", None),
            ("biking", None),
            ("sweeter", None),
            ("charge", None),
            ("sports", None),
            ("tnet", None),
            ("jjackett", None),
        ] {
            assert_eq!(meant(typed, &[&shop]), word, "{typed}");
        }
        let two = list(&["jacket", "jasket"]);
        assert_eq!(meant("jaxket", &[&two]), None);
    }
}
