//! A program of the shop that talks to the server with a key.

use reqwest::{Client, Method};
use serde_json::Value;

use super::{Answer, Server, run};

pub struct Program<'a> {
    pub server: &'a Server,
    pub key: String,
}

impl<'a> Program<'a> {
    /// Makes a key of this scope.
    pub fn with_key(server: &'a Server, scope: &str) -> Self {
        let made = run(&server.folder, &["keys", "create", "program", "--scope", scope]);
        assert!(made.status.success(), "{made:?}");
        let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        assert!(key.starts_with("sk_"), "{key}");
        Self { server, key }
    }

    pub async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Client::new()
            .request(method, self.server.url(path))
            .bearer_auth(&self.key);
        Answer::of(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    pub async fn gets(&self, path: &str) -> Value {
        self.asks(Method::GET, path, None).await.expect(200)
    }

    pub async fn posts(&self, path: &str, body: Value) -> Answer {
        self.asks(Method::POST, path, Some(body)).await
    }
}
