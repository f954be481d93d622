//! Training while the server serves: in a process of its own, at the lowest priority, one at a time. It saves the model
//! as a new version; the server switches as it does for any other.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::Mode;
use crate::store::{Millis, new_id, now};

/// Trainings that are remembered.
const REMEMBERED: usize = 50;

/// A training, under way or over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Training {
    pub id: String,
    pub mode: Mode,
    /// Whether the model is put in service when it is trained.
    pub activate: bool,
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

/// A line that `shopkeeper train --json` prints.
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
pub struct Trainings {
    program: PathBuf,
    /// Configuration file that the server was started with.
    config: Option<PathBuf>,
    known: Arc<Mutex<VecDeque<(Training, CancellationToken)>>>,
}

impl Trainings {
    /// `program`: this program; `config`: the configuration file it was given.
    pub fn new(program: PathBuf, config: Option<PathBuf>) -> Self {
        Self {
            program,
            config,
            known: Arc::default(),
        }
    }

    /// Starts a training.
    pub fn start(&self, mode: Mode, activate: bool) -> Result<Training, TrainingError> {
        let mut known = self.known();
        if known
            .iter()
            .any(|(training, _)| training.status == TrainingStatus::Running)
        {
            return Err(TrainingError::UnderWay);
        }
        let mut command = Command::new(&self.program);
        command.args(["train", "--json", "--background"]);
        command.args((mode == Mode::Finetune).then_some("--finetune"));
        command.args(activate.then_some("--activate"));
        command.envs(self.config.as_ref().map(|file| ("SHOPKEEPER_CONFIG", file)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let child = command.spawn()?;
        let training = Training {
            id: new_id(),
            mode,
            activate,
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
    pub fn list(&self) -> Vec<Training> {
        self.known()
            .iter()
            .map(|(training, _)| training.clone())
            .collect()
    }

    pub fn get(&self, id: &str) -> Option<Training> {
        let known = self.known();
        known
            .iter()
            .find(|(training, _)| training.id == id)
            .map(|(training, _)| training.clone())
    }

    /// Stops a training; the model in service stays. Fine-tuning goes on from its last round when it is started anew.
    pub fn cancel(&self, id: &str) -> Option<Training> {
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

    fn change(&self, id: &str, change: impl FnOnce(&mut Training)) {
        if let Some((training, _)) = self.known().iter_mut().find(|(training, _)| training.id == id) {
            change(training);
        }
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<(Training, CancellationToken)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
