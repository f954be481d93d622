//! Sizes in Chinese, how many people and how many litres something holds.

use super::super::pattern::{Found, Row};
use super::super::value::{EntityKind, EntityValue};
use super::numbers::{hundredths, whole};

/// Clothes sizes in words; the longer come first.
const WORDS: [(&str, &str); 13] = [
    ("超大", "XXL"),
    ("特大", "XXL"),
    ("加加大", "XXL"),
    ("加大", "XL"),
    ("最小", "XS"),
    ("特小", "XXS"),
    ("加小", "XS"),
    ("大", "L"),
    ("中", "M"),
    ("小", "S"),
    ("均码", "one size"),
    ("均", "one size"),
    ("通", "one size"),
];

const MILLILITRES: [(&str, i64); 6] = [
    ("毫升", 1),
    ("ml", 1),
    ("升", 1000),
    ("公升", 1000),
    ("l", 1000),
    ("加仑", 3785),
];

pub(super) static ROWS: [Row; 9] = [
    Row::new(
        EntityKind::Size,
        r"(?P<system>欧码|欧|eu|美码|美国码|us|英码|uk) ?(?:的|是)? ?(?P<n>[0-9]{1,2}(?:[.,]5|码半|半)?) ?(?:码|号)?(?P<width>宽楦|加宽|宽版|窄楦|窄版)?",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?P<n>[0-9]{1,2}(?:[.,]5|码半|半)?) ?(?P<system>欧码|美码|英码)(?P<width>宽楦|加宽|宽版|窄楦|窄版)?",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?:尺码|码数)?(?P<v>(?P<n>[0-9]{1,2}(?:[.,]5|半)?) ?码半?(?:的)?(?P<width>宽楦|加宽|宽版|窄楦|窄版)?)",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?:尺码|码数|鞋码|穿|尺寸)(?:是|要|选)? ?(?P<v>(?P<n>[0-9]{1,2}(?:[.,]5)?)(?: ?号)?)",
        numbered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?P<letters>(?:[2-6]x|x{1,4})?[sml]) ?(?:码|号|尺码|size)",
        lettered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?:有|要|穿|换|换成|换个|买|拿|选|是|和|跟|还是|或|或者|尺码|的|成|大到|到) ?(?P<v>(?P<letters>(?:[2-6]x|x{0,4})[sml])) ?(?:的|吗|么|嘛|呢|吧|和|跟|还|或|合|行|好|会|比|、|$|[？?，,。!])",
        lettered,
    ),
    Row::new(
        EntityKind::Size,
        r"(?P<word>超大|特大|加加大|加大|最小|特小|加小|大|中|小|均|通)(?:号|码)",
        |found| {
            let word = found.get("word")?;
            let (_, size) = WORDS.iter().find(|(known, _)| *known == word)?;
            // 更大号, 大一号 compare; 偏小码 tells how it runs.
            let compares = found
                .before()
                .ends_with(['更', '偏', '再', '太', '最', '没', '到']);
            (!compares).then(|| sized((*size).to_owned(), found))?
        },
    ),
    Row::new(
        EntityKind::Capacity,
        r"(?P<n>{int}|单|双)(?:个)?人(?:用|份|座|位|住|款)?|(?P<a>[1-9一两二三四五六])(?:个)?大人?(?:带|加|和|、|,| )*(?P<b>[1-9一两二三四五])(?:个)?(?:小孩|孩子|小|娃)|一家(?P<c>[三四五六七八1-9])口|(?P<d>[三四五六七八1-9])口(?:之家|人)",
        |found| {
            if found.after().starts_with([
                '工', '民', '员', '类', '生', '信', '资', '间', '品', '物', '行', '事', '名',
            ]) {
                return None;
            }
            let persons = match (found.get("a"), found.get("b")) {
                (Some(a), Some(b)) => whole(a)? + whole(b)?,
                _ => match found.get("n").or(found.get("c")).or(found.get("d"))? {
                    "单" => 1,
                    "双" => 2,
                    number => whole(number)?,
                },
            };
            (1..=20)
                .contains(&persons)
                .then_some(EntityValue::Capacity { persons })
        },
    ),
    Row::new(
        EntityKind::Volume,
        r"(?P<n>[0-9]{1,4}(?:[.,][0-9]{1,2})?|{int}) ?(?P<unit>毫升|公升|升|加仑|ml\b|l(?-u:\b))",
        |found| {
            let unit = found.get("unit")?;
            let (_, factor) = MILLILITRES.iter().find(|(name, _)| *name == unit)?;
            let millilitres = hundredths(found.get("n")?)?.checked_mul(*factor)? / 100;
            let millilitres = millilitres.try_into().ok()?;
            Some(EntityValue::Volume { millilitres })
        },
    ),
];

fn sized(size: String, found: &Found<'_, '_>) -> Option<EntityValue> {
    let width = found
        .get("width")
        .map(|width| if width.contains('宽') { "wide" } else { "narrow" });
    let system = found.get("system").map(|system| match system {
        "欧码" | "欧" | "eu" => "eu",
        "英码" | "uk" => "uk",
        _ => "us",
    });
    Some(EntityValue::Size { size, system, width })
}

fn numbered(found: &Found<'_, '_>) -> Option<EntityValue> {
    let written = found.get("n")?;
    let half = written.ends_with('半') || found.text().ends_with('半');
    let digits = written.trim_end_matches(['半', '码']).replace(',', ".");
    let size = if half { format!("{digits}.5") } else { digits };
    let number = hundredths(&size)?;
    let glued = found
        .before()
        .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '#' | '$'));
    let counts = found
        .after()
        .trim_start()
        .starts_with(['年', '月', '天', '次', '个', '岁', '块', '元', '%', '人', '折']);
    ((100..=6000).contains(&number) && !glued && !counts).then(|| sized(size, found))?
}

fn lettered(found: &Found<'_, '_>) -> Option<EntityValue> {
    let glued = found
        .get("letters")
        .is_some_and(|letters| found.text() == letters)
        && found.before().ends_with(|c: char| c.is_ascii_alphanumeric());
    let size = match found.get("letters")? {
        "2xl" => "XXL".to_owned(),
        "3xl" => "XXXL".to_owned(),
        "2xs" => "XXS".to_owned(),
        letters => letters.to_uppercase(),
    };
    (!glued
        && !found
            .before()
            .ends_with(|c: char| c.is_ascii_alphanumeric() || c == '\''))
    .then(|| sized(size, found))?
}
