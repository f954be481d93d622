//! Amounts of money and limits of a price in Chinese. 块 and 元 alone are the shop's own currency: shoppers abroad say
//! so of dollars.

use super::super::money::about;
use super::super::pattern::{Found, Row};
use super::super::value::{EntityKind, EntityValue, Money};
use super::nothing::is_measured;
use super::numbers::hundredths;

/// Bare numbers below these are counts, ages, sizes.
const LEAST_BARE: i64 = 5;
const LEAST_BARE_VAGUE: i64 = 20;

/// How currencies are written; the longer come before what they hold.
const CURRENCIES: [(&str, &str); 30] = [
    ("美", "USD"),
    ("刀", "USD"),
    ("usd", "USD"),
    ("us$", "USD"),
    ("人民币", "CNY"),
    ("cny", "CNY"),
    ("rmb", "CNY"),
    ("¥", "CNY"),
    ("欧元", "EUR"),
    ("eur", "EUR"),
    ("€", "EUR"),
    ("英镑", "GBP"),
    ("gbp", "GBP"),
    ("£", "GBP"),
    ("日元", "JPY"),
    ("日币", "JPY"),
    ("jpy", "JPY"),
    ("加元", "CAD"),
    ("加币", "CAD"),
    ("加拿大元", "CAD"),
    ("cad", "CAD"),
    ("c$", "CAD"),
    ("ca$", "CAD"),
    ("澳", "AUD"),
    ("aud", "AUD"),
    ("au$", "AUD"),
    ("港", "HKD"),
    ("hk", "HKD"),
    ("台币", "TWD"),
    ("$", "USD"),
];

pub(super) static ROWS: [Row; 8] = [
    // 两三百块, 七八十
    Row::new(
        EntityKind::PriceRange,
        r"(?P<a>[一二两三四五六七八])(?P<b>[二两三四五六七八九])(?P<times>[十百千万]) ?(?P<unit>{unit})?(?:左右|上下|之间|以内|的|吧)?",
        one_or_two,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:预算|价格|价位|价钱|大概|大约|从|在)*(?:是|在|:)? ?(?P<a>{price}|{num}) ?(?:到|至|-|~|—|和) ?(?P<b>{price}|{num}) ?(?P<sure>之间|以内|价位|左右|的价位|的预算)?",
        between,
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:(?P<sure>不超过|别超过|不要超过|不能超过|不超|最多|至多|顶多|最高|低于|少于|小于|不高于|不大于|预算(?:是|在|有|只有|大概|大约|差不多|就|也就)*|控制在|[<]=?)(?:花|出|给|是|到|在|:)? ?)(?P<b>{price}|{num})(?: ?(?:以内|以下|之内|之下|左右|吧))?",
        |found| limit(found, Some("b"), None),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?P<b>{price}|{num}) ?(?:(?P<sure>以内|以下|之内|之下|封顶|打住|顶天|不到)|内(?:的|有|能|可|$|[?？,。 ])|(?:的)?预算|(?:的)?价位)",
        |found| limit(found, Some("b"), None),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:不到|[<]) ?(?P<b>{price}|{num})",
        |found| limit(found, Some("b"), None),
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:(?P<sure>超过|高于|大于|多于|至少|最少|起码|不低于|不少于|买满|满|[>]=?)(?:花|要|:)? ?)(?P<a>{price}|{num})|(?P<c>{price}|{num}) ?(?P<above>以上|往上|之上|打底|起步)",
        |found| match found.get("a") {
            Some(_) => limit(found, None, Some("a")),
            None => limit(found, None, Some("c")),
        },
    ),
    Row::new(
        EntityKind::PriceRange,
        r"(?:大概|大约|差不多|约|约莫)(?:要|是|在|花)? ?(?P<about>{price}|{num})(?: ?(?:左右|上下))?|(?P<thereabouts>{price}|{num}) ?(?:左右|上下|出头|多块|多元|多美元|多刀|来块|来刀)",
        around,
    ),
    Row::new(EntityKind::Amount, r"{price}", |found| {
        let (money, sure) = price(found.text())?;
        // 一块 is "together" more often than money.
        let together = found.text() == "一块";
        let glued = found
            .before()
            .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '第'));
        (sure && !together && !glued).then_some(EntityValue::Money(money))
    }),
];

