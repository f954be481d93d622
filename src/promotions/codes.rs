//! Codes: how they are made, and how what a shopper types is recognised.

use rand::{Rng, RngExt};

/// Characters of generated codes: none that is taken for another, written or read.
const ALPHABET: &[u8] = b"ACDEFGHJKMNPQRTUVWXY34679";
/// Stands for a character of [`ALPHABET`] in a pattern.
const ANY: char = '#';
const FEWEST_ANY: usize = 4;
const LENGTH: std::ops::RangeInclusive<usize> = 3..=40;
/// A pattern has room for so many codes for each that is made: who guesses misses.
pub const ROOM: u64 = 100;

/// Whether a shop may write a code so.
pub fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    LENGTH.contains(&text.len()) && text.bytes().all(fits) && code_key(text).len() >= *LENGTH.start()
}

/// Whether codes can be made from it.
pub fn is_pattern(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == ANY;
    LENGTH.contains(&text.len())
        && text.chars().all(fits)
        && text.chars().filter(|letter| *letter == ANY).count() >= FEWEST_ANY
}

/// How many codes a pattern has room for.
pub fn room(pattern: &str) -> u64 {
    let places = pattern.chars().filter(|letter| *letter == ANY).count();
    let places = u32::try_from(places).unwrap_or(u32::MAX);
    (ALPHABET.len() as u64).saturating_pow(places)
}

/// A code at random, from a source that nobody can foresee.
pub fn generate(pattern: &str, random: &mut impl Rng) -> String {
    let letter = |letter: char| match letter {
        ANY => char::from(ALPHABET[random.random_range(0..ALPHABET.len())]),
        other => other.to_ascii_uppercase(),
    };
    pattern.chars().map(letter).collect()
}

/// One form of everything that may be meant by a code: letters in upper case, look-alikes as one character, full-width
/// forms as plain ones, and nothing but letters and digits.
pub fn code_key(typed: &str) -> String {
    typed
        .chars()
        .filter_map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0),
            other => Some(other),
        })
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            'Z' => '2',
            'S' => '5',
            'B' => '8',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn what_is_meant_is_found() {
        let key = code_key("FALL-A7QX");
        for typed in [
            "fall-a7qx",
            " FALL A7QX ",
            "FA11A7QX",
            "fall–a7qx",
            "ＦＡＬＬ－Ａ７ＱＸ",
            "FALL_A7QX",
        ] {
            assert_eq!(code_key(typed), key, "{typed}");
        }
        assert_ne!(code_key("FALL-A7QY"), key);
        assert_eq!(code_key("SAVE50"), code_key("5ave-5o"));
    }

    #[test]
    fn codes_follow_their_pattern_and_have_no_look_alikes() {
        let mut random = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let code = generate("fall-####", &mut random);
            let (prefix, rest) = code.split_at(5);
            assert_eq!(prefix, "FALL-");
            assert_eq!(rest.len(), 4);
            assert_eq!(code_key(rest), rest);
        }
    }

    #[test]
    fn only_fit_codes_and_patterns_are_taken() {
        assert!(is_code("WELCOME10"));
        for code in ["", "AB", "A--", "SAVE 10", "ünf", &"A".repeat(41)] {
            assert!(!is_code(code), "{code}");
        }
        assert!(is_pattern("FALL-####"));
        for pattern in ["FALL", "FALL-###", "FALL ####", "####?"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
        assert_eq!(room("FALL-####"), 390_625);
    }
}
