//! Reads what a message asks of the shop.

use super::phrases::{
    APPLY, ASKS_HOW, BETTER_PRICE, CHEAPER, CODE_TROUBLE, COMPARE, DEALS, DESCRIBE, FOR_SOME, GOES_ON,
    GOES_WITH, LIKE, LOOKING, MORE, NOT_FOR_ME, PUT_IN_CART, QUANTITY, QUESTION, SEVERAL_CODES, SHOW_CART,
    STOCK, TAKE_OUT,
};
use super::points::{one, pointed_at};
use super::{Ask, How, ProductsAsk};
use crate::catalog::Money;
use crate::chat::intents::Behaviour;
use crate::chat::wants::Wants;
use crate::nlu::{Entity, EntityKind, EntityValue, Understanding};
use crate::text::script::{is_chinese, word_count};

/// A message that only narrows what was looked for is short.
const REFINING_WORDS: usize = 9;
/// Words of a message that are tried as codes.
const TRIED: usize = 20;

/// A product that was shown last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub title: String,
    /// What it costs; `None`: nothing is known.
    pub costs: Option<Money>,
}

/// What a message can point back to.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// In the order in which they were shown.
    pub shown: &'a [Shown],
    /// The product that was spoken of last.
    pub focus: Option<&'a str>,
    /// What is looked for.
    pub wants: Option<&'a Wants>,
    /// All that was shown of it.
    pub seen: &'a [String],
    /// Products that the message names, wherever they were shown.
    pub named: &'a [String],
    /// The code that was offered last.
    pub offered: Option<&'a str>,
    /// What the message itself wants of the catalogue.
    pub said: &'a Wants,
}

/// What the message asks of the shop; `None`: nothing. `behaviour`: of its intent, where that is sure.
pub fn read(understanding: &Understanding, behaviour: Option<Behaviour>, scene: &Scene<'_>) -> Option<Ask> {
    about_the_cart(understanding, scene)
        .or_else(|| about_a_code(understanding))
        .or_else(|| about_what_was_shown(understanding, scene))
        .or_else(|| about_offers(understanding, behaviour, scene))
        .or_else(|| goes_on(understanding, behaviour, scene))
        .or_else(|| by_behaviour(understanding, behaviour?, scene))
        .or_else(|| named_plainly(understanding, behaviour, scene))
}

fn about_the_cart(understanding: &Understanding, scene: &Scene<'_>) -> Option<Ask> {
    let text = understanding.text.as_str();
    if TAKE_OUT.is_match(text) {
        let item = one(understanding, scene).or_else(|| named(scene))?;
        return Some(Ask::TakeOut { item });
    }
    if PUT_IN_CART.is_match(text)
        && let Some(item) = one(understanding, scene)
            .or_else(|| named(scene))
            .or_else(|| only_shown(scene))
    {
        return Some(Ask::PutInCart {
            item,
            quantity: quantity(understanding),
        });
    }
    if is_id(text, scene) {
        return Some(Ask::Describe {
            item: scene.named[0].clone(),
        });
    }
    if SHOW_CART.is_match(text) {
        return Some(Ask::ShowCart);
    }
    if APPLY.is_match(text)
        && !SEVERAL_CODES.is_match(text)
        && let Some(code) = named_code(understanding).or_else(|| scene.offered.map(str::to_owned))
    {
        return Some(Ask::ApplyCode { code });
    }
    None
}

/// A code that doesn't do what it should.
fn about_a_code(understanding: &Understanding) -> Option<Ask> {
    let text = understanding.text.as_str();
    let words = words_like_codes(text);
    let names_one = named_code(understanding).is_some();
    let is_capital = |word: &&String| word.chars().count() > 3 && !word.chars().any(char::is_lowercase);
    let names_two = words.iter().filter(is_capital).count() > 1;
    let asks = CODE_TROUBLE.is_match(text) && names_one || SEVERAL_CODES.is_match(text) && names_two;
    asks.then_some(Ask::Codes { words })
}

/// Offers for something that is named, whatever the intent is taken for.
fn about_offers(
    understanding: &Understanding,
    behaviour: Option<Behaviour>,
    scene: &Scene<'_>,
) -> Option<Ask> {
    let text = understanding.text.as_str();
    if !DEALS.is_match(text) || FOR_SOME.is_match(text) || ASKS_HOW.is_match(text) {
        return None;
    }
    let is_about_goods = matches!(
        behaviour,
        None | Some(Behaviour::FindProducts | Behaviour::RecommendProducts | Behaviour::ShowOffers)
    );
    let wants = scene.said;
    let fits = wants.names_goods() && is_about_goods && !wants.reduced;
    fits.then(|| Ask::Offers { wants: wants.clone() })
}

/// Nothing but an item's id.
fn is_id(text: &str, scene: &Scene<'_>) -> bool {
    scene.named.len() == 1 && word_count(text) == 1
}

