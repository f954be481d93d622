//! Spelling mistakes made on purpose: to train on, and to measure how well messages with mistakes are understood.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

/// Shorter words are seldom mistyped, and often become other words.
const LETTERS: usize = 4;

/// `text` with a mistake in one of its longer words, the same for the same `number`: two letters swapped, one lost, one
/// doubled or one replaced by its neighbour on the keyboard. A text of short words only stays as it is.
pub fn misspelt(text: &str, number: usize) -> String {
    let digest = Sha256::digest(format!("{number} {text}"));
    let mut seed = [0; 32];
    seed.copy_from_slice(&digest);
    let mut random = StdRng::from_seed(seed);
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len())
        .filter(|at| words[*at].chars().filter(|c| c.is_ascii_alphabetic()).count() >= LETTERS)
        .collect();
    if long.is_empty() {
        return text.to_owned();
    }
    let at = long[random.random_range(0..long.len())];
    words[at] = mistyped(&words[at], &mut random);
    words.join(" ")
}

fn mistyped(word: &str, random: &mut StdRng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    // The first letter is nearly always right.
    let at = random.random_range(1..letters.len() - 1);
    match random.random_range(0..4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = beside(letters[at]),
    }
    letters.into_iter().collect()
}

/// The key to the right of a letter's, or to the left at the row's end.
fn beside(letter: char) -> char {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let row = ROWS.iter().find(|row| row.contains(letter.to_ascii_lowercase()));
    row.and_then(|row| {
        let at = row.find(letter.to_ascii_lowercase())?;
        row[at + 1..].chars().next().or_else(|| row[..at].chars().last())
    })
    .unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_wrong_and_always_the_same_way() {
        let text = "where is my order";
        let wrong: Vec<String> = (0..20).map(|number| misspelt(text, number)).collect();
        assert_eq!(misspelt(text, 3), wrong[3]);
        assert!(
            wrong.iter().filter(|wrong| *wrong != text).count() > 15,
            "{wrong:?}"
        );
        assert!(wrong.iter().all(|wrong| wrong.split(' ').count() == 4));
        assert_eq!(misspelt("is it ok", 1), "is it ok");
    }
}
