//! Serves the shop on a free port and plays the scripts' shoppers, one after the other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::format::{Answering, Script};
use super::hours::so_that;
use super::report::{Failure, Outcome, Report};
use super::scene::Scene;
use crate::chat::ChatError;
use crate::config::Config;
use crate::progress::{Cancelled, Progress};
use crate::store::now;
use crate::web::{App, serve};

/// More than any script needs: what limits visitors is not what is tried here.
const UNLIMITED: u32 = 100_000_000;

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no free port can be listened on: {0}")]
    Listen(#[from] std::io::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Chat(#[from] ChatError),
}

/// Makes what the server serves, for a configuration and until the token is cancelled.
type Build = Box<dyn Fn(Arc<Config>, CancellationToken) -> App + Send + Sync>;

/// Plays scripts at a shop.
pub struct Runner {
    config: Config,
    build: Build,
    stop: CancellationToken,
    /// One for each kind of hours that a script asks for.
    servers: HashMap<Option<Answering>, Server>,
    /// The conversations that were had.
    talks: Vec<(Option<Answering>, String)>,
}

struct Server {
    app: App,
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Runner {
    /// `build` makes the rooms' front from a configuration: those of one shop, which all servers share.
    pub fn new(
        mut config: Config,
        build: impl Fn(Arc<Config>, CancellationToken) -> App + Send + Sync + 'static,
    ) -> Self {
        config.limits.messages_per_minute = UNLIMITED;
        config.limits.conversations_per_minute = UNLIMITED;
        config.limits.requests_per_minute = UNLIMITED;
        Self {
            config,
            build: Box::new(build),
            stop: CancellationToken::new(),
            servers: HashMap::new(),
            talks: Vec::new(),
        }
    }

    /// Plays all of them.
    pub async fn run(&mut self, scripts: &[Script], progress: &Progress) -> Result<Report, RunError> {
        let mut report = Report::default();
        for (done, script) in scripts.iter().enumerate() {
            progress.step("Conversations", done as u64, scripts.len() as u64)?;
            self.serve(script.given.hours).await?;
            let failures = self.play(script).await;
            report.add(Outcome {
                name: script.name.clone(),
                theme: script.theme.clone(),
                file: script.file.clone(),
                passed: failures.is_empty(),
                failures,
            });
        }
        progress.step("Conversations", scripts.len() as u64, scripts.len() as u64)?;
        Ok(report)
    }

    /// Deletes the conversations that were had, and ends the servers.
    pub async fn end(self) -> Result<(), RunError> {
        for (hours, id) in &self.talks {
            if let Some((server, id)) = self.servers.get(hours).zip(id.parse().ok()) {
                server.app.chat.forget(id).await?;
            }
        }
        self.stop.cancel();
        for server in self.servers.into_values() {
            if let Ok(served) = server.task.await {
                served?;
            }
        }
        Ok(())
    }

    async fn serve(&mut self, hours: Option<Answering>) -> Result<(), RunError> {
        if self.servers.contains_key(&hours) {
            return Ok(());
        }
        let mut config = self.config.clone();
        if let Some(answering) = hours {
            config.hours = so_that(answering, &config.hours, now());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = (self.build)(Arc::new(config), self.stop.clone());
        let task = tokio::spawn(serve(app.clone(), listener));
        self.servers.insert(hours, Server { app, address, task });
        Ok(())
    }

    async fn play(&mut self, script: &Script) -> Vec<Failure> {
        let Some(server) = self.servers.get(&script.given.hours) else {
            return Vec::new();
        };
        let mut scene = match Scene::set(&server.app, server.address, script).await {
            Ok(scene) => scene,
            Err(hindrance) => return vec![Failure::hindered(0, String::new(), hindrance.to_string())],
        };
        let mut failures = Vec::new();
        for (at, turn) in script.turns.iter().enumerate() {
            match scene.turn(turn).await {
                Ok((wrong, _)) if wrong.is_empty() => {}
                Ok((wrong, heard)) => failures.push(Failure::of(at + 1, turn.deed(), &wrong, &heard)),
                Err(hindrance) => {
                    failures.push(Failure::hindered(at + 1, turn.deed(), hindrance.to_string()));
                    break;
                }
            }
        }
        self.talks.push((script.given.hours, scene.conversation()));
        failures
    }
}
