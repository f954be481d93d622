//! Reads what a message wants: limits from its entities, and the categories and brands that it names.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::Wants;
use crate::catalog::{Catalogue, Category, Count, Money};
use crate::nlu::entities::Audience;
use crate::nlu::{self, Entity, EntityKind, EntityValue, Understanding};
use crate::text::normalise;
use crate::text::normalise::words;
use crate::text::script::is_chinese;

/// Words before a name that turn it around: "not Northpeak".
const NOT: [&str; 6] = ["not", "no", "without", "except", "but", "anything"];

/// Words that ask, and say nothing of what is asked for. A product has none of them, and a search wants all of its words.
const ASKING: &str = " a an the i im m ive id we you your me my us our it its s re this that these those to of for in on at \
    with and or but not no any some something anything one ones is are am do does did have has had got get can could \
    would will should may might want wanted wants need needs needed like looking look find search searching show see \
    sell sells sold buy buying purchase offer offers carry stock please hi hello hey there here what which where who how \
    under below over above less more than up around about between max maximum min minimum most least cheap cheaper \
    dollars dollar usd bucks euro euros eur price priced costs cost recommend suggest good best nice new shop store \
    products product items item without except else other another different too also really very kind sort colour color \
    sale reduced discounted clearance marked years year old colours colors size sizes tell about please thanks ok okay ";

/// The same in Chinese: phrases, the longer before what they hold.
const ASKING_IN_CHINESE: [&str; 59] = [
    "有没有",
    "有木有",
    "能不能",
    "可不可以",
    "是不是",
    "帮我找",
    "帮忙找",
    "帮我",
    "帮忙",
    "给我",
    "我想要",
    "我想买",
    "我想",
    "我要买",
    "我要",
    "想要",
    "想买",
    "想找",
    "想看",
    "需要",
    "推荐",
    "介绍",
    "建议",
    "适合",
    "看一下",
    "看看",
    "找一下",
    "搜一下",
    "查一下",
    "一下",
    "来点",
    "来个",
    "来几",
    "请问",
    "你们",
    "你家",
    "店里",
    "有卖",
    "卖不卖",
    "什么样的",
    "什么",
    "哪一款",
    "哪款",
    "哪种",
    "哪个",
    "哪些",
    "怎么样",
    "好不好",
    "比较好",
    "最好",
    "便宜",
    "价格",
    "多少钱",
    "这个",
    "那个",
    "可以",
    "一点",
    "打折",
    "特价",
];

/// Characters that say nothing of what is asked for when only they are left.
const FILLERS_IN_CHINESE: &str = "的了吗呢啊呀吧嘛么有没我你想要买找个款件顶条只双把这那哪给来些点好请看能是在和与或卖用穿送几大小新还再也都就很最别不换别其他她它只";

static REDUCED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(on sale|reduced|discounted|marked down|clearance|in the sale)\b|打折|特价|降价")
        .expect("the pattern is a constant that compiles")
});

static FAMILY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?P<grown>\d|two|three|a|an) (?:adults?|grown-?ups?|parents) .{0,12}?(?P<small>\d|two|three|four|a|one) (?:kids?|children|child)|\bfamily of (?P<all>\d|three|four|five|six)\b")
        .expect("the pattern is a constant that compiles")
});

/// Parts of categories' names that say nothing by themselves.
const EVERYDAY: &str = " fire light power paper washing care repair home water winter small fuel storage lighting power \
    books scent treatment coffee tea ";

/// The names by which the catalogue orders its items.
#[derive(Clone, Default)]
pub struct Shelves {
    pub categories: Arc<Vec<Category>>,
    pub brands: Arc<Vec<Count>>,
    /// ISO 4217; of amounts that are said without one.
    pub currency: Option<String>,
}

impl Shelves {
    pub fn of(catalogue: &Catalogue) -> Self {
        Self {
            categories: catalogue.categories(),
            brands: catalogue.brands(),
            currency: catalogue.currency(),
        }
    }
}

impl Wants {
    /// Reads them from a message.
    pub fn of(understanding: &Understanding, shelves: &Shelves) -> Self {
        let words = normalise::words(understanding.read_as.as_deref().unwrap_or(&understanding.text));
        // What the shop calls its things is right as typed, even when the spelling knows better.
        let typed = normalise::words(&understanding.text);
        let category = named_category(&typed, &shelves.categories);
        let mut wants = Self {
            category: category.or_else(|| named_category(&words, &shelves.categories)),
            ..Self::default()
        };
        for brand in shelves.brands.iter() {
            match named_at(&words, &brand.value) {
                Some(at) if at > 0 && NOT.contains(&words[at - 1].as_str()) => {
                    wants.not_brands.push(brand.value.clone());
                }
                Some(_) => wants.brand = Some(brand.value.clone()),
                None => {}
            }
        }
        for entity in &understanding.entities {
            wants.take(entity, shelves);
        }
        if understanding.text.contains(is_chinese) {
            wants.named_in_chinese(understanding, shelves);
        } else {
            wants.text = wants.naming(&words, understanding);
        }
        wants.reduced = REDUCED.is_match(&understanding.text);
        wants.for_a_family(&understanding.text);
        wants.for_children(shelves);
        wants
    }

