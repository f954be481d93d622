//! Training phrases: read from Rasa NLU YAML or a CSV table, checked, fingerprinted.

mod rasa;
mod table;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};
use serde_norway::Value;
use sha2::{Digest, Sha256};

use crate::text::normalise::normalise;

/// The label of what is out of scope, in both formats.
pub const OUT_OF_SCOPE: &str = "oos";

/// Phrases that an intent needs to be learned well.
const FEW: usize = 8;

/// What is wrong with a file of phrases, and where.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {detail}", file.display())]
    Line {
        file: PathBuf,
        line: usize,
        detail: String,
    },
    #[error("line {line}: {detail}")]
    Text { line: usize, detail: String },
    #[error("{}: expected a file ending in .yml, .yaml or .csv", .0.display())]
    Kind(PathBuf),
    #[error("{}: there are no phrases", .0.display())]
    Empty(PathBuf),
}

/// A text and the intent that it expresses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Phrase {
    /// Without entity marks.
    pub text: String,
    pub intent: String,
    /// In the order in which they stand in the text.
    pub entities: Vec<Annotation>,
    /// What Rasa's extended form says of the example.
    pub metadata: Option<Value>,
}

impl Phrase {
    pub fn new(text: &str, intent: &str) -> Self {
        Self {
            text: text.to_owned(),
            intent: intent.to_owned(),
            ..Self::default()
        }
    }
}

/// An entity that someone marked in a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Characters of the phrase's text, not bytes; `end` is the one after the last.
    pub start: usize,
    pub end: usize,
    pub entity: String,
    /// What the marked text stands for; the text itself unless the mark says otherwise.
    pub value: String,
    pub role: Option<String>,
    pub group: Option<String>,
}

/// An intent of the file. The name of a retrieval intent has its answer's key behind a slash: `faq/returns`.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub name: String,
    pub metadata: Option<Value>,
}

/// A synonym with its spellings, a lookup with its words, or a regex with its patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub examples: Vec<String>,
}

/// Phrases to learn from, or to be tested with, and what Rasa's files hold beside them.
#[derive(Debug, Clone, Default)]
pub struct TrainingData {
    pub phrases: Vec<Phrase>,
    pub out_of_scope: Vec<String>,
    /// In the file's order. What a table holds has none: see [`TrainingData::intent_names`].
    pub intents: Vec<Intent>,
    pub synonyms: Vec<Named>,
    pub lookups: Vec<Named>,
    pub regexes: Vec<Named>,
    /// What deserves a look but hinders nothing.
    pub warnings: Vec<String>,
}

/// A phrase with the line it stands in.
struct Row {
    line: usize,
    phrase: Phrase,
}

impl TrainingData {
    /// Reads Rasa NLU YAML (`.yml`, `.yaml`) or a table `text,intent` (`.csv`).
    pub fn load(file: &Path) -> Result<Self, DataError> {
        let text = std::fs::read_to_string(file).map_err(|source| DataError::Read {
            file: file.into(),
            source,
        })?;
        let read = match file.extension().and_then(|ending| ending.to_str()) {
            Some("yml" | "yaml") => Self::of_rasa(&text),
            Some("csv") => table::read(&text).map(|rows| Self::default().with_rows(rows)),
            _ => return Err(DataError::Kind(file.into())),
        };
        let data = read.map_err(|(line, detail)| DataError::Line {
            file: file.into(),
            line,
            detail,
        })?;
        if data.phrases.is_empty() && data.out_of_scope.is_empty() {
            return Err(DataError::Empty(file.into()));
        }
        Ok(data)
    }

    /// Reads Rasa NLU YAML.
    pub fn read_rasa(text: &str) -> Result<Self, DataError> {
        Self::of_rasa(text).map_err(|(line, detail)| DataError::Text { line, detail })
    }

    /// Rasa NLU YAML of all that Rasa's format holds. What this wrote and [`TrainingData::read_rasa`] read is written
    /// the same again; marks and metadata of examples out of scope are dropped.
    pub fn write_rasa(&self) -> String {
        rasa::write(self)
    }

