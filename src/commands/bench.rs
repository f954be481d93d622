use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shopkeeper::config::Config;
use shopkeeper::nlu::metrics::quantile;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Put a running server under load: shoppers ask over WebSockets at a steady rate.
///
/// Times are from sending a question to the last part of its reply. The server's rate limits must allow the load:
/// start it with SHOPKEEPER_LIMITS_CONVERSATIONS_PER_MINUTE=100000 and the like.
///
/// Example: shopkeeper bench --shoppers 50 --rate 20 --seconds 30
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Bench {
    /// Address and port of the server, without TLS [default: `listen` of the configuration]
    #[arg(long)]
    server: Option<String>,
    /// Shoppers with an open chat
    #[arg(long, default_value_t = 50)]
    shoppers: usize,
    /// Messages a second, all shoppers together
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// How long
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// File with a question a line [default: the shop's training phrases]
    #[arg(long)]
    questions: Option<PathBuf>,
    /// Process whose peak memory is reported (Linux)
    #[arg(long)]
    pid: Option<u32>,
}

/// Longest wait for one reply.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Tally {
    errors: AtomicU64,
}

impl Bench {
    pub async fn run(self, config: &Config) -> Result<()> {
        if self.shoppers == 0 || self.rate <= 0.0 {
            bail!("`--shoppers` and `--rate`: expected numbers above 0");
        }
        let server = self.server.as_deref().unwrap_or(&config.listen);
        let server = server.strip_prefix("http://").unwrap_or(server);
        let server = server.trim_end_matches('/').to_owned();
        let questions = Arc::new(self.questions(config)?);
        let (times, mut finished) = mpsc::unbounded_channel();
        let tally = Arc::new(Tally::default());
        let mut shoppers = Vec::with_capacity(self.shoppers);
        for _ in 0..self.shoppers {
            let (ask, asked) = mpsc::channel(64);
            let conversation = start(&server, &config.website_token).await?;
            tokio::spawn(shopper(
                server.clone(),
                conversation,
                asked,
                times.clone(),
                tally.clone(),
            ));
            shoppers.push(ask);
        }
        drop(times);
        let started = Instant::now();
        let mut ticks = interval(Duration::from_secs_f64(1.0 / self.rate));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let count = (self.rate * self.seconds as f64) as usize;
        for index in 0..count {
            ticks.tick().await;
            let question = questions[index * 7919 % questions.len()].clone();
            if shoppers[index % shoppers.len()].try_send(question).is_err() {
                tally.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(shoppers);
        let mut micros = Vec::with_capacity(count);
        while let Some(time) = finished.recv().await {
            micros.push(time);
        }
        report(
            &mut micros,
            count,
            started.elapsed(),
            tally.errors.load(Ordering::Relaxed),
            self.pid,
        );
        Ok(())
    }

    fn questions(&self, config: &Config) -> Result<Vec<String>> {
        let questions: Vec<String> = match &self.questions {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| file.display().to_string())?
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(str::to_owned)
                .collect(),
            None => super::house::phrases(config, &config.locale)?
                .map(|data| data.phrases.into_iter().map(|phrase| phrase.text).collect())
                .unwrap_or_default(),
        };
        if questions.is_empty() {
            bail!("no questions to ask: name a file with `--questions`");
        }
        Ok(questions)
    }
}

fn report(micros: &mut [u64], sent: usize, elapsed: Duration, errors: u64, pid: Option<u32>) {
    micros.sort_unstable();
    let milliseconds = |share| quantile(micros, share) as f64 / 1000.0;
    println!(
        "replies   {} of {sent} in {:.1} s ({:.1} a second)",
        micros.len(),
        elapsed.as_secs_f64(),
        micros.len() as f64 / elapsed.as_secs_f64()
    );
    println!("errors    {errors}");
    println!("p50       {:.1} ms", milliseconds(0.5));
    println!("p95       {:.1} ms", milliseconds(0.95));
    println!("p99       {:.1} ms", milliseconds(0.99));
    println!("max       {:.1} ms", milliseconds(1.0));
    if let Some(memory) = pid.and_then(peak_memory) {
        println!("memory    {memory} at its peak");
    }
}

fn peak_memory(pid: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(format!("{} MB", kilobytes / 1024))
}

/// Starts a conversation over REST; one request needs no client library.
async fn start(server: &str, website_token: &str) -> Result<Value> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let body = json!({ "website_token": website_token }).to_string();
    let mut stream = tokio::net::TcpStream::connect(server)
        .await
        .with_context(|| format!("no server at {server}"))?;
    let head = format!(
        "POST /api/v1/widget/conversations HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body)
        .unwrap_or_default();
    let json = body
        .find('{')
        .and_then(|from| Some(&body[from..=body.rfind('}')?]))
        .unwrap_or_default();
    let value: Value = serde_json::from_str(json).with_context(|| {
        format!(
            "the server answered: {}",
            answer.lines().next().unwrap_or_default()
        )
    })?;
    if value["token"].is_null() {
        bail!("the server refused a conversation: {}", value["detail"]);
    }
    Ok(value)
}

/// Asks one question after the other and times each to the last part of its reply.
async fn shopper(
    server: String,
    conversation: Value,
    mut asked: mpsc::Receiver<String>,
    times: mpsc::UnboundedSender<u64>,
    tally: Arc<Tally>,
) {
    let Ok((mut socket, _)) = connect_async(format!("ws://{server}/api/v1/widget/ws")).await else {
        tally.errors.fetch_add(1, Ordering::Relaxed);
        return;
    };
    let resume = json!({ "type": "resume", "conversation_id": conversation["conversation"]["id"], "token": conversation["token"], "after": 0 });
    let _ = socket.send(Message::text(resume.to_string())).await;
    let mut number = 0;
    while let Some(question) = asked.recv().await {
        number += 1;
        let message = json!({ "type": "message", "echo_id": format!("bench-{number}"), "content": question });
        let started = Instant::now();
        let replied = async {
            socket.send(Message::text(message.to_string())).await.ok()?;
            loop {
                let frame = socket.next().await?.ok()?;
                let frame: Value = serde_json::from_str(frame.to_text().ok()?).ok()?;
                if frame["type"] == "error" {
                    return None;
                }
                if frame["message"]["content_attributes"]["final"] == true {
                    return Some(());
                }
            }
        };
        match timeout(PATIENCE, replied).await {
            Ok(Some(())) => drop(times.send(started.elapsed().as_micros() as u64)),
            _ => drop(tally.errors.fetch_add(1, Ordering::Relaxed)),
        }
    }
}
