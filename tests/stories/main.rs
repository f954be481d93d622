//! Stories of shoppers, operators and things that go wrong, told from outside: each starts the real program.

#[path = "../common/mod.rs"]
mod common;

mod afterwards;
mod bad_input;
mod browser;
mod catalogue;
mod chinese;
mod commands;
mod conversations;
mod knowledge_changes;
mod messages_survive;
mod one_speaker;
mod order_care;
mod order_desk;
mod orders;
mod orders_elsewhere;
mod own_accord;
mod own_words;
mod people;
mod postgres;
mod promotions;
mod recommends;
mod sells;
mod shop_pages;
mod shopper_asks;
mod training;
mod understood;
