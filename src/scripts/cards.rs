//! Whether cards are what was expected. Pure.

use super::check::{Wrong, wrong};
use super::expect::{CardLike, CardsWanted, Several};
use super::heard::{Heard, Product, ShownCard};
use super::wording::{plain, says};

/// What of the cards isn't as wanted. `before`: the cards that were shown last.
pub fn cards(
    wanted: &CardsWanted,
    heard: &Heard,
    before: &[ShownCard],
    fill: &dyn Fn(&str) -> String,
    all: &mut Vec<Wrong>,
) {
    let cards: Vec<&ShownCard> = heard.cards_of(wanted.kind).collect();
    if let Some(least) = wanted.at_least.filter(|least| cards.len() < *least) {
        all.push(wrong("cards", format!("at least {least}")));
    }
    if let Some(most) = wanted.at_most.filter(|most| cards.len() > *most) {
        all.push(wrong("cards", format!("at most {most}")));
    }
    if wanted.none && !cards.is_empty() {
        all.push(wrong("cards", "none"));
    }
    if let Some(like) = &wanted.every {
        for card in &cards {
            let faults = card_faults(like, card, fill);
            all.extend(faults.into_iter().map(|fault| {
                wrong(
                    "cards",
                    format!("every one {fault}, but “{}” isn't so", card.title),
                )
            }));
        }
    }
    if let Some(like) = &wanted.some
        && !cards.iter().any(|card| card_faults(like, card, fill).is_empty())
    {
        all.push(wrong("cards", format!("one of them {}", described(like))));
    }
    if let Some(like) = &wanted.first {
        match cards.first() {
            Some(card) => all.extend(
                card_faults(like, card, fill)
                    .into_iter()
                    .map(|fault| wrong("cards", format!("the first {fault}"))),
            ),
            None => all.push(wrong("cards", format!("a first one that {}", described(like)))),
        }
    }
    if wanted.cheaper && !is_cheaper(&cards, before) {
        all.push(wrong("cards", "cheaper than those before"));
    }
    let again = cards
        .iter()
        .find(|card| before.iter().any(|other| other.title == card.title));
    if let Some(again) = again.filter(|_| wanted.others) {
        all.push(wrong(
            "cards",
            format!("others than those before, but “{}” was there", again.title),
        ));
    }
}

/// Whether the dearest of these costs less than the dearest of those.
fn is_cheaper(cards: &[&ShownCard], before: &[ShownCard]) -> bool {
    let costs = |card: &ShownCard| card.product.as_ref().and_then(|product| product.costs);
    let now = cards.iter().filter_map(|card| costs(card)).reduce(f64::max);
    let then = before.iter().filter_map(costs).reduce(f64::max);
    now.zip(then).is_some_and(|(now, then)| now < then)
}

/// What doesn't hold of a card, as what was wanted.
fn card_faults(like: &CardLike, card: &ShownCard, fill: &dyn Fn(&str) -> String) -> Vec<String> {
    let text = card.words();
    let mut faults = Vec::new();
    faults.extend(
        like.has
            .iter()
            .map(fill)
            .filter(|part| !says(&text, part))
            .map(|part| format!("has “{part}”")),
    );
    faults.extend(
        like.has_not
            .iter()
            .map(fill)
            .filter(|part| says(&text, part))
            .map(|part| format!("does not have “{part}”")),
    );
    match &card.product {
        Some(product) => faults.extend(product_faults(like, product)),
        None if asks_of_product(like) => faults.push("is a product of the catalogue".into()),
        None => {}
    }
    faults
}

/// What doesn't hold of a product, as what was wanted.
pub fn product_faults(like: &CardLike, product: &Product) -> Vec<String> {
    let mut faults = Vec::new();
    let path = product.category.join(" > ");
    let fields: [(&str, &Several, &Several, &str); 5] = [
        ("brand", &like.brand, &like.not_brand, &product.brand),
        ("category", &like.category, &like.not_category, &path),
        ("colour", &like.colour, &like.not_colour, &product.colour),
        ("person", &like.person, &like.not_person, &product.person),
        ("size", &like.size, &Several::default(), &product.size),
    ];
    for (name, wanted, unwanted, value) in fields {
        let is = |wanted: &str| match name {
            // Any level of the path, or the end of a level: “Tents” holds “Two-person tents”.
            "category" => says(value, wanted),
            _ => plain(value) == plain(wanted),
        };
        if !wanted.is_empty() && !wanted.iter().any(is) {
            faults.push(format!("has {name} {wanted} (it has {})", or_none(value)));
        }
        if let Some(named) = unwanted.iter().find(|name| is(name)) {
            faults.push(format!("does not have {name} {named}"));
        }
    }
    faults.extend(price_faults(like, product));
    if let Some(wanted) = like.in_stock.filter(|wanted| *wanted != product.in_stock) {
        faults.push(format!("is {}in stock", if wanted { "" } else { "not " }));
    }
    faults
}

fn price_faults(like: &CardLike, product: &Product) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(least) = like
        .min_price
        .filter(|least| product.costs.is_none_or(|costs| costs < *least))
    {
        faults.push(format!("costs {least} or more"));
    }
    if let Some(most) = like
        .max_price
        .filter(|most| product.costs.is_none_or(|costs| costs > *most))
    {
        faults.push(format!("costs {most} or less"));
    }
    let is_reduced = product
        .costs
        .zip(product.usual)
        .is_some_and(|(now, usual)| now < usual);
    if let Some(wanted) = like.reduced.filter(|wanted| *wanted != is_reduced) {
        faults.push(format!("is {}reduced", if wanted { "" } else { "not " }));
    }
    faults
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn asks_of_product(like: &CardLike) -> bool {
    let lists = [
        &like.brand,
        &like.not_brand,
        &like.category,
        &like.not_category,
        &like.colour,
        &like.not_colour,
        &like.size,
        &like.person,
        &like.not_person,
    ];
    lists.iter().any(|list| !list.is_empty())
        || like.min_price.is_some()
        || like.max_price.is_some()
        || like.in_stock.is_some()
        || like.reduced.is_some()
}

/// What is wanted of a card, in words.
fn described(like: &CardLike) -> String {
    let nothing = Product::default();
    let mut wanted: Vec<String> = like.has.iter().map(|part| format!("has “{part}”")).collect();
    wanted.extend(
        product_faults(like, &nothing)
            .into_iter()
            .map(|fault| fault.replace(" (it has none)", "")),
    );
    wanted.join(" and ")
}
