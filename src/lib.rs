//! Shopkeeper: the self-hosted shopkeeper for online shops. This file is the map of the house; read it first.
//!
//! One line a room; a room may use the rooms below it, never those above.
//!
//! | room | what it owns |
//! |---|---|
//! | [`scripts`] | conversations that a shop writes down, played against its own server and checked |
//! | [`web`] | axum: the widget's REST and WebSocket, the demo shop's pages with cart and checkout, what they tell of visitors, the help centre, conversations for helpdesks, intent models and their training, products, API keys checked, middleware. No SQL, no decisions |
//! | [`erasure`] | what is kept of a shopper, taken out of every room that keeps some |
//! | [`proactive`] | messages that the widget shows by itself: whether one is, to whom not, what came of it |
//! | [`chat`] | one conversation turn: stored messages, what a message asks of the shop, forms about orders, state, policy (pure), reply parts, the live hub; people who take a chat over; ratings, attachments, transcripts |
//! | [`mail`] | e-mail: by SMTP, or laid into the outbox |
//! | [`orders`] | carts and orders of this house, placed once, and what becomes of them; the desk that proves whose an order is, before the house's orders or a shop's own system |
//! | [`recommend`] | events, the sources that propose items, the blend that ranks them, fairness, erasure, evaluation |
//! | [`promotions`] | campaigns, their codes, the best price for a cart, redemptions and their ledger, the learned choice of an offer |
//! | [`catalog`] | items for sale, their import from product feeds, product search |
//! | [`knowledge`] | articles and their versions, passages, the search index, the answer and its source |
//! | [`nlu`] | the encoder, intents and their versions, the out-of-scope score, entities, training and evaluation |
//! | [`search_index`] | a tantivy index that follows rows of the database |
//! | [`shoppers`] | who a shopper is, as their shop vouches for it: identifiers with their HMAC, signed tokens |
//! | [`access`] | who may use the API: keys and their scopes |
//! | [`text`] | sentences of the bot (fluent), normalisation, sentence splitting, masking of personal data |
//! | [`store`] | the database: pools, transactions, migrations, ids, the clock |
//! | [`config`] | `shopkeeper.toml`, environment, flags |
//! | [`trainings`] | training beside the server: a process of its own, how far it is, cancelling it |
//! | [`dot`] | products of vectors |
//! | [`cholesky`] | linear equations of regressions |
//! | [`progress`] | how long work tells how far it is, and hears that it shall stop |

pub mod access;
pub mod catalog;
pub mod chat;
mod cholesky;
pub mod config;
mod dot;
pub mod erasure;
pub mod knowledge;
pub mod mail;
pub mod nlu;
pub mod orders;
pub mod proactive;
pub mod progress;
pub mod promotions;
pub mod recommend;
pub mod scripts;
pub mod search_index;
pub mod shoppers;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod trainings;
pub mod web;
