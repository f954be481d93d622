//! What every story needs: the real program on a free port with a data folder of its own, and shoppers who talk to it.

// Each test and bench binary uses its own part of this.
#![allow(dead_code, unused_imports)]

mod folder;
mod program;
mod server;
mod shopper;
mod socket;

use std::time::{Duration, Instant};

pub use folder::{Folder, project};
pub use program::Program;
pub use server::{Server, bare, complained, run, shopkeeper, told};
pub use shopper::{Answer, Shopper, content, slug_of_source, values};
pub use socket::{Ended, Socket};

/// A question whose answer leaves no doubt, and the article that it stands in.
pub const QUESTION: &str = "How do I clean cast iron?";
pub const SOURCE: &str = "care-cast-iron";

/// A number in words: the encoder takes texts that differ by a figure for the same.
pub fn spelled(number: u32) -> String {
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    let digits = number.to_string();
    let digits: Vec<_> = digits
        .bytes()
        .map(|digit| words[usize::from(digit - b'0')])
        .collect();
    digits.join(" ")
}

/// Longest wait for something that ought to happen soon, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks `check` again and again until it says something; panics when it never does.
pub async fn eventually<T>(what: &str, check: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, check).await
}

/// The same for what gives way to everything else, and takes long beside other tests.
pub async fn within<T>(patience: Duration, what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(started.elapsed() < patience, "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
