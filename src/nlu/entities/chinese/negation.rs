//! What a shopper doesn't want, in Chinese: 不要黑色的, 除了 Northpeak, 羽绒过敏.

use std::sync::LazyLock;

use regex::Regex;

use super::constant;

/// What stands right before something that isn't wanted.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"(?:不要|不想要|不想买|不买|不喜欢|不爱|不需要|不考虑|不含|不带|不用|不是|并非|别给我|别推荐|别要|别|除了|除开|讨厌|拒绝|排除|避开|非|无)(?:带|有|含|用|穿|选|给我|推荐|那种|这种|任何|太|什么|纯|真|成分|的|是|买| )*$",
    )
});

/// What looks like a negation and asks: 有没有, 是不是.
static HARMLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"(?:要不要|是不是|喜不喜欢|用不用|带不带|含不含|想不想要|非常|不要太)(?:带|有|含|用|穿|选|的|是|买| )*$",
    )
});

static AFTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(r"^(?:的|色的|色|牌子|这个牌子|类)? ?(?:过敏|不要|除外|以外|之外|就算了|不考虑|不行|免谈)")
});

/// Between the first and the next of several things that aren't wanted.
static LISTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(r"^(?:的|色|色的)?(?: ?[、,/] ?| ?(?:和|跟|或|或者|还有|以及|也不要|也不喜欢) ?)$")
});

/// Bytes before a term in which its negation is sought.
const REACH: usize = 48;

/// Whether what stands between the folded texts `before` and `after` isn't wanted.
pub(in super::super) fn is_negated(before: &str, after: &str) -> bool {
    let near = before.len().saturating_sub(REACH);
    let near = (near..=before.len())
        .find(|at| before.is_char_boundary(*at))
        .unwrap_or_default();
    let near = &before[near..];
    let matches = |regex: &Option<Regex>, text| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    matches(&AFTER, after) || matches(&BEFORE, near) && !matches(&HARMLESS, near)
}

/// Whether `between` only lists one thing after the other.
pub(in super::super) fn goes_on(between: &str) -> bool {
    LISTED.as_ref().is_some_and(|listed| listed.is_match(between))
}
