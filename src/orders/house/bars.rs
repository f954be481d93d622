//! A code that scanners read: Code 39 (ISO/IEC 16388) of what returns are called. Pure.

/// Bars and gaps of a character, in turn; `w` is a wide one.
const CHARACTERS: [(char, &str); 13] = [
    ('0', "nnnwwnwnn"),
    ('1', "wnnwnnnnw"),
    ('2', "nnwwnnnnw"),
    ('3', "wnwwnnnnn"),
    ('4', "nnnwwnnnw"),
    ('5', "wnnwwnnnn"),
    ('6', "nnwwwnnnn"),
    ('7', "nnnwnnwnw"),
    ('8', "wnnwnnwnn"),
    ('9', "nnwwnnwnn"),
    ('R', "wnnnnnwwn"),
    ('-', "nwnnnnwnw"),
    ('*', "nwnnwnwnn"),
];
const WIDE: u32 = 3;

/// Left edge and width of each bar, and the width of all, in narrow bars. Text of digits, `R` and `-`.
pub fn bars(text: &str) -> (Vec<(u32, u32)>, u32) {
    let (mut bars, mut at) = (Vec::new(), 0);
    // The star begins and ends every code.
    for character in format!("*{text}*").chars() {
        let known = CHARACTERS.iter().find(|(known, _)| *known == character);
        let Some((_, widths)) = known else {
            continue;
        };
        for (place, width) in widths.chars().enumerate() {
            let width = if width == 'w' { WIDE } else { 1 };
            if place % 2 == 0 {
                bars.push((at, width));
            }
            at += width;
        }
        // A narrow gap between characters.
        at += 1;
    }
    (bars, at.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_five_bars_a_character_and_three_wide_elements() {
        for (character, widths) in CHARACTERS {
            assert_eq!(widths.len(), 9, "{character}");
            assert_eq!(widths.matches('w').count(), 3, "{character}");
        }
        let (drawn, width) = bars("1");
        // Three characters of 6 narrow and 3 wide elements, and two gaps.
        assert_eq!((drawn.len(), width), (15, 3 * (6 + 3 * WIDE) + 2));
        assert_eq!(drawn[..5], [(0, 1), (4, 1), (6, 3), (10, 3), (14, 1)]);
    }
}
