//! Intent models are trained, compared and switched while shoppers are answered.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::common::{
    Answer, Folder, Program, QUESTION, SOURCE, Server, Shopper, eventually, run, slug_of_source, within,
};

/// A program that trains models.
struct Trainer<'a>(Program<'a>);

impl<'a> Trainer<'a> {
    fn with_key(server: &'a Server) -> Self {
        Self(Program::with_key(server, "models"))
    }

    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.0.asks(method, path, body).await
    }

    async fn gets(&self, path: &str) -> Value {
        self.0.gets(path).await
    }

    async fn trains(&self, body: Value) -> String {
        let training = self
            .asks(Method::POST, "/api/v1/trainings", Some(body))
            .await
            .expect(202);
        assert_eq!(training["status"], "running");
        format!("/api/v1/trainings/{}", training["id"].as_str().unwrap())
    }

    async fn ends(&self, training: &str) -> Value {
        // It gives way to all other tests.
        within(Duration::from_secs(180), "the training ends", async || {
            let training = self.gets(training).await;
            (training["status"] != "running").then_some(training)
        })
        .await
    }
}

fn active(models: &Value) -> &str {
    let models = models.as_array().unwrap();
    let active = models.iter().find(|model| model["active"] == true).unwrap();
    active["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_model_is_trained_and_switched_while_shoppers_are_answered() {
    let server = Server::start();
    let program = Trainer::with_key(&server);
    let before = program.gets("/api/v1/models").await;
    let training = program.trains(json!({ "mode": "head", "activate": true })).await;
    let again = program
        .asks(Method::POST, "/api/v1/trainings", Some(json!({})))
        .await;
    again.expect_problem(409, "under way");
    let shopper = Shopper::arrives(&server).await;
    assert_eq!(slug_of_source(&shopper.asks(QUESTION).await), Some(SOURCE));
    let ended = program.ends(&training).await;
    assert_eq!(ended["status"], "done", "{ended}");
    assert!(ended["step"]["what"].is_string(), "{ended}");
    let models = program.gets("/api/v1/models").await;
    assert_eq!(
        models.as_array().unwrap().len(),
        before.as_array().unwrap().len() + 1
    );
    assert_eq!(Some(active(&models)), ended["model_id"].as_str());
    let model = program.gets(&format!("/api/v1/models/{}", active(&models))).await;
    assert!(
        model["metrics"]["coverage"].as_array().unwrap().len() > 50,
        "{model}"
    );
    let switches = async |count: usize| {
        eventually("the server switches", async || {
            (server.log().matches("intent model switched").count() == count).then_some(())
        })
        .await;
    };
    switches(1).await;
    // And back again.
    let old = active(&before);
    let back = program
        .asks(Method::POST, &format!("/api/v1/models/{old}/activate"), None)
        .await;
    assert_eq!(back.expect(200)["active"], true);
    assert_eq!(active(&program.gets("/api/v1/models").await), old);
    switches(2).await;
    assert_eq!(slug_of_source(&shopper.asks(QUESTION).await), Some(SOURCE));
}

#[tokio::test]
async fn a_training_is_cancelled_and_the_model_in_service_stays() {
    let server = Server::start();
    let program = Trainer::with_key(&server);
    let training = program
        .trains(json!({ "mode": "finetune", "activate": true }))
        .await;
    within(Duration::from_secs(120), "it begins", async || {
        program.gets(&training).await["step"].is_object().then_some(())
    })
    .await;
    let cancelled = program.asks(Method::DELETE, &training, None).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(program.gets("/api/v1/models").await.as_array().unwrap().len(), 1);
    // Another one may begin at once.
    let next = program.trains(json!({})).await;
    program.asks(Method::DELETE, &next, None).await.expect(200);
}

#[tokio::test]
async fn only_keys_open_the_models() {
    let server = Server::start();
    let program = Trainer::with_key(&server);
    let without = Answer::of(Client::new().get(server.url("/api/v1/models"))).await;
    without.expect_problem(401, "API key");
    let wrong = Program {
        server: &server,
        key: "sk_wrong".into(),
    };
    let refused = wrong.asks(Method::GET, "/api/v1/models", None).await;
    refused.expect_problem(401, "API key");
    for (path, body, part) in [
        ("/api/v1/trainings", json!({ "mode": "magic" }), "mode"),
        ("/api/v1/trainings", json!({ "now": true }), "now"),
    ] {
        program
            .asks(Method::POST, path, Some(body))
            .await
            .expect_problem(422, part);
    }
    for path in ["/api/v1/models/none", "/api/v1/trainings/none"] {
        program
            .asks(Method::GET, path, None)
            .await
            .expect_problem(404, "nothing here");
    }
    let listed = String::from_utf8(run(&server.folder, &["keys", "list"]).stdout).unwrap();
    assert!(
        listed.contains("models program") && !listed.contains(&program.0.key),
        "{listed}"
    );
    let id = listed.split(' ').next().unwrap();
    assert!(run(&server.folder, &["keys", "revoke", id]).status.success());
    program
        .asks(Method::GET, "/api/v1/models", None)
        .await
        .expect_problem(401, "API key");
    assert!(!run(&server.folder, &["keys", "revoke", id]).status.success());
}

#[test]
fn what_a_precision_costs_is_shown_and_drawn() {
    let folder = Folder::warm();
    let shown = run(&folder, &["models", "coverage", "--plot", "curve.svg"]);
    assert!(shown.status.success(), "{shown:?}");
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("     0.90  ") && shown.contains("in service: threshold "),
        "{shown}"
    );
    let drawn = std::fs::read_to_string(folder.join("curve.svg")).unwrap();
    assert!(
        drawn.starts_with("<svg") && drawn.contains("held-out phrases"),
        "{drawn}"
    );
    let refused = run(&folder, &["models", "coverage", "--precision", "1.5"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--precision"));
}
