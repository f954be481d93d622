//! An article, and its form as a file: Markdown with YAML front matter.

use serde::{Deserialize, Serialize};

use crate::store::Millis;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    /// Only these answer.
    #[default]
    Published,
    Archived,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "published" => Self::Published,
            "archived" => Self::Archived,
            _ => Self::Draft,
        }
    }
}

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    pub title: String,
    pub slug: String,
    pub locale: String,
    /// The help centre's heading it stands under.
    pub area: String,
    pub tags: Vec<String>,
    /// Intents that it is the answer to.
    pub intents: Vec<String>,
    pub status: Status,
    /// Other ways to ask for it.
    pub questions: Vec<String>,
    /// Markdown.
    pub body: String,
}

/// An article as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    pub id: String,
    pub version: i64,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub updated_by: String,
    pub draft: Draft,
}

impl std::ops::Deref for Article {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

/// What is wrong with a file, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FrontMatterError {
    pub line: usize,
    pub message: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    slug: String,
    locale: String,
    #[serde(default = "general")]
    area: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    intents: Vec<String>,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    questions: Vec<String>,
}

fn general() -> String {
    "general".into()
}

const LONGEST_BODY: usize = 100_000;

impl Draft {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Self, FrontMatterError> {
        let error = |line: usize, message: String| FrontMatterError { line, message };
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let rest = text
            .strip_prefix("---\n")
            .ok_or_else(|| error(1, "expected front matter that begins with a line `---`".into()))?;
        let (front, body) = rest
            .split_once("\n---\n")
            .or_else(|| rest.strip_suffix("\n---").map(|front| (front, "")))
            .ok_or_else(|| error(1, "the front matter has no closing line `---`".into()))?;
        let front: FrontMatter = serde_norway::from_str(front).map_err(|failed| {
            let line = failed.location().map_or(1, |at| at.line() + 1);
            error(line, failed.to_string())
        })?;
        let field_line = |field: &str| {
            text.lines()
                .position(|line| line.starts_with(&format!("{field}:")))
                .map_or(1, |at| at + 1)
        };
        let wrong = |field: &str, expected: &str| {
            Err(error(
                field_line(field),
                format!("`{field}`: expected {expected}"),
            ))
        };
        if front.title.trim().is_empty() {
            return wrong("title", "at least one character");
        }
        if !is_slug(&front.slug) {
            return wrong("slug", "lower-case letters, digits and hyphens");
        }
        if !is_slug(&front.locale.to_lowercase()) {
            return wrong("locale", "a locale such as en or zh-CN");
        }
        if body.trim().is_empty() || body.len() > LONGEST_BODY {
            return Err(error(
                text.lines().count(),
                format!("expected a text of at most {LONGEST_BODY} bytes below the front matter"),
            ));
        }
        let FrontMatter {
            title,
            slug,
            locale,
            area,
            tags,
            intents,
            status,
            questions,
        } = front;
        Ok(Self {
            title,
            slug,
            locale,
            area,
            tags,
            intents,
            status,
            questions,
            body: body.trim().to_owned(),
        })
    }

    /// The file's text; [`Draft::parse`] reads it back unchanged.
    pub fn render(&self) -> String {
        let Self {
            title,
            slug,
            locale,
            area,
            tags,
            intents,
            status,
            questions,
            body,
        } = self.clone();
        let front = FrontMatter {
            title,
            slug,
            locale,
            area,
            tags,
            intents,
            status,
            questions,
        };
        // A struct of strings and lists can always be written.
        let front = serde_norway::to_string(&front).unwrap_or_default();
        format!("---\n{front}---\n\n{body}\n")
    }
}

fn is_slug(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "---\ntitle: 'How long: does it take?'\nslug: delivery-times\nlocale: en\narea: shipping\ntags:\n- delivery\nintents: []\nstatus: draft\nquestions:\n- when will it come\n---\n\nThree days.\n\n## Abroad\n\nTen days.\n";

    #[test]
    fn a_file_comes_back_unchanged() {
        let draft = Draft::parse(FILE).unwrap();
        assert_eq!((draft.status, draft.questions.len()), (Status::Draft, 1));
        assert_eq!(draft.render(), FILE);
        assert_eq!(Draft::parse(&draft.render()).unwrap(), draft);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (from, to, line, part) in [
            ("---\ntitle", "title", 1, "front matter"),
            ("slug: delivery-times", "slug: Delivery Times", 3, "`slug`"),
            ("status: draft", "status: ready", 9, "unknown variant"),
            ("area: shipping", "aera: shipping", 5, "aera"),
            ("slug: delivery-times\n", "", 1, "slug"),
            ("Three days.\n\n## Abroad\n\nTen days.\n", "", 12, "text"),
        ] {
            let error = Draft::parse(&FILE.replace(from, to)).unwrap_err();
            assert!(error.message.contains(part), "{error}");
            assert!(error.line.abs_diff(line) <= 1, "{error}: expected line {line}");
        }
    }
}
