//! The personal choice of an offer, and what another choice would have brought.
//!
//! Among the offers a shopper qualifies for, [`decide`] chooses: hold-out group and exposure cap first ([`HoldOut`],
//! [`ExposureCap`]), then the [`Policy`], contextual Thompson sampling that falls back to the best fixed offer. Contexts
//! are made of [`Features`], which refuse protected attributes by name. [`Pacer`] sets the price of money so that a budget
//! lasts. [`evaluate_log`] tells from a log what policies are worth, [`depth_by_segment`] who was given how much.
//!
//! Everything here is pure: no database, no clock, random numbers from the caller. Rewards are numbers of any unit (1 for a
//! purchase, or its margin after the discount).

mod decide;
mod depth;
mod error;
mod estimators;
mod evaluate;
mod exam;
mod features;
mod lead;
mod limits;
mod log;
mod outcomes;
mod pacing;
mod policy;
mod protected;
mod regression;
mod report;
mod settings;
pub mod simulate;
#[cfg(test)]
mod tests;
mod thompson;

pub use decide::{Decision, Group, Request, Rules, decide};
pub use depth::{DepthReport, Gap, SegmentDepth, depth_by_segment};
pub use error::ChoiceError;
pub use estimators::{Estimate, Values};
pub use evaluate::{EvaluateSettings, Learned, evaluate_log, evaluate_target, learn_and_evaluate};
pub use features::{FeatureSettings, Features, Value};
pub use limits::{ExposureCap, HoldOut};
pub use log::{Log, Logged, RowError, read_log};
pub use pacing::{Budget, Pacer, PacingSettings};
pub use policy::{Choice, Eligible, Policy};
pub use protected::{protected_ground, refuse_protected};
pub use report::{PolicyLine, Report};
pub use settings::PolicySettings;
