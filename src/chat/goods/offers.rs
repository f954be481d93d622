//! Offers that run, what they do to the shopper's cart, and what is the matter with a code.

use std::sync::Arc;

use super::cards::{CHANNEL, offer_card};
use super::{Asking, Finding, Record, Shelf};
use crate::chat::asks::Doing;
use crate::chat::message::Choice;
use crate::chat::policy::Button;
use crate::chat::reply::Part;
use crate::chat::wants::Wants;
use crate::orders::session;
use crate::promotions::campaign::{Campaign, Codes, Phase};
use crate::promotions::cart::{Cart, Shopper};
use crate::promotions::outcome::{Occasion, Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::promotions::words;
use crate::store::now;
use crate::text::money::money_text;
use crate::text::say::Voice;

/// Cards of one reply.
const SHOWN: usize = 4;

/// A cart that has something in it, and what offers do to it.
pub(super) struct Weighed {
    pub occasion: Occasion,
    pub outcome: Outcome,
}

impl Shelf {
    /// The shopper's cart with its best price; `None`: there is none, or nothing is in it.
    pub(super) async fn weighed(&self, asking: &Asking<'_>, codes: &[String]) -> Option<Weighed> {
        let cart = self.orders.cart(asking.cart?).await.ok()?;
        if cart.basket.is_empty() {
            return None;
        }
        let mut occasion = self
            .orders
            .occasion(&cart, &self.orders.price(&cart.basket))
            .await
            .ok()?;
        occasion.codes.extend(codes.iter().cloned());
        let held = session(&cart.id);
        let (evaluation, _) = self.promotions.qualify(&occasion, Some(&held)).await.ok()?;
        let mut outcome = Outcome::of(&occasion.cart, &evaluation);
        words::put_in(&self.promotions, &mut outcome, &asking.voice.code());
        Some(Weighed { occasion, outcome })
    }

    /// Offers that run now and that anybody may be told of: first what the cart has, what is within its reach, and
    /// what is for the thing that the message names.
    pub(super) async fn offers(&self, wants: &Wants, asking: &Asking<'_>) -> Option<Finding> {
        let at = now();
        let mut running: Vec<Arc<Campaign>> = self.promotions.campaigns();
        running.retain(|campaign| {
            campaign.phase(at) == Phase::Running && is_for_all(campaign) && campaign.schedule.is_open(at)
        });
        let weighed = self.weighed(asking, &[]).await;
        if let Some(own) = self.personal_offer(weighed.as_ref()).await {
            running.retain(|campaign| campaign.id != own.id);
            running.insert(0, own);
        }
        let names_something = wants.names_goods();
        let about = running
            .iter()
            .filter(|campaign| is_about(campaign, wants))
            .count();
        let worth: Vec<Option<Worth>> = running
            .iter()
            .map(|campaign| {
                weighed
                    .as_ref()
                    .and_then(|weighed| self.worth(campaign, weighed, asking.voice))
            })
            .collect();
        let mut ranked: Vec<(&Arc<Campaign>, &Option<Worth>)> = running.iter().zip(&worth).collect();
        // Codes before what comes off by itself: who asks can do something with them.
        ranked.sort_by_key(|(campaign, worth)| {
            let standing = worth.as_ref().map_or(2, |worth| u8::from(!worth.applies));
            (
                names_something && !is_about(campaign, wants),
                standing,
                campaign.is_automatic(),
            )
        });
        ranked.truncate(SHOWN);
        if ranked.is_empty() {
            return Some(Finding::of(Doing::ShowOffers).says(asking.voice.say("bot-offers-none")));
        }
        let mut finding = Finding::of(Doing::ShowOffers);
        finding.records = ranked
            .iter()
            .map(|(campaign, _)| campaign_record(campaign))
            .collect();
        if weighed.is_some() {
            finding.records.push(Record::Cart);
        }
        finding.offered = ranked.iter().find_map(|(campaign, _)| match &campaign.codes {
            Codes::Public { code } => Some(code.clone()),
            _ => None,
        });
        let key = match (names_something, about, weighed.is_some()) {
            (true, 0, _) => "bot-offers-none-for-it",
            (_, _, true) => "bot-offers-cart",
            _ => "bot-offers",
        };
        finding.parts.push(Part::Cards {
            prompt: asking.voice.say(key),
            cards: ranked
                .iter()
                .map(|(campaign, worth)| {
                    let worth = worth.as_ref().map(|worth| worth.text.clone());
                    offer_card(campaign, worth, asking.cart.is_some(), asking.voice)
                })
                .collect(),
        });
        Some(finding)
    }

    /// The personal offer that the learned choice has for a shopper who is known.
    async fn personal_offer(&self, weighed: Option<&Weighed>) -> Option<Arc<Campaign>> {
        let weighed = weighed.filter(|weighed| weighed.occasion.shopper.id.is_some())?;
        match self.personal.choose(&weighed.occasion, &weighed.outcome).await {
            Ok(chosen) => self.promotions.campaign(&chosen.campaign?),
            Err(error) => {
                tracing::warn!(%error, "no personal offer could be chosen");
                None
            }
        }
    }

    /// What a campaign does to a cart, or what the cart lacks for it.
    fn worth(&self, campaign: &Campaign, weighed: &Weighed, voice: &Voice) -> Option<Worth> {
        let outcome = &weighed.outcome;
        let money = |minor| money_text(minor, &outcome.currency, &voice.code());
        if let Some(applied) = outcome.applied.iter().find(|offer| offer.campaign == campaign.id) {
            return Some(Worth {
                applies: true,
                text: voice.say_with("bot-offer-worth", &[("amount", &money(applied.amount))]),
            });
        }
        let mut near = outcome
            .near
            .iter()
            .chain(&outcome.refused)
            .chain(&outcome.skipped);
        let near = near.find(|offer| offer.campaign.as_deref() == Some(&campaign.id))?;
        // Of what the cart has nothing of, it lacks no step.
        if !near
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::MissingAmount { .. }))
        {
            return None;
        }
        let messages = words::messages(&self.promotions, voice, near, &outcome.currency, false);
        (!messages.is_empty()).then(|| Worth {
            applies: false,
            text: messages.join(" "),
        })
    }

    /// What is the matter with each public code that the message names. Of codes that are one shopper's own the chat
    /// says nothing: it would tell whoever guesses which ones exist.
    pub(super) async fn codes(&self, words: &[String], asking: &Asking<'_>) -> Option<Finding> {
        let weighed = self.weighed(asking, words).await;
        let (outcome, has_cart) = match weighed {
            Some(weighed) => (weighed.outcome, true),
            None => (self.on_an_empty_cart(words).await?, false),
        };
        let mut finding = Finding::of(Doing::ExplainCodes);
        for word in words {
            let applied = outcome.brought_by(word);
            if let Some((applied, _)) = applied.and_then(|offer| Some((offer, self.public(&offer.campaign)?)))
            {
                let amount = money_text(applied.amount, &outcome.currency, &asking.voice.code());
                let code = applied.code.clone().unwrap_or_default();
                let variables = [("code", code.as_str()), ("amount", amount.as_str())];
                finding = finding.says(asking.voice.say_with("bot-code-worth", &variables));
                finding.records.extend([
                    Record::Campaign {
                        id: applied.campaign.clone(),
                    },
                    Record::Cart,
                ]);
                finding.offered = Some(code);
                continue;
            }
            let Some(offer) = outcome.turned_down(word) else {
                continue;
            };
            let offer = within_reach(&outcome, offer);
            let Some(campaign) = offer.campaign.as_ref().and_then(|id| self.public(id)) else {
                continue;
            };
            let code = offer.code.clone().unwrap_or_default();
            let (text, is_good) =
                self.about_code(offer, &campaign, &outcome.currency, has_cart, asking.voice);
            finding = finding.says(text).about(campaign_record(&campaign));
            finding.offered = finding.offered.or(is_good.then_some(code));
        }
        finding = self.together(finding, asking.voice);
        if finding.parts.is_empty() {
            let unknown = words.iter().find(|word| looks_like_code(word))?;
            return Some(finding.says(asking.voice.say_with("bot-code-unknown", &[("code", unknown)])));
        }
        if let Some(code) = finding.offered.clone().filter(|_| has_cart) {
            finding.parts.push(Part::Choices {
                prompt: String::new(),
                choices: vec![Choice {
                    title: asking.voice.say_with("button-apply", &[("code", &code)]),
                    value: Button::ApplyCode { code }.value(),
                }],
            });
        }
        Some(finding)
    }

    /// The campaign of an id, if its code is for everybody.
    fn public(&self, id: &str) -> Option<Arc<Campaign>> {
        let campaign = self.promotions.campaign(id)?;
        matches!(campaign.codes, Codes::Public { .. }).then_some(campaign)
    }

    /// Whether the codes that a message names go together.
    fn together(&self, finding: Finding, voice: &Voice) -> Finding {
        let named = finding.records.iter().filter_map(|record| match record {
            Record::Campaign { id } => self.promotions.campaign(id),
            _ => None,
        });
        let named: Vec<Arc<Campaign>> = named.collect();
        let code = |campaign: &Campaign| match &campaign.codes {
            Codes::Public { code } => code.clone(),
            _ => String::new(),
        };
        let [one, other, ..] = named.as_slice() else {
            return finding;
        };
        let key = match one.combines(other) {
            true => "bot-codes-together",
            false => "bot-codes-not-together",
        };
        let said = voice.say_with(key, &[("one", &code(one)), ("other", &code(other))]);
        finding.says(said)
    }

    /// What is said of a public code that takes nothing off as things stand, and whether it may yet.
    fn about_code(
        &self,
        offer: &RefusedOffer,
        campaign: &Campaign,
        currency: &str,
        has_cart: bool,
        voice: &Voice,
    ) -> (String, bool) {
        let code = match &campaign.codes {
            Codes::Public { code } => code.clone(),
            _ => offer.code.clone().unwrap_or_default(),
        };
        let locale = voice.code();
        let description = campaign.description_in(&locale);
        let may_yet = |reason: &Reason| {
            reason.is_missing() || matches!(reason, Reason::ProfileRequired | Reason::EffectCouldNotBeApplied)
        };
        let is_good = offer.reasons.iter().all(may_yet);
        // An empty cart lacks what the offer is for: that is what its description says better.
        if is_good && !has_cart {
            let variables = [("code", code.as_str()), ("offer", description)];
            return (voice.say_with("bot-code-good", &variables), true);
        }
        let why = self.why(offer, currency, voice);
        let key = if is_good {
            "bot-code-not-yet"
        } else {
            "bot-code-bad"
        };
        let variables = [
            ("code", code.as_str()),
            ("why", why.as_str()),
            ("offer", description),
        ];
        (voice.say_with(key, &variables), is_good)
    }

    /// Why an offer takes nothing off. Who the shopper is, the checkout asks: until then only that is said, where nothing
    /// else is in the way.
    pub(super) fn why(&self, offer: &RefusedOffer, currency: &str, voice: &Voice) -> String {
        let asks_who = |reason: &Reason| *reason == Reason::ProfileRequired;
        let others = RefusedOffer {
            reasons: offer
                .reasons
                .iter()
                .filter(|reason| !asks_who(reason))
                .cloned()
                .collect(),
            ..offer.clone()
        };
        match others.reasons.is_empty() {
            true => voice.say("cart-code-at-checkout"),
            false => words::messages(&self.promotions, voice, &others, currency, false).join(" "),
        }
    }

    async fn on_an_empty_cart(&self, codes: &[String]) -> Option<Outcome> {
        let occasion = Occasion {
            cart: Cart {
                currency: self.catalogue.currency().unwrap_or_else(|| "USD".into()),
                ..Cart::default()
            },
            shopper: Shopper {
                channel: CHANNEL.into(),
                ..Shopper::default()
            },
            at: now(),
            codes: codes.to_vec(),
        };
        let evaluation = self.promotions.evaluate(&occasion, None).await.ok()?;
        Some(Outcome::of(&occasion.cart, &evaluation))
    }
}

