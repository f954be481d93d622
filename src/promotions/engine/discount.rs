//! What one campaign takes off a cart that earlier ones may have made cheaper. On less it never takes more: the search
//! for the best combination relies on it.

use super::matching::Places;
use super::shares::{part_of, share_of, take_off};
use crate::promotions::campaign::{Benefit, BuyGet, Choose, Class, Measure, MinorUnits, Off, Step, WHOLE};
use crate::promotions::cart::Line;

/// What is still to be paid.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Of each line.
    pub lines: Vec<MinorUnits>,
    pub shipping: MinorUnits,
}

/// What a campaign means in a cart.
#[derive(Debug, Clone, Default)]
pub struct Meant<'a> {
    /// Lines that are discounted.
    pub scope: Places<'a>,
    /// Lines that count as bought, for [`Benefit::BuyGet`].
    pub bought: Places<'a>,
    /// What conditions count, before discounts: the scope, or what counts as bought.
    pub subtotal: MinorUnits,
    pub pieces: i64,
    /// For [`Benefit::BuyGet`]: how many times the cart has what it asks for, and the pieces that cost less for it, as
    /// places of lines and numbers of pieces of each.
    pub times: u64,
    pub given: Vec<(usize, u64)>,
    /// What must be left of the scope for a discount of shipping.
    pub least_left: MinorUnits,
}

/// Where a discount falls.
enum Fall {
    Shipping(MinorUnits),
    /// On the lines of the scope, in proportion to them.
    Scope(MinorUnits),
    /// On each line as much as its own pieces say.
    Lines,
}

// By hand, because the derived one has no `clone_from` that keeps the memory.
impl Clone for Left {
    fn clone(&self) -> Self {
        Self {
            lines: self.lines.clone(),
            shipping: self.shipping,
        }
    }

    fn clone_from(&mut self, other: &Self) {
        self.lines.clone_from(&other.lines);
        self.shipping = other.shipping;
    }
}

impl Left {
    pub fn of(lines: &[&Line], shipping: MinorUnits) -> Self {
        Self {
            lines: lines.iter().map(|line| line.subtotal()).collect(),
            shipping,
        }
    }

    /// Takes a campaign's discount off; says how much that is.
    pub fn apply(
        &mut self,
        class: Class,
        benefit: &Benefit,
        meant: &Meant<'_>,
        lines: &[&Line],
    ) -> MinorUnits {
        match self.fall(class, benefit, meant) {
            Fall::Shipping(amount) => {
                self.shipping -= amount;
                amount
            }
            Fall::Scope(amount) => {
                take_off(amount, &mut self.lines, &meant.scope);
                amount
            }
            Fall::Lines => self.off_lines(benefit, meant, lines),
        }
    }

    /// What [`Self::apply`] would take off. `scratch`: memory to try it in.
    pub fn discount(
        &self,
        class: Class,
        benefit: &Benefit,
        meant: &Meant<'_>,
        lines: &[&Line],
        scratch: &mut Self,
    ) -> MinorUnits {
        match self.fall(class, benefit, meant) {
            Fall::Shipping(amount) | Fall::Scope(amount) => amount,
            Fall::Lines => {
                scratch.clone_from(self);
                scratch.off_lines(benefit, meant, lines)
            }
        }
    }

    fn fall(&self, class: Class, benefit: &Benefit, meant: &Meant<'_>) -> Fall {
        let scope = || meant.scope.iter().map(|place| self.lines[*place]);
        if meant.least_left > 0 && scope().sum::<MinorUnits>() < meant.least_left {
            return Fall::Shipping(0);
        }
        let is_shipping = class == Class::Shipping;
        let whole = match is_shipping {
            true => self.shipping,
            false => scope().sum(),
        };
        let amount = match benefit {
            Benefit::FreeShipping { cap } => {
                return Fall::Shipping(self.shipping.min(cap.unwrap_or(MinorUnits::MAX)));
            }
            Benefit::Percent { share, cap } => capped(share_of(whole, *share), *cap),
            Benefit::Tiers { by, steps } => off_amount(reached(*by, steps, meant), whole),
            Benefit::Amount { minor, each } if is_shipping || !each => (*minor).min(whole),
            Benefit::FixedPrice { minor } if is_shipping => (whole - minor).max(0),
            Benefit::BuyGet(_) if is_shipping => 0,
            _ => return Fall::Lines,
        };
        match is_shipping {
            true => Fall::Shipping(amount),
            false => Fall::Scope(amount),
        }
    }

