//! What was acknowledged is never lost: not when the server dies, not when its index is damaged.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::common::{
    Ended, Folder, QUESTION, SOURCE, Server, Shopper, Socket, eventually, slug_of_source, spelled,
};

const SOCKETS: usize = 6;
const MESSAGES: usize = 40;
/// Acknowledgements after which the server dies, well before all messages are through.
const DIES_AFTER: usize = 40;

const QUESTIONS: [&str; 4] = [
    QUESTION,
    "How do I return boots?",
    "Which payment methods do you take?",
    "Is there a warranty on tents?",
];

#[tokio::test]
async fn every_acknowledged_message_outlives_a_power_failure() {
    outlives_a_power_failure(Server::start()).await;
}

/// The story, for any server that its folder says all about. Returns the server that came after it.
pub async fn outlives_a_power_failure(server: Server) -> Server {
    let load = Load::put_on(&server).await;
    load.wait_for(DIES_AFTER).await;
    let folder = server.kill();
    let acknowledged = load.acknowledged().await;
    let count: usize = acknowledged.iter().map(|(_, seqs)| seqs.len()).sum();
    assert!(
        (DIES_AFTER..SOCKETS * MESSAGES).contains(&count),
        "{count} were acknowledged: no failure amid load"
    );
    let server = Server::on(folder, &[]);
    for (shopper, seqs) in &acknowledged {
        check_transcript(&shopper.comes_back(&server), seqs).await;
    }
    server
}

#[tokio::test]
async fn a_server_that_is_stopped_amid_load_answers_after_its_next_start() {
    let server = Server::start();
    let mut listener = Shopper::arrives(&server).await.socket(0).await;
    let load = Load::put_on(&server).await;
    load.wait_for(SOCKETS).await;
    let folder = server.stop();
    // "Going away": the widget connects again at once.
    assert_eq!(listener.next().await, Err(Ended(Some(1001))));
    let server = Server::on(folder, &[]);
    for (shopper, seqs) in &load.acknowledged().await {
        check_transcript(&shopper.comes_back(&server), seqs).await;
    }
}

