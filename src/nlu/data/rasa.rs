//! Rasa NLU YAML, version 3.1: intents with examples. Entity marks are taken off; synonyms, lookups and regexes are
//! accepted and left to those who use them.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_norway::Value;

use super::{Phrase, Row};

#[derive(Deserialize)]
struct File {
    version: Option<Value>,
    #[serde(default)]
    nlu: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    intent: Option<String>,
    #[serde(default)]
    examples: Option<Examples>,
}

/// A block of `- phrase` lines, or the extended form with `text:` keys.
#[derive(Deserialize)]
#[serde(untagged)]
enum Examples {
    Block(String),
    List(Vec<Extended>),
}

#[derive(Deserialize)]
struct Extended {
    text: String,
}

pub(super) fn read(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let file: File = serde_norway::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        (line, format!("not Rasa NLU YAML: {error}"))
    })?;
    let version = file.version.as_ref().and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.") || version == "2.0") {
        return Err((1, "expected version: \"3.1\"".into()));
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    let mut after = 0;
    for item in file.nlu {
        let Some(intent) = item.intent else { continue };
        let line = line_of(text, &intent, after);
        if !seen.insert(intent.clone()) {
            return Err((line, format!("intent `{intent}` is there twice")));
        }
        let phrases = phrases(item.examples);
        if phrases.is_empty() {
            return Err((line, format!("intent `{intent}` has no examples")));
        }
        rows.extend(phrases.into_iter().enumerate().map(|(index, text)| Row {
            line: line + 2 + index,
            phrase: Phrase {
                text: without_marks(&text),
                intent: intent.clone(),
            },
        }));
        after = line;
    }
    Ok(rows)
}

fn phrases(examples: Option<Examples>) -> Vec<String> {
    let texts: Vec<String> = match examples {
        None => Vec::new(),
        Some(Examples::Block(block)) => {
            let lines = block.lines().map(str::trim);
            lines
                .filter_map(|line| line.strip_prefix('-'))
                .map(|text| text.trim().to_owned())
                .collect()
        }
        Some(Examples::List(list)) => list
            .into_iter()
            .map(|example| example.text.trim().trim_start_matches("- ").to_owned())
            .collect(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

/// The line, counted from one, in which `intent` begins, after line `after`.
fn line_of(text: &str, intent: &str, after: usize) -> usize {
    let begins = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        line.strip_prefix("intent:")
            .is_some_and(|name| name.trim().trim_matches(['"', '\'']) == intent)
    };
    text.lines()
        .enumerate()
        .skip(after)
        .find(|(_, line)| begins(line))
        .map_or(1, |(index, _)| index + 1)
}

/// `where is [A1234]{"entity":"order_id"}` becomes `where is A1234`.
fn without_marks(text: &str) -> String {
    static MARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})").ok());
    MARK.as_ref().map_or_else(
        || text.to_owned(),
        |mark| mark.replace_all(text, "$1").into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_with_marks_and_both_forms_of_examples() {
        let text = "version: \"3.1\"\nnlu:\n- intent: order_status\n  examples: |\n    - where is [A1234]{\"entity\":\"order_id\"}\n    - track [it](what)\n- synonym: credit\n  examples: |\n    - card\n- intent: bye\n  examples:\n  - text: |\n      - see you\n";
        let rows = read(text).unwrap();
        let got: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.phrase.intent.as_str(), row.phrase.text.as_str()))
            .collect();
        assert_eq!(
            got[..2],
            [
                (5, "order_status", "where is A1234"),
                (6, "order_status", "track it")
            ]
        );
        assert_eq!((got[2].1, got[2].2), ("bye", "see you"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line, part) in [
            (
                "version: \"3.1\"\nnlu:\n- intent: a\n  examples: |\n    - x\n- intent: a\n  examples: |\n    - y\n",
                6,
                "twice",
            ),
            (
                "version: \"3.1\"\nnlu:\n- intent: a\n  examples: |\n",
                3,
                "no examples",
            ),
            ("nlu: []\n", 1, "version"),
            ("version: \"3.1\"\nnlu:\n- intent: [\n", 4, "YAML"),
        ] {
            let (at, detail) = read(text).err().unwrap();
            assert!(detail.contains(part), "{detail}");
            assert!(at.abs_diff(line) <= 1, "{at} is not near {line}: {detail}");
        }
    }
}
