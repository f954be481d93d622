//! Personal offers: which of the campaigns within a cart's reach its shopper is shown, and what is learnt of it.
//!
//! [`PersonalOffers::choose`] asks the pure [`super::choice`] and writes down what it decided; a day later
//! [`PersonalOffers::settle`] looks whether an order followed and teaches the policy. Everybody who qualifies may redeem
//! a personal campaign: only what is shown is chosen.

mod context;
mod decision_rows;
mod eligible;
pub mod export;
pub mod fairness;
mod learner;
mod pacing;
mod policy_rows;
mod rounds;
mod service;
mod settings;
mod settle;
#[cfg(test)]
mod tests;

use super::PromotionError;
use super::choice::ChoiceError;
use crate::progress::Cancelled;
use crate::store::StoreError;

pub use decision_rows::forget;
pub use service::{PersonalOffer, PersonalOffers};
pub use settings::PersonalSettings;

/// What can go wrong with the choice of an offer. None of it keeps a shopper from a discount.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("what was learnt of offers can't be made: its thread ended")]
    Thread,
    #[error("the log can't be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the log can't be written: {0}")]
    Write(#[from] std::io::Error),
}
