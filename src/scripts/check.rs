//! Whether what came is what was expected. Pure.

use super::cards::{cards, product_faults};
use super::expect::{ButtonsWanted, CartWanted, ComparisonWanted, Several, Words};
use super::format::Turn;
use super::heard::{Heard, ShownCard};
use super::wording::{plain, says};

/// An expectation that was not met: which, and how, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub key: &'static str,
    pub expected: String,
}

pub(super) fn wrong(key: &'static str, expected: impl Into<String>) -> Wrong {
    Wrong {
        key,
        expected: expected.into(),
    }
}

/// What of `turn` isn't so in `heard`. `before`: the cards that were shown last, and `fill`: writes numbers of orders
/// into the texts of the script.
pub fn check(turn: &Turn, heard: &Heard, before: &[ShownCard], fill: &dyn Fn(&str) -> String) -> Vec<Wrong> {
    let mut all = Vec::new();
    named("intent", &turn.intent, &heard.intents, &mut all);
    actions(&turn.action, &heard.actions, &mut all);
    named("article", &turn.article, &heard.articles, &mut all);
    for slug in turn
        .articles
        .iter()
        .filter(|slug| !heard.articles.iter().any(|cited| cited == slug))
    {
        all.push(wrong("articles", format!("the article `{slug}`")));
    }
    words("reply", &turn.reply, &heard.texts.join("\n"), fill, &mut all);
    if let Some(wanted) = &turn.buttons {
        buttons(wanted, heard, fill, &mut all);
    }
    if let Some(wanted) = &turn.cards {
        cards(wanted, heard, before, fill, &mut all);
    }
    if let Some(wanted) = &turn.comparison {
        comparison(wanted, heard, &mut all);
    }
    if let Some(wanted) = &turn.cart {
        cart(wanted, heard, &mut all);
    }
    if let Some(wanted) = turn.handed_over.filter(|wanted| *wanted != heard.handed_over) {
        let expected = if wanted {
            "a person is asked to join"
        } else {
            "no person is asked to join"
        };
        all.push(wrong("handed_over", expected));
    }
    if let Some(wanted) = turn.state.as_ref().filter(|wanted| !holds(&heard.state, wanted)) {
        all.push(wrong("state", wanted.to_string()));
    }
    all
}

fn named(key: &'static str, wanted: &Several, came: &[String], all: &mut Vec<Wrong>) {
    if !wanted.is_empty() && !wanted.iter().any(|name| came.iter().any(|came| came == name)) {
        all.push(wrong(key, wanted.to_string()));
    }
}

/// `quote` stands for `quote_each` and `quote_article` too.
fn actions(wanted: &Several, came: &[String], all: &mut Vec<Wrong>) {
    let is = |came: &str, name: &str| {
        came.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    if !wanted.is_empty() && !wanted.iter().any(|name| came.iter().any(|came| is(came, name))) {
        all.push(wrong("action", wanted.to_string()));
    }
}

fn words(key: &'static str, wanted: &Words, text: &str, fill: &dyn Fn(&str) -> String, all: &mut Vec<Wrong>) {
    for part in wanted.has.iter().map(fill).filter(|part| !says(text, part)) {
        all.push(wrong(key, format!("has “{part}”")));
    }
    if !wanted.has_any.is_empty() && !wanted.has_any.iter().any(|part| says(text, &fill(part))) {
        all.push(wrong(key, format!("has {}", quoted(&wanted.has_any))));
    }
    for part in wanted.has_not.iter().map(fill).filter(|part| says(text, part)) {
        all.push(wrong(key, format!("does not have “{part}”")));
    }
}

fn quoted(texts: &Several) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("“{text}”")).collect();
    quoted.join(" or ")
}

