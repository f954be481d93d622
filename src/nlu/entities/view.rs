//! A message as patterns and word lists see it, with the way back to what was typed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::normalise::simplified;
use crate::text::script::is_chinese;

/// Between words that no term may join: a comma, a question mark.
pub(super) const BREAK: char = '\u{1}';

/// A text derived from a message; every byte knows the character of the message that it comes from.
#[derive(Default)]
pub(super) struct Derived {
    pub text: String,
    origin: Vec<u32>,
}

impl Derived {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            origin: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn push(&mut self, c: char, origin: u32) {
        self.text.push(c);
        self.origin.resize(self.text.len(), origin);
    }

    /// Characters of the message that the bytes `start..end`, at least one, stand for.
    pub(super) fn chars(&self, start: usize, end: usize) -> (usize, usize) {
        let last = self.origin[end - 1] as usize;
        (self.origin[start] as usize, last + 1)
    }

    pub(super) fn origin(&self, at: usize) -> u32 {
        self.origin[at]
    }

    /// The first byte that comes from the character `at` or one behind it.
    fn begin_of(&self, at: usize) -> usize {
        self.origin.partition_point(|origin| (*origin as usize) < at)
    }
}

/// A message: as typed, folded for patterns, and as bare words for lists. Traditional Chinese characters are folded
/// into simplified ones.
pub(super) struct View<'a> {
    typed: &'a str,
    /// Byte at which each character of `typed` begins, and its length.
    starts: Vec<u32>,
    /// Lower case, without accents, quotes and dashes straight; otherwise as typed.
    pub folded: Derived,
}

impl<'a> View<'a> {
    pub(super) fn new(typed: &'a str) -> Self {
        let mut starts = Vec::with_capacity(typed.len() + 1);
        let mut folded = Derived::with_capacity(typed.len());
        let plain = simplified(typed);
        let mut plain = plain.chars();
        for (index, (at, c)) in typed.char_indices().enumerate() {
            starts.push(at as u32);
            if let Some(c) = fold(plain.next().unwrap_or(c)) {
                folded.push(c, index as u32);
            }
        }
        starts.push(typed.len() as u32);
        Self {
            typed,
            starts,
            folded,
        }
    }

    pub(super) fn char_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The end of a span with the accents that stand alone behind it.
    pub(super) fn with_accents(&self, end: usize) -> usize {
        let accents = self.slice(end, self.char_count()).chars();
        end + accents.take_while(|c| is_combining_mark(*c)).count()
    }

    /// What was typed at the characters `start..end`.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        &self.typed[self.starts[start] as usize..self.starts[end] as usize]
    }

    /// The character at which the byte `at` of the typed text lies.
    pub(super) fn char_at(&self, at: usize) -> usize {
        self.starts
            .partition_point(|start| (*start as usize) <= at)
            .saturating_sub(1)
    }

    /// The folded text before a character.
    pub(super) fn folded_before(&self, at: usize) -> &str {
        &self.folded.text[..self.folded.begin_of(at)]
    }

    /// The folded text from a character on.
    pub(super) fn folded_after(&self, at: usize) -> &str {
        &self.folded.text[self.folded.begin_of(at)..]
    }

    /// The message's bare words: see [`words`].
    pub(super) fn words(&self) -> Derived {
        let mut plain = Derived::with_capacity(self.folded.text.len());
        spell(
            self.folded
                .text
                .char_indices()
                .map(|(at, c)| (c, self.folded.origin(at))),
            &mut plain,
        );
        plain
    }

    pub(super) fn has_chinese(&self) -> bool {
        self.typed.contains(is_chinese)
    }

    /// Whether there are letters, and all of them are capitals.
    pub(super) fn shouts(&self) -> bool {
        self.typed.chars().any(char::is_uppercase) && !self.typed.chars().any(char::is_lowercase)
    }
}

/// Words in one spelling: lower case, no accents, a blank between Chinese and other letters, one space between, hyphens as spaces, no apostrophes, `&` as "and".
pub(super) fn words(text: &str) -> String {
    let mut plain = Derived::with_capacity(text.len());
    let text = simplified(text);
    spell(text.chars().filter_map(fold).map(|c| (c, 0)), &mut plain);
    let length = plain.text.trim_end_matches([' ', BREAK]).len();
    plain.text.truncate(length);
    plain.text
}

fn spell(chars: impl Iterator<Item = (char, u32)>, plain: &mut Derived) {
    for (c, origin) in chars {
        let last = plain.text.chars().next_back().unwrap_or(BREAK);
        match c {
            c if c.is_alphanumeric() => {
                // Chinese goes on without a blank before and after other words.
                if last.is_alphanumeric() && is_chinese(last) != is_chinese(c) {
                    plain.push(' ', origin);
                }
                plain.push(c, origin);
            }
            '\'' => {}
            '&' => "and".chars().for_each(|c| plain.push(c, origin)),
            ' ' | '-' | '_' | '.' if last != ' ' && last != BREAK => plain.push(' ', origin),
            ' ' | '-' | '_' | '.' => {}
            _ if last == BREAK => {}
            _ => plain.push(BREAK, origin),
        }
    }
}

/// One character in the form that patterns expect; `None` for accents that stand alone.
fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(if c.is_ascii_whitespace() || c.is_ascii_control() {
            ' '
        } else {
            c.to_ascii_lowercase()
        });
    }
    let c = match c {
        '‘' | '’' | '´' => '\'',
        '“' | '”' => '"',
        '‐'..='―' | '−' => '-',
        '＀'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c if c.is_whitespace() || c.is_control() => ' ',
        c if is_combining_mark(c) => return None,
        c => bare(c),
    };
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => Some(lower),
        _ => Some(c),
    }
}

/// The letter under its accents, when there is exactly one.
fn bare(c: char) -> char {
    let mut parts = std::iter::once(c).nfd();
    let first = parts.next().unwrap_or(c);
    if parts.all(is_combining_mark) { first } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_knows_its_way_back() {
        let view = View::new("Ré\u{301}d “L” ＄５０");
        assert_eq!(view.folded.text, "red \"l\" $50");
        let (start, end) = view.folded.chars(8, 11);
        assert_eq!(view.slice(start, end), "＄５０");
    }

    #[test]
    fn words_have_one_spelling() {
        for (typed, plain) in [
            ("T-Shirt", "t shirt"),
            ("Levi’s", "levis"),
            ("Dr. Martens", "dr martens"),
            ("blue, jacket?", "blue\u{1} jacket"),
            ("Salt & Pepper", "salt and pepper"),
            ("Fjällräven", "fjallraven"),
            ("這件jacket有L碼嗎", "这件 jacket 有 l 码吗"),
        ] {
            let expected = plain.replace("\u{1} ", "\u{1}");
            assert_eq!(words(typed), expected);
        }
    }
}
