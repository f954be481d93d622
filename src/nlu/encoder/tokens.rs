//! Text to token ids, on the caller's thread.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use super::EncoderError;

/// Longer texts are cut: 112 tokens already cost 2.3 times a message.
const MOST_TOKENS: usize = 128;
/// A text's tokens can't be more than its bytes: what is far beyond the cut isn't even looked at.
const MOST_BYTES: usize = MOST_TOKENS * 32;

pub(super) struct Tokens {
    tokenizer: Tokenizer,
    /// What the encoder was trained to see before each text.
    prefix: String,
}

impl Tokens {
    pub(super) fn load(file: &Path, prefix: &str) -> Result<Self, EncoderError> {
        let damaged = |reason: String| EncoderError::Damaged {
            file: file.into(),
            reason,
        };
        let mut tokenizer = Tokenizer::from_file(file).map_err(|error| damaged(error.to_string()))?;
        // The file's own padding would give every text the same length.
        tokenizer.with_padding(None);
        let truncation = TruncationParams {
            max_length: MOST_TOKENS,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| damaged(error.to_string()))?;
        Ok(Self {
            tokenizer,
            prefix: prefix.to_owned(),
        })
    }

    /// Tokens that are whole words of Latin letters, in the order of their ids: vocabularies list frequent words first.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<(String, u32)> = self.tokenizer.get_vocab(false).into_iter().collect();
        words.retain(|(word, _)| word.len() > 1 && word.bytes().all(|c| c.is_ascii_lowercase()));
        words.sort_unstable_by_key(|(_, id)| *id);
        words.into_iter().map(|(word, _)| word).collect()
    }

    /// Token ids with the model's begin and end marks, at most [`MOST_TOKENS`].
    pub(super) fn of(&self, text: &str) -> Result<Vec<i64>, EncoderError> {
        let text = &text[..text.floor_char_boundary(MOST_BYTES)];
        let encoding = self
            .tokenizer
            .encode_fast(format!("{}{text}", self.prefix), true)
            .map_err(|error| EncoderError::Failed(error.to_string()))?;
        Ok(encoding.get_ids().iter().map(|id| i64::from(*id)).collect())
    }
}
