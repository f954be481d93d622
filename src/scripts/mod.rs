//! Conversation scripts: files in which a shop writes down what its shoppers say and what a good answer is. They are run
//! through the real server, and every number in every reply is held against the records that it must come from.
//!
//! [`load`] reads the files, a [`Runner`] serves the shop and plays the shoppers; the checks (`check`, `cards`, `honesty`) are
//! pure, and a [`Report`] says what was expected and what came.

mod cards;
mod check;
mod expect;
mod files;
mod format;
mod heard;
mod honesty;
mod hours;
mod page;
mod records;
mod report;
mod runner;
mod scene;
mod shopper;
mod wording;

pub use files::{ScriptError, load};
pub use format::{Script, Turn};
pub use report::{Failure, Outcome, Report};
pub use runner::{RunError, Runner};
