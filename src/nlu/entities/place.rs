//! Countries by name and by what comes from them, their larger parts, and regions of several countries.

use super::gazetteer::{Gazetteer, Source, Term};
use super::value::{EntityKind, EntityValue};

/// ISO code and names; `^` marks names that count only with a capital letter.
const COUNTRIES: [(&str, &str); 104] = [
    (
        "US",
        "usa|us of a|^us|u s|u s a|the us|united states|the states|united states of america|america|american",
    ),
    ("CA", "canada|canadian"),
    ("MX", "mexico|mexican"),
    ("GB", "uk|u k|united kingdom|great britain|britain|british|gb"),
    ("IE", "ireland|irish|republic of ireland"),
    ("DE", "germany|german|deutschland"),
    ("FR", "france|french"),
    ("ES", "spain|spanish"),
    ("PT", "portugal|portuguese"),
    ("IT", "italy|italian"),
    ("NL", "netherlands|the netherlands|holland|dutch"),
    ("BE", "belgium|belgian"),
    ("LU", "luxembourg"),
    ("CH", "switzerland|swiss"),
    ("AT", "austria|austrian"),
    ("DK", "denmark|^danish"),
    ("NO", "norway|norwegian"),
    ("SE", "sweden|swedish"),
    ("FI", "finland|finnish"),
    ("IS", "iceland|icelandic"),
    ("PL", "poland|^polish"),
    ("CZ", "czech republic|czechia|czech"),
    ("SK", "slovakia|slovak"),
    ("HU", "hungary|hungarian"),
    ("RO", "romania|romanian"),
    ("BG", "bulgaria|bulgarian"),
    ("GR", "greece|greek"),
    ("HR", "croatia|croatian"),
    ("SI", "slovenia|slovenian"),
    ("RS", "serbia|serbian"),
    ("BA", "bosnia|bosnian"),
    ("AL", "albania|albanian"),
    ("MK", "north macedonia|macedonia"),
    ("ME", "montenegro"),
    ("EE", "estonia|estonian"),
    ("LV", "latvia|latvian"),
    ("LT", "lithuania|lithuanian"),
    ("UA", "ukraine|ukrainian"),
    ("RU", "russia|russian"),
    ("BY", "belarus"),
    ("MD", "moldova"),
    ("TR", "^turkey|turkish|turkiye"),
    ("CY", "cyprus"),
    ("MT", "malta|maltese"),
    ("IL", "israel|israeli"),
    ("JO", "^jordan"),
    ("LB", "lebanon|lebanese"),
    ("SA", "saudi arabia|saudi"),
    ("AE", "uae|u a e|united arab emirates|dubai|abu dhabi"),
    ("QA", "qatar"),
    ("KW", "kuwait"),
    ("BH", "bahrain"),
    ("OM", "^oman"),
    ("EG", "egypt|egyptian"),
    ("MA", "morocco|moroccan"),
    ("TN", "tunisia"),
    ("DZ", "algeria"),
    ("ZA", "south africa|south african"),
    ("NG", "nigeria|nigerian"),
    ("GH", "ghana"),
    ("KE", "kenya|kenyan"),
    ("TZ", "tanzania"),
    ("UG", "uganda"),
    ("ET", "ethiopia"),
    ("IN", "india|indian"),
    ("PK", "pakistan|pakistani"),
    ("BD", "bangladesh"),
    ("LK", "sri lanka"),
    ("NP", "nepal"),
    ("CN", "^china|mainland china|chinese"),
    ("HK", "hong kong"),
    ("TW", "taiwan|taiwanese"),
    ("JP", "japan|japanese"),
    ("KR", "south korea|korea|korean"),
    ("SG", "singapore"),
    ("MY", "malaysia|malaysian"),
    ("TH", "thailand|thai"),
    ("VN", "vietnam|vietnamese"),
    ("ID", "indonesia|indonesian|bali"),
    ("PH", "philippines|the philippines|filipino"),
    ("AU", "australia|australian|aussie"),
    ("NZ", "new zealand|^nz"),
    ("FJ", "fiji"),
    ("BR", "brazil|brazilian|brasil"),
    ("AR", "argentina|argentinian"),
    ("CL", "^chile|chilean"),
    ("CO", "colombia|colombian"),
    ("PE", "peru|peruvian"),
    ("EC", "ecuador"),
    ("VE", "venezuela"),
    ("BO", "bolivia"),
    ("UY", "uruguay"),
    ("PY", "paraguay"),
    ("CR", "costa rica"),
    ("PA", "panama"),
    ("GT", "guatemala"),
    ("HN", "honduras"),
    ("DO", "dominican republic"),
    ("JM", "jamaica|jamaican"),
    ("CU", "cuba"),
    ("BS", "bahamas|the bahamas"),
    ("TT", "trinidad"),
    ("BB", "barbados"),
    ("KZ", "kazakhstan"),
];

/// Parts of countries that shipping tells apart, or that people name instead of the country.
const PARTS: [(&str, &str); 8] = [
    (
        "GB",
        "england|english|scotland|scottish|wales|welsh|northern ireland|isle of man",
    ),
    (
        "US",
        "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|^georgia|hawaii|idaho|illinois|\
         indiana|iowa|kansas|kentucky|louisiana|^maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|\
         montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|\
         oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|west virginia|\
         virginia|washington|wisconsin|wyoming|puerto rico|guam|nyc|los angeles|chicago|seattle|boston",
    ),
    (
        "CA",
        "ontario|quebec|british columbia|alberta|manitoba|saskatchewan|nova scotia|new brunswick|newfoundland|yukon|\
         toronto|vancouver|montreal",
    ),
    ("AU", "queensland|new south wales|tasmania|sydney|melbourne"),
    ("ES", "canary islands|mallorca|madrid|barcelona"),
    ("DE", "berlin|munich|bavaria"),
    ("FR", "paris"),
    ("CN", "macau|shanghai|beijing"),
];

const REGIONS: [(&str, &str); 11] = [
    ("EU", "^eu|european union|the eu"),
    ("Europe", "europe|european"),
    ("Asia", "asia|asian"),
    ("Africa", "africa|african"),
    ("North America", "north america"),
    ("South America", "south america|latin america"),
    ("Middle East", "middle east"),
    ("Scandinavia", "scandinavia|scandinavian"),
    ("Caribbean", "caribbean"),
    ("Oceania", "oceania"),
    ("International", "overseas|abroad"),
];

pub(super) fn places() -> Gazetteer {
    let countries = COUNTRIES.iter().map(|(country, names)| {
        let part = None;
        term(
            EntityKind::Country,
            EntityValue::Country { country, part },
            names.split('|'),
        )
    });
    let parts = PARTS.iter().flat_map(|(country, names)| {
        names.split('|').map(move |name| {
            let part = Some(name.trim_start_matches('^').to_owned());
            term(
                EntityKind::Country,
                EntityValue::Country { country, part },
                std::iter::once(name),
            )
        })
    });
    let regions = REGIONS.iter().map(|(region, names)| {
        term(
            EntityKind::Region,
            EntityValue::Text((*region).to_owned()),
            names.split('|'),
        )
    });
    let chinese = super::chinese::places();
    Gazetteer::from_terms(countries.chain(parts).chain(regions).chain(chinese).collect())
}

fn term<'a>(kind: EntityKind, value: EntityValue, names: impl Iterator<Item = &'a str>) -> Term {
    Term {
        kind,
        value,
        source: Source::Gazetteer,
        spellings: names.map(str::to_owned).collect(),
        inflected: false,
        doubtful: false,
        role: None,
        group: None,
    }
}
