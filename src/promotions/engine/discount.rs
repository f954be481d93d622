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
pub struct Meant {
    /// Lines that are discounted.
    pub scope: Places,
    /// Lines that count as bought, for [`Benefit::BuyGet`].
    pub bought: Places,
    /// What conditions count, before discounts: the scope, or what counts as bought.
    pub subtotal: MinorUnits,
    pub pieces: i64,
    /// What must be left of the scope for a discount of shipping.
    pub least_left: MinorUnits,
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
    pub fn of(lines: &[Line], shipping: MinorUnits) -> Self {
        Self {
            lines: lines.iter().map(Line::subtotal).collect(),
            shipping,
        }
    }

    /// Takes a campaign's discount off; says how much that is.
    pub fn apply(&mut self, class: Class, benefit: &Benefit, meant: &Meant, lines: &[Line]) -> MinorUnits {
        let left_of_scope = || {
            meant
                .scope
                .iter()
                .map(|place| self.lines[*place])
                .sum::<MinorUnits>()
        };
        if meant.least_left > 0 && left_of_scope() < meant.least_left {
            return 0;
        }
        if let Benefit::FreeShipping { cap } = benefit {
            return self.off_shipping(cap.unwrap_or(MinorUnits::MAX));
        }
        if class == Class::Shipping {
            let amount = match benefit {
                Benefit::Percent { share, cap } => capped(share_of(self.shipping, *share), *cap),
                Benefit::Amount { minor, .. } => *minor,
                Benefit::FixedPrice { minor } => (self.shipping - minor).max(0),
                Benefit::Tiers { by, steps } => off_amount(reached(*by, steps, meant), self.shipping),
                Benefit::BuyGet(_) | Benefit::FreeShipping { .. } => 0,
            };
            return self.off_shipping(amount);
        }
        let scope = &meant.scope;
        let whole: MinorUnits = scope.iter().map(|place| self.lines[*place]).sum();
        let across = match benefit {
            Benefit::Percent { share, cap } => capped(share_of(whole, *share), *cap),
            Benefit::Amount { minor, each: false } => (*minor).min(whole),
            Benefit::Tiers { by, steps } => off_amount(reached(*by, steps, meant), whole),
            Benefit::Amount { minor, each: true } => {
                return self.off_each(
                    scope,
                    |line, left| left.min(minor.saturating_mul(line.quantity.into())),
                    lines,
                );
            }
            Benefit::FixedPrice { minor } => {
                let costs = |line: &Line| minor.saturating_mul(line.quantity.into());
                return self.off_each(scope, |line, left| (left - costs(line)).max(0), lines);
            }
            Benefit::BuyGet(buy_get) => return self.off_pieces(buy_get, meant, lines),
            Benefit::FreeShipping { .. } => 0,
        };
        take_off(across, &mut self.lines, scope);
        across
    }

    fn off_shipping(&mut self, amount: MinorUnits) -> MinorUnits {
        let amount = amount.min(self.shipping);
        self.shipping -= amount;
        amount
    }

    fn off_each(
        &mut self,
        scope: &Places,
        off: impl Fn(&Line, MinorUnits) -> MinorUnits,
        lines: &[Line],
    ) -> MinorUnits {
        let mut sum = 0;
        for &place in scope {
            let amount = off(&lines[place], self.lines[place]);
            self.lines[place] -= amount;
            sum += amount;
        }
        sum
    }

    fn off_pieces(&mut self, buy_get: &BuyGet, meant: &Meant, lines: &[Line]) -> MinorUnits {
        let mut sum = 0;
        for (place, pieces) in given(buy_get, meant, lines) {
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
pub fn times(buy_get: &BuyGet, meant: &Meant, lines: &[Line]) -> u64 {
    let pieces = |places: &mut dyn Iterator<Item = &usize>| -> u64 {
        places.map(|place| u64::from(lines[*place].quantity)).sum()
    };
    let is_bought = |place: &&usize| meant.bought.binary_search(place).is_ok();
    let both = pieces(&mut meant.scope.iter().filter(is_bought));
    let only_got = pieces(&mut meant.scope.iter()) - both;
    let only_bought = pieces(&mut meant.bought.iter()) - both;
    let (buy, get) = (u64::from(buy_get.buy), u64::from(buy_get.get));
    let most = buy_get.times.map_or(u64::MAX, u64::from);
    most.min((only_bought + both) / buy)
        .min((only_got + both) / get)
        .min((only_bought + only_got + both) / (buy + get))
}

/// The pieces that cost less, as places of lines and numbers of pieces of each: the cheapest (or dearest) of the scope
/// that leave enough for what must be bought. Prices are those before discounts, so that what other campaigns do never
/// changes which pieces they are.
fn given(buy_get: &BuyGet, meant: &Meant, lines: &[Line]) -> Vec<(usize, u64)> {
    let times = times(buy_get, meant, lines);
    let mut wanted = times * u64::from(buy_get.get);
    let is_bought = |place: usize| meant.bought.binary_search(&place).is_ok();
    let pieces = |place: usize| u64::from(lines[place].quantity);
    let (mut only_bought, mut both) = (0, 0);
    for &place in &meant.bought {
        if meant.scope.binary_search(&place).is_ok() {
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
    let mut order = meant.scope.clone();
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
pub fn reached<'a>(by: Measure, steps: &'a [Step], meant: &Meant) -> Option<&'a Step> {
    let measure = measured(by, meant);
    steps.iter().rfind(|step| step.from <= measure)
}

/// What a step is reached by.
pub fn measured(by: Measure, meant: &Meant) -> i64 {
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
