//! Training phrases: read from Rasa NLU YAML or a CSV table, checked, fingerprinted.

mod rasa;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

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
    #[error("{}: expected a file ending in .yml, .yaml or .csv", .0.display())]
    Kind(PathBuf),
    #[error("{}: there are no phrases", .0.display())]
    Empty(PathBuf),
}

/// A text and the intent that it expresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    pub intent: String,
}

/// Phrases to learn from, or to be tested with.
#[derive(Debug, Clone, Default)]
pub struct TrainingData {
    pub phrases: Vec<Phrase>,
    pub out_of_scope: Vec<String>,
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
        let rows = match file.extension().and_then(|ending| ending.to_str()) {
            Some("yml" | "yaml") => rasa::read(&text),
            Some("csv") => table::read(&text),
            _ => return Err(DataError::Kind(file.into())),
        };
        let rows = rows.map_err(|(line, detail)| DataError::Line {
            file: file.into(),
            line,
            detail,
        })?;
        if rows.is_empty() {
            return Err(DataError::Empty(file.into()));
        }
        Ok(Self::from_rows(rows))
    }

    fn from_rows(rows: Vec<Row>) -> Self {
        let mut data = Self::default();
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
        data
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
