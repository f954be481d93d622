//! Splits Markdown text into pieces that may be quoted apart: sentences, and whole list items.

/// Words after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 22] = [
    "e.g", "i.e", "etc", "mr", "mrs", "ms", "dr", "st", "no", "vs", "approx", "min", "max", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "in", "fig",
];

/// A piece of text and how it joins the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// What stands between the piece before and this one: a space, a line break or an empty line.
    pub joint: &'static str,
}

/// The pieces of a Markdown text. Joining them with their joints gives the text back, white space aside.
pub fn pieces(markdown: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for block in markdown
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty())
    {
        let items = list_items(block);
        if items.len() > 1 || is_item(block) {
            let joint = |index| if index == 0 { "\n\n" } else { "\n" };
            pieces.extend(items.into_iter().enumerate().map(|(index, text)| Piece {
                text,
                joint: joint(index),
            }));
        } else {
            let block = block.split_whitespace().collect::<Vec<_>>().join(" ");
            let joint = |index| if index == 0 { "\n\n" } else { " " };
            let sentences = sentences(&block).into_iter().enumerate();
            pieces.extend(sentences.map(|(index, text)| Piece {
                text: text.into(),
                joint: joint(index),
            }));
        }
    }
    pieces
}

/// Puts pieces together again.
pub fn join(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            text.push_str(piece.joint);
        }
        text.push_str(&piece.text);
    }
    text
}

/// The sentences of one paragraph.
pub fn sentences(paragraph: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, mark) in paragraph.char_indices() {
        let chinese = matches!(mark, '。' | '！' | '？');
        if chinese || matches!(mark, '.' | '!' | '?') && ends_here(paragraph, at) {
            let end = closing_marks(paragraph, at + mark.len_utf8());
            if !paragraph[start..end].trim().is_empty() {
                sentences.push(paragraph[start..end].trim());
            }
            start = end;
        }
    }
    if !paragraph[start..].trim().is_empty() {
        sentences.push(paragraph[start..].trim());
    }
    sentences
}

fn ends_here(text: &str, at: usize) -> bool {
    let end = closing_marks(text, at + 1);
    let mut after = text[end..].chars();
    let spaced = after.next().is_none_or(char::is_whitespace);
    let begins = after
        .find(|c| !c.is_whitespace())
        .is_none_or(|c| !c.is_lowercase());
    let word = text[..at].rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    spaced && begins && !(text[at..].starts_with('.') && ABBREVIATIONS.contains(&word.as_str()))
}

fn closing_marks(text: &str, from: usize) -> usize {
    let closes = |c| {
        matches!(
            c,
            '"' | '\'' | ')' | '*' | '”' | '’' | '.' | '!' | '?' | '）' | '」' | '！' | '？'
        )
    };
    let closing = text[from..].find(|c| !closes(c));
    closing.map_or(text.len(), |length| from + length)
}

/// Items of a list with their continuation lines; what stands before the first item is a piece of its own.
fn list_items(block: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in block.lines() {
        match items.last_mut() {
            Some(item) if !is_item(line) => {
                item.push('\n');
                item.push_str(line);
            }
            _ => items.push(line.to_owned()),
        }
    }
    items
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let numbered = || {
        let digits = line.chars().take_while(char::is_ascii_digit).count();
        digits > 0 && line[digits..].starts_with(". ")
    };
    line.starts_with("- ") || line.starts_with("* ") || line.starts_with('|') || numbered()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        let text = "It costs 5.95 USD, e.g. by UPS. Free from 75! Mon. to Fri. 8:00. \"Really?\" Yes.";
        assert_eq!(
            sentences(text),
            [
                "It costs 5.95 USD, e.g. by UPS.",
                "Free from 75!",
                "Mon. to Fri. 8:00.",
                "\"Really?\"",
                "Yes."
            ]
        );
        assert_eq!(
            sentences("运费 5.95 美元。满 75 美元免运费！真的吗？“真的。”好。"),
            [
                "运费 5.95 美元。",
                "满 75 美元免运费！",
                "真的吗？",
                "“真的。”",
                "好。"
            ]
        );
    }

    #[test]
    fn joined_pieces_are_the_text() {
        let text = "First one. Second one.\n\n1. Open the box.\n   Carefully.\n2. Done.\n\nLast.";
        let pieces = pieces(text);
        assert_eq!(pieces.len(), 5);
        assert_eq!(join(&pieces), text);
    }
}
