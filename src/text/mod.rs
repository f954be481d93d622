//! Words: the bot's own sentences, masking of personal data, normalisation, sentence and question splitting.

pub mod clauses;
pub mod normalise;
pub mod redact;
pub mod say;
pub mod sentences;
