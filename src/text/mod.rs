//! Words: normalisation, sentence splitting, masking of personal data, the bot's own sentences.
