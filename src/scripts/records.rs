//! The records that a turn may speak of, as texts: what the reply's numbers are held against.

use super::heard::{Heard, Product};
use crate::catalog::Item;
use crate::promotions::campaign::{Benefit, Campaign, Codes, Off};
use crate::promotions::cart::{Cart, Line, Shopper};
use crate::promotions::outcome::{Occasion, Outcome};
use crate::promotions::reason::Reason;
use crate::store::now;
use crate::text::money::{money_text, plain_amount};
use crate::web::App;

/// The articles that are cited and the products and campaigns that the trace names; of a campaign with a public code also
/// what the shop's own engine says of it for `cart`. Orders and the cart itself come from pages of the shop.
pub async fn texts(app: &App, heard: &Heard, cart: Option<&str>, locale: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for slug in &heard.articles {
        // An answer is in the language of its message, whatever the conversation's is.
        let articles = app.config.languages().into_iter();
        let articles = articles.filter_map(|language| app.knowledge.article(&language, slug));
        texts.extend(articles.map(|article| format!("{}\n{}", article.title, article.body)));
    }
    for named in &heard.records {
        match named.kind.as_str() {
            "product" => {
                if let Some(item) = app.catalogue.get(&named.id) {
                    texts.push(of_item(&item, locale));
                    texts.extend(with_offers(app, &item, locale).await);
                }
            }
            "campaign" => {
                let campaign = app.promotions.campaign(&named.id);
                let currency = app.catalogue.currency().unwrap_or_else(|| "USD".into());
                if let Some(campaign) = campaign {
                    texts.push(of_campaign(&campaign, &currency, locale));
                    if let Some(cart) = cart {
                        texts.extend(with_code(app, &campaign, cart, locale).await);
                    }
                }
            }
            "article" => {
                let article = app.knowledge.article(locale, &named.id);
                texts.extend(article.map(|article| format!("{}\n{}", article.title, article.body)));
            }
            _ => {}
        }
    }
    texts
}

/// Public codes of all campaigns, whether they run or not.
pub fn codes(app: &App) -> Vec<String> {
    let campaigns = app.promotions.campaigns().into_iter();
    campaigns
        .filter_map(|campaign| match &campaign.codes {
            Codes::Public { code } => Some(code.clone()),
            _ => None,
        })
        .collect()
}

/// A product as the checks see it.
pub fn product(app: &App, id: &str) -> Option<Product> {
    let item = app.catalogue.get(id)?;
    let attribute = |names: &[&str]| {
        let found = names.iter().find_map(|name| item.attributes.get(*name));
        found.cloned().unwrap_or_default()
    };
    let units = |minor: i64, currency: &str| plain_amount(minor, currency).parse().ok();
    Some(Product {
        id: item.id.clone(),
        brand: item.brand.clone(),
        category: item.category.clone(),
        colour: attribute(&["color", "colour"]),
        size: attribute(&["size"]),
        person: attribute(&["gender", "person"]),
        costs: item.costs().and_then(|costs| units(costs.minor, &costs.currency)),
        usual: item
            .price
            .as_ref()
            .and_then(|price| units(price.minor, &price.currency)),
        in_stock: item.is_sold(),
    })
}

fn of_item(item: &Item, locale: &str) -> String {
    let mut lines = vec![item.title.clone(), item.description.clone()];
    lines.extend([item.title_in(locale), item.description_in(locale)].map(str::to_owned));
    if let (Some(price), Some(costs)) = (&item.price, item.costs()) {
        // What it costs less than usual is what the catalogue says too.
        for minor in [price.minor, costs.minor, price.minor - costs.minor] {
            lines.push(money_text(minor, &price.currency, locale));
        }
    }
    lines.extend(item.stock.map(|pieces| format!("{pieces} in stock")));
    lines.extend(item.attributes.values().cloned());
    lines.join("\n")
}

