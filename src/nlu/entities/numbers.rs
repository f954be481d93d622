//! Numbers in digits and in words.

/// Number words and their values, from which longer numbers are put together.
const WORDS: [(&str, u32); 33] = [
    ("a", 1),
    ("an", 1),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fourty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("hundred", 100),
    ("thousand", 1000),
    ("dozen", 12),
];

/// Ordinal words and their values.
const ORDINALS: [(&str, i32); 12] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("last", -1),
    ("final", -1),
];

/// A whole number: "12", "a hundred and twenty", "half a dozen", "a couple".
pub(super) fn whole(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.replace(',', "").parse().ok();
    }
    match text {
        "half a dozen" => return Some(6),
        "a couple" | "couple" | "a pair" | "both" => return Some(2),
        _ => {}
    }
    let (mut sum, mut part) = (0u32, 0u32);
    for word in text.split([' ', '-']).filter(|word| !matches!(*word, "" | "and")) {
        let (_, value) = WORDS.iter().find(|(known, _)| *known == word)?;
        match value {
            1000 => {
                sum = sum.checked_add(part.max(1).checked_mul(1000)?)?;
                part = 0;
            }
            100 => part = part.max(1).checked_mul(100)?,
            12 if word == "dozen" => part = part.max(1).checked_mul(12)?,
            value => part = part.checked_add(*value)?,
        }
    }
    sum.checked_add(part).filter(|sum| *sum > 0)
}

/// A place: "second", "2nd"; negative counts from the end.
pub(super) fn place(text: &str) -> Option<i32> {
    let known = ORDINALS.iter().find(|(word, _)| *word == text);
    known.map(|(_, place)| *place).or_else(|| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse().ok().filter(|place| *place > 0)
    })
}

/// A decimal number in hundredths: "1,299.00", "45,50", "1.299,00", "9.5".
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let last = text.rfind(['.', ',']);
    // The last separator is a decimal point unless three digits follow it.
    let point = last.filter(|at| text.len() - at - 1 != 3);
    let (whole, fraction) = point.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = match fraction.len() {
        0 => 0,
        1 => fraction.parse::<i64>().ok()? * 10,
        _ => fraction.get(..2)?.parse().ok()?,
    };
    whole.checked_mul(100)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_digits_and_words() {
        for (text, value) in [
            ("12", 12),
            ("1,200", 1200),
            ("eighty", 80),
            ("twenty-five", 25),
            ("a hundred and twenty", 120),
            ("two thousand five hundred", 2500),
            ("a dozen", 12),
            ("half a dozen", 6),
        ] {
            assert_eq!(whole(text), Some(value), "{text}");
        }
        assert_eq!((whole("tent"), whole("99999999999")), (None, None));
        for (text, value) in [
            ("1,299.00", 129_900),
            ("1.299,00", 129_900),
            ("45,50", 4550),
            ("9.5", 950),
            ("1,299", 129_900),
            ("1.299", 129_900),
            ("7", 700),
        ] {
            assert_eq!(hundredths(text), Some(value), "{text}");
        }
        assert_eq!(
            (place("second"), place("3rd"), place("last")),
            (Some(2), Some(3), Some(-1))
        );
    }
}
