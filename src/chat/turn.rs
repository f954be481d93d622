//! Takes up what shoppers wrote: one conversation's messages one after the other, many conversations at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actions::{Stage, carry_out};
use super::conversations::{self, ConversationError, Opened, Reply};
use super::goods::Goods;
use super::hub::{Delivery, Event};
use super::message::{ConversationId, Message, Sender, SenderKind};
use super::policy::{Action, Button, Decision, Facts, Input, Question, decide};
use super::trace::{Micros, Trace};
use super::{ChatError, Inner};
use crate::knowledge::{Answer, record_unanswered};
use crate::nlu::{Understanding, Verdict};
use crate::store::{new_id, now};
use crate::text::clauses;
use crate::text::redact::redact;
use crate::text::say::Voice;

/// How often and after how long a turn is tried again when the encoder is busy or the database failed.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// The turns under way in this process.
#[derive(Default)]
pub(super) struct Turns {
    /// Conversations being worked on; `true`: something new arrived meanwhile.
    running: Mutex<HashMap<ConversationId, bool>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Turns {
    /// Sees to it that the conversation's unhandled messages are dealt with. Returns at once.
    pub(super) fn wake(inner: &Arc<Inner>, id: ConversationId) {
        let turns = &inner.turns;
        match turns
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(id)
        {
            Entry::Occupied(mut entry) => {
                entry.insert(true);
                return;
            }
            Entry::Vacant(entry) => entry.insert(false),
        };
        let inner = inner.clone();
        turns.tasks.spawn(async move {
            loop {
                // A turn that panics must not leave its conversation on the list of those being worked on.
                if AssertUnwindSafe(work_off(&inner, id)).catch_unwind().await.is_err() {
                    tracing::error!(conversation = %id, "a turn panicked; its message is left unanswered until the next one or the next start");
                }
                if inner.turns.finish(id) {
                    break;
                }
            }
        });
    }

    /// Takes the conversation off the list, unless something new arrived.
    fn finish(&self, id: ConversationId) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.get_mut(&id) {
            Some(again) if *again && !self.stop.is_cancelled() => {
                *again = false;
                false
            }
            _ => {
                running.remove(&id);
                true
            }
        }
    }

    /// Lets the turns under way end; what is left is taken up at the next start.
    pub(super) async fn drain(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Deals with one message after the other until none is left.
async fn work_off(inner: &Inner, id: ConversationId) {
    let mut failed = 0;
    while !inner.turns.stop.is_cancelled() {
        match next_turn(inner, id).await {
            Ok(true) => failed = 0,
            Ok(false) => return,
            // The new owner deals with the rest.
            Err(ChatError::Conversation(ConversationError::Fenced)) => return,
            Err(error) if failed + 1 == TRIES => {
                tracing::error!(conversation = %id, %error, "a message is left unanswered until the next one or the next start");
                return;
            }
            Err(error) => {
                failed += 1;
                tracing::warn!(conversation = %id, %error, "a turn failed and is tried again");
                tokio::time::sleep(PAUSE * failed).await;
            }
        }
    }
}

/// Answers the oldest unhandled message; `false` when there is none or the bot doesn't own the conversation.
async fn next_turn(inner: &Inner, id: ConversationId) -> Result<bool, ChatError> {
    let opened = conversations::open(&inner.store, id).await?;
    if opened.conversation.owner != super::Owner::Bot {
        return Ok(false);
    }
    let Some(message) = conversations::next_unhandled(&inner.store, &opened).await? else {
        return Ok(false);
    };
    let voice = Voice::of(&opened.conversation.locale);
    let started = Instant::now();
    let thought = think(inner, &opened, &message, &voice).await?;
    let stage = Stage {
        config: &inner.config,
        voice: &voice,
        knowledge: &inner.knowledge,
        answer: &thought.answer,
        questions: &thought.questions,
        goods: &thought.goods,
        hours: inner.config.hours.at(now()),
    };
    let parts = carry_out(&thought.decision.action, &stage);
    say(inner, &opened, &message, &thought, &parts, &voice).await?;
    metrics::histogram!("shopkeeper_turn_seconds").record(started.elapsed());
    Ok(true)
}

/// What a turn thought before it spoke.
struct Thought {
    decision: Decision,
    answer: Answer,
    questions: Vec<Question>,
    goods: Goods,
    trace: Trace,
}

async fn think(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    voice: &Voice,
) -> Result<Thought, ChatError> {
    let input = match pressed(message) {
        _ if message.content_attributes.contains_key("attachments") => Some(Input::Attachment),
        button => button.map(Input::Button),
    };
    if let Some(input) = input {
        let answer = Answer::Unknown { nearest: None };
        let decision = decide(
            &opened.state,
            &input,
            &facts(inner, opened, &answer, &[], &Goods::default()),
        );
        let trace = Trace::new(&message.content, None, &[], &decision, Micros::default());
        return Ok(Thought {
            decision,
            answer,
            questions: Vec::new(),
            goods: Goods::default(),
            trace,
        });
    }
    // The whole and its questions at once: the encoder takes them together.
    let whole = async { Ok(inner.nlu.understand(&message.content).await?) };
    let (understanding, questions) = try_join(whole, one_by_one(inner, &message.content, voice)).await?;
    let searching = Instant::now();
    let found = inner.knowledge.answer(&voice.code(), &understanding);
    let micros = Micros {
        understand: understanding.micros,
        search: searching.elapsed().as_micros() as u64,
    };
    let goods = goods(inner, &understanding, voice).await;
    let decision = decide(
        &opened.state,
        &Input::Words(&understanding),
        &facts(inner, opened, &found.answer, &questions, &goods),
    );
    let trace = Trace::new(
        &message.content,
        Some(&understanding),
        &found.hits,
        &decision,
        micros,
    );
    Ok(Thought {
        decision,
        answer: found.answer,
        trace: trace.with_questions(&questions),
        questions,
        goods,
    })
}

fn facts<'a>(
    inner: &'a Inner,
    opened: &Opened,
    answer: &'a Answer,
    questions: &'a [Question],
    goods: &'a Goods,
) -> Facts<'a> {
    Facts {
        answer,
        questions,
        behaviours: &inner.behaviours,
        goods,
        person_wanted: opened.person_wanted.is_some(),
    }
}

