//! A WebSocket of the widget.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::PATIENCE;

/// The socket was closed, with a code or without a word.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended(pub Option<u16>);

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects as a page of `origin` does; without one, as a program does.
    pub async fn open(address: &str, origin: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/api/v1/widget/ws").into_client_request()?;
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("Origin", HeaderValue::from_str(origin).unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    pub async fn resume(&mut self, id: &str, token: &str, after: i64) {
        let frame = json!({ "type": "resume", "conversation_id": id, "token": token, "after": after });
        self.send(frame).await;
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_raw(Message::text(frame.to_string())).await;
    }

    /// Whether a frame arrives shows in what comes back: the server may have closed the socket meanwhile.
    pub async fn send_raw(&mut self, message: Message) {
        let _ = self.0.send(message).await;
    }

    pub async fn says(&mut self, echo_id: &str, text: &str) {
        self.send(json!({ "type": "message", "echo_id": echo_id, "content": text }))
            .await;
    }

    /// The next frame.
    pub async fn next(&mut self) -> Result<Value, Ended> {
        loop {
            let message = timeout(PATIENCE, self.0.next())
                .await
                .expect("the server is silent");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(Ended(frame.map(|frame| frame.code.into()))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Ended(None)),
            }
        }
    }

    /// All frames up to the one that is wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|ended| panic!("{ended:?} after {frames:?}"));
            frames.push(frame);
            if wanted(&frames[frames.len() - 1]) {
                return frames;
            }
        }
    }

    /// The messages of the whole next reply.
    pub async fn reply(&mut self) -> Vec<Value> {
        let frames = self
            .until(|frame| frame["message"]["content_attributes"]["final"] == true)
            .await;
        let messages = frames.into_iter().filter(|frame| frame["type"] == "message");
        let messages = messages.map(|mut frame| frame["message"].take());
        messages
            .filter(|message| message["message_type"] == "outgoing")
            .collect()
    }

    /// The next frame of a type, whatever comes before it.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await.pop().unwrap()
    }
}
