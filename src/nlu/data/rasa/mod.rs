//! Rasa NLU YAML, version 3.1: intents with marked examples, synonyms, lookups and regexes.
//!
//! Other top-level keys (`stories`, `rules`, …) are left out; reading and writing keeps all under `nlu`, intents first.

mod lines;
mod marks;
mod write;

use std::collections::HashSet;

use serde::Deserialize;
use serde_norway::Value;

use super::{Intent, Named, Phrase, Row, TrainingData, compiled};
use lines::Lines;
pub(super) use write::write;

#[derive(Deserialize)]
struct File {
    version: Option<Value>,
    #[serde(default)]
    nlu: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    intent: Option<String>,
    synonym: Option<String>,
    lookup: Option<String>,
    regex: Option<String>,
    metadata: Option<Value>,
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
#[serde(untagged)]
enum Extended {
    Text { text: String, metadata: Option<Value> },
    Plain(String),
}

/// One example and the line that it begins in.
struct Example {
    line: usize,
    text: String,
    metadata: Option<Value>,
}

/// What a file holds, before its phrases are checked against each other.
#[derive(Default)]
pub(super) struct Read {
    pub rows: Vec<Row>,
    pub data: TrainingData,
}

/// A line, counted from one, and what is wrong with it.
type Mistake = (usize, String);

pub(super) fn read(text: &str) -> Result<Read, Mistake> {
    let file: File = serde_norway::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        (line, format!("not Rasa NLU YAML: {error}"))
    })?;
    let version = file.version.as_ref().and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.") || version == "2.0") {
        return Err((1, "expected version: \"3.1\"".into()));
    }
    let mut lines = Lines::new(text);
    let mut seen = HashSet::new();
    let mut read = Read::default();
    for item in file.nlu {
        read_item(item, &mut lines, &mut seen, &mut read)?;
    }
    Ok(read)
}

fn read_item(
    item: Item,
    lines: &mut Lines<'_>,
    seen: &mut HashSet<(&'static str, String)>,
    read: &mut Read,
) -> Result<(), Mistake> {
    let kinds = [
        ("intent", item.intent),
        ("synonym", item.synonym),
        ("lookup", item.lookup),
        ("regex", item.regex),
    ];
    let mut kinds = kinds.into_iter().filter_map(|(kind, name)| Some((kind, name?)));
    let Some((kind, name)) = kinds.next() else {
        let line = lines.next_item();
        return Err((line, "expected intent, synonym, lookup or regex".into()));
    };
    let line = lines.find_item(kind, &name);
    if !seen.insert((kind, name.clone())) {
        return Err((line, format!("{kind} `{name}` is there twice")));
    }
    let examples = examples(item.examples, lines);
    if examples.is_empty() {
        return Err((line, format!("{kind} `{name}` has no examples")));
    }
    match kind {
        "intent" => return read_intent(name, item.metadata, examples, read),
        "synonym" => read.data.synonyms.push(named(name, examples)),
        "lookup" => read.data.lookups.push(named(name, examples)),
        _ => {
            for pattern in &examples {
                compiled(&pattern.text)
                    .map_err(|error| (pattern.line, format!("regex `{name}`: {error}")))?;
            }
            read.data.regexes.push(named(name, examples));
        }
    }
    Ok(())
}

fn read_intent(
    name: String,
    metadata: Option<Value>,
    examples: Vec<Example>,
    read: &mut Read,
) -> Result<(), Mistake> {
    for example in examples {
        let (text, entities) = marks::read(&example.text).map_err(|detail| (example.line, detail))?;
        read.rows.push(Row {
            line: example.line,
            phrase: Phrase {
                text,
                intent: name.clone(),
                entities,
                metadata: example.metadata,
            },
        });
    }
    read.data.intents.push(Intent { name, metadata });
    Ok(())
}

fn named(name: String, examples: Vec<Example>) -> Named {
    let examples = examples.into_iter().map(|example| example.text).collect();
    Named { name, examples }
}

fn examples(examples: Option<Examples>, lines: &mut Lines<'_>) -> Vec<Example> {
    let texts: Vec<(String, Option<Value>)> = match examples {
        None => Vec::new(),
        Some(Examples::Block(block)) => block
            .lines()
            .filter_map(|line| line.trim().strip_prefix('-'))
            .map(|text| (text.trim().to_owned(), None))
            .collect(),
        Some(Examples::List(list)) => list.into_iter().map(extended).collect(),
    };
    texts
        .into_iter()
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, metadata)| Example {
            line: lines.find(text.lines().next().unwrap_or_default()),
            text,
            metadata,
        })
        .collect()
}

