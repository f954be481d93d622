//! A shop that speaks Chinese beside English: its conversations go as they are written, and its pages are Chinese where
//! the visitor is.

use std::process::Command;

use crate::common::{Folder, project, run, shopkeeper, told};

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
fn conversations_in_chinese_go_as_written() {
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
}
