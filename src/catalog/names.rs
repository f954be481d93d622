//! What the catalogue calls things: brands, categories and materials, which messages are searched for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::entries::Category;
use super::{Catalogue, Item};
use crate::nlu::entities::Entry;
use crate::nlu::{CHINESE, EntityKind, Gazetteer, Languages};
use crate::search_index::learn_words;
use crate::text::normalise::words;
use crate::text::script::is_chinese;

/// How often it is looked whether the catalogue changed.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Words before a material that say how it is made, not what it is: "recycled nylon" is nylon.
const MATERIAL_WORDS: usize = 2;

/// The names of a catalogue's brands, categories and materials.
pub fn gazetteer(catalogue: &Catalogue) -> Arc<Gazetteer> {
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
    // "boots" is the first category whose name ends with it.
    let mut heads = BTreeSet::new();
    let entries = brands.chain(categories).chain(materials).map(|(kind, value)| {
        let head = value.rsplit(' ').next().unwrap_or_default().to_lowercase();
        let is_own = kind == EntityKind::Category && value.contains(' ') && heads.insert(head.clone());
        Entry {
            kind,
            value,
            synonyms: if is_own { vec![head] } else { Vec::new() },
        }
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.extend(in_chinese(catalogue));
    learn_words(
        entries
            .iter()
            .flat_map(|entry| &entry.synonyms)
            .map(String::as_str),
    );
    // Pieces of names: no words for the dictionary.
    let known: HashSet<String> = entries
        .iter()
        .flat_map(|entry| entry.synonyms.iter().cloned())
        .collect();
    entries.extend(heads_in_chinese(catalogue, &known));
    Arc::new(Gazetteer::new(entries))
}

/// Categories, materials and colours under their Chinese names, each with the shop's own word for it.
fn in_chinese(catalogue: &Catalogue) -> Vec<Entry> {
    let labels = catalogue.labels(CHINESE);
    let named = |kind: EntityKind, own: &str, other: &str| Entry {
        kind,
        value: own.to_owned(),
        // "袜子、手套与帽子" is three names.
        synonyms: other
            .split(['、', '与', '和', '/'])
            .map(str::trim)
            .filter(|name| name.chars().count() > 1)
            .map(str::to_owned)
            .collect(),
    };
    let categories = labels
        .categories()
        .map(|(own, other)| named(EntityKind::Category, own, other));
    let materials = labels.values("material").flat_map(|(own, other)| {
        let parts = own.split([',', '/']).zip(other.split(['，', '、', ',', '/']));
        parts
            .filter_map(|(own, other)| Some(named(EntityKind::Material, &material(own)?, other)))
            .collect::<Vec<_>>()
    });
    let colours = labels
        .values("color")
        .map(|(own, other)| named(EntityKind::Colour, own, other));
    categories.chain(materials).chain(colours).collect()
}

/// What a category's items are called beside its own name. Chinese names end with what the thing is, so each ending of a
/// title's first run of characters is a name of the category that nearly all titles with it belong to: 搪瓷杯 and 杯 of
/// "Brookstead 搪瓷杯 350 ml".
fn heads_in_chinese(catalogue: &Catalogue, known: &HashSet<String>) -> Vec<Entry> {
    let mut paths: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for item in catalogue.all().iter().filter(|item| item.vanished_at.is_none()) {
        let Some(text) = item.texts.get(CHINESE) else {
            continue;
        };
        let Some(start) = text.title.find(is_chinese) else {
            continue;
        };
        let run: Vec<char> = text.title[start..]
            .chars()
            .take_while(|letter| is_chinese(*letter))
            .collect();
        for length in SHORTEST_HEAD..=run.len() {
            let head: String = run[run.len() - length..].iter().collect();
            if !known.contains(&head) {
                paths.entry(head).or_default().push(item.category.clone());
            }
        }
    }
    let entry = |(head, paths): (String, Vec<Vec<String>>)| {
        let value = shared_category(&paths)?;
        Some(Entry {
            kind: EntityKind::Category,
            value,
            synonyms: vec![head],
        })
    };
    paths.into_iter().filter_map(entry).collect()
}

/// Characters of a name that is learned from titles: one alone means too much.
const SHORTEST_HEAD: usize = 2;
/// Share of a name's items that are in its category.
const NEARLY_ALL: f32 = 0.8;

/// The narrowest category in which nearly all of these items are; none where that is no more than the top one of several.
fn shared_category(paths: &[Vec<String>]) -> Option<String> {
    let deepest = paths.iter().map(Vec::len).max()?;
    for depth in (1..=deepest).rev() {
        let mut counts: HashMap<&[String], usize> = HashMap::new();
        for path in paths.iter().filter(|path| path.len() >= depth) {
            *counts.entry(&path[..depth]).or_default() += 1;
        }
        let (path, count) = counts
            .into_iter()
            .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))?;
        if count as f32 >= NEARLY_ALL * paths.len() as f32 {
            return (depth > 1 || deepest == 1).then(|| path[depth - 1].clone());
        }
    }
    None
}

