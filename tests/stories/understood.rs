//! Messages as people type them: slips, no spaces, capitals, emoji, politeness, much around little, several questions.

use serde_json::Value;

use crate::common::{Server, Shopper};

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
        ("wehre is my ordr", "track-order"),
        ("whereismyorder", "track-order"),
        ("plese canel my oder", "cancel-or-change-order"),
        ("canireturnmytent", "returns"),
        ("PayPal?", "payment-methods"),
    ] {
        let reply = Shopper::arrives(&server).await.asks(message).await;
        assert_eq!(sources(&reply), [expected], "{message}");
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
