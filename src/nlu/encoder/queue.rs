//! What waits for the encoder: messages of shoppers first, bulk work when none waits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::tuning::Tuning;
use super::{BATCH, Encoded, EncoderError};

/// A text's token ids, the tuned layers that shall see it too, whether its tokens' vectors are wanted, and where all go.
pub(super) struct Job {
    pub ids: Vec<i64>,
    pub tuning: Option<Arc<Tuning>>,
    pub words: bool,
    pub answer: oneshot::Sender<Result<Encoded, EncoderError>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    Message,
    Bulk,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Job>,
    bulk: VecDeque<Job>,
    /// Workers that wait for work.
    idle: usize,
    stopped: bool,
}

pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    capacity: usize,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            capacity,
        }
    }

    /// Adds a text; its vector comes through the receiver. Bulk work limits itself.
    pub(super) fn push(
        &self,
        ids: Vec<i64>,
        tuning: Option<Arc<Tuning>>,
        words: bool,
        priority: Priority,
    ) -> Result<oneshot::Receiver<Result<Encoded, EncoderError>>, EncoderError> {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        if waiting.stopped {
            return Err(EncoderError::Stopped);
        }
        match priority {
            Priority::Message if waiting.messages.len() >= self.capacity => return Err(EncoderError::Busy),
            Priority::Message => &mut waiting.messages,
            Priority::Bulk => &mut waiting.bulk,
        }
        .push_back(Job {
            ids,
            tuning,
            words,
            answer,
        });
        drop(waiting);
        self.arrived.notify_one();
        Ok(receiver)
    }

    /// Waits for work and takes a batch of it: texts until their tokens are `tokens` or more, and no more than this
    /// worker's share when others are idle. `None` when the encoder stops. Nothing is waited for to fill a batch: a lone
    /// message leaves at once.
    pub(super) fn take(&self, tokens: usize) -> Option<Vec<Job>> {
        let mut waiting = self.lock();
        loop {
            if waiting.stopped {
                return None;
            }
            let workers = waiting.idle + 1;
            let line = if waiting.messages.is_empty() {
                &mut waiting.bulk
            } else {
                &mut waiting.messages
            };
            if !line.is_empty() {
                let mut sum = 0;
                let is_full = |job: &Job| {
                    sum += job.ids.len();
                    sum >= tokens
                };
                let share = line.len().div_ceil(workers).min(BATCH);
                let last = line.iter().take(share).position(is_full);
                let batch = line.drain(..last.map_or(share, |last| last + 1)).collect();
                if workers > 1 && !line.is_empty() {
                    self.arrived.notify_one();
                }
                return Some(batch);
            }
            waiting.idle += 1;
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }

    /// Ends the workers; who still waits hears [`EncoderError::Stopped`].
    pub(super) fn stop(&self) {
        let mut waiting = self.lock();
        waiting.stopped = true;
        waiting.messages.clear();
        waiting.bulk.clear();
        drop(waiting);
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_says_so_and_messages_go_first() {
        let queue = Queue::new(2);
        let _bulk = queue.push(vec![9], None, false, Priority::Bulk).unwrap();
        let _waiting: Vec<_> = (0..2)
            .map(|id| queue.push(vec![id], None, false, Priority::Message).unwrap())
            .collect();
        assert!(matches!(
            queue.push(vec![3], None, false, Priority::Message),
            Err(EncoderError::Busy)
        ));
        let ids = |batch: Vec<Job>| batch.into_iter().map(|job| job.ids[0]).collect::<Vec<_>>();
        assert_eq!(queue.take(1).map(ids), Some(vec![0]));
        let _more = queue.push(vec![2, 2], None, false, Priority::Message).unwrap();
        assert_eq!(queue.take(4).map(ids), Some(vec![1, 2]));
        assert_eq!(queue.take(1).map(ids), Some(vec![9]));
    }

    #[test]
    fn a_worker_leaves_an_idle_one_its_share() {
        let queue = Queue::new(9);
        queue.lock().idle = 1;
        let _waiting: Vec<_> = (0..5)
            .map(|id| queue.push(vec![id], None, false, Priority::Message).unwrap())
            .collect();
        assert_eq!(queue.take(64).map(|batch| batch.len()), Some(3));
        queue.lock().idle = 0;
        assert_eq!(queue.take(64).map(|batch| batch.len()), Some(2));
    }

    #[test]
    fn who_waits_hears_of_the_stop() {
        let queue = Queue::new(2);
        let answer = queue.push(vec![1], None, false, Priority::Message).unwrap();
        queue.stop();
        assert!(answer.blocking_recv().is_err());
        assert!(queue.take(1).is_none());
    }
}
