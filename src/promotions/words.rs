//! The words for why an offer does not apply.

use super::Promotions;
use super::outcome::{Outcome, RefusedOffer};
use super::reason::Reason;
use crate::store::Millis;
use crate::text::money::money_text;
use crate::text::say::Voice;

/// Why an offer does not apply, in words. `applies`: whether it gives something already, and could give more.
pub fn messages(
    promotions: &Promotions,
    voice: &Voice,
    offer: &RefusedOffer,
    currency: &str,
    applies: bool,
) -> Vec<String> {
    let say = |reason: &Reason| {
        let locale = voice.code();
        let moment = |at| moment(promotions, offer.campaign.as_deref(), at);
        match reason {
            Reason::MissingAmount { minor } => {
                let key = if applies {
                    "offer-next-amount"
                } else {
                    reason.key()
                };
                voice.say_with(key, &[("amount", &money_text(*minor, currency, &locale))])
            }
            Reason::MissingItem { pieces } => {
                let key = if applies { "offer-next-item" } else { reason.key() };
                voice.say_count(key, "pieces", *pieces)
            }
            Reason::CouponStartDateInFuture { starts_at } => {
                voice.say_with(reason.key(), &[("starts", &moment(*starts_at))])
            }
            Reason::OutsideHours {
                opens_at: Some(opens),
            } => voice.say_with(reason.key(), &[("opens", &moment(*opens))]),
            Reason::OutsideHours { opens_at: None } => voice.say("offer-outside-hours-over"),
            Reason::CurrencyDoesNotMatch { expected } => {
                voice.say_with(reason.key(), &[("expected", expected)])
            }
            Reason::NotCombinable { with } if offer.campaign.as_ref().is_some_and(|id| with.contains(id)) => {
                voice.say("offer-same-campaign")
            }
            Reason::NotCombinable { with } => {
                voice.say_with(reason.key(), &[("with", &names(promotions, with, &locale))])
            }
            _ => voice.say(reason.key()),
        }
    };
    offer.reasons.iter().map(say).collect()
}

/// Gives an outcome's offers the names and descriptions that their campaigns have in a language.
pub fn put_in(promotions: &Promotions, outcome: &mut Outcome, locale: &str) {
    for offer in &mut outcome.applied {
        if let Some(campaign) = promotions.campaign(&offer.campaign) {
            offer.name = campaign.name_in(locale).to_owned();
            offer.description = campaign.description_in(locale).to_owned();
        }
    }
    let others = [&mut outcome.refused, &mut outcome.skipped, &mut outcome.near];
    for offer in others.into_iter().flatten() {
        let campaign = offer.campaign.as_ref().and_then(|id| promotions.campaign(id));
        if let Some(campaign) = campaign {
            offer.name = campaign.name_in(locale).to_owned();
            offer.description = campaign.description_in(locale).to_owned();
        }
    }
}

/// A moment as clocks show it where the campaign runs.
fn moment(promotions: &Promotions, campaign: Option<&str>, at: Millis) -> String {
    let campaign = campaign.and_then(|id| promotions.campaign(id));
    let local = campaign.and_then(|campaign| campaign.schedule.time_zone.local(at));
    local
        .map(|local| local.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

fn names(promotions: &Promotions, ids: &[String], locale: &str) -> String {
    let name = |id: &String| {
        promotions
            .campaign(id)
            .map_or_else(|| id.clone(), |campaign| campaign.name_in(locale).to_owned())
    };
    ids.iter().map(name).collect::<Vec<_>>().join(", ")
}