    fn of_rasa(text: &str) -> Result<Self, (usize, String)> {
        rasa::read(text).map(|read| read.data.with_rows(read.rows))
    }

    /// All intents, those of the file first, in its order, then the others in the order of their phrases.
    pub fn intent_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.intents.iter().map(|intent| intent.name.as_str()).collect();
        let mut known: HashSet<&str> = names.iter().copied().collect();
        let outside = (!self.out_of_scope.is_empty()).then_some(OUT_OF_SCOPE);
        let used = self.phrases.iter().map(|phrase| phrase.intent.as_str());
        names.extend(used.chain(outside).filter(|name| known.insert(name)));
        names
    }

    fn with_rows(mut self, rows: Vec<Row>) -> Self {
        let data = &mut self;
        let mut seen: HashMap<String, (String, usize)> = HashMap::new();
        for Row { line, phrase } in rows {
            match seen.get(&normalise(&phrase.text)) {
                Some((intent, first)) if *intent != phrase.intent => {
                    let warning = format!(
                        "line {line}: `{}` is under `{}` here and under `{intent}` in line {first}",
                        phrase.text, phrase.intent
                    );
                    data.warnings.push(warning);
                }
                _ => {
                    seen.insert(normalise(&phrase.text), (phrase.intent.clone(), line));
                }
            }
            if phrase.intent == OUT_OF_SCOPE {
                if !phrase.entities.is_empty() || phrase.metadata.is_some() {
                    let warning =
                        format!("line {line}: marks and metadata under `{OUT_OF_SCOPE}` have no use");
                    data.warnings.push(warning);
                }
                data.out_of_scope.push(phrase.text)
            } else {
                data.phrases.push(phrase)
            }
        }
        let few = data.counts().into_iter().filter(|(_, count)| *count < FEW);
        let few: Vec<String> = few
            .map(|(intent, count)| {
                format!("intent `{intent}` has {count} phrases: {FEW} or more are needed to learn it well")
            })
            .collect();
        data.warnings.extend(few);
        self
    }

    /// The same with no more than the first `count` phrases of each intent.
    pub fn first_of_each(&self, count: usize) -> Self {
        let intents: Vec<&str> = self.phrases.iter().map(|phrase| phrase.intent.as_str()).collect();
        let placed = self.phrases.iter().zip(places(&intents));
        Self {
            phrases: placed
                .filter(|(_, place)| *place < count)
                .map(|(phrase, _)| phrase.clone())
                .collect(),
            ..self.clone()
        }
    }

    /// Phrases by intent.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for phrase in &self.phrases {
            *counts.entry(phrase.intent.as_str()).or_insert(0) += 1;
        }
        counts
    }

    /// Names the content: the same phrases in any order have the same fingerprint.
    pub fn fingerprint(&self) -> String {
        let out = self.out_of_scope.iter().map(|text| (OUT_OF_SCOPE, text.as_str()));
        let mut rows: Vec<_> = self
            .phrases
            .iter()
            .map(|phrase| (phrase.intent.as_str(), phrase.text.as_str()))
            .chain(out)
            .collect();
        rows.sort_unstable();
        let mut hasher = Sha256::new();
        for (intent, text) in rows {
            hasher.update(format!("{intent}\t{text}\n"));
        }
        hex::encode(&hasher.finalize()[..16])
    }
}

/// The place of each item among those of its kind, from 0.
pub(super) fn places<K: Eq + Hash>(kinds: &[K]) -> Vec<usize> {
    let mut seen: HashMap<&K, usize> = HashMap::new();
    let place = |kind| {
        let seen = seen.entry(kind).or_default();
        *seen += 1;
        *seen - 1
    };
    kinds.iter().map(place).collect()
}

/// Largest compiled pattern of training data, in bytes.
const PATTERN_BYTES: usize = 1024 * 1024;

/// A regex of training data: in any case, as Rasa takes it. Or what is wrong with it, in one line.
pub(crate) fn compiled(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES)
        .build();
    built.map_err(|error| {
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default();
        format!("`{pattern}`: {}", reason.trim_start_matches("error: "))
    })
}