/// Every acknowledged message is there at the number it was acknowledged with, nothing is there twice, numbers have
/// no gap, and each message gets one whole reply.
async fn check_transcript(shopper: &Shopper, acknowledged: &HashMap<String, i64>) {
    let transcript = eventually("a reply to every message", async || {
        let transcript = shopper.transcript().await;
        let count = |test: fn(&Value) -> bool| transcript.iter().filter(|message| test(message)).count();
        let asked = count(|message| message["message_type"] == "incoming");
        let answered = count(|message| message["content_attributes"]["final"] == true);
        (answered >= asked).then_some(transcript)
    })
    .await;
    let numbers: Vec<_> = transcript
        .iter()
        .map(|message| message["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=transcript.len() as i64).collect::<Vec<_>>());
    let mine: Vec<_> = transcript
        .iter()
        .filter(|message| message["message_type"] == "incoming")
        .collect();
    for (echo_id, seq) in acknowledged {
        let found: Vec<_> = mine
            .iter()
            .filter(|message| message["echo_id"] == *echo_id)
            .collect();
        assert_eq!(found.len(), 1, "{echo_id} is there {} times", found.len());
        assert_eq!(found[0]["seq"], *seq);
    }
    // Echo ids count up: the order in which the shopper wrote.
    assert!(mine.is_sorted_by_key(|message| message["echo_id"].as_str().unwrap()));
    for message in mine {
        let reply = transcript
            .iter()
            .filter(|reply| reply["content_attributes"]["in_reply_to"] == message["id"]);
        let ends = reply
            .filter(|reply| reply["content_attributes"]["final"] == true)
            .count();
        assert_eq!(ends, 1, "{} has {ends} replies", message["content"]);
    }
}

/// Shoppers who write faster than they can be answered.
struct Load {
    acknowledged: Arc<AtomicUsize>,
    shoppers: JoinSet<(Shopper, HashMap<String, i64>)>,
}

impl Load {
    async fn put_on(server: &Server) -> Self {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut shoppers = JoinSet::new();
        for number in 0..SOCKETS {
            let shopper = Shopper::arrives(server).await;
            let socket = shopper.socket(0).await;
            shoppers.spawn(write(shopper, socket, number, acknowledged.clone()));
        }
        Self {
            acknowledged,
            shoppers,
        }
    }

    async fn wait_for(&self, count: usize) {
        let enough = async || (self.acknowledged.load(Ordering::Relaxed) >= count).then_some(());
        eventually("enough acknowledgements", enough).await;
    }

    async fn acknowledged(self) -> Vec<(Shopper, HashMap<String, i64>)> {
        self.shoppers.join_all().await
    }
}

/// Writes all messages at once and notes what is acknowledged until the socket ends.
async fn write(
    shopper: Shopper,
    mut socket: Socket,
    shopper_number: usize,
    count: Arc<AtomicUsize>,
) -> (Shopper, HashMap<String, i64>) {
    for index in 0..MESSAGES {
        // No two texts are the same: each has to be encoded.
        let number = spelled((shopper_number * MESSAGES + index) as u32);
        let text = format!("{} {number}.", QUESTIONS[index % QUESTIONS.len()]);
        socket.says(&format!("{index:03}"), &text).await;
    }
    let mut acknowledged = HashMap::new();
    while acknowledged.len() < MESSAGES
        && let Ok(frame) = socket.next().await
    {
        if frame["type"] == "ack" {
            let echo_id = frame["echo_id"].as_str().unwrap().to_owned();
            acknowledged.insert(echo_id, frame["seq"].as_i64().unwrap());
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    (shopper, acknowledged)
}

#[tokio::test]
async fn a_lost_index_is_built_anew() {
    start_after(|index| fs::remove_dir_all(index)).await;
}

#[tokio::test]
async fn an_index_full_of_garbage_is_built_anew() {
    start_after(|index| overwrite(index, |_| true)).await;
}

#[tokio::test]
async fn an_index_with_garbage_in_its_data_is_built_anew() {
    start_after(|index| overwrite(index, |name| !name.ends_with(".json"))).await;
}

#[tokio::test]
async fn an_index_that_was_cut_short_is_built_anew() {
    start_after(|index| {
        for_each_file(index, |file| {
            let length = file.metadata()?.len();
            fs::File::options().write(true).open(file)?.set_len(length / 2)
        })
    })
    .await;
}

#[tokio::test]
async fn an_index_of_another_database_is_built_anew() {
    start_after(|index| fs::remove_file(index.with_file_name("shopkeeper.db"))).await;
}

/// Does something to the index of a stopped server, starts it, and looks whether it searches and answers.
async fn start_after(damage: impl Fn(&Path) -> io::Result<()>) {
    let folder = Folder::warm();
    let index = folder.data().join("index");
    assert!(index.join("meta.json").is_file());
    damage(&index).unwrap();
    let server = Server::on(folder, &[]);
    let search = Client::new()
        .get(server.url("/help/search?q=iron"))
        .header("hx-request", "true");
    let found = search.send().await.unwrap().text().await.unwrap();
    assert!(found.contains("/help/care-cast-iron"), "{found}");
    let reply = Shopper::arrives(&server).await.asks(QUESTION).await;
    assert_eq!(slug_of_source(&reply), Some(SOURCE));
    // It stays repaired.
    let server = Server::on(server.stop(), &[]);
    assert_eq!(
        server.log().matches("search index is built anew").count(),
        1,
        "{}",
        server.log()
    );
}

fn overwrite(folder: &Path, which: impl Fn(&str) -> bool) -> io::Result<()> {
    for_each_file(folder, |file| {
        if which(&file.to_string_lossy()) {
            fs::write(file, b"garbage, and not even enough of it")?;
        }
        Ok(())
    })
}

fn for_each_file(folder: &Path, act: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        act(&entry?.path())?;
    }
    Ok(())
}
