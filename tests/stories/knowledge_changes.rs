//! An editor changes articles while the server runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use shopkeeper::knowledge::articles;

use crate::common::{Folder, PATIENCE, Server, Shopper, project, run, slug_of_source};

const QUESTION: &str = "Do you rent out snowshoes?";
/// How soon a change must show.
const SOON: Duration = Duration::from_secs(5);

fn article(status: &str, price: u32) -> String {
    format!(
        "---\ntitle: Do you rent out snowshoes?\nslug: snowshoe-rental\nlocale: en\narea: store\nstatus: {status}\nquestions:\n- \
         can I borrow snowshoes\n---\n\nWe rent out snowshoes in our store for {price} USD a day.\n"
    )
}

fn import(folder: &Folder, status: &str, price: u32) -> String {
    folder.write("new/snowshoe-rental.md", article(status, price));
    let output = run(folder, &["import", "knowledge", "new", "--author", "Bea"]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_change_shows_within_a_second_and_every_version_is_kept() {
    let server = Server::start();
    shows_within_a_second(&server).await;
    let store = server.store().await;
    let article = articles::get(&store, "en", "snowshoe-rental")
        .await
        .unwrap()
        .unwrap();
    let versions = articles::versions(&store, &article).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|version| (version.version, version.author.as_str()))
        .collect();
    assert_eq!(told, [(1, "Bea"), (2, "Bea"), (3, "Bea"), (4, "Bea")]);
    let diff = articles::diff(&versions[0], &versions[1]);
    assert!(
        diff.contains("-We rent out snowshoes in our store for 25 USD a day."),
        "{diff}"
    );
    assert!(
        diff.contains("+We rent out snowshoes in our store for 31 USD a day."),
        "{diff}"
    );
}

/// The story, for a server whose database the commands run in its folder use too.
pub async fn shows_within_a_second(server: &Server) {
    let shopper = Shopper::arrives(server).await;
    assert_ne!(
        slug_of_source(&shopper.asks(QUESTION).await),
        Some("snowshoe-rental")
    );

    assert_eq!(
        import(&server.folder, "published", 25),
        "1 new, 0 changed, 0 unchanged, 0 bad\n"
    );
    soon(server, true).await;
    assert!(answer(&shopper).await.unwrap().contains("25 USD"));

    assert_eq!(
        import(&server.folder, "published", 31),
        "0 new, 1 changed, 0 unchanged, 0 bad\n"
    );
    let changed = Instant::now();
    while !answer(&shopper).await.unwrap().contains("31 USD") {
        assert!(changed.elapsed() < SOON, "the old price is quoted");
    }
    for status in ["draft", "archived"] {
        import(&server.folder, status, 31);
        soon(server, false).await;
        assert_eq!(
            answer(&shopper).await,
            None,
            "an article that is {status} answers"
        );
        let gone = reqwest::get(server.url("/help/snowshoe-rental")).await.unwrap();
        assert_eq!(gone.status(), 404);
    }
}

/// What the bot quotes of the article, if it does.
async fn answer(shopper: &Shopper) -> Option<String> {
    let reply = shopper.asks(QUESTION).await;
    let quoted = slug_of_source(&reply) == Some("snowshoe-rental");
    quoted.then(|| reply[0]["content"].as_str().unwrap().to_owned())
}

/// Waits until the help centre's search finds the article, or no longer does.
async fn soon(server: &Server, found: bool) {
    let changed = Instant::now();
    loop {
        let page = reqwest::get(server.url("/help/search?q=snowshoes"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if page.contains("/help/snowshoe-rental") == found {
            break;
        }
        assert!(changed.elapsed() < PATIENCE, "the change never shows");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(
        changed.elapsed() < SOON,
        "it took {:?} to show",
        changed.elapsed()
    );
}

#[test]
fn what_is_exported_comes_back_unchanged() {
    let folder = Folder::warm();
    let told = |arguments: &[&str]| {
        let output = run(&folder, arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let ours = files(&project().join("knowledge_base/articles"));
    let count = ours.len();
    assert!(count > 70, "{count}");
    assert_eq!(
        told(&["export", "knowledge", "out"]),
        format!("{count} written, 0 unchanged\n")
    );
    // Ours lie in git as they are exported, so that an export shows only what was changed.
    let exported = files(&folder.join("out"));
    assert!(ours.keys().eq(exported.keys()));
    for (name, text) in &ours {
        let (ours, exported) = (
            String::from_utf8_lossy(text),
            String::from_utf8_lossy(&exported[name]),
        );
        assert_eq!(ours, exported, "{name}");
    }
    assert_eq!(
        told(&["import", "knowledge", "out", "--strict"]),
        format!("0 new, 0 changed, {count} unchanged, 0 bad\n")
    );
    assert_eq!(
        told(&["export", "knowledge", "out"]),
        format!("0 written, {count} unchanged\n")
    );

    // Into an empty database and out again.
    let other = Folder::empty();
    let from = folder.join("out");
    let output = run(&other, &["import", "knowledge", from.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert!(run(&other, &["export", "knowledge", "again"]).status.success());
    assert_eq!(files(&other.join("again")), files(&from));
}

/// Files below a folder by their path within it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let below = files(&path).into_iter();
            found.extend(below.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}
