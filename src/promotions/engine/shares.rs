//! Shares of amounts, in whole minor units.

use std::cmp::Reverse;

use crate::promotions::campaign::{MinorUnits, Permyriad, WHOLE};

/// `share` of `amount`, rounded half to even. Amounts are not below zero.
pub fn share_of(amount: MinorUnits, share: Permyriad) -> MinorUnits {
    part_of(amount, share.into(), WHOLE.into())
}

/// `amount` × `part` / `whole`, rounded half to even. None is below zero, `whole` is above it, and `part` is at most
/// `whole`.
pub fn part_of(amount: MinorUnits, part: u64, whole: u64) -> MinorUnits {
    let (floor, rest) = divided(amount, i128::from(part), i128::from(whole));
    let up = match (rest * 2).cmp(&i128::from(whole)) {
        std::cmp::Ordering::Greater => 1,
        std::cmp::Ordering::Equal => floor % 2,
        std::cmp::Ordering::Less => 0,
    };
    floor + up
}

/// `amount` × `part` / `whole`, and the remainder. None is below zero, and `part` is at most `whole`.
fn divided(amount: MinorUnits, part: i128, whole: i128) -> (MinorUnits, i128) {
    let product = i128::from(amount) * part;
    // Nearly always; a division of 64 bits is several times as quick.
    if let (Ok(product), Ok(whole)) = (i64::try_from(product), i64::try_from(whole)) {
        return (product / whole, (product % whole).into());
    }
    // A part of an amount: within the range.
    let floor = MinorUnits::try_from(product / whole).unwrap_or(amount);
    (floor, product % whole)
}

/// Takes `amount` off `parts` (all not below zero, together at least `amount`) in proportion to them: floors first, then
/// one unit each to the largest remainders, the earlier part first among equals. No part falls below zero.
pub fn take_off(amount: MinorUnits, parts: &mut [MinorUnits], places: &[usize]) {
    let whole: i128 = places.iter().map(|place| i128::from(parts[*place])).sum();
    if whole == 0 || amount == 0 {
        return;
    }
    if whole == i128::from(amount) {
        places.iter().for_each(|place| parts[*place] = 0);
        return;
    }
    let mut left = amount;
    let mut remainders: Vec<(Reverse<i128>, usize)> = Vec::with_capacity(places.len());
    for &place in places {
        let (floor, remainder) = divided(parts[place], amount.into(), whole);
        parts[place] -= floor;
        left -= floor;
        remainders.push((Reverse(remainder), place));
    }
    // Fewer units are left than there are parts with a remainder.
    let units = usize::try_from(left).unwrap_or(0);
    if units > 0 {
        remainders.select_nth_unstable(units - 1);
    }
    for (_, place) in remainders.into_iter().take(units) {
        parts[place] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_to_the_even_unit() {
        for (amount, share, expected) in [
            (1, 5_000, 0),
            (3, 5_000, 2),
            (5, 5_000, 2),
            (25, 1_000, 2),
            (35, 1_000, 4),
            (999, 1_250, 125),
            (1_299, 3_333, 433),
            (0, 10_000, 0),
            (1_299, 10_000, 1_299),
        ] {
            assert_eq!(share_of(amount, share), expected, "{share} of {amount}");
        }
    }

    #[test]
    fn equal_remainders_go_to_the_earlier_part() {
        let mut parts = [100, 100, 100];
        take_off(100, &mut parts, &[0, 1, 2]);
        assert_eq!(parts, [66, 67, 67]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_above_zero(
            parts in prop::collection::vec(0i64..1_000_000, 1..12),
            share in 0u32..=10_000,
        ) {
            let whole: i64 = parts.iter().sum();
            let amount = share_of(whole, share);
            let mut left = parts.clone();
            let places: Vec<usize> = (0..parts.len()).collect();
            take_off(amount, &mut left, &places);
            prop_assert_eq!(left.iter().sum::<i64>(), whole - amount);
            for (left, part) in left.iter().zip(&parts) {
                prop_assert!((0..=*part).contains(left));
            }
        }
    }
}
