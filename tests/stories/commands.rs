//! The command line, as its help says it works.

use serde_json::Value;

use crate::common::{Folder, QUESTION, bare, run, shopkeeper, told};

/// All commands that do something, as words: those without commands of their own.
fn commands_below(folder: &Folder, above: &[String]) -> Vec<Vec<String>> {
    let mut arguments: Vec<_> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = told(run(folder, &arguments));
    let Some((_, list)) = help.split_once("Commands:\n") else {
        return vec![above.to_vec()];
    };
    // A name stands two columns in, its description further.
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    names
        .flat_map(|name| commands_below(folder, &[above, &[name.to_owned()]].concat()))
        .collect()
}

#[test]
fn every_command_shows_an_example_that_names_it() {
    let folder = Folder::empty();
    let commands = commands_below(&folder, &[]);
    assert!(commands.len() >= 9, "{commands:?}");
    for command in commands {
        let arguments: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = told(run(&folder, &arguments));
        let example = format!("Example: shopkeeper {}", command.join(" "));
        assert!(help.contains(&example), "{help} should have `{example}`");
    }
}

#[test]
fn the_example_configuration_is_the_default() {
    let folder = Folder::empty();
    let defaults = told(bare(&folder).arg("config").output().unwrap());
    folder.write(
        "shopkeeper.toml",
        told(bare(&folder).args(["config", "--example"]).output().unwrap()),
    );
    assert_eq!(told(bare(&folder).arg("config").output().unwrap()), defaults);
    let shown: toml::Table = defaults.parse().unwrap();
    assert_eq!(shown["shop"]["name"].as_str(), Some("Larkfield"));
    folder.write(
        "shopkeeper.toml",
        "database_url = 'postgres://me:secret@db.example/shop'\n",
    );
    let shown = told(bare(&folder).arg("config").output().unwrap());
    assert!(
        shown.contains("postgres://…") && !shown.contains("me:secret"),
        "{shown}"
    );
}

#[test]
fn a_question_on_the_command_line_gets_an_answer_and_its_source() {
    let folder = Folder::warm();
    let answer = told(run(&folder, &["ask", QUESTION]));
    assert!(
        answer.contains("\nSource: ") && answer.ends_with("(/help/care-cast-iron)\n"),
        "{answer}"
    );
    let why = told(run(&folder, &["ask", "--why", QUESTION]));
    assert!(why.starts_with(&answer), "{why}");
    for part in ["\nscope ", "\nintent ", " cosine "] {
        assert!(why.contains(part), "{why} should have `{part}`");
    }
    assert_eq!(run(&folder, &["ask", " "]).status.code(), Some(2));
}

/// Phrases of two intents that no shop has.
fn phrases() -> String {
    let examples =
        |text: &str| -> String { (0..10).map(|number| format!("    - {text} {number}\n")).collect() };
    let intent = |name: &str, text: &str| format!("- intent: {name}\n  examples: |\n{}", examples(text));
    format!(
        "version: \"3.1\"\nnlu:\n{}{}",
        intent("zebra", "feed the zebra"),
        intent("lion", "wash the lion")
    )
}

#[test]
fn a_model_is_trained_on_phrases_of_ones_own() {
    let folder = Folder::empty();
    folder.write("mine.yml", phrases());
    let said = told(run(&folder, &["train", "--phrases", "mine.yml"]));
    assert!(said.contains(" is active\n20 phrases, 2 intents, "), "{said}");
    assert_eq!(folder.data().join("models").read_dir().unwrap().count(), 1);
}

#[test]
fn a_model_trained_on_phrases_of_ones_own_stays_in_service() {
    let folder = Folder::warm();
    folder.write("mine.yml", phrases());
    told(run(&folder, &["train", "--activate", "--phrases", "mine.yml"]));
    let why = told(run(&folder, &["ask", "--why", "feed the zebra 3"]));
    assert!(why.contains("intent zebra "), "{why}");
}

#[test]
fn the_model_follows_the_phrases_there_and_back() {
    let folder = Folder::empty();
    let ask = |phrases: String| {
        folder.write("kb/intents/en.yml", phrases);
        let mut command = shopkeeper(&folder);
        command.env("SHOPKEEPER_KNOWLEDGE_BASE", folder.join("kb"));
        told(
            command
                .args(["ask", "--why", "feed the zebra 3"])
                .output()
                .unwrap(),
        )
    };
    let other = phrases().replace("zebra", "okapi");
    assert!(ask(phrases()).contains("intent zebra "));
    assert!(ask(other).contains("intent okapi "));
    assert!(ask(phrases()).contains("intent zebra "));
    let listed = told(run(&folder, &["models", "list"]));
    assert_eq!(listed.lines().count(), 3, "{listed}");
}

