//! The best combination of offers, found exactly: depth first over the offers in the order in which they are applied,
//! leaving out every branch that can't beat the best so far even if all of its offers gave what they give alone.

use super::discount::{Left, Meant};
use crate::promotions::campaign::{Campaign, Class, MinorUnits};
use crate::promotions::cart::Line;

/// An offer that a cart qualifies for.
#[derive(Debug)]
pub struct Offer<'a> {
    pub campaign: &'a Campaign,
    pub meant: Meant<'a>,
    /// What it gives without any other: more it gives in no combination.
    pub alone: MinorUnits,
    /// What its budget has left: it takes part only where it gives no more.
    pub budget: MinorUnits,
}

/// Steps after which the best so far is taken. Carts of real shops end far below; it bounds the time of those that
/// were made to last.
const MOST_STEPS: usize = 20_000;

/// Offers by their numbers, in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    pub offers: Vec<usize>,
    pub discount: MinorUnits,
    /// Whether the search ended: nothing allowed gives more.
    pub is_best: bool,
}

impl Stack {
    /// More discount, then fewer offers, so that none is used up for nothing; among equals the one found first, whose
    /// offers are applied earlier.
    fn loses_to(&self, discount: MinorUnits, offers: usize) -> bool {
        discount > self.discount || discount == self.discount && offers < self.offers.len()
    }
}

/// The stack that takes most off, of at most `most` offers. `offers` stand in the order in which they are applied.
pub fn best_stack(offers: &[Offer<'_>], lines: &[&Line], shipping: MinorUnits, most: usize) -> Stack {
    let left = Left::of(lines, shipping);
    let mut search = Search {
        offers,
        lines,
        bounds: bounds(offers, most),
        most,
        floor: 0,
        best: Stack {
            offers: Vec::new(),
            discount: 0,
            is_best: true,
        },
        steps: 0,
        spare: Vec::new(),
    };
    // What a quick guess gives is a floor under what is worth a look; the search finds the guess again, or better.
    let guess = search.guess(&left);
    search.floor = guess.discount;
    search.go(0, &mut Vec::new(), 0, &left);
    let mut best = search.best;
    best.is_best = search.steps < MOST_STEPS;
    if !best.is_best && best.discount < guess.discount {
        return Stack {
            is_best: false,
            ..guess
        };
    }
    best
}

struct Search<'a> {
    offers: &'a [Offer<'a>],
    lines: &'a [&'a Line],
    bounds: Vec<[Bound; 3]>,
    most: usize,
    floor: MinorUnits,
    best: Stack,
    steps: usize,
    /// Memory for what is left, not in use.
    spare: Vec<Left>,
}

/// The most that offers of one class can give together, by what was chosen of the class already.
#[derive(Debug, Clone, Copy, Default)]
struct Bound {
    /// One that stands alone in its class, or several that don't.
    any: MinorUnits,
    /// Those that go together with others of their class.
    more: MinorUnits,
}

