//! What a shopper chose, purely.

use serde::{Deserialize, Serialize};

use crate::catalog::Money;
use crate::promotions::codes::code_key;

/// Lines of a basket.
pub const MOST_LINES: usize = 100;
/// Pieces of one line.
pub const MOST_PIECES: u32 = 99;
/// Codes that wait in a basket.
pub const MOST_CODES: usize = 10;

/// Items with their pieces, and codes as they were entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basket {
    pub lines: Vec<BasketLine>,
    pub codes: Vec<String>,
    /// The chat put something in: its orders come from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_chat: bool,
    /// Names the last change that must not be made twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketLine {
    pub item: String,
    pub quantity: u32,
    /// What a piece cost when its shopper saw it last; a change since then is told.
    pub seen: Money,
}

/// Why a basket stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasketError {
    #[error("`quantity`: expected 1 to {MOST_PIECES}, in all of one item")]
    Quantity,
    #[error("`item`: expected at most {MOST_LINES} different items")]
    Full,
    #[error("`code`: expected at most {MOST_CODES} codes")]
    TooManyCodes,
    #[error("`item`: expected an item of the catalogue that is sold")]
    NotSold,
}

impl Basket {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn pieces(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Adds pieces of an item.
    pub fn put(&mut self, item: &str, quantity: u32, price: &Money) -> Result<(), BasketError> {
        let known = self.lines.iter().position(|line| line.item == item);
        let before = known.map_or(0, |place| self.lines[place].quantity);
        let quantity = checked(before.saturating_add(quantity))?;
        checked(quantity - before)?;
        let line = BasketLine {
            item: item.to_owned(),
            quantity,
            seen: price.clone(),
        };
        match known {
            Some(place) => self.lines[place] = line,
            None if self.lines.len() >= MOST_LINES => return Err(BasketError::Full),
            None => self.lines.push(line),
        }
        Ok(())
    }

    /// Adds pieces of an item for the chat, once for each `key`: told again right away, it changes nothing.
    pub fn put_once(
        &mut self,
        item: &str,
        quantity: u32,
        price: &Money,
        key: &str,
    ) -> Result<(), BasketError> {
        if self.last_key.as_deref() == Some(key) {
            return Ok(());
        }
        self.put(item, quantity, price)?;
        self.last_key = Some(key.to_owned());
        self.by_chat = true;
        Ok(())
    }

    /// Sets the pieces of a line that is there; `price`: what its shopper sees beside it, where it has one.
    pub fn set_quantity(
        &mut self,
        item: &str,
        quantity: u32,
        price: Option<&Money>,
    ) -> Result<(), BasketError> {
        let quantity = checked(quantity)?;
        if let Some(line) = self.lines.iter_mut().find(|line| line.item == item) {
            line.quantity = quantity;
            if let Some(price) = price {
                line.seen = price.clone();
            }
        }
        Ok(())
    }

    pub fn remove(&mut self, item: &str) {
        self.lines.retain(|line| line.item != item);
    }

    /// Adds a code; one that is there already is the same code, however it is written.
    pub fn enter(&mut self, code: &str) -> Result<(), BasketError> {
        self.forget(code);
        if self.codes.len() >= MOST_CODES {
            return Err(BasketError::TooManyCodes);
        }
        self.codes.push(code.to_owned());
        Ok(())
    }

    pub fn forget(&mut self, code: &str) {
        let key = code_key(code);
        self.codes.retain(|known| code_key(known) != key);
    }

    /// Takes back what an order had, beside what was chosen since. Where both have an item, the larger number stays.
    pub fn take_back(&mut self, other: &Self) {
        for line in &other.lines {
            match self.lines.iter_mut().find(|known| known.item == line.item) {
                Some(known) => known.quantity = known.quantity.max(line.quantity),
                None => self.lines.push(line.clone()),
            }
        }
        for code in &other.codes {
            // More codes than a basket holds are of no use to anybody.
            let _ = self.enter(code);
        }
    }
}

fn checked(quantity: u32) -> Result<u32, BasketError> {
    let fits = (1..=MOST_PIECES).contains(&quantity);
    fits.then_some(quantity).ok_or(BasketError::Quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(minor: i64) -> Money {
        Money {
            minor,
            currency: "USD".into(),
        }
    }

    #[test]
    fn pieces_of_one_item_are_one_line_of_at_most_99() {
        let mut basket = Basket::default();
        basket.put("a", 60, &dollars(100)).unwrap();
        basket.put("a", 39, &dollars(120)).unwrap();
        assert_eq!((basket.lines.len(), basket.pieces()), (1, 99));
        assert_eq!(basket.lines[0].seen, dollars(120));
        for (quantity, wrong) in [(1, true), (0, true), (u32::MAX, true)] {
            assert_eq!(
                basket.put("a", quantity, &dollars(100)).is_err(),
                wrong,
                "{quantity}"
            );
        }
        assert_eq!(basket.put("b", 0, &dollars(1)), Err(BasketError::Quantity));
        assert_eq!(basket.set_quantity("a", 100, None), Err(BasketError::Quantity));
        basket.set_quantity("a", 2, None).unwrap();
        assert_eq!(basket.pieces(), 2);
        basket.remove("a");
        assert!(basket.is_empty());
    }

    #[test]
    fn a_change_with_a_key_is_made_once() {
        let mut basket = Basket::default();
        for key in ["m1", "m1", "m2"] {
            basket.put_once("a", 2, &dollars(100), key).unwrap();
        }
        assert_eq!(basket.pieces(), 4);
    }

    #[test]
    fn a_basket_has_an_end() {
        let mut basket = Basket::default();
        for number in 0..MOST_LINES {
            basket.put(&number.to_string(), 1, &dollars(1)).unwrap();
        }
        assert_eq!(basket.put("more", 1, &dollars(1)), Err(BasketError::Full));
        basket.put("0", 1, &dollars(1)).unwrap();
        for number in 0..MOST_CODES {
            basket.enter(&format!("CODE-{number}7")).unwrap();
        }
        assert_eq!(basket.enter("another"), Err(BasketError::TooManyCodes));
    }

    #[test]
    fn a_code_is_entered_once_however_it_is_written() {
        let mut basket = Basket::default();
        basket.enter("canvas").unwrap();
        basket.enter("CANVAS").unwrap();
        assert_eq!(basket.codes, ["CANVAS"]);
        basket.forget("Canvas");
        assert!(basket.codes.is_empty());
    }

    #[test]
    fn what_an_order_had_comes_back_beside_what_was_chosen_since() {
        let (mut now, mut before) = (Basket::default(), Basket::default());
        now.put("a", 1, &dollars(1)).unwrap();
        before.put("a", 3, &dollars(1)).unwrap();
        before.put("b", 2, &dollars(1)).unwrap();
        before.enter("CANVAS").unwrap();
        now.take_back(&before);
        assert_eq!((now.lines.len(), now.pieces(), now.codes.len()), (2, 5, 1));
    }
}