fn about_what_was_shown(understanding: &Understanding, scene: &Scene<'_>) -> Option<Ask> {
    let text = understanding.text.as_str();
    // "Not Northpeak" narrows; it points at no product of theirs.
    if !scene.said.not_brands.is_empty() {
        return None;
    }
    let mut pointed = pointed_at(understanding, scene);
    let is_pointed = !pointed.is_empty();
    if pointed.len() < scene.named.len() {
        pointed = scene.named.to_vec();
    }
    if COMPARE.is_match(text) {
        let items = match pointed.len() {
            0 | 1 if scene.shown.len() > 1 && is_short(text) => shown_ids(scene),
            _ => pointed.clone(),
        };
        if items.len() > 1 {
            return Some(Ask::Compare { items });
        }
    }
    let item = match pointed.as_slice() {
        [item] => item.clone(),
        _ => return None,
    };
    if NOT_FOR_ME.is_match(text) {
        return Some(Ask::NotForMe { item });
    }
    if LIKE.is_match(text) {
        return Some(like(&item, scene));
    }
    if GOES_WITH.is_match(text) {
        return Some(Ask::GoesWith { item });
    }
    if STOCK.is_match(text) || is_pointed && scene.said.size.is_some() {
        return Some(Ask::Stock {
            item,
            size: scene.said.size.clone(),
            colour: scene.said.colour.clone(),
        });
    }
    (DESCRIBE.is_match(text) || is_short(text) && !CHEAPER.is_match(text)).then_some(Ask::Describe { item })
}

/// What narrows, widens or goes on with what is looked for.
fn goes_on(understanding: &Understanding, behaviour: Option<Behaviour>, scene: &Scene<'_>) -> Option<Ask> {
    let text = understanding.text.as_str();
    let (wants, newer) = (scene.wants?, scene.said);
    let asked = |wants: Wants, how, skip| Some(Ask::Products(ProductsAsk { wants, how, skip }));
    if CHEAPER.is_match(text) && newer.category.is_none() {
        let refined = wants.refined(&Wants {
            text: String::new(),
            ..newer.clone()
        });
        let cheaper = match newer.min_price.is_some() || newer.max_price.is_some() {
            true => refined,
            false => Wants {
                max_price: below_shown(scene).or(refined.max_price.clone()),
                ..refined
            },
        };
        return asked(cheaper, How::Cheaper, shown_ids(scene));
    }
    if MORE.is_match(text) {
        return asked(wants.clone(), How::More, scene.seen.to_vec());
    }
    let is_about_goods = matches!(
        behaviour,
        Some(
            Behaviour::FindProducts
                | Behaviour::RecommendProducts
                | Behaviour::CheckStock
                | Behaviour::Compare
                | Behaviour::Affirm
                | Behaviour::Deny
        )
    );
    let names_another = newer.category.is_some() && newer.category != wants.category;
    let goes_on = GOES_ON.is_match(text) || word_count(text) <= 3;
    if is_short(text) && newer.has_limits() && (is_about_goods || goes_on) && !names_another {
        return asked(wants.refined(newer), How::Refined, Vec::new());
    }
    None
}

fn by_behaviour(understanding: &Understanding, behaviour: Behaviour, scene: &Scene<'_>) -> Option<Ask> {
    let products = |how| {
        let before = scene.wants.map(Wants::of_the_shopper).unwrap_or_default();
        Ask::Products(ProductsAsk {
            wants: before.refined(scene.said),
            how,
            skip: Vec::new(),
        })
    };
    Some(match behaviour {
        // Prices for schools and firms stand in articles.
        Behaviour::FindProducts | Behaviour::RecommendProducts if is_for_some(&understanding.text) => {
            return None;
        }
        Behaviour::FindProducts => products(How::Search),
        Behaviour::RecommendProducts => products(How::Advice),
        // What is for some shoppers only, and how an offer is used, stands in articles.
        Behaviour::ShowOffers
            if FOR_SOME.is_match(&understanding.text) || ASKS_HOW.is_match(&understanding.text) =>
        {
            return None;
        }
        Behaviour::ShowOffers => Ask::Offers {
            wants: scene.said.clone(),
        },
        Behaviour::ExplainCode => Ask::Codes {
            words: words_like_codes(&understanding.text),
        },
        Behaviour::Compare if scene.shown.len() > 1 => Ask::Compare {
            items: shown_ids(scene),
        },
        // Whether some tent can be had is a search for one.
        Behaviour::CheckStock if scene.said.names_goods() => products(How::Search),
        _ => return None,
    })
}

