//! From a cart, a shopper, the running campaigns and the moment to the best price, purely: no database, no clock.

mod discount;
mod matching;
mod shares;
mod stack;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worked;

use std::collections::HashMap;
use std::sync::Arc;

use super::campaign::{Benefit, BuyGet, Campaign, Class, Measure, MinorUnits, State};
use super::cart::{Cart, CartError, Entered, Facts, Line, Used};
use super::evaluation::{Applied, Evaluation, Refused};
use super::reason::Reason;
use discount::{Left, Meant, measured, times};
use matching::{Matches, Selectors};
use stack::{Offer, best_stack};

pub(super) use shares::{part_of, take_off};

/// Offers of one cart, unless the configuration says otherwise.
pub const MOST_OFFERS: usize = 5;

/// Campaigns made ready for carts.
#[derive(Debug)]
pub struct Engine {
    /// In the order in which they are applied: class, then priority, then automatic ones, so that no code is used up
    /// where none is needed, then id.
    campaigns: Vec<Arc<Campaign>>,
    selectors: Selectors,
    by_id: HashMap<String, usize>,
    most_offers: usize,
}

impl Engine {
    pub fn new(campaigns: Vec<Arc<Campaign>>, most_offers: usize) -> Self {
        let mut campaigns = campaigns;
        campaigns.sort_by(|one, other| {
            let order = |campaign: &Campaign| {
                (
                    campaign.class,
                    std::cmp::Reverse(campaign.priority),
                    !campaign.is_automatic(),
                )
            };
            order(one).cmp(&order(other)).then_with(|| one.id.cmp(&other.id))
        });
        Self {
            selectors: Selectors::of(&campaigns),
            by_id: campaigns
                .iter()
                .enumerate()
                .map(|(number, campaign)| (campaign.id.clone(), number))
                .collect(),
            campaigns,
            most_offers,
        }
    }

    pub fn campaigns(&self) -> &[Arc<Campaign>] {
        &self.campaigns
    }

    pub fn campaign(&self, id: &str) -> Option<&Arc<Campaign>> {
        self.by_id.get(id).map(|number| &self.campaigns[*number])
    }

    /// The best price, what gives it, and why nothing else does. Neither the order of the cart's lines nor that of the
    /// campaigns makes a difference.
    pub fn evaluate(&self, cart: &Cart, facts: &Facts) -> Result<Evaluation, CartError> {
        cart.check()?;
        // Lines by their names: shares that can't be equal go to the same line in whatever order they came.
        let mut order: Vec<usize> = (0..cart.lines.len()).collect();
        order.sort_by(|one, other| cart.lines[*one].id.cmp(&cart.lines[*other].id));
        let lines: Vec<Line> = order.iter().map(|place| cart.lines[*place].clone()).collect();
        let matches = self.selectors.matches(&lines, self.campaigns.len());
        let judged = Judged {
            cart,
            lines: &lines,
            facts,
            matches: &matches,
            whole: &Left::of(&lines, cart.shipping),
        };
        let mut found = Found::default();
        self.judge_all(&judged, &mut found);
        let stack = best_stack(&found.offers, &lines, cart.shipping, self.most_offers);
        Ok(judged.evaluation(&order, found, &stack, self.most_offers))
    }

    fn judge_all<'a>(&'a self, judged: &Judged<'_>, found: &mut Found<'a>) {
        let entered = &judged.facts.entered;
        for (number, campaign) in self.campaigns.iter().enumerate() {
            if campaign.is_automatic() {
                if campaign.state == State::Active {
                    found.judge_automatic(judged, number, campaign);
                }
                continue;
            }
            let mut codes = entered
                .iter()
                .filter(|code| code.campaign.as_deref() == Some(&campaign.id));
            if let Some(code) = codes.next() {
                found.judge_entered(judged, number, campaign, code);
            }
            // A campaign counts once in a cart, however many of its codes are entered.
            for code in codes {
                let with = vec![campaign.id.clone()];
                found.refuse(campaign, code, vec![Reason::NotCombinable { with }]);
            }
        }
        for code in entered {
            let known = code.campaign.as_deref().and_then(|id| self.campaign(id));
            if known.is_none_or(|campaign| campaign.is_automatic()) {
                found.refused.push(Refused {
                    campaign: None,
                    code: Some(code.code.clone()),
                    reasons: vec![Reason::CouponNotFound],
                });
            }
        }
    }
}

/// What one evaluation looks at.
struct Judged<'a> {
    cart: &'a Cart,
    /// By their names.
    lines: &'a [Line],
    facts: &'a Facts,
    matches: &'a Matches,
    /// What everything costs before discounts.
    whole: &'a Left,
}

