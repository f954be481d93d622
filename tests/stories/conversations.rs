//! Conversations that are written down go as they are written, through the command with which a shop plays its own.

use std::process::Output;

use serde_json::Value;
use shopkeeper::store::Store;

use crate::common::{Folder, complained, project, run, shopkeeper, told};
use crate::postgres::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn they_go_as_written() {
    let folder = Folder::warm();
    told(run(&folder, &["train", "recommender"]));
    all_go_as_written(&folder);
    // They were had with a copy of the shop.
    assert_eq!(kept(&folder.store().await).await, [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_go_as_written_on_postgresql() {
    if std::env::var_os("CI").is_none() {
        println!("skipped: only where CI is set");
        return;
    }
    let cluster = Cluster::start().expect("PostgreSQL is not installed");
    let folder = Folder::empty();
    folder.write("shopkeeper.toml", format!("database_url = '{}'\n", cluster.url()));
    all_go_as_written(&folder);
    let store = Store::open(&cluster.url()).await.unwrap();
    assert_eq!(kept(&store).await, [0, 0, 0]);
    store.close().await;
}

#[test]
fn what_goes_otherwise_is_told() {
    let folder = Folder::warm();
    folder.write(
        "own/delivery/canada.yml",
        "name: Canada\nturns:\n  - says: Do you ship to Canada?\n    article: shipping-canada\n    reply: {has: '12.95'}\n",
    );
    let output = played(&folder, &["own"]);
    assert!(told(&output).contains("1 of 1 conversations"), "{output:?}");

    folder.write(
        "own/delivery/mars.yml",
        "name: Mars\nlocale: fr\nturns:\n  - says: Do you ship to Canada?\n    reply: {has: 'three suns'}\n  - presses: Blast off\n",
    );
    let output = played(&folder, &["own"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    for part in [
        "FAILED  Mars  (own/delivery/mars.yml)",
        "turn 1 says “Do you ship to Canada?”",
        "expected  reply: has “three suns”",
        "12.95",
        "action    quote",
        "article   shipping-canada",
        "turn 2 presses “Blast off”",
        "no button “Blast off”",
        "delivery  1 of 2",
    ] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
    assert!(!said.contains("FAILED  Canada"), "{said}");

    let output = played(&folder, &["own", "--only", "mars", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&0.into(), &1.into()),
        "{report}"
    );
    assert_eq!(
        report["scripts"][0]["failures"][0]["expected"][0], "reply: has “three suns”",
        "{report}"
    );
    assert!(told(played(&folder, &["own", "--locale", "en"])).contains("1 of 1"));
}

#[test]
fn a_file_that_cant_be_read_is_named() {
    let folder = Folder::empty();
    let file = folder.write(
        "own/one.yml",
        "name: One\nturns:\n  - says: hello\n    repply: {has: you}\n",
    );
    let said = complained(played(&folder, &["own"]));
    assert!(
        said.contains("own/one.yml:4") && said.contains("repply"),
        "{said}"
    );
    std::fs::write(file, "name: One\nturns:\n  - says: hello\n").unwrap();
    let said = complained(played(&folder, &["own", "--only", "two"]));
    assert!(said.contains("none of the 1 scripts"), "{said}");
    let said = complained(played(&folder, &["nowhere"]));
    assert!(said.contains("nowhere"), "{said}");
    assert!(!folder.data().exists(), "nothing was opened");
}

fn played(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = shopkeeper(folder);
    command.args(["test", "conversations"]).args(arguments);
    command.output().unwrap()
}

/// Plays the checkout's scripts; panics with what went otherwise.
fn all_go_as_written(folder: &Folder) {
    let scripts = project().join("tests/conversations");
    let output = played(folder, &[scripts.to_str().unwrap(), "--locale", "en"]);
    let (said, complaints) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complaints}");
}

/// How many conversations, messages and unanswered questions a database holds.
async fn kept(store: &Store) -> [i64; 3] {
    let mut counts = [0; 3];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT COUNT(*) FROM conversations",
        "SELECT COUNT(*) FROM messages",
        "SELECT COUNT(*) FROM unanswered_questions",
    ]) {
        *count = sqlx::query_scalar(sql).fetch_one(store.reader()).await.unwrap();
    }
    counts
}
