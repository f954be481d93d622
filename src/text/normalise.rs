//! Brings what people type into one form before it is encoded or counted.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

use super::script::is_chinese;

/// What is replaced by a placeholder, since only its kind tells the intent: alternatives in order, each a group.
static MASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let email = r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)";
    // Word boundaries of ASCII: Chinese goes on without a blank after a number.
    let currency = r"(?:usd|eur|gbp|cny|rmb|dollars?|euros?|bucks)(?-u:\b)|美元|美金|元|块钱|块|刀";
    let money = format!(r"(?P<money>[$€£¥]\s?\d[\d.,]*|(?-u:\b)\d[\d.,]*\s?(?:{currency}))");
    let order = r"(?P<order>#\s?\d{4,}(?-u:\b)|(?-u:\b)\d{5,}(?-u:\b))";
    // A constant pattern; the tests below would fail without it.
    Regex::new(&format!("{email}|{money}|{order}")).ok()
});

/// Longest run of one letter or mark that is kept: "sooooo!!!!" becomes "soo!!".
const RUN: usize = 2;

/// NFKC, lower case, runs shortened, white space collapsed, traditional Chinese characters as simplified ones; e-mail
/// addresses, amounts and order numbers masked.
pub fn normalise(text: &str) -> String {
    let text = simplified(text);
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

/// A text with simplified Chinese characters in place of traditional ones, character by character: spans stay where they
/// are.
pub fn simplified(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_chinese) {
        Cow::Owned(fast2s::convert(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// The words of a text in lower case, without marks. A run of Chinese is one.
pub fn words(text: &str) -> Vec<String> {
    let text = normalise(text);
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.flat_map(runs).map(str::to_owned).collect()
}

/// A word in its runs of Chinese and of other letters: 有jacket吗 is three.
fn runs(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = is_chinese(rest.chars().next()?);
        let end = rest
            .find(|letter| is_chinese(letter) != first)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
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
    fn words_of_mixed_text() {
        assert_eq!(
            words("Ridgeline 2和Lakeside 2，哪個好？"),
            ["ridgeline", "2", "和", "lakeside", "2", "哪个好"]
        );
    }

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
            ("訂單10432，退貨！！！", "订单number,退货!!"),
            ("两百以内的帐篷，最多１９９元", "两百以内的帐篷,最多amount"),
        ] {
            assert_eq!(normalise(typed), form);
        }
    }
}
