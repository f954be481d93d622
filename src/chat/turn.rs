//! Takes up what shoppers wrote: one conversation's messages one after the other, many conversations at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actions::{Stage, carry_out};
use super::conversations::{self, ConversationError, Opened, Reply};
use super::desk;
use super::hub::Event;
use super::message::{ConversationId, Message, Sender, SenderKind};
use super::policy::Action;
use super::reply::Part;
use super::summary::Summary;
use super::think::{Thought, think};
use super::{ChatError, Inner};
use crate::knowledge::{Answer, record_unanswered};
use crate::store::{new_id, now};
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
    let voice = Voice::of(inner.nlu.spoken(&message.content, &opened.conversation.locale));
    let started = Instant::now();
    let mut thought = think(inner, &opened, &message, &voice).await?;
    let stage = Stage {
        config: &inner.config,
        voice: &voice,
        knowledge: &inner.knowledge,
        answer: &thought.answer,
        questions: &thought.questions,
        finding: thought.finding.as_ref(),
        hours: inner.config.hours.at(now()),
        task: thought.task,
        place_in_line: match thought.decision.action {
            Action::HandOver { .. } => conversations::place_in_line(&inner.store, id).await?,
            _ => 0,
        },
    };
    let mut parts = carry_out(&thought.decision.action, &stage);
    parts.extend(back_to_the_form(&thought, &voice));
    if let Action::HandOver { .. } = thought.decision.action {
        let until = message.seq;
        thought.trace.summary =
            Some(Summary::read(&inner.store, &opened, until, &inner.shelf.catalogue).await?);
    }
    say(inner, &opened, &message, &thought, &parts, &voice).await?;
    metrics::histogram!("shopkeeper_turn_seconds").record(started.elapsed());
    Ok(true)
}

/// A form that waited while something else was answered asks again.
fn back_to_the_form(thought: &Thought, voice: &Voice) -> Option<Part> {
    let form = thought.decision.state.form.as_ref()?;
    let is_about_it = thought
        .finding
        .as_ref()
        .is_some_and(|finding| finding.arranged.is_some());
    let is_over = matches!(
        thought.decision.action,
        Action::HandOver { .. } | Action::NoteForPerson
    );
    (!is_about_it && !is_over).then(|| desk::asked_again(form, voice))
}

/// Stores the reply under the token it was computed under, then tells everybody.
async fn say(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    thought: &Thought,
    parts: &[Part],
    voice: &Voice,
) -> Result<(), ChatError> {
    let person_wanted = match &thought.decision.action {
        Action::HandOver { reason, .. } => Some(format!("{reason:?}").to_lowercase()),
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
        let message = Arc::new(message);
        inner
            .hub
            .tell(conversation.id, message.seq, Event::Message { message });
    }
    if changed {
        let (id, seq) = (conversation.id, conversation.last_seq);
        inner.hub.tell(id, seq, Event::Conversation { conversation });
    }
    Ok(())
}

/// The bot's typing indicator, for the sockets of a conversation.
pub(super) fn bot_types(inner: &Inner, id: ConversationId, seq: i64, on: bool) {
    let sender = Sender {
        kind: SenderKind::Bot,
        name: None,
    };
    inner.hub.tell(id, seq, Event::Typing { sender, on });
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
