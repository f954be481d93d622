//! Writes training data as Rasa NLU YAML: intents, synonyms, lookups, regexes, each in its own order.

use std::fmt::Write;

use serde_norway::Value;

use super::marks;
use crate::nlu::data::{Named, OUT_OF_SCOPE, Phrase, TrainingData};

pub(in crate::nlu::data) fn write(data: &TrainingData) -> String {
    let mut out = String::from("version: \"3.1\"\nnlu:\n");
    for name in data.intent_names() {
        let metadata = data
            .intents
            .iter()
            .find(|intent| intent.name == name)
            .and_then(|intent| intent.metadata.as_ref());
        let phrases: Vec<Phrase> = if name == OUT_OF_SCOPE {
            let texts = data.out_of_scope.iter();
            texts.map(|text| Phrase::new(text, OUT_OF_SCOPE)).collect()
        } else {
            let of_it = data.phrases.iter().filter(|phrase| phrase.intent == name);
            of_it.cloned().collect()
        };
        write_intent(&mut out, name, metadata, &phrases);
    }
    for (kind, list) in [
        ("synonym", &data.synonyms),
        ("lookup", &data.lookups),
        ("regex", &data.regexes),
    ] {
        list.iter().for_each(|named| write_named(&mut out, kind, named));
    }
    out
}

fn write_intent(out: &mut String, name: &str, metadata: Option<&Value>, phrases: &[Phrase]) {
    if phrases.is_empty() {
        return;
    }
    line(out, 0, &format!("- intent: {}", scalar(name)));
    write_metadata(out, 2, metadata);
    let plain = phrases
        .iter()
        .all(|phrase| phrase.metadata.is_none() && !phrase.text.contains('\n'));
    if plain {
        line(out, 2, "examples: |");
        for phrase in phrases {
            let marked = marks::write(&phrase.text, &phrase.entities);
            line(out, 4, &format!("- {}", one_line(&marked)));
        }
        return;
    }
    line(out, 2, "examples:");
    for phrase in phrases {
        line(out, 2, "- text: |");
        let marked = marks::write(&phrase.text, &phrase.entities);
        // Reading takes one dash off.
        let dash = if marked.starts_with("- ") { "- " } else { "" };
        let marked = format!("{dash}{marked}");
        marked.lines().for_each(|text| line(out, 6, &unbroken(text)));
        write_metadata(out, 4, phrase.metadata.as_ref());
    }
}

fn write_named(out: &mut String, kind: &str, named: &Named) {
    line(out, 0, &format!("- {kind}: {}", scalar(&named.name)));
    line(out, 2, "examples: |");
    for example in &named.examples {
        line(out, 4, &format!("- {}", one_line(example)));
    }
}

fn write_metadata(out: &mut String, indent: usize, metadata: Option<&Value>) {
    let Some(metadata) = metadata else { return };
    let yaml = serde_norway::to_string(metadata).unwrap_or_default();
    if matches!(metadata, Value::Mapping(map) if !map.is_empty()) {
        line(out, indent, "metadata:");
        yaml.lines().for_each(|text| line(out, indent + 2, text));
    } else {
        line(
            out,
            indent,
            &format!(
                "metadata: {}",
                serde_json::to_string(metadata).unwrap_or_default()
            ),
        );
    }
}

/// A line with its indent; an empty one has none.
fn line(out: &mut String, indent: usize, text: &str) {
    let indent = if text.is_empty() { 0 } else { indent };
    // Writing to a string can't fail.
    let _ = writeln!(out, "{:indent$}{text}", "");
}

/// A name as it stands when YAML reads it back as a string, in quotes otherwise.
fn scalar(name: &str) -> String {
    let plain = serde_norway::from_str::<Value>(name).is_ok_and(|value| value.as_str() == Some(name));
    let safe = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | ' ' | '.'));
    if plain
        && safe
        && !matches!(
            name.to_lowercase().as_str(),
            "yes" | "no" | "on" | "off" | "y" | "n"
        )
    {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}

fn one_line(text: &str) -> String {
    unbroken(text).trim().to_owned()
}

/// Text that stays one line of a block: what YAML takes for a line break or forbids becomes a space.
fn unbroken(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.replace(breaks, " ")
}
