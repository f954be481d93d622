//! When the recommender is trained: at the first start, after the catalogue changed, and from time to time on new events.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{RecommendError, events, snapshot};
use crate::catalog::Catalogue;
use crate::store::{Store, current_number};

/// How often is looked whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A changed catalogue is left to settle: an import changes it again and again.
const SETTLES: Duration = Duration::from_secs(20);

/// How the training process is started: it is this program itself.
pub struct Trainer {
    pub program: PathBuf,
    pub configuration: Option<PathBuf>,
}

/// What was last trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    catalogue: i64,
    events: i64,
}

/// Trains on schedule until `stop`; `every`: how long new events may wait, `None` trains never.
pub fn start(
    store: Store,
    catalogue: Catalogue,
    every: Option<Duration>,
    trainer: Trainer,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(every) = every else { return };
        let mut trained: Option<(State, Instant)> = None;
        while !stop.is_cancelled() {
            match due(&store, &catalogue, every, trained).await {
                Ok(Some(state)) => {
                    tokio::select! {
                        () = trainer.train() => {}
                        () = stop.cancelled() => return,
                    }
                    trained = Some((state, Instant::now()));
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "whether the recommender is to be trained can't be seen")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
    })
}

/// What there is to train on, when it is time.
async fn due(
    store: &Store,
    catalogue: &Catalogue,
    every: Duration,
    trained: Option<(State, Instant)>,
) -> Result<Option<State>, RecommendError> {
    let now = State {
        catalogue: catalogue.revision(),
        events: current_number(store, events::REVISION).await?,
    };
    if catalogue.all().is_empty() {
        return Ok(None);
    }
    let Some((last, at)) = trained else {
        // Since the last start nothing was trained; a snapshot of the present catalogue and events will do.
        let newest = snapshot::newest(store).await?;
        let current =
            newest.is_some_and(|row| row.revision >= now.events && row.catalogue_revision() >= now.catalogue);
        return Ok((!current).then_some(now));
    };
    let catalogue_settled = last.catalogue != now.catalogue && at.elapsed() > SETTLES;
    let events_waited = last.events != now.events && at.elapsed() > every;
    Ok((catalogue_settled || events_waited).then_some(now))
}

impl Trainer {
    async fn train(&self) {
        let mut command = Command::new(&self.program);
        if let Some(configuration) = &self.configuration {
            command.arg("--config").arg(configuration);
        }
        command
            .args(["train", "recommender", "--background", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        match command.output().await {
            Ok(output) if output.status.success() => {
                let report = String::from_utf8_lossy(&output.stdout);
                tracing::info!(report = report.trim(), "recommender trained");
            }
            Ok(output) => {
                let error = String::from_utf8_lossy(&output.stderr);
                tracing::warn!(error = error.trim(), "the recommender's training failed");
            }
            Err(error) => tracing::warn!(%error, "the recommender's training can't be started"),
        }
    }
}
