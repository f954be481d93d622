//! What a campaign means in a cart, and what keeps it from the cart.

use std::borrow::Cow;

use super::discount::{Left, Meant, given, times};
use super::marks::Moment;
use super::matching::{Matches, Places};
use crate::promotions::campaign::{Benefit, BuyGet, Campaign, Class, Measure, MinorUnits, State};
use crate::promotions::cart::{Cart, Facts, Line, Used};
use crate::promotions::reason::{Reason, Reasons};

/// What one evaluation looks at.
pub struct Judged<'a> {
    pub cart: &'a Cart,
    /// By their names.
    pub lines: &'a [&'a Line],
    pub facts: &'a Facts,
    pub matches: Matches,
    pub moment: Moment<'a>,
    /// What everything costs before discounts, and how many pieces it is.
    pub whole: Left,
    pub pieces: i64,
}

impl Judged<'_> {
    pub fn used(&self, campaign: &Campaign) -> Used {
        self.facts.used.get(&campaign.id).copied().unwrap_or_default()
    }

    pub fn meant(&self, number: usize, campaign: &Campaign) -> Meant<'_> {
        let least_left = campaign.conditions.min_after_discounts.unwrap_or(0);
        let scope = self.matches.scope(number, &campaign.scope);
        let Benefit::BuyGet(buy_get) = &campaign.benefit else {
            let (subtotal, pieces) = self.counted(&scope);
            return Meant {
                scope,
                bought: Cow::Borrowed(&[]),
                subtotal,
                pieces,
                times: 0,
                given: Vec::new(),
                least_left,
            };
        };
        // What costs nothing is neither bought nor the cheapest piece that a shop gives away.
        let scope = self.with_a_price(scope);
        let bought = match buy_get.bought.is_everything() {
            true => scope.clone(),
            false => self.with_a_price(self.matches.bought(number, &buy_get.bought)),
        };
        // "Jackets for 100, and a hat is free" counts jackets.
        let (subtotal, pieces) = self.counted(&bought);
        let times = times(buy_get, &scope, &bought, self.lines);
        let given = match times {
            0 => Vec::new(),
            times => given(buy_get, times, &scope, &bought, self.lines),
        };
        Meant {
            scope,
            bought,
            subtotal,
            pieces,
            times,
            given,
            least_left,
        }
    }

    /// What lines cost together, and how many pieces they are.
    fn counted(&self, places: &[usize]) -> (MinorUnits, i64) {
        if places.len() == self.lines.len() {
            return (self.whole.lines.iter().sum(), self.pieces);
        }
        let lines = || places.iter().map(|place| self.lines[*place]);
        (
            lines().map(Line::subtotal).sum(),
            lines().map(|line| i64::from(line.quantity)).sum(),
        )
    }

    fn with_a_price<'p>(&self, places: Places<'p>) -> Places<'p> {
        let has_price = |place: &usize| self.lines[*place].unit_price > 0;
        if places.iter().all(has_price) {
            return places;
        }
        Cow::Owned(places.iter().copied().filter(has_price).collect())
    }

    /// All that keeps a campaign from this cart; nothing where it qualifies.
    pub fn reasons(&self, number: usize, campaign: &Campaign, meant: &Meant<'_>) -> Reasons {
        let mut reasons = Reasons::new();
        let of_campaign = [
            self.when(campaign),
            self.how_often(campaign),
            self.for_whom(campaign),
        ];
        of_campaign
            .into_iter()
            .flatten()
            .for_each(|reason| reasons.push(reason));
        self.what(number, campaign, meant, &mut reasons);
        if reasons.iter().all(Reason::is_near) {
            let opens_at = self.moment.opens_at(number, campaign);
            if opens_at != Some(self.facts.at) {
                reasons.push(Reason::OutsideHours { opens_at });
            }
        }
        reasons
    }

    fn when(&self, campaign: &Campaign) -> Option<Reason> {
        let (schedule, at) = (&campaign.schedule, self.facts.at);
        match campaign.state {
            State::Draft | State::Paused | State::Ended => Some(Reason::CouponPartOfNotRunningCampaign),
            State::Active if schedule.has_ended(at) => Some(Reason::CouponExpired),
            State::Active if !schedule.has_begun(at) => Some(Reason::CouponStartDateInFuture {
                starts_at: schedule.starts_at.unwrap_or(at),
            }),
            State::Active => None,
        }
    }

    fn how_often(&self, campaign: &Campaign) -> Option<Reason> {
        let (limits, used) = (&campaign.limits, self.used(campaign));
        let is_reached = |limit: Option<i64>, used: i64| limit.is_some_and(|limit| used >= limit);
        if is_reached(limits.total, used.total) || is_reached(limits.per_day, used.today) {
            Some(Reason::CampaignLimitReached)
        } else if is_reached(limits.budget, used.spent) {
            Some(Reason::CampaignBudgetSpent)
        } else if limits.per_shopper.is_some() && self.facts.shopper.id.is_none() {
            Some(Reason::ProfileRequired)
        } else if is_reached(limits.per_shopper, used.by_shopper) {
            Some(Reason::ProfileLimitReached)
        } else {
            None
        }
    }

    fn for_whom(&self, campaign: &Campaign) -> Option<Reason> {
        let (conditions, shopper) = (&campaign.conditions, &self.facts.shopper);
        let asks_who = conditions.first_order || !conditions.segments.is_empty();
        if asks_who && shopper.id.is_none() {
            Some(Reason::ProfileRequired)
        } else if conditions.first_order && shopper.orders > 0
            || !conditions.segments.is_empty() && conditions.segments.is_disjoint(&shopper.segments)
            || !conditions.not_segments.is_disjoint(&shopper.segments)
        {
            Some(Reason::CouponRecipientDoesNotMatch)
        } else if !conditions.channels.is_empty() && !conditions.channels.contains(&shopper.channel) {
            Some(Reason::CouponRejectedByCondition)
        } else {
            None
        }
    }

    fn what(&self, number: usize, campaign: &Campaign, meant: &Meant<'_>, reasons: &mut Reasons) {
        if !self.moment.is_its_currency(number) {
            let expected = campaign.currency.clone().unwrap_or_default();
            reasons.push(Reason::CurrencyDoesNotMatch { expected });
            return;
        }
        let conditions = &campaign.conditions;
        let least = conditions.min_subtotal.max(conditions.min_after_discounts);
        let missing = least.map_or(0, |least| least - meant.subtotal);
        if missing > 0 {
            reasons.push(Reason::MissingAmount { minor: missing });
        }
        let mut pieces = conditions
            .min_quantity
            .map_or(0, |least| i64::from(least) - meant.pieces);
        if let Benefit::BuyGet(buy_get) = &campaign.benefit {
            pieces = pieces.max(self.missing_pieces(buy_get, meant));
        }
        let lacks_required = !conditions.requires.is_empty() && !self.matches.has_required(number);
        let is_for_some = campaign.class != Class::Shipping || !campaign.scope.is_everything();
        if lacks_required || meant.scope.is_empty() && is_for_some {
            pieces = pieces.max(first_pieces(campaign));
        }
        if pieces > 0 {
            reasons.push(Reason::MissingItem { pieces });
        }
    }

    /// Pieces that are missing for "buy x, get y" once.
    fn missing_pieces(&self, buy_get: &BuyGet, meant: &Meant<'_>) -> i64 {
        if meant.times > 0 {
            return 0;
        }
        let count = |places: &[usize]| -> i64 {
            places
                .iter()
                .map(|place| i64::from(self.lines[*place].quantity))
                .sum()
        };
        let (buy, get) = (i64::from(buy_get.buy), i64::from(buy_get.get));
        let mut all = [&*meant.scope, &*meant.bought].concat();
        all.sort_unstable();
        all.dedup();
        let for_both = buy + get - count(&all);
        for_both
            .max(buy - count(&meant.bought))
            .max(get - count(&meant.scope))
    }
}

/// Pieces with which a campaign begins to give something.
fn first_pieces(campaign: &Campaign) -> i64 {
    match &campaign.benefit {
        Benefit::Tiers {
            by: Measure::Quantity,
            steps,
        } => steps.first().map_or(1, |step| step.from),
        _ => 1,
    }
}
