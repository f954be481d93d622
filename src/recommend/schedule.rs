//! When the recommender is trained: at the first start, after the catalogue changed, and from time to time on new events.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::{RecommendError, events, snapshot};
use crate::catalog::Catalogue;
use crate::store::{Store, current_number};
use crate::trainings::{self, TrainingStatus, Trainings};

/// How often is looked whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A changed catalogue is left to settle: an import changes it again and again.
const SETTLES: Duration = Duration::from_secs(20);

/// A training of the recommender, by the schedule or on demand: there is nothing to choose.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommenderTraining {}

impl trainings::Order for RecommenderTraining {
    fn arguments(&self) -> Vec<&'static str> {
        vec!["recommender"]
    }
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
    trainings: Trainings<RecommenderTraining>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(every) = every else { return };
        let mut trained: Option<(State, Instant)> = None;
        while !stop.is_cancelled() {
            match due(&store, &catalogue, every, trained).await {
                Ok(Some(state)) => {
                    tokio::select! {
                        () = train(&trainings) => {}
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
    // It may be of an earlier start, or somebody trained on demand.
    let newest = snapshot::newest(store).await?;
    if newest.is_some_and(|row| row.revision >= now.events && row.catalogue_revision() >= now.catalogue) {
        return Ok(None);
    }
    let Some((last, at)) = trained else {
        return Ok(Some(now));
    };
    let catalogue_settled = last.catalogue != now.catalogue && at.elapsed() > SETTLES;
    let events_waited = last.events != now.events && at.elapsed() > every;
    Ok((catalogue_settled || events_waited).then_some(now))
}

/// Trains, or waits for the training that somebody ordered meanwhile.
async fn train(trainings: &Trainings<RecommenderTraining>) {
    if let Err(trainings::TrainingError::Start(error)) = trainings.start(RecommenderTraining {}) {
        tracing::warn!(%error, "the recommender's training can't be started");
        return;
    }
    let Some(ended) = trainings.newest_ended().await else {
        return;
    };
    match ended.status {
        TrainingStatus::Done => tracing::info!(model = ended.model_id, "recommender trained"),
        TrainingStatus::Cancelled => tracing::info!("the recommender's training was cancelled"),
        _ => tracing::warn!(error = ended.error, "the recommender's training failed"),
    }
}