struct Worth {
    applies: bool,
    text: String,
}

/// What is known of an offer: that a step of it is ahead says more than that it changes nothing yet.
pub(super) fn within_reach<'a>(outcome: &'a Outcome, offer: &'a RefusedOffer) -> &'a RefusedOffer {
    if offer.reasons != [Reason::EffectCouldNotBeApplied] {
        return offer;
    }
    outcome
        .near
        .iter()
        .find(|near| near.campaign == offer.campaign)
        .unwrap_or(offer)
}

fn campaign_record(campaign: &Campaign) -> Record {
    Record::Campaign {
        id: campaign.id.clone(),
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

/// Whether it is for what the wants name: any level of the category, or the brand.
fn is_about(campaign: &Campaign, wants: &Wants) -> bool {
    let include = &campaign.scope.include;
    let levels: Vec<&str> = wants.category.iter().flat_map(|path| path.split(" > ")).collect();
    let last = |name: &str| name.rsplit(" > ").next().unwrap_or_default().to_lowercase();
    let in_category = include
        .categories
        .iter()
        .any(|name| levels.iter().any(|level| last(name) == level.to_lowercase()));
    let of_brand = include.brands.iter().any(|brand| {
        wants
            .brand
            .as_ref()
            .is_some_and(|wanted| wanted.eq_ignore_ascii_case(brand))
    });
    in_category || of_brand
}

/// Capitals or digits with letters: nothing that stands in a sentence by itself.
fn looks_like_code(word: &str) -> bool {
    let mut letters = word.chars().filter(|letter| letter.is_alphabetic());
    let any = letters.clone().next().is_some();
    let has_digit = word.chars().any(|letter| letter.is_ascii_digit());
    word.chars().count() >= 4 && any && (has_digit || letters.all(char::is_uppercase))
}
