//! The widget's WebSocket: frames in, frames out, nothing lost between.
//!
//! A socket subscribes to the hub before it reads the missed messages from the database, and remembers the last
//! sequence number it sent: what comes twice goes out once, and a gap is filled from the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::App;
use super::origins;
use super::problem::Problem;
use super::widget::{short_url, tie_cart};
use crate::chat::{
    Conversation, ConversationId, Delivery, Event, Feedback, Incoming, IncomingAttributes, Message, SocketId,
};

const FRAME_BYTES: usize = 64 * 1024;
const FIRST_FRAME: Duration = Duration::from_secs(12);
/// A socket from which nothing came for this long is dead; widgets send a ping more often.
const SILENCE: Duration = Duration::from_secs(120);
const BAD_FRAMES: u32 = 20;
const PAGE: i64 = 100;

const CLOSE_NOT_FOUND: u16 = 4404;
const CLOSE_NO_FIRST_FRAME: u16 = 4408;
const CLOSE_BAD_FRAMES: u16 = 4400;
/// "Going away": the widget connects again at once.
const CLOSE_STOPPING: u16 = 1001;

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientFrame {
    Resume {
        #[serde(default)]
        conversation_id: Option<String>,
        #[serde(default)]
        token: Option<String>,
        #[serde(default)]
        after: i64,
    },
    Message {
        echo_id: String,
        #[serde(default)]
        content: String,
        #[serde(default)]
        content_attributes: IncomingAttributes,
        #[serde(default)]
        page_url: Option<String>,
    },
    Typing {
        on: bool,
    },
    Read {
        #[serde(rename = "seq")]
        up_to: i64,
    },
    Feedback {
        message_id: String,
        value: Option<Feedback>,
    },
    Ping,
}

pub async fn connect(State(app): State<App>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if !origins::may_connect(&headers, &app.config) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "pages of this origin may not connect: see `allowed_origins`",
        )
        .into_response();
    }
    upgrade
        .max_message_size(FRAME_BYTES)
        .max_frame_size(FRAME_BYTES)
        .on_upgrade(move |socket| async move {
            // Whatever ended it, the client comes back and resumes; there is nobody to tell.
            let _ = run(app, socket, headers).await;
        })
}

async fn run(app: App, mut socket: WebSocket, headers: HeaderMap) -> Result<(), axum::Error> {
    let first = timeout(FIRST_FRAME, first_frame(&mut socket)).await;
    let Ok(Some((id, token, after))) = first else {
        return close(
            &mut socket,
            CLOSE_NO_FIRST_FRAME,
            "expected a `resume` frame first",
        )
        .await;
    };
    let Ok(id) = id.parse::<ConversationId>() else {
        return refuse(&mut socket).await;
    };
    let deliveries = app.chat.hub().subscribe(id);
    match app.chat.authenticate(id, &token).await {
        Ok(conversation) => {
            if let Err(error) = tie_cart(&app, id, &headers).await {
                tracing::warn!(%error, "a conversation has no cart");
            }
            Session::new(app, socket, conversation)
                .run(deliveries, after)
                .await
        }
        Err(_) => refuse(&mut socket).await,
    }
}

/// The `resume` frame that says which conversation this is; `None` for anything else.
async fn first_frame(socket: &mut WebSocket) -> Option<(String, String, i64)> {
    let Frame::Text(text) = socket.recv().await?.ok()? else {
        return None;
    };
    match serde_json::from_str(&text).ok()? {
        ClientFrame::Resume {
            conversation_id: Some(id),
            token: Some(token),
            after,
        } => Some((id, token, after)),
        _ => None,
    }
}

async fn refuse(socket: &mut WebSocket) -> Result<(), axum::Error> {
    let error = json!({ "type": "error", "seq": 0, "code": "not_found", "detail": "no such conversation" });
    socket.send(Frame::Text(error.to_string().into())).await?;
    close(socket, CLOSE_NOT_FOUND, "no such conversation").await
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) -> Result<(), axum::Error> {
    socket
        .send(Frame::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })))
        .await
}

