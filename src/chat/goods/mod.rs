//! What the shop can show for a message: products that fit, offers that run, what is the matter with a code. Everything
//! comes from a record that is read in this turn.

mod wanted;

use std::sync::Arc;

use serde::Serialize;

use super::intents::Behaviour;
use super::reply::Card;
use crate::catalog::{Catalogue, Item, SearchRequest, address, picture};
use crate::nlu::Understanding;
use crate::promotions::campaign::{Campaign, Codes, Phase};
use crate::promotions::cart::{Cart, Shopper};
use crate::promotions::outcome::{Occasion, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::promotions::{Promotions, words};
use crate::recommend::{Asker, Filter, Recommender, Request};
use crate::store::now;
use crate::text::money::money_text;
use crate::text::say::Voice;
use wanted::Wanted;

/// Cards of one reply.
const SHOWN: usize = 4;
/// Words of a message that are tried as codes.
const TRIED: usize = 20;
const CHANNEL: &str = "chat";

/// What the chat may show of the shop.
#[derive(Clone)]
pub struct Shelf {
    pub catalogue: Catalogue,
    pub recommender: Recommender,
    pub promotions: Promotions,
}

/// What was found for a message.
#[derive(Debug, Clone, Default)]
pub struct Goods {
    pub products: Vec<Card>,
    pub offers: Vec<Card>,
    /// What is to be said of codes that the message names.
    pub codes: Vec<String>,
    pub origin: Vec<Origin>,
}

/// The record that a card or sentence stands on, for the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Origin {
    Product { id: String, reason: String },
    Campaign { id: String },
}

impl Shelf {
    /// What a message with this behaviour calls for; nothing for all others.
    pub async fn goods(&self, behaviour: Behaviour, understanding: &Understanding, voice: &Voice) -> Goods {
        match behaviour {
            Behaviour::FindProducts | Behaviour::RecommendProducts => {
                self.products(behaviour, understanding, voice).await
            }
            Behaviour::ShowOffers => self.offers(understanding, voice),
            Behaviour::ExplainCode => self.codes(&understanding.text, voice).await,
            _ => Goods::default(),
        }
    }

    /// Search where something is looked for by its words, the recommender where advice is asked for.
    async fn products(&self, behaviour: Behaviour, understanding: &Understanding, voice: &Voice) -> Goods {
        let wanted = Wanted::of(understanding, &self.catalogue);
        let (shelf, voice, locale) = (self.clone(), voice.clone(), voice.code());
        let vector = understanding.vector.clone();
        let found = tokio::task::spawn_blocking(move || {
            if behaviour == Behaviour::FindProducts {
                let request = SearchRequest {
                    text: wanted.text.clone(),
                    category: wanted.category.clone(),
                    brand: wanted.brand.clone(),
                    min_price: wanted.min_price.clone(),
                    max_price: wanted.max_price.clone(),
                    in_stock: true,
                    limit: SHOWN + wanted.not_brands.len() * SHOWN,
                    ..SearchRequest::default()
                };
                let hits = shelf.catalogue.search(&request, Some(&vector)).hits;
                let is_wanted = |item: &Item| !wanted.not_brands.contains(&item.brand);
                let found = hits.into_iter().map(|hit| (hit.item, String::new()));
                found.filter(|(item, _)| is_wanted(item)).take(SHOWN).collect()
            } else {
                shelf.recommended(&wanted, &voice)
            }
        });
        let found: Vec<(Arc<Item>, String)> = found.await.unwrap_or_default();
        let mut goods = Goods::default();
        for (item, reason) in found {
            goods.origin.push(Origin::Product {
                id: item.id.clone(),
                reason: reason.clone(),
            });
            goods.products.push(product_card(&item, &reason, &locale));
        }
        goods
    }

    fn recommended(&self, wanted: &Wanted, voice: &Voice) -> Vec<(Arc<Item>, String)> {
        let minor = |money: &Option<crate::catalog::Money>| money.as_ref().map(|money| money.minor);
        let request = Request {
            n: SHOWN,
            filter: Filter {
                category: wanted.category.clone(),
                brand: wanted.brand.clone(),
                not_brands: wanted.not_brands.clone(),
                min_price: minor(&wanted.min_price),
                max_price: minor(&wanted.max_price),
            },
            ..Request::default()
        };
        let found = self.recommender.recommend(Asker::Session(&[]), &request);
        found
            .into_iter()
            .map(|found| (found.item.clone(), found.in_words(&self.catalogue, voice)))
            .collect()
    }