/// A thing of the shop's and nothing else ("snowshoes", "leather hiking boots for men size 10"), or a plain wish for
/// one, when the intent says nothing of it.
fn named_plainly(
    understanding: &Understanding,
    behaviour: Option<Behaviour>,
    scene: &Scene<'_>,
) -> Option<Ask> {
    let text = understanding.text.as_str();
    if !matches!(behaviour, None | Some(Behaviour::Answer)) || QUESTION.is_match(text) {
        return None;
    }
    let wants = scene.said;
    let bare = Wants {
        text: wants.text.clone(),
        category: wants.category.clone(),
        ..Wants::default()
    };
    let has_limits = *wants != bare && is_short(text);
    let words = word_count(text);
    let is_plain = behaviour.is_none() && (words <= 3 || LOOKING.is_match(text));
    wants.category.as_ref()?;
    (has_limits || is_plain || is_a_name(understanding)).then(|| {
        Ask::Products(ProductsAsk {
            wants: wants.clone(),
            how: How::Search,
            skip: Vec::new(),
        })
    })
}

/// Whether a message in Chinese is the name of a kind of thing and nothing else: 搪瓷杯.
fn is_a_name(understanding: &Understanding) -> bool {
    let said = understanding
        .text
        .trim_matches(|letter: char| !letter.is_alphanumeric());
    let is_all =
        |entity: &Entity| entity.kind == EntityKind::Category && !entity.negated && entity.text == said;
    said.contains(is_chinese) && understanding.entities.iter().any(is_all)
}

/// Whether a message asks for the price that a school, a firm or the like gets.
pub fn is_for_some(text: &str) -> bool {
    FOR_SOME.is_match(text) && BETTER_PRICE.is_match(text)
}

/// Like one that was shown, as far as whom it is for.
pub fn like(item: &str, scene: &Scene<'_>) -> Ask {
    let mut skip = vec![item.to_owned()];
    skip.extend(scene.seen.iter().filter(|seen| *seen != item).cloned());
    Ask::Products(ProductsAsk {
        wants: scene.wants.map(Wants::of_the_shopper).unwrap_or_default(),
        how: How::Like,
        skip,
    })
}

fn named(scene: &Scene<'_>) -> Option<String> {
    match scene.named {
        [only] => Some(only.clone()),
        _ => None,
    }
}

fn only_shown(scene: &Scene<'_>) -> Option<String> {
    match scene.shown {
        [only] => Some(only.id.clone()),
        _ => scene.focus.map(str::to_owned),
    }
}

/// What was shown, by its ids.
pub fn shown_ids(scene: &Scene<'_>) -> Vec<String> {
    scene.shown.iter().map(|shown| shown.id.clone()).collect()
}

/// A cent below the cheapest that was shown.
fn below_shown(scene: &Scene<'_>) -> Option<Money> {
    let costs = scene.shown.iter().filter_map(|shown| shown.costs.clone());
    let cheapest = costs.min_by_key(|costs| costs.minor)?;
    Some(Money {
        minor: cheapest.minor - 1,
        ..cheapest
    })
}

fn quantity(understanding: &Understanding) -> u32 {
    let mut counts = understanding
        .entities
        .iter()
        .filter_map(|entity| match entity.value {
            EntityValue::Quantity { count, .. } => Some(count),
            _ => None,
        });
    // Numbers that no order has are no quantities elsewhere; here they are, and the cart refuses them.
    let large = understanding.text.split(|letter: char| !letter.is_ascii_digit());
    let large = large
        .filter(|digits| digits.len() > 2)
        .find_map(|digits| digits.parse().ok());
    let of_some = QUANTITY
        .captures(&understanding.text)
        .and_then(|found| match &found[1] {
            "two" | "两" => Some(2),
            "three" | "三" => Some(3),
            "four" | "四" => Some(4),
            "five" | "五" => Some(5),
            "six" | "六" => Some(6),
            digits => digits.parse().ok(),
        });
    large.or(of_some).or(counts.next_back()).unwrap_or(1).max(1)
}

fn named_code(understanding: &Understanding) -> Option<String> {
    let codes = understanding.entities.iter();
    let mut codes = codes.filter(|entity| entity.kind == EntityKind::CouponCode);
    codes.next().map(|entity| entity.text.clone()).or_else(|| {
        let mut words = words_like_codes(&understanding.text).into_iter();
        let is_code = |word: &String| {
            let letters = word.chars().filter(|c| c.is_alphabetic());
            word.chars().count() >= 4
                && letters.clone().count() > 0
                && letters.clone().all(char::is_uppercase)
        };
        words.rfind(is_code)
    })
}

fn words_like_codes(text: &str) -> Vec<String> {
    let words = text
        .split(|letter: char| letter.is_whitespace() || is_chinese(letter))
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let words = words.filter(|word| (3..=40).contains(&word.len()));
    words.take(TRIED).map(str::to_owned).collect()
}

fn is_short(text: &str) -> bool {
    word_count(text) <= REFINING_WORDS
}
