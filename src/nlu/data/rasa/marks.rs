//! Entity marks in phrases: `[text](entity)`, `[text](entity:value)`, `[text]{"entity": "…", "role": "…", …}`.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::nlu::data::Annotation;

static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\[(?P<text>[^\]\n]+)\](?:\((?P<entity>[^:)\n]+)(?::(?P<value>[^)\n]+))?\)|(?P<long>\{[^}\n]*\}))",
    )
    .ok()
});

/// A mark in its long form, in the order of Rasa's documentation.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// The phrase without its marks, and what they said. `Err` says what is wrong with a mark.
pub(super) fn read(marked: &str) -> Result<(String, Vec<Annotation>), String> {
    let mut text = String::with_capacity(marked.len());
    let mut annotations = Vec::new();
    let mut chars = 0;
    let mut last = 0;
    let marks = MARK.iter().flat_map(|mark| mark.captures_iter(marked));
    for captures in marks {
        let whole = captures.get_match();
        let name = |group| captures.name(group).map(|found| found.as_str());
        let spelling = name("text").unwrap_or_default();
        let long = match (name("long"), name("entity")) {
            (Some(json), _) => serde_json::from_str(json).map_err(|error| {
                format!(
                    "`{}`: expected {{\"entity\": \"…\"}} with role, group or value: {error}",
                    whole.as_str()
                )
            })?,
            (None, entity) => Long {
                entity: entity.unwrap_or_default().trim().to_owned(),
                role: None,
                group: None,
                value: name("value").map(|value| value.trim().to_owned()),
            },
        };
        if long.entity.is_empty() {
            return Err(format!("`{}`: the entity has no name", whole.as_str()));
        }
        let before = &marked[last..whole.start()];
        text.push_str(before);
        text.push_str(spelling);
        let start = chars + before.chars().count();
        chars = start + spelling.chars().count();
        last = whole.end();
        annotations.push(Annotation {
            start,
            end: chars,
            entity: long.entity,
            value: long.value.unwrap_or_else(|| spelling.to_owned()),
            role: long.role,
            group: long.group,
        });
    }
    text.push_str(&marked[last..]);
    Ok((text, annotations))
}

/// The phrase with its marks, each in the shortest form that says all.
pub(super) fn write(text: &str, annotations: &[Annotation]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut marked = String::with_capacity(text.len());
    let mut last = 0;
    for annotation in annotations {
        let inside = annotation.start >= last && annotation.start < annotation.end;
        let Some(span) = chars.get(annotation.start..annotation.end).filter(|_| inside) else {
            continue;
        };
        marked.extend(&chars[last..annotation.start]);
        let spelling: String = span.iter().collect();
        marked.push_str(&format!("[{spelling}]{}", mark(annotation, &spelling)));
        last = annotation.end;
    }
    marked.extend(&chars[last..]);
    marked
}

fn mark(annotation: &Annotation, spelling: &str) -> String {
    let simple = !annotation.entity.contains([':', ')']);
    if simple && annotation.role.is_none() && annotation.group.is_none() && annotation.value == spelling {
        return format!("({})", annotation.entity);
    }
    let field = |name: &str, value: Option<&str>| {
        value.map(|value| format!("\"{name}\": {}", serde_json::Value::from(value)))
    };
    let fields = [
        field("entity", Some(&annotation.entity)),
        field("role", annotation.role.as_deref()),
        field("group", annotation.group.as_deref()),
        field(
            "value",
            Some(annotation.value.as_str()).filter(|value| *value != spelling),
        ),
    ];
    let fields: Vec<String> = fields.into_iter().flatten().collect();
    // A closing brace would end the mark.
    format!("{{{}}}", fields.join(", ").replace('}', "\\u007d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_and_written() {
        for (marked, text, entity) in [
            (
                "where is [A1234](order_id)?",
                "where is A1234?",
                ("order_id", "A1234", None, None, 9, 14),
            ),
            (
                "from [LA]{\"entity\": \"city\", \"role\": \"departure\", \"group\": \"1\", \"value\": \"Los Angeles\"}",
                "from LA",
                ("city", "Los Angeles", Some("departure"), Some("1"), 5, 7),
            ),
            ("größe [ÄL](size)", "größe ÄL", ("size", "ÄL", None, None, 6, 8)),
        ] {
            let (read_text, annotations) = read(marked).unwrap();
            let got = &annotations[0];
            let (role, group) = (got.role.as_deref(), got.group.as_deref());
            assert_eq!(read_text, text);
            assert_eq!(
                (
                    got.entity.as_str(),
                    got.value.as_str(),
                    role,
                    group,
                    got.start,
                    got.end
                ),
                entity
            );
            assert_eq!(write(&read_text, &annotations), marked);
        }
        let (text, old) = read("in [LA](city:Los Angeles) [not a mark] [a](b)").unwrap();
        assert_eq!(text, "in LA [not a mark] a");
        assert_eq!(
            write(&text, &old),
            "in [LA]{\"entity\": \"city\", \"value\": \"Los Angeles\"} [not a mark] [a](b)"
        );
        let (text, odd) = read("[x]{\"entity\": \"e\", \"value\": \"a\\u007db\"}").unwrap();
        assert_eq!(odd[0].value, "a}b");
        assert_eq!(read(&write(&text, &odd)).unwrap(), (text, odd));
        assert!(read("[x]{\"entty\": \"a\"}").is_err());
    }
}
