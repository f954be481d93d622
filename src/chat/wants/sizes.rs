//! Whether a size is among those that a product is listed with: `S–XL` has M, `US 5–13` has 10.

/// Sizes of clothes, smallest first.
const LETTERS: [&str; 9] = ["XXS", "XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL"];

/// `None`: it is listed without sizes, or with such as can't be compared ("Regular" and "L").
pub fn comes_in(listed: &str, wanted: &str) -> Option<bool> {
    let listed = listed.trim();
    if listed.is_empty() || listed.eq_ignore_ascii_case("one size") {
        return None;
    }
    if plain(listed) == plain(wanted) {
        return Some(true);
    }
    if let Some((from, to)) = listed.split_once(['–', '-', '—']) {
        let (from, to) = (rank(from)?, rank(to)?);
        let wanted = rank(wanted)?;
        return (from.0 == wanted.0).then_some(from.1 <= wanted.1 && wanted.1 <= to.1);
    }
    // "L Tall" is an L for tall people.
    let first = listed.split_whitespace().next().unwrap_or_default();
    match (rank(listed).or_else(|| rank(first)), rank(wanted)) {
        (Some(listed), Some(wanted)) if listed.0 == wanted.0 => Some(listed.1 == wanted.1),
        (None, _) if listed.chars().all(|c| c.is_alphabetic() || c.is_whitespace()) => {
            // Short, Regular, Long: another word is another size, a letter says nothing of it.
            rank(wanted).is_none().then_some(false)
        }
        _ => None,
    }
}

/// The kind of a size (letters or numbers) and its place within it, in tenths.
fn rank(size: &str) -> Option<(u8, i32)> {
    let size = plain(size);
    let letters = match size.as_str() {
        "XXL" => "2XL",
        "XXXL" => "3XL",
        "XXXXL" => "4XL",
        other => other,
    };
    if let Some(place) = LETTERS.iter().position(|known| *known == letters) {
        return Some((0, place as i32));
    }
    let number: f64 = size.replace(',', ".").parse().ok()?;
    (0.0..=200.0)
        .contains(&number)
        .then_some((1, (number * 10.0) as i32))
}

fn plain(size: &str) -> String {
    let size = size.trim().to_uppercase();
    let bare = size.strip_prefix("US").or_else(|| size.strip_prefix("SIZE"));
    bare.unwrap_or(&size).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_found_in_ranges_and_lists() {
        for (listed, wanted, expected) in [
            ("S–XL", "M", Some(true)),
            ("S–XL", "XS", Some(false)),
            ("XS–3XL", "XXL", Some(true)),
            ("S–XL", "2XL", Some(false)),
            ("US 5–13", "10", Some(true)),
            ("US 5–13", "9.5", Some(true)),
            ("US 5–13", "14", Some(false)),
            ("US 9", "9", Some(true)),
            ("US 9", "us 10", Some(false)),
            ("M", "m", Some(true)),
            ("M", "L", Some(false)),
            ("L Tall", "L", Some(true)),
            ("Regular", "long", Some(false)),
            ("Regular", "L", None),
            ("one size", "L", None),
            ("", "L", None),
            ("500 ml", "L", None),
            ("US 5–13", "L", None),
        ] {
            assert_eq!(comes_in(listed, wanted), expected, "{listed} {wanted}");
        }
    }
}
