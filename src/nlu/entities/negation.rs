//! What a shopper doesn't want: "not Northpeak", "no down", "anything but black or brown".

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::constant;

/// What stands right before something that isn't wanted.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"\b(?:not|no|never|without|except(?: for)?|excluding|anything but|everything but|all but|other than|besides|apart from|instead of|rather than|avoid|neither|nor|non|isn'?t|aren'?t|(?:do|does|did)(?: not|n'?t)(?: really)?(?: want| need| like| wear| have)?|hates?|dislikes?|allergic to|sick of|tired of|minus)(?:[ -](?:in|of|the|a|an|any|from|made|by|really|too|something|anything|that|those|these|is|be|more|want|like|another|use|genuine|real|pure|color|colour|brand))*[ -]$",
    )
});

/// What looks like a negation and is none.
static HARMLESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| constant(r"\b(?:why not|not only|if not|or not|no doubt)[ -]$"));

static AFTER: LazyLock<Option<Regex>> = LazyLock::new(|| constant(r"^[ -]free\b"));

/// Between the first and the next of several things that aren't wanted.
static LISTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| constant(r"^(?: ?, ?(?:or |and |nor )?| or | nor | and | ?/ ?)$"));

/// Bytes before a term in which its negation is sought.
const REACH: usize = 60;

/// Whether what stands between the folded texts `before` and `after` isn't wanted.
pub(super) fn is_negated(before: &str, after: &str) -> bool {
    let near = before.len().saturating_sub(REACH);
    let near = (near..=before.len())
        .find(|at| before.is_char_boundary(*at))
        .unwrap_or_default();
    let matches = |regex: &Option<Regex>, text| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    matches(&AFTER, after) || matches(&BEFORE, &before[near..]) && !matches(&HARMLESS, &before[near..])
}

/// Whether `between` only lists one thing after the other.
pub(super) fn goes_on(between: &str) -> bool {
    LISTED.as_ref().is_some_and(|listed| listed.is_match(between))
}
