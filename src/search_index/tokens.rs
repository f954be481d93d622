//! Tokenizers for texts in which Chinese and other scripts stand side by side.
//!
//! Chinese is written without blanks. Single characters find most (a short question shares characters with its answer
//! even where words are cut differently), words of a dictionary tell more where they agree: each is a field of its own.

use std::sync::{LazyLock, PoisonError, RwLock};

use jieba_rs::Jieba;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::normalise::simplified;
use crate::text::script::is_chinese;

/// The dictionary, with what shops call their goods. It takes tens of megabytes: a shop without Chinese never loads it.
static DICTIONARY: LazyLock<RwLock<Jieba>> = LazyLock::new(|| RwLock::new(Jieba::new()));

/// Tells the dictionary words that it may not know: brands, products, categories.
pub fn learn_words<'a>(words: impl Iterator<Item = &'a str>) {
    let mut words = words
        .filter(|word| word.chars().count() > 1 && word.chars().all(is_chinese))
        .peekable();
    if words.peek().is_none() {
        return;
    }
    let mut dictionary = DICTIONARY.write().unwrap_or_else(PoisonError::into_inner);
    for word in words {
        if !dictionary.has_word(word) {
            dictionary.add_word(word, None, None);
        }
    }
}

/// Runs of letters and digits, each Chinese character a token of its own, in the simplified form.
#[derive(Clone, Default)]
pub struct Characters {
    tokens: Vec<Token>,
}

/// Chinese words of two characters and more, by the dictionary, and nothing else.
#[derive(Clone, Default)]
pub struct DictionaryWords {
    tokens: Vec<Token>,
}

/// Tokens that were cut beforehand.
pub struct Cut<'a> {
    tokens: &'a mut Vec<Token>,
    next: usize,
}

impl Tokenizer for Characters {
    type TokenStream<'a> = Cut<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut<'a> {
        self.tokens.clear();
        let simple = simplified(text);
        let mut start = 0;
        for (at, letter) in simple.char_indices() {
            let end = at + letter.len_utf8();
            if is_chinese(letter) || !letter.is_alphanumeric() {
                push(&mut self.tokens, &simple, start, at);
                start = end;
            }
            if is_chinese(letter) {
                push(&mut self.tokens, &simple, at, end);
            }
        }
        push(&mut self.tokens, &simple, start, simple.len());
        Cut::of(&mut self.tokens)
    }
}

impl Tokenizer for DictionaryWords {
    type TokenStream<'a> = Cut<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut<'a> {
        self.tokens.clear();
        if text.chars().any(is_chinese) {
            let simple = simplified(text);
            let dictionary = DICTIONARY.read().unwrap_or_else(PoisonError::into_inner);
            let mut at = 0;
            for run in simple.split_inclusive(|letter| !is_chinese(letter)) {
                let chinese = run.trim_end_matches(|letter| !is_chinese(letter));
                for word in dictionary.cut_for_search(chinese, true) {
                    if word.word.chars().nth(1).is_some() {
                        let start = at + (word.word.as_ptr() as usize - chinese.as_ptr() as usize);
                        push(&mut self.tokens, &simple, start, start + word.word.len());
                    }
                }
                at += run.len();
            }
        }
        Cut::of(&mut self.tokens)
    }
}

fn push(tokens: &mut Vec<Token>, text: &str, start: usize, end: usize) {
    if start < end {
        tokens.push(Token {
            offset_from: start,
            offset_to: end,
            position: tokens.len(),
            text: text[start..end].to_owned(),
            position_length: 1,
        });
    }
}

impl<'a> Cut<'a> {
    fn of(tokens: &'a mut Vec<Token>) -> Self {
        Self { tokens, next: 0 }
    }
}

impl TokenStream for Cut<'_> {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokenizer: &mut impl Tokenizer, text: &str) -> Vec<String> {
        let mut stream = tokenizer.token_stream(text);
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push(stream.token().text.clone());
        }
        tokens
    }

    #[test]
    fn characters_and_words() {
        let text = "買 Northpeak 雙人帳篷, L碼2頂";
        assert_eq!(
            tokens(&mut Characters::default(), text),
            ["买", "Northpeak", "双", "人", "帐", "篷", "L", "码", "2", "顶"]
        );
        learn_words(["双人帐篷", "Northpeak", "帐"].into_iter());
        let words = tokens(&mut DictionaryWords::default(), text);
        assert!(
            words.contains(&"帐篷".to_owned()) && words.contains(&"双人帐篷".to_owned()),
            "{words:?}"
        );
        assert_eq!(tokens(&mut DictionaryWords::default(), "where is it"), [""; 0]);
    }
}
