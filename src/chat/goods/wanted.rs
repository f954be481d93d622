//! What a message wants of the catalogue: limits from its entities, and the categories and brands that it names.

use crate::catalog::{Catalogue, Category, Money};
use crate::nlu::{EntityKind, EntityValue, Understanding};
use crate::text::normalise::normalise;

/// Words before a name that turn it around: "not Northpeak".
const NOT: [&str; 6] = ["not", "no", "without", "except", "but", "anything"];

/// Limits that products must keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Path of the narrowest category that is named.
    pub category: Option<String>,
    pub brand: Option<String>,
    pub not_brands: Vec<String>,
    pub min_price: Option<Money>,
    pub max_price: Option<Money>,
}

impl Wanted {
    /// Reads them from a message. Amounts without a currency are in the catalogue's.
    pub fn of(understanding: &Understanding, catalogue: &Catalogue) -> Self {
        let words = words(understanding.read_as.as_deref().unwrap_or(&understanding.text));
        let mut wanted = Self {
            category: named_category(&words, &catalogue.categories(), &mut Vec::new()),
            ..Self::default()
        };
        for brand in catalogue.brands().iter() {
            match place(&words, &brand.value) {
                Some(at) if at > 0 && NOT.contains(&words[at - 1].as_str()) => {
                    wanted.not_brands.push(brand.value.clone());
                }
                Some(_) => wanted.brand = Some(brand.value.clone()),
                None => {}
            }
        }
        let usual = catalogue.currency();
        let amount = |money: &crate::nlu::Money| {
            let currency = money.currency.map(str::to_owned).or_else(|| usual.clone())?;
            Some(Money {
                minor: money.minor,
                currency,
            })
        };
        for entity in &understanding.entities {
            if let (EntityKind::PriceRange, EntityValue::Price { min, max }) = (&entity.kind, &entity.value) {
                wanted.min_price = min.as_ref().and_then(amount);
                wanted.max_price = max.as_ref().and_then(amount);
            }
        }
        wanted
    }
}

/// The path of the deepest category whose name stands in the message.
fn named_category(words: &[String], categories: &[Category], path: &mut Vec<String>) -> Option<String> {
    for category in categories {
        path.push(category.name.clone());
        let deeper = named_category(words, &category.within, path);
        let own = || place(words, &category.name).map(|_| path.join(" > "));
        let found = deeper.or_else(own);
        path.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Where a name stands among the words, in singular or plural.
fn place(message: &[String], name: &str) -> Option<usize> {
    let name = words(name);
    if name.is_empty() || name.len() > message.len() {
        return None;
    }
    (0..=message.len() - name.len()).find(|at| {
        let here = &message[*at..*at + name.len()];
        here.iter()
            .zip(&name)
            .all(|(one, other)| singular(one) == singular(other))
    })
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

fn words(text: &str) -> Vec<String> {
    let text = normalise(text).to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_number() {
        let message = words("Which tent is best? Not Northpeak!");
        assert_eq!(place(&message, "Tents"), Some(1));
        assert_eq!(place(&message, "Northpeak"), Some(5));
        assert_eq!(place(&message, "Tent pegs"), None);
        assert_eq!(place(&words("glass jars"), "Glass"), Some(0));
    }

    #[test]
    fn the_narrowest_category_is_meant() {
        let category = |name: &str, within: Vec<Category>| Category {
            name: name.into(),
            count: 1,
            within,
        };
        let tree = [
            category("Camping", vec![category("Tents", vec![])]),
            category("Boots", vec![]),
        ];
        let named = |text: &str| named_category(&words(text), &tree, &mut Vec::new());
        assert_eq!(named("a tent for camping"), Some("Camping > Tents".into()));
        assert_eq!(named("something for camping"), Some("Camping".into()));
        assert_eq!(named("boots"), Some("Boots".into()));
        assert_eq!(named("a lamp"), None);
    }
}
