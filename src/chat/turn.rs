//! Takes up what shoppers wrote: one conversation's messages one after the other, many conversations at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actions::{Stage, carry_out};
use super::asks::{self, Ask, How, Scene, Shown};
use super::conversations::{self, ConversationError, Opened, Reply};
use super::desk::{self, Customer};
use super::forms::{Filled, OrderForm, Slot, Task, begins, fill, task_by_words, task_of};
use super::goods::{Asking, Finding};
use super::hub::{Delivery, Event};
use super::intents::{Behaviour, Behaviours};
use super::message::{ConversationId, Message, Sender, SenderKind};
use super::policy::{Action, Button, Decision, Facts, Input, Question, call_for_person, decide};
use super::reply::Part;
use super::state::State;
use super::summary::Summary;
use super::trace::{Micros, Trace};
use super::wants::{Shelves, Wants};
use super::{ChatError, Inner};
use crate::knowledge::{Answer, record_unanswered};
use crate::nlu::{Entity, EntityKind};
use crate::nlu::{Understanding, Verdict};
use crate::shoppers::SignedIn;
use crate::store::{new_id, now};
use crate::text::clauses;
use crate::text::redact::redact;
use crate::text::say::Voice;

/// How often and after how long a turn is tried again when the encoder is busy or the database failed.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Messages of a conversation that a summary is made of.
const SUMMED_UP: i64 = 200;

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
    let mut thought = thought;
    if let Action::HandOver { .. } = thought.decision.action {
        let said = conversations::messages_after(&inner.store, id, 0, SUMMED_UP).await?;
        let summary = Summary::of(&said, &opened.state, &inner.shelf.catalogue);
        thought.trace.summary = Some(summary);
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

/// What a turn thought before it spoke.
struct Thought {
    decision: Decision,
    answer: Answer,
    questions: Vec<Question>,
    finding: Option<Finding>,
    /// What the message's intent would have arranged about an order.
    task: Option<Task>,
    trace: Trace,
}

async fn think(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    voice: &Voice,
) -> Result<Thought, ChatError> {
    let sight = Sight::of(inner, opened);
    if message.content_attributes.contains_key("attachments") {
        return Ok(without_words(inner, opened, message, None, Input::Attachment));
    }
    if let Some(button) = pressed(message) {
        return Ok(press(inner, opened, message, voice, &sight, button).await);
    }
    // The whole and its questions at once: the encoder takes them together.
    let whole = understood(inner, &opened.state, &message.content);
    let (understanding, mut questions) = try_join(whole, one_by_one(inner, &message.content, voice)).await?;
    // What a group of people gets is one question, however many clauses it has.
    if asks::is_for_some(&message.content) {
        questions.clear();
    }
    let searching = Instant::now();
    let found = inner.knowledge.answer(&voice.code(), &understanding);
    let micros = Micros {
        understand: understanding.micros,
        search: searching.elapsed().as_micros() as u64,
    };
    let mut errands = Errands::new(inner, opened, message, voice);
    let mut finding = None;
    let mut leaves_form = false;
    // Whoever wants a person gets one; nothing is looked up or changed meanwhile.
    if call_for_person(&understanding, &inner.behaviours).is_none() {
        match form_of(&opened.state, &understanding, &inner.behaviours) {
            Filled::On(form) => finding = Some(errands.attend(form).await),
            Filled::GivenUp => leaves_form = true,
            Filled::Nothing => {
                let ask = sight.ask(inner, &understanding);
                let ask =
                    ask.filter(|ask| !is_answered(ask, &understanding, &found.answer, &inner.behaviours));
                finding = errands.run(ask, &understanding).await;
            }
        }
        for question in &mut questions {
            let ask = sight.ask(inner, &question.understanding);
            question.finding = errands.run(ask, &question.understanding).await;
        }
    }
    let facts = Facts {
        leaves_form,
        ..facts(inner, opened, &found.answer, &questions, finding.as_ref())
    };
    let decision = decide(&opened.state, &Input::Words(&understanding), &facts);
    let trace = Trace::new(
        &message.content,
        Some(&understanding),
        &found.hits,
        &decision,
        micros,
    );
    Ok(Thought {
        task: task_meant(&understanding, &inner.behaviours),
        decision,
        answer: found.answer,
        trace: trace.with_questions(&questions),
        questions,
        finding,
    })
}

async fn press(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    voice: &Voice,
    sight: &Sight<'_>,
    button: Button,
) -> Thought {
    let mut errands = Errands::new(inner, opened, message, voice);
    let finding = match button.form(opened.state.form.as_ref()) {
        Some(form) => Some(errands.attend(form).await),
        None => errands.press(button.ask(&sight.scene(&[]))).await,
    };
    without_words(inner, opened, message, finding, Input::Button(button))
}

/// What is thought of a message of which there is nothing to understand.
fn without_words(
    inner: &Inner,
    opened: &Opened,
    message: &Message,
    finding: Option<Finding>,
    input: Input<'_>,
) -> Thought {
    let answer = Answer::Unknown { nearest: None };
    let decision = decide(
        &opened.state,
        &input,
        &facts(inner, opened, &answer, &[], finding.as_ref()),
    );
    let trace = Trace::new(&message.content, None, &[], &decision, Micros::default());
    Thought {
        task: None,
        decision,
        answer,
        trace,
        questions: Vec::new(),
        finding,
    }
}

/// The message understood; one that only goes on from the question before, together with that.
async fn understood(inner: &Inner, state: &State, text: &str) -> Result<Understanding, ChatError> {
    let own = inner.nlu.understand(text).await?;
    let Some(before) = &state.last_question else {
        return Ok(own);
    };
    let named = inner.nlu.entities(before);
    // What the message puts another in place of: a place for a place, a thing for a thing.
    let own_kinds: Vec<&EntityKind> = own.entities.iter().map(|entity| &entity.kind).collect();
    let is_place = |entity: &&Entity| {
        matches!(entity.kind, EntityKind::Country | EntityKind::Region)
            || matches!(entity.kind, EntityKind::Category | EntityKind::Brand)
                && own_kinds.contains(&&entity.kind)
    };
    let places: Vec<&str> = named
        .iter()
        .filter(is_place)
        .map(|entity| entity.text.as_str())
        .collect();
    let names_a_place = own.places().next().is_some()
        || own_kinds
            .iter()
            .any(|kind| matches!(kind, EntityKind::Category | EntityKind::Brand));
    let points_at_goods = !state.shown.is_empty();
    let completed = clauses::completed(before, text, &places, names_a_place)
        .or_else(|| clauses::pointing_back(before, text).filter(|_| !points_at_goods));
    match completed {
        Some(whole) => Ok(inner.nlu.understand(&whole).await?),
        None => Ok(own),
    }
}

fn facts<'a>(
    inner: &'a Inner,
    opened: &Opened,
    answer: &'a Answer,
    questions: &'a [Question],
    finding: Option<&'a Finding>,
) -> Facts<'a> {
    Facts {
        answer,
        questions,
        behaviours: &inner.behaviours,
        finding,
        leaves_form: false,
        person_wanted: opened.person_wanted.is_some(),
        asks_contact: !inner.config.hours.at(now()).open && !knows_email(&opened.shopper),
    }
}

