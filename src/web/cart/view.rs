//! A cart as its page shows it.

use super::Sums;
use super::sums::OfferRow;
use crate::orders::{PricedLine, StoredCart, Trouble};
use crate::promotions::campaign::{Class, MinorUnits};
use crate::promotions::codes::code_key;
use crate::promotions::nearest::NearestDeal;
use crate::promotions::outcome::{Outcome, RefusedOffer};
use crate::promotions::reason::Reason;
use crate::promotions::words;
use crate::text::money::money_text;
use crate::web::App;
use crate::web::deals::{Deals, deals, messages};
use crate::web::pages::Frame;
use crate::web::problem::Problem;
use crate::web::products::card::{address, picture};

/// So many offers within reach are told of, and so many items that bring one.
const HINTS: usize = 3;
const SUGGESTED: usize = 2;

#[derive(Default)]
pub struct CartView {
    pub pieces: u32,
    pub lines: Vec<LineView>,
    pub codes: Vec<CodeView>,
    pub sums: Sums,
    pub hints: Vec<Hint>,
    pub deals: Vec<DealView>,
    /// Whether all of it can be ordered.
    pub is_ready: bool,
    /// What a screen reader says when the totals change.
    pub status: String,
}

pub struct LineView {
    pub item: String,
    pub title: String,
    pub address: String,
    pub picture: Option<String>,
    pub quantity: u32,
    pub each: String,
    /// What the line costs after its own offers; empty: it can't be had.
    pub total: String,
    pub before: Option<String>,
    pub offers: Vec<OfferRow>,
    /// What its shopper has to know: what keeps it from being ordered, a price that changed.
    pub notes: Vec<String>,
}

/// A code with what became of it.
pub struct CodeView {
    pub code: String,
    pub is_used: bool,
    /// It was not entered: the shop knows of it and put it in.
    pub is_ours: bool,
    pub message: String,
}

/// An offer within reach.
pub struct Hint {
    pub name: String,
    /// What the offer is, in the shop's words.
    pub description: String,
    pub message: String,
}

/// An item that brings an offer.
pub struct DealView {
    pub item: String,
    pub title: String,
    pub address: String,
    pub picture: Option<String>,
    pub price: String,
    /// What it brings, and what becomes of the total.
    pub message: String,
}

/// What all parts of the view speak with.
struct Teller<'a> {
    app: &'a App,
    frame: &'a Frame<'a>,
    outcome: &'a Outcome,
}

impl CartView {
    pub async fn of(app: &App, frame: &Frame<'_>, cart: &StoredCart) -> Result<Self, Problem> {
        let priced = app.orders.price(&cart.basket);
        let occasion = app.orders.occasion(cart, &priced).await?;
        let session = crate::orders::session(&cart.id);
        let Deals { mut outcome, nearest } = deals(app, &occasion, Some(&session)).await?;
        words::put_in(&app.promotions, &mut outcome, &frame.voice.code());
        let teller = Teller {
            app,
            frame,
            outcome: &outcome,
        };
        let deals: Vec<DealView> = nearest.iter().filter_map(|deal| teller.deal(deal)).collect();
        let sums = Sums::of(app, frame, &outcome);
        Ok(Self {
            pieces: cart.basket.pieces(),
            lines: priced.lines.iter().map(|line| teller.line(line)).collect(),
            codes: teller.codes(&cart.basket.codes),
            hints: teller.hints(),
            deals: deals.into_iter().take(SUGGESTED).collect(),
            is_ready: priced.is_ready(),
            status: frame.voice.say_with("cart-status", &[("total", &sums.total)]),
            sums,
        })
    }
}

