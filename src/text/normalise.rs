//! Brings what people type into one form before it is encoded or counted.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

/// What is replaced by a placeholder, since only its kind tells the intent: alternatives in order, each a group.
static MASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let email = r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)";
    let money = r"(?P<money>[$€£¥]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:usd|eur|gbp|dollars?|euros?|bucks)\b)";
    let order = r"(?P<order>#\s?\d{4,}\b|\b\d{5,}\b)";
    // A constant pattern; the tests below would fail without it.
    Regex::new(&format!("{email}|{money}|{order}")).ok()
});

/// Longest run of one letter or mark that is kept: "sooooo!!!!" becomes "soo!!".
const RUN: usize = 2;

/// NFKC, lower case, runs shortened, white space collapsed; e-mail addresses, amounts and order numbers masked.
pub fn normalise(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut last, mut run) = (' ', 0);
    for c in text.nfkc().flat_map(char::to_lowercase) {
        let c = if c.is_whitespace() || c.is_control() {
            ' '
        } else {
            straight(c)
        };
        run = if c == last { run + 1 } else { 1 };
        last = c;
        let most = if c == ' ' { 1 } else { RUN };
        if run <= most || c.is_ascii_digit() {
            plain.push(c);
        }
    }
    let plain = plain.trim();
    match &*MASKS {
        Some(masks) => masks.replace_all(plain, mask).into_owned(),
        None => plain.to_owned(),
    }
}

/// The words of a text in lower case, without marks.
pub fn words(text: &str) -> Vec<String> {
    let text = normalise(text);
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn mask(captures: &Captures<'_>) -> &'static str {
    if captures.name("email").is_some() {
        "e-mail address"
    } else if captures.name("money").is_some() {
        "amount"
    } else {
        "number"
    }
}

fn straight(c: char) -> char {
    match c {
        '‘' | '’' | '´' | '`' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        c => c,
    }
}

/// Whether two names are the same, whatever their case and the blanks around them.
pub fn same_in_any_case(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form() {
        for (typed, form) in [
            ("  WHERE is my   ORDER??!!!!", "where is my order??!!"),
            ("sooooo late", "soo late"),
            ("where’s order #10432", "where's order number"),
            (
                "order 20817 to ann@mail.example",
                "order number to e-mail address",
            ),
            ("tent under $120.50 or 80 dollars", "tent under amount or amount"),
            ("ｆｕｌｌ ｗｉｄｔｈ\u{0}\n", "full width"),
            ("size 42, 2 pairs", "size 42, 2 pairs"),
            ("1000 pieces", "1000 pieces"),
        ] {
            assert_eq!(normalise(typed), form);
        }
    }
}
