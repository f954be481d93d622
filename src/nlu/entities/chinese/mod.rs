//! What a message in Chinese names. Values are those of English, so that nothing behind tells the languages apart: 红色
//! is "red", 儿子 is a son, 加拿大 is CA.
//!
//! Patterns are over the folded text, in which traditional characters are simplified and full-width forms are ASCII.

mod count;
mod money;
mod names;
mod negation;
mod nothing;
mod numbers;
mod order;
mod person;
mod size;
mod time;

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::overlap::Candidate;
use super::pattern::{Compiled, Row, compiled};
use super::view::View;
pub(super) use names::{colours, places};
pub(super) use negation::{goes_on, is_negated};

/// Pieces that patterns share; those that hold others stand behind them.
const PIECES: [(&str, &str); 7] = [
    ("han", "[零〇一二两三四五六七八九十百千万]"),
    (
        "num",
        r"(?:[0-9]{1,7}(?:[.,][0-9]{3})*(?:[.,][0-9]{1,2})?(?:[百千万]|k\b)?|{han}+)",
    ),
    ("int", r"(?:[0-9]{1,3}|[一二两三四五六七八九十百]+|俩|仨)"),
    ("sign", r"(?:(?:us|ca?|au?|nz|hk)?\$|[£€¥])"),
    (
        "unit",
        r"(?:美元|美金|美刀|刀|人民币|块钱|块|元人民币|欧元|英镑|日元|日币|加元|加币|加拿大元|澳元|澳币|澳大利亚元|港币|港元|新台币|台币|元|圆|(?:usd|cny|rmb|eur|gbp|cad|aud|hkd|jpy)(?-u:\b))",
    ),
    (
        "price",
        r"(?:{sign} ?{num}|{num} ?{unit}(?:[一二三四五六七八九](?:毛|角)?|[1-9]0?\b)?)",
    ),
    (
        "measure",
        "(?:个|件|款|双|条|顶|只|把|盏|种|样|张|套|支|台|瓶|份|家|对|根)",
    ),
];

/// Tables of patterns, the more specific first.
static PATTERNS: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let tables: [&'static [Row]; 7] = [
        &nothing::ROWS,
        &order::ROWS,
        &money::ROWS,
        &size::ROWS,
        &time::ROWS,
        &person::ROWS,
        &count::ROWS,
    ];
    let rows = tables.into_iter().flatten();
    rows.filter_map(|row| Compiled::chinese(row, &PIECES)).collect()
});

/// What the patterns of Chinese find, ranked from `rank` on.
pub(super) fn search(view: &View<'_>, today: Date, rank: usize, candidates: &mut Vec<Candidate>) {
    for (index, compiled) in PATTERNS.iter().enumerate() {
        let found = compiled.search(view, today);
        candidates.extend(found.map(|(start, end, value)| Candidate {
            value,
            ..Candidate::new(start, end, rank + index, compiled.row.kind.clone())
        }));
    }
}

/// Whether what stands between two words only joins them: 黑色的帐篷.
pub(super) fn is_joint(between: &str) -> bool {
    matches!(between.trim(), "" | "的" | "色" | "色的")
}

/// A regex of a constant pattern with the shared pieces of Chinese.
fn constant(pattern: &str) -> Option<Regex> {
    compiled(pattern, &PIECES, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let rows = [
            nothing::ROWS.len(),
            order::ROWS.len(),
            money::ROWS.len(),
            size::ROWS.len(),
            time::ROWS.len(),
            person::ROWS.len(),
            count::ROWS.len(),
        ];
        assert_eq!(PATTERNS.len(), rows.iter().sum::<usize>());
    }
}
