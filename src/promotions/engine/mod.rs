//! From a cart, a shopper, the running campaigns and the moment to the best price, purely: no database, no clock.

mod discount;
mod judged;
mod marks;
mod matching;
mod shares;
mod stack;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worked;

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::smallvec;

use super::campaign::{Benefit, Campaign, Measure, MinorUnits, State};
use super::cart::{Cart, CartError, Entered, Facts, Line};
use super::evaluation::{Applied, Evaluation, Refused};
use super::reason::{Reason, Reasons};
use discount::{Left, Meant, measured};
use judged::Judged;
use marks::Marks;
use matching::Selectors;
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
    marks: Marks,
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
            marks: Marks::of(&campaigns),
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
        let lines: Vec<&Line> = order.iter().map(|place| &cart.lines[*place]).collect();
        let judged = self.judged(cart, &lines, facts);
        let mut found = Found {
            near: Vec::with_capacity(self.campaigns.len()),
            ..Found::default()
        };
        self.judge_all(&judged, &mut found);
        let stack = best_stack(&found.offers, &lines, cart.shipping, self.most_offers);
        Ok(judged.evaluation(&order, found, &stack, self.most_offers))
    }

    /// `lines`: the cart's, by their names.
    fn judged<'a>(&'a self, cart: &'a Cart, lines: &'a [&'a Line], facts: &'a Facts) -> Judged<'a> {
        Judged {
            cart,
            lines,
            facts,
            matches: self.selectors.matches(lines, self.campaigns.len()),
            moment: self.marks.moment(&cart.currency, facts.at),
            whole: Left::of(lines, cart.shipping),
            pieces: lines.iter().map(|line| i64::from(line.quantity)).sum(),
        }
    }

    fn judge_all<'a>(&'a self, judged: &'a Judged<'_>, found: &mut Found<'a>) {
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
                found.refuse(campaign, code, smallvec![Reason::NotCombinable { with }]);
            }
        }
        for code in entered {
            let known = code.campaign.as_deref().and_then(|id| self.campaign(id));
            if known.is_none_or(|campaign| campaign.is_automatic()) {
                found.refused.push(Refused {
                    campaign: None,
                    code: Some(code.code.clone()),
                    reasons: smallvec![Reason::CouponNotFound],
                });
            }
        }
    }
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
    fn judge_automatic(&mut self, judged: &'a Judged<'_>, number: usize, campaign: &'a Arc<Campaign>) {
        let meant = judged.meant(number, campaign);
        let reasons = judged.reasons(number, campaign, &meant);
        if reasons.is_empty() {
            self.offer(judged, campaign, None, meant);
        } else if reasons.iter().all(Reason::is_near) {
            self.near.push(Refused {
                campaign: Some(campaign.clone()),
                code: None,
                reasons,
            });
        }
    }

    fn judge_entered(
        &mut self,
        judged: &'a Judged<'_>,
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

    fn refuse(&mut self, campaign: &Arc<Campaign>, code: &Entered, reasons: Reasons) {
        self.refused.push(Refused {
            campaign: Some(campaign.clone()),
            code: Some(code.code.clone()),
            reasons,
        });
    }

    /// Takes it as an offer if it makes anything cheaper.
    fn offer(
        &mut self,
        judged: &'a Judged<'_>,
        campaign: &'a Arc<Campaign>,
        code: Option<&str>,
        meant: Meant<'a>,
    ) {
        let next_step = next_step(campaign, &meant);
        let has_more = next_step.is_some();
        if let Some(reason) = next_step {
            self.near.push(Refused {
                campaign: Some(campaign.clone()),
                code: code.map(str::to_owned),
                reasons: smallvec![reason],
            });
        }
        let left_of = |budget: MinorUnits| budget.saturating_sub(judged.used(campaign).spent);
        let budget = campaign.limits.budget.map_or(MinorUnits::MAX, left_of);
        let mut offer = Offer {
            campaign,
            meant,
            alone: 0,
            budget,
        };
        offer.alone = offer.discount(&judged.whole, judged.lines, &mut self.scratch);
        if offer.alone > 0 {
            self.offers.push(offer);
            self.origins.push((campaign.clone(), code.map(str::to_owned)));
            return;
        }
        let reason = Reason::EffectCouldNotBeApplied;
        let refused = Refused {
            campaign: Some(campaign.clone()),
            code: code.map(str::to_owned),
            reasons: smallvec![reason],
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
                reasons: smallvec![reason],
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
fn next_step(campaign: &Campaign, meant: &Meant<'_>) -> Option<Reason> {
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
