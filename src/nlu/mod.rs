//! Understanding a message.
