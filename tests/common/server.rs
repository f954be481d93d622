//! The program itself, started as its users start it.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use shopkeeper::store::Store;

use super::{Folder, PATIENCE, project};

/// Longest first start: articles are encoded and the model is trained, perhaps beside other tests.
const START: Duration = Duration::from_secs(300);

/// The program in `folder`, with nothing of the developer's own configuration.
pub fn bare(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopkeeper"));
    let theirs = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SHOPKEEPER_"));
    for (name, _) in theirs {
        command.env_remove(name);
    }
    command.current_dir(&**folder).stdin(Stdio::null());
    command
}

/// The program in `folder`, with the checkout's encoder and articles and with rate limits that stay out of the way. The
/// data folder's path is relative, so a copied folder is whole.
pub fn shopkeeper(folder: &Folder) -> Command {
    let mut command = bare(folder);
    command
        .env("SHOPKEEPER_LISTEN", "127.0.0.1:0")
        .env("SHOPKEEPER_DATA_DIR", "data")
        .env("SHOPKEEPER_ENCODER", project().join(".shopkeeper/encoder"))
        .env("SHOPKEEPER_HTMX", project().join(".shopkeeper/htmx"))
        .env("SHOPKEEPER_KNOWLEDGE_BASE", project().join("knowledge_base"))
        // Stories that recommend train by themselves: a training beside each server would take the processor from all.
        .env("SHOPKEEPER_RECOMMEND_TRAIN", "false")
        // Measuring which precision is fastest takes longer than the stories need the encoder for.
        .env("SHOPKEEPER_ENCODER_PRECISION", "i8")
        .env("SHOPKEEPER_ENCODER_WORKERS", "1")
        .env("SHOPKEEPER_LIMITS_MESSAGES_PER_MINUTE", "100000")
        .env("SHOPKEEPER_LIMITS_CONVERSATIONS_PER_MINUTE", "100000")
        .env("SHOPKEEPER_LIMITS_REQUESTS_PER_MINUTE", "100000");
    command
}

/// What a command that succeeds says.
#[track_caller]
pub fn told(output: impl Borrow<Output>) -> String {
    let output = output.borrow();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a command that refuses says.
#[track_caller]
pub fn complained(output: impl Borrow<Output>) -> String {
    let output = output.borrow();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command of the program to its end.
pub fn run(folder: &Folder, arguments: &[&str]) -> Output {
    shopkeeper(folder).args(arguments).output().unwrap()
}

/// A running server. It ends with its handle.
pub struct Server {
    /// Address and port.
    pub address: String,
    pub folder: Folder,
    child: Child,
    /// Held open: a server whose output nobody can read any more would end.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// A server on a fresh data folder.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A server on a fresh data folder with variables of its own.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Folder::warm(), settings)
    }

    /// A server on a folder that another one may have left. Returns when it accepts connections.
    pub fn on(folder: Folder, settings: &[(&str, &str)]) -> Self {
        // Whoever speaks with it over HTTP needs one for its client; an error says that there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .unwrap();
        let mut command = shopkeeper(&folder);
        command
            .arg("serve")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (announced, announcement) = mpsc::channel();
        thread::spawn(move || announced.send(read_address(stdout)));
        let started = announcement.recv_timeout(START).ok().flatten();
        let Some((address, stdout)) = started else {
            let _ = child.kill();
            panic!("the server did not start:\n{}", log_of(&folder));
        };
        Self {
            address,
            folder,
            child,
            _stdout: stdout,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The server's SQLite database.
    pub async fn store(&self) -> Store {
        self.folder.store().await
    }

    /// What the server has logged, over all its runs on this folder.
    pub fn log(&self) -> String {
        log_of(&self.folder)
    }

    /// Ends it as a power failure would.
    pub fn kill(mut self) -> Folder {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.clone()
    }

    /// Ends it as an operator does; it must end well and soon.
    pub fn stop(mut self) -> Folder {
        let signal = format!("kill -TERM {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &signal])
                .status()
                .unwrap()
                .success()
        );
        let asked = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(asked.elapsed() < PATIENCE, "the server does not stop");
            thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{status}:\n{}", self.log());
        self.folder.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// The address that the server prints when it is ready; `None` when it ends before.
fn read_address(mut stdout: BufReader<ChildStdout>) -> Option<(String, BufReader<ChildStdout>)> {
    let mut line = String::new();
    while stdout.read_line(&mut line).ok()? > 0 {
        if let Some(rest) = line
            .trim_end()
            .strip_suffix('/')
            .filter(|line| line.starts_with("Shop page"))
        {
            return Some((rest.rsplit_once("//")?.1.to_owned(), stdout));
        }
        line.clear();
    }
    None
}

fn log_of(folder: &Folder) -> String {
    std::fs::read_to_string(folder.join("server.log")).unwrap_or_default()
}
