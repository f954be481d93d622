//! Long work (indexing, training, importing, evaluating) reports here how far it is and asks here whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells how far a piece of long work is. Clones report to the same place.
#[derive(Clone)]
pub struct Progress {
    report: Arc<dyn Fn(Step<'_>) + Send + Sync>,
    cancelled: Arc<AtomicBool>,
}

/// How far the work is: `done` of `total` units of `what`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    pub what: &'a str,
    pub done: u64,
    pub total: u64,
}

/// The work was asked to stop before its end; nothing half-done was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Progress {
    pub fn new(report: impl Fn(Step<'_>) + Send + Sync + 'static) -> Self {
        Self {
            report: Arc::new(report),
            cancelled: Arc::default(),
        }
    }

    /// Progress that nobody watches.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Reports a step, or says that the work shall stop.
    pub fn step(&self, what: &str, done: u64, total: u64) -> Result<(), Cancelled> {
        (self.report)(Step { what, done, total });
        if self.cancelled.load(Ordering::Relaxed) {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