fn buttons(wanted: &ButtonsWanted, heard: &Heard, fill: &dyn Fn(&str) -> String, all: &mut Vec<Wrong>) {
    if let Some(least) = wanted.at_least.filter(|least| heard.buttons.len() < *least) {
        all.push(wrong("buttons", format!("at least {least}")));
    }
    let texts: Vec<&str> = heard.buttons.iter().map(|button| button.text.as_str()).collect();
    let (has, has_any, has_not) = (wanted.has.clone(), wanted.has_any.clone(), wanted.has_not.clone());
    words(
        "buttons",
        &Words {
            has,
            has_any,
            has_not,
        },
        &texts.join("\n"),
        fill,
        all,
    );
}

fn comparison(wanted: &ComparisonWanted, heard: &Heard, all: &mut Vec<Wrong>) {
    let Some(came) = heard.comparisons.first() else {
        all.push(wrong("comparison", "a comparison"));
        return;
    };
    if let Some(items) = wanted.items.filter(|items| *items != came.items) {
        all.push(wrong("comparison", format!("of {items}")));
    }
    for label in wanted
        .rows
        .iter()
        .filter(|label| !came.rows.iter().any(|row| plain(row) == plain(label)))
    {
        all.push(wrong("comparison", format!("has a row “{label}”")));
    }
}

fn cart(wanted: &CartWanted, heard: &Heard, all: &mut Vec<Wrong>) {
    let pieces: u32 = heard.cart.iter().map(|line| line.quantity).sum();
    if let Some(wanted) = wanted.pieces.filter(|wanted| *wanted != pieces) {
        all.push(wrong("cart", format!("{wanted} pieces")));
    }
    if let Some(items) = &wanted.items {
        let mut came: Vec<_> = heard
            .cart
            .iter()
            .map(|line| (line.item.as_str(), line.quantity))
            .collect();
        let mut due: Vec<_> = items
            .iter()
            .map(|line| (line.item.as_str(), line.quantity))
            .collect();
        came.sort_unstable();
        due.sort_unstable();
        if came != due {
            let due: Vec<String> = due
                .iter()
                .map(|(item, quantity)| format!("{quantity} × {item}"))
                .collect();
            all.push(wrong("cart", format!("exactly {}", due.join(", "))));
        }
    }
    if let Some(codes) = &wanted.codes {
        let sorted = |mut codes: Vec<String>| {
            codes.sort();
            codes
        };
        let due = sorted(codes.iter().map(plain).collect());
        if due != sorted(heard.codes.iter().map(|code| plain(code)).collect()) {
            all.push(wrong(
                "cart",
                format!("exactly the codes [{}]", codes.0.join(", ")),
            ));
        }
    }
    if let Some(like) = &wanted.every {
        for line in &heard.cart {
            let faults = product_faults(like, &line.product);
            all.extend(
                faults
                    .into_iter()
                    .map(|fault| wrong("cart", format!("everything {fault}, but {} isn't so", line.item))),
            );
        }
    }
}

