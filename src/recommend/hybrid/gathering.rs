//! Asks every source what it proposes to one shopper: here, and on a second core while it is free. What sources look at
//! of a large shop lies all over the memory, and two cores wait for it at the same time.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::features::{PROPOSED, Places};
use crate::recommend::source::{Proposal, Scores, Shopper, Source};

/// Room to work in: an answer allocates nothing of the size of the catalogue, and works where the processor's cache is
/// warm.
#[derive(Default)]
pub(super) struct Room {
    here: Side,
    beside: Side,
    pub places: Places,
}

/// What one core works with and finds.
#[derive(Default)]
struct Side {
    scores: Scores,
    /// With the place of the source among all.
    found: Vec<(usize, Proposal)>,
}

/// What is asked of each source.
struct Question<'a> {
    sources: &'a [&'a dyn Source],
    shopper: &'a Shopper<'a>,
    allowed: &'a (dyn Fn(u32) -> bool + Sync),
    /// How many items there are.
    items: usize,
    /// The source whose turn is next.
    next: AtomicUsize,
}

impl Room {
    /// This thread's.
    pub fn with<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        thread_local! {
            static ROOM: RefCell<Room> = RefCell::default();
        }
        ROOM.with_borrow_mut(work)
    }

    /// Asks all sources; [`Self::proposals`] has what they say. `items`: how many there are.
    pub fn ask(
        &mut self,
        help: Option<&Help>,
        sources: &[&dyn Source],
        shopper: &Shopper<'_>,
        allowed: &(dyn Fn(u32) -> bool + Sync),
        items: usize,
    ) {
        // After a source that panicked, something may be left.
        self.recycle();
        let question = Question {
            sources,
            shopper,
            allowed,
            items,
            next: AtomicUsize::new(0),
        };
        let (here, beside) = (&mut self.here, &mut self.beside);
        side_by_side(help, || here.answer(&question), || beside.answer(&question));
    }

    /// What was proposed, with the place of the source among all, in no order.
    pub fn proposals(&self) -> impl Iterator<Item = &(usize, Proposal)> {
        self.here.found.iter().chain(&self.beside.found)
    }

    /// Takes back the proposals' room.
    pub fn recycle(&mut self) {
        for side in [&mut self.here, &mut self.beside] {
            for (_, proposal) in side.found.drain(..) {
                side.scores.recycle(proposal);
            }
        }
    }
}

impl Side {
    /// Asks sources until all have been.
    fn answer(&mut self, question: &Question<'_>) {
        loop {
            let place = question.next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = question.sources.get(place) else {
                return;
            };
            self.scores.reset(question.items);
            let proposal = source.propose(question.shopper, PROPOSED, question.allowed, &mut self.scores);
            self.found.push((place, proposal));
        }
    }
}

/// The second core, for one asker at a time: where many ask at once, all cores have enough to do.
pub(super) struct Help {
    pool: &'static ThreadPool,
}

static TAKEN: AtomicBool = AtomicBool::new(false);

impl Help {
    /// None on a single core, for those who work on all cores already, and while another is helped.
    pub fn take() -> Option<Self> {
        static POOL: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let pool = ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(|_| "recommending".into());
            (cores > 1).then(|| pool.build().ok()).flatten()
        });
        let pool = POOL
            .as_ref()
            .filter(|_| rayon::current_thread_index().is_none())?;
        (!TAKEN.swap(true, Ordering::Acquire)).then_some(Self { pool })
    }
}

impl Drop for Help {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::Release);
    }
}

/// Does the one thing here, and the other beside it where there is help, else after it.
pub(super) fn side_by_side(help: Option<&Help>, here: impl FnOnce(), beside: impl FnOnce() + Send) {
    match help {
        Some(help) => help.pool.in_place_scope(|scope| {
            scope.spawn(|_| beside());
            here();
        }),
        None => {
            here();
            beside();
        }
    }
}
