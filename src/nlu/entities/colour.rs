//! Colours by the names that shops and shoppers give them.

use super::gazetteer::{Gazetteer, Source, Term};
use super::value::{EntityKind, EntityValue};

/// Base colours, with the shades that are sold as them. Other spellings of a shade stand behind `=`.
const SHADES: [(&str, &[&str]); 15] = [
    ("black", &["black", "jet black", "onyx"]),
    ("white", &["white", "off white=offwhite", "ivory", "snow white"]),
    (
        "grey",
        &[
            "grey=gray",
            "charcoal=charcoal grey=charcoal gray",
            "slate=slate grey=slate gray",
            "graphite",
            "anthracite",
            "ash grey=ash gray",
        ],
    ),
    (
        "red",
        &[
            "red",
            "burgundy",
            "maroon",
            "crimson",
            "scarlet",
            "wine red",
            "cherry red",
        ],
    ),
    (
        "blue",
        &[
            "blue",
            "navy=navy blue",
            "royal blue",
            "sky blue",
            "baby blue",
            "cobalt",
            "indigo",
            "azure",
            "denim blue",
            "midnight blue",
        ],
    ),
    ("turquoise", &["turquoise", "teal", "aqua", "cyan"]),
    (
        "green",
        &[
            "green",
            "olive=olive green",
            "forest green",
            "lime green=lime",
            "mint green",
            "sage green",
            "emerald",
            "khaki=khaki green",
            "army green",
            "moss green",
            "hunter green",
        ],
    ),
    ("yellow", &["yellow", "mustard=mustard yellow", "lemon yellow"]),
    ("orange", &["orange", "burnt orange", "rust=rust orange", "coral"]),
    (
        "pink",
        &[
            "pink",
            "hot pink",
            "baby pink",
            "magenta",
            "fuchsia=fuschia",
            "blush pink",
            "rose pink",
        ],
    ),
    ("purple", &["purple", "lilac", "lavender", "violet", "plum"]),
    (
        "brown",
        &["brown", "chocolate brown", "chestnut", "coffee brown", "bronze"],
    ),
    ("beige", &["beige", "tan", "cream", "sand", "camel", "taupe"]),
    ("metallic", &["silver", "gold=golden", "rose gold", "copper"]),
    (
        "multicolour",
        &[
            "multicolour=multicolor=multi colour=multi color=multicoloured=multicolored=rainbow",
            "camo=camouflage",
            "tie dye",
        ],
    ),
];

const MODIFIERS: [&str; 6] = ["light", "dark", "bright", "pale", "deep", "neon"];

/// Shades whose names mean other things more often; they count beside another term or after a negation.
const EVERYDAY: [&str; 11] = [
    "sand", "cream", "rust", "lime", "plum", "camel", "tan", "coral", "slate", "onyx", "bronze",
];

pub(super) fn colours() -> Gazetteer {
    let mut terms = Vec::new();
    for (base, shades) in SHADES {
        for shade in shades {
            terms.push(term(base, shade.split('=').map(str::to_owned)));
        }
        let lightened = |modifier: &str| {
            let grey = (base == "grey").then(|| format!("{modifier} gray"));
            term(base, [format!("{modifier} {base}")].into_iter().chain(grey))
        };
        terms.extend(MODIFIERS.map(lightened));
    }
    terms.extend(super::chinese::colours());
    Gazetteer::from_terms(terms)
}

/// Shades that are colours on a product only: a message that names a forest speaks of trees.
const ON_PRODUCTS: [(&str, &str); 7] = [
    ("forest", "green"),
    ("moss", "green"),
    ("sky", "blue"),
    ("brick", "red"),
    ("ochre", "yellow"),
    ("berry", "pink"),
    ("stone", "grey"),
];

/// The base of a colour by its name, as shoppers and products have it: of "navy" that is "blue".
pub fn base_of(name: &str) -> Option<&'static str> {
    let plain = super::view::words(name);
    if let Some((_, base)) = ON_PRODUCTS.iter().find(|(shade, _)| *shade == plain) {
        return Some(base);
    }
    let known = SHADES.iter().find(|(_, shades)| {
        shades
            .iter()
            .any(|shade| shade.split('=').any(|spelling| spelling == plain))
    });
    // "storm blue" is blue.
    let last = plain.rsplit(' ').next().unwrap_or_default();
    known
        .or_else(|| SHADES.iter().find(|(base, _)| *base == last))
        .map(|(base, _)| *base)
}

fn term(base: &'static str, spellings: impl Iterator<Item = String>) -> Term {
    let spellings: Vec<String> = spellings.collect();
    let colour = spellings.first().cloned().unwrap_or_default();
    Term {
        kind: EntityKind::Colour,
        doubtful: EVERYDAY.contains(&colour.as_str()),
        value: EntityValue::Colour {
            colour,
            base: Some(base),
        },
        source: Source::Gazetteer,
        spellings,
        inflected: false,
        role: None,
        group: None,
    }
}
