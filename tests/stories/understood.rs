//! Messages as people type them: slips, no spaces, capitals, emoji, politeness, much around little, several questions.

use serde_json::Value;

use crate::common::{Server, Shopper, content, run};

/// A question and what the quotation must hold, a line each.
const FACTS: &str = include_str!("../data/facts.tsv");
/// Of these, so many quotations hold what was asked. The others quote a neighbouring sentence, or ask what was meant.
const HELD: usize = 20;

/// The articles that a reply quotes, in its order.
fn sources(reply: &[Value]) -> Vec<&str> {
    let sources = reply.iter().filter(|part| part["content_type"] == "article");
    sources
        .map(|part| part["content_attributes"]["items"][0]["slug"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn however_it_is_typed() {
    let server = Server::start();
    let rambling = format!(
        "Hello there. {} Anyway. Do you ship to Canada?",
        "My sister and I walked along the coast all summer and it rained nearly every day of it. ".repeat(16)
    );
    for (message, expected) in [
        ("do you ship to canada", "shipping-canada"),
        ("DO YOU SHIP TO CANADA???", "shipping-canada"),
        ("do you shpi to cannada", "shipping-canada"),
        ("doyoushiptocanada", "shipping-canada"),
        ("🍁🍁 do you ship to canada 🙏", "shipping-canada"),
        (
            "hi! sorry to bother you, could you kindly tell me whether you ship to canada please? thx a lot",
            "shipping-canada",
        ),
        (rambling.as_str(), "shipping-canada"),
        ("plese canel my oder", "cancel-or-change-order"),
        ("howdoireturnthis", "returns"),
        ("PayPal?", "payment-methods"),
    ] {
        let reply = Shopper::arrives(&server).await.asks(message).await;
        assert_eq!(sources(&reply), [expected], "{message}");
    }
    for message in ["wehre is my ordr", "whereismyorder"] {
        let reply = Shopper::arrives(&server).await.asks(message).await;
        assert!(content(&reply).contains("order number"), "{message}: {reply:?}");
    }
}

#[tokio::test]
async fn two_questions_in_one_message_are_both_answered() {
    let server = Server::start();
    for (message, expected) in [
        (
            "do you have gift cards? and how do i clean my tent",
            ["gift-cards-buy-use", "care-tents"],
        ),
        (
            "where is my order and do you ship to canada?",
            ["track-order", "shipping-canada"],
        ),
        (
            "Hi! How long does delivery take? Also, can I pay with PayPal",
            ["delivery-times", "payment-methods"],
        ),
    ] {
        let reply = Shopper::arrives(&server).await.asks(message).await;
        assert_eq!(sources(&reply), expected, "{message}");
        assert_eq!(
            reply.last().unwrap()["content_attributes"]["final"],
            true,
            "{message}"
        );
    }
    // What belongs together stays together.
    for message in [
        "My parcel says delivered. But it's not here. What do I do?",
        "i want to cancel my order and get my money back",
    ] {
        let reply = Shopper::arrives(&server).await.asks(message).await;
        assert!(sources(&reply).len() <= 1, "{message}");
    }
}

#[tokio::test]
async fn the_quotation_holds_what_was_asked() {
    let server = Server::start();
    let (mut held, mut missed) = (0, Vec::new());
    for line in FACTS.lines() {
        let (question, fact) = line.split_once('\t').unwrap();
        let reply = Shopper::arrives(&server).await.asks(question).await;
        if content(&reply).contains(fact) {
            held += 1;
        } else {
            missed.push((question, content(&reply)));
        }
    }
    assert!(
        held >= HELD,
        "{held} hold what was asked, these don't: {missed:#?}"
    );
}

#[tokio::test]
async fn an_article_of_two_thousand_words_is_quoted_where_it_answers() {
    let server = Server::start();
    let filler = "Boots have been made in Vermont since people first walked its hills in winter and came home with wet feet. ";
    let (before, after) = (filler.repeat(60), filler.repeat(40));
    let article = format!(
        "---\ntitle: A history of boots\nslug: boot-history\nlocale: en\narea: store\nstatus: published\n---\n\n\
         {before}The oldest boot on show was found in a barn in Stowe and belonged to a beekeeper. {after}\n"
    );
    server.folder.write("new/boot-history.md", article);
    let imported = run(&server.folder, &["import", "knowledge", "new"]);
    assert!(imported.status.success(), "{imported:?}");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let shopper = Shopper::arrives(&server).await;
    let reply = shopper.asks("where was the oldest boot found").await;
    assert_eq!(sources(&reply), ["boot-history"]);
    assert!(content(&reply).contains("a barn in Stowe"), "{}", content(&reply));
}

#[tokio::test]
async fn two_articles_that_say_the_same_are_no_reason_to_ask_back() {
    let server = Server::start();
    for slug in ["kayak-hire", "kayak-hire-summer"] {
        let article = format!(
            "---\ntitle: Do you hire out kayaks?\nslug: {slug}\nlocale: en\narea: store\nstatus: published\n---\n\n\
             We hire out kayaks at the lake from June to August, for 40 USD a day with paddles and a vest.\n"
        );
        server.folder.write(&format!("new/{slug}.md"), article);
    }
    let imported = run(&server.folder, &["import", "knowledge", "new"]);
    assert!(imported.status.success(), "{imported:?}");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let reply = Shopper::arrives(&server)
        .await
        .asks("can we hire kayaks at the lake in july")
        .await;
    let [source] = sources(&reply)[..] else {
        panic!("{}", content(&reply));
    };
    assert!(source.starts_with("kayak-hire"), "{source}");
    let offered = crate::common::values(&reply);
    assert!(
        offered.iter().all(|value| !value.contains("kayak")),
        "{offered:?}"
    );
}
