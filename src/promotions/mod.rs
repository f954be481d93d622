//! Promotions: campaigns and their codes, the best price for a cart, and the books of what was redeemed.
//!
//! The middle is pure: [`engine`] knows no database and no clock. Around it, [`Promotions`] follows the campaigns of
//! the database and answers what a cart qualifies for; the till redeems, many requests in one transaction; the ledger
//! is only ever added to, and [`verify`] counts it all again.

pub mod campaign;
pub mod campaigns;
pub mod cart;
pub mod choice;
pub mod code_rows;
pub mod codes;
pub mod engine;
pub mod evaluation;
pub mod format;
mod holds;
mod ledger;
pub mod nearest;
pub mod outcome;
pub mod personal;
pub mod reason;
pub mod redemptions;
pub mod replay;
pub mod roll_back;
pub mod schedule;
mod service;
mod till;
mod usage;
pub mod verify;
pub mod words;

use crate::progress::Cancelled;
use crate::store::StoreError;
use cart::CartError;
use format::FieldError;
use outcome::Outcome;
use roll_back::ReturnError;

pub use service::{Promotions, RedemptionRequest, RollBackRequest};
pub use till::Redeemed;

/// What can go wrong with promotions.
#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Cart(#[from] CartError),
    #[error(transparent)]
    Field(FieldError),
    #[error(transparent)]
    Return(#[from] ReturnError),
    /// Nothing was used up.
    #[error("a code does not apply to this cart")]
    Refused(Box<Outcome>),
    #[error("the idempotency key was used for another request")]
    KeyOfAnother,
    #[error("there is no campaign `{0}`")]
    NoCampaign(String),
    #[error("campaign `{0}` has no codes of its own: expected `codes = {{ pattern = … }}`")]
    NoOwnCodes(String),
    #[error("there is no such redemption")]
    NoRedemption,
    #[error(
        "`count`: expected at most {most}: `{pattern}` has no room for {count} codes that can't be guessed; more `#` make room"
    )]
    Room { count: u64, pattern: String, most: u64 },
    #[error("the system gives no random numbers")]
    NoRandomness,
    #[error("too much is redeemed at once: try again")]
    Busy,
    #[error("the redemption failed; nothing was used up")]
    Till,
}