#[test]
fn intents_are_evaluated_on_tables_of_ones_own() {
    let folder = Folder::empty();
    let rows = |intent: &str, texts: &[&str]| {
        let rows = texts.iter().map(|text| format!("{text},{intent}\n"));
        rows.collect::<String>()
    };
    let train = [
        rows(
            "tea",
            &[
                "a cup of tea",
                "green tea please",
                "brew some tea",
                "i want tea",
                "tea with milk",
                "hot tea",
            ],
        ),
        rows(
            "coffee",
            &[
                "a cup of coffee",
                "espresso please",
                "brew coffee",
                "i want coffee",
                "latte",
                "black coffee",
            ],
        ),
        rows(
            "bill",
            &[
                "the bill please",
                "can i pay",
                "i want to pay",
                "how much is it",
                "check please",
                "let me pay",
            ],
        ),
    ];
    folder.write("train.csv", format!("text,intent\n{}", train.concat()));
    let test = [
        rows("tea", &["some green tea"]),
        rows("coffee", &["an espresso for me"]),
        rows("bill", &["i would like to pay now"]),
        rows("oos", &["who is the president of france", "my knee hurts"]),
    ];
    folder.write("test.csv", format!("text,intent\n{}", test.concat()));
    let arguments = [
        "evaluate",
        "intents",
        "--train",
        "train.csv",
        "--test",
        "test.csv",
        "--json",
    ];
    let report: Value = serde_json::from_str(&told(run(&folder, &arguments))).unwrap();
    for key in [
        "accuracy",
        "mcc",
        "in_scope_accuracy",
        "scope_auroc",
        "macro_f1",
        "train_seconds",
        "p50_micros",
        "p99_micros",
    ] {
        assert!(report[key].is_number(), "`{key}` in {report}");
    }
    assert!(report["confusions"].is_array());
    assert_eq!(report["rows"], 5);
    assert_eq!(report["in_scope_accuracy"], 1.0, "{report}");
    assert!(report["scope_auroc"].as_f64().unwrap() > 0.8, "{report}");
    assert!(report["p50_micros"].as_u64() <= report["p99_micros"].as_u64());
}

#[test]
fn retrieval_is_evaluated_on_a_beir_folder() {
    let folder = Folder::empty();
    let documents = [
        (
            "d1",
            "How do I water a cactus?",
            "Once a month, and less in winter.",
        ),
        (
            "d2",
            "How do I sharpen a knife?",
            "On a wet stone, at an angle of 20 degrees.",
        ),
        ("d3", "How do I bake bread?", "At 230 degrees, for 40 minutes."),
        (
            "d4",
            "How do I mend a bicycle tyre?",
            "Find the hole, roughen it, glue a patch on it.",
        ),
    ];
    let corpus = documents.map(|(id, title, text)| {
        serde_json::json!({ "_id": id, "title": title, "text": text }).to_string() + "\n"
    });
    folder.write("faq/corpus.jsonl", corpus.concat());
    let queries = [
        ("q1", "my knife is blunt"),
        ("q2", "flat tire on my bike"),
        ("q3", "nobody judged this"),
    ];
    let queries = queries.map(|(id, text)| serde_json::json!({ "_id": id, "text": text }).to_string() + "\n");
    folder.write("faq/queries.jsonl", queries.concat());
    folder.write(
        "faq/qrels.tsv",
        "query-id\tcorpus-id\tscore\nq1\td2\t1\nq2\td4\t1\nq2\td1\t0\n",
    );
    let report: Value =
        serde_json::from_str(&told(run(&folder, &["evaluate", "retrieval", "faq", "--json"]))).unwrap();
    for key in ["ndcg_at_10", "mrr_at_10", "hit_at_1", "hit_at_5"] {
        assert_eq!(report[key], 1.0, "`{key}` in {report}");
    }
    assert_eq!((&report["queries"], &report["documents"]), (&2.into(), &4.into()));
    assert!(report["p50_micros"].as_u64() <= report["p99_micros"].as_u64());

    folder.write("faq/qrels.tsv", "query-id\tcorpus-id\tscore\nq1 d2 1\n");
    let output = run(&folder, &["evaluate", "retrieval", "faq"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("faq/qrels.tsv:2: "),
        "{output:?}"
    );
}