fn collect(categories: &[Category], names: &mut BTreeSet<String>) {
    for category in categories {
        names.insert(category.name.clone());
        collect(&category.within, names);
    }
}

/// "3-layer recycled nylon" is nylon; a plain name of two words stays ("merino wool").
fn material(listed: &str) -> Option<String> {
    let said: Vec<&str> = listed
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
    let kept: Vec<&str> = said.into_iter().filter(|word| !made.contains(word)).collect();
    let from = kept.len().saturating_sub(MATERIAL_WORDS);
    let name = kept[from..].join(" ").to_lowercase();
    (name.chars().count() > 2).then_some(name)
}

/// Tells the understanding what the catalogue calls things after each change, until `stop`.
pub fn watch_names(catalogue: &Catalogue, nlu: &Languages, stop: CancellationToken) -> JoinHandle<()> {
    let (catalogue, nlu) = (catalogue.clone(), nlu.clone());
    let mut known = catalogue.revision();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(WATCH_EVERY) => {}
            }
            if catalogue.revision() != known {
                known = catalogue.revision();
                nlu.set_gazetteer(&gazetteer(&catalogue));
            }
        }
    })
}

/// Words by which single products are known: "Ridgeline", "Homestead". Words of many titles say nothing.
#[derive(Default)]
pub struct ProductNames {
    items: HashMap<String, Vec<Arc<Item>>>,
}

/// Products of which a word may be the name; more, and it is the name of none.
const NAMESAKES: usize = 10;

impl ProductNames {
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut items: HashMap<String, Vec<Arc<Item>>> = HashMap::new();
        let brands: BTreeSet<String> = catalogue
            .brands()
            .iter()
            .flat_map(|brand| words(&brand.value))
            .collect();
        for item in catalogue.all().iter().filter(|item| item.vanished_at.is_none()) {
            // A model's name has a capital within the title; the first word is the brand's.
            let capitals = item
                .title
                .split_whitespace()
                .skip(1)
                .filter(|word| word.starts_with(char::is_uppercase));
            for word in capitals.flat_map(words).filter(|word| word.chars().count() > 3) {
                let known = items.entry(word).or_default();
                if !known.iter().any(|other| other.id == item.id) {
                    known.push(item.clone());
                }
            }
        }
        // What is also written small is a word, not a name: "long", "hearth", "trail".
        let mut common: HashSet<String> = HashSet::new();
        for item in catalogue.all().iter() {
            let text = [item.title.as_str(), &item.description].join(" ");
            let small = text.split(|letter: char| !letter.is_alphanumeric());
            common.extend(
                small
                    .filter(|word| word.starts_with(char::is_lowercase))
                    .map(str::to_owned),
            );
        }
        let is_name = |word: &String| !brands.contains(word) && !common.contains(word);
        items.retain(|word, items| items.len() <= NAMESAKES && is_name(word));
        Self { items }
    }

    /// The products that a text names by id or model, one of each product: of several models with the name, the one
    /// that has most of the text's words.
    pub fn named_in(&self, text: &str, catalogue: &Catalogue) -> Vec<String> {
        let said = words(text);
        let mut found: Vec<Arc<Item>> = Vec::new();
        let by_id = text
            .split(|letter: char| letter.is_whitespace() || is_chinese(letter))
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        found.extend(by_id.filter_map(|word| {
            catalogue
                .get(word)
                .or_else(|| catalogue.get(&word.to_uppercase()))
        }));
        for word in &said {
            let Some(namesakes) = self.items.get(word) else {
                continue;
            };
            let shared = |item: &Arc<Item>| {
                let title = words(&item.title);
                said.iter().filter(|word| title.contains(word)).count()
            };
            // The first of the best: the order of the catalogue.
            let best = namesakes
                .iter()
                .rev()
                .max_by_key(|item| (shared(item), item.is_sold()));
            if let Some(best) = best
                && !found
                    .iter()
                    .any(|known| known.id == best.id || known.group.is_some() && known.group == best.group)
            {
                found.push(best.clone());
            }
        }
        found.iter().map(|item| item.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_where_nearly_all_its_items_are() {
        let path = |text: &str| text.split(" > ").map(str::to_owned).collect::<Vec<_>>();
        let tents = ["Camping > Tents > Small", "Camping > Tents > Large"].map(path);
        assert_eq!(shared_category(&tents).as_deref(), Some("Tents"));
        assert_eq!(shared_category(&tents[..1]).as_deref(), Some("Small"));
        let others = ["Camping > Tents", "Home > Blankets"].map(path);
        assert_eq!(shared_category(&others), None);
        assert_eq!(
            shared_category(&["Camping > Tents", "Camping > Mats"].map(path)),
            None
        );
    }

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
