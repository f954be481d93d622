//! Words that nobody knows, read as those that were meant: a slip of the finger, or words typed without a space.
//!
//! Known are the words of the shop's phrases and those of the encoder's vocabulary. A word of either is left as it is;
//! another one is read as the known word one edit away (Damerau 1964), or as a run of known words, by the likeliest
//! split (Viterbi over word frequencies, as in Norvig's chapter of Segaran and Hammerbacher 2009). Where nothing fits
//! it stays: brands and names are nobody's slips.

use std::borrow::Cow;
use std::collections::HashMap;

/// Shorter words are as near to many others.
const SLIP_LETTERS: usize = 4;
/// From this length on two edits are forgiven.
const LONG_LETTERS: usize = 9;
/// Shorter words are no run of others.
const RUN_LETTERS: usize = 7;
/// Longer ones aren't looked at.
const MOST_LETTERS: usize = 60;
/// Words of the encoder's vocabulary, most frequent first, for which a slip is taken.
const FREQUENT: usize = 6_000;
/// Shorter words of the encoder's vocabulary are often letters that only stand side by side.
const PART_LETTERS: usize = 3;
/// How often a shop's phrase word counts against one of the encoder's vocabulary.
const SHOP_SHARE: f64 = 0.9;
/// How often phrases must use a word of one or two letters before a run may hold it.
const SHORT_COUNT: u32 = 3;

/// The words that a shop's messages are read by.
#[derive(Default)]
pub(super) struct Spelling {
    /// Probability of each known word.
    known: HashMap<String, f64>,
    /// Words that a slip may be meant as, by their first letter, likeliest first.
    meant: HashMap<u8, Vec<String>>,
}

impl Spelling {
    /// `phrases`: normalised. `vocabulary`: the encoder's words, most frequent first.
    pub(super) fn new<'a>(phrases: impl Iterator<Item = &'a str>, vocabulary: &[String]) -> Self {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in phrases.flat_map(words).filter(|word| is_word(word)) {
            *counts.entry(word).or_default() += 1;
        }
        let total = f64::from(counts.values().sum::<u32>().max(1));
        let mut known: HashMap<String, f64> = HashMap::new();
        let mut shop: Vec<(&str, u32)> = counts.into_iter().collect();
        shop.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        for (word, count) in &shop {
            if word.len() >= PART_LETTERS || *count >= SHORT_COUNT {
                known.insert((*word).to_owned(), SHOP_SHARE * f64::from(*count) / total);
            }
        }
        // Zipf: the word of rank r is met with a probability in proportion to 1 / r.
        let harmonic = (vocabulary.len().max(2) as f64).ln();
        for (rank, word) in vocabulary
            .iter()
            .enumerate()
            .filter(|(_, word)| word.len() >= PART_LETTERS)
        {
            *known.entry(word.clone()).or_default() += (1.0 - SHOP_SHARE) / ((rank + 1) as f64 * harmonic);
        }
        let mut meant: HashMap<u8, Vec<String>> = HashMap::new();
        let frequent = vocabulary.iter().take(FREQUENT).map(String::as_str);
        for word in shop.iter().map(|(word, _)| *word).chain(frequent) {
            if word.len() >= SLIP_LETTERS {
                meant.entry(word.as_bytes()[0]).or_default().push(word.to_owned());
            }
        }
        Self { known, meant }
    }

    /// A normalised text with its unknown words read as those that were meant.
    pub(super) fn read<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut read = String::new();
        let mut done = 0;
        for word in words(text) {
            let Some(meant) = self.meant_by(word) else {
                continue;
            };
            // `words` yields parts of `text`.
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            read.push_str(&text[done..at]);
            read.push_str(&meant);
            done = at + word.len();
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        read.push_str(&text[done..]);
        Cow::Owned(read)
    }

    fn meant_by(&self, word: &str) -> Option<String> {
        if word.len() < SLIP_LETTERS || !is_word(word) || self.known.contains_key(word) {
            return None;
        }
        let slip_of = |edits: usize| {
            let words = self.meant.get(&word.as_bytes()[0])?;
            words.iter().find(|meant| within(word, meant, edits)).cloned()
        };
        slip_of(1)
            .or_else(|| self.split(word))
            .or_else(|| slip_of(2).filter(|_| word.len() >= LONG_LETTERS))
    }

    /// The likeliest run of known words; `None` when the word is no such run.
    fn split(&self, word: &str) -> Option<String> {
        if word.len() < RUN_LETTERS {
            return None;
        }
        // At each place: the best score of a split that ends there, and where its last word begins.
        let mut best: Vec<Option<(f64, usize)>> = vec![None; word.len() + 1];
        best[0] = Some((0.0, 0));
        for end in 1..=word.len() {
            let ending = |start: usize| {
                let (score, _) = best[start]?;
                let probability = self.known.get(&word[start..end])?;
                Some((score + probability.ln(), start))
            };
            best[end] = (0..end).filter_map(ending).max_by(|a, b| a.0.total_cmp(&b.0));
        }
        let mut parts = Vec::new();
        let mut end = word.len();
        while end > 0 {
            let (_, start) = best[end]?;
            parts.push(&word[start..end]);
            end = start;
        }
        parts.reverse();
        Some(parts.join(" "))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
}

