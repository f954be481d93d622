//! A conversation that turns to products and offers: what is shown is there, costs what is said, and runs today.

use serde_json::Value;
use shopkeeper::promotions::format::read_file;

use crate::common::{Folder, Server, Shopper, content, project, run, told};

/// The cards of a reply.
fn cards(reply: &[Value]) -> Vec<&Value> {
    let with_cards = reply.iter().filter(|message| message["content_type"] == "cards");
    with_cards
        .flat_map(|message| message["content_attributes"]["items"].as_array().unwrap())
        .collect()
}

async fn product(server: &Server, card: &Value) -> Value {
    let page = card["link"].as_str().unwrap();
    let id = page.strip_prefix("/products/").unwrap();
    let answer = reqwest::get(server.url(&format!("/api/v1/products/{id}")))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{page}");
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_shows_what_fits_and_what_runs() {
    let folder = Folder::warm();
    told(run(&folder, &["train", "recommender"]));
    let server = Server::on(folder, &[]);
    let shopper = Shopper::arrives(&server).await;

    let reply = shopper
        .asks("I'm looking for a rain jacket under 200 dollars, not Northpeak")
        .await;
    let found = cards(&reply);
    assert!(!found.is_empty(), "{reply:?}");
    for card in found {
        let product = product(&server, card).await;
        assert!(product["price"]["minor"].as_i64().unwrap() <= 20_000, "{product}");
        assert_ne!(product["brand"], "Northpeak", "{product}");
        // Every price in a card is the catalogue's.
        let price = product["price"]["text"].as_str().unwrap();
        let now = product["sale_price"]["text"].as_str().unwrap_or(price);
        assert!(
            card["description"].as_str().unwrap().contains(now),
            "{card} {product}"
        );
    }

    let reply = shopper.asks("Which tent would you recommend?").await;
    let found = cards(&reply);
    assert!(!found.is_empty(), "{reply:?}");
    for card in found {
        let product = product(&server, card).await;
        let path = product["category"].as_array().unwrap();
        assert!(
            path.iter().any(|level| level.as_str().unwrap().contains("ent")),
            "{product}"
        );
        assert!(
            card["description"].as_str().unwrap().contains(" · "),
            "a reason is missing: {card}"
        );
    }

    let reply = shopper.asks("Do you have any coupons?").await;
    let demo = std::fs::read_to_string(project().join("knowledge_base/promotions.toml")).unwrap();
    let (campaigns, _) = read_file(&demo).unwrap();
    let found = cards(&reply);
    assert!(!found.is_empty(), "{reply:?}");
    for card in found {
        let campaign = campaigns
            .iter()
            .find(|campaign| card["title"] == campaign.name.as_str());
        let campaign = campaign.unwrap_or_else(|| panic!("no such offer: {card}"));
        let told = card["description"].as_str().unwrap();
        assert!(told.starts_with(&campaign.description), "{told}");
        assert!(campaign.is_automatic() || campaign.advertised, "{told}");
    }

    let reply = shopper.asks("my code BACKTOTRAIL doesn't work").await;
    assert!(content(&reply).contains("ended"), "{reply:?}");
    let reply = shopper.asks("my code HEARTH doesn't work").await;
    assert!(content(&reply).contains("HEARTH is good"), "{reply:?}");
}
