//! The catalogue: items, their import from product feeds, product search.

mod item;

pub use item::{Availability, Item, Money, Vertical};
