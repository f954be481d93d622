//! Words: the bot's own sentences, amounts of money, masking of personal data, normalisation, sentence and question splitting, CSV tables.

pub mod clauses;
pub mod dates;
pub mod money;
pub mod mood;
pub mod normalise;
pub mod redact;
pub mod say;
pub mod script;
pub mod sentences;
pub mod table;