/// What the shop has to show for a message that is surely about products or offers.
async fn goods(inner: &Inner, understanding: &Understanding, voice: &Voice) -> Goods {
    let intent = understanding.ranking.first();
    let intent = intent.filter(|_| understanding.verdict == Verdict::Act);
    match intent {
        Some(intent) => {
            let behaviour = inner.behaviours.of(&intent.name);
            inner.shelf.goods(behaviour, understanding, voice).await
        }
        None => Goods::default(),
    }
}

/// The questions of a message that asks several, each understood and looked up alone.
async fn one_by_one(inner: &Inner, text: &str, voice: &Voice) -> Result<Vec<Question>, ChatError> {
    let understood = clauses::questions(text).into_iter().map(async |question| {
        let understanding = inner.nlu.understand(&question).await?;
        let answer = inner.knowledge.answer(&voice.code(), &understanding).answer;
        Ok(Question {
            understanding,
            answer,
        })
    });
    try_join_all(understood).await
}

/// The button of ours that the message presses.
fn pressed(message: &Message) -> Option<Button> {
    let value = message
        .content_attributes
        .get("submitted_values")?
        .get(0)?
        .get("value")?
        .as_str()?;
    Button::parse(value)
}

/// Stores the reply under the token it was computed under, then tells everybody.
async fn say(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    thought: &Thought,
    parts: &[super::reply::Part],
    voice: &Voice,
) -> Result<(), ChatError> {
    let person_wanted = match &thought.decision.action {
        Action::HandOver { reason } => Some(format!("{reason:?}").to_lowercase()),
        _ => None,
    };
    let bot_name = voice.say("bot-name");
    let reply = Reply {
        turn_id: &new_id(),
        fence: opened.conversation.fence,
        answers: message,
        parts,
        state: &thought.decision.state,
        person_wanted: person_wanted.as_deref(),
        trace: &thought.trace,
        bot_name: &bot_name,
    };
    let (conversation, messages) = conversations::store_reply(&inner.store, reply).await?;
    if let Action::DontKnow { .. } = thought.decision.action {
        keep_unanswered(inner, message, &thought.answer, voice).await;
    }
    let changed = conversation.status != opened.conversation.status;
    for message in messages {
        let delivery = Delivery {
            seq: message.seq,
            event: Event::Message {
                message: Arc::new(message),
            },
            origin: None,
        };
        inner.hub.publish(conversation.id, delivery);
    }
    if changed {
        let delivery = Delivery {
            seq: conversation.last_seq,
            event: Event::Conversation {
                conversation: conversation.clone(),
            },
            origin: None,
        };
        inner.hub.publish(conversation.id, delivery);
    }
    Ok(())
}

/// The bot's typing indicator, for the sockets of a conversation.
pub(super) fn bot_types(inner: &Inner, id: ConversationId, seq: i64, on: bool) {
    let sender = Sender {
        kind: SenderKind::Bot,
        name: None,
    };
    inner.hub.publish(
        id,
        Delivery {
            seq,
            event: Event::Typing { sender, on },
            origin: None,
        },
    );
}

/// A question without an answer is worth a row, not worth failing the reply that was given.
async fn keep_unanswered(inner: &Inner, message: &Message, answer: &Answer, voice: &Voice) {
    let nearest = match answer {
        Answer::Unknown { nearest } => nearest.clone(),
        _ => None,
    };
    let question = redact(&message.content);
    let conversation = message.conversation_id.to_string();
    let recorded = record_unanswered(
        &inner.store,
        &conversation,
        &message.id,
        &voice.code(),
        &question,
        nearest,
    )
    .await;
    if let Err(error) = recorded {
        tracing::warn!(%error, "an unanswered question was not recorded");
    }
}