/// What became of the campaigns.
#[derive(Default)]
struct Found<'a> {
    offers: Vec<Offer<'a>>,
    /// Beside `offers`: each with its campaign and the code that brought it.
    origins: Vec<(Arc<Campaign>, Option<String>)>,
    refused: Vec<Refused>,
    skipped: Vec<Refused>,
    near: Vec<Refused>,
    /// Memory for what is left after one offer.
    scratch: Left,
}

impl<'a> Found<'a> {
    fn judge_automatic(&mut self, judged: &Judged<'_>, number: usize, campaign: &'a Arc<Campaign>) {
        let meant = judged.meant(number, campaign);
        let reasons = judged.reasons(number, campaign, &meant);
        if !reasons.is_empty() {
            if reasons.iter().all(Reason::is_near) {
                self.near.push(Refused {
                    campaign: Some(campaign.clone()),
                    code: None,
                    reasons,
                });
            }
            return;
        }
        self.offer(judged, campaign, None, meant);
    }

    fn judge_entered(
        &mut self,
        judged: &Judged<'_>,
        number: usize,
        campaign: &'a Arc<Campaign>,
        code: &Entered,
    ) {
        let meant = judged.meant(number, campaign);
        let mut reasons = judged.reasons(number, campaign, &meant);
        if code.limit.is_some_and(|limit| code.used >= limit) {
            reasons.insert(0, Reason::CouponLimitReached);
        }
        if reasons.is_empty() {
            self.offer(judged, campaign, Some(&code.code), meant);
        } else {
            self.refuse(campaign, code, reasons);
        }
    }

    fn refuse(&mut self, campaign: &Arc<Campaign>, code: &Entered, reasons: Vec<Reason>) {
        self.refused.push(Refused {
            campaign: Some(campaign.clone()),
            code: Some(code.code.clone()),
            reasons,
        });
    }

    /// Takes it as an offer if it makes anything cheaper.
    fn offer(&mut self, judged: &Judged<'_>, campaign: &'a Arc<Campaign>, code: Option<&str>, meant: Meant) {
        let next_step = next_step(campaign, &meant);
        let has_more = next_step.is_some();
        if let Some(reason) = next_step {
            self.near.push(Refused {
                campaign: Some(campaign.clone()),
                code: code.map(str::to_owned),
                reasons: vec![reason],
            });
        }
        let spent = judged.used(campaign).spent;
        let budget = campaign
            .limits
            .budget
            .map_or(MinorUnits::MAX, |budget| budget.saturating_sub(spent));
        let mut offer = Offer {
            campaign,
            meant,
            alone: 0,
            budget,
        };
        self.scratch.clone_from(judged.whole);
        offer.alone = offer.apply(&mut self.scratch, judged.lines);
        if offer.alone > 0 {
            self.offers.push(offer);
            self.origins.push((campaign.clone(), code.map(str::to_owned)));
            return;
        }
        let reason = Reason::EffectCouldNotBeApplied;
        let refused = Refused {
            campaign: Some(campaign.clone()),
            code: code.map(str::to_owned),
            reasons: vec![reason],
        };
        match code {
            Some(_) => self.refused.push(refused),
            // That its first step is ahead is said already.
            None if has_more => {}
            None => self.skipped.push(refused),
        }
    }
}

