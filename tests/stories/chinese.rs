//! A shop that speaks Chinese beside English: its conversations go as they are written, and its pages are Chinese where
//! the visitor is.

use std::process::Command;

use serde_json::Value;

use shopkeeper::text::script::is_chinese;

use crate::browser::{Browser, PHONE};
use crate::common::{Folder, Server, project, run, shopkeeper, told};

/// The encoder for Chinese, when set-up fetched it. Where CI is set, it did.
fn speaks_chinese() -> bool {
    let is_there = project().join(".shopkeeper/multilingual").is_dir();
    assert!(
        is_there || std::env::var_os("CI").is_none(),
        "LANGUAGES=en,zh scripts/setup fetches the encoder"
    );
    if !is_there {
        println!("skipped: no encoder for Chinese (LANGUAGES=en,zh scripts/setup fetches it)");
    }
    is_there
}

/// A demo shop in which both are spoken.
fn bilingual() -> Folder {
    let folder = Folder::warm();
    folder.write(
        "shopkeeper.toml",
        format!(
            "languages = ['en', 'zh']\nmultilingual_encoder = '{}'\n",
            project().join(".shopkeeper/multilingual").display()
        ),
    );
    let texts = project().join("knowledge_base/catalog/shop.zh.csv");
    told(run(
        &folder,
        &["import", "catalog", texts.to_str().unwrap(), "--texts-in", "zh"],
    ));
    told(run(&folder, &["train", "recommender"]));
    folder
}

#[test]
fn conversations_in_chinese_go_as_written_and_questions_find_their_articles() {
    if !speaks_chinese() {
        return;
    }
    let folder = bilingual();
    let scripts = project().join("tests/conversations/chinese");
    let mut command: Command = shopkeeper(&folder);
    command.args([
        "test",
        "conversations",
        scripts.to_str().unwrap(),
        "--locale",
        "zh",
    ]);
    let output = command.output().unwrap();
    let (said, complaints) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complaints}");
    questions_find_their_articles(&folder);
    intents_are_told_apart(&folder);
    pages_and_chat_are_chinese(folder);
}

/// On a phone: pages in Chinese that fit it, and a chat that answers, shows goods and keeps product names whole.
fn pages_and_chat_are_chinese(folder: Folder) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let Some(browser) = Browser::open(PHONE).await else {
            return;
        };
        let server = Server::on(folder, &[]);
        browser.page.goto(&server.url("/?lang=zh")).await.unwrap();
        for path in [
            "/",
            "/help",
            "/help/returns",
            "/products",
            "/products?q=帐篷",
            "/products/LF-1101",
            "/cart",
            "/orders",
        ] {
            browser.page.goto(&server.url(path)).await.unwrap();
            browser.widget(".launcher").await;
            let heading = "return [document.documentElement.lang, document.querySelector('h1').innerText]";
            let heading: (String, String) = serde_json::from_value(browser.run(heading).await).unwrap();
            assert!(
                heading.0.starts_with("zh") && heading.1.chars().any(is_chinese),
                "{path}: {heading:?}"
            );
            browser.assert_fits(path).await;
        }
        browser.widget(".launcher").await.click().await.unwrap();
        let say = async |text: &str| {
            browser.widget("textarea").await.send_keys(text).await.unwrap();
            browser.widget(".go").await.click().await.unwrap();
        };
        say("多久之内可以退货").await;
        let bubbles =
            "return [...root.querySelectorAll('.theirs .bubble')].some((node) => node.innerText.includes('30 天'))";
        browser.wait_until("the returns' days", bubbles).await;
        say("有没有1500以内的防水 jacket").await;
        let title = browser.widget(".shelf .goods h3").await.text().await.unwrap();
        assert!(title.chars().any(is_chinese), "{title}");
        browser.assert_fits("the chat").await;
        browser.close().await;
    });
}

/// Messages written apart from the phrases: at least nine of ten are told apart.
fn intents_are_told_apart(folder: &Folder) {
    let models = told(run(folder, &["models", "list"]));
    let of_chinese = models.lines().find(|line| line.contains(" zh "));
    let id = of_chinese.and_then(|line| line.split(' ').next()).unwrap();
    let messages = data("intents_zh.csv");
    let report = figures(
        folder,
        &[
            "evaluate", "intents", "--model", id, "--locale", "zh", "--test", &messages, "--json",
        ],
    );
    assert!(report["in_scope_accuracy"].as_f64().unwrap() >= 0.9, "{report:#}");
}

/// Questions to Chinese articles, and to articles that only the other language has.
fn questions_find_their_articles(folder: &Folder) {
    let marks = figures(
        folder,
        &["evaluate", "answers", &data("questions_zh.csv"), "--json"],
    );
    let of = |marks: &Value, name: &str| marks[name].as_u64().unwrap();
    assert!(of(&marks["zh"], "right") >= 115, "{marks:#}");
    let marks = figures(
        folder,
        &[
            "evaluate",
            "answers",
            &data("questions_cross.csv"),
            "--abroad",
            "--json",
        ],
    );
    let sum = |name: &str| of(&marks["zh"], name) + of(&marks["en"], name);
    assert!(
        sum("first") >= 25 && sum("right") >= 18 && sum("wrong") <= 4,
        "{marks:#}"
    );
}

fn data(name: &str) -> String {
    project().join("tests/data").join(name).display().to_string()
}

fn figures(folder: &Folder, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(run(folder, arguments))).unwrap()
}
