//! A shopper who talks to the server over REST.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::{Server, Socket};

/// What the server answered to one request.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    async fn read(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            body,
        }
    }

    /// The body, of an answer that must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.body
    }

    /// A refusal that programs and people can read: problem+json with this status, and `part` in its words.
    #[track_caller]
    pub fn expect_problem(self, status: u16, part: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        let detail = self.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(part), "`{detail}` should speak of `{part}`");
    }
}

/// A shopper with a conversation.
#[derive(Clone)]
pub struct Shopper {
    pub id: String,
    pub token: String,
    api: String,
    address: String,
    client: Client,
}

impl Shopper {
    /// Starts a conversation.
    pub async fn arrives(server: &Server) -> Self {
        Self::arrives_at(&server.address).await
    }

    pub async fn arrives_at(address: &str) -> Self {
        let (client, api) = (Client::new(), format!("http://{address}/api/v1/widget"));
        let request = client
            .post(format!("{api}/conversations"))
            .json(&json!({ "website_token": "demo" }));
        let started = Answer::of(request).await.expect(201);
        assert_eq!(started["conversation"]["status"], "pending");
        Self {
            id: started["conversation"]["id"].as_str().unwrap().into(),
            token: started["token"].as_str().unwrap().into(),
            api,
            address: address.into(),
            client,
        }
    }

    /// The same shopper, at a server that was started anew.
    pub fn comes_back(&self, server: &Server) -> Self {
        Self {
            address: server.address.clone(),
            api: server.url("/api/v1/widget"),
            ..self.clone()
        }
    }

    /// Somebody who asks for another conversation with this shopper's token.
    pub fn asking_for(&self, id: &str) -> Self {
        Self {
            id: id.into(),
            ..self.clone()
        }
    }

    /// A request about the conversation; `path` begins after its id.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/conversations/{}{path}", self.api, self.id);
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends a text without waiting for the reply; returns the message as stored.
    pub async fn says(&self, text: &str) -> Value {
        let answer = self.post("/messages", json!({ "content": text })).await;
        answer.expect(201)["message"].take()
    }

    /// Sends a text and waits for the whole reply.
    pub async fn asks(&self, text: &str) -> Vec<Value> {
        let body = json!({ "content": text });
        replies(self.post("/messages?wait=true", body).await.expect(201))
    }

    /// Presses a button that the bot offered and waits for the whole reply.
    pub async fn presses(&self, value: &str) -> Vec<Value> {
        let pressed = json!([{ "title": "This one", "value": value }]);
        let body = json!({ "content": "This one", "content_attributes": { "submitted_values": pressed } });
        replies(self.post("/messages?wait=true", body).await.expect(201))
    }

    /// All messages, page by page.
    pub async fn transcript(&self) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        loop {
            let after = messages.last().map_or(0, |last| last["seq"].as_i64().unwrap());
            let page = self
                .get(&format!("/messages?after={after}&limit=500"))
                .await
                .expect(200);
            messages.extend(page["messages"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return messages;
            }
        }
    }

    /// `open`, `pending`, …
    pub async fn status(&self) -> String {
        let body = self.get("").await.expect(200);
        body["conversation"]["status"].as_str().unwrap().into()
    }

    /// A socket that shows the conversation from `after` on.
    pub async fn socket(&self, after: i64) -> Socket {
        let mut socket = Socket::open(&self.address, None).await.unwrap();
        socket.resume(&self.id, &self.token, after).await;
        let resumed = socket.next().await.unwrap();
        assert_eq!(resumed["type"], "resumed", "{resumed}");
        socket
    }
}

fn replies(mut sent: Value) -> Vec<Value> {
    let replies: Vec<Value> = serde_json::from_value(sent["replies"].take()).unwrap();
    assert!(!replies.is_empty(), "no reply to {}", sent["message"]);
    replies
}

/// What all parts of a reply say, a line each.
pub fn content(reply: &[Value]) -> String {
    let lines: Vec<_> = reply.iter().filter_map(|part| part["content"].as_str()).collect();
    lines.join("\n")
}

/// The article that a reply quotes.
pub fn slug_of_source(reply: &[Value]) -> Option<&str> {
    let source = reply.iter().find(|part| part["content_type"] == "article")?;
    source["content_attributes"]["items"][0]["slug"].as_str()
}

/// What the buttons of a reply stand for.
pub fn values(reply: &[Value]) -> Vec<&str> {
    let choices = reply.iter().filter(|part| part["content_type"] == "input_select");
    let items = choices.flat_map(|part| part["content_attributes"]["items"].as_array().unwrap());
    items.map(|item| item["value"].as_str().unwrap()).collect()
}