impl Search<'_> {
    fn go(&mut self, from: usize, chosen: &mut Vec<usize>, discount: MinorUnits, left: &Left) {
        for number in from..self.offers.len() {
            let bound = discount + self.bound(number, chosen, left);
            // Later offers of the same branch have the same bound, or a lower one.
            if bound < self.floor || !self.best.loses_to(bound, chosen.len() + 1) {
                return;
            }
            let offer = &self.offers[number];
            let fits = |other: &usize| offer.campaign.combines(self.offers[*other].campaign);
            if !chosen.iter().all(fits) {
                continue;
            }
            if self.steps >= MOST_STEPS {
                return;
            }
            self.steps += 1;
            let mut after = self.spare.pop().unwrap_or_default();
            after.clone_from(left);
            let amount = offer.apply(&mut after, self.lines);
            if amount > 0 && amount <= offer.budget {
                chosen.push(number);
                self.take(chosen, discount + amount, &after);
                chosen.pop();
            }
            self.spare.push(after);
        }
    }

    /// Weighs what is chosen, and what may come beside it.
    fn take(&mut self, chosen: &mut Vec<usize>, discount: MinorUnits, left: &Left) {
        if self.best.loses_to(discount, chosen.len()) && discount >= self.floor {
            self.best.discount = discount;
            self.best.offers.clone_from(chosen);
        }
        if let Some(last) = chosen.last()
            && chosen.len() < self.most
        {
            self.go(last + 1, chosen, discount, left);
        }
    }

    /// No combination of the offers from `number` on adds more.
    fn bound(&self, number: usize, chosen: &[usize], left: &Left) -> MinorUnits {
        let allowed = |class: Class| {
            let blocks = |other: &usize| {
                let other = self.offers[*other].campaign;
                !other.combines_with.contains(&class)
            };
            if chosen.iter().any(blocks) {
                return 0;
            }
            let bound = &self.bounds[number][class as usize];
            let has_class = |other: &usize| self.offers[*other].campaign.class == class;
            if chosen.iter().any(has_class) {
                bound.more
            } else {
                bound.any
            }
        };
        let items = allowed(Class::Product) + allowed(Class::Order);
        items.min(left.lines.iter().sum()) + allowed(Class::Shipping).min(left.shipping)
    }

    /// Takes what gives most alone, then what goes with it.
    fn guess(&self, left: &Left) -> Stack {
        let mut order: Vec<usize> = (0..self.offers.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(self.offers[*number].alone));
        let mut chosen: Vec<usize> = Vec::new();
        for number in order {
            let campaign = self.offers[number].campaign;
            let fits = |other: &usize| campaign.combines(self.offers[*other].campaign);
            if chosen.len() < self.most && chosen.iter().all(fits) {
                chosen.push(number);
            }
        }
        chosen.sort_unstable();
        let mut left = left.clone();
        let amounts = chosen.iter().map(|number| {
            let offer = &self.offers[*number];
            (offer.apply(&mut left, self.lines), offer.budget)
        });
        let amounts: Vec<(MinorUnits, MinorUnits)> = amounts.collect();
        if amounts.iter().any(|(amount, budget)| amount > budget) {
            chosen.clear();
        }
        Stack {
            discount: if chosen.is_empty() {
                0
            } else {
                amounts.iter().map(|(amount, _)| amount).sum()
            },
            offers: chosen,
            is_best: false,
        }
    }
}

impl Offer<'_> {
    /// What it takes off `left`, which stays as it is. `scratch`: memory to try it in.
    pub fn discount(&self, left: &Left, lines: &[&Line], scratch: &mut Left) -> MinorUnits {
        let campaign = self.campaign;
        left.discount(campaign.class, &campaign.benefit, &self.meant, lines, scratch)
    }

    /// Takes its discount off what is left; says how much that is.
    pub fn apply(&self, left: &mut Left, lines: &[&Line]) -> MinorUnits {
        left.apply(self.campaign.class, &self.campaign.benefit, &self.meant, lines)
    }
}

/// For each number and class: the most that offers from that number on can give.
fn bounds(offers: &[Offer<'_>], most: usize) -> Vec<[Bound; 3]> {
    let mut bounds = vec![[Bound::default(); 3]; offers.len() + 1];
    // Of each class, the largest that go together with their own class, largest first.
    let mut largest: [Vec<MinorUnits>; 3] = Default::default();
    for (number, offer) in offers.iter().enumerate().rev() {
        let class = offer.campaign.class as usize;
        let mut next = bounds[number + 1];
        if offer.campaign.combines_with.contains(&offer.campaign.class) {
            let largest = &mut largest[class];
            let place = largest.partition_point(|other| *other >= offer.alone);
            largest.insert(place, offer.alone);
            largest.truncate(most);
            next[class].more = largest.iter().sum();
        }
        next[class].any = next[class].any.max(next[class].more).max(offer.alone);
        bounds[number] = next;
    }
    bounds
}
