//! Masks personal data in what is kept for people other than the conversation's own: traces, unanswered questions.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What is masked, by pattern and placeholder. The first that matches wins, so the narrow ones stand first.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "[e-mail]"),
        (r"\b\d(?:[ -]?\d){12,18}\b", "[card]"),
        (
            r"\+\d(?:[\d ().-]{6,}\d)|\b\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b",
            "[phone]",
        ),
    ]
    .into_iter()
    // The patterns are constants: that they compile is tested below.
    .filter_map(|(pattern, mask)| Some((Regex::new(pattern).ok()?, mask)))
    .collect()
});

/// `text` with e-mail addresses, card numbers and phone numbers masked.
pub fn redact(text: &str) -> Cow<'_, str> {
    PATTERNS
        .iter()
        .fold(Cow::Borrowed(text), |text, (pattern, mask)| {
            if pattern.is_match(&text) {
                Cow::Owned(pattern.replace_all(&text, *mask).into_owned())
            } else {
                text
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_personal_data_and_nothing_else() {
        assert_eq!(PATTERNS.len(), 3);
        for (text, masked) in [
            (
                "write to ann.lee+x@mail.example.com please",
                "write to [e-mail] please",
            ),
            ("card 4111 1111 1111 1111 exp", "card [card] exp"),
            (
                "call +1 802 555 0142 or (802) 555-0142",
                "call [phone] or ([phone]",
            ),
            (
                "order 10432 for 59.95 on 2026-11-23",
                "order 10432 for 59.95 on 2026-11-23",
            ),
        ] {
            assert_eq!(redact(text), masked);
        }
    }
}