impl Teller<'_> {
    fn money(&self, minor: MinorUnits) -> String {
        money_text(minor, &self.outcome.currency, &self.app.locale())
    }

    fn say_with(&self, key: &str, variables: &[(&'static str, &str)]) -> String {
        self.frame.voice.say_with(key, variables)
    }

    fn line(&self, line: &PricedLine) -> LineView {
        let item = line.item.as_ref();
        let mut view = LineView {
            item: line.line.item.clone(),
            title: item.map_or_else(
                || line.line.item.clone(),
                |item| item.title_in(&self.frame.voice.code()).to_owned(),
            ),
            address: address(&line.line.item),
            picture: item.and_then(|item| picture(&item.image)),
            quantity: line.line.quantity,
            each: String::new(),
            total: String::new(),
            before: None,
            offers: Vec::new(),
            notes: self.notes(line),
        };
        let Some(place) = line.place else {
            return view;
        };
        let costs = &self.outcome.lines[place];
        view.each = self.money(costs.subtotal / MinorUnits::from(costs.quantity.max(1)));
        let own = self
            .outcome
            .applied
            .iter()
            .filter(|offer| offer.class == Class::Product);
        let own = own.filter_map(|offer| {
            let off = offer.lines.get(place).copied().filter(|off| *off > 0)?;
            Some((offer, off))
        });
        let off: MinorUnits = own.clone().map(|(_, off)| off).sum();
        view.total = self.money(costs.subtotal - off);
        view.before = (off > 0).then(|| self.money(costs.subtotal));
        view.offers = own
            .map(|(offer, off)| OfferRow::of(offer, &self.money(off)))
            .collect();
        view
    }

    fn notes(&self, line: &PricedLine) -> Vec<String> {
        let trouble = line.trouble.map(|trouble| match trouble {
            Trouble::Gone => self.frame.say("cart-line-gone"),
            Trouble::SoldOut => self.frame.say("cart-line-sold-out"),
            Trouble::Left(left) => self.say_with("cart-line-left", &[("count", &left.to_string())]),
        });
        let changed = line.changed_from().map(|seen| {
            let seen = money_text(seen.minor, &seen.currency, &self.app.locale());
            self.say_with("cart-line-changed", &[("before", &seen)])
        });
        trouble.into_iter().chain(changed).collect()
    }

    fn why(&self, offer: &RefusedOffer) -> String {
        // Nobody signs in here: the checkout asks for the address that tells who it is.
        if offer.reasons.contains(&Reason::ProfileRequired) {
            return self.frame.say("cart-code-at-checkout");
        }
        let currency = &self.outcome.currency;
        let mut applied = self.outcome.applied.iter();
        let applies = applied.any(|applied| Some(&applied.campaign) == offer.campaign.as_ref());
        messages(self.app, &self.frame.voice, offer, currency, applies).join(" ")
    }

    fn codes(&self, entered: &[String]) -> Vec<CodeView> {
        let outcome = self.outcome;
        let view = |code: &String| CodeView {
            code: code.clone(),
            is_used: outcome.brought_by(code).is_some(),
            is_ours: false,
            message: outcome
                .turned_down(code)
                .map(|offer| self.why(offer))
                .unwrap_or_default(),
        };
        let applied = outcome.applied.iter().filter_map(|offer| offer.code.as_ref());
        let ours = applied
            .filter(|code| !entered.iter().any(|known| code_key(known) == code_key(code)))
            .map(|code| CodeView {
                code: code.clone(),
                is_used: true,
                is_ours: true,
                message: String::new(),
            });
        entered.iter().map(view).chain(ours).collect()
    }

    /// Offers that one step more brings, first those that lack an amount, then those that lack a piece. Whoever has nothing
    /// of an offer yet isn't almost there.
    fn hints(&self) -> Vec<Hint> {
        let is_step = |reason: &Reason| {
            matches!(
                reason,
                Reason::MissingAmount { .. } | Reason::MissingItem { pieces: 1 }
            )
        };
        let lacks_piece = |offer: &&RefusedOffer| {
            let mut reasons = offer.reasons.iter();
            reasons.any(|reason| matches!(reason, Reason::MissingItem { .. }))
        };
        let near = self.outcome.near.iter();
        let mut steps: Vec<&RefusedOffer> = near.filter(|offer| offer.reasons.iter().all(is_step)).collect();
        steps.sort_by_key(lacks_piece);
        let hint = |offer: &RefusedOffer| Hint {
            name: offer.name.clone(),
            description: offer.description.clone(),
            message: self.why(offer),
        };
        steps.into_iter().take(HINTS).map(hint).collect()
    }

    fn deal(&self, deal: &NearestDeal) -> Option<DealView> {
        let item = self.app.catalogue.get(&deal.item)?;
        let change = self.money(deal.total_change.abs());
        let key = match deal.total_change {
            ..0 => "cart-deal-falls",
            0 => "cart-deal-same",
            1.. => "cart-deal-rises",
        };
        let locale = self.frame.voice.code();
        let campaign = self.app.promotions.campaign(&deal.campaign);
        let name = campaign
            .as_ref()
            .map_or(deal.name.as_str(), |campaign| campaign.name_in(&locale));
        Some(DealView {
            item: deal.item.clone(),
            title: item.title_in(&locale).to_owned(),
            address: address(&deal.item),
            picture: picture(&item.image),
            price: self.money(deal.price),
            message: self.say_with(key, &[("offer", name), ("amount", &change)]),
        })
    }
}
