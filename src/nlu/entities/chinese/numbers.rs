//! Numbers in Chinese characters, in digits, and in both: 两百五, 1.5万, 十二.

/// A whole number.
pub(super) fn whole(text: &str) -> Option<u32> {
    match text.trim() {
        "俩" => Some(2),
        "仨" => Some(3),
        text if text.starts_with(|c: char| c.is_ascii_digit()) => text.replace(',', "").parse().ok(),
        text => in_characters(text),
    }
}

/// An amount in hundredths: "99.90", "1.5万", 两百, "2千".
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(i64::from(in_characters(text)?) * 100);
    }
    let (digits, times) = match text.char_indices().next_back()? {
        (at, '百') => (&text[..at], 100),
        (at, '千' | 'k') => (&text[..at], 1000),
        (at, '万') => (&text[..at], 10_000),
        _ => (text, 1),
    };
    super::super::numbers::hundredths(digits)?.checked_mul(times)
}

fn digit(c: char) -> Option<u32> {
    let at = "零一二三四五六七八九".chars().position(|known| known == c);
    match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => at.map(|at| at as u32),
    }
}

/// 一百二十, 两百五 (which is 250), 十二, 三万五千, 二零二六.
fn in_characters(text: &str) -> Option<u32> {
    if text.chars().count() > 1 && text.chars().all(|c| digit(c).is_some()) {
        return text
            .chars()
            .try_fold(0u32, |sum, c| sum.checked_mul(10)?.checked_add(digit(c)?));
    }
    let (mut all, mut part, mut number) = (0u32, 0u32, None);
    // What the number after the last unit counts in, when it stands last: 两百五 is 两百五十.
    let mut next = 1u32;
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '万' => 10_000,
            '零' | '〇' => {
                next = 1;
                continue;
            }
            c => {
                number = Some(digit(c)?);
                continue;
            }
        };
        next = unit / 10;
        if unit == 10_000 {
            all = (part + number.take().unwrap_or(0)).checked_mul(unit)?;
            part = 0;
        } else {
            part = part.checked_add(number.take().unwrap_or(1) * unit)?;
        }
    }
    let rest = number.map_or(0, |number| number * next);
    all.checked_add(part)?.checked_add(rest).filter(|sum| *sum > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_characters_and_digits() {
        for (text, value) in [
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("一百", 100),
            ("一百零五", 105),
            ("两百五", 250),
            ("一百二十", 120),
            ("一千二", 1200),
            ("三万五千", 35_000),
            ("二零二六", 2026),
            ("俩", 2),
            ("12", 12),
        ] {
            assert_eq!(whole(text), Some(value), "{text}");
        }
        assert_eq!((whole("帐篷"), whole("零")), (None, None));
        for (text, value) in [
            ("两百", 20_000),
            ("1.5万", 1_500_000),
            ("2千", 200_000),
            ("99.9", 9990),
        ] {
            assert_eq!(hundredths(text), Some(value), "{text}");
        }
    }
}
