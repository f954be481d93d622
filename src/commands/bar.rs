//! Progress bars on a terminal; nothing where there is none.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shopkeeper::progress::Progress;
use shopkeeper::trainings::{TrainingLine, TrainingStep};

const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// Progress that shows as a bar on standard error, and stops the work on Ctrl-C.
pub fn progress() -> Progress {
    let bar = Mutex::new(None::<(String, ProgressBar)>);
    let progress = Progress::new(move |step| {
        let Ok(mut current) = bar.lock() else { return };
        if current.as_ref().is_none_or(|(what, _)| what != step.what) {
            if let Some((_, old)) = current.take() {
                old.finish_and_clear();
            }
            *current = Some((step.what.to_owned(), new_bar(step.what, step.total)));
        }
        if let Some((_, bar)) = current.as_ref() {
            bar.set_position(step.done);
            if step.done >= step.total {
                bar.finish_and_clear();
            }
        }
    });
    let cancelled = progress.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancelled.cancel();
        }
    });
    progress
}

/// Progress as lines of JSON on standard output, for a program that watches; not more often than it can be looked at.
pub fn lines() -> Progress {
    let last = Mutex::new(None::<(String, Instant)>);
    Progress::new(move |step| {
        let Ok(mut last) = last.lock() else { return };
        let recent = |(what, at): &(String, Instant)| what == step.what && at.elapsed() < BETWEEN_LINES;
        if last.as_ref().is_some_and(recent) && step.done < step.total {
            return;
        }
        *last = Some((step.what.to_owned(), Instant::now()));
        let line = TrainingLine::Step(TrainingStep {
            what: step.what.to_owned(),
            done: step.done,
            total: step.total,
        });
        // Whoever watched may be gone.
        if let Ok(line) = serde_json::to_string(&line) {
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    })
}

fn new_bar(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    // The template is a constant that parses.
    if let Ok(style) = ProgressStyle::with_template("{msg:16} {bar:32} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