    /// Chinese has no blanks at which its words could be told apart: what the shop lists was found as entities.
    fn named_in_chinese(&mut self, understanding: &Understanding, shelves: &Shelves) {
        // Foreign words among the Chinese were read as they are elsewhere.
        let wanted = understanding
            .entities
            .iter()
            .filter(|entity| entity.kind == EntityKind::Category && !entity.negated)
            .filter(|entity| entity.text.contains(is_chinese));
        for entity in wanted {
            let EntityValue::Text(name) = &entity.value else {
                continue;
            };
            // The longest name is the narrowest: 单人帐篷 before 帐篷.
            let named = named_category(&words(name), &shelves.categories);
            let is_narrower = |path: &String| {
                self.category
                    .as_ref()
                    .is_none_or(|known| path.starts_with(known.as_str()))
            };
            if let Some(path) = named.filter(is_narrower) {
                self.category = Some(path);
            }
        }
        let brand = understanding
            .entities
            .iter()
            .find_map(|entity| match &entity.value {
                EntityValue::Text(brand) if entity.kind == EntityKind::Brand && !entity.negated => {
                    Some(brand.clone())
                }
                _ => None,
            });
        self.brand = brand.or(self.brand.take());
        let mut rest: Vec<char> = understanding.text.chars().collect();
        for entity in understanding
            .entities
            .iter()
            .filter(|entity| self.is_limit(entity))
        {
            rest[entity.start..entity.end].fill(' ');
        }
        let mut rest = normalise::simplified(&rest.into_iter().collect::<String>()).to_lowercase();
        for phrase in ASKING_IN_CHINESE {
            rest = rest.replace(phrase, " ");
        }
        let said = words(&rest);
        let tells = |word: &String| !word.chars().all(|letter| FILLERS_IN_CHINESE.contains(letter));
        let said = said
            .into_iter()
            .filter(|word| !ASKING.contains(&format!(" {word} ")) && tells(word));
        self.text = said.collect::<Vec<_>>().join(" ");
    }

    /// "2 adults and 2 kids", "a family of four": so many people, and not for children alone.
    fn for_a_family(&mut self, text: &str) {
        let number = |text: &str| match text.to_lowercase().as_str() {
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "five" => 5,
            "six" => 6,
            digits => digits.parse().unwrap_or(1_u32),
        };
        let Some(found) = FAMILY.captures(text) else {
            return;
        };
        let count = |name: &str| found.name(name).map(|part| number(part.as_str()));
        self.persons = count("all").or_else(|| Some(count("grown")? + count("small")?));
        self.audience = None;
    }

    /// What is for children stands together, whatever it is.
    fn for_children(&mut self, shelves: &Shelves) {
        let is_for_children = matches!(
            self.audience,
            Some(Audience::Kids | Audience::Boys | Audience::Girls)
        );
        let has_own = shelves.categories.iter().any(|category| category.name == "Kids");
        if is_for_children
            && has_own
            && self
                .category
                .as_ref()
                .is_none_or(|path| !path.starts_with("Kids"))
        {
            self.category = Some("Kids".into());
        }
    }

    fn take(&mut self, entity: &Entity, shelves: &Shelves) {
        let amount = |money: &nlu::Money| {
            let currency = money
                .currency
                .map(str::to_owned)
                .or_else(|| shelves.currency.clone())?;
            Some(Money {
                minor: money.minor,
                currency,
            })
        };
        match (&entity.kind, &entity.value) {
            (EntityKind::PriceRange, EntityValue::Price { min, max }) => {
                self.min_price = min.as_ref().and_then(amount);
                self.max_price = max.as_ref().and_then(amount);
            }
            (EntityKind::Colour, EntityValue::Colour { colour, .. }) if entity.negated => {
                self.not_colours.push(colour.clone());
            }
            (EntityKind::Colour, EntityValue::Colour { colour, .. }) => self.colour = Some(colour.clone()),
            (EntityKind::Brand, EntityValue::Text(brand)) if entity.negated => {
                self.brand = self.brand.take().filter(|known| known != brand);
                if !self.not_brands.contains(brand) {
                    self.not_brands.push(brand.clone());
                }
            }
            (EntityKind::Material, EntityValue::Text(material)) if entity.negated => {
                self.not_materials.push(material.clone());
            }
            (EntityKind::Size, EntityValue::Size { size, .. }) if !entity.negated => {
                self.size = Some(size.clone());
            }
            (EntityKind::Person, EntityValue::Person { audience, .. }) => self.audience = Some(*audience),
            (EntityKind::Capacity, EntityValue::Capacity { persons }) => self.persons = Some(*persons),
            _ => {}
        }
    }

