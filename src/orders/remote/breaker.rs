//! A circuit breaker: leaves a system alone that failed several times in a row, then lets one call try it. Pure.

use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Breaker {
    /// Failures in a row that open it.
    most: u32,
    pause: Duration,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One call tries it. Were it never to tell how that went, the next may try after another pause.
    HalfOpen {
        until: Instant,
    },
}

impl Breaker {
    pub fn new(most: u32, pause: Duration) -> Self {
        Self {
            most,
            pause,
            state: State::Closed { failures: 0 },
        }
    }

    /// Whether a call may be made now; each that may tells how it went.
    pub fn admits(&mut self, now: Instant) -> bool {
        match self.state {
            State::Closed { .. } => true,
            State::Open { until } | State::HalfOpen { until } if now >= until => {
                let until = now + self.pause;
                self.state = State::HalfOpen { until };
                true
            }
            State::Open { .. } | State::HalfOpen { .. } => false,
        }
    }

    pub fn succeeded(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// Says whether it opened with this failure.
    pub fn failed(&mut self, now: Instant) -> bool {
        let failures = match self.state {
            State::Closed { failures } => failures + 1,
            State::HalfOpen { .. } => self.most,
            State::Open { .. } => return false,
        };
        let opens = failures >= self.most;
        self.state = match opens {
            true => State::Open {
                until: now + self.pause,
            },
            false => State::Closed { failures },
        };
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_a_success() {
        let (mut breaker, start) = (Breaker::new(3, PAUSE), Instant::now());
        for _ in 0..2 {
            assert!(breaker.admits(start) && !breaker.failed(start));
        }
        breaker.succeeded();
        for opens in [false, false, true] {
            assert!(breaker.admits(start));
            assert_eq!(breaker.failed(start), opens);
        }
        assert!(!breaker.admits(start + PAUSE - Duration::from_millis(1)));
        assert!(breaker.admits(start + PAUSE), "one may try");
        assert!(!breaker.admits(start + PAUSE), "no other beside it");
        breaker.succeeded();
        assert!(breaker.admits(start + PAUSE) && breaker.admits(start + PAUSE));
    }

    #[test]
    fn a_try_that_fails_or_never_ends_starts_another_pause() {
        let (mut breaker, start) = (Breaker::new(1, PAUSE), Instant::now());
        assert!(breaker.failed(start));
        let then = start + PAUSE;
        assert!(breaker.admits(then) && breaker.failed(then));
        assert!(!breaker.admits(then + PAUSE / 2));
        assert!(breaker.admits(then + PAUSE));
        assert!(!breaker.admits(then + PAUSE * 3 / 2));
        assert!(breaker.admits(then + PAUSE * 2));
    }
}
