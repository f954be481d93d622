//! When two texts say the same: upper case, kinds of spaces, dashes and quotes make no difference.

/// The text in the form in which texts are compared.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '’' | '‘' | '`' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            '–' | '—' | '‑' | '−' => plain.push('-'),
            // Markdown's emphasis is no word.
            '*' => {}
            letter if letter.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            letter => plain.extend(letter.to_lowercase()),
        }
    }
    plain.trim().to_owned()
}

/// Whether `wanted` stands in `text`. A number stands there only whole: `5` is not in `$15.95`.
pub fn says(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (plain(text), plain(wanted));
    if wanted.is_empty() {
        return false;
    }
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    text.match_indices(&wanted).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + wanted.len()..]);
        let cut_before = digit(wanted.chars().next()) && runs_back(before);
        let cut_after = digit(wanted.chars().next_back()) && runs_on(after);
        !cut_before && !cut_after
    })
}

/// Whether a number that begins before goes on here.
fn runs_back(before: &str) -> bool {
    let mut letters = before.chars().rev();
    match letters.next() {
        Some(letter) if letter.is_ascii_digit() => true,
        Some('.' | ',') => letters.next().is_some_and(|letter| letter.is_ascii_digit()),
        _ => false,
    }
}

/// Whether the number goes on after what was found.
fn runs_on(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        Some(letter) if letter.is_ascii_digit() => true,
        // `75` is in `75.00`, and not in `75.50` or `75,000`.
        Some(mark @ ('.' | ',')) => {
            let rest: String = letters.take_while(char::is_ascii_digit).collect();
            !rest.is_empty() && (mark == ',' || rest.bytes().any(|digit| digit != b'0'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_case_make_no_difference() {
        assert!(says(
            "You **can’t**  return 3–5 things",
            "can't return 3-5 THINGS"
        ));
        assert!(!says("anything", ""));
    }

    #[test]
    fn numbers_are_whole() {
        for (text, wanted, expected) in [
            ("it costs $15.95", "5.95", false),
            ("it costs 5.95 USD", "5.95", true),
            ("from 75 USD.", "75", true),
            ("from $75.00", "75", true),
            ("from $75.50", "75", false),
            ("1,075", "75", false),
            ("order 10432.", "10432", true),
            ("order 104321", "10432", false),
            ("$109.00", "$1", false),
        ] {
            assert_eq!(says(text, wanted), expected, "{text}: {wanted}");
        }
    }
}