impl Judged<'_> {
    fn used(&self, campaign: &Campaign) -> Used {
        self.facts.used.get(&campaign.id).copied().unwrap_or_default()
    }

    fn meant(&self, number: usize, campaign: &Campaign) -> Meant {
        let mut scope = self.matches.scope(number, &campaign.scope);
        let mut bought = match &campaign.benefit {
            Benefit::BuyGet(buy_get) if buy_get.bought.is_everything() => scope.clone(),
            Benefit::BuyGet(buy_get) => self.matches.bought(number, &buy_get.bought),
            _ => Vec::new(),
        };
        if matches!(campaign.benefit, Benefit::BuyGet(_)) {
            // What costs nothing is neither bought nor the cheapest piece that a shop gives away.
            let has_price = |place: &usize| self.lines[*place].unit_price > 0;
            scope.retain(has_price);
            bought.retain(has_price);
        }
        // "Jackets for 100, and a hat is free" counts jackets.
        let counted = match &campaign.benefit {
            Benefit::BuyGet(_) => &bought,
            _ => &scope,
        };
        Meant {
            subtotal: counted.iter().map(|place| self.lines[*place].subtotal()).sum(),
            pieces: counted
                .iter()
                .map(|place| i64::from(self.lines[*place].quantity))
                .sum(),
            scope,
            bought,
            least_left: campaign.conditions.min_after_discounts.unwrap_or(0),
        }
    }

    /// All that keeps a campaign from this cart; nothing where it qualifies.
    fn reasons(&self, number: usize, campaign: &Campaign, meant: &Meant) -> Vec<Reason> {
        let mut reasons = Vec::new();
        reasons.extend(self.when(campaign));
        reasons.extend(self.how_often(campaign));
        reasons.extend(self.for_whom(campaign));
        self.what(number, campaign, meant, &mut reasons);
        // What is asked last takes longest, and few campaigns come so far.
        if reasons.iter().all(Reason::is_near) {
            let opens_at = campaign.schedule.opens_after(self.facts.at);
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

    fn what(&self, number: usize, campaign: &Campaign, meant: &Meant, reasons: &mut Vec<Reason>) {
        if let Some(expected) = &campaign.currency
            && *expected != self.cart.currency
        {
            let expected = expected.clone();
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
    fn missing_pieces(&self, buy_get: &BuyGet, meant: &Meant) -> i64 {
        if times(buy_get, meant, self.lines) > 0 {
            return 0;
        }
        let count = |places: &[usize]| -> i64 {
            places
                .iter()
                .map(|place| i64::from(self.lines[*place].quantity))
                .sum()
        };
        let (buy, get) = (i64::from(buy_get.buy), i64::from(buy_get.get));
        let mut all = [meant.scope.as_slice(), &meant.bought].concat();
        all.sort_unstable();
        all.dedup();
        let for_both = buy + get - count(&all);
        for_both
            .max(buy - count(&meant.bought))
            .max(get - count(&meant.scope))
    }

    fn evaluation(
        &self,
        order: &[usize],
        found: Found<'_>,
        stack: &stack::Stack,
        most_offers: usize,
    ) -> Evaluation {
        let cart = self.cart;
        let mut left = Left::of(self.lines, cart.shipping);
        let mut applied = Vec::with_capacity(stack.offers.len());
        for number in &stack.offers {
            let before = left.clone();
            let amount = found.offers[*number].apply(&mut left, self.lines);
            let (campaign, code) = found.origins[*number].clone();
            let mut lines = vec![0; order.len()];
            for (sorted, place) in order.iter().enumerate() {
                lines[*place] = before.lines[sorted] - left.lines[sorted];
            }
            applied.push(Applied {
                campaign,
                code,
                amount,
                lines,
                shipping: before.shipping - left.shipping,
            });
        }
        let mut lines = vec![0; order.len()];
        for (sorted, place) in order.iter().enumerate() {
            lines[*place] = left.lines[sorted];
        }
        let subtotal = cart.subtotal();
        let discount = applied.iter().map(|applied| applied.amount).sum();
        let (mut skipped, mut refused) = (found.skipped, found.refused);
        for (number, (campaign, code)) in found.origins.into_iter().enumerate() {
            if stack.offers.binary_search(&number).is_ok() {
                continue;
            }
            let offer = &found.offers[number];
            let is_too_dear = offer.alone > offer.budget;
            let reason = match is_too_dear {
                true => Reason::CampaignBudgetSpent,
                false => why_skipped(&campaign, &applied, most_offers),
            };
            // A code that can't be paid for is refused; one that gives way to something better is not.
            let list = if is_too_dear && code.is_some() {
                &mut refused
            } else {
                &mut skipped
            };
            list.push(Refused {
                campaign: Some(campaign),
                code,
                reasons: vec![reason],
            });
        }
        Evaluation {
            subtotal,
            shipping: cart.shipping,
            discount,
            total: subtotal + cart.shipping - discount,
            lines,
            applied,
            refused,
            skipped,
            near: found.near,
            is_best: stack.is_best,
        }
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

fn why_skipped(campaign: &Campaign, applied: &[Applied], most_offers: usize) -> Reason {
    let with: Vec<String> = applied
        .iter()
        .filter(|other| !campaign.combines(&other.campaign))
        .map(|other| other.campaign.id.clone())
        .collect();
    if !with.is_empty() {
        Reason::NotCombinable { with }
    } else if applied.len() >= most_offers {
        Reason::TooManyOffers
    } else {
        Reason::EffectCouldNotBeApplied
    }
}

/// What is missing for the next of a campaign's steps.
fn next_step(campaign: &Campaign, meant: &Meant) -> Option<Reason> {
    let Benefit::Tiers { by, steps } = &campaign.benefit else {
        return None;
    };
    let measure = measured(*by, meant);
    let missing = steps.iter().find(|step| step.from > measure)?.from - measure;
    Some(match by {
        Measure::Subtotal => Reason::MissingAmount { minor: missing },
        Measure::Quantity => Reason::MissingItem { pieces: missing },
    })
}
