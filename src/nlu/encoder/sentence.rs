//! What a sentence encoder needs beside its BERT: `sentence.json` in its folder, which may be missing.

use std::path::Path;

use serde::Deserialize;

use super::EncoderError;
use crate::nlu::Vector;
use crate::text::script::Script;

/// As `sentence.json` says; without the file, nothing is needed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sentence {
    /// Stands before each text that is encoded.
    #[serde(default)]
    pub prefix: String,
    /// What vectors of texts have in common, taken off before they are compared.
    #[serde(default)]
    centres: Option<Centres>,
}

/// Means of unit vectors of many everyday sentences, by their script. Vectors of some encoders fill a narrow cone, one for
/// each language; around their own mean, sentences of both languages that mean the same lie in the same direction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Centres {
    chinese: Vec<f32>,
    latin: Vec<f32>,
}

impl Sentence {
    /// Reads the folder's file, for vectors of so many dimensions.
    pub(super) fn load(folder: &Path, dimensions: usize) -> Result<Self, EncoderError> {
        let file = folder.join("sentence.json");
        if !file.is_file() {
            return Ok(Self::default());
        }
        let damaged = |reason: String| EncoderError::Damaged {
            file: file.clone(),
            reason,
        };
        let text = std::fs::read_to_string(&file).map_err(|error| damaged(error.to_string()))?;
        let sentence: Self = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let fits = |centre: &Vec<f32>| centre.len() == dimensions;
        match &sentence.centres {
            Some(centres) if !fits(&centres.chinese) || !fits(&centres.latin) => {
                Err(damaged(format!("expected centres of {dimensions} numbers")))
            }
            _ => Ok(sentence),
        }
    }

    /// A text's vector around the centre of its script, of unit length.
    pub(super) fn centred(&self, text: &str, vector: Vector) -> Vector {
        let Some(centres) = &self.centres else {
            return vector;
        };
        let centre = match Script::of(text) {
            Script::Chinese => &centres.chinese,
            Script::Latin | Script::Neither => &centres.latin,
        };
        around(&vector, centre)
    }
}

/// A vector around a centre, of unit length.
pub(in crate::nlu) fn around(vector: &[f32], centre: &[f32]) -> Vector {
    let moved: Vec<f32> = vector
        .iter()
        .zip(centre)
        .map(|(value, mean)| value - mean)
        .collect();
    let norm = moved
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt()
        .max(1e-12);
    moved.iter().map(|value| value / norm).collect()
}
