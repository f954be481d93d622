//! A basket with what the catalogue says of it now, purely.

use std::sync::Arc;

use super::basket::{Basket, BasketLine};
use crate::catalog::{Item, Money};
use crate::promotions::campaign::MinorUnits;
use crate::promotions::cart::{Cart, Line};
use crate::text::money::{minor_digits, parse_decimal};

/// Decimals of configured amounts: as many as the finest currency has.
const AMOUNT_DIGITS: u32 = 3;

/// Every line of a basket in its order, and the cart of those that can be had.
#[derive(Debug, Clone)]
pub struct Priced {
    pub lines: Vec<PricedLine>,
    pub cart: Cart,
}

#[derive(Debug, Clone)]
pub struct PricedLine {
    pub line: BasketLine,
    /// `None`: the catalogue knows no such item.
    pub item: Option<Arc<Item>>,
    /// What keeps it from being ordered.
    pub trouble: Option<Trouble>,
    /// Its place in the cart; `None`: it can't be had.
    pub place: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No longer in the catalogue, or without a price in its currency.
    Gone,
    SoldOut,
    /// Fewer pieces than wanted are left.
    Left(i64),
}

impl Priced {
    /// `find`: the catalogue's item of an id. `shipping`: what it costs, as the configuration has it.
    pub fn of(
        basket: &Basket,
        currency: &str,
        shipping: &str,
        find: impl Fn(&str) -> Option<Arc<Item>>,
    ) -> Self {
        let mut cart = Cart {
            currency: currency.to_owned(),
            ..Cart::default()
        };
        let lines = basket.lines.iter().map(|line| {
            let item = find(&line.item);
            let (costs, trouble) = looked_up(item.as_deref(), line, currency);
            let place = costs.zip(item.as_ref()).map(|(costs, item)| {
                cart.lines.push(cart_line(item, line.quantity, costs.minor));
                cart.lines.len() - 1
            });
            PricedLine {
                line: line.clone(),
                item,
                trouble,
                place,
            }
        });
        let lines = lines.collect();
        if !cart.lines.is_empty() {
            cart.shipping = amount_in(shipping, currency);
        }
        Self { lines, cart }
    }

    /// Whether all of it can be ordered.
    pub fn is_ready(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.trouble.is_none())
    }
}

impl PricedLine {
    /// What a piece cost when its shopper saw it last, where it costs something else now.
    pub fn changed_from(&self) -> Option<&Money> {
        let costs = self.place.and(self.item.as_ref())?.costs()?;
        (costs != self.line.seen).then_some(&self.line.seen)
    }
}

/// The price of a line that can be had, and what is in its way.
fn looked_up(item: Option<&Item>, line: &BasketLine, currency: &str) -> (Option<Money>, Option<Trouble>) {
    let Some(item) = item.filter(|item| item.vanished_at.is_none()) else {
        return (None, Some(Trouble::Gone));
    };
    let Some(costs) = item.costs().filter(|costs| costs.currency == currency) else {
        return (None, Some(Trouble::Gone));
    };
    if !item.is_sold() {
        return (None, Some(Trouble::SoldOut));
    }
    let left = item.stock.filter(|left| *left < i64::from(line.quantity));
    (Some(costs), left.map(Trouble::Left))
}

/// Pieces of an item as a line of a cart, under the item's own id.
pub fn cart_line(item: &Item, quantity: u32, unit_price: MinorUnits) -> Line {
    Line {
        id: item.id.clone(),
        item: item.id.clone(),
        quantity,
        unit_price,
        category: item.category.clone(),
        brand: item.brand.clone(),
    }
}

/// A configured price in a currency's own units. What is finer than these is rounded up.
pub(super) fn amount_in(amount: &str, currency: &str) -> MinorUnits {
    // The configuration was checked when it was read.
    let fine = parse_decimal(amount, AMOUNT_DIGITS).unwrap_or_default();
    let digits = minor_digits(currency).unwrap_or(2).min(AMOUNT_DIGITS);
    let unit = 10_i64.pow(AMOUNT_DIGITS - digits);
    fine.div_euclid(unit) + i64::from(fine.rem_euclid(unit) > 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::{Availability, Vertical};

    fn item(id: &str, minor: i64, stock: Option<i64>) -> Item {
        Item {
            id: id.into(),
            vertical: Vertical::Shop,
            title: id.into(),
            description: String::new(),
            category: vec!["Camping".into()],
            brand: "Larkfield".into(),
            price: Some(Money {
                minor,
                currency: "USD".into(),
            }),
            sale_price: None,
            cost: None,
            availability: Availability::InStock,
            stock,
            group: None,
            attributes: BTreeMap::new(),
            texts: Default::default(),
            link: String::new(),
            image: String::new(),
            vanished_at: None,
            created_at: 0,
            updated_at: 0,
        }
    }

    fn priced(items: &[Item], chosen: &[(&str, u32, i64)]) -> Priced {
        let mut basket = Basket::default();
        for (id, quantity, seen) in chosen {
            let seen = Money {
                minor: *seen,
                currency: "USD".into(),
            };
            basket.put(id, *quantity, &seen).unwrap();
        }
        let find = |id: &str| items.iter().find(|item| item.id == id).cloned().map(Arc::new);
        Priced::of(&basket, "USD", "5.95", find)
    }

    #[test]
    fn what_can_be_had_is_in_the_cart_and_what_cannot_says_why() {
        let gone = Item {
            vanished_at: Some(1),
            ..item("gone", 100, None)
        };
        let euros = Item {
            price: Some(Money {
                minor: 100,
                currency: "EUR".into(),
            }),
            ..item("euros", 100, None)
        };
        let items = [
            item("a", 1000, None),
            item("few", 500, Some(2)),
            item("none", 500, Some(0)),
            gone,
            euros,
        ];
        let chosen = [
            ("none", 1, 500),
            ("a", 2, 1000),
            ("few", 3, 500),
            ("gone", 1, 100),
            ("euros", 1, 1),
            ("who", 1, 1),
        ];
        let priced = priced(&items, &chosen);
        let troubles: Vec<_> = priced.lines.iter().map(|line| line.trouble).collect();
        assert_eq!(
            troubles,
            [
                Some(Trouble::SoldOut),
                None,
                Some(Trouble::Left(2)),
                Some(Trouble::Gone),
                Some(Trouble::Gone),
                Some(Trouble::Gone)
            ]
        );
        let places: Vec<_> = priced.lines.iter().map(|line| line.place).collect();
        assert_eq!(places, [None, Some(0), Some(1), None, None, None]);
        assert_eq!((priced.cart.subtotal(), priced.cart.shipping), (3500, 595));
        assert!(!priced.is_ready());
    }

    #[test]
    fn a_price_that_changed_is_told() {
        let priced = priced(
            &[item("a", 1200, None), item("b", 300, None)],
            &[("a", 1, 1000), ("b", 1, 300)],
        );
        assert_eq!(priced.lines[0].changed_from().map(|seen| seen.minor), Some(1000));
        assert_eq!(priced.lines[1].changed_from(), None);
        assert!(priced.is_ready());
    }

    #[test]
    fn nothing_costs_no_shipping_and_each_currency_has_its_own_units() {
        assert_eq!(priced(&[], &[("a", 1, 1)]).cart.shipping, 0);
        for (text, currency, minor) in [
            ("5.95", "USD", 595),
            ("5.95", "JPY", 6),
            ("5.95", "KWD", 5950),
            ("0", "USD", 0),
        ] {
            assert_eq!(amount_in(text, currency), minor, "{text} {currency}");
        }
    }
}
