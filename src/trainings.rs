//! Training while the server serves: in a process of its own, at the lowest priority, one of a kind at a time. It saves the
//! model as a new version; the server switches as it does for any other.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::store::{Millis, new_id, now};

/// How often is looked whether a training has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Trainings that are remembered.
const REMEMBERED: usize = 50;

/// What is trained, and how.
pub trait Order: Clone + Send + 'static {
    /// What this program is called with.
    fn arguments(&self) -> Vec<&'static str>;
}

/// A training, under way or over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Training<O: ToSchema> {
    pub id: String,
    #[serde(flatten)]
    pub order: O,
    pub status: TrainingStatus,
    pub step: Option<TrainingStep>,
    /// The version that it made.
    pub model_id: Option<String>,
    pub error: Option<String>,
    pub started_at: Millis,
    pub ended_at: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainingStatus {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// How far it is: `done` of `total` of `what`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrainingStep {
    pub what: String,
    pub done: u64,
    pub total: u64,
}

/// A line that `shopkeeper train --json` and `shopkeeper train recommender --json` print.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingLine {
    Step(TrainingStep),
    Model(String),
}

#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error("a training is under way: wait for its end, or cancel it")]
    UnderWay,
    #[error("the training can't be started: {0}")]
    Start(#[from] std::io::Error),
}

/// The trainings that this server started. Clones share them; they end with the server.
#[derive(Clone)]
pub struct Trainings<O: ToSchema> {
    program: PathBuf,
    /// Configuration file that the server was started with.
    config: Option<PathBuf>,
    known: Known<O>,
}

/// Newest first, each with what stops it.
type Known<O> = Arc<Mutex<VecDeque<(Training<O>, CancellationToken)>>>;

impl<O: Order + ToSchema> Trainings<O> {
    /// `program`: this program; `config`: the configuration file it was given.
    pub fn new(program: PathBuf, config: Option<PathBuf>) -> Self {
        Self {
            program,
            config,
            known: Arc::default(),
        }
    }

    /// Starts a training.
    pub fn start(&self, order: O) -> Result<Training<O>, TrainingError> {
        let mut known = self.known();
        let runs = |(training, _): &(Training<O>, _)| training.status == TrainingStatus::Running;
        if known.iter().any(runs) {
            return Err(TrainingError::UnderWay);
        }
        let mut command = Command::new(&self.program);
        command.arg("train").args(order.arguments());
        command.args(["--json", "--background"]);
        command.envs(self.config.as_ref().map(|file| ("SHOPKEEPER_CONFIG", file)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let child = command.spawn()?;
        let training = Training {
            id: new_id(),
            order,
            status: TrainingStatus::Running,
            step: None,
            model_id: None,
            error: None,
            started_at: now(),
            ended_at: None,
        };
        let cancel = CancellationToken::new();
        known.push_front((training.clone(), cancel.clone()));
        known.truncate(REMEMBERED);
        drop(known);
        tokio::spawn(self.clone().follow(training.id.clone(), child, cancel));
        Ok(training)
    }

    /// All that are remembered, newest first.
    pub fn list(&self) -> Vec<Training<O>> {
        self.known()
            .iter()
            .map(|(training, _)| training.clone())
            .collect()
    }

    pub fn get(&self, id: &str) -> Option<Training<O>> {
        let known = self.known();
        known
            .iter()
            .find(|(training, _)| training.id == id)
            .map(|(training, _)| training.clone())
    }

    /// The newest training, as soon as it has ended.
    pub async fn newest_ended(&self) -> Option<Training<O>> {
        loop {
            let newest = self.known().front().map(|(training, _)| training.clone());
            match newest {
                Some(training) if training.status == TrainingStatus::Running => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                newest => return newest,
            }
        }
    }

    /// Stops a training; the model in service stays. Fine-tuning goes on from its last round when it is started anew.
    pub fn cancel(&self, id: &str) -> Option<Training<O>> {
        self.change(id, |training| {
            if training.status == TrainingStatus::Running {
                (training.status, training.ended_at) = (TrainingStatus::Cancelled, Some(now()));
            }
        });
        let known = self.known();
        let (training, cancel) = known.iter().find(|(training, _)| training.id == id)?;
        cancel.cancel();
        Some(training.clone())
    }

    /// Reads what the training prints until it ends.
    async fn follow(self, id: String, mut child: Child, cancel: CancellationToken) {
        let lines = child.stdout.take();
        let words = child.stderr.take();
        let read = async {
            let mut lines = BufReader::new(lines?).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                match serde_json::from_str(&line) {
                    Ok(TrainingLine::Step(step)) => self.change(&id, |training| training.step = Some(step)),
                    Ok(TrainingLine::Model(model)) => {
                        self.change(&id, |training| training.model_id = Some(model))
                    }
                    // Further words are for people.
                    Err(_) => {}
                }
            }
            Some(())
        };
        let complaint = async {
            // All of it is read: a full pipe would hold the training up.
            let mut last = String::new();
            let mut lines = BufReader::new(words?).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                last = line;
            }
            Some(last)
        };
        let ended = tokio::select! {
            (_, complaint, status) = async { tokio::join!(read, complaint, child.wait()) } => {
                Some((complaint, status.is_ok_and(|status| status.success())))
            }
            () = cancel.cancelled() => None,
        };
        match ended {
            Some((complaint, succeeded)) => self.change(&id, |training| {
                training.ended_at = Some(now());
                if succeeded && training.model_id.is_some() {
                    training.status = TrainingStatus::Done;
                } else {
                    training.status = TrainingStatus::Failed;
                    training.error = complaint;
                }
            }),
            None => {
                let _ = child.kill().await;
            }
        }
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Training<O>)) {
        if let Some((training, _)) = self.known().iter_mut().find(|(training, _)| training.id == id) {
            change(training);
        }
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<(Training<O>, CancellationToken)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
