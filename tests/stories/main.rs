//! Stories of shoppers, operators and things that go wrong, told from outside: each starts the real program.

#[path = "../common/mod.rs"]
mod common;

mod browser;
mod knowledge_changes;
mod messages_survive;
mod one_speaker;
mod shopper_asks;
