//! Carts and orders: those of the demo shop's own checkout, and the way to those of a shop that has its own.
//!
//! A [`Basket`] is what a shopper chose; [`Priced`] is what the catalogue says of it now. An order is placed in two
//! steps that both survive a crash: the cart becomes an order that is being placed, in one transaction; then its offers
//! are redeemed under the order's id, which uses them up once however often it is tried.
//!
//! After that, whoever asks goes through the [`OrderDesk`]: it has proven whose an order is before it shows or changes
//! one. Behind it stands a [`ShopSystem`]: the orders of this house ([`HouseOrders`]) or the shop's own over HTTP.

mod basket;
mod cart_rows;
mod contact;
mod desk;
mod house;
mod order_rows;
mod placing;
mod priced;
mod remote;
mod service;
mod system;

use crate::promotions::PromotionError;
use crate::store::StoreError;

pub use basket::{Basket, BasketError, MOST_PIECES};
pub use cart_rows::StoredCart;
pub use contact::{Contact, Wrong, shopper_of};
pub use desk::{DeskError, DeskLimits, OrderDesk, Proof, Verified};
pub use house::{HouseOrders, OrderEvent, Policy, Return, Step, bars};
pub use order_rows::{Order, OrderLine, Status};
pub use placing::{Changed, Placed};
pub use priced::{Priced, PricedLine, Trouble, cart_line};
pub use remote::{ClientError, RemoteOrders};
pub use service::{Entered, Orders, session};
pub use system::{
    Address, Answer, CustomerContact, DeliveryWindow, Found, LineView, OrderView, Permission, Permissions,
    Progress, RefundState, RefundView, Resolution, ReturnLine, ReturnReason, ReturnRequest, ReturnState,
    ReturnView, Shipment, ShopSystem, StartedReturn, SystemError, Totals, WhyNot,
};

/// What can go wrong with carts and orders.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Promotions(#[from] PromotionError),
    #[error(transparent)]
    Basket(#[from] BasketError),
    #[error("the cart is changed by too many at once: try again")]
    Busy,
}