/// An open socket of a conversation whose token it has shown.
struct Session {
    app: App,
    socket: WebSocket,
    id: SocketId,
    conversation: Conversation,
    /// The client has all messages up to here.
    sent_seq: i64,
    bad_frames: u32,
}

/// Why a session ends, when it isn't an error of the socket.
struct Closing {
    code: u16,
    reason: &'static str,
}

impl Session {
    fn new(app: App, socket: WebSocket, conversation: Conversation) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = SocketId(NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            app,
            socket,
            id,
            conversation,
            sent_seq: 0,
            bad_frames: 0,
        }
    }

    async fn run(mut self, mut deliveries: Receiver<Delivery>, after: i64) -> Result<(), axum::Error> {
        self.resume(after).await?;
        let closing = loop {
            tokio::select! {
                delivery = deliveries.recv() => match delivery {
                    Ok(delivery) => self.deliver(delivery).await?,
                    Err(RecvError::Lagged(_)) => self.send_missed().await?,
                    Err(RecvError::Closed) => break Closing { code: CLOSE_STOPPING, reason: "stopping" },
                },
                frame = timeout(SILENCE, self.socket.recv()) => match frame {
                    Ok(Some(frame)) => if let Some(closing) = self.take(frame?).await? { break closing },
                    Ok(None) => return Ok(()),
                    Err(_) => break Closing { code: CLOSE_STOPPING, reason: "nothing heard" },
                },
                () = self.app.stop.cancelled() => break Closing { code: CLOSE_STOPPING, reason: "stopping" },
            }
        };
        close(&mut self.socket, closing.code, closing.reason).await
    }

    /// Deals with one frame of the client.
    async fn take(&mut self, frame: Frame) -> Result<Option<Closing>, axum::Error> {
        let parsed = match frame {
            Frame::Text(text) => {
                serde_json::from_str::<ClientFrame>(&text).map_err(|error| error.to_string())
            }
            Frame::Binary(_) => Err("expected a text frame, not a binary one".to_owned()),
            Frame::Ping(_) | Frame::Pong(_) | Frame::Close(_) => return Ok(None),
        };
        match parsed {
            Ok(frame) => self.act(frame).await?,
            Err(detail) => {
                self.bad_frames += 1;
                if self.bad_frames > BAD_FRAMES {
                    return Ok(Some(Closing {
                        code: CLOSE_BAD_FRAMES,
                        reason: "too many bad frames",
                    }));
                }
                self.send_error("bad_frame", &detail, None).await?;
            }
        }
        Ok(None)
    }

    async fn act(&mut self, frame: ClientFrame) -> Result<(), axum::Error> {
        let chat = self.app.chat.clone();
        let id = self.conversation.id;
        let done = match frame {
            ClientFrame::Resume { after, .. } => return self.resume(after).await,
            ClientFrame::Message {
                echo_id,
                content,
                content_attributes,
                page_url,
            } => {
                let incoming = Incoming {
                    echo_id: Some(echo_id),
                    content,
                    content_attributes,
                    page_url,
                };
                return self.receive(incoming).await;
            }
            ClientFrame::Typing { on } => {
                chat.shopper_types(&self.conversation, on, Some(self.id));
                Ok(())
            }
            ClientFrame::Read { up_to } => chat.mark_read(id, up_to).await.map(|_| ()),
            ClientFrame::Feedback { message_id, value } => {
                chat.rate(id, &message_id, value).await.map(|_| ())
            }
            ClientFrame::Ping => {
                return self
                    .send(json!({ "type": "pong", "seq": self.conversation.last_seq }))
                    .await;
            }
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.send_problem(error.into(), None).await,
        }
    }

    /// Stores a message and acknowledges it: in this order, and only when it is stored.
    async fn receive(&mut self, incoming: Incoming) -> Result<(), axum::Error> {
        let echo_id = incoming.echo_id.clone();
        let allowed = self.app.limits.message(self.conversation.id);
        if let Err(problem) = allowed.and_then(|()| short_url(incoming.page_url.as_deref()).map(drop)) {
            return self.send_problem(problem, echo_id).await;
        }
        match self
            .app
            .chat
            .receive(self.conversation.id, &incoming, Some(self.id))
            .await
        {
            Ok(received) => {
                let message = received.message;
                if message.seq == self.sent_seq + 1 {
                    self.sent_seq = message.seq;
                }
                let ack = json!({ "type": "ack", "seq": message.seq, "echo_id": message.echo_id, "message": message });
                self.conversation.last_seq = self.conversation.last_seq.max(message.seq);
                self.send(ack).await
            }
            Err(error) => self.send_problem(error.into(), echo_id).await,
        }
    }

    /// Answers a `resume` frame and sends what the client hasn't got.
    async fn resume(&mut self, after: i64) -> Result<(), axum::Error> {
        // Nobody has more than there is: who claims so would hear nothing until it has come about.
        self.sent_seq = after.clamp(0, self.conversation.last_seq);
        let resumed = json!({ "type": "resumed", "seq": self.conversation.last_seq, "conversation": self.conversation });
        self.send(resumed).await?;
        self.send_missed().await
    }

    async fn send_missed(&mut self) -> Result<(), axum::Error> {
        loop {
            let missed = match self
                .app
                .chat
                .messages_after(self.conversation.id, self.sent_seq, PAGE)
                .await
            {
                Ok(missed) => missed,
                Err(error) => return self.send_problem(error.into(), None).await,
            };
            let last_page = (missed.len() as i64) < PAGE;
            for message in missed {
                self.send_message(&message).await?;
            }
            if last_page {
                return Ok(());
            }
        }
    }

    async fn deliver(&mut self, delivery: Delivery) -> Result<(), axum::Error> {
        let Delivery { seq, event, origin } = delivery;
        self.conversation.last_seq = self.conversation.last_seq.max(seq);
        match event {
            Event::Message { message } if message.seq <= self.sent_seq => Ok(()),
            // The sender has it from its acknowledgement.
            Event::Message { message } if origin == Some(self.id) && message.seq == self.sent_seq + 1 => {
                self.sent_seq = message.seq;
                Ok(())
            }
            Event::Message { message } if message.seq == self.sent_seq + 1 => {
                self.send_message(&message).await
            }
            // One before it was published later than it, or not to this process: the database has both.
            Event::Message { .. } => self.send_missed().await,
            Event::Typing { .. } if origin == Some(self.id) => Ok(()),
            event => self.send_event(&event, seq).await,
        }
    }

    async fn send_event(&mut self, event: &Event, seq: i64) -> Result<(), axum::Error> {
        if let Event::Conversation { conversation } = event {
            self.conversation = conversation.clone();
        }
        let mut frame = serde_json::to_value(event).map_err(axum::Error::new)?;
        frame["seq"] = seq.into();
        self.send(frame).await
    }

    async fn send_message(&mut self, message: &Message) -> Result<(), axum::Error> {
        self.sent_seq = message.seq;
        self.send(json!({ "type": "message", "seq": message.seq, "message": message }))
            .await
    }

    async fn send_problem(&mut self, problem: Problem, echo_id: Option<String>) -> Result<(), axum::Error> {
        self.send_error(problem.socket_code(), problem.detail(), echo_id)
            .await
    }

    async fn send_error(
        &mut self,
        code: &str,
        detail: &str,
        echo_id: Option<String>,
    ) -> Result<(), axum::Error> {
        let seq = self.conversation.last_seq;
        self.send(json!({ "type": "error", "seq": seq, "code": code, "detail": detail, "echo_id": echo_id }))
            .await
    }

    async fn send(&mut self, frame: Value) -> Result<(), axum::Error> {
        self.socket.send(Frame::Text(frame.to_string().into())).await
    }
}