/// An amount and whether it is said to be money.
fn price(text: &str) -> Option<(Money, bool)> {
    let currency = CURRENCIES
        .iter()
        .find(|(written, _)| text.contains(written))
        .map(|(_, currency)| *currency);
    let is_digit = |c: char| {
        c.is_ascii_digit() || matches!(c, '.' | ',' | 'k') || "零〇一二两三四五六七八九十百千万".contains(c)
    };
    let from = text.find(is_digit)?;
    let rest = &text[from..];
    let end = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
    let mut minor = hundredths(rest[..end].trim_end_matches(['.', ',']))?;
    // 五块五, "99块9": tenths after the unit.
    let unit = rest[end..].trim_start();
    if let Some(behind) = unit.find(is_digit)
        && let Some(tenths) = hundredths(unit[behind..].trim_end_matches(['毛', '角']))
    {
        minor += if tenths < 1000 { tenths / 10 } else { tenths / 100 };
    }
    if currency == Some("JPY") {
        minor /= 100;
    }
    let named = currency.is_some() || ["块", "元", "圆"].iter().any(|unit| text.contains(unit));
    Some((Money { minor, currency }, named))
}

fn one_or_two(found: &Found<'_, '_>) -> Option<EntityValue> {
    let times = found.get("times")?;
    let of = |group: &str| {
        let minor = hundredths(&format!("{}{times}", found.get(group)?))?;
        let currency = price(found.all())?.0.currency;
        Some(Money { minor, currency })
    };
    let (min, max) = (of("a")?, of("b")?);
    let sure = found.get("unit").is_some();
    let next = max.minor - min.minor == hundredths(&format!("一{times}"))?;
    let bare = min.minor >= LEAST_BARE_VAGUE * 100 && !is_measured(found.after());
    (next && (sure || bare)).then_some(EntityValue::Price {
        min: Some(min),
        max: Some(max),
    })
}

fn between(found: &Found<'_, '_>) -> Option<EntityValue> {
    let (a, b) = (found.get("a")?, found.get("b")?);
    let ((mut min, min_sure), (mut max, max_sure)) = (price(a)?, price(b)?);
    let said = ["预算", "价"].iter().any(|word| found.all().contains(word));
    let introduced = (said || found.get("sure").is_some())
        && min.minor >= LEAST_BARE_VAGUE * 100
        && !is_measured(found.after());
    // Two prices side by side are two prices: 20 块和 30 块.
    let joined = !found.all().contains('和') || found.get("sure").is_some_and(|word| word == "之间");
    // 一百到两百: what counts the second counts the first.
    if !((min_sure || max_sure || introduced) && joined && min.minor <= max.minor) {
        return None;
    }
    let currency = min.currency.or(max.currency);
    (min.currency, max.currency) = (currency, currency);
    let (min, max) = (Some(min), Some(max));
    Some(EntityValue::Price { min, max })
}

fn limit(found: &Found<'_, '_>, upper: Option<&str>, lower: Option<&str>) -> Option<EntityValue> {
    let written = found.get(upper.or(lower)?)?;
    let (money, sure) = price(written)?;
    if !sure && !is_price(found, written, money) {
        return None;
    }
    Some(EntityValue::Price {
        min: lower.map(|_| money),
        max: upper.map(|_| money),
    })
}

fn around(found: &Found<'_, '_>) -> Option<EntityValue> {
    let written = found.get("about").or(found.get("thereabouts"))?;
    let (money, sure) = price(written)?;
    let counted = ["多块", "多元", "多美元", "多刀", "来块", "来刀"]
        .iter()
        .any(|unit| found.all().ends_with(unit));
    if !sure && !counted && !is_price(found, written, money) {
        return None;
    }
    Some(about(money))
}

/// Whether a bare number in the context of a limit is money.
fn is_price(found: &Found<'_, '_>, written: &str, money: Money) -> bool {
    let least = if found.get("sure").is_some() {
        LEAST_BARE
    } else {
        LEAST_BARE_VAGUE
    } * 100;
    let year = written.len() == 4 && (190_000..=209_999).contains(&money.minor);
    let before = found.before().trim_end();
    let of_another = [
        "身高", "体重", "年龄", "尺码", "码", "岁", "重量", "温度", "零下", "容量", "海拔", "第", "高", "长",
        "宽",
    ];
    let aged = of_another.iter().any(|word| before.ends_with(word));
    let glued = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '#' | '-' | '.' | '/'));
    money.minor >= least && written.len() < 16 && !year && !aged && !glued && !is_measured(found.after())
}