    fn off_lines(&mut self, benefit: &Benefit, meant: &Meant<'_>, lines: &[&Line]) -> MinorUnits {
        let of_pieces = |minor: &MinorUnits, line: &Line| minor.saturating_mul(line.quantity.into());
        match benefit {
            Benefit::Amount { minor, .. } => {
                self.off_each(meant, lines, |line, left| left.min(of_pieces(minor, line)))
            }
            Benefit::FixedPrice { minor } => {
                self.off_each(meant, lines, |line, left| (left - of_pieces(minor, line)).max(0))
            }
            Benefit::BuyGet(buy_get) => self.off_pieces(buy_get, meant, lines),
            _ => 0,
        }
    }

    fn off_each(
        &mut self,
        meant: &Meant<'_>,
        lines: &[&Line],
        off: impl Fn(&Line, MinorUnits) -> MinorUnits,
    ) -> MinorUnits {
        let mut sum = 0;
        for &place in meant.scope.iter() {
            let amount = off(lines[place], self.lines[place]);
            self.lines[place] -= amount;
            sum += amount;
        }
        sum
    }

    fn off_pieces(&mut self, buy_get: &BuyGet, meant: &Meant<'_>, lines: &[&Line]) -> MinorUnits {
        let mut sum = 0;
        for &(place, pieces) in &meant.given {
            // Rounded once: of the pieces' part of the line, and the share of that.
            let part = pieces * u64::from(buy_get.share);
            let whole = u64::from(lines[place].quantity) * u64::from(WHOLE);
            let amount = part_of(self.lines[place], part, whole);
            self.lines[place] -= amount;
            sum += amount;
        }
        sum
    }
}

/// How many times a cart has what "buy x, get y" asks for. A piece counts as bought or as got, never as both.
pub fn times(buy_get: &BuyGet, scope: &[usize], bought: &[usize], lines: &[&Line]) -> u64 {
    let pieces = |places: &mut dyn Iterator<Item = &usize>| -> u64 {
        places.map(|place| u64::from(lines[*place].quantity)).sum()
    };
    let is_bought = |place: &&usize| bought.binary_search(place).is_ok();
    let both = pieces(&mut scope.iter().filter(is_bought));
    let only_got = pieces(&mut scope.iter()) - both;
    let only_bought = pieces(&mut bought.iter()) - both;
    let (buy, get) = (u64::from(buy_get.buy), u64::from(buy_get.get));
    let most = buy_get.times.map_or(u64::MAX, u64::from);
    most.min((only_bought + both) / buy)
        .min((only_got + both) / get)
        .min((only_bought + only_got + both) / (buy + get))
}

/// The pieces that cost less where a cart has what is asked for so many times: the cheapest (or dearest) of the scope
/// that leave enough for what must be bought. Prices are those before discounts, so that what other campaigns do never
/// changes which pieces they are.
pub fn given(
    buy_get: &BuyGet,
    times: u64,
    scope: &[usize],
    bought: &[usize],
    lines: &[&Line],
) -> Vec<(usize, u64)> {
    let mut wanted = times * u64::from(buy_get.get);
    let is_bought = |place: usize| bought.binary_search(&place).is_ok();
    let pieces = |place: usize| u64::from(lines[place].quantity);
    let (mut only_bought, mut both) = (0, 0);
    for &place in bought {
        if scope.binary_search(&place).is_ok() {
            both += pieces(place);
        } else {
            only_bought += pieces(place);
        }
    }
    // Of pieces that may be either, so many are needed as bought ones.
    let mut spare = both
        - (times * u64::from(buy_get.buy))
            .saturating_sub(only_bought)
            .min(both);
    let mut order = scope.to_vec();
    order.sort_by(|one, other| {
        let by_price = lines[*one].unit_price.cmp(&lines[*other].unit_price);
        match buy_get.choose {
            Choose::Cheapest => by_price,
            Choose::Dearest => by_price.reverse(),
        }
    });
    let mut given = Vec::new();
    for place in order {
        let mut count = wanted.min(pieces(place));
        if is_bought(place) {
            count = count.min(spare);
            spare -= count;
        }
        if count > 0 {
            wanted -= count;
            given.push((place, count));
        }
    }
    given
}

/// The step that a scope reaches.
pub fn reached<'a>(by: Measure, steps: &'a [Step], meant: &Meant<'_>) -> Option<&'a Step> {
    let measure = measured(by, meant);
    steps.iter().rfind(|step| step.from <= measure)
}

/// What a step is reached by.
pub fn measured(by: Measure, meant: &Meant<'_>) -> i64 {
    match by {
        Measure::Subtotal => meant.subtotal,
        Measure::Quantity => meant.pieces,
    }
}

fn off_amount(step: Option<&Step>, whole: MinorUnits) -> MinorUnits {
    match step.map(|step| &step.off) {
        Some(Off::Share(share)) => share_of(whole, *share),
        Some(Off::Amount(minor)) => (*minor).min(whole),
        None => 0,
    }
}

fn capped(amount: MinorUnits, cap: Option<MinorUnits>) -> MinorUnits {
    cap.map_or(amount, |cap| amount.min(cap))
}