/// Whether the shop knows where to write to.
fn knows_email(shopper: &serde_json::Value) -> bool {
    shopper["user"]["email"]
        .as_str()
        .is_some_and(|email| email.contains('@'))
        || shopper["contact_email"].is_string()
}

/// The task that a message is surely about.
fn task_meant(understanding: &Understanding, behaviours: &Behaviours) -> Option<Task> {
    let sure = understanding
        .ranking
        .first()
        .filter(|_| understanding.verdict == Verdict::Act);
    sure.and_then(|intent| task_of(behaviours.of(&intent.name)))
}

/// The form that a message fills or begins.
fn form_of(state: &State, understanding: &Understanding, behaviours: &Behaviours) -> Filled {
    let meant = task_meant(understanding, behaviours).filter(|task| begins(*task, understanding));
    // Who names an order and says what shall happen is understood without the intent.
    let task = task_by_words(understanding).or(meant);
    if let Some(form) = &state.form {
        let is_asked_for_yes = form.asked == Some(Slot::Confirm);
        let other = task.filter(|task| *task != form.task && !is_asked_for_yes);
        let other = other.filter(|_| meant.is_some() || form.asked != Some(Slot::Number));
        let form = other.map_or_else(|| form.clone(), |task| form.turned_to(task));
        return match fill(&form, understanding) {
            Filled::Nothing if other.is_some() => Filled::On(form),
            filled => filled,
        };
    }
    let Some(task) = task else {
        return Filled::Nothing;
    };
    match fill(&OrderForm::new(task), understanding) {
        Filled::On(form) => Filled::On(form),
        _ => Filled::On(OrderForm::new(task)),
    }
}