    /// Offers that run now and that anybody may be told of; first those for what the message names.
    fn offers(&self, understanding: &Understanding, voice: &Voice) -> Goods {
        let wanted = Wanted::of(understanding, &self.catalogue);
        let at = now();
        let mut running: Vec<Arc<Campaign>> = self.promotions.campaigns();
        running.retain(|campaign| {
            campaign.phase(at) == Phase::Running && is_for_all(campaign) && campaign.schedule.is_open(at)
        });
        let level = wanted
            .category
            .as_deref()
            .and_then(|path| path.rsplit(" > ").next());
        let is_about = |campaign: &Campaign| {
            let include = &campaign.scope.include;
            let names = include.categories.iter().chain(&include.brands);
            names.into_iter().any(|name| {
                let same = |other: &str| {
                    name.rsplit(" > ")
                        .next()
                        .is_some_and(|name| name.eq_ignore_ascii_case(other))
                };
                level.is_some_and(same) || wanted.brand.as_deref().is_some_and(same)
            })
        };
        // Codes before what comes off by itself: who asks can do something with them.
        running.sort_by_key(|campaign| (!is_about(campaign), campaign.is_automatic()));
        running.truncate(SHOWN);
        Goods {
            origin: running
                .iter()
                .map(|campaign| Origin::Campaign {
                    id: campaign.id.clone(),
                })
                .collect(),
            offers: running
                .iter()
                .map(|campaign| offer_card(campaign, voice))
                .collect(),
            ..Goods::default()
        }
    }

    /// What is the matter with each public code that the message names. Of codes that are one shopper's own the chat says
    /// nothing: it would tell whoever guesses which ones exist.
    async fn codes(&self, text: &str, voice: &Voice) -> Goods {
        let words = text
            .split_whitespace()
            .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
        let codes: Vec<String> = words
            .filter(|word| (3..=40).contains(&word.len()))
            .take(TRIED)
            .map(str::to_owned)
            .collect();
        let currency = self.catalogue.currency().unwrap_or_else(|| "USD".into());
        let occasion = Occasion {
            cart: Cart {
                currency: currency.clone(),
                ..Cart::default()
            },
            shopper: Shopper {
                channel: CHANNEL.into(),
                ..Shopper::default()
            },
            at: now(),
            codes,
        };
        let Ok(evaluation) = self.promotions.evaluate(&occasion, None).await else {
            return Goods::default();
        };
        let mut goods = Goods::default();
        for refused in &evaluation.refused {
            let is_public = |campaign: &&Arc<Campaign>| matches!(campaign.codes, Codes::Public { .. });
            let Some(campaign) = refused.campaign.as_ref().filter(is_public) else {
                continue;
            };
            let offer = RefusedOffer::of(refused);
            let code = offer.code.clone().unwrap_or_default();
            // An empty cart lacks what the offer is for: that is what its description says better.
            let is_good = |reason: &Reason| {
                reason.is_missing()
                    || matches!(reason, Reason::ProfileRequired | Reason::EffectCouldNotBeApplied)
            };
            let said = if refused.reasons.iter().all(is_good) {
                voice.say_with(
                    "bot-code-good",
                    &[("code", &code), ("offer", &campaign.description)],
                )
            } else {
                let why = words::messages(&self.promotions, voice, &offer, &currency, false).join(" ");
                voice.say_with("bot-code-bad", &[("code", &code), ("why", &why)])
            };
            goods.codes.push(said);
            goods.origin.push(Origin::Campaign {
                id: campaign.id.clone(),
            });
        }
        goods
    }
}

/// Whether anybody may be told of it: what it asks of a shopper stands in its description, what is for some segments
/// only, or chosen for single shoppers, is theirs to hear of.
fn is_for_all(campaign: &Campaign) -> bool {
    let conditions = &campaign.conditions;
    let is_told = campaign.is_automatic() || campaign.advertised;
    let reaches_chat = conditions.channels.is_empty() || conditions.channels.contains(CHANNEL);
    is_told && !campaign.personal && conditions.segments.is_empty() && reaches_chat
}

fn offer_card(campaign: &Campaign, voice: &Voice) -> Card {
    let code = match &campaign.codes {
        Codes::Public { code } => voice.say_with("bot-offer-code", &[("code", code)]),
        _ => voice.say("bot-offer-automatic"),
    };
    Card {
        title: campaign.name.clone(),
        description: format!("{} {code}", campaign.description),
        link: String::new(),
        media_url: None,
    }
}

fn product_card(item: &Item, reason: &str, locale: &str) -> Card {
    let price = item
        .costs()
        .map(|costs| money_text(costs.minor, &costs.currency, locale));
    let told = [price.unwrap_or_default(), reason.to_owned()];
    let told: Vec<String> = told.into_iter().filter(|part| !part.is_empty()).collect();
    Card {
        title: item.title.clone(),
        description: told.join(" · "),
        link: address(&item.id),
        media_url: picture(&item.image),
    }
}
