//! What came of a run, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::check::Wrong;
use super::heard::Heard;

/// Characters of a text that a report shows.
const SHOWN: usize = 400;

/// What came of all scripts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    /// How many passed, of how many, by theme.
    pub themes: BTreeMap<String, Counted>,
    pub scripts: Vec<Outcome>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub passed: usize,
    pub of: usize,
}

/// What came of one script.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub name: String,
    pub theme: String,
    pub file: PathBuf,
    pub passed: bool,
    pub failures: Vec<Failure>,
}

/// A turn that was not as expected.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Failure {
    /// From 1; 0 is what was to be so before the first.
    pub turn: usize,
    /// What the shopper did.
    pub did: String,
    pub expected: Vec<String>,
    pub reply: Vec<String>,
    pub intents: Vec<String>,
    pub actions: Vec<String>,
    pub articles: Vec<String>,
    pub cards: Vec<String>,
    pub buttons: Vec<String>,
    pub cart: Vec<String>,
}

impl Report {
    pub fn add(&mut self, outcome: Outcome) {
        let counted = self.themes.entry(outcome.theme.clone()).or_default();
        counted.of += 1;
        if outcome.passed {
            self.passed += 1;
            counted.passed += 1;
        } else {
            self.failed += 1;
        }
        self.scripts.push(outcome);
    }

    /// What failed and how, then the sums.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for outcome in self.scripts.iter().filter(|outcome| !outcome.passed) {
            let _ = writeln!(text, "FAILED  {}  ({})", outcome.name, outcome.file.display());
            outcome
                .failures
                .iter()
                .for_each(|failure| failure.write(&mut text));
        }
        let width = self
            .themes
            .keys()
            .map(|theme| theme.len())
            .max()
            .unwrap_or_default();
        for (theme, counted) in self.themes.iter().filter(|(theme, _)| !theme.is_empty()) {
            let _ = writeln!(text, "{theme:width$}  {} of {}", counted.passed, counted.of);
        }
        let _ = writeln!(
            text,
            "{} of {} conversations went as expected",
            self.passed,
            self.scripts.len()
        );
        text
    }
}

impl Failure {
    pub(super) fn of(turn: usize, did: String, wrong: &[Wrong], heard: &Heard) -> Self {
        Self {
            turn,
            did,
            expected: wrong
                .iter()
                .map(|wrong| format!("{}: {}", wrong.key, wrong.expected))
                .collect(),
            reply: heard.texts.clone(),
            intents: heard.intents.clone(),
            actions: heard.actions.clone(),
            articles: heard.articles.clone(),
            cards: heard.cards.iter().map(|card| card.title.clone()).collect(),
            buttons: heard.buttons.iter().map(|button| button.text.clone()).collect(),
            cart: heard
                .cart
                .iter()
                .map(|line| format!("{} × {}", line.quantity, line.item))
                .collect(),
        }
    }

    /// What hindered the shopper.
    pub(super) fn hindered(turn: usize, did: String, why: String) -> Self {
        Self {
            turn,
            did,
            expected: vec![why],
            ..Self::default()
        }
    }

    fn write(&self, text: &mut String) {
        let _ = match self.turn {
            0 => writeln!(text, "  before the first turn"),
            turn => writeln!(text, "  turn {turn} {}", self.did),
        };
        for expected in &self.expected {
            let _ = writeln!(text, "    expected  {}", short(expected));
        }
        for (name, came) in [
            ("reply", &self.reply),
            ("intent", &self.intents),
            ("action", &self.actions),
            ("article", &self.articles),
            ("cards", &self.cards),
            ("buttons", &self.buttons),
            ("cart", &self.cart),
        ] {
            if !came.is_empty() {
                let came: Vec<String> = came.iter().map(|part| short(part)).collect();
                let _ = writeln!(text, "    {name:8}  {}", came.join(" | "));
            }
        }
    }
}

/// On one line, and not longer than it is worth.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_with_what_came() {
        let heard = Heard {
            texts: vec!["It costs\n$5.00".into()],
            actions: vec!["quote".into()],
            ..Heard::default()
        };
        let wrong = [Wrong {
            key: "reply",
            expected: "has “$6.00”".into(),
        }];
        let outcome = |name: &str, failures: Vec<Failure>| Outcome {
            name: name.into(),
            theme: "shipping".into(),
            file: "a.yml".into(),
            passed: failures.is_empty(),
            failures,
        };
        let mut report = Report::default();
        report.add(outcome("Good", Vec::new()));
        report.add(outcome(
            "Bad",
            vec![Failure::of(2, "says “x”".into(), &wrong, &heard)],
        ));
        let text = report.text();
        for part in [
            "Bad  (a.yml)",
            "turn 2 says “x”",
            "expected  reply: has “$6.00”",
            "It costs $5.00",
            "action    quote",
            "shipping  1 of 2",
            "1 of 2 conversations",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        assert!(!text.contains("Good"));
        assert_eq!((report.passed, report.failed), (1, 1));
    }
}