/// What the conversation has before its eyes.
struct Sight<'a> {
    state: &'a State,
    shown: Vec<Shown>,
    shelves: Shelves,
}

/// From so much on an intent that is doubted counts, when the message names what the shop sells.
const HALF_SURE: f32 = 0.35;
/// Cosine from which an article's question is the one that is asked, and from which it is like it.
const SAME_QUESTION: f32 = 0.9;
const LIKE_QUESTION: f32 = 0.8;
/// From so much on an intent about products counts, whatever they are.
const MOSTLY_SURE: f32 = 0.5;

impl<'a> Sight<'a> {
    fn of(inner: &Inner, opened: &'a Opened) -> Self {
        let catalogue = &inner.shelf.catalogue;
        let shown = opened.state.shown.iter().filter_map(|id| catalogue.get(id));
        Self {
            state: &opened.state,
            shown: shown
                .map(|item| Shown {
                    id: item.id.clone(),
                    title: item.title.clone(),
                    costs: item.costs(),
                })
                .collect(),
            shelves: Shelves::of(catalogue),
        }
    }

    fn scene<'s>(&'s self, named: &'s [String]) -> Scene<'s> {
        Scene {
            named,
            shown: &self.shown,
            focus: self.state.focus.as_deref(),
            wants: self.state.wants.as_ref(),
            seen: &self.state.seen,
            offered: self.state.offered.as_deref(),
            shelves: &self.shelves,
        }
    }

    fn ask(&self, inner: &Inner, understanding: &Understanding) -> Option<Ask> {
        let named = inner.shelf.named_in(&understanding.text);
        let intent = understanding.ranking.first();
        let intent = intent.filter(|intent| {
            let is_for_goods = matches!(
                inner.behaviours.of(&intent.name),
                Behaviour::FindProducts | Behaviour::RecommendProducts
            );
            understanding.verdict == Verdict::Act
                || intent.confidence >= HALF_SURE && self.names_goods(understanding)
                || intent.confidence >= MOSTLY_SURE && is_for_goods
        });
        let behaviour = intent.map(|intent| inner.behaviours.of(&intent.name));
        asks::read(understanding, behaviour, &self.scene(&named))
    }

    /// Whether the message names a category or a brand.
    fn names_goods(&self, understanding: &Understanding) -> bool {
        let wants = Wants::of(understanding, &self.shelves);
        wants.category.is_some() || wants.brand.is_some()
    }
}

/// Runs to the shop for what a message asks; what it asks twice is looked up, or done, once.
struct Errands<'a> {
    inner: &'a Inner,
    opened: &'a Opened,
    message: &'a Message,
    voice: &'a Voice,
    done: Vec<(Ask, Option<Finding>)>,
}

impl<'a> Errands<'a> {
    fn new(inner: &'a Inner, opened: &'a Opened, message: &'a Message, voice: &'a Voice) -> Self {
        Self {
            inner,
            opened,
            message,
            voice,
            done: Vec::new(),
        }
    }

    /// Goes to the order desk.
    async fn attend(&mut self, form: OrderForm) -> Finding {
        let conversation = self.message.conversation_id.to_string();
        let zone = &self.inner.config.hours.time_zone;
        let customer = Customer {
            conversation: &conversation,
            signed_in: SignedIn::of_conversation(&self.opened.shopper),
            order: self.opened.state.order.as_deref(),
            proof: self.opened.state.proof.as_ref(),
            key: &self.message.id,
            voice: self.voice,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        };
        self.inner.desk.attend(form, &customer).await
    }

