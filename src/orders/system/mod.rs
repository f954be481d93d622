//! What a shop's system of orders must be able to do, whichever it is: the shop's own over HTTP
//! ([`super::remote`]), or the one of this house ([`super::house`]). Only [`super::OrderDesk`] speaks with it.

mod returns;
mod view;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shoppers::SignedIn;
use crate::store::Millis;

pub use returns::{Resolution, ReturnLine, ReturnReason, ReturnRequest, StartedReturn};
pub use view::{
    Address, CustomerContact, DeliveryWindow, LineView, OrderView, Permission, Permissions, Progress,
    RefundState, RefundView, ReturnState, ReturnView, Shipment, Totals,
};

/// A system's answer, some time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, SystemError>>;

/// An order as its system told it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub order: OrderView,
    /// How old this is, in milliseconds; `None`: as of now. It has an age when the system is away.
    pub age: Option<Millis>,
}

/// A shop's system of orders. Numbers are as shoppers write them, without spaces and `#`. Each change takes a key of its
/// sender's: sent again with the same key, it is done once and answered alike.
pub trait ShopSystem: Send + Sync {
    fn find<'a>(&'a self, number: &'a str) -> Answer<'a, Found>;

    /// The orders of a signed-in shopper, newest first, at most `most`.
    fn orders_of<'a>(&'a self, shopper: &'a SignedIn, most: usize) -> Answer<'a, Vec<OrderView>>;

    fn cancel<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView>;

    /// Undoes [`Self::cancel`].
    fn reinstate<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView>;

    fn change_address<'a>(
        &'a self,
        number: &'a str,
        address: &'a Address,
        key: &'a str,
    ) -> Answer<'a, OrderView>;

    /// Undoes the last [`Self::change_address`].
    fn restore_address<'a>(&'a self, number: &'a str, key: &'a str) -> Answer<'a, OrderView>;

    /// Starts a return or an exchange, and gives its label.
    fn start_return<'a>(
        &'a self,
        number: &'a str,
        request: &'a ReturnRequest,
        key: &'a str,
    ) -> Answer<'a, StartedReturn>;

    /// Undoes [`Self::start_return`] while the goods haven't come back.
    fn withdraw_return<'a>(&'a self, number: &'a str, id: &'a str, key: &'a str) -> Answer<'a, OrderView>;
}

/// Why a system doesn't do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    #[error("there is no such order")]
    NotFound,
    #[error("not possible: {0}")]
    NotPossible(WhyNot),
    #[error("`{field}`: expected {expected}")]
    Invalid { field: String, expected: String },
    #[error("the idempotency key was used for another request")]
    KeyOfAnother,
    /// Nothing was changed as far as is known; the same key may be tried again.
    #[error("the system of orders is away: {0}")]
    Unavailable(String),
}

/// Why something can't be done with an order, or no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    AlreadyPacked,
    AlreadyShipped,
    AlreadyDelivered,
    AlreadyCancelled,
    NotCancelled,
    NotPacked,
    NotShipped,
    /// Its return begins when it is delivered.
    NotDelivered,
    /// The shopper may still cancel or change it by themselves.
    StillChangeable,
    /// The days for it are over.
    TooLate,
    /// No such piece is left that isn't on its way back, or came back.
    NothingLeft,
    /// An item of a kind that can't be given back.
    NotReturnable,
    /// An exchange is for another variant of the same product.
    OtherProduct,
    /// What it should be exchanged for, or ordered again, can't be had.
    SoldOut,
    /// Its offers are no longer to be had, or cost something else.
    PriceChanged,
    AlreadyReceived,
    AlreadyWithdrawn,
    AlreadyRefunded,
    NothingToUndo,
    /// A reason of the shop's own system that this house doesn't know.
    #[serde(other)]
    Other,
}

impl WhyNot {
    /// As in JSON, and in `order-why-…` of the sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlreadyPacked => "already_packed",
            Self::AlreadyShipped => "already_shipped",
            Self::AlreadyDelivered => "already_delivered",
            Self::AlreadyCancelled => "already_cancelled",
            Self::NotCancelled => "not_cancelled",
            Self::NotPacked => "not_packed",
            Self::NotShipped => "not_shipped",
            Self::NotDelivered => "not_delivered",
            Self::StillChangeable => "still_changeable",
            Self::TooLate => "too_late",
            Self::NothingLeft => "nothing_left",
            Self::NotReturnable => "not_returnable",
            Self::OtherProduct => "other_product",
            Self::SoldOut => "sold_out",
            Self::PriceChanged => "price_changed",
            Self::AlreadyReceived => "already_received",
            Self::AlreadyWithdrawn => "already_withdrawn",
            Self::AlreadyRefunded => "already_refunded",
            Self::NothingToUndo => "nothing_to_undo",
            Self::Other => "other",
        }
    }
}

impl std::fmt::Display for WhyNot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