/// What one piece comes to with the offers that run, by the shop's own engine. Which offers those are, the trace must
/// name by itself.
async fn with_offers(app: &App, item: &Item, locale: &str) -> Option<String> {
    let costs = item.costs()?;
    let occasion = Occasion {
        cart: Cart {
            currency: costs.currency.clone(),
            lines: vec![Line {
                id: item.id.clone(),
                item: item.id.clone(),
                quantity: 1,
                unit_price: costs.minor,
                category: item.category.clone(),
                brand: item.brand.clone(),
            }],
            ..Cart::default()
        },
        shopper: Shopper {
            channel: "chat".into(),
            ..Shopper::default()
        },
        at: now(),
        codes: Vec::new(),
    };
    let (evaluation, _) = app.promotions.qualify(&occasion, None).await.ok()?;
    let total = Outcome::of(&occasion.cart, &evaluation).total;
    let amounts = [total, costs.minor - total].map(|minor| money_text(minor, &costs.currency, locale));
    Some(amounts.join("\n"))
}

/// What a campaign's code takes off a cart, or what the cart lacks for it. The cart's page shows only the nearest offers.
async fn with_code(app: &App, campaign: &Campaign, cart: &str, locale: &str) -> Option<String> {
    let Codes::Public { code } = &campaign.codes else {
        return None;
    };
    let cart = app.orders.cart(cart).await.ok()?;
    let priced = app.orders.price(&cart.basket);
    let mut occasion = app.orders.occasion(&cart, &priced).await.ok()?;
    occasion.codes = vec![code.clone()];
    let outcome = app.orders.best(&cart, &occasion).await.ok()?;
    let told = outcome
        .refused
        .iter()
        .chain(&outcome.skipped)
        .chain(&outcome.near);
    let reasons = told
        .filter(|offer| offer.campaign.as_ref() == Some(&campaign.id))
        .flat_map(|offer| &offer.reasons);
    let missing = reasons.filter_map(|reason| match reason {
        Reason::MissingAmount { minor } => Some(*minor),
        _ => None,
    });
    let brought = outcome.brought_by(code).into_iter();
    let amounts = missing.chain(brought.flat_map(|offer| [offer.amount, outcome.total]));
    let amounts = amounts.map(|minor| money_text(minor, &outcome.currency, locale));
    Some(amounts.collect::<Vec<_>>().join("\n"))
}

fn of_campaign(campaign: &Campaign, currency: &str, locale: &str) -> String {
    let currency = campaign.currency.as_deref().unwrap_or(currency);
    let mut lines = vec![campaign.name.clone(), campaign.description.clone()];
    lines.extend([campaign.name_in(locale), campaign.description_in(locale)].map(str::to_owned));
    if let Codes::Public { code } = &campaign.codes {
        lines.push(format!("Code: {code}"));
    }
    let zone = jiff::tz::TimeZone::get(campaign.schedule.time_zone.name()).unwrap_or(jiff::tz::TimeZone::UTC);
    for at in [campaign.schedule.starts_at, campaign.schedule.ends_at]
        .into_iter()
        .flatten()
    {
        // An end is the first moment that is over: people name the day before it.
        for at in [at, at - 1] {
            let at = jiff::Timestamp::from_millisecond(at).ok();
            lines.extend(at.map(|at| at.to_zoned_datetime(zone.clone()).date().to_string()));
        }
    }
    let (mut shares, mut amounts) = (Vec::new(), Vec::new());
    match &campaign.benefit {
        Benefit::Percent { share, cap } => {
            shares.push(*share);
            amounts.extend(*cap);
        }
        Benefit::Amount { minor, .. } | Benefit::FixedPrice { minor } => amounts.push(*minor),
        Benefit::FreeShipping { cap } => amounts.extend(*cap),
        Benefit::BuyGet(buy_get) => shares.push(buy_get.share),
        Benefit::Tiers { steps, .. } => {
            for step in steps {
                amounts.push(step.from);
                match step.off {
                    Off::Share(share) => shares.push(share),
                    Off::Amount(minor) => amounts.push(minor),
                }
            }
        }
    }
    amounts.extend(campaign.conditions.min_subtotal);
    amounts.extend(campaign.conditions.min_after_discounts);
    lines.extend(amounts.iter().map(|minor| money_text(*minor, currency, locale)));
    lines.extend(
        shares
            .iter()
            .map(|share| format!("{} %", f64::from(*share) / 100.0)),
    );
    lines.join("\n")
}