    async fn run(&mut self, ask: Option<Ask>, understanding: &Understanding) -> Option<Finding> {
        self.look_up(ask?, &understanding.vector).await
    }

    async fn press(&mut self, ask: Option<Ask>) -> Option<Finding> {
        self.look_up(ask?, &[]).await
    }

    async fn look_up(&mut self, ask: Ask, vector: &[f32]) -> Option<Finding> {
        if let Some((_, found)) = self.done.iter().find(|(known, _)| *known == ask) {
            return found.clone();
        }
        let opened = self.opened;
        let asking = Asking {
            voice: self.voice,
            vector,
            cart: opened.cart.as_deref(),
            visitor: opened.shopper["custom_attributes"]["visitor"].as_str(),
            seen: &opened.state.seen,
            dismissed: &opened.state.dismissed,
            key: &self.message.id,
        };
        let found = self.inner.shelf.look_up(&ask, &asking).await;
        self.done.push((ask, found.clone()));
        found
    }
}

/// Whether an article says so much of what a message asks that products are not what it wants: "Do you rent out
/// snowshoes?", where that is what an article is called.
fn is_answered(ask: &Ask, understanding: &Understanding, answer: &Answer, behaviours: &Behaviours) -> bool {
    let is_new =
        matches!(ask, Ask::Products(asked) if matches!(asked.how, How::Search | How::Advice | How::Refined));
    let least = match understanding.verdict {
        Verdict::Act => SAME_QUESTION,
        _ => LIKE_QUESTION,
    };
    let Answer::Confident { hit, .. } = answer else {
        return false;
    };
    // An article on how to find products is no answer to a wish for one.
    let mut about = hit.article.intents.iter().map(|intent| behaviours.of(intent));
    let is_about_goods =
        about.any(|behaviour| matches!(behaviour, Behaviour::FindProducts | Behaviour::RecommendProducts));
    is_new && hit.cosine >= least && !is_about_goods
}

/// The questions of a message that asks several, each understood and looked up alone.
async fn one_by_one(inner: &Inner, text: &str, voice: &Voice) -> Result<Vec<Question>, ChatError> {
    let understood = clauses::clauses(text).into_iter().map(async |clause| {
        let alone = looked_up(inner, &clause.alone, voice);
        Ok::<_, ChatError>(match &clause.with_before {
            Some(whole) => {
                let (whole, alone) = try_join(looked_up(inner, whole, voice), alone).await?;
                (whole, Some(alone))
            }
            None => (alone.await?, None),
        })
    });
    let mut questions: Vec<Question> = Vec::new();
    for (whole, alone) in try_join_all(understood).await? {
        let article = article_of(&whole);
        let is_answered = questions
            .iter()
            .any(|known| article.is_some() && article_of(known) == article);
        // What points back may yet be a question of its own: "do you gift wrap and can I pick it up".
        let is_own = |alone: &Question| article_of(alone).is_some() && (is_answered || article.is_none());
        questions.push(match alone {
            Some(alone) if is_own(&alone) => alone,
            _ => whole,
        });
    }
    Ok(questions)
}

async fn looked_up(inner: &Inner, text: &str, voice: &Voice) -> Result<Question, ChatError> {
    let understanding = inner.nlu.understand(text).await?;
    let answer = inner.knowledge.answer(&voice.code(), &understanding).answer;
    Ok(Question {
        understanding,
        answer,
        finding: None,
    })
}

/// The article that surely answers a question.
fn article_of(question: &Question) -> Option<&str> {
    match &question.answer {
        Answer::Confident { hit, .. } if question.understanding.verdict == Verdict::Act => {
            Some(&hit.article.slug)
        }
        _ => None,
    }
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
    if let Action::KeepContact { email } = &thought.decision.action {
        conversations::set_contact(&inner.store, opened, email).await?;
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