/// Whether `value` holds all of `wanted`: of an object the fields that are named, everything else as it is.
fn holds(value: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    match (value.as_object(), wanted.as_object()) {
        (Some(value), Some(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| holds(value.get(key).unwrap_or(&serde_json::Value::Null), wanted)),
        _ => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::heard::Product;
    use super::*;

    fn turn(expectations: &str) -> Turn {
        serde_norway::from_str(&format!("says: hello\n{expectations}")).unwrap()
    }

    fn tent(title: &str, brand: &str, costs: f64) -> ShownCard {
        ShownCard {
            title: title.into(),
            product: Some(Product {
                brand: brand.into(),
                category: vec!["Camping".into(), "Tents".into(), "Two-person tents".into()],
                colour: "forest".into(),
                person: "unisex".into(),
                costs: Some(costs),
                usual: Some(200.0),
                in_stock: true,
                ..Product::default()
            }),
            ..ShownCard::default()
        }
    }

    fn heard() -> Heard {
        Heard {
            texts: vec!["These fit, order 10432:".into()],
            articles: vec!["returns".into()],
            buttons: vec![super::super::heard::Button {
                text: "Yes".into(),
                value: None,
            }],
            cards: vec![
                tent("Lakeside", "Larkfield", 159.0),
                tent("Ferry", "Alderline", 189.0),
            ],
            intents: vec!["product_search".into()],
            actions: vec!["quote_each".into(), "show_products".into()],
            state: json!({ "failures": 0, "shown": { "a": 1, "b": 2 } }),
            codes: vec!["hearth".into()],
            ..Heard::default()
        }
    }

    fn faults(expectations: &str) -> Vec<String> {
        let fill = |text: &str| text.replace("{order}", "10432");
        let found = check(
            &turn(expectations),
            &heard(),
            &[tent("Skua", "Northpeak", 569.0)],
            &fill,
        );
        found
            .into_iter()
            .map(|wrong| format!("{}: {}", wrong.key, wrong.expected))
            .collect()
    }

    #[test]
    fn what_holds_is_not_complained_of() {
        for expectations in [
            "intent: [deals_coupons, product_search]",
            "action: quote",
            "article: returns",
            "reply: {has: ['{order}', these], has_not: [sorry]}",
            "buttons: {at_least: 1, has: 'yes'}",
            "cards: {at_least: 2, at_most: 2, every: {category: tents, not_brand: Northpeak, max_price: 189, in_stock: true}}",
            "cards: {some: {brand: Alderline}, first: {has: Lakeside, reduced: true}, cheaper: true, others: true}",
            "cards: {kind: offer, none: true}",
            "cart: {pieces: 0, codes: HEARTH, items: []}",
            "handed_over: false",
            "state: {shown: {b: 2}}",
        ] {
            assert_eq!(faults(expectations), [""; 0], "{expectations}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (expectations, named) in [
            ("intent: deals_coupons", "intent: deals_coupons"),
            ("action: show_offers", "action: show_offers"),
            ("article: [refunds, exchanges]", "article: refunds or exchanges"),
            ("articles: [returns, refunds]", "articles: the article `refunds`"),
            ("reply: {has: '{order}1'}", "has “104321”"),
            ("reply: {has_any: [sorry, away]}", "“sorry” or “away”"),
            ("reply: {has_not: these}", "does not have “these”"),
            ("buttons: {at_least: 2}", "at least 2"),
            ("cards: {at_least: 3}", "at least 3"),
            ("cards: {at_most: 1}", "at most 1"),
            ("cards: {none: true}", "none"),
            ("cards: {every: {max_price: 160}}", "“Ferry”"),
            ("cards: {every: {not_brand: Larkfield}}", "“Lakeside”"),
            (
                "cards: {some: {brand: Northpeak}}",
                "one of them has brand Northpeak",
            ),
            (
                "cards: {first: {colour: navy}}",
                "the first has colour navy (it has forest)",
            ),
            (
                "cards: {kind: offer, first: {has: CANVAS}}",
                "a first one that has “CANVAS”",
            ),
            ("comparison: {items: 2}", "a comparison"),
            ("cart: {pieces: 1}", "1 pieces"),
            ("cart: {codes: []}", "exactly the codes []"),
            ("cart: {items: [{item: A}]}", "exactly 1 × A"),
            ("handed_over: true", "a person is asked"),
            ("state: {failures: 1}", "failures"),
        ] {
            let found = faults(expectations);
            assert!(
                found.iter().any(|fault| fault.contains(named)),
                "{expectations}: {found:?}"
            );
        }
    }

    #[test]
    fn neither_dearer_nor_again() {
        let fill = |text: &str| text.to_owned();
        let before = [tent("Ferry", "Alderline", 189.0)];
        for expectations in ["cards: {cheaper: true}", "cards: {others: true}"] {
            assert_eq!(
                check(&turn(expectations), &heard(), &before, &fill).len(),
                1,
                "{expectations}"
            );
        }
        // Nothing was shown before: there is nothing that these could be cheaper than.
        assert_eq!(
            check(&turn("cards: {cheaper: true}"), &heard(), &[], &fill).len(),
            1
        );
    }
}