    /// Whether an entity is told by a limit already.
    fn is_limit(&self, entity: &Entity) -> bool {
        matches!(
            entity.kind,
            EntityKind::PriceRange
                | EntityKind::OrderNumber
                | EntityKind::Amount
                | EntityKind::Colour
                | EntityKind::Size
                | EntityKind::Person
                | EntityKind::Quantity
                | EntityKind::Ordinal
        ) || (entity.kind == EntityKind::Capacity && self.category.is_some())
            || entity.negated
    }

    /// The message without words that only ask, and without what its limits say already.
    fn naming(&self, words: &[String], understanding: &Understanding) -> String {
        let said = understanding
            .entities
            .iter()
            .filter(|entity| self.is_limit(entity));
        let said: Vec<String> = said.flat_map(|entity| normalise::words(&entity.text)).collect();
        let unwanted: Vec<String> = self
            .not_brands
            .iter()
            .flat_map(|brand| normalise::words(brand))
            .collect();
        let names = words.iter().filter(|word| {
            !ASKING.contains(&format!(" {word} ")) && !said.contains(word) && !unwanted.contains(word)
        });
        names.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// The path of the category that the message names: by the longest name, then the narrowest category, then the first.
fn named_category(words: &[String], categories: &[Category]) -> Option<String> {
    let mut best: Option<(Named, String)> = None;
    look(words, categories, &mut Vec::new(), &mut best);
    best.map(|(_, path)| path)
}

/// How well a name fits: the words of it, the depth of its category, and how early it stands (negative: earlier is more).
type Named = (usize, usize, i64);

fn look(
    words: &[String],
    categories: &[Category],
    path: &mut Vec<String>,
    best: &mut Option<(Named, String)>,
) {
    for category in categories {
        path.push(category.name.clone());
        for name in called(&category.name) {
            let Some(at) = named_at(words, &name) else {
                continue;
            };
            let named = (normalise::words(&name).len(), path.len(), -(at as i64));
            if best.as_ref().is_none_or(|(known, _)| named > *known) {
                *best = Some((named, path.join(" > ")));
            }
        }
        look(words, &category.within, path, best);
        path.pop();
    }
}

/// What a category is called: "Down & insulated jackets" are also "down jackets" and "insulated jackets", "Axes & saws"
/// also "saws". Single words that mean other things more often don't count.
fn called(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    let parts: Vec<&str> = name
        .split(['&', ',', '/'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let Some(last) = parts.last().filter(|_| parts.len() > 1) else {
        return names;
    };
    let head = last.rsplit(' ').next().unwrap_or_default();
    let has_head = last.contains(' ');
    for part in &parts {
        if has_head && !part.ends_with(head) {
            names.push(format!("{part} {head}"));
        } else if !EVERYDAY.contains(&format!(" {} ", part.to_lowercase())) {
            names.push((*part).to_owned());
        }
    }
    names
}

/// Where a name stands among the words, in singular or plural.
fn named_at(message: &[String], name: &str) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_number() {
        let message = words("Which tent is best? Not Northpeak!");
        assert_eq!(named_at(&message, "Tents"), Some(1));
        assert_eq!(named_at(&message, "Northpeak"), Some(5));
        assert_eq!(named_at(&message, "Tent pegs"), None);
        assert_eq!(named_at(&words("glass jars"), "Glass"), Some(0));
    }

    #[test]
    fn families_are_counted() {
        for (text, persons) in [
            ("we're 2 adults and 2 kids, which tent", Some(4)),
            ("a tent for a family of four", Some(4)),
            ("two parents with three children", Some(5)),
            ("boots for my kid", None),
        ] {
            let mut wants = Wants::default();
            wants.for_a_family(text);
            assert_eq!(wants.persons, persons, "{text}");
        }
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
            category("Jackets", vec![category("Down & insulated jackets", vec![])]),
            category(
                "Tools",
                vec![category("Axes & saws", vec![]), category("Fire & light", vec![])],
            ),
        ];
        let named = |text: &str| named_category(&words(text), &tree);
        let down = "Jackets > Down & insulated jackets";
        assert_eq!(named("a good down jacket"), Some(down.into()));
        assert_eq!(named("folding saws"), Some("Tools > Axes & saws".into()));
        assert_eq!(named("a light for the fire"), None);
        assert_eq!(named("a tent for camping"), Some("Camping > Tents".into()));
        assert_eq!(named("something for camping"), Some("Camping".into()));
        assert_eq!(named("boots"), Some("Boots".into()));
        assert_eq!(named("a lamp"), None);
    }
}
