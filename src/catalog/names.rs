//! What the catalogue calls things: brands, categories and materials, which messages are searched for.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Catalogue;
use super::entries::Category;
use crate::nlu::entities::Entry;
use crate::nlu::{EntityKind, Gazetteer, Nlu};

/// How often it is looked whether the catalogue changed.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Words before a material that say how it is made, not what it is: "recycled nylon" is nylon.
const MATERIAL_WORDS: usize = 2;

/// The names of a catalogue's brands, categories and materials.
pub fn gazetteer(catalogue: &Catalogue) -> Gazetteer {
    let brands = catalogue.brands();
    let brands = brands
        .iter()
        .map(|brand| (EntityKind::Brand, brand.value.clone()));
    let mut categories = BTreeSet::new();
    collect(&catalogue.categories(), &mut categories);
    let categories = categories.into_iter().map(|name| (EntityKind::Category, name));
    let mut materials = BTreeSet::new();
    for item in catalogue.all().iter() {
        if let Some(listed) = item.attributes.get("material") {
            materials.extend(listed.split([',', '/']).filter_map(material));
        }
    }
    let materials = materials.into_iter().map(|name| (EntityKind::Material, name));
    Gazetteer::new(
        brands
            .chain(categories)
            .chain(materials)
            .map(|(kind, value)| Entry {
                kind,
                value,
                synonyms: Vec::new(),
            }),
    )
}

fn collect(categories: &[Category], names: &mut BTreeSet<String>) {
    for category in categories {
        names.insert(category.name.clone());
        collect(&category.within, names);
    }
}

/// "3-layer recycled nylon" is nylon; a plain name of two words stays ("merino wool").
fn material(listed: &str) -> Option<String> {
    let words: Vec<&str> = listed
        .split_whitespace()
        .filter(|word| word.chars().all(char::is_alphabetic))
        .collect();
    let made = [
        "recycled",
        "waxed",
        "boiled",
        "coated",
        "natural",
        "organic",
        "enamelled",
    ];
    let kept: Vec<&str> = words.into_iter().filter(|word| !made.contains(word)).collect();
    let from = kept.len().saturating_sub(MATERIAL_WORDS);
    let name = kept[from..].join(" ").to_lowercase();
    (name.chars().count() > 2).then_some(name)
}

/// Tells the understanding what the catalogue calls things, now and after each change, until `stop`.
pub fn watch_names(catalogue: &Catalogue, nlu: &Nlu, stop: CancellationToken) -> JoinHandle<()> {
    let (catalogue, nlu) = (catalogue.clone(), nlu.clone());
    let mut known = catalogue.revision();
    nlu.set_gazetteer(gazetteer(&catalogue));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(WATCH_EVERY) => {}
            }
            if catalogue.revision() != known {
                known = catalogue.revision();
                nlu.set_gazetteer(gazetteer(&catalogue));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn materials_are_named_as_people_do() {
        for (listed, expected) in [
            ("3-layer recycled nylon", Some("nylon")),
            ("merino wool", Some("merino wool")),
            (" aluminium poles", Some("aluminium poles")),
            ("750-fill duck down", Some("duck down")),
            ("waxed cotton", Some("cotton")),
            ("", None),
        ] {
            assert_eq!(material(listed).as_deref(), expected, "{listed}");
        }
    }
}
