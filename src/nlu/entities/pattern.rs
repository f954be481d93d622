//! Rows of patterns: what is written how, and how its value is read.

use jiff::civil::Date;
use regex::{Captures, Regex, RegexBuilder};

use super::value::{EntityKind, EntityValue};
use super::view::View;

/// One way in which a kind of entity is written.
pub(super) struct Row {
    /// `None`: what it matches is none of the other kinds, however it looks.
    pub kind: Option<EntityKind>,
    /// Over the folded text, ASCII only, with the pieces of [`PIECES`] in braces. A group `v` is the entity's span
    /// when the rest is only its surroundings.
    pub pattern: &'static str,
    /// The value, or `None` when it isn't one after all.
    pub read: fn(&Found<'_, '_>) -> Option<EntityValue>,
}

impl Row {
    pub(super) const fn new(
        kind: EntityKind,
        pattern: &'static str,
        read: fn(&Found<'_, '_>) -> Option<EntityValue>,
    ) -> Self {
        let kind = Some(kind);
        Self { kind, pattern, read }
    }

    /// What it matches is taken for nothing else.
    pub(super) const fn nothing(pattern: &'static str) -> Self {
        Self {
            kind: None,
            pattern,
            read: |_| Some(EntityValue::Text(String::new())),
        }
    }
}

/// Pieces that patterns share.
const PIECES: [(&str, &str); 9] = [
    (
        "int",
        r"(?:[0-9]{1,3}|half a dozen|a dozen|a couple|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|fifty)",
    ),
    ("num", r"[0-9]{1,7}(?:[.,][0-9]{3})*(?:[.,][0-9]{1,2})?"),
    (
        "word",
        r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|fourt?y|fifty|sixty|seventy|eighty|ninety|hundred|thousand)",
    ),
    ("words", r"(?:an? )?{word}(?:(?: and |[ -]){word})*"),
    ("sign", r"(?:(?:us|ca?|au?|nz)?\$|(?u:[£€¥]))"),
    (
        "unit",
        r"(?:usd|us dollars?|cad|aud|nzd|eur|gbp|jpy|dollars?|dollar|dolars?|bucks?|euros?|pounds?|quid|yen)\b",
    ),
    (
        "price",
        r"(?:{sign} ?{num}k?(?: ?(?:usd|cad|aud|eur|gbp)\b)?|(?:usd|eur|gbp|cad|aud) ?{num}k?|{num}k? ?(?:{unit}|(?u:[$£€]))|{words} {unit}|{num}k?\b)",
    ),
    ("weekday", r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"),
    (
        "month",
        r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)",
    ),
];

fn expanded(pattern: &str, pieces: &[(&str, &str)]) -> String {
    let mut pattern = pattern.to_owned();
    // Pieces may hold pieces that stand before them.
    for (name, piece) in pieces.iter().rev() {
        pattern = pattern.replace(&format!("{{{name}}}"), piece);
    }
    pattern
}

/// A row ready to search with.
pub(super) struct Compiled {
    pub row: &'static Row,
    regex: Regex,
}

impl Compiled {
    /// `None` when the pattern is none; the tests compile them all.
    pub(super) fn new(row: &'static Row) -> Option<Self> {
        let regex = constant(row.pattern)?;
        Some(Self { row, regex })
    }

    /// A row of Chinese: any letters, with pieces of its own.
    pub(super) fn chinese(row: &'static Row, pieces: &[(&str, &str)]) -> Option<Self> {
        let regex = compiled(row.pattern, pieces, true)?;
        Some(Self { row, regex })
    }

    /// What the row finds in a message: spans in characters and values.
    pub(super) fn search<'v>(
        &'v self,
        view: &'v View<'_>,
        today: Date,
    ) -> impl Iterator<Item = (usize, usize, EntityValue)> + 'v {
        let text = view.folded.text.as_str();
        // Most rows find nothing, and room for groups is only needed where something is found.
        let found = self.regex.is_match(text).then(|| self.regex.captures_iter(text));
        found.into_iter().flatten().filter_map(move |captures| {
            let found = Found {
                captures,
                view,
                today,
            };
            let (start, end) = found.span()?;
            Some((start, end, (self.row.read)(&found)?))
        })
    }
}

/// A regex of a constant pattern with the shared pieces.
pub(super) fn constant(pattern: &str) -> Option<Regex> {
    compiled(pattern, &PIECES, false)
}

/// A regex of a constant pattern with shared pieces; `unicode`: classes and boundaries go beyond ASCII.
pub(super) fn compiled(pattern: &str, pieces: &[(&str, &str)], unicode: bool) -> Option<Regex> {
    RegexBuilder::new(&expanded(pattern, pieces))
        .unicode(unicode)
        .build()
        .inspect_err(|error| debug_assert!(false, "{error}"))
        .ok()
}

/// What a row matched, for the function that reads its value.
pub(super) struct Found<'v, 'a> {
    captures: Captures<'v>,
    view: &'v View<'a>,
    pub today: Date,
}

impl<'v, 'a> Found<'v, 'a> {
    /// A group's text.
    pub(super) fn get(&self, group: &str) -> Option<&'v str> {
        self.captures.name(group).map(|group| group.as_str())
    }

    /// The folded text of the entity.
    pub(super) fn text(&self) -> &'v str {
        self.get("v").unwrap_or_else(|| self.all())
    }

    /// All that the pattern matched.
    pub(super) fn all(&self) -> &'v str {
        self.captures.get_match().as_str()
    }

    /// The folded text before the match.
    pub(super) fn before(&self) -> &'v str {
        &self.view.folded.text[..self.captures.get_match().start()]
    }

    /// The folded text after the match.
    pub(super) fn after(&self) -> &'v str {
        &self.view.folded.text[self.captures.get_match().end()..]
    }

    /// The entity as typed.
    pub(super) fn typed(&self) -> &'a str {
        self.span().map_or("", |(start, end)| self.view.slice(start, end))
    }

    pub(super) fn whole_message_shouts(&self) -> bool {
        self.view.shouts()
    }

    pub(super) fn message(&self) -> &'v str {
        &self.view.folded.text
    }

    fn span(&self) -> Option<(usize, usize)> {
        let whole = self.captures.get_match();
        let span = self.captures.name("v").unwrap_or(whole);
        let (start, end) = (!span.is_empty()).then(|| self.view.folded.chars(span.start(), span.end()))?;
        Some((start, self.view.with_accents(end)))
    }
}