fn extended(example: Extended) -> (String, Option<Value>) {
    let (text, metadata) = match example {
        Extended::Text { text, metadata } => (text, metadata),
        Extended::Plain(text) => (text, None),
    };
    let text = text.trim();
    (text.strip_prefix("- ").unwrap_or(text).to_owned(), metadata)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nlu::data::Annotation;

    const FULL: &str = r#"version: "3.1"
nlu:
- intent: order_status
  examples: |
    - where is [A1234](order_id)
    - [Acme]{"entity": "brand", "role": "maker", "value": "ACME"} tent
- intent: faq/returns
  metadata:
    owner: support
    note: |
      first line
      second line
  examples:
  - text: |
      can I send this back?
    metadata:
      sentiment: neutral
  - text: |
      it broke
      after a day
- intent: oos
  examples: |
    - sing me a song
- synonym: credit
  examples: |
    - credit card account
- lookup: brand
  examples: |
    - Acme
    - Northpeak
- regex: order_id
  examples: |
    - [A-Z]\d{4}
"#;

    #[test]
    fn a_file_is_read_and_written_alike() {
        let data = TrainingData::read_rasa(FULL).unwrap();
        assert_eq!(data.write_rasa(), FULL);
        let names: Vec<&str> = data.intents.iter().map(|intent| intent.name.as_str()).collect();
        assert_eq!(names, ["order_status", "faq/returns", "oos"]);
        let [status, brand, returned, broke] = &data.phrases[..] else {
            panic!()
        };
        assert_eq!(status.text, "where is A1234");
        assert_eq!((brand.entities[0].start, brand.entities[0].end), (0, 4));
        assert_eq!(returned.intent, "faq/returns");
        assert!(returned.metadata.is_some());
        assert_eq!(broke.text, "it broke\nafter a day");
        assert_eq!(data.out_of_scope, ["sing me a song"]);
        assert_eq!(data.regexes[0].examples, [r"[A-Z]\d{4}"]);
    }

    #[test]
    fn other_layouts_hold_the_same() {
        let text = "version: \"3.1\"\nnlu:\n- intent: a\n  examples: |\n    - x\n\n    - y [z]{\"entity\":\"e\"}\n- intent: \"yes\"\n  examples:\n  - text: |\n      - see you\n  - bye\nstories: []\n";
        let data = TrainingData::read_rasa(text).unwrap();
        let texts: Vec<&str> = data.phrases.iter().map(|phrase| phrase.text.as_str()).collect();
        assert_eq!(texts, ["x", "y z", "see you", "bye"]);
        let written = data.write_rasa();
        let again = TrainingData::read_rasa(&written).unwrap();
        assert_eq!(again.phrases, data.phrases);
        assert_eq!(again.intents, data.intents);
        assert_eq!(again.write_rasa(), written);
    }

    #[test]
    fn examples_know_their_line() {
        let rows = read(FULL).unwrap().rows;
        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [5, 6, 15, 19, 23]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_alike(
            texts in proptest::collection::vec("[a-zé🙂'\"#:\\-] ?[a-zÄ .,!?'\"#:{}()\\-]{0,16}[a-z?]", 1..6),
            name in "[a-z_]{1,8}(/[a-z ]{0,4}[a-z])?",
            marked in any::<bool>(),
            extended in any::<bool>(),
        ) {
            let mut data = TrainingData::default();
            for text in &texts {
                let mut phrase = Phrase::new(text, &name);
                if marked {
                    let mark = Annotation {
                        start: 0,
                        end: 1,
                        entity: "e".into(),
                        value: text.clone(),
                        role: Some("r".into()),
                        group: None,
                    };
                    phrase.entities.push(mark);
                }
                phrase.metadata = extended.then(|| Value::from(text.as_str()));
                data.phrases.push(phrase);
            }
            let written = data.write_rasa();
            let again = TrainingData::read_rasa(&written);
            prop_assert!(again.is_ok(), "{}: {:?}", written, again.err());
            let again = again.unwrap();
            if name == "oos" {
                return Ok(());
            }
            prop_assert_eq!(&again.phrases, &data.phrases, "{}", written);
            prop_assert_eq!(again.write_rasa(), written);
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let head = "version: \"3.1\"\nnlu:\n";
        for (text, line, part) in [
            (
                "- intent: a\n  examples: |\n    - x\n- intent: a\n  examples: |\n    - y\n",
                6,
                "twice",
            ),
            ("- intent: a\n  examples: |\n", 3, "no examples"),
            (
                "- intent: a\n  examples: |\n    - x\n- regex: r\n  examples: |\n    - a\n    - (b\n",
                9,
                "regex `r`",
            ),
            (
                "- intent: a\n  examples: |\n    - x\n    - [y]{\"entity\": 1}\n",
                6,
                "entity",
            ),
            (
                "- intent: a\n  examples: |\n    - x\n- examples: |\n    - y\n",
                6,
                "expected intent",
            ),
        ] {
            let (at, detail) = read(&format!("{head}{text}")).err().unwrap();
            assert!(detail.contains(part), "{detail}");
            assert_eq!(at, line, "{detail}");
        }
        for (text, line, part) in [
            ("nlu: []\n", 1, "version"),
            ("version: \"3.1\"\nnlu:\n- intent: [\n", 4, "YAML"),
        ] {
            let (at, detail) = read(text).err().unwrap();
            assert!(detail.contains(part), "{detail}");
            assert!(at.abs_diff(line) <= 1, "{at} is not near {line}: {detail}");
        }
    }
}
