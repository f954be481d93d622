//! An article in passages: a heading's section each, long ones divided between sentences.

use crate::text::sentences::{Piece, join, pieces};

/// Words in a passage before it is divided: what the encoder sees of a text, title and heading before it, is some 95.
const MOST_WORDS: usize = 80;

/// A part of an article that can be quoted on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The section's heading; none for what stands before the first.
    pub heading: Option<String>,
    /// Sentences and list items, Markdown.
    pub pieces: Vec<Piece>,
}

impl Passage {
    pub fn text(&self) -> String {
        join(&self.pieces)
    }
}

/// The passages of a Markdown body, in its order. There is at least one when the body has text.
pub fn passages(body: &str) -> Vec<Passage> {
    sections(body)
        .into_iter()
        .flat_map(|(heading, text)| divide(heading, pieces(&text)))
        .collect()
}

fn sections(body: &str) -> Vec<(Option<String>, String)> {
    let mut sections = vec![(None, String::new())];
    for line in body.lines() {
        let level = line.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            sections.push((Some(line[level..].trim().to_owned()), String::new()));
        } else if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    sections.retain(|(_, text)| !text.trim().is_empty());
    sections
}

fn divide(heading: Option<String>, pieces: Vec<Piece>) -> Vec<Passage> {
    let mut passages = Vec::new();
    let (mut part, mut words) = (Vec::new(), 0);
    for piece in pieces {
        let count = piece.text.split_whitespace().count();
        if words > 0 && words + count > MOST_WORDS {
            passages.push(Passage {
                heading: heading.clone(),
                pieces: std::mem::take(&mut part),
            });
            words = 0;
        }
        words += count;
        part.push(piece);
    }
    if !part.is_empty() {
        passages.push(Passage {
            heading,
            pieces: part,
        });
    }
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_long_ones_divided() {
        let long = "A sentence of six words here. ".repeat(100);
        let passages = passages(&format!("Intro.\n\n## Abroad\n\n{long}"));
        assert_eq!(passages[0].heading, None);
        assert_eq!(passages.len(), 1 + 8);
        assert!(
            passages[1..]
                .iter()
                .all(|passage| passage.heading.as_deref() == Some("Abroad"))
        );
        assert!(passages[1].text().ends_with("here."));
    }
}