/// Slips are read in Latin letters without marks only.
fn is_word(word: &str) -> bool {
    word.len() <= MOST_LETTERS && word.bytes().all(|c| c.is_ascii_lowercase())
}

/// Whether two words are at most this many edits apart (one or two): a letter more, one less, another one, or two
/// neighbours swapped.
fn within(a: &str, b: &str, edits: usize) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > edits {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    rest_within(&a[same..], &b[same..], edits)
}

fn rest_within(a: &[u8], b: &[u8], edits: usize) -> bool {
    match (a, b) {
        ([x, a @ ..], [y, b @ ..]) if x == y => rest_within(a, b, edits),
        ([], []) => true,
        _ if edits == 0 => false,
        ([], b) => b.len() <= edits,
        (a, []) => a.len() <= edits,
        ([x, a_rest @ ..], [y, b_rest @ ..]) => {
            let swapped = match (a_rest, b_rest) {
                ([z, a @ ..], [w, b @ ..]) if x == w && y == z => rest_within(a, b, edits - 1),
                _ => false,
            };
            swapped
                || rest_within(a_rest, b_rest, edits - 1)
                || rest_within(a_rest, b, edits - 1)
                || rest_within(a, b_rest, edits - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling() -> Spelling {
        let phrases = [
            "where is my order",
            "is my parcel on its way",
            "is my return there",
            "how do i return this tent",
            "can i return my jacket",
            "do i pay for returns",
            "when do i pay",
            "is it my parcel",
            "i want to cancel my order",
        ];
        let vocabulary = [
            "the", "from", "please", "order", "tracking", "canal", "north", "peak",
        ];
        Spelling::new(phrases.into_iter(), &vocabulary.map(str::to_owned))
    }

    #[test]
    fn slips_and_missing_spaces_are_read_as_meant() {
        for (typed, meant) in [
            ("wehre is my ordr", "where is my order"),
            ("plese canel my oder!", "please cancel my order!"),
            ("whereismyorder", "where is my order"),
            ("howdoireturnthis?", "how do i return this?"),
            ("canireturn my jaket", "can i return my jacket"),
            ("northpeak", "north peak"),
        ] {
            assert_eq!(spelling().read(typed), meant);
        }
    }

    #[test]
    fn what_is_known_or_like_nothing_stays() {
        for text in [
            "where is my order",
            "the canal from north",
            "zxqvbn grumblefluff",
            "o'brien",
            "naïve 你好 12.50",
            "",
        ] {
            assert!(matches!(spelling().read(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [
            ("order", "order", 0),
            ("order", "ordre", 1),
            ("tent", "tents", 1),
            ("parcel", "pracle", 2),
        ] {
            assert!(within(a, b, edits.max(1)), "{a} {b}");
            assert!(
                edits == 0 || !rest_within(a.as_bytes(), b.as_bytes(), edits - 1),
                "{a} {b}"
            );
        }
    }
}
